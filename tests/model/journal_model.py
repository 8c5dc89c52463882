#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The journal's promises, checked in every interleaving.

One request, two workers, a token and a CA. Any worker may be killed at any step; whatever is sent may be lost, delayed, or
answered with the answer lost; a look-up at the CA may lag behind. In each state that can be reached the promises must hold, and from
each of them an end must be reachable. It is walked through twice: for an order with a new key, and for a renewal that has the same key
certified again. Then broken designs are tried, and each must be caught: otherwise the checks have no teeth.

With a file of moves ("FROM TO BY" lines, as the program `journal_moves` prints them), the states that this model walks through are
held against the table that the C code obeys.
"""
import sys
from collections import deque
from typing import NamedTuple

DRAFT, KEY, CSR, SUBMITTING, WAITING, ISSUED, VERIFIED, WRITTEN, DONE, OPERATOR, WITHDRAWN = (
    "draft", "key", "csr", "submitting", "waiting", "issued", "verified", "written", "done",
    "needs-operator", "withdrawn")
NOTHING = "nothing"  # no record yet
MOST_IN_FLIGHT = 2  # more requests on their way than this teach nothing new
ENDS = (DONE, OPERATOR, WITHDRAWN)
NO_KEY, TORN, WHOLE = range(3)

# What a worker is in the middle of. Everything in its memory is gone when it is killed.
IDLE, AT_RECORD, MAKING_KEY, MADE_UNRECORDED, SENT, HAS_ANSWER, HAS_CERT, WROTE_TOKEN = range(8)


class World(NamedTuple):
    record: str = NOTHING
    answer_kept: bool = False   # the certificate's bytes are in the database
    key: int = NO_KEY
    keys_made: int = 0
    cert_on_token: bool = False
    in_flight: int = 0          # requests on their way
    orders: int = 0             # orders that the CA has
    visible: int = 0            # orders that a look-up shows
    decided: bool = False       # the CA has issued
    lock: int = -1              # the worker that holds the request's lock
    workers: tuple = ((IDLE, False), (IDLE, False))  # (doing, SUBMITTING was recorded by this very worker)
    kills: int = 3
    losses: int = 2
    withdraw: bool = True       # the person may still ask for it
    memo: bool = False          # what a look-up compares with is in the database
    gave_way: bool = False      # the certificate that is renewed is marked as superseded


class Model:
    def __init__(self, ca_class, flaw=None, same_key=False, kills=3, losses=2):
        self.ca, self.flaw, self.same_key = ca_class, flaw, same_key
        self.start = World(kills=kills, losses=losses)
        if same_key:
            self.start = self.start._replace(key=WHOLE, keys_made=1)
        self.moves = set()

    # --- what may happen next ---
    def after(self, world):
        yield from self.surroundings(world)
        for who in (0, 1):
            doing, _ = world.workers[who]
            if doing != IDLE and world.kills:
                yield self.killed(world, who)
            if doing == IDLE:
                yield from self.begin(world, who)
            elif world.lock == who or self.flaw == "no lock":
                yield from self.act(world, who)

    def surroundings(self, world):
        if world.in_flight:
            repeated = self.ca == "B" and world.orders > 0  # the same request counts once
            yield world._replace(in_flight=world.in_flight - 1, orders=world.orders + (not repeated))
            if world.losses:
                yield world._replace(in_flight=world.in_flight - 1, losses=world.losses - 1)
        if world.orders > world.visible:
            yield world._replace(visible=world.orders)
        if world.orders and not world.decided:
            yield world._replace(decided=True)

    def killed(self, world, who):
        lock = -1 if world.lock == who else world.lock
        return self.with_worker(world, who, IDLE, False)._replace(lock=lock, kills=world.kills - 1)

    def begin(self, world, who):
        if world.record not in ENDS and (world.lock == -1 or self.flaw == "no lock"):
            yield self.with_worker(world, who, AT_RECORD, False)._replace(lock=who)

    @staticmethod
    def with_worker(world, who, doing, fresh=None):
        workers = list(world.workers)
        workers[who] = (doing, workers[who][1] if fresh is None else fresh)
        return world._replace(workers=tuple(workers))

    def move(self, world, to):
        if world.record != NOTHING and world.record != to:
            self.moves.add((world.record, to))
        return world._replace(record=to)

    def act(self, world, who):
        doing, fresh = world.workers[who]
        step = lambda w, d, f=None: self.with_worker(w, who, d, f)
        if doing == AT_RECORD:
            yield from self.by_record(world, who, fresh)
        elif doing == MAKING_KEY and world.record == NOTHING:
            yield step(world._replace(key=WHOLE, keys_made=world.keys_made + 1), MADE_UNRECORDED)
        elif doing == MAKING_KEY:
            yield step(world._replace(key=WHOLE), AT_RECORD)
        elif doing == MADE_UNRECORDED:
            yield step(self.move(world, KEY), AT_RECORD)
        elif doing == SENT:
            if world.orders:
                yield step(world, HAS_ANSWER)
            yield step(world, AT_RECORD, False)  # no answer in time: what happened is unknown
        elif doing == HAS_ANSWER:
            yield step(self.move(world._replace(memo=True), WAITING), AT_RECORD)
        elif doing == HAS_CERT and self.flaw == "token before database":
            yield step(self.move(world, DONE), AT_RECORD)
        elif doing == HAS_CERT:
            early = self.flaw == "the old certificate gives way at once"
            yield step(self.move(world._replace(answer_kept=True, gave_way=early), ISSUED), AT_RECORD)
        elif doing == WROTE_TOKEN:
            yield step(self.move(world, WRITTEN), AT_RECORD)

    def by_record(self, world, who, fresh):
        step = lambda w, d=AT_RECORD, f=None: self.with_worker(w, who, d, f)
        send = lambda: step(world._replace(in_flight=world.in_flight + 1), SENT, False)
        leave = lambda w: step(w, IDLE, False)._replace(lock=-1)
        record = world.record
        if record == NOTHING and self.same_key:
            yield step(self.move(world, KEY))
        elif record == NOTHING:
            yield step(world, MAKING_KEY) if self.flaw == "key before record" else step(self.move(world, DRAFT))
        elif record == DRAFT:
            yield from self.make_key(world, step)
        elif record == KEY:
            yield step(self.move(world, CSR))
        elif record == CSR:
            kept = world._replace(memo=self.flaw != "memo with the answer")
            yield send() if self.flaw == "no submitting state" else step(self.move(kept, SUBMITTING), f=True)
        elif record == SUBMITTING:
            yield from self.submit(world, fresh, step, send, leave)
        elif record == WAITING and world.decided:
            yield step(world, HAS_CERT)
        elif record == ISSUED:
            yield step(self.move(world, VERIFIED))
        elif record == VERIFIED:
            yield step(world._replace(cert_on_token=True), WROTE_TOKEN)
        elif record == WRITTEN:
            yield step(self.move(world._replace(gave_way=True), DONE))
        elif record in ENDS:
            yield leave(world)
        may_withdraw = (KEY, CSR) if self.flaw != "withdraw destroys a requested key" else (KEY, CSR, SUBMITTING, WAITING)
        if record in may_withdraw and world.withdraw:
            gone = world._replace(withdraw=False)
            if not self.same_key or self.flaw == "withdraw destroys the old key":
                gone = gone._replace(key=NO_KEY, keys_made=0)
            yield leave(self.move(gone, WITHDRAWN))

    def make_key(self, world, step):
        if world.key == NO_KEY:
            yield step(world._replace(key=TORN, keys_made=world.keys_made + 1), MAKING_KEY)
        elif world.key == TORN and self.flaw != "adopt without a trial":
            yield step(world._replace(key=NO_KEY, keys_made=world.keys_made - 1))
        else:
            yield step(self.move(world, KEY))

    def submit(self, world, fresh, step, send, leave):
        if fresh or self.ca == "B":
            yield send()
        elif self.ca == "C":
            yield send() if self.flaw == "resend blindly" else leave(self.move(world, OPERATOR))
        elif world.visible:
            yield step(self.move(world, WAITING))
        elif self.flaw == "no waiting window" or (world.in_flight == 0 and world.visible == world.orders):
            yield send()

    # --- what must never be ---
    def broken(self, world):
        idle = all(doing == IDLE for doing, _ in world.workers)
        if world.keys_made > 1:
            return "two keys for one request"
        if self.same_key and world.key != WHOLE:
            return "the key of the old certificate was destroyed"
        if world.key != NO_KEY and world.record == NOTHING and idle and not self.same_key:
            return "a key without a record"
        if world.orders > 1:
            return "two orders for one request"
        if world.record == KEY and world.key != WHOLE:
            return "an unusable key was adopted"
        if world.record == DONE and not (world.answer_kept and world.cert_on_token and world.key == WHOLE):
            return "done without the certificate"
        if world.gave_way and not (world.answer_kept and world.cert_on_token):
            return "the old certificate gave way before the new one was proven"
        if world.record == SUBMITTING and not world.memo and (world.orders or world.in_flight):
            return "an order that no look-up can tell from others"
        if world.record == WITHDRAWN and (world.orders or world.in_flight):
            return "an order for a destroyed key"
        return None

    def run(self):
        """All worlds that can be reached, the promises broken, and the worlds from which no end can be reached."""
        seen, queue, before, broken = {self.start}, deque([self.start]), {}, {}
        while queue:
            world = queue.popleft()
            problem = self.broken(world)
            if problem:
                broken[problem] = broken.get(problem, 0) + 1
                continue
            for following in self.after(world):
                if following.in_flight > MOST_IN_FLIGHT:
                    continue
                before.setdefault(following, []).append(world)
                if following not in seen:
                    seen.add(following)
                    queue.append(following)
        good, queue = set(), deque(w for w in seen if w.record in ENDS)
        good.update(queue)
        while queue:
            for world in before.get(queue.popleft(), ()):
                if world not in good:
                    good.add(world)
                    queue.append(world)
        stuck = [w for w in seen if w not in good and not self.broken(w)]
        return len(seen), broken, len(stuck)


FLAWS = {  # flaw: the classes of CA at which it must be noticed, with a new key unless it stands below
    "no lock": "A",
    "key before record": "ABC",
    "adopt without a trial": "ABC",
    "no submitting state": "ABC",
    "no waiting window": "A",
    "resend blindly": "C",
    "withdraw destroys a requested key": "ABC",
    "token before database": "ABC",
    "memo with the answer": "ABC",
    "the old certificate gives way at once": "ABC",
    "withdraw destroys the old key": "ABC",
}
SAME_KEY_FLAWS = {"withdraw destroys the old key"}

# Moves that the code has and the model leaves out, because nothing of the promises hangs on them.
BESIDE_THE_MODEL = {
    ("draft", "failed"), ("submitting", "submitting"), ("submitting", "rejected"), ("waiting", "rejected"),
    ("issued", "quarantined"), ("verified", "quarantined"), ("waiting", "needs-operator"),
}


def check_moves(path, walked):
    flow, person = set(), set()
    with open(path, encoding="ascii") as lines:
        for line in lines:
            source, target, by = line.split()
            (flow if by == "flow" else person).add((source, target))
    problems = [f"the model goes {a} > {b}, the code does not" for a, b in sorted(walked - flow - person)]
    problems += [f"the code goes {a} > {b} by itself, the model does not"
                 for a, b in sorted(flow - walked - BESIDE_THE_MODEL)]
    problems += [f"left out of the model but not in the code: {a} > {b}" for a, b in sorted(BESIDE_THE_MODEL - flow)]
    return problems


def main():
    failed, walked = [], set()
    print(f"{'design':38} CA {'worlds':>8} {'stuck':>6}  broken promises")
    rounds = [(None, False), (None, True)] + [(flaw, flaw in SAME_KEY_FLAWS) for flaw in FLAWS]
    for flaw, same_key in rounds:
        for ca_class in "ABC":
            model = Model(ca_class, flaw, same_key)
            worlds, broken, stuck = model.run()
            name = flaw or ("the same key again" if same_key else "as it is")
            print(f"{name:38} {ca_class:2} {worlds:8} {stuck:6}  {', '.join(broken) or 'none'}")
            if flaw is None:
                walked |= model.moves
                if broken or stuck:
                    failed.append(f"the design breaks at a CA of class {ca_class} ({name})")
            elif ca_class in FLAWS[flaw] and not broken:
                failed.append(f"the flaw \"{flaw}\" is not noticed at a CA of class {ca_class}")
    if len(sys.argv) > 1:
        failed += check_moves(sys.argv[1], walked)
    for problem in failed:
        print("FAILED:", problem)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
