// SPDX-License-Identifier: Apache-2.0
// timeout: 300
// Pages of others in the same browser, on another port, another name, and a name that was rebound to this computer: they change
// nothing, read nothing, and the real page goes on.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';

import { browser, signedIn } from './lib/browser.mjs';
import { main, test } from './lib/test.mjs';

const REBOUND = 'evil.test';
const EMPTY = '<!doctype html><title>a page of somebody else</title><h1>Win a prize</h1>';

/** A site on another port of this computer; `answer(request, response)` may do more than show a page. */
async function site(answer = () => {}) {
    const server = createServer((request, response) => {
        response.setHeader('Content-Type', 'text/html');
        answer(request, response);
        response.end(EMPTY);
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    return { port: server.address().port, close: () => new Promise((done) => server.close(done).closeAllConnections()) };
}

/* --- in the page of the attacker: everything that a browser lets a page try --- */

/** What each try brought: "no" or what was learned. */
function attack(target) {
    const change = JSON.stringify({ language: 'zh', welcomed: true, lock_after: 3600 });
    const out = {};
    const tryOut = async (name, fn) => {
        const late = new Promise((done) => setTimeout(() => done('no'), 4000));
        out[name] = await Promise.race([Promise.resolve().then(fn).catch(() => 'no'), late]);
    };
    const settled = (node, place = document.body) => new Promise((done) => {
        node.onload = () => done('loaded');
        node.onerror = () => done('no');
        place.append(node);
    });
    const make = (tag, props) => Object.assign(document.createElement(tag), props);

    const writes = [['POST', '/settings', change], ['POST', '/labca', '{"name":"evil"}'], ['DELETE', '/session', '{}'], ['POST', '/session/extend', '{}'],
        ['POST', '/connections', '{"name":"evil","connector":"manual","settings":{"dir":"/tmp"}}'], ['POST', '/draft', '{"draft":{"evil":1}}']];
    const types = ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain; application/json'];

    async function byFetch() {
        const all = [];
        for (const [method, path, body] of writes)
            for (const mode of ['no-cors', 'cors'])
                for (const type of types)
                    all.push(tryOut(`${mode} ${method} ${path} ${type}`, async () => {
                        const answer = await fetch(`${target}/api/v1${path}`, { method, mode, credentials: 'include', body, headers: { 'Content-Type': type } });
                        return answer.type === 'opaque' ? 'no' : `${answer.status} ${await answer.text()}`;
                    }));
        for (const path of ['/', '/app.js', '/api/v1/session', '/api/v1/tokens', '/api/v1/settings', '/api/v1/certificates', '/api/v1/openapi.json', '/i18n/en/core.json'])
            for (const mode of ['no-cors', 'cors'])
                all.push(tryOut(`${mode} GET ${path}`, async () => {
                    const answer = await fetch(`${target}${path}`, { mode, credentials: 'include' });
                    return answer.type === 'opaque' ? 'no' : `${answer.status} ${await answer.text()}`;
                }));
        await Promise.all(all);
    }

    async function byForm() {
        for (const [i, enctype] of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'].entries())
            for (const [method, path, body] of writes.filter(([verb]) => verb === 'POST')) {
                const frame = make('iframe', { name: `f${i}${path}` });
                const form = make('form', { method, action: `${target}/api/v1${path}`, enctype, target: frame.name });
                const [name, value] = [body.slice(0, -1), `"}`];
                form.append(make('input', { name: `${name},"x":"`, value }));
                document.body.append(frame, form);
                form.submit();
            }
        await new Promise((done) => setTimeout(done, 500));
    }

    async function byElements() {
        const src = (path) => `${target}${path}`;
        await Promise.all([
            ...['/favicon.svg', '/icons.svg', '/api/v1/session'].map((path) => tryOut(`img ${path}`, () => settled(make('img', { src: src(path) })))),
            ...['/app.js', '/core/dom.js', '/api/v1/settings'].map((path) => tryOut(`script ${path}`, () => settled(make('script', { src: src(path) })))),
            tryOut('module', () => import(src('/core/dom.js')).then((module) => Object.keys(module).join())),
            tryOut('style', () => settled(make('link', { rel: 'stylesheet', href: src('/style/base.css') }))),
            tryOut('object', () => settled(make('object', { data: src('/favicon.svg'), type: 'image/svg+xml' }))),
            tryOut('events', () => new Promise((done) => {
                const stream = new EventSource(src('/api/v1/events'), { withCredentials: true });
                stream.onopen = () => done('opened');
                stream.onerror = () => { stream.close(); done('no'); };
            })),
            tryOut('socket', () => new Promise((done) => {
                const socket = new WebSocket(src('/api/v1/events').replace('http', 'ws'));
                socket.onopen = () => done('opened');
                socket.onerror = () => done('no');
            })),
            tryOut('beacon', () => { navigator.sendBeacon(src('/api/v1/settings'), new Blob([change], { type: 'text/plain' })); return 'no'; }),
            ...['/', '/api/v1/settings', '/favicon.svg'].map((path) => tryOut(`frame ${path}`, async () => {
                const frame = make('iframe', { src: src(path) });
                await settled(frame);
                try {
                    const text = frame.contentWindow.document.body.textContent;
                    return text ? `read: ${text.slice(0, 100)}` : 'no';
                } catch {
                    return frame.contentWindow.length ? 'frames inside' : 'no';
                }
            })),
        ]);
    }
    return byFetch().then(byElements).then(byForm).then(() => out);
}

/** A window of keyfob that another page opens, at an address that might begin something: what it learns of it, and tells it. */
async function openAndTalk(context, evil, target, rebound) {
    const opening = context.waitForEvent('page');
    await evil.evaluate((url) => void (globalThis.opened = open(url)), `${target}/#/connections/test-ca/forget`);
    const opened = await opening;
    await (rebound ? opened.waitForLoadState() : opened.getByRole('heading', { name: 'test-ca' }).waitFor());
    const learned = await evil.evaluate(() => {
        for (const message of ['stop', { type: 'session.ended', data: {} }, { type: 'server.stopping' }, 'opened'])
            globalThis.opened?.postMessage(message, '*');
        try {
            return globalThis.opened.document.title;
        } catch {
            return '';
        }
    });
    assert.equal(await opened.locator('dialog').count(), 0);
    await opened.close();
    return learned;
}

/* --- around it --- */

const state = (here) => JSON.stringify(['connection', 'cert', 'request'].map((what) => here.json(what, 'list').items.map((item) => item.name ?? item.id)));

function settingsOf(page) {
    return page.evaluate(async () => JSON.stringify([await (await fetch('/api/v1/settings')).json(), await (await fetch('/api/v1/draft')).json(), await (await fetch('/api/v1/jobs')).json()]));
}

/** Every answer to the foreign page is a refusal; a window of keyfob that it opened only reads for itself. */
function watchAnswers(context, here, evil, real) {
    const wrong = [];
    context.on('response', (answer) => {
        const request = answer.request(), url = new URL(answer.url()), page = request.frame().page();
        const forKeyfob = url.port === new URL(here.url).port && url.pathname.startsWith('/api/');
        if (page !== real && forKeyfob && answer.status() < 400 && (page === evil || request.method() !== 'GET'))
            wrong.push(`${request.method()} ${answer.url()}: ${answer.status()}`);
        if (answer.headers()['access-control-allow-origin'])
            wrong.push(`allows others: ${answer.url()}`);
    });
    return wrong;
}

/** `address(port of the site, port of keyfob)` of the foreign page. */
function foreign(name, address, { rebound = false } = {}) {
    test(name, { signIn: false, before: (here) => here.keyfob('ca', 'init', 'test-ca') }, async ({ here }) => {
        const chrome = await browser([`--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`]);
        const other = await site();
        const context = await chrome.newContext();
        try {
            const real = await signedIn({ context }, here, '#/tokens');
            await real.getByText('Rutoken ECP').first().waitFor();
            const before = [state(here), await settingsOf(real)];
            const evil = await context.newPage();
            const keyfobPort = new URL(here.url).port;
            const theirs = address(other.port, keyfobPort);
            if (rebound)
                await evil.route(`${theirs}/prize`, (route) => route.fulfill({ contentType: 'text/html', body: EMPTY }));
            await evil.goto(`${theirs}/prize`);
            const wrong = watchAnswers(context, here, evil, real);
            const targets = rebound ? [theirs] : [here.url, here.url.replace('127.0.0.1', 'localhost')];
            for (const target of targets) {
                const got = await evil.evaluate(attack, target);
                const learned = Object.entries(got).filter(([, what]) => what !== 'no' && !(rebound && /^421 /.test(what)));
                assert.deepEqual(learned, [], `of ${target}`);
            }
            assert.equal(await openAndTalk(context, evil, targets[0], rebound), rebound ? 'Wrong address' : '');
            assert.deepEqual(wrong, []);
            assert.deepEqual([state(here), await settingsOf(real)], before);
            await real.reload();
            await real.getByText('Rutoken ECP').first().waitFor();
        } finally {
            await context.close();
            await chrome.close();
            await other.close();
        }
    });
}

foreign('a page on another port of this address', (port) => `http://127.0.0.1:${port}`);
foreign('a page of another name', (port) => `http://localhost:${port}`);
foreign('a page whose name was rebound to this computer', (port, ours) => `http://${REBOUND}:${ours}`, { rebound: true });

/* --- cookies know no ports --- */

/** Whoever opens this page gets that cookie. */
const giving = (cookie) => site((request, response) => response.setHeader('Set-Cookie', cookie()));

test('a cookie of the same name from another port does not take the place of ours', {}, async ({ here, page, win }) => {
    const name = (await win.context.cookies())[0].name;
    const other = await giving(() => [`${name}=evil; Path=/api/v1; HttpOnly`, `${name}=; Path=/api`, `${name}=${'a'.repeat(64)}; Path=/api/v1/`]);
    const evil = await win.context.newPage();
    await evil.goto(`http://127.0.0.1:${other.port}/`);
    await evil.close();
    await other.close();
    assert.equal((await win.context.cookies(`${here.url}/api/v1/session`)).length, 4);
    await page.goto(`${here.url}/#/settings`);
    await page.reload();
    await page.getByRole('navigation').first().waitFor();
    const settings = await settingsOf(page);
    assert.match(settings, /"language"/);
    win.faults.splice(0, win.faults.length, ...win.faults.filter((text) => !text.includes(`:${other.port}/`)));
});

test('a cookie that replaces ours signs out, and never in', {}, async ({ here, page, win, me }) => {
    const name = (await win.context.cookies())[0].name;
    const other = await giving(() => `${name}=${'0'.repeat(64)}; Path=/; HttpOnly`);
    const evil = await win.context.newPage();
    await evil.goto(`http://127.0.0.1:${other.port}/`);
    await evil.close();
    await page.reload();
    await me.find('heading', 'signin.title').waitFor();
    await page.goto(here.link());
    await page.getByRole('navigation').first().waitFor();
    const [cookie] = (await win.context.cookies()).filter((one) => one.name === name);
    assert.notEqual(cookie.value, '0'.repeat(64), 'a new secret at every sign-in');
    await other.close();
    win.faults.splice(0, win.faults.length, ...win.faults.filter((text) => !text.includes(`:${other.port}/`)));
});

await main();
