// SPDX-License-Identifier: Apache-2.0
// timeout: 400
// Certificates after their first day: renewed, exported, revoked, installed from files and containers, trusted, used in browsers.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { fingerprint, knownAtUc, orderAtUc } from './lib/double.mjs';
import { choose, details, nextStep, order, pick, row, saved, stands, step, unfold } from './lib/requests.mjs';
import { flow, main, test } from './lib/test.mjs';
import { PIN, answer, button, cannotPress, certificateIsHere, dialogOf, link, navigation, press, said, typePin, typeTwice } from './lib/tokens.mjs';
import { NO_TOKEN, ONE_TOKEN, until } from './lib/world.mjs';

const OWNER = 'Фёдоров Фёдор';
const PASSWORD = 'correct horse battery staple';
const openssl = (...words) => execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
const at = (here, name) => join(here.dir, name);
const textbox = (me, name, scope = me.page) => scope.getByRole('textbox', { name, exact: true });
const fresh = (here) => here.json('cert', 'list').items;
const certificateRow = (me, name, store = 'personal') => row(me, `certificates.tab.${store}`, name);

/* One certificate on the token, from the test CA on this computer. */
const issued = { script: ONE_TOKEN, route: '#/certificates', before: (here) => {
    here.keyfob('ca', 'init', 'lab');
    order(here, 'lab', OWNER);
} };

const open = (me, name = OWNER) => pick(me, certificateRow(me, name));

flow('a certificate is renewed with a new key, and the old one stays until then', issued, async ({ me, here }) => {
    const [old] = fresh(here);
    await open(me);
    await press(me, 'certificates.renew', details(me));
    await dialogOf(me).getByText(me.t('certificates.renew.stays'), { exact: true }).waitFor();
    await press(me, 'certificates.renew.go', dialogOf(me));
    await typePin(me);
    await said(me, 'certificates.renewed').waitFor();
    for (const status of ['superseded', 'valid'])
        await certificateRow(me, OWNER).getByText(me.t(`certificates.status.${status}`), { exact: true }).waitFor();
    const now = fresh(here);
    assert.equal(now.length, 2);
    assert.equal(now.find((one) => one.id === old.id).status, 'superseded');
    assert.equal(here.json('container', 'list', '--login', '--pin-source', here.pin('pin-outside', PIN)).items.length, 2);
    await me.press(link(me, 'certificates.renewed.show'));
    await details(me).getByRole('article', { name: OWNER }).getByText(me.t('certificates.status.valid'), { exact: true }).first().waitFor();
});

flow('a certificate is revoked with a reason, for good', issued, async ({ me, here }) => {
    await open(me);
    await press(me, 'certificates.revoke', details(me));
    const yes = await cannotPress(me, 'certificates.revoke.yes', 'certificates.revoke.choose', dialogOf(me));
    await me.choose(dialogOf(me).getByRole('radio', { name: me.t('certificates.reason.superseded'), exact: true }));
    await cannotPress(me, 'certificates.revoke.yes', 'certificates.revoke.confirm', dialogOf(me));
    await me.choose(dialogOf(me).getByRole('checkbox', { name: me.t('certificates.revoke.sure') }));
    await press(me, 'certificates.revoke.yes', dialogOf(me));
    await said(me, 'certificates.revoke.revoked').waitFor();
    const [certificate] = fresh(here);
    assert.deepEqual([certificate.status, certificate.revoked_reason], ['revoked', 'superseded']);
    await cannotPress(me, 'certificates.renew', 'certificates.renew.revoked', details(me));
});

/* Choose a format, save; the file. */
async function exported(me, here, format, name, { chain = false } = {}) {
    return saved(me, here, name, async () => {
        await press(me, 'certificates.export', details(me));
        await me.choose(dialogOf(me).getByRole('radio', { name: me.t(`certificates.format.${format}`), exact: true }));
        if (chain)
            await me.choose(dialogOf(me).getByRole('checkbox', { name: me.t('certificates.export.chain') }));
        await press(me, 'certificates.export.save', dialogOf(me));
    });
}

flow('a certificate is exported as PEM, and with its chain as PKCS#7', { script: ONE_TOKEN, route: '#/certificates', before: async (here) => {
    await knownAtUc(here);
    orderAtUc(here, OWNER);
} }, async ({ me, here }) => {
    const [certificate] = fresh(here);
    await open(me, certificate.subject[0].value);
    const pem = await exported(me, here, 'pem', 'one.pem');
    assert.equal(fingerprint(pem.path).replaceAll(':', '').toLowerCase(), certificate.fingerprint_sha256);
    const bundle = await exported(me, here, 'p7b', 'chain.p7b', { chain: true });
    const inside = openssl('pkcs7', '-in', bundle.path, '-inform', 'DER', '-print_certs', '-noout');
    assert.equal(inside.match(/^subject=/gm).length, 2, inside);
    assert.match(bundle.name, /\.p7b$/);
});

/* --- certificates that come from elsewhere --- */

/* A CA of openssl's, in the test's folder. */
function foreignCa(here) {
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(here, 'ca.key'), '-out', at(here, 'ca.pem'), '-days', '300', '-subj', '/CN=other');
}

function sign(here, csr, name) {
    openssl('x509', '-req', '-in', at(here, csr), '-CA', at(here, 'ca.pem'), '-CAkey', at(here, 'ca.key'), '-days', '200', '-out', at(here, name));
    return at(here, name);
}

/* A key on the token, and a request signed with it outside of any connection. */
function requestOfKey(here) {
    here.keyfob('container', 'create', 'vpn', '--key', 'p256', '--no-input', '--pin-source', here.pin('pin-create', PIN));
    here.keyfob('csr', 'create', 'vpn', '--subject', `CN=${OWNER}`, '--out', at(here, 'vpn.csr'), '--no-input', '--pin-source', here.pin('pin-csr', PIN));
}

flow('a certificate file finds its key, and a container gives its certificate back', { script: ONE_TOKEN, before: (here) => {
    foreignCa(here);
    requestOfKey(here);
    sign(here, 'vpn.csr', 'vpn.pem');
} }, async ({ me, here }) => {
    await me.press(navigation(me, 'enroll'));
    await step(me, 'enroll.source.title');
    await me.choose(me.page.getByRole('radio', { name: me.t('enroll.source.certificate'), exact: true }));
    await nextStep(me);
    await choose(me, me.t('enroll.install.file'), at(here, 'vpn.pem'));
    await nextStep(me, 'enroll.install');
    await typePin(me);
    await said(me, 'enroll.install.done').waitFor();
    const [first] = fresh(here);
    await me.press(link(me, 'enroll.done.show'));
    await press(me, 'certificates.remove', details(me));
    await press(me, 'certificates.remove.yes', dialogOf(me));
    await said(me, 'certificates.empty.personal').waitFor();
    assert.deepEqual(fresh(here), []);
    await me.press(navigation(me, 'enroll'));
    await step(me, 'enroll.source.title');
    await me.choose(me.page.getByRole('radio', { name: me.t('enroll.source.container'), exact: true }));
    await nextStep(me);
    await until('the only container', () => button(me, 'enroll.install').isEnabled());
    await nextStep(me, 'enroll.install');
    await said(me, 'enroll.install.done').waitFor();
    const [again] = fresh(here);
    assert.equal(again.fingerprint_sha256, first.fingerprint_sha256);
    assert.match(again.key_uri, /serial=09143328/);
});

flow('a request that was made elsewhere is sent, with either of its labels', { ...issued, before: (here) => here.keyfob('ca', 'init', 'lab') }, async ({ me, here, page }) => {
    openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', at(here, 'else.key'), '-out', at(here, 'else.csr'), '-subj', '/CN=Carla');
    const text = readFileSync(at(here, 'else.csr'), 'utf8');
    const area = page.getByLabel(me.t('enroll.csr.label'), { exact: true });
    await me.press(navigation(me, 'enroll'));
    await step(me, 'enroll.source.title');
    await me.choose(page.getByRole('radio', { name: me.t('enroll.source.csr'), exact: true }));
    for (const shown of [text, text.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST')]) {
        await me.type(area, 'nonsense');
        await until('a step that lacks its request', async () => !(await button(me, 'enroll.next').isEnabled()));
        await me.type(area, shown);
        await page.getByRole('heading', { name: me.t('enroll.csr.read') }).waitFor();
        await until('a request that can be used', () => button(me, 'enroll.next').isEnabled());
    }
    await nextStep(me);
    await step(me, 'enroll.ca.title');
    await nextStep(me);
    await step(me, 'enroll.check.title');
    await nextStep(me, 'enroll.send.csr');
    await certificateIsHere(me);
    const [certificate] = fresh(here);
    assert.match(certificate.subject_text, /Carla/);
    assert.equal(certificate.key_uri, null);
});

flow('a certificate for tests is signed by its own key', { script: ONE_TOKEN }, async ({ me, here, page }) => {
    await me.press(navigation(me, 'enroll'));
    await step(me, 'enroll.source.title');
    await me.choose(page.getByRole('radio', { name: me.t('enroll.source.self'), exact: true }));
    await nextStep(me);
    await step(me, 'enroll.owner.title');
    await me.type(textbox(me, me.t('enroll.subject.CN')), '王小明');
    await nextStep(me);
    await step(me, 'enroll.key.title.self');
    await me.type(textbox(me, me.t('enroll.key.container')), 'lab-key');
    await nextStep(me, 'enroll.check');
    await step(me, 'enroll.check.title');
    await nextStep(me, 'enroll.send.self');
    await typePin(me); /* once, for the key and for the signature */
    await certificateIsHere(me);
    const [certificate] = fresh(here);
    assert.match(certificate.subject_text, /王小明/);
    assert.equal(certificate.subject_text, certificate.issuer_text);
});

/* --- roots --- */

flow('a root is trusted after its first digits were typed', { script: ONE_TOKEN, route: '#/certificates/root', before: (here) => {
    foreignCa(here);
    openssl('req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', at(here, 'else.key'), '-out', at(here, 'else.csr'), '-subj', '/CN=Carla');
    sign(here, 'else.csr', 'else.pem');
} }, async ({ me, here }) => {
    const digits = fingerprint(at(here, 'ca.pem')).replaceAll(':', '').toLowerCase().slice(0, 4);
    await me.press(link(me, 'certificates.import'));
    await choose(me, me.t('certificates.import.file'), at(here, 'ca.pem'));
    const typed = textbox(me, me.t('certificates.root.digits'));
    await cannotPress(me, 'certificates.root.trust', 'certificates.root.type');
    await me.type(typed, digits === '0000' ? '1111' : '0000');
    await cannotPress(me, 'certificates.root.trust', 'certificates.root.differs');
    assert.throws(() => here.keyfob('cert', 'verify', at(here, 'else.pem')), /untrusted/);
    await me.type(typed, digits);
    await press(me, 'certificates.root.trust');
    await said(me, 'certificates.root.trusted').waitFor();
    await me.press(link(me, 'certificates.root.show'));
    await certificateRow(me, 'other', 'root').waitFor();
    here.keyfob('cert', 'verify', at(here, 'else.pem'));
});

/* --- software containers, and browsers --- */

flow('the key of an exportable container goes into a PKCS#12 file', { script: NO_TOKEN, route: '#/certificates', before: (here) => {
    here.keyfob('ca', 'init', 'lab');
    here.keyfob('enroll', '--connection', 'lab', '--subject', `CN=${OWNER}`, '--key', 'p256', '--medium', 'registry', '--exportable', '--no-input', '--new-pin-source', here.pin('password', PASSWORD));
} }, async ({ me, here }) => {
    await open(me);
    await press(me, 'certificates.export', details(me));
    await me.choose(dialogOf(me).getByRole('radio', { name: me.t('certificates.format.p12'), exact: true }));
    await me.type(dialogOf(me).getByLabel(me.t('certificates.export.password')), 'another horse battery staple');
    await me.type(dialogOf(me).getByLabel(me.t('certificates.export.again')), 'another horse battery staple');
    const file = await saved(me, here, 'key.p12', async () => {
        await press(me, 'certificates.export.save', dialogOf(me));
        await answer(me, 'core.pin.label.user.password', PASSWORD);
    });
    const inside = openssl('pkcs12', '-in', file.path, '-passin', 'pass:another horse battery staple', '-nodes');
    assert.match(inside, /BEGIN PRIVATE KEY/);
    assert.match(inside, /BEGIN CERTIFICATE/);
});

flow('keyfob is registered with a browser of this person, and taken out again', { ...issued, before: (here) => {
    issued.before(here);
    mkdirSync(join(here.dir, 'user/.pki/nssdb'), { recursive: true });
    execFileSync('certutil', ['-N', '-d', `sql:${join(here.dir, 'user/.pki/nssdb')}`, '--empty-password']);
} }, async ({ me, here }) => {
    const database = join(here.dir, 'user/.pki/nssdb/pkcs11.txt');
    await open(me);
    await me.press(link(me, 'certificates.browsers', details(me)));
    const line = me.page.getByRole('listitem').filter({ hasText: me.t('settings.browsers.out') });
    await me.press(line.getByRole('button'));
    await said(me, 'settings.browsers.restart').waitFor();
    assert.match(readFileSync(database, 'utf8'), /^name=keyfob/m);
    await me.press(me.page.getByRole('listitem').filter({ hasText: me.t('settings.browsers.in') }).getByRole('button'));
    await until('keyfob to be taken out', () => !/^name=keyfob/m.test(readFileSync(database, 'utf8')));
});

await main();
