# SPDX-License-Identifier: Apache-2.0
"""Requests with random damage: the server answers HTTP or closes, stays alive, small, and closed to who is not signed in.
Usage: fuzz.py BUILD_DIR [ROUNDS [SEED]]"""
import random
import socket
import sys
import time

from server import Server, check, finish, sanitized

rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1500
seed = int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time())
dice = random.Random(seed)

PIECES = [b'\r\n', b'\n', b'\r', b'\0', b' ', b'\t', b':', b'%', b'%00', b'%2f', b'/', b'..', b'?', b'&', b'=', b'#', b'{', b'"', b'\xff',
          b'HTTP/1.1', b'HTTP/1.0', b'HTTP/9.9', b'Host: evil\r\n', b'Content-Length: 5\r\n', b'Content-Length: -1\r\n',
          b'Transfer-Encoding: chunked\r\n', b'Connection: upgrade\r\n', b'Expect: 100-continue\r\n', b'Cookie: a=b; c\r\n', b' folded\r\n',
          b'A' * 5000, b'0\r\n\r\n', b'5\r\nhello\r\n', b'ffffffffffffffff\r\n', b'{"a":' * 300, b'GET / HTTP/1.1\r\n', b'OPTIONS * HTTP/1.1\r\n']


def samples(server):
    host = f'Host: {server.host}\r\n'
    write = (f'{host}Origin: {server.origin}\r\nContent-Type: application/json\r\nSec-Fetch-Site: same-origin\r\n'
             'Cookie: keyfob-1=a\r\nX-Keyfob-Token: b\r\nIdempotency-Key: k\r\n')
    return [text.encode() for text in (
        f'GET / HTTP/1.1\r\n{host}Accept: text/html\r\n\r\n',
        f'GET /app.js HTTP/1.1\r\n{host}If-None-Match: "x"\r\n\r\n',
        f'GET /api/v1/requests?view=all&limit=5&search=%41 HTTP/1.1\r\n{host}Cookie: keyfob-{server.port}={"0" * 64}\r\n\r\n',
        f'GET /api/v1/events HTTP/1.1\r\n{host}Last-Event-ID: 5\r\n\r\n',
        f'POST /api/v1/session HTTP/1.1\r\n{write}Content-Length: 20\r\n\r\n{{"code":"7F3K-92QD"}}',
        f'DELETE /api/v1/tokens/pkcs11%3Atoken%3Da HTTP/1.1\r\n{write}Content-Length: 2\r\n\r\n{{}}',
    )]


def damage(data):
    data = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 3, 8))):
        at = dice.randrange(len(data) + 1)
        what = dice.randrange(5)
        if what == 0 and at < len(data):
            data[at] ^= 1 << dice.randrange(8)
        elif what == 1:
            data[at:at] = dice.choice(PIECES)
        elif what == 2:
            del data[at:at + dice.randrange(1, 20)]
        elif what == 3:
            data[at:at + 1] = bytes([dice.randrange(256)])
        else:
            data[at:at] = data[dice.randrange(len(data) + 1):][:dice.randrange(1, 60)]
        if not data:
            data += b'x'
    return bytes(data)


def send(server, data):
    with server.connect() as line:
        line.settimeout(0.02)
        answer = b''
        try:
            line.sendall(data[:len(data) // 2] if dice.random() < 0.1 else data)
            if dice.random() < 0.8:
                line.shutdown(socket.SHUT_WR)
            while more := line.recv(65536):
                answer += more
        except OSError:
            pass
        return answer


def memory(pid):
    return next(int(row.split()[1]) for row in open(f'/proc/{pid}/status') if row.startswith('VmRSS'))


def main():
    server = Server('--no-agent')
    server.sign_in(server.first['code'])
    all_samples = samples(server)
    send(server, all_samples[0])
    before = memory(server.process.pid)
    for number in range(rounds):
        data = damage(dice.choice(all_samples))
        answer = send(server, data)
        good = not answer or answer.startswith(b'HTTP/1.1 ')
        inside = b'"items"' in answer or b'keyfob.session/1' in answer
        if not good or inside or server.process.poll() is not None:
            check(False, 'seed', seed, 'round', number, data, answer[:300])
            break
    check(server.works(), 'afterwards')
    grown = memory(server.process.pid) - before
    limit = 300 if sanitized else 16  # MiB; a sanitizer keeps what was freed
    check(grown < limit * 1024, 'grown by', grown, 'KiB')
    status, log = server.stop()
    check(status == 0 and 'Sanitizer' not in log, 'its end', status, log)
    finish()


main()
