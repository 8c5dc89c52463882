// SPDX-License-Identifier: Apache-2.0
// timeout: 400
// A CA that takes its time, says no, or cannot be reached: nothing is lost, nothing is ordered twice, and the page tells it by itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { double, fingerprint } from './lib/double.mjs';
import { announced, checkOutside, choose, details, order, ownProfile, pick, readyWith, row, saved, secret, stands, titled } from './lib/requests.mjs';
import { flow, main, test } from './lib/test.mjs';
import { PIN, answer, button, dialogOf, dialogTitle, link, navigation, press, said, send, typePin } from './lib/tokens.mjs';
import { ONE_TOKEN, TOKEN_OUT, until } from './lib/world.mjs';

const OWNER = 'Фёдоров Фёдор';
const TOKEN = 'Rutoken ECP (0914 3328)';
const lab = { script: ONE_TOKEN, before: (here) => here.keyfob('ca', 'init', 'lab', '--approval') };

/* As many keys, requests, certificates (besides the CA's own) and orders as there should be, seen from outside. */
function thereAre(here, wanted, ordered) {
    const items = (...words) => here.json(...words).items.length;
    const keys = items('container', 'list', '--login', '--pin-source', here.pin('pin-outside', PIN));
    assert.deepEqual({ keys, requests: items('request', 'list'), certificates: items('cert', 'list'), orders: ordered ?? items('ca', 'list', 'lab') }, wanted);
}

const card = (me, title) => details(me).getByRole('region', { name: title, exact: true });

/* A PIN is asked for where the token wants one to write; at most once. */
async function installs(me) {
    await press(me, 'requests.act.install', details(me));
    const done = details(me).getByText(me.t('requests.status.installed'), { exact: true });
    if (await until('a certificate or a question', async () => (await done.count() ? 'done' : await dialogOf(me).count() ? 'asked' : '')) === 'asked')
        await typePin(me);
    await stands(me, 'installed', OWNER);
}

/* --- the CA takes its time --- */

flow('a request waits, is approved while the token is out, and is installed when it is back', lab, async ({ me, here }) => {
    await readyWith(me, OWNER);
    await send(me);
    await typePin(me);
    await stands(me, 'pending', OWNER);
    await details(me).getByRole('list', { name: me.t('requests.next') }).getByText(me.t('requests.next.decide')).waitFor();
    assert.ok(here.json('request', 'show', 'r-1').next_check_at, 'keyfob asks again by itself');
    here.script(TOKEN_OUT);
    here.keyfob('ca', 'approve', '1');
    checkOutside(here, 'r-1');
    await stands(me, 'issued', OWNER);
    await announced(me, me.t('requests.news', { owner: OWNER, status: me.t('requests.status.issued') }));
    await row(me, 'requests.list', OWNER).filter({ hasText: me.t('requests.next.insert', { token: TOKEN }) }).waitFor();
    await titled(me, '(1) ');
    here.script(ONE_TOKEN);
    await installs(me);
    await titled(me, me.t('requests.title'));
    await press(me, 'requests.act.certificate', details(me));
    await row(me, 'certificates.tab.personal', OWNER).waitFor();
    thereAre(here, { keys: 1, requests: 1, certificates: 1, orders: 1 });
});

/* --- the CA says no --- */

const REASON = 'Поле «Common name»: such a person is not known';

flow('a rejection has the words of the CA, and a new request keeps what was typed', { ...lab, before: (here) => { lab.before(here); order(here, 'lab', OWNER, '--email', 'f@example.org'); } }, async ({ me, here, page }) => {
    await me.press(navigation(me, 'connections'));
    await pick(me, row(me, 'connections.list', 'lab'));
    await press(me, 'connections.lab.reject.which', details(me), { id: 1 });
    await me.type(dialogOf(me).getByLabel(me.t('connections.lab.reason')), REASON);
    await press(me, 'connections.lab.reject.go', dialogOf(me));
    await me.press(navigation(me, 'requests'));
    await pick(me, row(me, 'requests.list', OWNER));
    await stands(me, 'rejected', OWNER);
    const says = card(me, me.t('requests.card.rejected', { connection: 'lab' }));
    await says.getByText(REASON, { exact: true }).waitFor();
    await says.getByText(me.t('requests.key.unused', { token: TOKEN }), { exact: true }).waitFor();
    thereAre(here, { keys: 1, requests: 1, certificates: 0, orders: 1 });
    await press(me, 'requests.act.again', says);
    const name = page.getByLabel(me.t('enroll.subject.CN'));
    await name.waitFor();
    assert.equal(await name.inputValue(), OWNER);
    assert.equal(await page.getByRole('textbox', { name: me.t('enroll.subject.email') }).inputValue(), 'f@example.org');
    await said(me, 'enroll.owner.rejected', { name: 'r-1' }).waitFor();
    thereAre(here, { keys: 1, requests: 1, certificates: 0, orders: 1 });
});

flow('the unused key of a rejected request goes when the person says so', { ...lab, route: '#/requests/r-1', before: (here) => {
    lab.before(here);
    order(here, 'lab', OWNER);
    here.keyfob('ca', 'reject', '1', '--reason', 'no');
    checkOutside(here, 'r-1');
} }, async ({ me, here }) => {
    await press(me, 'requests.act.destroy', details(me));
    await press(me, 'requests.destroy.go', dialogOf(me));
    await typePin(me);
    await stands(me, 'withdrawn', OWNER);
    thereAre(here, { keys: 0, requests: 1, certificates: 0, orders: 1 });
});

await main();
