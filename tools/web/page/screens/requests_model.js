// SPDX-License-Identifier: Apache-2.0
// Requests without a page: how one stands, who it belongs to, and what may be done with it now.

/* The marks of ui/basics.js for what is not a status itself. */
const MARKS = { quarantined: 'rejected', needs_operator: 'problem', sign_in: 'problem', your_turn: 'problem', written: 'issued' };
const ENDS = new Set(['installed', 'rejected', 'failed', 'withdrawn']);
const BEFORE_THE_CSR = new Set(['draft', 'key', 'failed']);

/** What is waited for first, or null. @param {any} request */
export function nextOf(request) {
    return request.next?.[0] ?? null;
}

/** @param {any} request @param {string} what a word of `next` */
export function hasNext(request, what) {
    return (request.next ?? []).some((item) => item.what === what);
}

/** Does it stand still until this person acts? @param {any} request */
export function waitsForYou(request) {
    return nextOf(request)?.actor === 'you';
}

/** @param {any} request */
export function isEnd(request) {
    return ENDS.has(request.status);
}

/** The key of its words, requests.status.X: the status, or what stands before it. @param {any} request */
export function standing(request) {
    if (hasNext(request, 'sign_in')) return 'sign_in';
    if (request.link === 'problem' && !isEnd(request)) return 'problem';
    if (request.state === 'written') return 'written';
    if (request.status === 'pending' && waitsForYou(request)) return 'your_turn';
    return request.status;
}

/** The name of its mark. @param {any} request */
export function markOf(request) {
    const state = standing(request);
    return MARKS[state] ?? state;
}

/** Which tab besides "all" it belongs to: action, pending or done. @param {any} request */
export function tabOf(request) {
    if (request.view) return request.view;
    if (waitsForYou(request)) return 'action';
    return isEnd(request) ? 'done' : 'pending';
}

/** "r-17" → 17 @param {any} request */
export function numberOf(request) {
    return Number(String(request.id).replace(/^r-/, '')) || 0;
}

/** Whose certificate it is: the common name, another name, the container, the number. @param {any} request */
export function ownerOf(request) {
    const subject = request.certificate?.subject_text || request.subject_text || '';
    const parts = nameParts(subject);
    return parts.find(([type]) => type.toUpperCase() === 'CN')?.[1]
        || request.alternative_names?.[0]?.value || parts[0]?.[1] || request.container || request.id;
}

/**
 * A distinguished name (RFC 4514) as [type, value] in the order that it has; several values of one step too.
 * @param {string} text @returns {string[][]}
 */
export function nameParts(text) {
    const parts = [''];
    for (let i = 0; i < text.length; i++) {
        if (text[i] === '\\') parts[parts.length - 1] += text[i] + (text[++i] ?? '');
        else if (text[i] === ',' || text[i] === '+') parts.push('');
        else parts[parts.length - 1] += text[i];
    }
    return parts.filter((part) => part.includes('=')).map((part) => {
        const at = part.indexOf('=');
        return [part.slice(0, at).trim(), unescapeValue(part.slice(at + 1))];
    });
}

function unescapeValue(value) {
    const hex = value.replace(/((?:\\[0-9a-f]{2})+)/gi, (run) => {
        const bytes = run.split('\\').slice(1).map((pair) => parseInt(pair, 16));
        return new TextDecoder().decode(Uint8Array.from(bytes));
    });
    return hex.replace(/\\(.)/gsu, '$1');
}

/** "Rutoken ECP (0914 3328)"; software containers have a number that says nothing. @param {any} token */
export function tokenName(token) {
    if (!token) return '';
    const software = (token.uri ?? '').includes('manufacturer=keyfob');
    return software || !token.serial ? token.label || token.serial || '' : `${token.label} (${grouped(token.serial)})`;
}

/** "09143328" → "0914 3328" @param {string} serial */
export function grouped(serial) {
    return serial.length > 4 ? serial.replace(/(.{4})(?=.)/g, '$1 ') : serial;
}

/** What became of the key: a key of requests.key.X, or "" where nothing is to be said. @param {any} request */
export function keyState(request) {
    if (request.state === 'failed') return 'failed';
    if (!request.token) return request.status === 'withdrawn' ? '' : 'elsewhere';
    if (request.state === 'draft') return 'none';
    if (request.status === 'withdrawn') return hasNext(request, 'destroy_key') ? 'left' : '';
    if (request.status === 'rejected') return request.same_key ? 'in_use' : 'unused';
    return 'safe';
}

const CHECKABLE = new Set(['csr', 'submitting', 'waiting', 'written']);
const IMPORTABLE = new Set(['csr', 'submitting', 'waiting', 'needs-operator', 'quarantined']);
const RESUMABLE = new Set(['draft', 'key', 'csr', 'submitting', 'issued', 'written']);
const RETRYABLE = new Set(['needs-operator', 'quarantined']);
const WITHDRAWABLE = new Set(['draft', 'key', 'csr', 'submitting', 'waiting', 'needs-operator', 'quarantined', 'rejected']);

/** A certificate came that nobody has read yet. @param {any} request */
export function isAnswered(request) {
    return request.state === 'waiting' && hasNext(request, 'check');
}

/** The test CA on this computer: this person decides there. @param {any} request */
export function isOfLab(request) {
    return (request.order?.ticket ?? '').startsWith('local:');
}

/**
 * What a person may do with it now, the first of them what helps most.
 * @param {any} request keyfob.request/1
 * @returns {string[]} of: install resume sign_in retry operator check import certificate revoke withdraw
 *   destroy again csr
 */
export function actionsOf(request) {
    const { state } = request, answered = isAnswered(request);
    const list = [];
    const may = (name, yes) => { if (yes) list.push(name); };
    may('install', state === 'verified' || state === 'issued' || answered);
    may('sign_in', hasNext(request, 'sign_in'));
    may('resume', RESUMABLE.has(state) && state !== 'issued');
    may('retry', RETRYABLE.has(state) && !request.revocation && !request.revoked_at);
    may('operator', state === 'waiting' && isOfLab(request));
    may('check', CHECKABLE.has(state) && !answered && state !== 'csr');
    may('import', IMPORTABLE.has(state) && !answered && !request.revoked_at);
    may('certificate', Boolean(request.certificate?.id));
    may('revoke', state === 'quarantined' && !request.revoked_at && !request.revocation);
    may('withdraw', WITHDRAWABLE.has(state) && !answered && state !== 'rejected');
    may('destroy', hasNext(request, 'destroy_key') || (state === 'rejected' && keyState(request) === 'unused'));
    may('again', true);
    may('csr', !BEFORE_THE_CSR.has(state));
    return list;
}
