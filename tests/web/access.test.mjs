// SPDX-License-Identifier: Apache-2.0
// timeout: 300
// For everybody: with the keyboard alone, without motion, with wider text, at 320 pixels, at 200 %, in every language.
import assert from 'node:assert/strict';

import { reflows } from './lib/checks.mjs';
import { words } from './lib/person.mjs';
import { main, test } from './lib/test.mjs';
import { dialogOf } from './lib/tokens.mjs';
import { until } from './lib/world.mjs';

const MOST_STOPS = 120;
const FEWEST_STOPS = 10; /* the bar alone has as many */
const TOKEN = '#/tokens/09143328';
const FULL = { args: ['--no-agent'], before: fill };

/** One of everything: a key with a certificate, a request that waits, two connections. */
function fill(here) {
    const pin = ['--pin-source', here.pin('pin', '1234')];
    here.keyfob('ca', 'init', 'test-ca');
    here.keyfob('ca', 'init', 'office', '--approval');
    here.keyfob('enroll', '--connection', 'test-ca', '--subject', 'CN=Фёдоров Фёдор,O=王小明', '--container', 'fedorov', ...pin);
    assert.throws(() => here.keyfob('enroll', '--connection', 'office', '--subject', 'CN=Anna O’Neill', '--container', 'anna', ...pin), /pending|: \d/);
    here.request = here.json('request', 'list').items.find((one) => one.connection === 'office').id;
    here.certificate = here.json('cert', 'list').items[0].id;
}

/** Every screen in its fullest state: its address and what is there when it is ready. */
const screens = (here) => ({
    '#/welcome': 'main .primary',
    '#/tokens': '.row',
    [TOKEN]: '.details h2',
    [`${TOKEN}/fedorov`]: '.details h2',
    '#/connections': '.row',
    '#/connections/office': '.details h2',
    '#/connections/new': 'main input, main button',
    '#/enroll': 'main .primary',
    '#/requests?view=all': '.row',
    [`#/requests/${here.request}?view=all`]: '.details h2',
    '#/certificates': '.row',
    [`#/certificates/personal/${here.certificate}`]: '.details h2',
    '#/certificates/root': '.row',
    '#/certificates/import': 'main input[type=radio]',
    '#/certificates/browsers': 'main h2, main p',
    '#/settings': 'main .setting-line',
});

async function go(page, here, [hash, ready]) {
    await page.goto(`${here.url}/${hash}`);
    await page.locator(ready).first().waitFor();
    await page.locator('.loading:visible').first().waitFor({ state: 'detached' });
}

/** Goes to all screens and collects what is wrong on each. */
async function onEach(page, here, look) {
    const wrong = [];
    for (const screen of Object.entries(screens(here))) {
        await go(page, here, screen);
        for (const what of await look(screen[0]))
            wrong.push(`${screen[0]}: ${what}`);
    }
    assert.deepEqual(wrong, []);
}

/* --- the keyboard --- */

/** What has the focus: its name, and what is wrong with how it shows. */
function focused(page) {
    return page.evaluate(() => {
        const node = document.activeElement;
        if (!node || node === document.body)
            return null;
        globalThis.stops ??= [];
        const number = globalThis.stops.indexOf(node);
        if (number < 0)
            globalThis.stops.push(node);
        const [first] = globalThis.stops;
        const isTrap = number > 0 && first.isConnected && first.tabIndex >= 0 && first.checkVisibility(); /* or it was drawn anew */
        const name = `${node.localName} "${(node.getAttribute('aria-label') ?? node.textContent).trim().slice(0, 40)}"`;
        const wrong = [];
        const shows = (one) => {
            const style = getComputedStyle(one);
            return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && !/, 0\)$|transparent/.test(style.outlineColor);
        };
        if (!shows(node) && !(node.parentElement && shows(node.parentElement)))
            wrong.push(`no visible focus on ${name}`);
        const boxes = [...node.getClientRects()].filter((box) => box.width && box.height);
        const label = node.labels?.[0];
        const isThere = (x, y) => {
            const at = document.elementFromPoint(x, y);
            return at && (node === at || node.contains(at) || at.contains(node) && getComputedStyle(at).display === 'inline' || label?.contains(at));
        };
        const points = boxes.flatMap((box) => [0.1, 0.5, 0.9].flatMap((x) => [0.2, 0.5, 0.8].map((y) => [box.left + box.width * x, box.top + box.height * y])));
        if (points.length === 0)
            wrong.push(`nothing to see of ${name}`);
        else if (!points.some(([x, y]) => isThere(x, y)))
            wrong.push(`hidden behind something: ${name}`);
        return { name, seen: number >= 0, isTrap, wrong };
    });
}

/** Through the whole page with Tab, until it begins again. */
async function tabThrough(page) {
    const wrong = [];
    await page.evaluate(() => {
        document.activeElement?.blur();
        globalThis.stops = undefined;
        getSelection().removeAllRanges();
    });
    for (let i = 0; i < MOST_STOPS; i++) {
        await page.keyboard.press('Tab');
        const stop = await focused(page);
        if (stop?.seen)
            return [...wrong, ...stop.isTrap ? [`the Tab key comes back to ${stop.name}`] : [], ...i < FEWEST_STOPS ? [`only ${i} stops`] : []];
        wrong.push(...stop?.wrong ?? []);
    }
    return [...wrong, `no end after ${MOST_STOPS} stops`];
}

test('every stop of the Tab key shows, is not hidden, and leads on', FULL, async ({ here, page }) => {
    await onEach(page, here, () => tabThrough(page));
});

test('also at 200 %, where little has room', { ...FULL, width: 640, height: 450, deviceScaleFactor: 2 }, async ({ here, page }) => {
    await onEach(page, here, async (name) => {
        await reflows(page, `${name} at 200 %`);
        return /welcome|settings|fedorov|requests\//.test(name) ? tabThrough(page) : [];
    });
});

/** Dialogs by the screen and the button that opens them. */
const DIALOGS = [
    [TOKEN, 'tokens.do.change'], [TOKEN, 'tokens.do.key'], [TOKEN, 'tokens.do.read'], ['#/tokens', 'tokens.new'],
    ['#/connections/office', 'connections.act.edit'], ['#/connections/office', 'connections.act.remove'],
    [`${TOKEN}/fedorov`, 'tokens.do.container.delete'],
];

test('a dialog takes the focus, keeps it, closes with Esc and gives it back', FULL, async ({ here, page, me }) => {
    for (const [hash, id] of DIALOGS) {
        await go(page, here, [hash, '.row']);
        const opener = page.getByRole('button', { name: me.t(id), exact: true });
        await opener.focus();
        await page.keyboard.press('Enter');
        await dialogOf(me).waitFor();
        for (let i = 0; i < 12; i++) {
            const where = await page.evaluate(() => (document.activeElement.closest('dialog') ? 'in' : document.activeElement.localName));
            assert.ok(where === 'in' || (i > 0 && where === 'body'), `${id}: the focus is at ${where} after ${i} stops`);
            await page.keyboard.press(i % 4 === 3 ? 'Shift+Tab' : 'Tab');
        }
        await page.keyboard.press('Escape');
        await dialogOf(me).waitFor({ state: 'detached' });
        await until(`the focus back at ${id}`, () => opener.evaluate((node) => node === document.activeElement));
    }
});

/* --- motion --- */

const motions = (page, most) => page.evaluate((limit) => {
    const seconds = (text) => Math.max(...text.split(',').map(parseFloat));
    return [...document.querySelectorAll('*')].filter((node) => {
        const style = getComputedStyle(node);
        const moves = style.animationName !== 'none' && style.animationIterationCount !== 'infinite' && seconds(style.animationDuration) > limit;
        return moves || seconds(style.transitionDuration) > limit || (limit < 0.1 && style.animationName !== 'none' && seconds(style.animationDuration) > limit && !node.closest('.loading'));
    }).map((node) => node.outerHTML.slice(0, 120));
}, most);

test('nothing moves for those who do not want it, and little for others', FULL, async ({ here, page }) => {
    await onEach(page, here, async () => {
        await page.emulateMedia({ reducedMotion: 'reduce' });
        const none = await motions(page, 0.011);
        await page.emulateMedia({ reducedMotion: 'no-preference' });
        return [...none, ...await motions(page, 0.15)];
    });
});

/* --- text as people need it --- */

/** Words that are cut off: their box is smaller than they are, and does not scroll. */
const cutOff = (page) => page.evaluate(() => [...document.querySelectorAll('body *')].filter((node) => {
    const style = getComputedStyle(node);
    const hides = /hidden|clip/.test(style.overflowX + style.overflowY) && style.textOverflow !== 'ellipsis';
    return hides && node.checkVisibility() && node.textContent.trim() && !node.matches('.visually-hidden, svg, svg *, select, option')
        && (node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1) && node.clientWidth > 1;
}).map((node) => `cut off: ${node.outerHTML.slice(0, 160)}`));

test('wider text loses nothing', FULL, async ({ here, page }) => {
    await page.evaluate(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }');
        document.adoptedStyleSheets = [sheet];
    });
    await onEach(page, here, async (name) => {
        await page.setViewportSize({ width: 1280, height: 900 });
        await reflows(page, `${name}, wider text`);
        const wide = await cutOff(page);
        await page.setViewportSize({ width: 320, height: 800 });
        await reflows(page, `${name}, wider text at 320 px`);
        return [...wide, ...await cutOff(page)];
    });
});

/* --- languages --- */

async function setLanguage(page, here, code) {
    await page.evaluate(async (language) => {
        const { token } = await (await fetch('/api/v1/session')).json();
        await fetch('/api/v1/settings', { method: 'POST', body: JSON.stringify({ language }),
            headers: { 'Content-Type': 'application/json', 'X-Keyfob-Token': token, 'Idempotency-Key': crypto.randomUUID() } });
    }, code);
    await page.reload();
    await page.locator(`html[lang=${code === 'xx' ? 'en-x-pseudo' : code}]`).waitFor();
}

/** Words on the screen and for screen readers that are not from a catalogue, and not data either. */
const untranslated = (page) => page.evaluate(() => {
    const DATA = 'bdi, code, time, .mono, option[lang], .brand, textarea, script, [dir=auto]';
    const NAMES = /\b(privacyIDEA|DigiCert|CryptoPro|CN|OU|DC|UID)\b|^O $/gu;
    const left = (text) => text.replace(NAMES, ' ').replace(/⟦[^⟦⟧]*(⟦[^⟦⟧]*⟧[^⟦⟧]*)*⟧/gu, ' ').replace(/\b(Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec|ago|in|and|or|days?|hours?|minutes?|months?|years?|weeks?|sec|min|hr|now|yesterday|tomorrow)\b/g, ' ');
    const isWords = (text) => /\p{L}{2}/u.test(left(text));
    const out = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode())
        if (isWords(node.data) && !node.parentElement.closest(DATA) && (node.parentElement.checkVisibility() || node.parentElement.closest('.visually-hidden')))
            out.push(`${JSON.stringify(node.data.slice(0, 80))} in ${node.parentElement.outerHTML.slice(0, 140)}`);
    for (const node of document.querySelectorAll('[aria-label], [title], [placeholder]'))
        for (const name of ['aria-label', 'title', 'placeholder'])
            if (node.checkVisibility() && isWords(node.getAttribute(name) ?? '') && !/⟦/.test(node.getAttribute(name)) && !node.matches('article, section'))
                out.push(`${name}=${JSON.stringify(node.getAttribute(name))}`);
    return [...new Set(out)];
});

test('in the pseudo-locale everything is translated and has room at 320 pixels', FULL, async ({ here, page }) => {
    await setLanguage(page, here, 'xx');
    await page.setViewportSize({ width: 320, height: 800 });
    await onEach(page, here, async (name) => {
        await reflows(page, `${name} in xx at 320 px`);
        return [...await untranslated(page), ...await cutOff(page)];
    });
});

test('the title and the language of the page change with the language', { route: '#/tokens' }, async ({ page }) => {
    await page.locator('.row').first().waitFor();
    for (const code of ['ru', 'zh', 'en']) {
        await page.locator('#language').focus();
        await page.locator('#language').selectOption(code);
        await page.getByRole('heading', { level: 1, name: words(code, 'tokens.title'), exact: true }).waitFor();
        assert.equal(await page.locator('html').getAttribute('lang'), code);
        assert.ok((await page.title()).includes(words(code, 'tokens.title')));
        await until('the focus where it was', () => page.evaluate(() => document.activeElement.id === 'language'), 5000);
    }
});

/* --- said aloud --- */

test('a request that changes is said to screen readers', FULL, async ({ here, page, me }) => {
    await go(page, here, [`#/requests/${here.request}`, '.details h2']);
    here.keyfob('ca', 'approve', '1', '--ca', 'office');
    const heard = () => page.evaluate(() => globalThis.heard);
    await page.evaluate(() => {
        globalThis.heard = [];
        new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => globalThis.heard.push(node.textContent))))
            .observe(document.getElementById('live-polite'), { childList: true });
    });
    await page.locator('[data-do=check]').click();
    const issued = me.t('core.mark.issued').slice(0, 6);
    await until('the new status, said', async () => (await heard()).some((text) => text.includes(issued) && text.includes('Anna O’Neill')));
});

await main();
