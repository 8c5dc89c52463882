# SPDX-License-Identifier: Apache-2.0
"""What is too large, too slow or too much; who may connect at all; and the server's end. Usage: limits.py BUILD_DIR"""
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

from server import Answer, Server, check, cpu_ticks, finish, keyfob, read_all, sanitized


def sizes(server):
    over = b'{"x": "' + b'a' * (64 * 1024) + b'"}'
    check(server.post('/draft', body_bytes=over).status == 413, 'a body of more than 64 KiB')
    check(server.post('/session', body_bytes=over, without=('Cookie',)).status == 413, 'while signing in')
    fits = {'draft': {'x': 'a' * 60000}}
    check(server.post('/draft', fits).status == 200, 'a body of 60 KB')
    check(server.get('/draft').json()['draft'] == fits['draft'], 'it came whole')
    large = b'{"file": "' + b'QUFB' * (50 * 1024) + b'"}'
    check(server.post('/certificates/read', body_bytes=large).status != 413, 'a file of 150 KiB', len(large))
    check(server.post('/certificates/read', body_bytes=large * 2).status == 413, 'a file of 300 KiB')
    for length in ('-1', '1x', '', '99999999999999999999', '0x10', '+5', '5, 5'):
        answer = server.post('/draft', body_bytes=b'{}', headers={'Content-Length': length})
        check(answer.status in (0, 400, 413), 'length', length, answer.status)
    check(server.request('GET', '/', headers={'X-Long': 'a' * 17000}).status == 431, 'headers of 17 KB')
    check(server.request('GET', '/', headers={'X-Long': 'a' * 15000}).status == 200, 'headers of 15 KB')
    for extra in (50000, 500000):
        check(server.request('GET', '/', headers={'X-Long': 'a' * extra}).status in (0, 413, 431), 'more headers', extra)
        check(server.request('GET', '/' + 'a' * extra).status in (0, 414, 431), 'a long target', extra)
    many = {f'X-{i}': 'x' for i in range(3000)}
    check(server.request('GET', '/', headers=many).status in (0, 413, 431), '3000 headers')
    check(server.works(), 'the server after all that')


def pipelining(server):
    one = f'GET /api/v1/session HTTP/1.1\r\nHost: {server.host}\r\nCookie: {server.cookie}\r\n'
    two = f'GET /api/v1/settings HTTP/1.1\r\nHost: {server.host}\r\nCookie: {server.cookie}\r\n'
    raw = server.raw((one + '\r\n' + two + '\r\n' + one + 'Connection: close\r\n\r\n').encode()).raw
    at = [raw.find(b'keyfob.session/1'), raw.find(b'keyfob.settings/1'), raw.rfind(b'keyfob.session/1')]
    check(raw.count(b'HTTP/1.1 200') == 3 and -1 < at[0] < at[1] < at[2], 'three requests in one', raw.count(b'HTTP/1.1'))
    smuggled = server.raw((f'POST /api/v1/draft HTTP/1.1\r\nHost: {server.host}\r\nOrigin: {server.origin}\r\n'
                           f'Content-Type: application/json\r\nCookie: {server.cookie}\r\nX-Keyfob-Token: {server.token}\r\n'
                           'Content-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
                           'DELETE /api/v1/session HTTP/1.1\r\n\r\n').encode())
    check(smuggled.status in (0, 400, 411), 'two lengths', smuggled.status)
    check(server.works(), 'nothing was smuggled')


def stream(server, last=None):
    line = server.connect()
    again = f'Last-Event-ID: {last}\r\n' if last else ''
    line.sendall(f'GET /api/v1/events HTTP/1.1\r\nHost: {server.host}\r\nCookie: {server.cookie}\r\n{again}\r\n'.encode())
    line.settimeout(5)
    return line


def text_of(line, wanted, seconds=5):
    data = b''
    end = time.time() + seconds
    try:
        while wanted not in data and time.time() < end:
            more = line.recv(65536)
            if not more:
                break
            data += more
    except (socket.timeout, ConnectionError):
        pass
    return data


def streams(server):
    line = stream(server)
    check(b'text/event-stream' in text_of(line, b'retry:'), 'a stream')
    check(server.post('/settings', {'theme': 'dark'}).status == 200, 'a change')
    data = text_of(line, b'settings.changed')
    check(b'event: settings.changed\ndata: ' in data, 'it is told', data)
    number = int(data.split(b'id: ')[1].split(b'\n')[0])
    line.close()
    server.post('/settings', {'theme': 'light'})
    line = stream(server, number)
    check(b'settings.changed' in text_of(line, b'settings.changed'), 'what was missed is told')
    line.close()
    open_lines = [stream(server) for _ in range(100)]
    check(server.works(), '100 streams starve nobody')
    alive = [line for line in open_lines if is_open(line)]
    check(1 <= len(alive) <= 6, 'streams of one browser', len(alive))
    before = cpu_ticks(server.process.pid)
    time.sleep(3)
    check(cpu_ticks(server.process.pid) - before <= 5, 'idle streams cost time', cpu_ticks(server.process.pid) - before)
    for line in open_lines:
        line.close()
    time.sleep(0.3)
    check(server.works(), 'after them')


def is_open(line):
    data = text_of(line, b'0\r\n\r\n', 0.3) if line.settimeout(0.2) is None else b''
    return b'0\r\n\r\n' not in data


def connections(server):
    lines = []
    try:
        for _ in range(60):
            line = server.connect()
            line.settimeout(1)
            lines.append(line)
        time.sleep(0.3)
        gone = sum(1 for line in lines if is_closed(line))
        check(28 <= gone <= 60 - 1, 'of 60 connections were refused', gone)
    finally:
        for line in lines:
            line.close()
    time.sleep(0.3)
    check(server.works(), 'after 60 connections')


def is_closed(line):
    line.settimeout(0.05)
    try:
        return line.recv(1) == b''
    except socket.timeout:
        return False
    except ConnectionError:
        return True


def slow(server):
    """Bytes that come one by one, bodies that never come, and connections that say nothing: none lasts half a minute."""
    begun = time.time()
    head = f'POST /api/v1/draft HTTP/1.1\r\nHost: {server.host}\r\nOrigin: {server.origin}\r\nContent-Type: application/json\r\n' \
           f'Cookie: {server.cookie}\r\nX-Keyfob-Token: {server.token}\r\nContent-Length: 5000\r\n\r\n'
    kinds = {'headers': b'GET / HTTP/1.1\r\nX: ', 'body': head.encode() + b'{"draft": "', 'silence': b'', 'a line': b'GE'}
    lines = {what: server.connect() for what in kinds}
    ended = {}
    for what, line in lines.items():
        line.sendall(kinds[what])
        line.setblocking(False)
    while len(ended) < len(lines) and time.time() - begun < 32:
        time.sleep(1)
        for what, line in lines.items():
            if what not in ended and drip(line, what != 'silence'):
                ended[what] = time.time() - begun
    for what in lines:
        check(ended.get(what, 99) < 30, 'slow', what, ended.get(what))
    check(server.works(), 'meanwhile')


def drip(line, send):
    try:
        if send:
            line.send(b'a')
        return line.recv(1000) == b''
    except BlockingIOError:
        return False
    except OSError:
        return True


def listening(server):
    """Only loopback, and nothing else is open to the network (/proc/net, by the process's own sockets)."""
    inodes = set()
    for name in os.listdir(f'/proc/{server.process.pid}/fd'):
        try:
            target = os.readlink(f'/proc/{server.process.pid}/fd/{name}')
        except OSError:
            continue
        if target.startswith('socket:['):
            inodes.add(target[8:-1])
    found = []
    for table in ('tcp', 'tcp6', 'udp', 'udp6'):
        for row in open(f'/proc/net/{table}').read().splitlines()[1:]:
            words = row.split()
            if words[9] in inodes and (words[3] == '0A' or table.startswith('udp')):
                found.append(words[1])
    local = {f'0100007F:{server.port:04X}', f'00000000000000000000000001000000:{server.port:04X}'}
    check(found and set(found) <= local and len(found) == len(set(found)), 'listening', found)


AS_OTHER = '''
import socket, sys
def tries(what, fn):
    try:
        print(what, fn())
    except OSError as problem:
        print(what, "refused", type(problem).__name__)
def web():
    line = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
    line.sendall(sys.argv[3].encode().decode("unicode_escape").encode())
    data = line.recv(1000)
    return "answered" if data else "refused"
def door():
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(5)
    line.connect(sys.argv[2])
    line.sendall(b"\\0\\0\\0\\x0f{\\"want\\":\\"link\\"}")
    return "answered" if line.recv(1000) else "refused"
tries("web", web)
tries("door", door)
'''


def other_user(server):
    """Another user has a cookie that a browser sent to his own server: it opens nothing."""
    request = f'GET /api/v1/session HTTP/1.1\\r\\nHost: {server.host}\\r\\nCookie: {server.cookie}\\r\\nConnection: close\\r\\n\\r\\n'
    door = os.path.join(server.home, 'serve.sock')
    words = [sys.executable, '-c', AS_OTHER, str(server.port), door, request]
    ours = subprocess.run(words, capture_output=True, text=True, timeout=30).stdout
    check('web answered' in ours, 'our own user', ours)
    mode = stat.S_IMODE(os.stat(door).st_mode)
    check(mode == 0o600 and stat.S_IMODE(os.stat(server.home).st_mode) == 0o700, 'the door is closed', oct(mode))
    if os.getuid() != 0:
        return
    os.chmod(server.home, 0o755)
    os.chmod(door, 0o666)
    for setup in ([], ['--clear-groups']):
        theirs = subprocess.run(['setpriv', '--reuid', '65534', '--regid', '65534', *(setup or ['--keep-groups']), *words],
                                capture_output=True, text=True, timeout=30)
        check('web refused' in theirs.stdout and 'door refused' in theirs.stdout, 'another user', theirs.stdout, theirs.stderr)
    os.chmod(door, 0o600)
    os.chmod(server.home, 0o700)


AS_NEIGHBOUR = '''
import os, socket, struct, sys
port, request = int(sys.argv[1]), sys.argv[2].encode()
os.setgroups([]); os.setgid(65534); os.setuid(65534)
theirs = socket.socket()
theirs.bind(("127.0.0.2", port))
theirs.listen()
print("ready", flush=True)
visitor, address = theirs.accept()
line = socket.socket()
line.setsockopt(socket.IPPROTO_IP, 51, struct.pack("I", address[1] << 16 | address[1]))  # IP_LOCAL_PORT_RANGE, Linux 6.3
line.settimeout(5)
try:
    line.connect(("127.0.0.1", port))
    assert line.getsockname() == address, line.getsockname()
    line.sendall(request)
    print("answered" if line.recv(1000) else "refused")
except ConnectionError:
    print("refused")
'''


def same_port_elsewhere(server):
    """Our program speaks to another user's server at 127.0.0.2; he comes to ours from the same port as that program."""
    release = tuple(map(int, re.match(r'(\d+)\.(\d+)', os.uname().release).groups()))
    if os.getuid() != 0 or release < (6, 3):
        return
    request = f'GET /api/v1/session HTTP/1.1\r\nHost: {server.host}\r\nCookie: {server.cookie}\r\nConnection: close\r\n\r\n'
    theirs = subprocess.Popen([sys.executable, '-c', AS_NEIGHBOUR, str(server.port), request], stdout=subprocess.PIPE, text=True)
    check(theirs.stdout.readline() == 'ready\n', 'a server at 127.0.0.2')
    with socket.create_connection(('127.0.0.2', server.port), timeout=5):
        said = theirs.communicate(timeout=30)[0]
    check(said == 'refused\n', 'another user from the port of our program', said)


def one_a_home(server):
    second = server.run('serve', '--json')
    check(second.returncode == 1 and 'busy' in second.stdout and server.address in second.stdout, 'a second one', second.stdout)
    check(server.works(), 'the first goes on')
    bad = server.run('serve', '--port', '70000')
    check(bad.returncode == 2, 'a port that is none', bad.stderr)
    plain = server.run('open')
    check(plain.returncode == 2 and 'open --print' in plain.stderr, 'no browser', plain.stderr)


def two_homes(server):
    other = Server('--no-agent', '--port', str(free_port()))
    other.sign_in()
    check(other.works() and server.works(), 'two homes')
    taken = subprocess.run([keyfob, 'serve', '--port', str(server.port)], env=dict(other.env, KEYFOB_HOME=other.home + '/b'),
                           capture_output=True, text=True, timeout=30)
    check(taken.returncode == 1 and 'port' in taken.stderr, 'a taken port', taken.stderr)
    other.process.send_signal(signal.SIGKILL)
    other.process.wait()
    again = subprocess.Popen([keyfob, 'serve', '--json', '--no-agent'], env=other.env, stdout=subprocess.PIPE, text=True)
    check('http://127.0.0.1' in again.stdout.readline(), 'after it was killed')
    again.send_signal(signal.SIGINT)
    check(again.wait(timeout=20) == 0, 'Ctrl-C')
    check(other.run('open').returncode == 2, 'open without a server')


def free_port():
    with socket.socket() as line:
        line.bind(('127.0.0.1', 0))
        return line.getsockname()[1]


def by_ipv6(server):
    """[::1], and an IPv6 socket that speaks to 127.0.0.1."""
    if not os.path.exists('/proc/net/if_inet6') or not open('/proc/net/if_inet6').read():
        return
    for address in ('::1', '::ffff:127.0.0.1'):
        with socket.create_connection((address, server.port), timeout=5) as line:
            line.sendall(f'GET / HTTP/1.1\r\nHost: [::1]:{server.port}\r\nConnection: close\r\n\r\n'.encode())
            check(Answer(read_all(line)).status == 200, 'by', address)


def secrets_are_wiped(server):
    """A PIN that was sent lies nowhere in the server's memory; who may not look (no root) sees that it may not."""
    canary = 'canary-%08x-pin' % os.getpid()
    half = canary[:10].encode(), canary[10:].encode()
    for body in ({'question': 1, 'secret': canary}, {'question': 1, 'secret': canary, 'more': ['x' * 9000]}):
        check(server.post('/jobs/j-1/answer', body).status == 404, 'an answer to nothing')
    check(server.post('/session', {'code': canary}).status == 401, 'a code')
    try:
        memory = open(f'/proc/{server.process.pid}/mem', 'rb', 0)
    except PermissionError:
        return
    check(os.getuid() == 0 or sanitized, 'another program of the user reads its memory')
    for row in open(f'/proc/{server.process.pid}/maps'):
        words = row.split()
        if 'w' not in words[1]:
            continue
        begin, end = (int(part, 16) for part in words[0].split('-'))
        memory.seek(begin)
        try:
            data = memory.read(min(end - begin, 1 << 28))
        except OSError:
            continue
        at = data.find(half[0] + half[1])
        check(at < 0, 'a secret in', row.strip(), data[max(0, at - 60):at + 60] if at >= 0 else '')
    memory.close()


def its_end(server):
    line = stream(server)
    text_of(line, b'retry:')
    waiting = server.connect()
    waiting.sendall(f'GET /api/v1/tokens HTTP/1.1\r\nHost: {server.host}\r\nCookie: {server.cookie}\r\n\r\n'.encode())
    time.sleep(0.05)
    server.process.send_signal(signal.SIGTERM)
    data = text_of(line, b'0\r\n\r\n')
    check(b'event: server.stopping' in data and data.endswith(b'0\r\n\r\n'), 'pages are told', data)
    waiting.settimeout(10)
    check(Answer(read_all(waiting)).status in (200, 499), 'who waits is answered')
    begun = time.time()
    status = server.process.wait(timeout=20)
    check(status == 0 and time.time() - begun < 8, 'its end', status, time.time() - begun)
    check(not os.path.exists(os.path.join(server.home, 'serve.sock')), 'the socket is gone')
    check('Sanitizer' not in open(server.log.name).read(), open(server.log.name).read())


def ask_again_and_again(server):
    request = f'GET /api/v1/settings HTTP/1.1\r\nHost: {server.host}\r\nCookie: {server.cookie}\r\n\r\n'.encode()
    try:
        with server.connect() as line:
            while True:
                line.sendall(request)
                if not line.recv(65536):
                    return
    except OSError:
        return


def its_end_under_load():
    """Requests that come in the last moment wait for nothing that is not there any more."""
    server = Server('--no-agent')
    server.sign_in(server.first['code'])
    for _ in range(20):
        threading.Thread(target=ask_again_and_again, args=(server,), daemon=True).start()
    time.sleep(0.3)
    status, said = server.stop()
    check(status == 0 and not said, 'its end under load', status, said)


def main():
    server = Server('--no-agent')
    check(server.sign_in(server.first['code']).status == 200, 'signing in')
    for test in (sizes, pipelining, streams, connections, listening, by_ipv6, secrets_are_wiped, other_user, same_port_elsewhere, one_a_home, two_homes, slow, its_end):
        test(server)
    its_end_under_load()
    finish()


main()
