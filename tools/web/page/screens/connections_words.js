// SPDX-License-Identifier: Apache-2.0
// Connections in words: how one stands, and what connectors say of themselves, in the person's language.
import { ago, has, t } from '../core/i18n.js';
import { mark } from '../ui/index.js';
import { markOf, placeOf, standing } from './connections_model.js';

const LONGEST = 48;

/** @param {any} connection "Cannot connect; last good 2 hours ago" */
export function statusText(connection) {
    const state = standing(connection);
    if (state === 'problem' && connection.reached_at) return t('connections.state.problem.since', { ago: ago(connection.reached_at) });
    return t(`connections.state.${state}`);
}

/** @param {any} connection */
export function statusMark(connection) {
    return mark(markOf(connection), statusText(connection));
}

/** Under its name: where it is, or what it is; and what the CA said against it. @param {any} connection */
export function rowText(connection) {
    const place = placeOf(connection) || said(connection.title || connection.connector);
    const says = ['refused', 'unconfirmed'].includes(standing(connection)) ? connection.standing_text : '';
    return [place, connection.account, says].filter(Boolean).join(' · ');
}

/** "checked 2 minutes ago" @param {any} connection */
export function checkedText(connection) {
    return connection.checked_at ? t('connections.checked.ago', { ago: ago(connection.checked_at) }) : '';
}

/**
 * A title or help of keyfob's own connectors, which are written in English; what a CA wrote has no such words and
 * stays as it is.
 * @param {string} text
 */
export function said(text) {
    const id = `connections.said.${slug(text ?? '')}`;
    return text && has(id) ? t(id) : text;
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
