// SPDX-License-Identifier: Apache-2.0
// timeout: 400
// A CA that takes its time, says no, or cannot be reached: nothing is lost, nothing is ordered twice, and the page tells it by itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { fingerprint, knownAtUc, orderAtUc } from './lib/double.mjs';
import { announced, checkOutside, choose, details, order, pick, readyWith, row, saved, stands, titled } from './lib/requests.mjs';
import { flow, main } from './lib/test.mjs';
import { PIN, certificateIsHere, dialogOf, navigation, press, said, send, typePin } from './lib/tokens.mjs';
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

/* --- the CA cannot be reached --- */

flow('a CA that is gone leaves what was known, and "Try now" goes on when it is back', { script: ONE_TOKEN, route: '#/requests/r-1', before: async (here) => {
    await knownAtUc(here, { decide: 'pend' });
    orderAtUc(here, OWNER);
} }, async ({ me, here }) => {
    await stands(me, 'pending', OWNER);
    await here.ca.out();
    await press(me, 'requests.act.check', details(me));
    await stands(me, 'problem', OWNER);
    const problem = card(me, me.t('requests.card.problem', { connection: 'uc' }));
    await problem.getByText(me.t('requests.card.problem.known', { status: me.t('requests.status.pending') })).waitFor();
    await problem.getByText(me.t('requests.key.safe', { token: TOKEN }), { exact: true }).waitFor();
    assert.equal(here.json('request', 'show', 'r-1').state, 'waiting');
    await here.ca.out(false);
    await here.ca.set({ pending: 'issue' });
    await press(me, 'requests.act.try.now', problem);
    await stands(me, 'issued', OWNER);
    await installs(me);
    thereAre(here, { keys: 1, requests: 1, certificates: 1, orders: 1 }, await here.ca.count('orders'));
    assert.equal(await here.ca.count('acknowledged'), 1);
});

flow('an order whose answer is lost is found again, not sent again', { script: ONE_TOKEN, before: (here) => knownAtUc(here, { decide: 'issue' }) }, async ({ me, here }) => {
    await readyWith(me);
    await here.ca.set({ fault: 'lose', 'fault-path': 'POST /ui/api/certrequest' });
    await send(me);
    await typePin(me);
    await said(me, 'enroll.failed.kept', { name: 'r-1' }).waitFor();
    assert.equal(await here.ca.count('orders'), 1);
    await press(me, 'enroll.resume');
    await typePin(me);
    await certificateIsHere(me);
    thereAre(here, { keys: 1, requests: 1, certificates: 1, orders: 1 }, await here.ca.count('orders'));
});

/* --- a CA without a wire --- */

/* openssl is the CA: its root, and what it makes of a request. */
const openssl = (...words) => execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
const at = (here, name) => join(here.dir, name);

function manual(here) {
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(here, 'ca.key'), '-out', at(here, 'ca.pem'), '-days', '30', '-subj', '/CN=other');
    here.keyfob('connection', 'add', 'post', 'manual', `dir=${at(here, 'box')}`);
    here.keyfob('connection', 'roots', 'post', '--file', at(here, 'ca.pem'), '--accept', fingerprint(at(here, 'ca.pem')));
}

function sign(here, csr, answer) {
    openssl('x509', '-req', '-in', csr, '-CA', at(here, 'ca.pem'), '-CAkey', at(here, 'ca.key'), '-days', '20', '-copy_extensions', 'copy', '-out', answer);
    return answer;
}

flow('a request is carried to the CA as a file, and its answer is brought back', { script: ONE_TOKEN, before: manual }, async ({ me, here }) => {
    await readyWith(me, OWNER);
    await send(me);
    await typePin(me);
    await stands(me, 'your_turn', OWNER);
    const csr = await saved(me, here, 'request.csr', async () => {
        await press(me, 'requests.act.csr', details(me));
        await dialogOf(me).getByRole('combobox', { name: me.t('requests.csr.format') }).selectOption('pem_new');
        await press(me, 'requests.csr.save', dialogOf(me));
    });
    const text = readFileSync(csr.path, 'utf8');
    assert.match(text, /^-----BEGIN NEW CERTIFICATE REQUEST-----/);
    assert.match(openssl('req', '-in', csr.path, '-noout', '-subject', '-nameopt', 'utf8,sep_comma_plus'), /Фёдоров Фёдор/);
    const answer = sign(here, csr.path, at(here, 'answer.pem'));
    await press(me, 'requests.act.import', details(me));
    await press(me, 'requests.import.go', dialogOf(me));
    await dialogOf(me).getByText(me.t('requests.import.file.needed'), { exact: true }).waitFor();
    await choose(me, me.t('requests.import.file'), at(here, 'ca.pem'), dialogOf(me));
    await press(me, 'requests.import.go', dialogOf(me));
    await details(me).getByRole('region', { name: me.t('errors.key_mismatch.what') }).waitFor();
    await press(me, 'requests.act.import', details(me));
    await choose(me, me.t('requests.import.file'), answer, dialogOf(me));
    await press(me, 'requests.import.go', dialogOf(me));
    await typePin(me);
    await stands(me, 'installed', OWNER);
    thereAre(here, { keys: 1, requests: 1, certificates: 1, orders: 1 }, 1);
});

await main();
