# SPDX-License-Identifier: Apache-2.0
"""A `keyfob serve` of its own, and HTTP byte by byte."""
import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

build = sys.argv[1]
keyfob = os.path.join(build, 'bin/keyfob')
root = os.path.abspath(os.path.join(os.path.dirname(__file__), '../../..'))
with open(keyfob, 'rb') as program:
    sanitized = b'__asan_init' in program.read()
failures = []


def check(good, *words):
    """Say what is wrong, and go on."""
    if not good:
        failures.append(words)
        print('wrong:', *words, file=sys.stderr)


def finish():
    sys.exit(1 if failures else 0)


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b'\r\n\r\n')
        lines = head.decode('latin-1').split('\r\n')
        words = lines[0].split(' ')
        self.status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
        self.headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(':') for line in lines[1:])]
        self.raw = raw

    def header(self, name):
        return next((value for have, value in self.headers if have == name.lower()), None)

    def json(self):
        return json.loads(self.body)


class Server:
    def __init__(self, *args):
        self.home = tempfile.mkdtemp(prefix='keyfob-http-')
        self.env = dict(os.environ, KEYFOB_HOME=self.home, KEYFOB_KEYRING='files', LC_ALL='C.UTF-8')
        self.env.pop('DISPLAY', None)
        self.env.pop('WAYLAND_DISPLAY', None)
        self.env.pop('BROWSER', None)
        self.log = open(os.path.join(self.home, 'log'), 'w+')
        self.process = subprocess.Popen([keyfob, 'serve', '--json', *args], env=self.env, stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        atexit.register(self.clear)
        first = self.process.stdout.readline()
        self.first = json.loads(first) if first else {}
        self.address = self.first.get('address', '')
        if not self.address.startswith('http://'):
            print(first, open(self.log.name).read(), file=sys.stderr)
            sys.exit(1)
        self.port = int(re.search(r':(\d+)/', self.address).group(1))
        self.host = f'127.0.0.1:{self.port}'
        self.origin = f'http://{self.host}'
        self.cookie = self.token = None

    def run(self, *words):
        return subprocess.run([keyfob, *words], env=self.env, capture_output=True, text=True, timeout=30)

    def code(self):
        return json.loads(self.run('open', '--print', '--json').stdout)['code']

    def connect(self):
        return socket.create_connection(('127.0.0.1', self.port), timeout=20)

    def raw(self, data, wait=20):
        """Send these bytes, read until the end."""
        with self.connect() as line:
            line.settimeout(wait)
            try:
                line.sendall(data)
                return Answer(read_all(line))
            except (ConnectionError, socket.timeout):
                return Answer(b'')

    def request(self, method, target, body=None, headers=None, without=(), body_bytes=None):
        """As the page would send it; `headers` replace, `without` leaves out."""
        sent = {'Host': self.host, 'Connection': 'close'}
        if self.cookie:
            sent['Cookie'] = self.cookie
        if method not in ('GET', 'HEAD'):
            sent.update({'Origin': self.origin, 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin'})
            if self.token:
                sent['X-Keyfob-Token'] = self.token
        data = body_bytes if body_bytes is not None else b'' if body is None else json.dumps(body).encode()
        if data or method not in ('GET', 'HEAD'):
            sent['Content-Length'] = str(len(data))
        sent.update(headers or {})
        lines = [f'{method} {target} HTTP/1.1'] + [f'{k}: {v}' for k, v in sent.items() if k not in without]
        return self.raw('\r\n'.join(lines).encode('latin-1') + b'\r\n\r\n' + data)

    def get(self, path, **more):
        return self.request('GET', '/api/v1' + path, **more)

    def post(self, path, body=None, **more):
        return self.request('POST', '/api/v1' + path, {} if body is None else body, **more)

    def sign_in(self, code=None):
        answer = self.post('/session', {'code': code or self.code()})
        if answer.status == 200:
            self.cookie = answer.header('set-cookie').split(';')[0]
            self.token = answer.json()['token']
        return answer

    def works(self):
        return self.get('/session').status == 200

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=30)
        self.log.close()
        return status, open(self.log.name).read()

    def clear(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


def read_all(line):
    data = b''
    while True:
        try:
            more = line.recv(65536)
        except ConnectionError:
            return data
        if not more:
            return data
        data += more


def cpu_ticks(pid):
    with open(f'/proc/{pid}/stat') as stat:
        words = stat.read().rsplit(')', 1)[1].split()
    return int(words[11]) + int(words[12])
