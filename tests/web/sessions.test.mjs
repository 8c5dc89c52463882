// SPDX-License-Identifier: Apache-2.0
// timeout: 300
// Coming in, staying, and going: codes, other browsers, many tabs, a server that stops, and a question that waits.
import assert from 'node:assert/strict';

import { window, signedIn } from './lib/browser.mjs';
import { main, test } from './lib/test.mjs';
import { button, dialogOf, dialogTitle, press, said, typePin } from './lib/tokens.mjs';
import { until } from './lib/world.mjs';

const TABS = 8;
const TOKEN = '#/tokens/09143328';

const typedCode = (here) => here.json('open', '--print').code;
const asksForCode = (me) => me.find('heading', 'signin.title').waitFor();
const isIn = (page) => page.getByRole('navigation').first().waitFor();
const field = (me) => me.page.getByLabel(me.t('signin.code'));
const alertSays = (me, id) => me.page.getByRole('main').getByRole('alert').filter({ hasText: me.t(id) }).waitFor();

async function typeCode(me, code) {
    await field(me).fill(code);
    await press(me, 'signin.submit');
}

/** Of another browser: its own cookies, its own person. */
async function another(chrome, here, me, use) {
    const win = await window(chrome, here);
    const page = await win.context.newPage();
    try {
        await use({ page, win, me: { ...me, page, find: (role, id, values, scope = page) => me.find(role, id, values, scope) } });
    } finally {
        await win.context.close();
    }
    assert.deepEqual(win.faults, []);
}

/* --- codes --- */

test('without a session the page asks for a code, and goes where the person wanted', { signIn: false }, async ({ here, page, me, win }) => {
    await page.goto(`${here.url}/#/settings`);
    await asksForCode(me);
    await until('the focus in the field', () => field(me).evaluate((e) => e === document.activeElement));
    await press(me, 'signin.submit');
    await alertSays(me, 'signin.empty');
    await typeCode(me, 'AAAA-AAAA');
    await alertSays(me, 'signin.expired');
    await typeCode(me, ` ${typedCode(here).toLowerCase().replace('-', ' ')}`);
    await me.find('heading', 'settings.title').waitFor();
    const port = new URL(here.url).port;
    const [cookie] = await win.context.cookies();
    assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite, cookie.path], [`keyfob-${port}`, true, 'Strict', '/']);
    assert.ok(!(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]))).includes(cookie.value));
});

test('a code works once, and leaves the address before anything else', { signIn: false }, async ({ here, page, me, chrome }) => {
    const link = here.link();
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(link);
    await isIn(page);
    const code = link.split('=')[1];
    assert.doesNotMatch(page.url(), /code/);
    assert.ok(!asked.some((url) => url.includes(code)), 'no address has it');
    assert.equal(await page.evaluate(() => history.length), 2, 'about:blank and this page');
    await another(chrome, here, me, async (other) => {
        await other.page.goto(link);
        await asksForCode(other.me);
        await alertSays(other.me, 'signin.expired');
        assert.doesNotMatch(other.page.url(), /code/);
        await other.page.goto(here.link());
        await isIn(other.page);
    });
});

test('after five wrong codes no typed code is looked at, but keyfob open still works', { signIn: false }, async ({ here, page, me }) => {
    await page.goto(here.url);
    await asksForCode(me);
    for (let i = 0; i < 5; i++) {
        await typeCode(me, `AAAA-AAA${i}`);
        await alertSays(me, 'signin.expired');
        await page.reload();
        await asksForCode(me);
    }
    const code = typedCode(here);
    await typeCode(me, code);
    await alertSays(me, 'signin.busy');
    await page.goto(here.link());
    await isIn(page);
});

/* --- the end of a session --- */

test('who signs out is out in every tab, and the cookie is worth nothing', {}, async ({ here, page, me, win }) => {
    const second = await win.context.newPage();
    await second.goto(`${here.url}/${TOKEN}`);
    await isIn(second);
    const [cookie] = await win.context.cookies();
    await press(me, 'core.sign_out');
    await asksForCode(me);
    await second.getByRole('heading', { name: me.t('signin.title') }).waitFor();
    assert.equal(await second.getByText('Rutoken').count(), 0, 'nothing of before is left');
    const answer = await fetch(`${here.url}/api/v1/tokens`, { headers: { Cookie: `${cookie.name}=${cookie.value}` } });
    assert.equal(answer.status, 401);
    await page.goto(here.link());
    await isIn(page);
    await second.getByText('Rutoken').first().waitFor();
});

test('another browser is signed out from the settings, at once', { route: '#/settings' }, async ({ here, me, chrome }) => {
    await another(chrome, here, me, async (other) => {
        await other.page.goto(here.link());
        await isIn(other.page);
        await me.page.reload();
        const ends = me.page.getByRole('button', { name: new RegExp(`^${me.t('settings.sessions.end')}`) });
        await ends.click();
        await asksForCode(other.me);
        await ends.waitFor({ state: 'detached' });
        await isIn(me.page);
    });
});

/** The server's stream, but with these events alone. */
function eventsOnly(page, ...events) {
    const body = `retry: 3600000\n\n${events.map(([type, data]) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`).join('')}`;
    return page.route('**/api/v1/events', (route) => route.fulfill({ contentType: 'text/event-stream', body }));
}

test('a minute before the lock the page asks who is there, and one key stays', { signIn: false }, async ({ here, page, me }) => {
    await page.clock.install();
    await eventsOnly(page, ['session.locking', { seconds: 60 }]);
    await page.goto(here.link());
    await dialogTitle(me, 'core.lock.title').waitFor();
    await page.clock.runFor(31000);
    await dialogOf(me).getByText(/\b(28|29|30) sec/).waitFor();
    await page.locator('#live-assertive').getByText(/30 sec/).waitFor({ state: 'attached' });
    const extended = page.waitForResponse((answer) => answer.url().endsWith('/session/extend') && answer.status() === 200);
    await page.keyboard.press('Enter');
    await extended;
    await dialogOf(me).waitFor({ state: 'detached' });
});

test('who does not stay is signed out', { signIn: false }, async ({ here, page, me }) => {
    await eventsOnly(page, ['session.locking', { seconds: 60 }]);
    await page.goto(here.link());
    await press(me, 'core.sign_out', dialogOf(me));
    await asksForCode(me);
    assert.equal(await page.locator('dialog').count(), 0);
});

/* --- a server that stops --- */

const RESTARTED = ['--no-agent'];
test('a server that stops is said over everything, and comes back by itself', { args: RESTARTED, route: TOKEN }, async ({ here, page, me, win }) => {
    const port = new URL(here.url).port;
    await button(me, 'tokens.do.change').waitFor();
    await here.stop();
    await page.getByRole('alertdialog', { name: me.t('core.offline.title') }).waitFor();
    await page.keyboard.press('Escape');
    assert.ok(await page.getByRole('alertdialog').isVisible(), 'it stays');
    Object.assign(here, { ended: undefined, log: '' });
    RESTARTED.push('--port', port);
    await here.serve();
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await asksForCode(me);
    await typeCode(me, typedCode(here));
    await page.getByText('Rutoken ECP').first().waitFor();
    assert.match(page.url(), /#\/tokens\/09143328$/);
    win.faults.splice(0, win.faults.length, ...win.faults.filter((text) => !/ERR_CONNECTION_REFUSED/.test(text)));
});

/* --- many tabs --- */

/** The streams that are open now, by their tab. */
function countStreams(context) {
    const open = new Set();
    const over = (request) => open.delete(request);
    context.on('request', (request) => request.url().endsWith('/api/v1/events') && open.add(request));
    context.on('requestfinished', over);
    context.on('requestfailed', over);
    return () => [...open].filter((request) => !request.frame().page().isClosed());
}

test('eight tabs share one stream, and hand it over', { args: ['--no-agent'], signIn: false }, async ({ here, page, me, win }) => {
    const streams = countStreams(win.context);
    await page.goto(here.link());
    await isIn(page);
    const tabs = [page];
    while (tabs.length < TABS)
        tabs.push(await win.context.newPage());
    await Promise.all(tabs.map((tab) => tab.goto(`${here.url}/#/connections`)));
    await Promise.all(tabs.map((tab) => tab.getByRole('heading', { name: me.t('connections.title'), level: 1 }).waitFor()));
    await until('one stream', () => streams().length === 1);
    const hears = (name, some) => Promise.all(some.map((tab) => tab.locator('.row').getByText(name, { exact: true }).waitFor()));
    here.keyfob('ca', 'init', 'first');
    await hears('first', tabs);
    const holder = streams()[0].frame().page();
    const rest = tabs.filter((tab) => tab !== holder);
    await holder.close();
    await until('a stream in another tab', () => streams().length === 1);
    here.keyfob('ca', 'init', 'second');
    await hears('second', rest);
    assert.equal(streams().length, 1);
});

/* --- a question that waits --- */

const asksForPin = (me) => dialogTitle(me, 'core.pin.title.user.pin', { token: 'Rutoken ECP' }).waitFor();

test('a question that waits is asked again after the page was loaded again', { route: TOKEN }, async ({ page, me }) => {
    await press(me, 'tokens.do.read');
    await asksForPin(me);
    await page.reload();
    await asksForPin(me);
    await typePin(me);
    await page.locator('.toast').getByText(me.t('core.job.done')).waitFor();
    await dialogOf(me).waitFor({ state: 'detached' });
});

test('only the browser that began is asked for the PIN, and only one of its tabs', { route: TOKEN }, async ({ here, me, chrome, win }) => {
    const second = await win.context.newPage();
    await second.goto(`${here.url}/${TOKEN}`);
    await isIn(second);
    await another(chrome, here, me, async (other) => {
        await other.page.goto(here.link());
        await isIn(other.page);
        await other.page.goto(`${here.url}/${TOKEN}`);
        await other.me.find('button', 'tokens.do.read').waitFor();
        await press(me, 'tokens.do.read');
        await asksForPin(me);
        assert.deepEqual(await other.page.evaluate(() => fetch('/api/v1/jobs').then((answer) => answer.json()).then(({ items }) => items)), []);
        assert.equal(await other.page.locator('dialog').count(), 0);
        assert.equal(await second.locator('dialog').count(), 0);
        await typePin(me);
        await said(me, 'tokens.done.read').waitFor();
    });
});

test('the tab that asked is closed: another one asks on', { route: TOKEN, signIn: true }, async ({ here, page, me, win }) => {
    const second = await win.context.newPage();
    await second.goto(`${here.url}/${TOKEN}`);
    await button(me, 'tokens.do.read', second).click();
    await second.locator('dialog[open]').waitFor();
    await second.close();
    await page.reload();
    await asksForPin(me);
    await press(me, 'core.cancel', dialogOf(me));
    await dialogOf(me).waitFor({ state: 'detached' });
});

await main();
