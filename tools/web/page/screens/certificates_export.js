// SPDX-License-Identifier: Apache-2.0
// A certificate as a file, alone or with its chain; with its key only from a software container that lets it go.
import { download, save } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { isSoftware } from '../core/medium.js';
import { dialog, form } from '../ui/index.js';
import { checkField, radios } from './enroll_choice.js';
import { runJob } from './certificates_work.js';
import { ownerName } from './certificates_words.js';

const SHORTEST = 8; /* characters of the password of a file with a key */

function formats(place) {
    const plain = ['pem', 'der', 'p7b', 'p7b_pem'];
    return place && place.token && isSoftware(place.token) ? [...plain, 'p12'] : plain;
}

function formatItems(place) {
    return formats(place).map((value) => ({ value, title: t(`certificates.format.${value}`), text: t(`certificates.format.${value}.text`) }));
}

/* The password of the file, twice; the page forgets it with the dialog. */
function passwordForm() {
    const secret = (name) => ({ name, title: t(`certificates.export.${name}`), kind: 'secret', required: true, help: name === 'password' ? t('certificates.export.password.help') : '' });
    const drawn = form({ title: '', fields: [secret('password'), secret('again')] }, { summary: false });
    const problems = () => {
        const { password = '', again = '' } = drawn.values();
        const own = drawn.problems();
        if (own.length) return own;
        if ([...password].length < SHORTEST) return [{ field: 'password', title: '', text: t('certificates.export.short', { count: SHORTEST }) }];
        return password === again ? [] : [{ field: 'again', title: '', text: t('certificates.export.differ') }];
    };
    return { element: drawn.element, check: () => drawn.show(problems()), password: () => drawn.values().password };
}

function chooser(place) {
    const chosen = { format: 'pem', chain: false, secrets: null };
    const below = h('div');
    const draw = () => {
        chosen.secrets = chosen.format === 'p12' ? passwordForm() : null;
        const chain = chosen.format === 'der' || chosen.secrets ? null : checkField({
            label: t('certificates.export.chain'), id: 'export-chain', checked: chosen.chain, onchange: (checked) => { chosen.chain = checked; },
        });
        put(below, chain, chosen.secrets && chosen.secrets.element);
    };
    draw();
    const body = h('div', { class: 'stack' }, radios({
        legend: t('certificates.export.format'), name: 'format', value: 'pem', items: formatItems(place), onchange: (format) => { chosen.format = format; draw(); },
    }), below, place && !formats(place).includes('p12') ? h('p', { class: 'muted' }, t('certificates.export.nokey')) : null);
    return { chosen, body };
}

/** @param {object} item keyfob.certificate/1
 * @param {{place: object|null, work: Element, view: {signal: AbortSignal}}} around */
export async function exportDialog(item, { place, work, view }) {
    const { chosen, body } = chooser(place);
    const answer = await dialog({
        title: t('certificates.export.title', { name: ownerName(item) }), body,
        actions: [
            { text: t('certificates.export.save'), primary: true, value: true, on: () => (chosen.secrets && !chosen.secrets.check() ? false : undefined) },
            { text: t('certificates.cancel'), value: null },
        ],
    });
    if (!answer) return undefined;
    if (chosen.secrets) return withKey(item, { place, work, view }, chosen.secrets.password());
    const chain = chosen.chain && chosen.format !== 'der' ? '&chain=true' : '';
    return download(`/certificates/${encodeURIComponent(item.id)}/export?format=${chosen.format}${chain}`);
}

/* A password that is too weak is refused: another one is asked for. */
function withKey(item, around, password) {
    const { place, work, view } = around;
    const path = `/tokens/${encodeURIComponent(place.token.uri)}/containers/${encodeURIComponent(place.id || place.container)}/export`;
    return runJob(work, view.signal, {
        path, body: { format: 'p12', password }, again: () => exportDialog(item, around),
        done: (result) => { save(result.file); return { text: t('certificates.export.done', { name: result.file.name }) }; },
    });
}
