// SPDX-License-Identifier: Apache-2.0
// Certificates in words, without a document to draw in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEnding, isSelfSigned, issuerName, keyPlace, ownerName, shortName, uriParts } from '../../../tools/web/page/screens/certificates_words.js';
import { endedSteps } from '../../../tools/web/page/screens/certificates_work.js';

const URI = 'pkcs11:model=keyfob%20registry;serial=0667f6ca;token=anna-o%E2%80%99neill;id=%E8%B2!%0a;object=anna;type=private';
const ITEM = {
    subject: [{ name: 'CN', value: 'Anna' }, { name: 'O', value: 'Example' }], issuer: [{ name: 'O', value: 'Lab' }], subject_text: 'CN=Anna,O=Example',
    issuer_text: 'O=Lab', status: 'valid', days_left: 40, key_uri: URI,
};

test('the common name is the owner, or what there is instead', () => {
    assert.equal(ownerName(ITEM), 'Anna');
    assert.equal(ownerName({ subject: [], alternative_names: [{ kind: 'email', value: 'a@b' }] }), 'a@b');
    assert.equal(issuerName(ITEM), 'Lab');
});

test('a name is read out of a subject, with what was escaped', () => {
    assert.equal(shortName('CN=Example\\, Inc,O=X'), 'Example, Inc');
    assert.equal(shortName('O=X'), 'O=X');
});

test('the parts of a key\'s address are decoded, its id as hex', () => {
    const { token, serial, id } = uriParts(URI);
    assert.deepEqual({ token, serial, id }, { token: 'anna-o’neill', serial: '0667f6ca', id: 'e8b2210a' });
});

test('a key is on a token only while that token is there', () => {
    const there = { serial: '0667f6ca', label: 'anna-o’neill' };
    assert.equal(keyPlace(ITEM, [there]).token, there);
    assert.equal(keyPlace(ITEM, [{ ...there, label: 'another' }]).token, null);
    assert.equal(keyPlace({ ...ITEM, key_uri: null }, [there]), null);
});

test('what is renewed does not end any more', () => {
    assert.equal(isEnding(ITEM, 28), false);
    assert.equal(isEnding(ITEM, 60), true);
    assert.equal(isEnding({ ...ITEM, status: 'superseded', superseded_by: 'c-2' }, 60), false);
});

test('a certificate of its own making has no CA', () => {
    assert.equal(isSelfSigned(ITEM), false);
    assert.equal(isSelfSigned({ subject_text: 'CN=x', issuer_text: 'CN=x' }), true);
});

test('what only began is over when its job is', () => {
    const steps = [{ name: 'pin', state: 'begin' }, { name: 'pin', state: 'done' }, { name: 'revoke', state: 'begin' }];
    assert.deepEqual(endedSteps(steps, true).map((step) => step.state), ['begin', 'done', 'done']);
    assert.equal(endedSteps(steps, false)[2].state, 'failed');
});
