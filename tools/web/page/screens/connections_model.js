// SPDX-License-Identifier: Apache-2.0
// Connections without a page: how one stands, what its connector can do, its options as a form.

/* standing: the mark of ui/basics.js */
const MARKS = {
    anonymous: 'connected', connected: 'connected', signed_out: 'signin', unconfirmed: 'waiting', refused: 'refused', unknown: 'unchecked',
    problem: 'unreachable',
};

/** The key of its words, connections.state.X. @param {any} connection keyfob.connection/1 */
export function standing(connection) {
    if (connection.problem) return 'problem';
    return connection.standing in MARKS ? connection.standing : 'unknown';
}

/** The name of its mark. @param {any} connection */
export function markOf(connection) {
    return MARKS[standing(connection)];
}

/** @param {any} connection or connector @param {string} what a door of the connector */
export function can(connection, what) {
    return (connection.can ?? []).includes(what);
}

/** Ready for an order? @param {any} connection */
export function isReady(connection) {
    return ['connected', 'anonymous'].includes(connection.standing);
}

/** Is a sign-in what is wanted next? @param {any} connection */
export function wantsSignIn(connection) {
    return can(connection, 'login') && !isReady(connection) && connection.standing !== 'unconfirmed';
}

/** Where it is, in a few characters: the host and port, or nothing for what is on this computer. @param {any} connection */
export function placeOf(connection) {
    const url = connection.settings?.url;
    return url ? url.replace(/^[a-z]+:\/\//i, '').replace(/[/?#].*$/, '') : '';
}

/** The lab CA's own name. @param {any} connection */
export function labOf(connection) {
    return connection.connector === 'local' ? connection.settings?.ca || connection.name : '';
}

/**
 * A connector's options as keyfob.form/1. A "file" there is a path on this computer, not a file's text.
 * @param {any} connector keyfob.connector/1
 * @param {{title?: string, said?: (text: string) => string, group?: string, secrets?: Object<string, boolean>,
 *   kept?: string, first?: any[]}} [words] said: in the person's language; group: the heading of what is seldom needed;
 *   kept: the help of a secret that is set already; first: fields that stand before them
 */
export function optionsForm(connector, { title = '', said = (text) => text, group = '', secrets = {}, kept = '', first = [] } = {}) {
    const fields = connector.options.map((option) => ({
        name: option.name,
        title: said(option.title),
        help: option.kind === 'secret' && secrets[option.name] ? kept : option.help ? said(option.help) : undefined,
        kind: option.kind === 'file' ? 'text' : option.kind,
        required: option.required,
        value: option.default ?? undefined,
        choices: option.choices?.map((value) => ({ value, title: said(value) })),
        closed: option.kind === 'choice' ? true : undefined,
        group: isSeldom(connector, option) ? group : undefined,
    }));
    const often = fields.filter((field) => field.group === undefined);
    const seldom = fields.filter((field) => field.group !== undefined);
    return { schema: 'keyfob.form/1', title, fields: [...first, ...often, ...seldom] };
}

const SELDOM = new Set(['ca-file', 'ca-fingerprint', 'client-cert', 'proxy', 'timeout', 'ca-type', 'container', 'product', 'organization']);

function isSeldom(connector, option) {
    return !option.required && (SELDOM.has(option.name) || (option.name === 'ca' && connector.name !== 'local') || option.name === 'template');
}

/**
 * What a form of options gave, as the API takes it: only what differs from before, "" for back to the default.
 * @param {any} connector
 * @param {Object<string, any>} values
 * @param {Object<string, any>} [before] the settings until now
 */
export function splitValues(connector, values, before = {}) {
    const settings = {}, secrets = {};
    for (const option of connector.options) {
        const value = textOf(values[option.name]);
        if (option.kind === 'secret') {
            if (value) secrets[option.name] = value;
        } else if (value !== (before[option.name] ?? '') && !(value === (option.default ?? '') && before[option.name] === undefined)) {
            settings[option.name] = value;
        }
    }
    return { settings, secrets };
}

function textOf(value) {
    if (value === null || value === undefined) return '';
    if (typeof value === 'boolean') return value ? 'yes' : 'no';
    return String(value);
}

/** A name that is not taken: "test-ca", "test-ca-2". @param {string} wish @param {Iterable<string>} taken */
export function freeName(wish, taken) {
    const names = new Set([...taken].map((name) => name.toLowerCase()));
    for (let i = 1; ; i++) {
        const name = i === 1 ? wish : `${wish}-${i}`;
        if (!names.has(name.toLowerCase())) return name;
    }
}

/** A name for a connection from its address: "ca.example.org". @param {any} connector @param {string} [url] */
export function suggestedName(connector, url = '') {
    const host = /^[a-z]+:\/\/([^/:]+)/i.exec(url)?.[1] ?? '';
    return host || connector.name;
}

/** A fingerprint as people compare it: pairs, in groups of four. @param {string} hex */
export function fingerprintGroups(hex) {
    return (hex ?? '').replace(/[^0-9a-f]/gi, '').toUpperCase().match(/.{1,4}/g) ?? [];
}

/** Do the typed characters start or equal the fingerprint? Colons, blanks and case do not matter. @param {string} typed @param {string} hex */
export function isFingerprint(typed, hex) {
    const bare = (text) => (text ?? '').replace(/[^0-9a-f]/gi, '').toLowerCase();
    return bare(typed).length >= 8 && bare(hex).startsWith(bare(typed));
}

/** The login form without its secret, which the job asks for. @param {any} form keyfob.form/1 */
export function openFields(form) {
    const secret = form.fields.findIndex((field) => field.kind === 'secret');
    return { ...form, fields: form.fields.filter((_, i) => i !== secret) };
}
