// SPDX-License-Identifier: Apache-2.0
// timeout: 400
// Wrong PINs, blocked PINs, new PINs: every try is told honestly, and nothing that was begun is lost.
import assert from 'node:assert/strict';

import { goodScreen } from './lib/checks.mjs';
import { flow, main, test } from './lib/test.mjs';
import { NO_TOKEN, ONE_TOKEN } from './lib/world.mjs';
import {
    PIN, answer, asksAgain, button, cannotPress, certificateIsHere, dialogOf, dialogTitle, fieldSays, link, navigation, openMore, pinField, press, readyToSend, said, send, tries,
    typePin, typeSoPin, typeTwice, whatIsThere,
} from './lib/tokens.mjs';

const THREE_TRIES = `${ONE_TOKEN}\npin-tries 3`;
const NEW_PIN = '246810';
const PASSWORD = 'correct horse battery staple';
const TOKEN = '#/tokens/09143328';

const asksFor = (me, pin, token = 'Rutoken ECP') => dialogTitle(me, `core.pin.title.${pin}`, { token }).waitFor();
const wrongAnd = (me, level) => asksAgain(me, `${me.t('core.pin.wrong.pin')} ${me.t(level)}`);
const pinWorks = (here, pin) => here.json('container', 'list', '--login', '--pin-source', here.pin('pin-tried', pin));

/* Low, last, blocked: the three things that a token can say of its tries. */
async function wrongUntilBlocked(me) {
    await typePin(me, '9999');
    await wrongAnd(me, 'core.pin.low');
    await typePin(me, '9998');
    await wrongAnd(me, 'core.pin.last');
    await me.type(pinField(me), '9997');
    await cannotPress(me, 'core.continue', 'core.pin.sure.first', dialogOf(me));
    await me.choose(dialogOf(me).getByRole('checkbox', { name: me.t('core.pin.sure') }));
    await press(me, 'core.continue', dialogOf(me));
    await me.page.getByRole('heading', { name: me.t('errors.pin_locked.what') }).waitFor();
    assert.equal(await dialogOf(me).count(), 0, 'a blocked PIN is not asked for');
}

flow('a PIN that was blocked on the way is unblocked, and the draft goes on', { script: THREE_TRIES }, async ({ me, here }) => {
    await readyToSend(me, 'Анна О’Нил');
    await send(me);
    await asksFor(me, 'user.pin');
    await wrongUntilBlocked(me);
    await said(me, 'enroll.failed.draft').waitFor();
    assert.deepEqual(here.json('request', 'list').items, []);
    await me.press(link(me, 'errors.go.unblock'));
    await asksFor(me, 'so.pin');
    await typeSoPin(me);
    await asksFor(me, 'new_user.pin');
    await typeTwice(me, NEW_PIN);
    await said(me, 'tokens.done.unblock').waitFor();
    await me.press(navigation(me, 'enroll'));
    await send(me);
    await typePin(me, NEW_PIN);
    await certificateIsHere(me);
    const { keys, requests, certificates, orders } = whatIsThere(here, NEW_PIN);
    assert.deepEqual([keys.length, requests.length, certificates.length, orders.length], [1, 1, 1, 1]);
});

flow('what is too short costs no try, a wrong PIN is typed again, and then it is changed', { script: THREE_TRIES, route: TOKEN }, async ({ me, here }) => {
    await press(me, 'tokens.do.read');
    await typePin(me, '');
    await fieldSays(me, pinField(me), 'core.pin.empty');
    await typePin(me, '12');
    await fieldSays(me, pinField(me), 'core.pin.length', { min: 4, max: 64 });
    assert.equal(tries(here), 'ok');
    await typePin(me, '9999');
    await wrongAnd(me, 'core.pin.low');
    assert.equal(tries(here), 'low');
    await typePin(me);
    await said(me, 'tokens.done.read').waitFor();
    assert.equal(tries(here), 'ok');
    await press(me, 'tokens.do.change');
    await asksFor(me, 'user.pin');
    await typePin(me);
    await asksFor(me, 'new_user.pin');
    await typeTwice(me, NEW_PIN, '246811');
    await fieldSays(me, pinField(me, 'core.pin.again.pin'), 'core.pin.differ.pin');
    await typeTwice(me, NEW_PIN);
    await said(me, 'tokens.done.change').waitFor();
    pinWorks(here, NEW_PIN);
    assert.throws(() => pinWorks(here, PIN), /pin_wrong/);
});

flow('a PIN that nobody types cancels the order, and the draft is kept', { script: ONE_TOKEN }, async ({ me, here, page }) => {
    await readyToSend(me, '王小明');
    await send(me);
    await asksFor(me, 'user.pin');
    await page.keyboard.press('Escape');
    await said(me, 'enroll.failed.draft').waitFor();
    await press(me, 'enroll.again');
    await asksFor(me, 'user.pin');
    await press(me, 'core.cancel', dialogOf(me));
    await said(me, 'enroll.failed.draft').waitFor();
    assert.equal(tries(here), 'ok');
    await press(me, 'enroll.again');
    await typePin(me);
    await certificateIsHere(me);
    assert.equal(whatIsThere(here).keys.length, 1);
});

const SOFTWARE = { script: NO_TOKEN, before: (here) => here.keyfob('container', 'create', 'vpn', '--medium', 'registry', '--new-pin-source', here.pin('password', PASSWORD)) };

flow('a container has a password, and a wrong one is told', { ...SOFTWARE, route: '#/tokens/vpn' }, async ({ me }) => {
    await openMore(me);
    await press(me, 'tokens.do.check');
    await asksFor(me, 'user.password', 'vpn');
    await answer(me, 'core.pin.label.user.password', 'wrong horse battery staple');
    await asksAgain(me, me.t('core.pin.wrong.password'), 'core.pin.label.user.password');
    await answer(me, 'core.pin.label.user.password', PASSWORD);
    await said(me, 'tokens.test.good').waitFor();
});

const NEW_TOKENS = `${ONE_TOKEN} no-pin\ntoken serial=0042 model="Rutoken ECP" uninitialized`;

flow('a first PIN is set, and a new token is initialised and tested', { script: NEW_TOKENS, route: TOKEN }, async ({ me, here }) => {
    await said(me, 'tokens.banner.unset').waitFor();
    await press(me, 'tokens.do.set');
    await typeSoPin(me, '87654321');
    await asksAgain(me, me.t('core.pin.wrong.pin'), 'core.pin.label.so.pin');
    await typeSoPin(me);
    await asksFor(me, 'new_user.pin');
    await typeTwice(me, NEW_PIN);
    await said(me, 'tokens.done.set').waitFor();
    await button(me, 'tokens.do.change').waitFor();
    await press(me, 'tokens.new.token');
    await me.type(dialogOf(me).getByLabel(me.t('tokens.init.label')), 'Рутокен Анны');
    await press(me, 'tokens.init.do', dialogOf(me));
    await asksFor(me, 'new_so.pin', 'Рутокен Анны');
    await typeTwice(me, '87654321');
    await asksFor(me, 'new_user.pin', 'Рутокен Анны');
    await typeTwice(me, NEW_PIN);
    await said(me, 'tokens.done.init').waitFor();
    await openMore(me);
    await press(me, 'tokens.do.test');
    await typePin(me, NEW_PIN);
    await said(me, 'tokens.test.good').waitFor();
    const keys = here.json('container', 'list', '0042', '--login', '--pin-source', here.pin('pin-new', NEW_PIN));
    assert.deepEqual(keys.items, [], 'the test leaves no key');
});

test('the dialogs for PINs are good screens', { script: THREE_TRIES, route: TOKEN }, async ({ me, page }) => {
    await press(me, 'tokens.do.read');
    await asksFor(me, 'user.pin');
    await goodScreen(page, 'pin-dialog');
    await typePin(me, '9999');
    await wrongAnd(me, 'core.pin.low');
    await goodScreen(page, 'pin-dialog-wrong');
    await typePin(me, '9998');
    await wrongAnd(me, 'core.pin.last');
    await goodScreen(page, 'pin-dialog-last');
    await dialogOf(me).getByRole('checkbox', { name: me.t('core.pin.sure') }).check();
    await typePin(me);
    await said(me, 'tokens.done.read').waitFor();
    await press(me, 'tokens.do.change');
    await typePin(me);
    await asksFor(me, 'new_user.pin');
    await typeTwice(me, NEW_PIN, '1111');
    await fieldSays(me, pinField(me, 'core.pin.again.pin'), 'core.pin.differ.pin');
    await goodScreen(page, 'pin-dialog-new');
});

test('a blocked PIN is a good screen, in the wizard and at the token', { script: THREE_TRIES }, async ({ me, page }) => {
    await readyToSend(me, 'Anna O’Neill');
    await send(me);
    await wrongUntilBlocked(me);
    await goodScreen(page, 'enroll-pin-blocked');
    await page.goto(`${new URL(page.url()).origin}/${TOKEN}`);
    await said(me, 'tokens.banner.locked').waitFor();
    await cannotPress(me, 'tokens.do.change', 'tokens.why.locked');
    await goodScreen(page, 'token-pin-blocked');
});

await main();
