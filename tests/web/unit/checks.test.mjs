// SPDX-License-Identifier: Apache-2.0
// The checks of a form's fields: the same answers as kf_form_check_value() gives (tests/unit/test_ca_form.c).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkValue } from '../../../tools/web/page/core/checks.js';

const RIGHT = {
    inn: ['7707083893', '500100732259', '007707083893'],
    snils: ['11223344595', '00100199800'],
    ogrn: ['1027700132195'],
    ogrnip: ['304500116000157'],
    email: ['a@b', 'name.surname@example.org', 'почта@пример.рф', '王@例子.中国'],
    country: ['RU', 'CN'],
    date: ['2026-11-20', '2024-02-29', '2000-02-29'],
    phone: ['+7 (495) 123-45-67', '12345'],
    digits: ['0', '0123456789'],
    number: ['0', '-5', '365'],
};
const WRONG = {
    inn: ['7707083894', '0000000000', '770708389', '50010073225x', '500100732258'],
    snils: ['11223344596', '1122334459', '112-233-445 95'],
    ogrn: ['1027700132196', '102770013219', '0000000000000'],
    ogrnip: ['304500116000158', '30450011600015'],
    email: ['', 'a', '@b', 'a@', 'a@b@c', 'a@.b', 'a@b.', 'a b@c', 'a@b..c', 'a,b@c', `${'x'.repeat(250)}@b.cd`],
    country: ['ru', 'RUS', 'R', 'РФ', 'R1'],
    date: ['2026-02-29', '1900-02-29', '2026-13-01', '2026-00-10', '2026-11-31', '20.11.2026', '2026-1-2'],
    phone: ['1234', 'phone', '+7 (495) 123-45-67 x1'],
    digits: ['', '12a', '１２'],
    number: ['', '1.5', 'x'],
};

for (const [check, values] of Object.entries(RIGHT)) {
    test(`${check} takes what is right`, () => {
        for (const value of values) assert.equal(checkValue(check, value), '', value);
    });
}
for (const [check, values] of Object.entries(WRONG)) {
    test(`${check} names what is wrong`, () => {
        for (const value of values) assert.match(checkValue(check, value), /^check\./, value);
    });
}

test('an unknown check passes', () => assert.equal(checkValue('colour', 'green'), ''));
