// SPDX-License-Identifier: Apache-2.0
// Words: the catalogues, and dates, numbers and lists in the person's language.

import { pseudo } from './pseudo.js';

/** The catalogues of a language, each i18n/LANGUAGE/AREA.json. */
export const AREAS = ['core', 'signin', 'tokens', 'connections', 'enroll', 'requests', 'certificates', 'settings',
    'errors'];
/** What a person can choose; xx is made from en and shows what is not translated. */
export const LANGUAGES = [['en', 'English'], ['ru', 'Русский'], ['zh', '简体中文'], ['xx', 'Ẋẋ']];

const LOCALES = { en: 'en-GB', ru: 'ru-RU', zh: 'zh-CN', xx: 'en-GB' };
const UNITS = [['year', 31557600], ['month', 2629800], ['week', 604800], ['day', 86400], ['hour', 3600],
    ['minute', 60]];
/** Letters from right to left, and the marks that turn a text. */
const TURNS = /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/;
let current = 'en';
let words = new Map();
let made = new Map();

/** @returns {string} the language in use: en, ru, zh or xx */
export function language() {
    return current;
}

/** The language that a browser's wishes come to. @param {readonly string[]} wishes */
export function chooseLanguage(wishes) {
    const known = wishes.map((wish) => wish.toLowerCase().split('-')[0]);
    return known.find((code) => code in LOCALES && code !== 'xx') ?? 'en';
}

/** Load the words of a language and use it. @param {string} code en, ru, zh or xx */
export async function setLanguage(code) {
    const wanted = code in LOCALES ? code : 'en';
    const loaded = await Promise.all(AREAS.map((area) => loadArea(wanted, area)));
    useCatalogues(wanted, Object.fromEntries(AREAS.map((area, i) => [area, loaded[i]])));
    globalThis.document?.documentElement.setAttribute('lang', wanted === 'xx' ? 'en-x-pseudo' : wanted);
}

/** Use words that are here already. @param {string} code @param {Object<string, Object<string, any>>} areas */
export function useCatalogues(code, areas) {
    current = code;
    made = new Map();
    words = new Map();
    for (const [area, catalogue] of Object.entries(areas)) {
        for (const [key, text] of Object.entries(catalogue ?? {})) words.set(`${area}.${key}`, text);
    }
}

/**
 * A text: t('tokens.empty.text', {name: 'x'}). What is missing shows as its id.
 * @param {string} id
 * @param {Object<string, any>} [values]
 * @returns {string}
 */
export function t(id, values) {
    const text = words.get(id);
    if (typeof text !== 'string') return missing(id);
    return finish(text, values);
}

/** Whether there is such a text. @param {string} id */
export function has(id) {
    return words.has(id);
}

/**
 * A text that depends on a number, which is {count} in it.
 * @param {string} id
 * @param {number} count
 * @param {Object<string, any>} [values]
 */
export function n(id, count, values) {
    const forms = words.get(id);
    if (typeof forms !== 'object') return missing(id);
    return finish(forms[pluralForm(count)] ?? forms.other, { count: number(count), ...values });
}

/** @param {number} count @returns {string} one, few, many or other */
export function pluralForm(count) {
    return format('plural', () => new Intl.PluralRules(locale())).select(count);
}

/** "20 Nov 2026" @param {string|number|Date|null|undefined} x */
export function date(x) {
    return dated(x, 'date', { dateStyle: 'medium' });
}

/** "20 Nov 2026, 09:31" @param {string|number|Date|null|undefined} x */
export function dateTime(x) {
    return dated(x, 'dateTime', { dateStyle: 'medium', timeStyle: 'short' });
}

/** "09:31" @param {string|number|Date|null|undefined} x */
export function time(x) {
    return dated(x, 'time', { timeStyle: 'short' });
}

/** "2 minutes ago", "in 3 days" @param {string|number|Date|null|undefined} x @param {number} [now] ms */
export function ago(x, now = Date.now()) {
    const when = moment(x);
    if (!when) return '';
    const seconds = Math.round((when.getTime() - now) / 1000);
    const relative = format('ago', () => new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }));
    for (const [unit, size] of UNITS) {
        if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
    }
    return relative.format(Math.abs(seconds) < 10 ? 0 : seconds, 'second');
}

/** Whole days from now until then, as words: "47 days". @param {string|number|Date|null|undefined} x */
export function days(x, now = Date.now()) {
    return measure(Math.max(0, daysUntil(x, now)), 'day');
}

/** Whole days from now until then; negative when it is over. @param {string|number|Date|null|undefined} x */
export function daysUntil(x, now = Date.now()) {
    const when = moment(x);
    return when ? Math.floor((when.getTime() - now) / 86400000) : 0;
}

/** "4 sec", "2 min" @param {number} ms */
export function duration(ms) {
    if (ms < 60000) return measure(ms < 10000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000), 'second');
    if (ms < 3600000) return measure(Math.round(ms / 60000), 'minute');
    return measure(Math.round(ms / 3600000), 'hour');
}

/** "a, b and c" @param {Iterable<string>} items @param {'conjunction'|'disjunction'|'unit'} [type] */
export function list(items, type = 'conjunction') {
    return format(`list.${type}`, () => new Intl.ListFormat(locale(), { style: 'long', type })).format(items);
}

/** "1,234" @param {number} x */
export function number(x) {
    return format('number', () => new Intl.NumberFormat(locale())).format(x);
}

async function loadArea(code, area) {
    const answer = await fetch(`i18n/${code === 'xx' ? 'en' : code}/${area}.json`).catch(() => null);
    return answer?.ok ? answer.json() : {};
}

function missing(id) {
    if (words.size) console.warn(`no words for "${id}" in ${current}`);
    return id;
}

function finish(text, values) {
    const said = current === 'xx' ? pseudo(text) : text;
    return said.replace(/\{(\w+)\}/g, (whole, key) => (values && key in values ? isolated(values[key]) : whole));
}

/** A name from right to left does not turn the words around it: it stands between FSI and PDI (UAX 9, 6.3). */
function isolated(value) {
    const text = String(value ?? '');
    return TURNS.test(text) ? `\u2068${text.replace(/[\u2066-\u2069]/g, '')}\u2069` : text;
}


function locale() {
    return LOCALES[current];
}

function format(name, make) {
    if (!made.has(name)) made.set(name, make());
    return made.get(name);
}

/** An ISO text, or seconds since 1970. */
function moment(x) {
    if (x === null || x === undefined || x === '' || x === 0) return null;
    const when = x instanceof Date ? x : new Date(typeof x === 'number' ? x * 1000 : x);
    return Number.isNaN(when.getTime()) ? null : when;
}

function dated(x, name, options) {
    const when = moment(x);
    return when ? format(name, () => new Intl.DateTimeFormat(locale(), options)).format(when) : '';
}

function measure(value, unit) {
    return format(`unit.${unit}`, () => new Intl.NumberFormat(locale(),
        { style: 'unit', unit, unitDisplay: unit === 'day' ? 'long' : 'short' })).format(value);
}
