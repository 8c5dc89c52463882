// SPDX-License-Identifier: Apache-2.0
// Importing: a file is read first and said to be what it is; nothing is kept before a person says so.
import { base64, post } from '../core/api.js';
import { h, id, name as bdi, put } from '../core/dom.js';
import { date, n, t } from '../core/i18n.js';
import { link, path } from '../core/router.js';
import { button, errorCard, factList, mark } from '../ui/index.js';
import { messageBox, radios } from './enroll_choice.js';
import { takeFile } from './enroll_file.js';
import { containerPart } from './enroll_install.js';
import { rootPart } from './certificates_root.js';
import { runJob, runWrite } from './certificates_work.js';
import { isSelfSigned, issuerName, ownerName } from './certificates_words.js';

const MOST = 256 * 1024; /* bytes, KF_CERT_FILE_MAX */
const PAUSE = 400; /* ms after the last key */

/* --- what is in the file --- */

function kindOf(item) {
    if (!item.is_ca) return 'leaf';
    return isSelfSigned(item) ? 'root' : 'intermediate';
}

function shownLink(store, result) {
    const item = (result.items && result.items[0]) || result.certificate || result;
    return link(item.id ? path('certificates', item.store || store, item.id) : path('certificates', store), t('certificates.import.show'), { class: 'button' });
}

function keep(file, store, box) {
    return runWrite(box, () => post('/certificates', { file, store }), (result) => ({ text: t(`certificates.import.kept.${store}`), more: [shownLink(store, result)] }));
}

function leafPart(file, view) {
    const box = h('div');
    const match = () => runJob(box, view.signal, {
        path: '/certificates/match', body: { file },
        done: (result) => ({ text: t('certificates.import.matched'), more: [shownLink('personal', result)] }),
    });
    return h('div', { class: 'stack' }, h('p', {}, t('certificates.import.leaf.text')), h('div', { class: 'actions' },
        button(t('certificates.import.match'), { primary: true, on: match }), button(t('certificates.import.other'), { on: () => keep(file, 'other', box) })), box);
}

function intermediatePart(file) {
    const box = h('div');
    return h('div', { class: 'stack' }, h('p', {}, t('certificates.import.intermediate.text')), h('div', { class: 'actions' },
        button(t('certificates.import.intermediate'), { primary: true, on: () => keep(file, 'intermediate', box) })), box);
}

function itemCard(item, file, view) {
    const kind = kindOf(item);
    const own = id();
    const parts = { leaf: () => leafPart(file, view), root: () => rootPart(item, file), intermediate: () => intermediatePart(file) };
    return h('section', { class: 'card', 'aria-labelledby': own }, h('h3', { id: own }, bdi(ownerName(item))),
        h('p', {}, mark('info', t(`certificates.import.is.${kind}`))),
        factList([[t('certificates.issuer'), issuerName(item)], [t('certificates.valid.until'), date(item.not_after)], [t('certificates.keytype'), item.key.title]]), parts[kind]());
}

/* --- from a file, or from what was pasted --- */

function filePart(view) {
    const said = messageBox();
    let round = 0;
    let timer = 0;
    async function read(file) {
        const mine = ++round;
        said.say(h('p', { class: 'muted' }, t('certificates.import.reading')));
        try {
            const { items } = await post('/certificates/read', { file });
            if (mine !== round) return;
            said.say(h('p', {}, n('certificates.import.found', items.length)));
            put(found, items.map((item) => itemCard(item, item.file || file, view)));
        } catch (error) {
            if (mine !== round) return;
            put(found);
            said.say(errorCard(error));
        }
    }
    const found = h('div', { class: 'stack' });
    const own = id();
    const area = h('textarea', { id: own, rows: '5', class: 'mono', spellcheck: 'false', autocomplete: 'off', on: { input: () => {
        clearTimeout(timer);
        timer = setTimeout(() => area.value.trim() && base64(new Blob([area.value])).then(read), PAUSE);
    } } });
    return h('div', { class: 'stack' },
        takeFile({ label: t('certificates.import.file'), most: MOST, ontake: (file) => base64(file).then(read) }),
        h('details', {}, h('summary', {}, t('certificates.import.paste')), h('div', { class: 'field' }, h('label', { for: own }, t('certificates.import.text')), area)),
        said.element, found);
}

/* --- from a container --- */

function fromContainer(view) {
    const go = button(t('enroll.install'), { primary: true, on: () => part.ready() && part.proceed() });
    const part = containerPart(view);
    return h('div', { class: 'stack' }, part.element, h('div', { class: 'actions' }, go));
}

function fromCa() {
    return h('div', { class: 'stack' }, h('p', {}, t('certificates.import.ca.text')), h('div', { class: 'actions' },
        link('#/enroll', t('certificates.import.ca.enroll'), { class: 'button' }), link('#/connections/new', t('certificates.import.ca.connect'), { class: 'button' })));
}

/** @param {{root: Element, signal: AbortSignal}} view */
export function importPage(view) {
    const body = h('div');
    const parts = { file: () => filePart(view), container: () => fromContainer(view), ca: fromCa };
    const items = Object.keys(parts).map((value) => ({ value, title: t(`certificates.import.from.${value}`), text: t(`certificates.import.from.${value}.text`) }));
    const show = (value) => put(body, parts[value]());
    put(view.root, h('div', { class: 'stack import-page' }, h('p', {}, link('#/certificates', t('certificates.back'))),
        radios({ legend: t('certificates.import.from'), name: 'from', value: 'file', items, onchange: show }), body));
    show('file');
}
