// SPDX-License-Identifier: Apache-2.0
// timeout: 400
// The token is pulled out on the way: what was done stays, it is said which token is awaited, and nothing is made twice.
import assert from 'node:assert/strict';

import { goodScreen } from './lib/checks.mjs';
import { flow, main, test } from './lib/test.mjs';
import { ONE_TOKEN, TOKEN_OUT, until } from './lib/world.mjs';
import {
    button, cannotPress, certificateIsHere, dialogTitle, link, press, readyToSend, said, send, tries, typePin, whatIsThere,
} from './lib/tokens.mjs';

const SERIAL = '0914 3328';
const OTHER_TOKEN = `${ONE_TOKEN}\nreplace serial=15223344`;
const insertIt = (me) => me.t('tokens.insert.token', { serial: SERIAL });
const asksForPin = (me) => dialogTitle(me, 'core.pin.title.user.pin', { token: 'Rutoken ECP' }).waitFor();

/* It is said which token is awaited, and the way on waits for it. */
async function waitsForToken(me, onward) {
    await said(me, 'enroll.failed.insert', { what: insertIt(me) }).waitFor();
    await cannotPress(me, onward, insertIt(me));
}

async function isBack(me, here, script = ONE_TOKEN) {
    here.script(script);
    await said(me, 'enroll.failed.back.token').waitFor();
}

function oneOfEach(here) {
    const { keys, requests, certificates, orders } = whatIsThere(here);
    assert.deepEqual([keys.length, requests.length, certificates.length, orders.length], [1, 1, 1, 1]);
    assert.equal(keys[0].certificates, 1);
    assert.equal(requests[0].status, 'installed');
}

flow('a token that is pulled out before the key is made is awaited, and no other is taken for it', { script: ONE_TOKEN }, async ({ me, here }) => {
    await readyToSend(me, 'Фёдоров Фёдор');
    here.script(TOKEN_OUT);
    await link(me, 'enroll.missing.item', me.page, { name: insertIt(me), step: 4 }).waitFor();
    here.script(ONE_TOKEN);
    await until('the last button again', async () => !(await button(me, 'enroll.send.new').isDisabled()));
    await send(me);
    await asksForPin(me);
    here.script(OTHER_TOKEN);
    await waitsForToken(me, 'enroll.again'); /* the question is over by itself */
    await said(me, 'enroll.failed.draft').waitFor();
    await me.page.getByRole('heading', { name: me.t('errors.token_removed.what') }).waitFor();
    assert.equal(tries(here), 'ok', 'no PIN was tried on the other one');
    await isBack(me, here);
    await press(me, 'enroll.again');
    await typePin(me);
    await certificateIsHere(me);
    oneOfEach(here);
});

flow('a token that is pulled out while it makes the key has no second key afterwards', { script: ONE_TOKEN }, async ({ me, here }) => {
    await readyToSend(me, '王小明');
    here.script(`${ONE_TOKEN}\nslow C_GenerateKeyPair 1500`);
    await send(me);
    await typePin(me);
    await said(me, 'core.step.keygen.begin').waitFor();
    here.script(TOKEN_OUT);
    await waitsForToken(me, 'enroll.resume');
    await said(me, 'enroll.failed.kept', { name: 'r-1' }).waitFor();
    const seen = me.page.waitForResponse(async (answer) => answer.url().endsWith('/api/v1/tokens') && (await answer.text()).includes('15223344'));
    here.script(OTHER_TOKEN);
    await seen;
    await waitsForToken(me, 'enroll.resume');
    await isBack(me, here);
    await press(me, 'enroll.resume');
    await typePin(me);
    await certificateIsHere(me);
    oneOfEach(here);
});

flow('a token that is pulled out before the certificate is written gets it later', { script: ONE_TOKEN }, async ({ me, here }) => {
    await readyToSend(me, 'Anna O’Neill');
    here.script(`${ONE_TOKEN}\nslow C_CreateObject 1500`);
    await send(me);
    await typePin(me);
    await said(me, 'core.step.check.done').waitFor();
    here.script(TOKEN_OUT);
    await waitsForToken(me, 'enroll.resume');
    await isBack(me, here);
    await press(me, 'enroll.resume');
    await typePin(me);
    await certificateIsHere(me);
    oneOfEach(here);
});

test('the wizard that waits for a token is a good screen', { script: ONE_TOKEN }, async ({ me, here, page }) => {
    await readyToSend(me, 'Фёдоров Фёдор');
    here.script(TOKEN_OUT);
    await link(me, 'enroll.missing.item', page, { name: insertIt(me), step: 4 }).waitFor();
    await goodScreen(page, 'enroll-check-token-out');
    here.script(ONE_TOKEN);
    await until('the last button again', async () => !(await button(me, 'enroll.send.new').isDisabled()));
    await send(me);
    await asksForPin(me);
    here.script(TOKEN_OUT);
    await waitsForToken(me, 'enroll.again');
    await goodScreen(page, 'enroll-token-out');
    await isBack(me, here);
    await goodScreen(page, 'enroll-token-back');
});

await main();
