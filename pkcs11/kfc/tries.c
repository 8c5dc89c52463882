// SPDX-License-Identifier: Apache-2.0
// Tries: counted under the medium's lock and on disk before the PIN is looked at; waited for and
// checked without the lock, so that nobody else is held up.
#include "kfc/tries.h"

#include <errno.h>
#include <time.h>

#include "kfc/container.h"
#include "kfc/slot.h"

enum { LOCK_WAIT_MS = 10000, TURN_WAIT_MS = 30000, FREE_TRIES = 3, WAIT_MAX_S = 60 };

/* --- time --- */

static int64_t system_now(void *arg) {
    return (int64_t)time(NULL);
}

static void system_sleep(void *arg, int64_t s) {
    struct timespec left = {.tv_sec = (time_t)s};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

const struct kfc_clock kfc_system_clock = {.now = system_now, .sleep = system_sleep};

/* Seconds after `count` wrong ones: 0 0 0 1 2 4 8 16 32 60. */
static int64_t wait_after(uint32_t count) {
    if (count < FREE_TRIES)
        return 0;
    int64_t wait = (int64_t)1 << (count - FREE_TRIES < 6 ? count - FREE_TRIES : 6);
    return wait < WAIT_MAX_S ? wait : WAIT_MAX_S;
}

/* A clock that was set back does not make anybody wait longer. */
static int64_t left_to_wait(uint32_t count, int64_t last, int64_t now) {
    int64_t wait = wait_after(count);
    if (last > now || last < 0)
        return wait;
    return now - last < wait ? wait - (now - last) : 0;
}

/* --- the count --- */

struct attempt {
    kfc *container;
    enum kfc_slot slot;
    const struct kfc_clock *clock;
    bool counts; /* the medium can be written */
};

static uint32_t *count_of(struct kf_tries *tries, enum kfc_slot slot) {
    return slot == KFC_USER ? &tries->user : &tries->so;
}

static kf_err read_tries(const kfc *container, struct kf_tries *ret_tries) {
    struct kf_tries tries = {0};
    KF_TRY(kf_medium_tries(container->medium, container->name, &tries));
    *ret_tries = tries;
    return KF_OK;
}

static kf_err lock(const kfc *container, kf_medium_lock *ret_lock) {
    return kf_medium_lock_take(container->medium, container->name, LOCK_WAIT_MS, ret_lock);
}

static kf_err set_count(const kfc *container, enum kfc_slot slot, bool forgive) {
    KF_AUTO(kf_medium_lock) held = {0};
    struct kf_tries tries;
    KF_TRY(lock(container, &held));
    KF_TRY(read_tries(container, &tries));
    uint32_t *count = count_of(&tries, slot);
    if (*count == 0)
        return KF_OK;
    *count = forgive ? 0 : *count - 1;
    if (tries.user == 0 && tries.so == 0)
        tries.last = 0;
    return kf_medium_set_tries(container->medium, container->name, &tries);
}

static kf_err fail_locked(const struct attempt *attempt) {
    return kf_fail(KF_E_PIN_LOCKED, "the %s of container \"%s\" is locked after %d wrong ones",
                   attempt->slot == KFC_USER ? "password" : "unblock secret",
                   attempt->container->name, KFC_TRIES_MAX);
}

/* Counts this try, unless there is still time to wait: then `ret_wait` says how long. Who has
 * waited after the very same tries (`waited`) need not wait again, whatever the clock says. */
static kf_err count_or_wait(const struct attempt *attempt, struct kf_tries *waited,
                            int64_t *ret_wait) {
    const kfc *container = attempt->container;
    KF_AUTO(kf_medium_lock) held = {0};
    struct kf_tries tries;
    if (attempt->counts)
        KF_TRY(lock(container, &held));
    KF_TRY(read_tries(container, &tries));
    uint32_t *count = count_of(&tries, attempt->slot);
    int64_t now = attempt->clock->now(attempt->clock->arg);
    if (*count >= KFC_TRIES_MAX)
        return fail_locked(attempt);
    int64_t wait = left_to_wait(*count, tries.last, now);
    if (wait > 0 && (*count != *count_of(waited, attempt->slot) || tries.last != waited->last)) {
        *waited = tries;
        *ret_wait = wait;
        return KF_OK;
    }
    *ret_wait = 0;
    if (!attempt->counts)
        return KF_OK;
    ++*count;
    tries.last = now;
    return kf_medium_set_tries(container->medium, container->name, &tries);
}

/* PINs are checked one after the other: right ones that are checked at the same time would count as
 * wrong ones to each other. Nobody waits for ever for a process that was stopped. */
static void take_turn(const struct attempt *attempt, kf_medium_lock *ret_turn) {
    const kfc *container = attempt->container;
    if (attempt->counts &&
        kf_medium_turn_take(container->medium, container->name, TURN_WAIT_MS, ret_turn) != KF_OK)
        kf_error_clear();
}

/* Whoever has to wait lets others go first. */
static kf_err begin(const struct attempt *attempt, kf_medium_lock *ret_turn) {
    struct kf_tries waited = {0};
    int64_t wait = 0;
    for (;;) {
        take_turn(attempt, ret_turn);
        KF_TRY(count_or_wait(attempt, &waited, &wait));
        if (wait == 0)
            return KF_OK;
        kf_medium_lock_clear(ret_turn);
        attempt->clock->sleep(attempt->clock->arg, wait);
    }
}

/* A right PIN forgives what was before; what went wrong otherwise was no wrong PIN. Whoever asked
 * hears how his PIN was, not how well it could be counted. */
static void end(const struct attempt *attempt, kf_err err) {
    struct kf_error_saved saved;
    if (!attempt->counts || err == KF_E_PIN_WRONG)
        return;
    kf_error_save(&saved);
    set_count(attempt->container, attempt->slot, err == KF_OK);
    kf_error_restore(&saved);
}

/* Another process may have set a new PIN: it is checked against what is there now. `container`
 * itself stays as its owner knows it. */
static kf_err unlock(const kfc *container, enum kfc_slot slot, const uint8_t *pin, size_t len,
                     kf_arena *arena, kf_locked *ret_master) {
    KF_AUTO_PTR(kfc) fresh = NULL;
    bool changed = false;
    KF_TRY(kfc_has_changed(container, container->image, &changed));
    if (changed)
        KF_TRY(kfc_open(container->medium, container->name, &fresh));
    return kfc_unlock(fresh ? fresh : container, slot, pin, len, arena, ret_master);
}

kf_err kfc_tries_unlock(kfc *container, enum kfc_slot slot, const uint8_t *pin, size_t len,
                        kf_arena *arena, const struct kfc_clock *clock, kf_locked *ret_master) {
    struct attempt attempt = {.container = container,
                              .slot = slot,
                              .clock = clock,
                              .counts = kf_medium_is_writable(container->medium)};
    KF_AUTO(kf_medium_lock) turn = {0};
    KF_TRY(kfc_pin_check(pin, len));
    KF_TRY(begin(&attempt, &turn));
    kf_err err = unlock(container, slot, pin, len, arena, ret_master);
    end(&attempt, err);
    return err;
}

kf_err kfc_tries_forgive(kfc *container, enum kfc_slot slot) {
    return set_count(container, slot, true);
}

kf_err kfc_tries_count(kfc *container, struct kf_tries *ret_tries) {
    return read_tries(container, ret_tries);
}
