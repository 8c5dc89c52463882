// SPDX-License-Identifier: Apache-2.0
// Tokens and containers as the screen thinks of them: rows that stay, states, names in addresses. Touches no document.
import { mediumOf } from '../core/medium.js';

const DAY = 86400000;

/** What stays the same while a token is renamed or changes its state.
 * @param {object} token */
export function keyOf(token) {
    return [token.module, token.model, token.serial || token.label].join('\u0001');
}

/** How a token is named in an address: its serial where that is enough.
 * @param {object} row
 * @param {object[]} rows */
export function nameOf(row, rows) {
    const { serial, uri } = row.token;
    const same = rows.filter((other) => other.token.serial === serial);
    return serial && same.length === 1 ? serial : uri;
}

/** How a container is named in an address: its label where that is enough.
 * @param {object} container
 * @param {object[]} containers */
export function containerNameOf(container, containers) {
    const same = containers.filter((other) => other.label === container.label);
    return container.label && same.length === 1 ? container.label : container.id;
}

/** The row that an address means: by serial, URI or label.
 * @param {object[]} rows
 * @param {string} name */
export function findRow(rows, name) {
    const by = (test) => rows.find((row) => row.present && test(row.token)) || rows.find((row) => test(row.token));
    return by((token) => token.serial === name) || by((token) => token.uri === name) || by((token) => token.label === name);
}

/** @param {object} row
 * @param {string} name */
export function findContainer(row, name) {
    return row.containers.find((item) => item.label === name) || row.containers.find((item) => item.id === name);
}

function makeRow(token, before) {
    const read = before ? before.read : [];
    return { key: keyOf(token), token, present: true, removedAt: null, read, containers: joined(token.containers, read) };
}

/* What a login has shown stays until the token leaves; what it shows without one is newer. */
function joined(shown, read) {
    const ids = new Set(shown.map((item) => item.id));
    const full = new Map(read.map((item) => [item.id, item]));
    const better = shown.map((item) => ({ ...item, private: item.private || Boolean(full.get(item.id)?.private) }));
    return [...better, ...read.filter((item) => !ids.has(item.id))];
}

/** The rows after the tokens were read again: each stays where it was, new ones come last. One that is gone stays, but
 * not a container of the registry: nobody pulls that out, it was deleted.
 * @param {object[]} rows
 * @param {object[]} items of keyfob.tokens/1
 * @param {number} now in milliseconds */
export function mergeRows(rows, items, now) {
    const fresh = new Map(items.map((token) => [keyOf(token), token]));
    const known = new Set(rows.map((row) => row.key));
    const kept = rows.filter((row) => fresh.has(row.key) || mediumOf(row.token) !== 'registry').map((row) => {
        if (fresh.has(row.key)) return makeRow(fresh.get(row.key), row.present ? row : null);
        return row.present ? { ...row, present: false, removedAt: now } : row;
    });
    const added = [...fresh.values()].filter((token) => !known.has(keyOf(token)));
    return [...kept, ...added.map((token) => makeRow(token, null))];
}

/** What a login showed, kept with its row.
 * @param {object} row
 * @param {object[]} containers */
export function withRead(row, containers) {
    return { ...row, read: containers, containers: joined(row.token.containers, containers) };
}

/** After a container was deleted, until the token is read again.
 * @param {object} row
 * @param {object} container */
export function withoutContainer(row, container) {
    const left = row.containers.filter((item) => item !== container && item.id !== container.id);
    return { ...row, read: [], containers: left };
}

/** "failed": the token did not say, as another program is busy with it, or its driver failed.
 * @param {object} token
 * @returns {'failed'|'unset'|'ok'|'low'|'last'|'locked'} */
export function pinState(token) {
    if (!token.pin) return 'failed';
    return token.pin.set ? token.pin.tries : 'unset';
}

/** Where a token is in its life: "ready", or "used" when there is a certificate on it. New ones are not in the list.
 * @param {object} row */
export function lifeOf(row) {
    return row.containers.some((item) => item.certificates > 0) ? 'used' : 'ready';
}

/** The state of a row that its mark shows.
 * @param {object} row
 * @returns {'removed'|'failed'|'unset'|'ok'|'low'|'last'|'locked'} */
export function rowState(row) {
    return row.present ? pinState(row.token) : 'removed';
}

function pendingFor(container, token, requests) {
    return requests.some((request) => request.container === container.label &&
        (!request.token || !request.token.serial || request.token.serial === token.serial));
}

/** @param {object} container
 * @param {{token: object, requests: object[], warnDays: number, now: number}} around
 * @returns {'valid'|'ending'|'ended'|'pending'|'bare'|'certificate'} */
export function containerState(container, { token, requests, warnDays, now }) {
    if (container.not_after) {
        const left = Date.parse(container.not_after) - now;
        if (left <= 0) return 'ended';
        return left < warnDays * DAY ? 'ending' : 'valid';
    }
    if (container.certificates > 0) return 'certificate';
    return pendingFor(container, token, requests) ? 'pending' : 'bare';
}

/** Rows whose token or containers have the text in their names; all containers of a token that is found itself.
 * @param {object[]} rows
 * @param {string} text */
export function filterRows(rows, text) {
    const wanted = text.trim().toLocaleLowerCase();
    const has = (...texts) => texts.some((one) => (one || '').toLocaleLowerCase().includes(wanted));
    if (!wanted) return rows;
    return rows.map((row) => {
        if (has(row.token.label, row.token.serial, row.token.model)) return row;
        const found = row.containers.filter((item) => has(item.label, item.id, item.subject_text));
        return found.length ? { ...row, containers: found } : null;
    }).filter(Boolean);
}

/** Tokens that a key can be made on now.
 * @param {object[]} items */
export function usableTokens(items) {
    return items.filter((token) => !token.write_protected && ['ok', 'low', 'last'].includes(pinState(token)));
}

/** "09143328" as "0914 3328": serials are read out by four.
 * @param {string} serial */
export function groupSerial(serial) {
    return /^[0-9a-fA-F]{5,}$/.test(serial) ? serial.replace(/(.{4})(?=.)/g, '$1 ') : serial;
}
