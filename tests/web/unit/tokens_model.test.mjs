// SPDX-License-Identifier: Apache-2.0
// Rows of tokens that stay where they are, states of tokens and containers, and their names in addresses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSoftware } from '../../../tools/web/page/core/medium.js';
import {
    containerNameOf, containerState, filterRows, findContainer, findRow, groupSerial, lifeOf, mergeRows, nameOf,
    pinState, rowState, usableTokens, withRead,
} from '../../../tools/web/page/screens/tokens_model.js';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const pin = (tries, set = true) => ({ set, tries, min: 4, max: 8, pad: false });

function token(label, serial, more = {}) {
    return { label, serial, uri: `pkcs11:serial=${serial};token=${label}`, module: 'm', model: 'M', initialized: true, pin: pin('ok'),
        write_protected: false, medium: { medium: 'token' }, containers: [], ...more };
}

function container(label, id, more = {}) {
    return { label, id, private: false, public: true, certificates: 0, subject_text: null, not_after: null, ...more };
}

const rowsOf = (...tokens) => mergeRows([], tokens, NOW);
const labels = (rows) => rows.map((row) => row.token.label);
const around = (more = {}) => ({ token: token('a', '1'), requests: [], warnDays: 28, now: NOW, ...more });

test('a removed token stays where it was, and comes back there', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((name, i) => token(name, `${i}`));
    const out = mergeRows(rowsOf(a, b), [b], NOW);
    assert.deepEqual(out.map((row) => row.present), [false, true]);
    const back = mergeRows(out, [b, c, a], NOW);
    assert.deepEqual(labels(back), ['a', 'b', 'c']);
    assert.ok(back.every((row) => row.present));
});

test('a container of the registry that is gone was deleted; one of a disk may come back', () => {
    const soft = (medium) => token(medium, medium, { medium: { medium } });
    assert.deepEqual(labels(mergeRows(rowsOf(soft('registry'), soft('disk')), [], NOW)), ['disk']);
});

test('a new label is the same row', () => {
    const rows = mergeRows(rowsOf(token('old', '7'), token('b', '8')), [token('b', '8'), token('new', '7')], NOW);
    assert.deepEqual(labels(rows), ['new', 'b']);
});

test('what a login has shown stays until the token leaves', () => {
    const one = token('a', '1', { containers: [container('open', '01')] });
    const rows = [withRead(rowsOf(one)[0], [container('open', '01', { private: true }), container('hidden', '02', { private: true })])];
    const again = mergeRows(rows, [one], NOW);
    assert.deepEqual(again[0].containers.map((item) => [item.label, item.private]), [['open', true], ['hidden', true]]);
    const back = mergeRows(mergeRows(again, [], NOW), [one], NOW);
    assert.deepEqual(back[0].containers.map((item) => item.label), ['open']);
});

test('a token is named by its serial number unless two have the same', () => {
    const rows = rowsOf(token('a', '1'), token('b', '2'), token('c', '2', { model: 'N' }));
    assert.equal(nameOf(rows[0], rows), '1');
    assert.equal(nameOf(rows[1], rows), rows[1].token.uri);
    assert.equal(findRow(rows, rows[2].token.uri), rows[2]);
    assert.equal(findRow(rows, 'b'), rows[1]);
    assert.equal(findRow(rows, 'x'), undefined);
});

test('a container is named by its label unless two have the same or it has none', () => {
    const all = [container('mail', '01'), container('twice', '02'), container('twice', '03'), container('', '04')];
    assert.deepEqual(all.map((one) => containerNameOf(one, all)), ['mail', '02', '03', '04']);
    assert.equal(findContainer({ containers: all }, '03'), all[2]);
    assert.equal(findContainer({ containers: all }, 'mail'), all[0]);
});

test('the state of a row is what a person must know first', () => {
    const states = [pin('ok'), pin('low'), pin('last'), pin('locked'), pin('ok', false), undefined];
    assert.deepEqual(states.map((one) => pinState(token('a', '1', { pin: one }))), ['ok', 'low', 'last', 'locked', 'unset', 'failed']);
    assert.equal(rowState({ present: false, token: token('a', '1') }), 'removed');
});

test('a token is in use when a certificate is on it', () => {
    assert.equal(lifeOf({ containers: [container('a', '01')] }), 'ready');
    assert.equal(lifeOf({ containers: [container('a', '01', { certificates: 1 })] }), 'used');
});

test('a certificate is said to end in time', () => {
    const until = (days) => container('a', '01', { certificates: 1, not_after: new Date(NOW + days * 86400000).toISOString() });
    assert.deepEqual([40, 28, 27, 0, -1].map((days) => containerState(until(days), around())), ['valid', 'valid', 'ending', 'ended', 'ended']);
});

test('a key without a certificate may have a request', () => {
    const one = container('mail', '01');
    const request = (serial, name = 'mail') => [{ container: name, token: { serial } }];
    assert.equal(containerState(one, around()), 'bare');
    assert.equal(containerState(one, around({ requests: request('1') })), 'pending');
    assert.equal(containerState(one, around({ requests: request('2') })), 'bare');
    assert.equal(containerState(one, around({ requests: request('1', 'other') })), 'bare');
});

test('a search keeps the token of what it finds', () => {
    const rows = rowsOf(token('Rutoken', '1', { containers: [container('mail', '01'), container('vpn', '02')] }), token('Other', '2'));
    const found = filterRows(rows, ' VPN ');
    assert.deepEqual(found.map((row) => [row.token.label, row.containers.map((item) => item.label)]), [['Rutoken', ['vpn']]]);
    assert.equal(filterRows(rows, 'rutoken')[0].containers.length, 2);
    assert.equal(filterRows(rows, '').length, 2);
});

test('a key can be made where the PIN works and writing does', () => {
    const all = [token('a', '1'), token('b', '2', { write_protected: true }), token('c', '3', { pin: pin('locked') }), token('d', '4', { pin: undefined })];
    assert.deepEqual(usableTokens(all).map((one) => one.label), ['a']);
});

test('serial numbers are read out by four, other texts as they are', () => {
    assert.deepEqual(['09143328', 'a1b2c3d4e5', '12', 'XY-99'].map(groupSerial), ['0914 3328', 'a1b2 c3d4 e5', '12', 'XY-99']);
    assert.ok(isSoftware(token('a', '1', { medium: { medium: 'disk' } })));
});
