// SPDX-License-Identifier: Apache-2.0
// Requests without a page: how they stand, whose they are, what may be done, and the pages of a long list.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { has } from '../../../tools/web/page/core/i18n.js';
import { actionsOf, keyState, markOf, nameParts, ownerOf, standing, tabOf, tokenName } from '../../../tools/web/page/screens/requests_model.js';
import { inOrder, noPages, takeOne, takePage } from '../../../tools/web/page/screens/requests_pages.js';
import { speak } from './catalogues.mjs';

const TOKEN = { uri: 'pkcs11:serial=09143328', label: 'Rutoken ECP', serial: '09143328' };

function request(state, status, more = {}) {
    return { id: 'r-17', state, status, link: 'ok', token: TOKEN, next: [], order: {}, ...more };
}

test('a name is taken apart at its own commas only', () => {
    assert.deepEqual(nameParts('CN=Smith\\, Anna,O=A\\+B,E=x'), [['CN', 'Smith, Anna'], ['O', 'A+B'], ['E', 'x']]);
    assert.deepEqual(nameParts('CN=\\D0\\A4\\D1\\91,C=RU'), [['CN', 'Фё'], ['C', 'RU']]);
    assert.deepEqual(nameParts('CN=𠮷野+UID=7'), [['CN', '𠮷野'], ['UID', '7']]);
    assert.deepEqual(nameParts(''), []);
});

test('the owner is the common name, or what else there is', () => {
    assert.equal(ownerOf({ id: 'r-1', subject_text: 'O=Test,CN=王小明' }), '王小明');
    assert.equal(ownerOf({ id: 'r-1', subject_text: '', alternative_names: [{ kind: 'email', value: 'a@b.c' }] }), 'a@b.c');
    assert.equal(ownerOf({ id: 'r-1', subject_text: '', container: 'vpn' }), 'vpn');
    assert.equal(ownerOf({ id: 'r-1' }), 'r-1');
});

test('a serial number is said of a token, not of a software container', () => {
    assert.equal(tokenName(TOKEN), 'Rutoken ECP (0914 3328)');
    assert.equal(tokenName({ uri: 'pkcs11:manufacturer=keyfob;token=box', label: 'box', serial: '26bb8e2e' }), 'box');
    assert.equal(tokenName(null), '');
});

test('a problem shows before the state, a sign-in before the problem, and an end before both', () => {
    assert.equal(standing(request('waiting', 'pending')), 'pending');
    assert.equal(standing(request('waiting', 'pending', { link: 'problem' })), 'problem');
    assert.equal(standing(request('waiting', 'pending', { link: 'problem', next: [{ actor: 'you', what: 'sign_in' }] })), 'sign_in');
    assert.equal(standing(request('done', 'installed', { link: 'problem' })), 'installed');
    assert.equal(standing(request('waiting', 'pending', { next: [{ actor: 'you', what: 'decide' }] })), 'your_turn');
});

test('issued is not installed', () => {
    assert.equal(markOf(request('verified', 'issued')), 'issued');
    assert.equal(markOf(request('written', 'issued')), 'issued');
    assert.equal(markOf(request('done', 'installed')), 'installed');
});

test('what waits for this person is in the tab of actions', () => {
    assert.equal(tabOf(request('verified', 'issued', { next: [{ actor: 'you', what: 'insert' }] })), 'action');
    assert.equal(tabOf(request('waiting', 'pending', { next: [{ actor: 'ca', what: 'decide' }] })), 'pending');
    assert.equal(tabOf(request('rejected', 'rejected')), 'done');
    assert.equal(tabOf({ view: 'pending' }), 'pending');
});

test('each state offers what the library takes', () => {
    assert.equal(actionsOf(request('verified', 'issued'))[0], 'install');
    assert.ok(actionsOf(request('waiting', 'pending')).includes('check'));
    assert.ok(!actionsOf(request('done', 'installed')).includes('withdraw'));
    assert.ok(!actionsOf(request('verified', 'issued')).includes('withdraw'));
    assert.deepEqual(actionsOf(request('rejected', 'rejected')), ['destroy', 'again', 'csr']);
    assert.ok(!actionsOf(request('draft', 'to_send')).includes('csr'));
    assert.ok(actionsOf(request('needs-operator', 'needs_operator')).includes('retry'));
    assert.ok(!actionsOf(request('quarantined', 'quarantined', { revoked_at: '2026-01-01T00:00:00Z' })).includes('retry'));
});

test('a certificate that waits to be read can be installed and not withdrawn', () => {
    const actions = actionsOf(request('waiting', 'pending', { next: [{ actor: 'you', what: 'check' }] }));
    assert.equal(actions[0], 'install');
    assert.ok(!actions.includes('withdraw') && !actions.includes('check'));
});

test('nothing is said of a key that keyfob does not know', () => {
    assert.equal(keyState(request('waiting', 'pending')), 'safe');
    assert.equal(keyState(request('rejected', 'rejected')), 'unused');
    assert.equal(keyState(request('rejected', 'rejected', { same_key: true })), 'in_use');
    assert.equal(keyState(request('withdrawn', 'withdrawn')), '');
    assert.equal(keyState(request('waiting', 'pending', { token: null })), 'elsewhere');
});

const row = (number, view = 'pending') => ({ id: `r-${number}`, view });
const shown = (pages) => inOrder(pages).map(({ id }) => id);

test('pages become one list, and a new request pushes none out', () => {
    const pages = noPages();
    takePage(pages, { items: [row(9), row(8)], next: 'r-8', counts: { all: 4 } });
    takePage(pages, { items: [row(7), row(6)], next: null, counts: { all: 4 } }, 'r-8');
    assert.deepEqual(shown(pages), ['r-9', 'r-8', 'r-7', 'r-6']);
    assert.equal(pages.next, null);
    takePage(pages, { items: [row(10), row(9)], next: 'r-9', counts: { all: 5 } });
    assert.deepEqual(shown(pages), ['r-10', 'r-9', 'r-8', 'r-7', 'r-6']);
    assert.equal(pages.next, null);
});

test('what left the view leaves the list', () => {
    const pages = noPages();
    takePage(pages, { items: [row(9), row(8), row(7)], next: null });
    takePage(pages, { items: [row(9), row(7)], next: null });
    assert.deepEqual(shown(pages), ['r-9', 'r-7']);
    takeOne(pages, row(7, 'done'), 'pending');
    takeOne(pages, row(3), 'pending');
    assert.deepEqual(shown(pages), ['r-9']);
    takePage(pages, { items: [], next: null });
    assert.deepEqual(shown(pages), []);
});

test('every word of what comes next has its sentence in every language', () => {
    const header = readFileSync(new URL('../../../src/enroll/next.h', import.meta.url), 'utf8');
    const words = header.match(/same as a word:([^/]*)\*\//)[1].replace(/\([^)]*\)|[*,.]/g, ' ').trim().split(/\s+/);
    assert.ok(words.length > 15);
    for (const language of ['en', 'ru', 'zh']) {
        speak(language);
        for (const word of words) assert.ok(has(`requests.next.${word}`), `${language}: ${word}`);
    }
});
