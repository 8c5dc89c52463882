// SPDX-License-Identifier: Apache-2.0
// The short ways of the wizard: a certificate that is there already, for a key on a present token, or from a container.
import { base64, post } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { date, t } from '../core/i18n.js';
import { go, link } from '../core/router.js';
import { watch } from '../core/store.js';
import { button, emptyState, errorCard, factList, loading } from '../ui/index.js';
import { tokenTitle } from './tokens_words.js';
import { focusOn, messageBox, radios } from './enroll_choice.js';
import { runJob } from './certificates_work.js';
import { takeFile } from './enroll_file.js';
import { forgetDraft, startAgain, wizard } from './enroll_state.js';

const MOST = 256 * 1024; /* bytes, KF_CERT_FILE_MAX */

/* --- both --- */

function installed(result) {
    const certificate = result.certificate || (result.items && result.items[0]) || result;
    const shown = certificate && certificate.id && certificate.subject_text ? `#/certificates/${certificate.store || 'personal'}/${certificate.id}` : '#/certificates';
    const show = link(shown, t('enroll.done.show'), { class: 'button primary' });
    const again = button(t('enroll.another'), { on: () => { startAgain(); go('#/enroll/source'); } });
    forgetDraft();
    return { text: t('enroll.install.done'), more: [h('div', { class: 'actions' }, show, again)] };
}

/* --- I have a certificate --- */

function certificateFacts(item) {
    return h('div', { class: 'card' }, h('h3', {}, t('enroll.install.read')), factList([
        [t('enroll.check.subject'), item.subject_text], [t('enroll.install.issuer'), item.issuer_text],
        [t('enroll.done.until'), date(item.not_after)], [t('enroll.csr.key'), item.key.title],
    ]));
}

/** A certificate file that is read first, then matched to a key on a present token.
 * @param {{signal: AbortSignal}} view
 * @param {() => void} [changed]
 * @returns {{element: Element, ready: () => boolean, proceed: () => Promise<void>}} */
function certificatePart(view, changed = () => {}) {
    const said = messageBox();
    const box = h('div');
    let file = '';
    async function take(chosen) {
        file = '';
        changed();
        put(box);
        try {
            const data = await base64(chosen);
            const { items } = await post('/certificates/read', { file: data });
            const own = items.find((item) => !item.is_ca) || items[0];
            file = data;
            said.say(certificateFacts(own));
        } catch (error) {
            said.say(errorCard(error));
        }
        changed();
    }
    return {
        element: h('div', { class: 'stack' }, h('p', {}, t('enroll.install.certificate.text')),
            takeFile({ label: t('enroll.install.file'), most: MOST, ontake: take }), said.element, box),
        ready: () => Boolean(file),
        proceed: () => runJob(box, view.signal, { path: '/certificates/match', body: { file }, done: installed }),
    };
}

/* --- from a container --- */

function containerItems(items) {
    return items.flatMap((token) => (token.containers || []).filter((item) => item.certificates > 0).map((item) => ({
        value: `${token.uri}\n${item.id}`, title: item.subject_text || item.label,
        text: t('enroll.install.container.line', { container: item.label, token: tokenTitle(token) }), token, container: item,
    })));
}

/** The containers with a certificate, of the tokens that are there.
 * @param {{signal: AbortSignal}} view
 * @param {() => void} [changed] */
export function containerPart(view, changed = () => {}) {
    const list = h('div');
    const box = h('div');
    let items = [];
    let chosen = '';
    const draw = () => {
        if (!items.some((item) => item.value === chosen)) chosen = items.length === 1 ? items[0].value : '';
        put(list, items.length ? radios({ legend: t('enroll.install.which'), name: 'which', value: chosen, items, onchange: (value) => { chosen = value; changed(); } }) :
            emptyState(t('enroll.install.none'), link('#/tokens', t('enroll.install.tokens'), { class: 'button' })));
        changed();
    };
    put(list, loading(t('enroll.key.looking')));
    let known = '';
    watch('/tokens', ['token.inserted', 'token.removed', 'token.changed'], view.signal, ({ data, error }) => {
        if (error && !data) return put(list, errorCard(error));
        const now = data && JSON.stringify(containerItems(data.items).map((item) => item.value));
        if (!data || now === known) return undefined;
        known = now;
        items = containerItems(data.items);
        return draw();
    });
    const proceed = () => {
        const { token, container } = items.find((item) => item.value === chosen);
        return runJob(box, view.signal, { path: `/tokens/${encodeURIComponent(token.uri)}/containers/${encodeURIComponent(container.id)}/install`, done: installed });
    };
    return { element: h('div', { class: 'stack' }, h('p', {}, t('enroll.install.container.text')), list, box), ready: () => Boolean(chosen), proceed };
}

/** The step of the wizard for both.
 * @param {{view: object, changed: () => void}} ways */
export function installStep({ view, changed }) {
    const { source } = wizard.draft;
    const part = source === 'certificate' ? certificatePart(view, changed) : containerPart(view, changed);
    const lacks = source === 'certificate' ? { field: 'file', title: t('enroll.install.lacks.file') } : { field: 'which', title: t('enroll.install.which') };
    return {
        title: t(`enroll.source.${source}`),
        element: part.element,
        focus: (field) => (field === 'file' ? part.element.querySelector('input[type=file]')?.focus() : focusOn(field)),
        problems: () => (part.ready() ? [] : [lacks]),
        primary: t('enroll.install'),
        proceed: part.proceed,
    };
}
