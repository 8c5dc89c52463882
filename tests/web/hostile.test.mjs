// SPDX-License-Identifier: Apache-2.0
// timeout: 300
// Names that would rather be programs, from everywhere that others write: each is shown as it is, runs nothing, loads nothing,
// leads nowhere, and does not turn the words around it.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { window } from './lib/browser.mjs';
import { certificate } from './lib/certificate.mjs';
import { STRINGS, intruders, isPlain, plant, shorterThan, unisolated } from './lib/hostile.mjs';
import { main, test } from './lib/test.mjs';
import { ONE_TOKEN, until } from './lib/world.mjs';

const SERIAL = '09143328';
const LONGEST = 100;
const LABEL_MOST = 255; /* bytes of a label that keyfob shows; another key goes by its id */

/* --- what every test does --- */

const seen = (text) => text.replace(/\s+/gu, ' ').trim();

/** A signed-in page that counts what runs; `use` gets it, and afterwards nothing may have happened. */
async function watched({ here, chrome, win }, use, options = {}) {
    const own = await window(chrome, here, options);
    await plant(own.context);
    const page = await own.context.newPage();
    page.on('dialog', (dialog) => own.faults.push(`a dialog of the browser: ${dialog.message()}`));
    page.on('framenavigated', (frame) => frame.url().startsWith(`${here.url}/`) || own.faults.push(`went to ${frame.url()}`));
    own.context.on('page', (other) => other !== page && own.faults.push(`opened ${other.url()}`));
    await page.goto(here.link());
    await page.getByRole('navigation').first().waitFor();
    try {
        await use(page);
        await harmless(page);
    } finally {
        await own.context.close();
    }
    win.faults.push(...own.faults);
}

async function harmless(page) {
    assert.deepEqual(await intruders(page), []);
    assert.deepEqual(await unisolated(page), []);
}

/** The body of a write, in the page's own name. */
function send(page, path, bodies) {
    return page.evaluate(async ([path, bodies]) => {
        const { token } = await (await fetch('/api/v1/session')).json();
        const headers = { 'Content-Type': 'application/json', 'X-Keyfob-Token': token };
        const out = [];
        for (const body of bodies) {
            const answer = await fetch(`/api/v1${path}`, { method: 'POST', headers: { ...headers, 'Idempotency-Key': crypto.randomUUID() }, body: JSON.stringify(body) });
            out.push({ status: answer.status, body: await answer.json() });
        }
        return out;
    }, [path, bodies]);
}

async function go(page, here, hash, ready) {
    await page.goto(`${here.url}/${hash}`);
    await ready(page).first().waitFor();
}

const rows = (page) => page.locator('.row');
const titles = async (page) => (await page.locator('.row-title').allTextContents()).map(seen);

/** Opens every so many rows with all their parts, and tells their headings. */
function openSome(page, every = 1) {
    return page.evaluate(async (step) => {
        const soon = () => new Promise((done) => setTimeout(done));
        const said = [];
        for (let i = 0; i < document.querySelectorAll('.row').length; i += step) {
            const row = document.querySelectorAll('.row')[i];
            row.click();
            await soon();
            for (const closed of document.querySelectorAll('.details details:not([open])'))
                closed.open = true;
            for (const tab of document.querySelectorAll('.details [role=tab]'))
                tab.click();
            await soon();
            said.push({ row: row.querySelector('.row-title').textContent, heading: document.querySelector('.details h2')?.textContent ?? '' });
        }
        return said;
    }, every);
}

/** The heading of the details has what the row is called. */
function areOfTheirRows(opened) {
    assert.ok(opened.length > 2);
    assert.deepEqual(opened.filter(({ row, heading }) => !heading.includes(row)), []);
}

/** Types each text into a field, all at once. */
function typeAll(field, texts) {
    return field.evaluate(async (input, list) => {
        for (const text of list) {
            input.value = text;
            input.dispatchEvent(new Event('input', { bubbles: true }));
            input.dispatchEvent(new Event('change', { bubbles: true }));
            await new Promise((done) => setTimeout(done));
        }
        input.value = '';
        input.dispatchEvent(new Event('input', { bubbles: true }));
    }, texts);
}

/** Every plain one of `wanted` is among `found`; of a very long one, its beginning. */
function shownAsTheyAre(found, wanted) {
    const start = (text) => seen(text).slice(0, LONGEST);
    const there = new Set(found.map(start));
    const missing = wanted.filter((text) => isPlain(text) && seen(text) && !there.has(start(text)));
    assert.deepEqual(missing.map((text) => text.slice(0, 100)), [], 'not shown as they are');
}

/* --- tokens and containers --- */

/** One real key pair, once for every label: in the file where the fake token keeps its objects. */
function manyContainers(here, labels) {
    here.keyfob('container', 'create', 'first', '--key', 'p256', '--pin-source', here.pin('pin', '1234'));
    const path = join(here.dir, 'state', readdirSync(join(here.dir, 'state')).find((name) => name.endsWith('.token')));
    const text = readFileSync(path, 'utf8');
    const [head, ...objects] = text.replace(/\nend -\n$/, '\n').split(/^(?=object )/m);
    const copies = labels.flatMap((label, i) => objects.map((object, j) => object
        .replace(/^object \d+/, `object ${i * 2 + j + 1}`)
        .replace(/^attr 0x102 .*$/m, `attr 0x102 ${(i + 1).toString(16).padStart(40, '0')}`)
        .replace(/^attr 0x3 .*$/m, `attr 0x3 ${Buffer.from(label, 'utf8').toString('hex') || '-'}`)));
    writeFileSync(path, `${head.replace(/^next-object .*$/m, `next-object ${labels.length * 2 + 1}`)}${copies.join('')}end -\n`);
}

test('names of containers are texts', { before: (here) => manyContainers(here, STRINGS) }, async (around) => {
    await watched(around, async (page) => {
        await go(page, around.here, `#/tokens/${SERIAL}`, (at) => at.locator('.row.level'));
        assert.equal(await rows(page).count(), STRINGS.length + 1);
        shownAsTheyAre(await titles(page), shorterThan(LABEL_MOST));
        await harmless(page);
        areOfTheirRows(await openSome(page, 9));
        await harmless(page);
        await typeAll(page.getByRole('searchbox'), STRINGS);
    });
});

const SLOTS = 16;
const tokens = (labels) => labels.map((label, i) => `token label="${label}" serial=${1000 + i} model="${[...label].slice(0, 4).join('')}" manufacturer="${label}" pin=1234`).join('\n');
const inScript = shorterThan(32).filter((text) => isPlain(text) && !text.includes('"') && seen(text) === text);
const LABELS = inScript.filter((_, i) => i % 3 === 0 || /\p{Script=Hebrew}|\p{Script=Arabic}/u.test(inScript[i]));

test('names of tokens are texts', {}, async (around) => {
    await watched(around, async (page) => {
        for (let at = 0; at < LABELS.length; at += SLOTS) {
            const some = LABELS.slice(at, at + SLOTS);
            around.here.script(tokens(some));
            await go(page, around.here, '#/tokens', rows);
            await page.reload();
            await page.locator('.row-title').getByText(some.at(-1), { exact: true }).first().waitFor();
            shownAsTheyAre(await titles(page), some);
            areOfTheirRows(await openSome(page, 2));
            await harmless(page);
        }
        await page.locator('[popovertarget=news]').click();
        await harmless(page);
        await page.keyboard.press('Escape');
        await go(page, around.here, '#/welcome', (at) => at.locator('main').getByText('(1000)'));
        await harmless(page);
        await go(page, around.here, '#/enroll', (at) => at.locator('main .primary'));
    });
});

/* Bytes that no text has: what a broken token might give. */
const RAW = { 'a NUL': '4100420043', 'an escape': '1b5b33316d72656400', 'no UTF-8': 'fffe3c623ec0af', 'a mark of direction': 'e280ae676e702e6578652ee280ac' };

test('bytes that are no text are shown by their numbers', {}, async (around) => {
    await watched(around, async (page) => {
        for (const [what, hex] of Object.entries(RAW)) {
            around.here.script(`${ONE_TOKEN}\nlie label raw ${hex}`);
            const [{ label }] = around.here.json('token', 'list').items;
            await go(page, around.here, '#/tokens', rows);
            await page.reload();
            await page.locator('.row-title').getByText(label, { exact: true }).waitFor();
            assert.ok(isPlain(label), `${what}: ${JSON.stringify(label)}`);
            await harmless(page);
        }
    });
});

/* --- certificates --- */

/** Owner, issuer and a third name, each of them another string. */
function hostileCertificates() {
    const next = (i) => STRINGS[i % STRINGS.length];
    const out = [];
    for (let i = 0; i < STRINGS.length; i += 2)
        out.push(certificate({ subject: { CN: STRINGS[i], O: next(i + 5) }, issuer: { CN: next(i + 1), description: next(i + 7) }, dns: [next(i + 3)] }));
    return out;
}

test('names in certificates are texts', {}, async (around) => {
    await watched(around, async (page) => {
        const files = hostileCertificates().map((bytes) => bytes.toString('base64'));
        const kept = await send(page, '/certificates', files.map((file) => ({ file, store: 'other' })));
        assert.deepEqual(kept.filter(({ status }) => status !== 200).map(({ body }) => body.message), []);
        await go(page, around.here, '#/certificates/other', rows);
        await until('all of them', async () => (await rows(page).count()) === files.length);
        shownAsTheyAre(await titles(page), STRINGS.filter((_, i) => i % 2 === 0));
        await harmless(page);
        areOfTheirRows(await openSome(page, 7));
        await harmless(page);
        await go(page, around.here, '#/certificates/import', (at) => at.locator('input[type=file]'));
        await page.locator('input[type=file]').setInputFiles({ name: '<img src=x onerror=pwned()>.pem', mimeType: 'text/html', buffer: hostileCertificates()[0] });
        await page.locator('h3').getByText(STRINGS[0], { exact: true }).waitFor();
    });
});

/* --- what a CA says, and what a person typed --- */

const FOLDER = '/<img src=x onerror=pwned()>/מפתח';
const SAID = 900; /* characters that a CA may say */
const OWNERS = ['<svg onload=pwned()>', '"-pwned()-"', 'מפתח', 'Anna \u05D0\u05D1 (1)', '</bdi><b>', '${pwned()}'];
/* As many strings as a reason has room for, for each owner. */
const REASONS = OWNERS.map((_, i) => {
    const mine = shorterThan(64).filter((text, at) => isPlain(text) && !/^-/.test(text) && at % OWNERS.length === i);
    return mine.filter((_, at) => mine.slice(0, at + 1).join('\n').length < SAID);
});
const PIN = (here) => here.pin('pin', '1234');

/** Rejected requests whose reasons are many strings each. */
function hostileRequests(here) {
    here.keyfob('ca', 'init', 'lab', '--approval');
    for (const [i, owner] of OWNERS.entries()) {
        const escaped = owner.replace(/[,+"\\<>;=]/g, '\\$&');
        here.keyfobMay('enroll', '--connection', 'lab', '--subject', `CN=${escaped}`, '--container', `c${i}<b>`, '--pin-source', PIN(here));
        here.keyfob('ca', 'reject', String(i + 1), '--reason', REASONS[i].join('\n'));
        here.keyfobMay('resume', '--pin-source', PIN(here));
    }
    here.keyfob('connection', 'add', 'paper', 'manual', `dir=${here.dir}${FOLDER}`);
}

test('what a CA says is a text, and so is what somebody typed', {}, async (around) => {
    const { here } = around;
    here.keyfobMay = (...words) => {
        try {
            return here.keyfob(...words);
        } catch (error) {
            return String(error); /* it ends with a code that says how the request stands */
        }
    };
    hostileRequests(here);
    await watched(around, async (page) => {
        await go(page, here, '#/requests?view=all', rows);
        await until('the requests', async () => (await rows(page).count()) === OWNERS.length);
        await harmless(page);
        const said = [];
        for (let i = 0; i < OWNERS.length; i++) {
            await rows(page).nth(i).click();
            const owner = await rows(page).nth(i).locator('.row-title').textContent();
            await page.locator('.details h2').getByText(owner, { exact: true }).waitFor();
            await page.locator('.details details').evaluateAll((all) => all.forEach((one) => (one.open = true)));
            await page.locator('.details ol.history li').first().waitFor();
            said.push(await page.locator('.details').textContent());
            await harmless(page);
        }
        const all = seen(said.join(' '));
        assert.deepEqual(REASONS.flat().filter((text) => !all.includes(seen(text))), []);
        await page.getByRole('searchbox').fill('<svg');
        await until('those that were looked for', async () => (await rows(page).count()) === 1);
        await typeAll(page.getByRole('searchbox'), STRINGS);
        await go(page, here, '#/connections/paper', (at) => at.locator('.details h2'));
        await harmless(page);
        await page.locator('[data-do=edit]').click();
        await page.locator('dialog input').first().waitFor();
        assert.ok((await page.locator('dialog input').evaluateAll((all) => all.map((one) => one.value))).some((value) => value.endsWith(FOLDER)));
        await harmless(page);
        await page.keyboard.press('Escape');
        await go(page, here, '#/enroll', (at) => at.locator('main form, main fieldset'));
        await harmless(page);
    });
});

/* --- addresses, and what a server might say --- */

const SCREENS = ['welcome', 'tokens', 'connections', 'enroll', 'requests', 'certificates', 'settings', ''];

test('addresses lead nowhere else and say nothing', {}, async (around) => {
    const { here } = around;
    await watched(around, async (page) => {
        const hashes = STRINGS.filter((text) => text.length < 500).flatMap((text, i) => {
            const screen = SCREENS[i % SCREENS.length];
            return [`#${text}`, `#/${text}`, `#/${screen}/${encodeURIComponent(text)}/${encodeURIComponent(STRINGS[i + 1] ?? '')}`, `#/${screen}?search=${encodeURIComponent(text)}&do=${text}&view=${text}`];
        });
        await page.evaluate(async (list) => {
            for (const hash of list) {
                location.hash = hash;
                await new Promise((done) => setTimeout(done, 4));
            }
        }, hashes.filter((hash) => !hash.startsWith('#code=')));
        await harmless(page);
        await go(page, here, '#/tokens', rows);
        for (const text of ['<svg onload=pwned()>', 'x"><script>pwned()</script>', 'javascript:pwned()']) {
            for (const path of ['/', '/api/v1/requests/', '/i18n/']) {
                const answer = await page.request.get(`${here.url}${path}${encodeURIComponent(text)}`, { headers: { Accept: 'text/html' } });
                assert.ok(answer.status() >= 400);
                assert.ok(!/html/.test(answer.headers()['content-type']) || !(await answer.text()).includes(text));
                assert.equal(answer.headers()['x-content-type-options'], 'nosniff');
            }
        }
    });
});

/** What a route answers instead. */
function instead(page, path, status, body) {
    return page.route((url) => url.pathname === `/api/v1${path}`, (route) => route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) }));
}

test('errors are texts in all their parts', {}, async (around) => {
    const { here } = around;
    await watched(around, async (page) => {
        for (const [i, path] of ['/requests', '/certificates', '/connections', '/modules', '/sessions', '/browsers'].entries()) {
            const text = STRINGS.slice(i * 40, i * 40 + 40).filter(isPlain).join('\n');
            await instead(page, path, 500, { schema: 'keyfob.error/1', code: STRINGS[i], message: text, key: text, next: [{ text, cli: text }, { text, route: ['javascript:pwned()', '//evil.test/', 'data:text/html,pwned()'][i % 3] }] });
        }
        for (const hash of ['#/requests', '#/certificates', '#/connections', '#/settings']) {
            await go(page, here, hash, (at) => at.locator('.error-said'));
            await harmless(page);
            for (const there of await page.locator('.error-card a').all())
                assert.match(await there.getAttribute('href'), /^#/);
        }
    });
});

test('what somebody else wrote about themselves is a text', {}, async (around) => {
    const { here, chrome } = around;
    const agent = '<img src=x onerror=pwned()> \u202Emoc';
    const other = await window(chrome, here, { userAgent: encodeURI(agent) });
    const page = await other.context.newPage();
    await page.setExtraHTTPHeaders({ 'User-Agent': '<img src=x onerror=pwned()>' });
    await page.goto(here.link());
    await page.getByRole('navigation').first().waitFor();
    await watched(around, async (mine) => {
        await go(mine, here, '#/settings', (at) => at.getByText('<img src=x onerror=pwned()>'));
    });
    await other.context.close();
});

await main();
