// SPDX-License-Identifier: Apache-2.0
// timeout: 400
// Connections to CAs: added, trusted by a fingerprint, signed in to with a second factor, registered with; their forms and prices.
import assert from 'node:assert/strict';

import { atUc, double, fingerprint } from './lib/double.mjs';
import { choose, details, nextStep, ownProfile, pick, row, secret, step, unfold } from './lib/requests.mjs';
import { flow, main } from './lib/test.mjs';
import { button, cannotPress, certificateIsHere, dialogOf, link, navigation, press, said, send, typePin } from './lib/tokens.mjs';
import { ONE_TOKEN, until } from './lib/world.mjs';

const textbox = (me, name, scope = me.page) => scope.getByRole('textbox', { name, exact: true });
const inMain = (me) => me.page.getByRole('main');

/* A question of a job that is no PIN. */
async function answerText(me, label, text) {
    await me.type(dialogOf(me).getByLabel(label, { exact: true }), text);
    await press(me, 'core.continue', dialogOf(me));
}

async function stands(me, name, state) {
    const words = me.t(`connections.state.${state}`);
    await row(me, 'connections.list', name).filter({ hasText: words }).waitFor();
    await details(me).locator('.details-head').getByText(words).waitFor();
}

/* --- privacyIDEA: from an empty list to a connection that is signed in, and away again --- */

async function trustRoot(me, ca) {
    await unfold(me, me.t('connections.roots.file'));
    await choose(me, me.t('connections.roots.file.label'), ca.caRoot);
    const typed = textbox(me, me.t('connections.roots.type'), inMain(me));
    await cannotPress(me, 'connections.roots.accept', 'connections.roots.because', inMain(me));
    await me.type(typed, '00:11:22:33:44');
    await said(me, 'connections.roots.other').waitFor();
    await me.type(typed, fingerprint(ca.caRoot));
    await press(me, 'connections.roots.accept', inMain(me));
    await inMain(me).getByText(me.t('connections.roots.trusted'), { exact: true }).waitFor();
}

async function signsIn(me) {
    await press(me, 'connections.act.sign-in', inMain(me));
    await me.type(textbox(me, me.t('connections.said.user'), dialogOf(me)), 'alice');
    await press(me, 'core.continue', dialogOf(me));
    await answerText(me, me.t('connections.said.password'), 'alicepw');
    await dialogOf(me).getByText('please enter otp').first().waitFor();
    await answerText(me, 'please enter otp: ', '123456');
}

flow('privacyIDEA is connected, trusted by a fingerprint, and signed in to with a second factor', { script: ONE_TOKEN, before: async (here) => {
    here.ca = await double(here, 'privacyidea', { purpose: 'clientAuth,emailProtection', 'second-factor': 'challenge' });
} }, async ({ me, here }) => {
    await me.press(navigation(me, 'connections'));
    await press(me, 'connections.add', inMain(me));
    await me.choose(me.page.getByRole('radio', { name: 'privacyIDEA' }));
    await me.type(textbox(me, me.t('connections.said.address')), here.ca.url);
    await unfold(me, me.t('connections.seldom'));
    await me.type(textbox(me, me.t('connections.said.tls_roots')), here.ca.tlsRoot);
    await press(me, 'connections.add.check');
    await step(me, 'connections.add.step.trust');
    await trustRoot(me, here.ca);
    await press(me, 'core.continue', inMain(me));
    await step(me, 'connections.add.step.account');
    await signsIn(me);
    await step(me, 'connections.add.step.result');
    await said(me, 'connections.result.connected').waitFor();
    const [made] = here.json('connection', 'list').items;
    assert.deepEqual([made.standing, made.account, made.name], ['connected', 'alice@realm1', '127.0.0.1']);
    await me.press(link(me, 'connections.result.show'));
    await stands(me, made.name, 'connected');
    await here.ca.out();
    await press(me, 'connections.act.check', details(me));
    await stands(me, made.name, 'problem');
    await here.ca.out(false);
    await press(me, 'connections.act.edit', details(me).getByRole('region', { name: me.t('connections.card.problem'), exact: true }));
    await unfold(me, me.t('connections.seldom'), dialogOf(me));
    await me.type(textbox(me, me.t('connections.said.timeout'), dialogOf(me)), '7');
    await press(me, 'core.save', dialogOf(me));
    await said(me, 'connections.edit.done').waitFor();
    assert.equal(here.json('connection', 'show', made.name).settings.timeout, '7');
    await press(me, 'connections.act.check', details(me));
    await stands(me, made.name, 'connected');
    await press(me, 'connections.act.remove', details(me));
    await press(me, 'connections.remove.go', dialogOf(me));
    await said(me, 'connections.empty').waitFor();
    assert.deepEqual(here.json('connection', 'list').items, []);
});

/* --- CryptoPro CA: a new user, and the CA's own form --- */

const OWNER = 'Фёдоров Фёдор';

flow('a new user registers with a CryptoPro CA, waits, and finds the wizard filled in', { script: ONE_TOKEN, route: '#/connections/uc', before: async (here) => {
    here.ca = await double(here, 'cryptopro', { purpose: 'clientAuth,emailProtection', registration: 'Q' });
    here.keyfob('connection', 'add', 'uc', 'cryptopro', ...atUc(here.ca));
    await here.ca.trust('uc');
    ownProfile(here);
} }, async ({ me, here, page }) => {
    await press(me, 'connections.act.register', details(me));
    const form = dialogOf(me);
    await press(me, 'connections.register.go', form);
    await form.getByRole('group', { name: /./ }).getByText('Общее имя').first().waitFor();
    await me.type(textbox(me, 'Общее имя', form), OWNER);
    await me.type(textbox(me, 'СНИЛС', form), '12345678900');
    await press(me, 'connections.register.go', form);
    await form.getByText(me.t('core.check.digit')).first().waitFor();
    await me.type(textbox(me, 'СНИЛС', form), '12295279872');
    assert.equal(await here.ca.count('registrations'), 0);
    await press(me, 'connections.register.go', form);
    await stands(me, 'uc', 'unconfirmed');
    assert.equal(await here.ca.count('registrations'), 1);
    await here.ca.set({ registration: 'C' });
    await press(me, 'connections.act.check', details(me));
    await stands(me, 'uc', 'connected');
    await press(me, 'connections.act.enroll', details(me));
    await step(me, 'enroll.owner.title');
    assert.equal(await textbox(me, 'Общее имя').inputValue(), OWNER);
    assert.equal(await textbox(me, 'СНИЛС').inputValue(), '12295279872');
    await nextStep(me);
    await step(me, 'enroll.key.title');
    await nextStep(me, 'enroll.check');
    await step(me, 'enroll.check.title');
    await send(me);
    await typePin(me);
    await certificateIsHere(me);
    assert.equal(await here.ca.count('orders'), 1);
});

/* --- DigiCert: an order that costs money --- */

const API_KEY = 'Canary4ApiKeyTz';

flow('a paid order shows its price and the agreement before anything is sent', { script: ONE_TOKEN, before: async (here) => {
    here.ca = await double(here, 'digicert', { key: API_KEY, purpose: 'clientAuth,emailProtection', usages: 'product' });
    here.keyfob('connection', 'add', 'dc', 'digicert', `url=${here.ca.url}/services/v2`, `ca-file=${here.ca.tlsRoot}`);
    here.keyfob('connection', 'login', 'dc', ...secret(here, 'api-key', API_KEY));
    await here.ca.trust('dc');
} }, async ({ me, here, page }) => {
    await me.press(navigation(me, 'enroll'));
    await step(me, 'enroll.source.title');
    await nextStep(me);
    await step(me, 'enroll.ca.title');
    const product = page.getByRole('combobox', { name: me.t('connections.said.product') });
    await product.selectOption('client_premium');
    await nextStep(me);
    await step(me, 'enroll.owner.title');
    await me.type(textbox(me, me.t('core.form.line', { title: me.t('connections.said.recipients'), number: 1 })), 'anna@example.com');
    for (const [id, text] of Object.entries({ organization: '123456', first_name: 'Anna', last_name: 'Example' }))
        await me.type(page.locator(`[data-field="${id}"]`).getByLabel(me.t(`connections.said.${id}`)), text);
    await nextStep(me);
    await step(me, 'enroll.key.title');
    await nextStep(me, 'enroll.check');
    await step(me, 'enroll.check.title');
    await said(me, 'enroll.check.cost', { name: 'dc' }).waitFor();
    assert.equal(await button(me, 'enroll.send.new').isEnabled(), false);
    await me.choose(page.getByRole('checkbox'));
    assert.equal(await here.ca.count('orders'), 0);
    await until('a complete order', () => button(me, 'enroll.send.new').isEnabled());
    await send(me);
    await typePin(me);
    await certificateIsHere(me);
    assert.equal(await here.ca.count('orders'), 1);
});

await main();
