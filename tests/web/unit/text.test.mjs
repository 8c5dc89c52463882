// SPDX-License-Identifier: Apache-2.0
// Texts that people type, and names of files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileName } from '../../../tools/web/page/core/http.js';
import { characters, grouped, mixedWord, pairs, strangers, strength, tidy } from '../../../tools/web/page/core/text.js';
import { joined } from '../../../tools/web/page/ui/steps.js';

test('characters are code points', () => {
    assert.equal(characters('𠮷野'), 2);
    assert.equal(characters('Фёдоров'), 7);
});

test('ё typed as two becomes one, and stays apart from е', () => {
    assert.equal(tidy('е\u0308'), 'ё');
    assert.notEqual(tidy('Фёдоров'), tidy('Федоров'));
});

test('serial numbers come in fours and fingerprints in pairs', () => {
    assert.equal(grouped('09143328'), '0914\u00a03328');
    assert.equal(grouped('12345'), '1234\u00a05');
    assert.equal(grouped(undefined), '');
    assert.equal(pairs('4FE5 31'), '4f:e5:31');
});

test('a word of two alphabets is found', () => {
    assert.equal(mixedWord('Фёдоров Сoфия'), 'Сoфия');
    assert.equal(mixedWord('Anna Фёдорова'), '');
    assert.equal(mixedWord('王小明'), '');
    assert.deepEqual(strangers('Сoфия'), ['o']);
    assert.deepEqual(strangers('Annа'), ['а']);
});

test('a password is good when the server takes it', () => {
    assert.equal(strength(''), 0);
    for (const weak of ['1234', 'aaaaaaaaaaaaaaaa', 'password1', 'abcdefghijklmnop', 'Work']) assert.ok(strength(weak) < 3, weak);
    for (const good of ['correct horse battery staple', 'лошадь верно батарея скрепка', 'Tr0ub4dor&3', '天地玄黄宇宙洪荒']) assert.ok(strength(good) >= 3, good);
});

test('a file keeps the name that the server gives', () => {
    assert.equal(fileName('attachment; filename="r-17.csr"'), 'r-17.csr');
    assert.equal(fileName("attachment; filename=\"x\"; filename*=UTF-8''%D0%AF.pem"), 'Я.pem');
    assert.equal(fileName(''), '');
});

test('a step that began and ended is one line', () => {
    const lines = joined([{ name: 'pin', state: 'done' }, { name: 'keygen', state: 'begin' }, { name: 'keygen', state: 'done' },
        { name: 'note', state: 'note' }, { name: 'note', state: 'note' }]);
    assert.deepEqual(lines.map((line) => `${line.name} ${line.state}`), ['pin done', 'keygen done', 'note note', 'note note']);
});
