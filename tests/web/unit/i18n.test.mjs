// SPDX-License-Identifier: Apache-2.0
// Words, plurals, dates and the pseudo-locale.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, chooseLanguage, date, days, daysUntil, duration, list, n, number, pluralForm, t, useCatalogues }
    from '../../../tools/web/page/core/i18n.js';
import { pseudo } from '../../../tools/web/page/core/pseudo.js';
import { speak } from './catalogues.mjs';

const NOW = Date.UTC(2026, 10, 20, 9, 0, 0);

test('placeholders are filled, and unknown ones stay', () => {
    useCatalogues('en', { core: { hello: 'Hello {name}, {missing}' } });
    assert.equal(t('core.hello', { name: 'O’Neill' }), 'Hello O’Neill, {missing}');
});

test('a value that looks like a placeholder is not filled again', () => {
    useCatalogues('en', { core: { hello: '{a} {b}' } });
    assert.equal(t('core.hello', { a: '{b}', b: '1' }), '{b} 1');
});

test('a name from right to left does not turn the words around it', () => {
    useCatalogues('en', { core: { hello: 'Hello {name}!' } });
    assert.equal(t('core.hello', { name: 'מפתח' }), 'Hello \u2068מפתח\u2069!');
    assert.equal(t('core.hello', { name: '\u2069\u202ea' }), 'Hello \u2068\u202ea\u2069!');
});

test('a missing text shows as its id', (context) => {
    context.mock.method(console, 'warn', () => {});
    speak('en');
    assert.equal(t('core.nothing.here'), 'core.nothing.here');
});

test('Russian has three forms', () => {
    speak('ru');
    assert.deepEqual([1, 2, 5, 11, 21, 22, 25, 111].map(pluralForm),
        ['one', 'few', 'many', 'many', 'one', 'few', 'many', 'many']);
    assert.equal(n('core.chip.tokens', 2), '2 токена');
    assert.equal(n('core.chip.tokens', 5), '5 токенов');
    assert.equal(n('core.chip.tokens', 21), '21 токен');
});

test('Chinese has one form', () => {
    speak('zh');
    assert.equal(n('core.chip.tokens', 1), '1 个令牌');
    assert.equal(n('core.chip.tokens', 5), '5 个令牌');
});

test('the pseudo-locale is longer, accented and keeps placeholders', () => {
    const text = pseudo('Serial {serial} of the token');
    assert.match(text, /^⟦.*\{serial\}.*⟧$/u);
    assert.ok([...text].length >= 28 * 1.4);
    assert.doesNotMatch(text.replace('{serial}', ''), /[a-z]/i);
    speak('xx');
    assert.match(t('core.cancel'), /^⟦Çáñçéł/u);
});

test('dates are read from ISO texts and seconds', () => {
    speak('en');
    assert.equal(date('2026-11-20T09:00:00Z'), '20 Nov 2026');
    assert.equal(date(NOW / 1000), '20 Nov 2026');
    assert.equal(date(null), '');
    assert.equal(date('nonsense'), '');
});

test('how long ago is said in the language', () => {
    speak('en');
    assert.equal(ago('2026-11-20T08:58:00Z', NOW), '2 minutes ago');
    assert.equal(ago('2026-11-20T08:59:58Z', NOW), 'now');
    assert.equal(ago('2026-11-21T09:00:00Z', NOW), 'tomorrow');
    speak('ru');
    assert.equal(ago('2026-11-20T08:58:00Z', NOW), '2 минуты назад');
});

test('days that are left are whole', () => {
    speak('en');
    assert.equal(days('2027-01-06T10:00:00Z', NOW), '47 days');
    assert.equal(daysUntil('2026-11-19T08:00:00Z', NOW), -2);
    speak('ru');
    assert.equal(days('2026-12-02T10:00:00Z', NOW), '12 дней');
});

test('durations are short', () => {
    speak('en');
    assert.equal(duration(4012), '4 secs');
    assert.equal(duration(1234), '1.2 secs');
    assert.equal(duration(180000), '3 mins');
});

test('lists and numbers are of the language', () => {
    speak('en');
    assert.equal(list(['a', 'b', 'c']), 'a, b and c');
    assert.equal(number(10000), '10,000');
    speak('ru');
    assert.equal(list(['а', 'б']), 'а и б');
});

test('a browser gets the first of its languages that is there', () => {
    assert.equal(chooseLanguage(['zh-CN', 'en']), 'zh');
    assert.equal(chooseLanguage(['de-DE', 'ru-RU', 'en']), 'ru');
    assert.equal(chooseLanguage(['de']), 'en');
    assert.equal(chooseLanguage(['xx']), 'en');
});
