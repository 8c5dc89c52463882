// SPDX-License-Identifier: Apache-2.0
// timeout: 300
// The first visit: from nothing to a certificate, on the built-in store and on a token.
import assert from 'node:assert/strict';

import { goodScreen } from './lib/checks.mjs';
import { flow, main, test } from './lib/test.mjs';
import { NO_TOKEN, ONE_TOKEN } from './lib/world.mjs';

const PASSWORD = 'correct horse battery staple';

async function ownerNamed(me, name) {
    await me.type(me.page.getByLabel(me.t('enroll.subject.CN')), name);
}

async function passwordTwice(me, text) {
    const dialog = me.page.getByRole('dialog');
    await me.type(dialog.getByLabel(me.t('core.pin.new.password'), { exact: true }), text);
    await me.type(dialog.getByLabel(me.t('core.pin.again.password'), { exact: true }), text);
    await me.press(dialog.getByRole('button', { name: me.t('core.continue') }));
}

flow('a first certificate in the built-in store takes four clicks', { script: NO_TOKEN }, async ({ me, here }) => {
    await me.find('heading', 'tokens.welcome.title').waitFor();
    await me.press(me.find('button', 'tokens.welcome.test'));
    await ownerNamed(me, 'Фёдоров Фёдор');
    await me.press(me.page.getByRole('button', { name: me.t('enroll.next'), exact: true }));
    await me.press(me.find('button', 'enroll.send.new'));
    await passwordTwice(me, PASSWORD);
    await me.page.getByRole('main').getByText(me.t('enroll.done.text'), { exact: true }).waitFor();
    assert.equal(me.pressed, 4);
    const [certificate] = here.json('cert', 'list').items ?? here.json('cert', 'list');
    assert.match(JSON.stringify(certificate), /Фёдоров Фёдор/);
});

flow('a certificate on the only token asks for the PIN once', { script: ONE_TOKEN }, async ({ me, here }) => {
    await me.press(me.find('button', 'tokens.welcome.test'));
    await ownerNamed(me, '王小明');
    await me.press(me.page.getByRole('button', { name: me.t('enroll.next'), exact: true }));
    await me.press(me.find('button', 'enroll.send.new'));
    const dialog = me.page.getByRole('dialog');
    await dialog.getByRole('heading', { name: /Rutoken ECP/ }).waitFor();
    await me.type(dialog.getByLabel(me.t('core.pin.label.user.pin'), { exact: true }), '1234');
    await me.press(dialog.getByRole('button', { name: me.t('core.continue') }));
    await me.page.getByRole('main').getByText(me.t('enroll.done.text'), { exact: true }).waitFor();
    assert.match(here.keyfob('cert', 'list'), /王小明/);
    assert.match(JSON.stringify(here.json('cert', 'list')), /serial=09143328/);
});

test('the screens on the way are good', { script: NO_TOKEN }, async ({ me, page }) => {
    await me.find('heading', 'tokens.welcome.title').waitFor();
    await goodScreen(page, 'welcome');
    await me.press(me.find('button', 'tokens.welcome.test'));
    await page.getByLabel(me.t('enroll.subject.CN')).waitFor();
    await goodScreen(page, 'enroll-owner');
    await ownerNamed(me, 'Anna O’Neill');
    await me.press(page.getByRole('button', { name: me.t('enroll.next'), exact: true }));
    await me.find('button', 'enroll.send.new').waitFor();
    await goodScreen(page, 'enroll-check');
    await me.press(me.find('button', 'enroll.send.new'));
    await page.getByRole('dialog').waitFor();
    await goodScreen(page, 'password-dialog');
    await passwordTwice(me, PASSWORD);
    await page.getByRole('main').getByText(me.t('enroll.done.text'), { exact: true }).waitFor();
    await goodScreen(page, 'enroll-done');
});

await main();
