# SPDX-License-Identifier: Apache-2.0
"""Who may ask for what: hosts, origins, methods, tokens and codes of every route. Usage: attacks.py BUILD_DIR"""
import os
import re
import shutil
import tempfile

from server import Server, check, finish

HEADERS = {
    'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                               "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
                               "require-trusted-types-for 'script'; trusted-types 'none'",
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
}


def is_protected(answer, *words):
    for name, value in HEADERS.items():
        check(answer.header(name) == value, *words, 'header', name, answer.header(name))
    check(answer.header('cache-control') in ('no-store', 'no-cache'), *words, 'is cached', answer.header('cache-control'))
    check(not any(name.startswith('access-control') for name, _ in answer.headers), *words, 'CORS')


def refused(answer, status, *words):
    wanted = status if isinstance(status, tuple) else (status,)
    check(answer.status in wanted, *words, 'gave', answer.status, 'not', status, answer.body[:200])
    is_protected(answer, *words)


def host_variants(port):
    near = [f'127.0.0.1:{port + 1}', f'127.0.0.1:0{port}', f'127.0.0.1: {port}', f'127.0.0.1:{port}.', f'127.0.0.1.:{port}',
            f'127.0.0.1:+{port}', '127.0.0.1', '127.0.0.1:', f':{port}', f'127.1:{port}', f'127.0.0.01:{port}',
            f'2130706433:{port}', f'0x7f000001:{port}', f'0.0.0.0:{port}', f'127.0.0.2:{port}', f'localhost.:{port}', 'localhost',
            f'LOCALHOST:{port}', f'localhost.localdomain:{port}', f'[::1]', f'::1:{port}', f'[0:0:0:0:0:0:0:1]:{port}',
            f'[::ffff:127.0.0.1]:{port}', f'evil@127.0.0.1:{port}', f'127.0.0.1:{port}@evil', f'127.0.0.1:{port}/',
            f'127.0.0.1:{port}, evil.example', f'evil.example, 127.0.0.1:{port}']
    far = ['evil.example', f'evil.example:{port}', f'127.0.0.1.evil.example:{port}', f'localhost.evil.example:{port}',
           f'a.127.0.0.1.nip.io:{port}', 'null', '', 'xn--lcalhost-57a']
    return near + far


def hosts(server):
    for host in host_variants(server.port):
        for target in ('/', '/api/v1/session'):
            refused(server.request('GET', target, headers={'Host': host}), 421, 'host', repr(host), target)
    for host in (f'127.0.0.1:{server.port}', f'localhost:{server.port}', f'[::1]:{server.port}'):
        answer = server.request('GET', '/', headers={'Host': host})
        check(answer.status == 200, 'our host', host, answer.status)
    two = f'GET / HTTP/1.1\r\nHost: {server.host}\r\nHost: {server.host}\r\nConnection: close\r\n\r\n'
    check(server.raw(two.encode()).status in (400, 421), 'two hosts')
    none = server.raw(b'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')
    check(none.status in (400, 421), 'no host', none.status)
    check(server.raw(b'GET / HTTP/1.0\r\n\r\n').status == 421, 'no host, HTTP/1.0')
    for target in (f'http://{server.host}/', f'http://evil.example/', '*', 'evil.example:80', '//evil.example/..'):
        answer = server.request('GET', target)
        check(answer.status in (421, 400, 404), 'target', target, answer.status)
    page = server.request('GET', '/', headers={'Host': 'evil.example', 'Accept': 'text/html'})
    check(server.address.encode() in page.body and b'evil' not in page.body, 'the page says where to go')


def bad_writes(server, opens):
    """(what, status, more of the request)"""
    yield 'no Origin', 403, {'without': ('Origin',)}
    for origin in ('null', 'http://evil.example', f'https://{server.host}', f'http://127.0.0.1:{server.port + 1}',
                   f'http://localhost:{server.port}', server.origin + '/', server.origin.upper(), '', 'http://',
                   f'{server.origin}.evil.example', f'http://evil@{server.host}'):
        yield f'Origin {origin!r}', 403, {'headers': {'Origin': origin}}
    for site in ('cross-site', 'same-site', 'none', 'SAME-ORIGIN', ''):
        yield f'Sec-Fetch-Site {site!r}', 403, {'headers': {'Sec-Fetch-Site': site}}
    for kind in ('application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', 'application/jsonp',
                 'text/plain; application/json', ''):
        yield f'type {kind!r}', 415, {'headers': {'Content-Type': kind}}
    yield 'no type', 415, {'without': ('Content-Type',)}
    yield 'body that is no JSON', 400, {'body_bytes': b'code=x'}
    yield 'array', 400, {'body_bytes': b'[]'}
    yield 'text', 400, {'body_bytes': b'"x"'}
    yield 'members twice', 400, {'body_bytes': b'{"a": 1, "a": 2}'}
    yield 'chunks', 411, {'headers': {'Transfer-Encoding': 'chunked'}, 'without': ('Content-Length',),
                          'body_bytes': b'2\r\n{}\r\n0\r\n\r\n'}
    if opens:
        return
    yield 'a query', 400, {'query': '?x=1'}
    yield 'no session', 401, {'without': ('Cookie',)}
    yield 'wrong session', 401, {'headers': {'Cookie': server.cookie[:-2] + 'zz'}}
    yield 'no token', 403, {'without': ('X-Keyfob-Token',)}
    for token in ('', server.token[:-1], server.token[:-1] + 'x', server.cookie.split('=')[1]):
        yield 'wrong token', 403, {'headers': {'X-Keyfob-Token': token}}


def bad_reads(server):
    yield 'no session', 401, {'without': ('Cookie',)}
    yield 'wrong session', 401, {'headers': {'Cookie': f'keyfob-{server.port}=' + '0' * 64}}
    yield 'cookie of another port', 401, {'headers': {'Cookie': server.cookie.replace(str(server.port), '1')}}
    for site in ('cross-site', 'same-site'):
        yield site, 403, {'headers': {'Sec-Fetch-Site': site}}
    yield 'another Origin', 403, {'headers': {'Origin': 'http://evil.example'}}
    yield 'Origin null', 403, {'headers': {'Origin': 'null'}}
    yield 'a body', 400, {'body_bytes': b'{}'}


def routes(server):
    api = server.get('/openapi.json')
    is_protected(api, 'openapi.json')
    paths = api.json()['paths']
    check(sum(len(methods) for methods in paths.values()) > 80, 'routes')
    for path, methods in paths.items():
        target = '/api/v1' + re.sub(r'{\w+}', 'x', path)
        for method, route in methods.items():
            opens = route['operationId'] == 'session.open'
            bad = bad_reads(server) if method == 'get' else bad_writes(server, opens)
            for what, status, more in bad:
                query = more.pop('query', '')
                body = None if method == 'get' or 'body_bytes' in more else {}
                refused(server.request(method.upper(), target + query, body, **more), status, method, path, what)
        refused(server.request('OPTIONS', target), 403, 'OPTIONS', path)
        for method in ('PUT', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'get', 'POSTX'):
            answer = server.request(method, target, {})
            refused(answer, (405, 421) if method == 'CONNECT' else 405, method, path)
        allowed = server.request('DELETE' if 'delete' not in methods else 'POST', target, {})
        if allowed.status == 405:
            check(set(map(str.lower, allowed.header('allow').split(', '))) >= set(methods), 'Allow', path, allowed.header('allow'))
        if 'get' not in methods:
            refused(server.request('GET', target), (405, 404), 'GET for a write', path)
            refused(server.request('HEAD', target), (405, 404), 'HEAD for a write', path)
    check(server.works(), 'the session is as it was')


def preflight(server):
    answer = server.request('OPTIONS', '/api/v1/session', headers={
        'Origin': 'http://evil.example', 'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Private-Network': 'true'})
    refused(answer, 403, 'preflight')


def codes(server):
    server.cookie = server.token = None
    first = server.first['code']
    check(server.sign_in(first).status == 200, 'the code that serve printed')
    check(server.works(), 'signed in')
    check(server.sign_in(first).status == 401, 'a code used twice')
    check(server.works(), 'a wrong code leaves the session alone')
    old = server.cookie
    check(server.sign_in(server.code().lower().replace('-', ' ')).status == 200, 'a code as people type it')
    check(server.cookie != old, 'signing in gives another session')
    gone = server.get('/session', headers={'Cookie': old})
    check(gone.status == 401, 'the earlier session of this browser has ended')
    fixed = f'keyfob-{server.port}=' + 'a' * 64
    answer = server.post('/session', {'code': server.code()}, headers={'Cookie': fixed})
    cookie = answer.header('set-cookie')
    check(answer.status == 200 and fixed not in cookie, 'no fixation')
    check(server.get('/session', headers={'Cookie': fixed}).status == 401, 'a planted cookie opens nothing')
    check(re.fullmatch(rf'keyfob-{server.port}=[0-9a-f]{{64}}; Path=/; HttpOnly; SameSite=Strict', cookie), 'cookie', cookie)
    check(server.get('/session', headers={'Cookie': f'{fixed}; {server.cookie}'}).status == 200, 'beside a planted cookie')


def guessing(server):
    waiting = server.code()
    for guess in range(5):
        refused(server.post('/session', {'code': f'0000-000{guess}'}), 401, 'wrong code', guess)
    answer = server.post('/session', {'code': waiting})
    refused(answer, 429, 'the sixth try, even a right one')
    check(answer.json()['code'] == 'busy' and 'keyfob open' in answer.json()['next'][0]['text'], 'what to do', answer.body)
    check(server.works(), 'who is signed in stays')
    for odd in (None, 1, {}, [], True, '', 'x' * 5000, '\ud83d\ude00', '0' * 32, '%s%s%n'):
        answer = server.post('/session', {'code': odd})
        check(answer.status in (400, 401), 'odd code', odd, answer.status)


def sessions(server):
    other = Other(server)
    mine = server.get('/sessions').json()['items']
    check(len(mine) >= 2 and sum(item['this'] for item in mine) == 1, 'sessions', mine)
    theirs = next(item['id'] for item in mine if item['id'] == other.id)
    check(server.request('DELETE', f'/api/v1/sessions/{theirs}').status == 200, 'another session is ended')
    check(server.get('/session', headers={'Cookie': other.cookie}).status == 401, 'it has ended')
    check(server.request('DELETE', '/api/v1/sessions/s-999').status == 404, 'no such session')
    job = server.post('/tokens/x/test')
    check(job.status == 202, 'a job begins', job.status, job.body)
    third = Other(server)
    seen = server.get(f'/jobs/{job.json()["id"]}', headers={'Cookie': third.cookie})
    unknown = server.get('/jobs/j-999', headers={'Cookie': third.cookie})
    check(seen.status == unknown.status == 404, "another session's job", seen.status)
    check(third.post('/session/extend').status == 200, 'a person is there')
    check(third.request('DELETE', '/api/v1/session').status == 200, 'signing out')
    check(server.get('/session', headers={'Cookie': third.cookie}).status == 401, 'signed out')


class Other:
    """Another browser; typed codes may be closed, the link of `keyfob open` is not."""

    def __init__(self, server):
        self.server = server
        answer = server.post('/session', {'code': link(server)}, without=('Cookie',))
        check(answer.status == 200, 'another browser', answer.status, answer.body)
        self.cookie = answer.header('set-cookie').split(';')[0]
        self.id, self.token = answer.json()['id'], answer.json()['token']

    def request(self, method, target, body=None):
        return self.server.request(method, target, {} if body is None else body,
                                   headers={'Cookie': self.cookie, 'X-Keyfob-Token': self.token})

    def post(self, path):
        return self.request('POST', '/api/v1' + path)


def link(server):
    """What `keyfob open` hands to a browser: the file, which only its user reads."""
    opener = os.path.join(server.home, 'opener')
    copy = os.path.join(server.home, 'opened')
    with open(opener, 'w') as script:
        script.write(f'#!/bin/sh\necho "$1" >"{copy}.args"\nstat -c %a "${{1#file://}}" >"{copy}.mode"\ncat "${{1#file://}}" >"{copy}"\n')
    os.chmod(opener, 0o700)
    server.env['BROWSER'] = opener
    done = server.run('open')
    server.env.pop('BROWSER')
    check(done.returncode == 0, 'keyfob open', done.stderr)
    page = open(copy).read()
    code = re.search(r'#code=([0-9a-f]{32})"', page).group(1)
    check(open(copy + '.mode').read().strip() == '600', 'the file is closed to others')
    check(code not in open(copy + '.args').read(), 'no code in arguments')
    check(os.path.exists(os.path.join(server.home, 'open.html')), 'it waits for the browser')
    return code


def link_goes(server):
    Other(server)
    check(not os.path.exists(os.path.join(server.home, 'open.html')), 'the file goes with its code')
    code = link(server)
    other = {'code': code}
    check(server.post('/session', other, without=('Cookie',)).status == 200, 'a link')
    check(server.post('/session', other, without=('Cookie',)).status == 401, 'a link used twice')


TRAVERSALS = ['/../etc/passwd', '/..%2f..%2fetc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/....//etc/passwd', '/..\\..\\etc\\passwd',
              '//etc/passwd', '/core/../../openapi.json', '/core/../app.js', '/./app.js', '/app.js/', '/app.js%00.html', '/app.js%20',
              '/%61pp.js', '/APP.JS', '/app.js;x', '/core', '/core/', '/.', '/..', '/.git/config', '/core/.', '/i18n/../app.js',
              '/etc/passwd', '/proc/self/environ', '/index.html/../app.js', '/%2Fetc%2Fpasswd', '/%c0%ae%c0%ae/', '/\xff', '/routes.c',
              '/openapi.json', '/app.js~', '/~root/', '/web/page/app.js', '/C:/x', '/app.js\\', '/keyfob.db', '/web.json']


def traversal(server):
    for path in TRAVERSALS:
        answer = server.request('GET', path)
        check(answer.status in (400, 404, 421), 'traversal', path, answer.status)
        check(b'root:' not in answer.body, 'a file of the system', path)
        answer = server.get(f'/profiles/{path}')
        check(answer.status in (400, 404), 'profile', path, answer.status)
    for name in ('%00', '%', '%2', '%zz', '%ff', '%0a', 'x' * 3000, '%ed%a0%80'):
        answer = server.get(f'/requests/{name}')
        check(answer.status in (400, 404, 414, 431), 'parameter', name[:20], answer.status)


def page_files(server):
    first = server.request('GET', '/')
    refused(first, 200, 'the page')
    tag = first.header('etag')
    check(tag and first.header('content-type') == 'text/html; charset=utf-8', 'its type', first.headers)
    again = server.request('GET', '/', headers={'If-None-Match': tag})
    refused(again, 304, 'the page as it was')
    check(not again.body, 'no body')
    check(server.request('GET', '/', headers={'If-None-Match': '"x"'}).status == 200, 'another tag')
    check(server.request('HEAD', '/').status == 200, 'HEAD')
    refused(server.request('POST', '/', {}), 405, 'POST to a file')
    refused(server.request('GET', '/nothing', headers={'Accept': 'text/html'}), 404, 'no file')


def from_folder():
    """--web-dir gives what lies in the folder, and no way out of it."""
    folder = tempfile.mkdtemp(prefix='keyfob-page-')
    os.mkdir(os.path.join(folder, 'sub'))
    for name in ('index.html', 'sub/a.js', '.hidden.js', 'sub/.b.js', 'c.sh', 'a b.js'):
        with open(os.path.join(folder, name), 'w') as file:
            file.write('here')
    os.symlink('/etc/passwd', os.path.join(folder, 'link.js'))
    os.symlink('/etc', os.path.join(folder, 'etc'))
    os.mkfifo(os.path.join(folder, 'pipe.js'))
    server = Server('--no-agent', '--web-dir', folder)
    for path in ('/', '/index.html', '/sub/a.js'):
        answer = server.request('GET', path)
        refused(answer, 200, 'the folder', path)
        check(answer.body == b'here' and answer.header('cache-control') == 'no-store', 'as it is now', path)
    gone = ['/link.js', '/etc/passwd', '/.hidden.js', '/sub/.b.js', '/c.sh', '/a%20b.js', '/pipe.js', '/sub', '/sub/', '/sub//a.js',
            '/../sub/a.js', '/sub/../index.html', '/sub/a.js/', '/app.js', '/etc/hosts.js']
    for path in gone + TRAVERSALS:
        answer = server.request('GET', path)
        check(answer.status in (400, 404, 421) and b'root:' not in answer.body, 'out of the folder', path, answer.status)
    server.stop()
    shutil.rmtree(folder)


def main():
    from_folder()
    server = Server('--no-agent')
    codes(server)
    hosts(server)
    preflight(server)
    page_files(server)
    traversal(server)
    routes(server)
    link_goes(server)
    guessing(server)
    sessions(server)
    status, log = server.stop()
    check(status == 0, 'its end', status, log)
    check(server.token not in log and server.cookie not in log and server.first['code'] not in log, 'a secret in the log')
    finish()


main()
