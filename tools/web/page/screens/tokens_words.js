// SPDX-License-Identifier: Apache-2.0
// Tokens and containers in words: their states with a mark, key types, tries that are left.
import { ago, days, n, t } from '../core/i18n.js';
import { isSoftware, mediumOf } from '../core/medium.js';
import { mark } from '../ui/index.js';
import { containerState, groupSerial, pinState, rowState } from './tokens_model.js';

const KEYS = ['rsa2048', 'rsa3072', 'rsa4096', 'p256', 'p384', 'p521', 'ed25519', 'gost2012-256', 'gost2012-512'];

/* Of ui's marks. */
const ROW_MARKS = { ok: 'present', removed: 'removed', failed: 'problem', unset: 'warn', low: 'warn', last: 'bad', locked: 'bad' };
const CONTAINER_MARKS = { valid: 'valid', ending: 'expiring', ended: 'expired', certificate: 'ok', pending: 'pending', bare: 'withdrawn' };

/** @param {string} type as in keyfob.container/1 */
export function keyTitle(type) {
    return t(KEYS.includes(type) ? `tokens.key.${type}` : 'tokens.key.none');
}

/** @param {object} token "Rutoken ECP (0914 3328)" */
export function tokenTitle(token) {
    const serial = token.serial && !isSoftware(token) ? groupSerial(token.serial) : '';
    const label = token.label || token.model || t('tokens.nameless');
    return serial ? t('tokens.name', { label, serial }) : label;
}

/** What a person puts in to have this token back.
 * @param {object} token */
export function insertText(token) {
    if (isSoftware(token)) return t('tokens.insert.medium', { name: token.label });
    return t('tokens.insert.token', { serial: groupSerial(token.serial) || token.label });
}

/** Where its keys are, in a word or two.
 * @param {object} token */
export function mediumText(token) {
    const words = { registry: 'tokens.medium.registry', disk: 'tokens.medium.disk', token: 'tokens.medium.token' };
    return t(words[mediumOf(token)]);
}

function rowWord(row) {
    const state = rowState(row);
    if (state === 'removed') return t('tokens.state.removed', { when: ago(row.removedAt / 1000) });
    return t(`tokens.state.${isSoftware(row.token) ? 'software.' : ''}${state}`);
}

/** @param {object} row */
export function rowMark(row) {
    const state = rowState(row);
    const status = state === 'ok' && isSoftware(row.token) ? 'software' : ROW_MARKS[state];
    return mark(status, rowWord(row));
}

/** @param {object} container
 * @param {object} around of containerState() */
export function containerMark(container, around) {
    const state = containerState(container, around);
    const text = t(`tokens.certificate.${state}`, { days: days(container.not_after, around.now) });
    return mark(CONTAINER_MARKS[state], text);
}

/** How the PIN is, without inventing a number of tries that no token tells.
 * @param {object} token */
export function pinText(token) {
    const text = t(`tokens.pin.${isSoftware(token) ? 'software.' : ''}${pinState(token)}`);
    return token.pin.pad ? `${text} ${t('tokens.pin.pad')}` : text;
}

/** The same for the SO PIN, or the unblock secret of a container.
 * @param {object} token */
export function soText(token) {
    const kind = isSoftware(token) ? 'software.' : '';
    return t(`tokens.so.${kind}${token.so_tries}`);
}

/** @param {object} row */
export function countText(row) {
    return n('tokens.containers', row.containers.length);
}
