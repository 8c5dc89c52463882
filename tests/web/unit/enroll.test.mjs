// SPDX-License-Identifier: Apache-2.0
// The wizard's draft without a document: what is sent, what is missing, and what a rejection is about.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
    allowedKeys, defaultProfile, emptyDraft, heldValues, isStarted, mayCost, missingFields, namedField, orderOf, restoreDraft, sortProfiles, startValues, subjectText,
} from '../../../tools/web/page/screens/enroll_model.js';

const SUBJECT = { fields: [{ name: 'CN', title: 'Common name', kind: 'text', required: true }, { name: 'O', title: 'Organization', kind: 'text', value: 'Example' }] };
const ORDER = { fields: [{ name: 'agreement', title: 'I agree', kind: 'switch', required: true }, { name: 'INN', title: 'ИНН', kind: 'text' }] };
const TOKEN = { medium: 'token', uri: 'pkcs11:serial=1', label: 'Rutoken', serial: '1' };

test('a draft of another version is forgotten', () => {
    assert.equal(restoreDraft({ version: 0, source: 'new' }), null);
    assert.equal(restoreDraft({ version: 1, source: 'unknown' }), null);
    assert.equal(restoreDraft({ version: 1, source: 'csr', csr: 'x' }).csr, 'x');
});

test('only what a person gave makes a draft worth keeping', () => {
    assert.equal(isStarted(emptyDraft()), false);
    assert.equal(isStarted({ ...emptyDraft(), subject: { CN: 'Anna' } }), true);
});

test('a registration fills in, and an emptied field stays empty', () => {
    assert.deepEqual(startValues(SUBJECT, {}), { CN: '', O: 'Example' });
    assert.deepEqual(heldValues(SUBJECT, { CN: 'Anna' }), { CN: 'Anna', O: '' });
    assert.equal(startValues(SUBJECT, { O: '' }).O, '');
});

test('a missing name and a missing agreement are both said', () => {
    assert.deepEqual(missingFields(SUBJECT, { O: 'Example' }).map((one) => one.field), ['CN']);
    assert.deepEqual(missingFields(ORDER, { agreement: false }).map((one) => one.field), ['agreement']);
    assert.deepEqual(missingFields(ORDER, { agreement: true }), []);
});

test('an order on a token names it, one in the registry its medium', () => {
    const draft = { ...emptyDraft(), connection: 'lab', profile: 'person', subject: { CN: 'Anna', O: '' }, key: 'p256', place: TOKEN, exportable: true };
    const forms = { subject: SUBJECT, order: null };
    assert.deepEqual(orderOf(draft, forms), { connection: 'lab', profile: 'person', fields: {}, subject: { CN: 'Anna', O: '' }, key: 'p256', token: TOKEN.uri });
    const soft = orderOf({ ...draft, container: 'mine', place: { medium: 'disk', uri: '', folder: '/mnt', unblock: true } }, forms);
    assert.deepEqual(soft.medium, { medium: 'disk', name: 'mine', folder: '/mnt', unblock: true });
    assert.equal(soft.exportable, true);
});

test('an order with a request of one\'s own has neither key nor subject', () => {
    const order = orderOf({ ...emptyDraft(), source: 'csr', connection: 'lab', profile: 'person', csr: 'PEM', place: TOKEN }, { subject: SUBJECT, order: null });
    assert.deepEqual(order, { connection: 'lab', profile: 'person', fields: {}, csr: 'PEM' });
});

test('a token offers what it lists, software everything but the national keys', () => {
    const keys = [{ value: 'gost2012-256' }, { value: 'p256' }];
    assert.deepEqual(allowedKeys(keys, { key_types: ['gost2012-256'] }).map((key) => key.value), ['gost2012-256']);
    assert.deepEqual(allowedKeys(keys, null).map((key) => key.value), ['p256']);
});

test('profiles of CAs are not for people', () => {
    const { common, others } = sortProfiles([{ name: 'local-ca-root', ca: true }, { name: 'timestamp' }, { name: 'person' }, { name: 'broken', error: 'x' }]);
    assert.deepEqual([common.map((one) => one.name), others.map((one) => one.name)], [['person'], ['timestamp']]);
    assert.equal(defaultProfile('cryptopro'), 'person');
});

test('an agreement means money', () => {
    assert.equal(mayCost(ORDER), true);
    assert.equal(mayCost(SUBJECT), false);
});

test('the field that the CA names is found by its title', () => {
    assert.equal(namedField(ORDER.fields, 'ИНН не соответствует организации').name, 'INN');
    assert.equal(namedField(SUBJECT.fields, 'nothing of the kind'), null);
});

test('a subject as text is escaped', () => {
    assert.equal(subjectText({ CN: 'a, b', O: '#x', C: 'RU' }), 'CN=a\\, b,O=\\#x,C=RU');
});
