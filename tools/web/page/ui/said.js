// SPDX-License-Identifier: Apache-2.0
// What keyfob's own connectors say of themselves is English; here it is in the person's language. What a CA wrote has
// no such words and stays as it is.
import { has, t } from '../core/i18n.js';

const LONGEST = 48;
const ENGLISH = /^[\x20-\x7e]+$/;

/** @param {string|null|undefined} text a title, a help or a choice */
export function said(text) {
    const id = ENGLISH.test(text ?? '') ? `connections.said.${slug(text)}` : '';
    return id && has(id) ? t(id) : text;
}

/** The key of a text among the words: "TLS roots" → "tls_roots". @param {string} text */
export function slug(text) {
    const plain = text.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_|_$/g, '');
    return plain.length > LONGEST ? plain.slice(0, LONGEST).replace(/_[^_]*$/, '') : plain;
}

/** A form of a connector with its words. @param {any} form keyfob.form/1 */
export function saidForm(form) {
    const fields = form.fields.map((field) => ({
        ...field, title: said(field.title), help: said(field.help), group: said(field.group),
        choices: field.choices?.map((choice) => ({ ...choice, title: said(choice.title ?? choice.value) })),
    }));
    return { ...form, title: said(form.title), fields };
}
