// SPDX-License-Identifier: Apache-2.0
// The pictures of docs/WEB.md and README.md, taken anew: node tests/web/pictures.mjs BUILD [FOLDER]. No test.
// Fonts for Chinese (fonts-noto-cjk) should be there; pngquant and optipng make the files small if they are.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

import { browser, signedIn, window } from './lib/browser.mjs';
import { person } from './lib/person.mjs';
import { checkOutside, order } from './lib/requests.mjs';
import { PIN, certificateIsHere, dialogOf, press, said, send, typePin } from './lib/tokens.mjs';
import { ONE_TOKEN, sleep, world } from './lib/world.mjs';

const folder = process.argv[3] ?? fileURLToPath(new URL('../../docs/images', import.meta.url));
const SIZE = { width: 1280, height: 800 };
const CALM_MS = 700;

async function picture(page, name) {
    await page.mouse.move(0, 0);
    await sleep(CALM_MS);
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path });
    for (const [tool, ...args] of [['pngquant', '--force', '--ext', '.png', '64', path], ['optipng', '-quiet', path]])
        spawnSync(tool, args);
    console.log(path);
}

async function visit(here, page, route) {
    await page.goto(`${here.url}/#/${route}`);
    await page.locator('#title').waitFor();
}

/* --- what there is to be seen --- */

/* Keys without certificates, a container in the registry, and a CA that somebody else decides for. */
function prepare(here) {
    here.keyfob('ca', 'init', 'Example CA', '--approval');
    for (const name of ['Фёдоров Фёдор Фёдорович', 'Егоров Егор', 'Anna O’Neill'])
        order(here, 'Example CA', name);
    here.keyfob('ca', 'reject', '2', '--reason', 'The person left in October');
    here.keyfob('ca', 'approve', '3');
    for (const id of ['r-2', 'r-3'])
        checkOutside(here, id);
    here.keyfob('request', 'install', 'r-3', '--no-input', '--pin-source', here.pin('pin', PIN));
    here.keyfob('container', 'create', 'backup', '--medium', 'registry', '--new-pin-source', here.pin('password', 'correct horse battery staple'));
}

/* Drivers as they are called where they are installed, instead of this build's doubles. */
async function usualModules(page) {
    const of = (name, path, tokens) => ({ name, path, loaded: true, tokens });
    const items = [of('rutoken', '/usr/lib/librtpkcs11ecp.so', 1), of('opensc', '/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so', 0),
        of('keyfob', '/usr/lib/x86_64-linux-gnu/pkcs11/keyfob-pkcs11.so', 1)];
    await page.route('**/api/v1/modules', (route) => route.fulfill({ json: { schema: 'keyfob.list/1', items } }));
}

/* --- the pictures --- */

async function firstCertificate(here, page, me) {
    await me.find('heading', 'tokens.welcome.title').waitFor();
    await page.getByRole('radio', { name: /Rutoken ECP/ }).waitFor();
    await picture(page, 'welcome');
    await press(me, 'tokens.welcome.test');
    await me.type(page.getByLabel(me.t('enroll.subject.CN')), '王小明');
    await me.type(page.getByLabel(me.t('enroll.subject.O')), 'Example');
    await picture(page, 'owner');
    await press(me, 'enroll.next');
    await me.find('button', 'enroll.send.new').waitFor();
    await picture(page, 'check');
    await send(me);
    await dialogOf(me).waitFor();
    await picture(page, 'pin');
    await typePin(me);
    await certificateIsHere(me);
    await picture(page, 'done');
}

async function rest(here, page, me) {
    await visit(here, page, 'tokens/09143328');
    await press(me, 'tokens.do.read');
    await typePin(me);
    await said(me, 'tokens.done.read').waitFor();
    await visit(here, page, 'certificates');
    await visit(here, page, 'tokens/09143328');
    await picture(page, 'tokens');
    await visit(here, page, 'requests/r-1');
    await picture(page, 'requests');
    await visit(here, page, 'certificates/personal');
    await page.getByRole('link', { name: /O’Neill/ }).click();
    await page.getByRole('tab', { name: me.t('certificates.part.chain') }).click();
    await picture(page, 'certificates');
}

async function take(chrome, options, draw) {
    const here = await world({ script: ONE_TOKEN });
    try {
        const win = await window(chrome, here, { ...SIZE, ...options });
        if (options.before)
            options.before(here);
        const page = await signedIn(win, here);
        await draw(here, page, person(page, options));
        await win.context.close();
    } finally {
        await here.close();
    }
}

mkdirSync(folder, { recursive: true });
const chrome = await browser();
try {
    await take(chrome, {}, firstCertificate);
    await take(chrome, { before: prepare }, rest);
    await take(chrome, { lang: 'ru', scheme: 'dark' }, async (here, page) => {
        await usualModules(page);
        await visit(here, page, 'settings');
        await picture(page, 'settings');
    });
} finally {
    await chrome.close();
}
