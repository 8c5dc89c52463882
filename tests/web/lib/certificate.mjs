// SPDX-License-Identifier: Apache-2.0
// Certificates with any text in their names, which no tool of decent manners would make.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const OIDS = { CN: '550403', C: '550406', L: '550407', O: '55040a', OU: '55040b', description: '55040d', emailAddress: '2a864886f70d010901' };

function der(tag, ...parts) {
    const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)));
    const size = body.length.toString(16).padStart(2, '0').padStart(Math.ceil(body.length.toString(16).length / 2) * 2, '0');
    const length = body.length < 128 ? size : (0x80 | (size.length / 2)).toString(16) + size;
    return Buffer.concat([Buffer.from([tag]), Buffer.from(length, 'hex'), body]);
}

const sequence = (...parts) => der(0x30, ...parts);
const text = (value) => der(0x0c, Buffer.from(value, 'utf8'));
const time = (when) => der(0x18, Buffer.from(when.toISOString().replace(/\.\d+|[-:T]/g, ''), 'latin1'));

function name(parts) {
    return sequence(...Object.entries(parts).map(([type, value]) => der(0x31, sequence(der(0x06, OIDS[type]), text(value)))));
}

function alternativeNames(names) {
    const items = names.map((value) => der(0x82, Buffer.from(value, 'utf8')));
    return der(0xa3, sequence(sequence(der(0x06, '551d11'), der(0x04, sequence(...items)))));
}

const ECDSA_SHA256 = sequence(der(0x06, '2a8648ce3d040302'));
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const DAY = 86400000;

/** DER. `subject`, `issuer`: {CN: text, O: text, ...}; `dns`: alternative names. */
export function certificate({ subject, issuer = subject, dns = [], days = 100 }) {
    const body = sequence(der(0xa0, der(0x02, '02')), der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])), ECDSA_SHA256, name(issuer),
        sequence(time(new Date(Date.now() - DAY)), time(new Date(Date.now() + days * DAY))), name(subject),
        publicKey.export({ type: 'spki', format: 'der' }), ...(dns.length ? [alternativeNames(dns)] : []));
    return sequence(body, ECDSA_SHA256, der(0x03, '00', sign('sha256', body, privateKey)));
}
