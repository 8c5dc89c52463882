// SPDX-License-Identifier: Apache-2.0
// keyfob.form/1 without a document: what a field starts with, which are required, and what is wrong with values.

import { checkValue } from './checks.js';
import { characters, mixedWord, strangers, tidy } from './text.js';

/** @typedef {{name: string, title: string, kind: string, required?: boolean, read_only?: boolean, help?: string,
 *   required_when?: Object<string, any[]>, value?: any, choices?: {value: string, title: string}[], closed?: boolean,
 *   max?: number, check?: string, oid?: string, group?: string}} Field */
/** @typedef {{field: string, title: string, id?: string, values?: Object<string, any>, text?: string}} Problem
 *   id of a text in core.json with its values, or the server's own text */

/** What a field shows first. @param {Field} field @param {Object<string, any>} [values] of a draft */
export function startValue(field, values) {
    const given = field.read_only ? field.value : values?.[field.name] ?? field.value;
    if (field.kind === 'switch') return given === true || given === 'yes' || given === 'true';
    if (field.kind === 'list') return [given ?? []].flat().map(String);
    if (isSettled(field)) return field.choices[0].value;
    return given === null || given === undefined ? '' : String(given);
}

/** One choice is no question. @param {Field} field */
function isSettled(field) {
    return Boolean(field.kind === 'choice' && field.closed && field.required && field.choices?.length === 1);
}

/** Shown as text, not to be changed. @param {Field} field */
export function isFixed(field) {
    return Boolean(field.read_only) || isSettled(field);
}

/** Of itself, or by what an earlier field has. @param {Field} field @param {Object<string, any>} values */
export function isRequired(field, values) {
    return Boolean(field.required) || Object.entries(field.required_when ?? {})
        .some(([name, wanted]) => wanted.some((value) => value === values[name]));
}

/** Fields with the same group, in their order: [{group, fields}]. @param {Field[]} fields */
export function groupsOf(fields) {
    const groups = [];
    for (const field of fields) {
        const group = field.group ?? '';
        const known = groups.find((one) => one.group === group && (group || one === groups.at(-1)));
        if (known) known.fields.push(field);
        else groups.push({ group, fields: [field] });
    }
    return groups;
}

/**
 * What is sent: tidied texts, without what is read only, and without what has neither a value nor had one.
 * @param {Field[]} fields @param {Object<string, any>} raw what the elements have
 */
export function valuesToSend(fields, raw) {
    const sent = {};
    for (const field of fields) {
        if (field.read_only || !(field.name in raw)) continue;
        const value = tidied(field, raw[field.name]);
        const empty = value === '' || (Array.isArray(value) && !value.length);
        if (!empty || field.value !== undefined) sent[field.name] = value;
    }
    return sent;
}

/** @param {Field[]} fields @param {Object<string, any>} raw @returns {Problem[]} in the order of the fields */
export function problemsOf(fields, raw) {
    return fields.map((field) => problemOf(field, raw)).filter((problem) => problem !== null);
}

/** @param {Field} field @param {Object<string, any>} raw of all fields @returns {Problem|null} */
export function problemOf(field, raw) {
    if (isFixed(field) || field.kind === 'switch') return null;
    const texts = [tidied(field, raw[field.name] ?? '')].flat();
    if (!texts.some(Boolean)) return isRequired(field, raw) ? said(field, missingWords(field)) : null;
    for (const text of texts) {
        const problem = wrongText(field, text);
        if (problem) return problem;
    }
    return null;
}

/** A hint that does not stop anybody: a word of two scripts. @param {Field} field @param {string} text */
export function warningOf(field, text) {
    if (field.kind !== 'text' || field.check === 'email') return null;
    const word = mixedWord(text);
    return word ? { id: 'core.form.mixed', values: { word, letters: strangers(word).join(' ') } } : null;
}

/** The value that a text stands for: itself, or the one whose title it is. @param {Field} field @param {string} text */
export function choiceOf(field, text) {
    const exact = field.choices?.find((choice) => choice.value === text);
    const titled = field.choices?.filter((choice) => choice.title === text) ?? [];
    return exact?.value ?? (titled.length === 1 ? titled[0].value : undefined);
}

function tidied(field, value) {
    if (field.kind === 'switch') return Boolean(value);
    if (field.kind === 'list') return [value ?? []].flat().map(tidy).filter(Boolean);
    if (field.kind === 'secret' || field.kind === 'file') return String(value ?? '');
    const text = tidy(String(value ?? ''));
    return (field.choices && choiceOf(field, text)) ?? text;
}

function wrongText(field, text) {
    const count = characters(text);
    if (field.kind !== 'file' && /[\u0000-\u001f\u007f]/.test(text)) return said(field, 'core.form.control');
    if (field.max && count > field.max) return said(field, 'core.form.long', { count, max: field.max });
    if (field.closed && field.choices && choiceOf(field, text) === undefined) return said(field, 'core.form.choice');
    const check = { date: 'date', number: 'number' }[field.kind] ?? field.check;
    const wrong = check ? checkValue(check, text) : '';
    return wrong ? said(field, `core.${wrong}`) : null;
}

function missingWords(field) {
    if (field.check === 'email') return 'core.form.email';
    const words = { choice: 'core.form.choose', file: 'core.form.file', list: 'core.form.add' };
    return words[field.kind] ?? 'core.form.enter';
}

function said(field, id, values) {
    return { field: field.name, title: field.title, id, values: { title: field.title, ...values } };
}
