// SPDX-License-Identifier: Apache-2.0
// Certificates in words: whose, from whom, how they stand, where their keys are.
import { h } from '../core/dom.js';
import { date, n, t } from '../core/i18n.js';
import { pairs } from '../core/text.js';
import { mark } from '../ui/index.js';

export const TABS = ['personal', 'root', 'intermediate', 'other'];

/* --- names --- */

function part(names, wanted) {
    return (names || []).find((item) => item.name === wanted)?.value || '';
}

/** Who it is for: the common name, or what there is instead.
 * @param {object} item keyfob.certificate/1 */
export function ownerName(item) {
    const other = (item.alternative_names || [])[0];
    return part(item.subject, 'CN') || part(item.subject, 'O') || (other && other.value) || item.subject_text || t('certificates.noname');
}

/** @param {object} item keyfob.certificate/1 */
export function issuerName(item) {
    return part(item.issuer, 'CN') || part(item.issuer, 'O') || item.issuer_text;
}

/** Of a subject as text: the common name, without what escapes it.
 * @param {string} text RFC 4514 */
export function shortName(text) {
    const found = /(?:^|[,+])CN=((?:\\.|[^,+\\])*)/.exec(text);
    return found ? found[1].replace(/\\(.)/g, '$1') : text;
}

/* --- status --- */

/** The state of a certificate for its mark: a word of ui/mark and what it says.
 * @param {object} item
 * @param {number} warnDays
 * @returns {{kind: string, text: string}} */
export function statusOf(item, warnDays) {
    const soon = item.status === 'expires_soon' || (item.status === 'valid' && item.days_left <= warnDays);
    if (item.revocation && !item.revoked_at) return { kind: 'wait', text: t('certificates.status.asked') };
    if (soon) return { kind: 'expiring', text: item.days_left > 0 ? n('certificates.status.soon', item.days_left) : t('certificates.status.today') };
    const others = {
        valid: { kind: 'valid', text: t('certificates.status.valid') },
        expired: { kind: 'expired', text: t('certificates.status.expired', { date: date(item.not_after) }) },
        revoked: { kind: 'revoked', text: t('certificates.status.revoked', { date: date(item.revoked_at) }) },
        superseded: { kind: 'info', text: t('certificates.status.superseded') },
        not_yet_valid: { kind: 'warn', text: t('certificates.status.early', { date: date(item.not_before) }) },
    };
    return others[item.status] || { kind: 'info', text: item.status || '' };
}

/** @param {object} item
 * @param {number} warnDays */
export function statusMark(item, warnDays) {
    const { kind, text } = statusOf(item, warnDays);
    return mark(kind, text);
}

/** Does it end soon, and nothing was done about it?
 * @param {object} item
 * @param {number} warnDays */
export function isEnding(item, warnDays) {
    return ['valid', 'expires_soon'].includes(item.status) && item.days_left <= warnDays && !item.superseded_by;
}

/** Made for tests, without a CA.
 * @param {object} item */
export function isSelfSigned(item) {
    return item.subject_text === item.issuer_text;
}

/* --- the key --- */

/** The parts of an RFC 7512 URI.
 * @param {string|null} uri
 * @returns {Object<string, string>} */
export function uriParts(uri) {
    const path = String(uri || '').replace(/^pkcs11:/, '').split('?')[0];
    return Object.fromEntries(path.split(';').filter(Boolean).map((pair) => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at), pair.slice(0, at) === 'id' ? idOf(pair.slice(at + 1)) : decoded(pair.slice(at + 1))];
    }));
}

function decoded(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

/* The bytes of an id as hex. */
function idOf(text) {
    return text.replace(/%([0-9a-f]{2})|([^%])/gi, (whole, hex, letter) => (hex || letter.charCodeAt(0).toString(16).padStart(2, '0'))).toLowerCase();
}

/** Where the key of a certificate is: null when there is none.
 * @param {object} item
 * @param {object[]} tokens those that are there
 * @returns {{label: string, serial: string, container: string, id: string, token: object|null}|null} */
export function keyPlace(item, tokens) {
    if (!item.key_uri) return null;
    const parts = uriParts(item.key_uri);
    const token = tokens.find((one) => one.serial === (parts.serial || '') && (!parts.token || one.label === parts.token));
    return { label: parts.token || '', serial: parts.serial || '', container: parts.object || '', id: parts.id || '', token: token || null };
}

/** @param {string} hex a fingerprint or a serial number */
export function inPairs(hex) {
    return pairs(hex || '');
}

/** Pairs that a narrow place breaks between, never inside.
 * @param {string} text
 * @returns {any[]} for h() */
export function wrapped(text) {
    return text.split(/(?<=[:;,])/).map((part) => [part, h('wbr')]);
}

/* --- usages --- */

const USAGES = ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly',
    'clientAuth', 'serverAuth', 'emailProtection', 'codeSigning', 'timeStamping', 'OCSPSigning', 'smartcardLogon', 'documentSigning', 'pkinitClient', 'ipsecIKE', 'enrollmentAgent'];

function usageText(name) {
    return USAGES.includes(name) ? t(`certificates.usage.${name}`) : name;
}

/** @param {object} item
 * @returns {string[]} */
export function usageTexts(item) {
    return [...(item.key_usage || []).map(usageText), ...(item.extended_key_usage || []).map((one) => usageText(one.name || one.oid))];
}
