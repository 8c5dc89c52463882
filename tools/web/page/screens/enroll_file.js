// SPDX-License-Identifier: Apache-2.0
// A file from a person: chosen with a button, or dropped on the place where the button is.
import { h, id, put } from '../core/dom.js';
import { number, t } from '../core/i18n.js';
import { announce, icon } from '../ui/index.js';

/** A button for a file, and a place to drop one.
 * @param {{label: string, most: number, accept?: string, ontake: (file: File) => void}} what `most`: bytes */
export function takeFile({ label, most, accept, ontake }) {
    const own = id();
    const said = h('p', { class: 'help', role: 'status' }, t('enroll.file.drop'));
    const take = (file) => {
        if (!file) return;
        if (file.size > most) {
            put(said, icon('cross'), ' ', t('enroll.file.large', { name: file.name, most: number(Math.floor(most / 1024)) }));
            return;
        }
        put(said, t('enroll.file.taken', { name: file.name }));
        announce(t('enroll.file.taken', { name: file.name }), 'polite');
        ontake(file);
    };
    const input = h('input', { type: 'file', id: own, accept, on: { change: () => { take(input.files[0]); input.value = ''; } } });
    return h('div', { class: 'drop-place', on: dropping((file) => take(file)) },
        h('div', {}, h('span', { class: 'button file-button' }, h('label', { for: own }, label), input)), said);
}

function dropping(take) {
    const mark = (event, on) => {
        event.preventDefault();
        event.currentTarget.classList.toggle('drop-over', on);
    };
    return {
        dragover: (event) => mark(event, true),
        dragleave: (event) => mark(event, false),
        drop: (event) => { mark(event, false); take(event.dataTransfer.files[0]); },
    };
}

/** The bytes of a file as base64.
 * @param {Uint8Array} bytes */
function toBase64(bytes) {
    let text = '';
    for (let i = 0; i < bytes.length; i += 0x2000) text += String.fromCharCode(...bytes.subarray(i, i + 0x2000));
    return btoa(text);
}

/** PEM as it is, DER as base64: what POST /csr/explain takes.
 * @param {File} file
 * @returns {Promise<{value: string, isText: boolean}>} */
export async function readText(file) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const isText = bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
    return isText ? { value: new TextDecoder().decode(bytes), isText } : { value: toBase64(bytes), isText };
}
