// SPDX-License-Identifier: Apache-2.0
// Revoking a certificate: a reason, what it means, and no way back.
import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { because, checkBox, dialog } from '../ui/index.js';
import { radios, textField } from './enroll_choice.js';
import { runJob } from './certificates_work.js';
import { inPairs, ownerName } from './certificates_words.js';

/* Those that a person has; RFC 5280, 5.3.1. */
const REASONS = ['keyCompromise', 'superseded', 'affiliationChanged', 'cessationOfOperation', 'unspecified'];

function consequences() {
    return h('ul', {}, ['everywhere', 'forever', 'stays'].map((what) => h('li', {}, t(`certificates.revoke.means.${what}`))));
}

function reasonItems() {
    return REASONS.map((value) => ({ value, title: t(`certificates.reason.${value}`), text: value === 'keyCompromise' ? t('certificates.reason.keyCompromise.text') : null }));
}

async function ask(item) {
    const chosen = { reason: '', comment: '' };
    let control = null;
    const look = () => control && because(control.buttons[0], lacking());
    const lacking = () => (!chosen.reason ? t('certificates.revoke.choose') : sure.box.checked ? null : t('certificates.revoke.confirm'));
    const sure = checkBox({ label: t('certificates.revoke.sure'), on: look });
    const body = h('div', { class: 'stack' },
        h('p', {}, t('certificates.revoke.which', { serial: inPairs(item.serial) })),
        radios({ legend: t('certificates.revoke.reason'), name: 'reason', value: '', items: reasonItems(), onchange: (reason) => { chosen.reason = reason; look(); } }),
        textField({ label: t('certificates.revoke.comment'), id: 'revoke-comment', value: '', oninput: (text) => { chosen.comment = text.trim(); } }),
        h('h3', {}, t('certificates.revoke.means')), consequences(), sure.element);
    const answer = await dialog({
        title: t('certificates.revoke.title', { name: ownerName(item) }), alert: true, body,
        actions: [{ text: t('certificates.revoke.yes'), danger: true, value: true, disabledBecause: lacking() }, { text: t('certificates.cancel'), value: null }],
        onopen: (opened) => { control = opened; },
    });
    return answer ? chosen : null;
}

/** Ask, then revoke; the CA may want time to decide.
 * @param {object} item keyfob.certificate/1
 * @param {{view: {signal: AbortSignal}, work: Element}} around */
export async function startRevocation(item, { view, work }) {
    const chosen = await ask(item);
    if (!chosen) return;
    const said = (result) => ({ text: t(result.status === 'asked' ? 'certificates.revoke.asked' : 'certificates.revoke.revoked'), more: [result.status === 'asked' && result.text ? h('p', { class: 'muted' }, h('bdi', {}, result.text)) : null] });
    await runJob(work, view.signal, {
        path: `/certificates/${encodeURIComponent(item.id)}/revoke`,
        body: { reason: chosen.reason, ...(chosen.comment ? { comment: chosen.comment } : {}) },
        done: said, failed: (error) => (['pending', 'needs_person'].includes(error.code) ? said({ status: 'asked', text: error.message }) : null),
    });
}
