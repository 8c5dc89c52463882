// SPDX-License-Identifier: Apache-2.0
// timeout: 400
// The screens "Tokens & containers" and "Settings" in each of their states, and what is done there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { signedIn, window } from './lib/browser.mjs';
import { goodScreen } from './lib/checks.mjs';
import { words } from './lib/person.mjs';
import { flow, main, test } from './lib/test.mjs';
import { NO_TOKEN, ONE_TOKEN, TOKEN_OUT, until } from './lib/world.mjs';
import { answer, button, cannotPress, dialogOf, dialogTitle, link, openMore, press, said, typeTwice } from './lib/tokens.mjs';

const TOKEN = '#/tokens/09143328';
const PASSWORD = 'correct horse battery staple';
const FILE_PASSWORD = 'a quiet morning in november';
const INSERT = { serial: '0914 3328' };

const row = (me, name) => me.page.getByRole('main').getByRole('list', { name: me.t('tokens.list') }).getByRole('link', { name });
/* The list is one stop of the Tab key; the arrows go on from there. */
async function openByArrows(me, name) {
    await row(me, /./).first().focus();
    while (!(await row(me, name).evaluate((e) => e === document.activeElement)))
        await me.page.keyboard.press('ArrowDown');
    await me.page.keyboard.press('Enter');
}

/* A row that came or went at that very moment may have taken the key: then once more, as a person would. */
async function open(me, name) {
    const shown = me.page.getByRole('main').getByRole('heading', { name }).first();
    for (let tries = 0; tries < 3; tries++) {
        await (me.how === 'mouse' ? me.press(row(me, name)) : openByArrows(me, name));
        if (await shown.waitFor({ timeout: 3000 }).then(() => true, () => false))
            return;
    }
}

const inMain = (me, name) => me.page.getByRole('main').getByRole('heading', { name });

/* --- states of the list --- */

test('nothing is there, and it is said what to do', { script: NO_TOKEN, route: '#/tokens' }, async ({ me, page }) => {
    await said(me, 'tokens.empty.text').waitFor();
    await goodScreen(page, 'tokens-empty');
    await press(me, 'tokens.empty.do');
    await dialogTitle(me, 'tokens.media.title').waitFor();
    await goodScreen(page, 'container-new');
});

test('a driver that takes its time is waited for', { script: `${ONE_TOKEN}\nslow C_GetSlotList 60000`, route: '#/tokens' }, async ({ me, page }) => {
    await said(me, 'tokens.reading').waitFor();
    await goodScreen(page, 'tokens-loading');
});

const BROKEN = '[module rutoken]\npath = /usr/lib/librtpkcs11ecp-missing.so\n';

test('a driver that does not load or falls over is named', { script: ONE_TOKEN, modules: BROKEN, route: '#/tokens' }, async ({ me, here, page }) => {
    await row(me, /Rutoken ECP/).waitFor();
    await page.locator('summary').filter({ hasText: '1' }).click();
    await page.getByText(/librtpkcs11ecp-missing\.so/).waitFor();
    await link(me, 'tokens.notes.modules').waitFor();
    await goodScreen(page, 'tokens-module-missing');
    here.script(`${ONE_TOKEN}\ncrash C_GetTokenInfo 1+ segv`);
    await page.reload();
    await inMain(me, me.t('errors.module_failed.what')).waitFor();
    await goodScreen(page, 'tokens-module-crashed');
    here.script(ONE_TOKEN);
    await press(me, 'core.again');
    await row(me, /Rutoken ECP/).waitFor();
});

test('a token that is pulled out stays, greyed, and comes back', { script: ONE_TOKEN, route: TOKEN }, async ({ me, here, page }) => {
    await button(me, 'tokens.do.change').waitFor();
    here.script(TOKEN_OUT);
    await said(me, 'tokens.banner.removed').waitFor();
    await cannotPress(me, 'tokens.do.change', 'tokens.insert.token', page, INSERT);
    await goodScreen(page, 'token-removed');
    here.script(ONE_TOKEN);
    await button(me, 'tokens.do.change').waitFor();
    assert.equal(await said(me, 'tokens.banner.removed').count(), 0);
});

const STRANGE = ['مفتاح الشركة الرئيسي', '王小明', '𠮷野家', '<b>not & bold</b>', 'Ж'.repeat(64), 'a-name-without-any-place-where-a-line-could-break-0123456789-abcd'];
const STRANGE_TOKENS = `${ONE_TOKEN}\ntoken label="رمز المحاسبة" serial=0002\ntoken serial=0003 uninitialized`;

function strangeKeys(here) {
    const pin = here.pin('pin', '1234');
    here.keyfob('ca', 'init', 'test-ca');
    here.keyfob('enroll', '--connection', 'test-ca', '--token', '09143328', '--subject', 'CN=Фёдоров Фёдор Фёдорович', '--container', 'fedorov-2026', '--pin-source', pin);
    STRANGE.forEach((name) => here.keyfob('container', 'create', name, '--token', '09143328', '--pin-source', pin));
}

/* From a token to its containers and back, to the ends, in and out. */
async function walk(me, page) {
    const isAt = (name) => until(`the focus at ${name}`, () => row(me, name).evaluate((e) => e === document.activeElement));
    await row(me, /Rutoken ECP/).focus();
    await page.keyboard.press('ArrowRight');
    await isAt(/fedorov-2026/);
    await page.keyboard.press('ArrowLeft');
    await isAt(/Rutoken ECP/);
    await page.keyboard.press('End');
    await isAt(/المحاسبة/);
    await page.keyboard.press('Home');
    await isAt(/Rutoken ECP/);
    await page.keyboard.press('Enter');
    await button(me, 'tokens.do.change').waitFor();
    await page.keyboard.press('Escape');
    await isAt(/Rutoken ECP/);
}

test('many containers and names of every kind keep the screen in order, and the arrow keys go through them', { script: STRANGE_TOKENS, route: TOKEN, before: strangeKeys }, async ({ me, page }) => {
    await row(me, /fedorov-2026/).waitFor();
    assert.equal(await row(me, /./).count(), 2 + 1 + STRANGE.length);
    for (const name of STRANGE)
        await page.getByText(name, { exact: true }).first().waitFor();
    assert.equal(await page.locator('bdi', { hasText: STRANGE[0] }).count(), 1, 'a name stands in <bdi>');
    await goodScreen(page, 'tokens-many');
    await walk(me, page);
    await page.keyboard.press('/');
    await page.keyboard.type('王');
    await until('one container', async () => (await row(me, /./).count()) === 2);
    await page.getByRole('searchbox').fill('nobody has this');
    await said(me, 'tokens.search.none').waitFor();
    await goodScreen(page, 'tokens-search-none');
    await page.getByRole('searchbox').fill('');
    await row(me, /fedorov-2026/).click();
    await inMain(me, 'fedorov-2026').waitFor();
    await said(me, 'tokens.match.yes').waitFor();
    await goodScreen(page, 'container');
});

/* --- what is done with containers --- */

function keyFile(here) {
    const at = (name) => join(here.dir, name);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('key.pem'), '-out', at('cert.pem'), '-subj', '/CN=Import'], { stdio: 'ignore' });
    execFileSync('openssl', ['pkcs12', '-export', '-inkey', at('key.pem'), '-in', at('cert.pem'), '-name', 'friend', '-passout', `pass:${FILE_PASSWORD}`, '-out', at('friend.p12')]);
    here.keyfob('container', 'create', 'safe', '--medium', 'registry', '--new-pin-source', here.pin('password', PASSWORD));
}

const field = (me, id) => dialogOf(me).getByLabel(me.t(id));
const typePassword = (me) => answer(me, 'core.pin.label.user.password', PASSWORD);

async function importFriend(me, here) {
    await press(me, 'tokens.do.import');
    await dialogTitle(me, 'tokens.import.title').waitFor();
    await field(me, 'tokens.import.file').setInputFiles(join(here.dir, 'friend.p12'));
    await me.type(field(me, 'tokens.import.password'), FILE_PASSWORD);
    await me.type(field(me, 'tokens.key.label'), 'Мой друг');
    await me.choose(field(me, 'tokens.key.exportable'));
    await press(me, 'tokens.import.do', dialogOf(me));
    await typePassword(me);
    await said(me, 'tokens.done.import').waitFor();
}

async function exportFriend(me, here) {
    await press(me, 'tokens.do.container.export');
    await dialogTitle(me, 'tokens.export.title', { label: 'Мой друг' }).waitFor();
    await me.type(field(me, 'tokens.export.password'), FILE_PASSWORD);
    await me.type(field(me, 'tokens.export.again'), FILE_PASSWORD);
    const saved = me.page.waitForEvent('download');
    await press(me, 'tokens.export.do', dialogOf(me));
    await typePassword(me);
    await said(me, 'tokens.done.export').waitFor();
    await (await saved).saveAs(join(here.dir, 'out.p12'));
    const key = execFileSync('openssl', ['pkcs12', '-in', join(here.dir, 'out.p12'), '-passin', `pass:${FILE_PASSWORD}`, '-nodes', '-nocerts'], { encoding: 'utf8' });
    assert.match(key, /BEGIN PRIVATE KEY/);
}

async function deleteFriend(me) {
    await press(me, 'tokens.do.container.delete');
    const dialog = me.page.getByRole('alertdialog');
    await cannotPress(me, 'tokens.delete.do', 'core.delete.reason', dialog);
    await me.type(dialog.getByRole('textbox'), 'Мой друг');
    await press(me, 'tokens.delete.do', dialog);
    await typePassword(me);
    await said(me, 'tokens.done.delete', { label: 'Мой друг' }).waitFor();
    assert.equal(await row(me, /Мой друг/).count(), 0);
}

flow('a key comes from a file, is tried, goes out sealed, and is deleted by its name', { script: NO_TOKEN, before: keyFile, route: '#/tokens/safe' }, async ({ me, here }) => {
    await importFriend(me, here);
    await open(me, /Мой друг/);
    await press(me, 'tokens.do.container.test');
    await typePassword(me);
    await said(me, 'tokens.test.good').waitFor();
    await exportFriend(me, here);
    await deleteFriend(me);
    assert.deepEqual(here.json('container', 'list').items.map((item) => item.label), ['safe']);
});

flow('a software container is copied, renamed, moved and deleted', { script: NO_TOKEN, before: keyFile, route: '#/tokens/safe' }, async ({ me, here }) => {
    await openMore(me);
    await press(me, 'tokens.do.copy');
    await me.type(field(me, 'tokens.media.name'), 'запас');
    await press(me, 'tokens.copy.do', dialogOf(me));
    await typePassword(me);
    await said(me, 'tokens.done.copy', { name: 'запас' }).waitFor();
    await press(me, 'tokens.do.rename');
    await me.type(field(me, 'tokens.media.name'), 'сейф');
    await press(me, 'tokens.rename.do', dialogOf(me));
    await typePassword(me);
    await said(me, 'tokens.done.rename', { name: 'сейф' }).waitFor();
    await press(me, 'tokens.do.move');
    await press(me, 'tokens.move.do', dialogOf(me));
    await said(me, 'tokens.done.move', { name: 'сейф' }).waitFor();
    await open(me, /запас/);
    await openMore(me);
    await press(me, 'tokens.do.remove');
    const dialog = me.page.getByRole('alertdialog');
    await me.type(dialog.getByRole('textbox'), 'запас');
    await press(me, 'tokens.remove.do', dialog);
    await said(me, 'tokens.done.remove', { name: 'запас' }).waitFor();
    const left = here.json('token', 'list').items.filter((item) => item.initialized);
    assert.deepEqual(left.map((item) => [item.label, item.medium]), [['сейф', 'disk']]);
});

/* --- settings --- */

const group = (me, name) => me.page.getByRole('region', { name: me.t(`settings.${name}.title`) });

test('the language is another one at once, and can be taken back', { script: ONE_TOKEN, route: '#/settings' }, async ({ me, page }) => {
    const ru = { ...me, t: (id, values) => words('ru', id, values) };
    await group(me, 'display').getByRole('combobox').waitFor();
    await goodScreen(page, 'settings');
    await group(me, 'display').getByRole('combobox').focus();
    await group(me, 'display').getByRole('combobox').selectOption('ru');
    await inMain(me, ru.t('settings.display.title')).waitFor();
    assert.equal(await page.getAttribute('html', 'lang'), 'ru');
    assert.match(await page.title(), new RegExp(ru.t('settings.title')));
    await until('the focus where it was', () => page.evaluate(() => document.activeElement.id === 'setting-language'));
    await goodScreen(page, 'settings-ru');
    await press(ru, 'settings.undo');
    await inMain(me, me.t('settings.display.title')).waitFor();
    assert.equal(await page.getAttribute('html', 'lang'), 'en');
});

test('the theme, the warning and the lock are kept; another tab follows', { script: ONE_TOKEN, route: '#/settings' }, async ({ me, page, win, here }) => {
    const other = await win.context.newPage();
    await other.goto(`${here.url}/#/settings`);
    await other.getByRole('radio', { name: me.t('settings.display.theme.light') }).waitFor();
    await page.bringToFront();
    await page.getByRole('radio', { name: me.t('settings.display.theme.dark') }).check();
    await until('the dark theme', async () => (await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)) === 'dark');
    await other.bringToFront();
    await until('the other tab', () => other.getByRole('radio', { name: me.t('settings.display.theme.dark') }).isChecked());
    await page.bringToFront();
    const days = page.getByRole('spinbutton', { name: me.t('settings.checking.warn') });
    await days.fill('0');
    await days.press('Tab');
    await said(me, 'settings.checking.wrong', { min: 1, max: 365 }).waitFor();
    assert.equal(await days.getAttribute('aria-invalid'), 'true');
    await days.fill('14');
    await days.press('Tab');
    await group(me, 'checking').getByText(me.t('settings.saved'), { exact: true }).waitFor();
    await page.reload();
    await days.waitFor();
    assert.equal(await days.inputValue(), '14');
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
});

test('another browser is seen among the sessions, and its session is ended', { script: ONE_TOKEN, route: '#/settings' }, async ({ me, page, chrome, here }) => {
    const second = await window(chrome, here);
    try {
        const other = await signedIn(second, here, '#/settings');
        await page.reload();
        await until('two sessions', async () => (await group(me, 'sessions').getByRole('listitem').count()) === 2);
        await group(me, 'sessions').getByRole('button', { name: new RegExp(`^${me.t('settings.sessions.end')}`) }).click();
        await other.getByRole('heading', { name: me.t('signin.title') }).waitFor();
        await until('one session', async () => (await group(me, 'sessions').getByRole('listitem').count()) === 1);
    } finally {
        await second.context.close();
    }
    await group(me, 'sessions').getByRole('button', { name: me.t('settings.sessions.out') }).click();
    await page.getByRole('heading', { name: me.t('signin.title') }).waitFor();
    await goodScreen(page, 'signin');
});

test('modules are named with what their loader says', { script: ONE_TOKEN, modules: BROKEN, route: '#/settings' }, async ({ me, page }) => {
    await group(me, 'modules').getByText(me.t('settings.modules.failed'), { exact: true }).waitFor();
    await group(me, 'modules').getByText(/librtpkcs11ecp-missing\.so/).first().waitFor();
    await goodScreen(page, 'settings-module-missing');
});

await main();
