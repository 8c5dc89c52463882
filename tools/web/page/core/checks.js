// SPDX-License-Identifier: Apache-2.0
// The checks that a form's field can name, as the server's kf_form_check_value() has them. Each answers the id of a
// text in core.json ("check.email"), or "" when the value passes. The server checks again.

const INN = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];

/** Zeros alone would pass every check sum. */
function digits(value, count) {
    return value.length === count && /^[0-9]+$/.test(value) && !/^0+$/.test(value);
}

function weighted(value, weights) {
    return weights.reduce((sum, weight, i) => sum + weight * Number(value[i]), 0);
}

function innOfOrganization(value) {
    return weighted(value, INN.slice(2)) % 11 % 10 === Number(value[9]) ? '' : 'check.digit';
}

/** 10 digits (organization) or 12 (person); where 12 must be given an organization's begins with "00". */
function inn(value) {
    if (digits(value, 10)) return innOfOrganization(value);
    if (!digits(value, 12)) return 'check.inn';
    if (value.startsWith('00')) return innOfOrganization(value.slice(2));
    const right = weighted(value, INN.slice(1)) % 11 % 10 === Number(value[10])
        && weighted(value, INN) % 11 % 10 === Number(value[11]);
    return right ? '' : 'check.digit';
}

/** 9 digits and their sum; numbers up to 001-001-998 have no sum. */
function snils(value) {
    if (!digits(value, 11)) return 'check.snils';
    if (value.slice(0, 9) <= '001001998') return '';
    const sum = weighted(value, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    return sum === Number(value.slice(9)) ? '' : 'check.digit';
}

function registration(value, count, divisor, words) {
    if (!digits(value, count)) return words;
    return Number(value.slice(0, -1)) % divisor % 10 === Number(value.at(-1)) ? '' : 'check.digit';
}

/** Internationalised addresses pass (RFC 6531); the CA knows the rest. */
function email(value) {
    const right = /^[^@\s<>,;"()]+@[^@\s<>,;"()]+$/u.test(value) && !/@\.|\.$|\.\.(?!.*@)/u.test(value)
        && new TextEncoder().encode(value).length <= 254;
    return right ? '' : 'check.email';
}

function country(value) {
    return /^[A-Z]{2}$/.test(value) ? '' : 'check.country';
}

function date(value) {
    const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
    if (!found) return 'check.date';
    const [year, month, day] = found.slice(1).map(Number);
    const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
    const last = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
    return day >= 1 && day <= last ? '' : 'check.day';
}

function phone(value) {
    const count = value.replace(/[^0-9]/g, '').length;
    return /^[+0-9 ()\-./]*$/.test(value) && count >= 5 && count <= 20 ? '' : 'check.phone';
}

/** @type {Object<string, (value: string) => string>} */
const CHECKS = {
    email, country, inn, snils, date, phone,
    ogrn: (value) => registration(value, 13, 11, 'check.ogrn'),
    ogrnip: (value) => registration(value, 15, 13, 'check.ogrnip'),
    digits: (value) => (/^[0-9]+$/.test(value) ? '' : 'check.digits'),
    number: (value) => (/^[+-]?[0-9]{1,18}$/.test(value) ? '' : 'check.number'),
};

/** An unknown check passes. @param {string} check @param {string} value @returns {string} */
export function checkValue(check, value) {
    return CHECKS[check]?.(value) ?? '';
}
