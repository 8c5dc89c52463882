// SPDX-License-Identifier: Apache-2.0
// Connections without a page: how they stand, options as a form, fingerprints, names.
import assert from 'node:assert/strict';
import test from 'node:test';
import { fingerprintGroups, freeName, isFingerprint, markOf, openFields, optionsForm, placeOf, splitValues, standing, suggestedName, wantsSignIn }
    from '../../../tools/web/page/screens/connections_model.js';
import { said, saidForm, slug } from '../../../tools/web/page/ui/said.js';
import { speak } from './catalogues.mjs';

const CONNECTOR = {
    name: 'privacyidea', title: 'privacyIDEA', can: ['login'],
    options: [
        { name: 'url', title: 'Address', kind: 'text', required: true, help: 'of the server', default: null },
        { name: 'password', title: 'Password', kind: 'secret', required: false, help: null, default: null },
        { name: 'ca-file', title: 'TLS roots', kind: 'file', required: false, help: null, default: null },
        { name: 'ca-type', title: 'Kind of CA', kind: 'choice', required: false, choices: ['local', 'microsoft'], default: null },
        { name: 'timeout', title: 'Timeout', kind: 'number', required: false, default: '30' },
    ],
};

test('a problem shows before how the account stands', () => {
    assert.equal(markOf({ standing: 'connected', problem: null }), 'connected');
    assert.equal(standing({ standing: 'connected', problem: 'no answer' }), 'problem');
    assert.equal(markOf({ standing: 'unconfirmed' }), 'waiting');
    assert.equal(standing({ standing: 'something new' }), 'unknown');
});

test('who waits for the CA is not asked to sign in', () => {
    assert.equal(wantsSignIn({ can: ['login'], standing: 'signed_out' }), true);
    assert.equal(wantsSignIn({ can: ['login'], standing: 'unconfirmed' }), false);
    assert.equal(wantsSignIn({ can: [], standing: 'signed_out' }), false);
});

test('options become a form: a file is a path, what is seldom needed stands last', () => {
    const form = optionsForm(CONNECTOR, { group: 'Seldom', first: [{ name: 'x', title: 'X', kind: 'text' }] });
    assert.deepEqual(form.fields.map(({ name }) => name), ['x', 'url', 'password', 'ca-file', 'ca-type', 'timeout']);
    assert.equal(form.fields[3].kind, 'text');
    assert.equal(form.fields[3].group, 'Seldom');
    assert.deepEqual(form.fields[4].choices[1], { value: 'microsoft', title: 'microsoft' });
    assert.equal(form.fields[5].value, '30');
});

test('only what differs is sent, and secrets by themselves', () => {
    const values = { url: 'https://a', password: 'p', timeout: '30' };
    assert.deepEqual(splitValues(CONNECTOR, values), { settings: { url: 'https://a' }, secrets: { password: 'p' } });
    assert.deepEqual(splitValues(CONNECTOR, { url: 'https://a', timeout: '30' }, { url: 'https://a' }), { settings: {}, secrets: {} });
    assert.deepEqual(splitValues(CONNECTOR, { url: 'https://a' }, { url: 'https://a', 'ca-file': '/x' }), { settings: { 'ca-file': '' }, secrets: {} });
});

test('the first secret of a login form is left to the job', () => {
    const form = { fields: [{ name: 'user', kind: 'text' }, { name: 'password', kind: 'secret' }] };
    assert.deepEqual(openFields(form).fields.map(({ name }) => name), ['user']);
    assert.deepEqual(openFields({ fields: [] }).fields, []);
});

test('a fingerprint is compared without colons, blanks and case, and not by a few characters', () => {
    const hex = '4fe5aabb00112233';
    assert.equal(isFingerprint('4F:E5:AA:BB', hex), true);
    assert.equal(isFingerprint('4fe5 aabb 0011 2233', hex), true);
    assert.equal(isFingerprint('4fe5aab', hex), false);
    assert.equal(isFingerprint('4fe5aabc', hex), false);
    assert.equal(isFingerprint('', hex), false);
    assert.deepEqual(fingerprintGroups(hex), ['4FE5', 'AABB', '0011', '2233']);
});

test('names are free, and come from the address', () => {
    assert.equal(freeName('test-ca', []), 'test-ca');
    assert.equal(freeName('test-ca', ['Test-CA', 'test-ca-2']), 'test-ca-3');
    assert.equal(suggestedName(CONNECTOR, 'https://pi.example.org:8443/x'), 'pi.example.org');
    assert.equal(suggestedName(CONNECTOR, 'nonsense'), 'privacyidea');
    assert.equal(placeOf({ settings: { url: 'https://ca.corp:8443/ui/api/b1ca' } }), 'ca.corp:8443');
});

test('what a connector says is translated, what a CA says stays', () => {
    speak('ru');
    assert.equal(said('TLS roots'), 'Корневые сертификаты TLS');
    assert.equal(said('Общее имя'), 'Общее имя');
    assert.equal(said(''), '');
    assert.equal(slug('http://HOST:PORT; without it'), 'http_host_port_without_it');
    const form = saidForm({ title: 'Sign in', fields: [{ name: 'user', title: 'Login', choices: [{ value: 'a' }] }] });
    assert.equal(form.fields[0].title, 'Логин');
    assert.equal(form.fields[0].choices[0].title, 'a');
});
