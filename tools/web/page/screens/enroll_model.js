// SPDX-License-Identifier: Apache-2.0
// An enrollment as the wizard thinks of it: the draft, its steps, what is missing, what is sent. Touches no document.
import { problemsOf, startValue, valuesToSend } from '../core/form_rules.js';

/** The steps of each way to a certificate, in their order. */
export const STEPS = {
    new: ['source', 'ca', 'owner', 'key', 'check'],
    csr: ['source', 'ca', 'owner', 'check'],
    certificate: ['source', 'install'],
    container: ['source', 'install'],
    self: ['source', 'owner', 'key', 'check'],
};

/** Profiles that people ask for; the others come after them in the list. */
const COMMON_PROFILES = ['tls-client', 'person', 'smime-dual', 'smime-sign', 'docsign', 'smartcard-logon', 'openvpn', 'ssh'];

/* CAs for people, which decide the key usages by themselves (profiles/person.conf). */
const PERSON_CONNECTORS = ['digicert', 'cryptopro'];

/** What an order form says of money (the same fields as at the command line). */
const COST_FIELDS = ['agreement', 'payment_method'];

/** A new draft. Nothing in it is secret. */
export function emptyDraft() {
    return {
        version: 1, step: '', source: 'new', connection: '', profile: '', subject: {}, fields: {}, key: '',
        place: null, container: '', exportable: false, from: '', csr: '', reached: 0, skipped: [], preset: [],
    };
}

/** What is kept of a draft that came from the server.
 * @param {any} saved */
export function restoreDraft(saved) {
    if (!saved || saved.version !== 1 || !STEPS[saved.source]) return null;
    return { ...emptyDraft(), ...saved };
}

/** Did a person put anything into it?
 * @param {object} draft */
export function isStarted(draft) {
    const filled = (values) => Object.values(values).some((value) => !isEmpty(value));
    return draft.source !== 'new' || Boolean(draft.csr || draft.from || draft.container) || filled(draft.subject) || filled(draft.fields);
}

/** @param {string} connector its name */
export function defaultProfile(connector) {
    return PERSON_CONNECTORS.includes(connector) ? 'person' : 'tls-client';
}

/** The list of profiles for a person to choose from: common ones first.
 * @param {object[]} profiles items of GET /profiles */
export function sortProfiles(profiles) {
    const usable = profiles.filter((item) => !item.error && !item.ca);
    const place = (item) => COMMON_PROFILES.indexOf(item.name);
    return {
        common: usable.filter((item) => place(item) >= 0).sort((a, b) => place(a) - place(b)),
        others: usable.filter((item) => place(item) < 0),
    };
}

/** @param {any} value of a form's field */
export function isEmpty(value) {
    if (value === undefined || value === null || value === '') return true;
    return Array.isArray(value) && value.every(isEmpty);
}

/** The form without the fields that `drop` names.
 * @param {object|null} form keyfob.form/1
 * @param {(field: object) => boolean} keep */
export function formPart(form, keep) {
    return form ? { ...form, fields: form.fields.filter(keep) } : { schema: 'keyfob.form/1', title: '', fields: [] };
}

/** What a form starts with, and over it what a person gave.
 * @param {object|null} form
 * @param {object} given */
export function startValues(form, given) {
    return Object.fromEntries((form ? form.fields : []).map((field) => [field.name, startValue(field, given)]));
}

/** What a form has now, also the fields that a person emptied.
 * @param {object} form
 * @param {object} values what would be sent */
export function heldValues(form, values) {
    return Object.fromEntries(form.fields.filter((field) => !field.read_only)
        .map((field) => [field.name, values[field.name] ?? (field.kind === 'list' ? [] : '')]));
}

/** What stands in the way of sending: the problems of the form, and agreements that were not given.
 * @param {object|null} form
 * @param {object} values
 * @returns {{field: string, title: string}[]} */
export function missingFields(form, values) {
    const fields = form ? form.fields : [];
    const refused = fields.filter((field) => field.name === 'agreement' && field.required && !field.read_only && values.agreement !== true);
    return [...problemsOf(fields, values), ...refused.map((field) => ({ field: field.name, title: field.title }))];
}

/** May this order cost money?
 * @param {object|null} form of the order */
export function mayCost(form) {
    return Boolean(form && form.fields.some((field) => COST_FIELDS.includes(field.name)));
}

/** The key types that the profile, the CA and the token all take; a software container takes all that keyfob makes.
 * @param {{value: string, title: string}[]} keys of the form
 * @param {object|null} token with details, or null */
export function allowedKeys(keys, token) {
    if (token && token.key_types) return keys.filter((key) => token.key_types.includes(key.value));
    return token ? keys : keys.filter((key) => !key.value.startsWith('gost'));
}

function sentValues(form, values) {
    return form ? valuesToSend(form.fields, values) : {};
}

/** What POST /enroll and POST /enroll/plan take.
 * @param {object} draft
 * @param {object|null} forms keyfob.enroll-form/1 */
export function orderOf(draft, forms) {
    const order = { connection: draft.connection, profile: draft.profile, fields: sentValues(forms && forms.order, draft.fields) };
    if (draft.from) order.from = draft.from;
    if (draft.source === 'csr') return { ...order, csr: draft.csr };
    order.subject = sentValues(forms && forms.subject, draft.subject);
    if (draft.key) order.key = draft.key;
    return { ...order, ...placeOf(draft) };
}

function placeOf(draft) {
    const { place } = draft;
    const more = place.medium !== 'token' && draft.exportable ? { exportable: true } : {};
    const named = draft.container ? { container: draft.container } : {};
    if (place.uri) return { token: place.uri, ...named, ...more };
    const medium = { medium: place.medium, ...(draft.container ? { name: draft.container } : {}) };
    if (place.medium === 'disk' && place.folder) medium.folder = place.folder;
    if (place.unblock) medium.unblock = true;
    return { medium, ...named, ...more };
}

/** A subject as text, the most specific part first (RFC 4514, 2.4).
 * @param {Object<string, string>} subject
 * @returns {string} */
export function subjectText(subject) {
    const escape = (value) => value.replace(/[,+"\\<>;=]/g, '\\$&').replace(/^[ #]/, '\\$&').replace(/ $/, '\\ ');
    return ['CN', 'OU', 'O', 'L', 'C'].filter((name) => subject[name]).map((name) => `${name}=${escape(subject[name])}`).join(',');
}

/** The field that a CA's words speak of, for a new request after a rejection.
 * @param {object[]} fields
 * @param {string|null} text */
export function namedField(fields, text) {
    const words = (text || '').toLowerCase();
    const said = (word) => word && word.length > 1 && new RegExp(`(^|[^\\p{L}\\p{N}])${escaped(word.toLowerCase())}([^\\p{L}\\p{N}]|$)`, 'u').test(words);
    return fields.find((field) => said(field.title)) || fields.find((field) => said(field.name)) || null;
}

function escaped(text) {
    return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
