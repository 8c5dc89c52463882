// SPDX-License-Identifier: Apache-2.0
// Step 1 of the wizard: where the certificate comes from. A request that was made elsewhere is read and explained at once.
import { post } from '../core/api.js';
import { h, name as bdi, put } from '../core/dom.js';
import { list, t } from '../core/i18n.js';
import { errorCard, factList } from '../ui/index.js';
import { focusOn, messageBox, notesList, radios } from './enroll_choice.js';
import { readText, takeFile } from './enroll_file.js';
import { STEPS } from './enroll_model.js';
import { missingIn, wizard } from './enroll_state.js';

const MOST = 64 * 1024; /* bytes of a request, KF_CSR_FILE_MAX */
const PAUSE = 400; /* ms after the last key */

function sources() {
    return Object.keys(STEPS).map((value) => ({ value, title: t(`enroll.source.${value}`), text: t(`enroll.source.${value}.text`) }));
}

/* --- the request --- */

function keyText(csr) {
    return csr.proven ? csr.key.title : t('enroll.csr.unproven', { key: csr.key.title });
}

function namesText(csr) {
    return list((csr.alternative_names || []).map((item) => item.value));
}

function explained(answer) {
    const { csr, items } = answer;
    return h('div', { class: 'card' }, h('h3', {}, t('enroll.csr.read')),
        factList([
            [t('enroll.csr.key'), keyText(csr)], [t('enroll.csr.subject'), csr.subject_text || t('enroll.csr.nosubject')],
            [t('enroll.csr.names'), namesText(csr)],
            [t('enroll.csr.fingerprint'), h('code', { class: 'mono breakable' }, csr.fingerprint_sha256)],
        ]), notesList(items), h('p', { class: 'muted' }, t('enroll.csr.keystays')));
}

/* Reads what is there; only the newest answer counts. */
function explainer(state, changed) {
    const box = messageBox();
    let round = 0;
    async function explain(text) {
        const mine = ++round;
        wizard.draft.csr = '';
        state.problem = '';
        changed();
        if (!text.trim()) return box.say();
        box.say(h('p', { class: 'muted' }, t('enroll.csr.reading')));
        try {
            const answer = await post('/csr/explain', { csr: text });
            if (mine !== round) return undefined;
            wizard.draft.csr = text;
            box.say(explained(answer));
        } catch (error) {
            if (mine !== round) return undefined;
            state.problem = error.message;
            box.say(errorCard(error));
        }
        return changed();
    }
    return { element: box.element, explain };
}

function csrPart(state, changed) {
    const reader = explainer(state, changed);
    let timer = 0;
    const area = h('textarea', {
        id: 'csr', rows: '8', class: 'mono', spellcheck: 'false', autocomplete: 'off', 'aria-describedby': 'csr-help',
        on: { input: () => { clearTimeout(timer); timer = setTimeout(() => reader.explain(area.value), PAUSE); } },
    });
    area.value = wizard.draft.csr;
    const take = async (file) => {
        clearTimeout(timer);
        const text = await readText(file);
        area.value = text.isText ? text.value : '';
        reader.explain(text.value);
    };
    if (wizard.draft.csr) reader.explain(wizard.draft.csr);
    return h('div', { class: 'stack' },
        h('div', { class: 'field' }, h('label', { for: 'csr' }, t('enroll.csr.label')), h('p', { class: 'help', id: 'csr-help' }, t('enroll.csr.help')), area),
        takeFile({ label: t('enroll.csr.file'), most: MOST, ontake: take }), reader.element);
}

/** @param {{changed: () => void, next: () => Promise<void>}} ways */
export function sourceStep({ changed, next }) {
    const state = { problem: '' };
    const below = h('div');
    const draw = () => put(below, wizard.draft.source === 'csr' ? csrPart(state, changed) : null);
    const choose = (value) => {
        Object.assign(wizard.draft, { source: value, skipped: [], reached: 0 });
        draw();
        changed();
    };
    draw();
    return {
        title: t('enroll.source.title'),
        element: h('div', { class: 'stack' },
            wizard.draft.from ? h('p', {}, t('enroll.source.from'), ' ', bdi(wizard.draft.from)) : null,
            radios({ legend: t('enroll.source.title'), hideLegend: true, name: 'source', value: wizard.draft.source, items: sources(), onchange: choose }), below),
        focus: focusOn,
        problems: () => missingIn('source'),
        primary: t('enroll.next'),
        proceed: next,
    };
}
