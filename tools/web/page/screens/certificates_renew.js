// SPDX-License-Identifier: Apache-2.0
// Renewing a certificate: everything is filled in from the old one, and a person chooses what becomes of the key.
import { get } from '../core/api.js';
import { h } from '../core/dom.js';
import { date, t } from '../core/i18n.js';
import { link, path } from '../core/router.js';
import { checkBox, dialog, factList } from '../ui/index.js';
import { radios, selectField } from './enroll_choice.js';
import { mayCost } from './enroll_model.js';
import { runJob } from './certificates_work.js';
import { issuerName, ownerName } from './certificates_words.js';

/* What its CA can do; without a request nothing is known, and the server decides. */
async function origin(item) {
    const request = item.request ? await get(`/requests/${encodeURIComponent(item.request)}`).catch(() => null) : null;
    if (!request) return { connection: '', can: [], costs: false, others: (await get('/connections')).items };
    const at = `/connections/${encodeURIComponent(request.connection)}`;
    const { can = [] } = await get(at).catch(() => ({}));
    const order = can.includes('form') ? await get(`${at}/form?which=order`).catch(() => null) : null;
    return { connection: request.connection, can, costs: mayCost(order), others: [] };
}

/* It came by another way than a request of keyfob: a person says which CA renews it. */
function connectionField(others, chosen) {
    if (others.length === 0) return null;
    chosen.connection = others[0].name;
    return selectField({
        label: t('certificates.renew.connection'), id: 'renew-connection', value: chosen.connection,
        groups: [{ options: others.map((one) => ({ value: one.name, title: one.name })) }], onchange: (name) => { chosen.connection = name; },
    });
}

function ways(can) {
    return [
        { value: 'new', title: t('certificates.renew.newkey'), text: t('certificates.renew.newkey.text') },
        can.includes('renew_same_key') ? { value: 'same', title: t('certificates.renew.samekey'), text: t('certificates.renew.samekey.text') } : null,
        can.includes('reissue') ? { value: 'reissue', title: t('certificates.renew.reissue'), text: t('certificates.renew.reissue.text') } : null,
    ].filter(Boolean);
}

/* The order and its price before anything is sent. */
async function ask(item, { connection, can, costs, others }) {
    const chosen = { way: 'new', connection: '' };
    const agreed = checkBox({ label: t('certificates.renew.cost.agree') });
    const options = ways(can);
    const body = h('div', { class: 'stack' },
        factList([[t('certificates.owner'), ownerName(item)], [t('certificates.issuer'), connection || issuerName(item)], [t('certificates.valid.until'), date(item.not_after)]]),
        options.length > 1 ? radios({ legend: t('certificates.renew.key'), name: 'way', value: 'new', items: options, onchange: (way) => { chosen.way = way; } }) : h('p', {}, t('certificates.renew.newkey.text')),
        connectionField(others, chosen),
        costs ? h('div', { class: 'notice warn' }, h('p', {}, t('certificates.renew.cost', { name: connection })), agreed.element) : null,
        h('p', { class: 'muted' }, t('certificates.renew.stays')));
    const answer = await dialog({
        title: t('certificates.renew.title', { name: ownerName(item) }), body,
        actions: [
            { text: t('certificates.renew.go'), primary: true, value: true, on: () => (costs && !agreed.box.checked ? (agreed.box.focus(), false) : undefined) },
            { text: t('certificates.cancel'), value: null },
        ],
    });
    return answer ? chosen : null;
}

function outcome(result) {
    const request = result.id && String(result.schema).startsWith('keyfob.request') ? result.id : '';
    const certificate = result.certificate && result.certificate.id;
    if (result.installed && certificate) {
        return { text: t('certificates.renewed'), more: [h('div', { class: 'actions' }, link(path('certificates', 'personal', certificate), t('certificates.renewed.show'), { class: 'button primary' }))] };
    }
    return { text: t('certificates.renew.waits', { name: request }), more: [requestLink(request)] };
}

function requestLink(request) {
    return request ? h('div', { class: 'actions' }, link(path('requests', request), t('certificates.request.show', { name: request }), { class: 'button primary' })) : null;
}

function waits(error) {
    return ['pending', 'needs_person'].includes(error.code) && error.request ? { text: t('certificates.renew.waits', { name: error.request }), more: [requestLink(error.request)] } : null;
}

/** Ask, then renew; the steps show in the details.
 * @param {object} item keyfob.certificate/1
 * @param {{view: {signal: AbortSignal}, work: Element}} around */
export async function startRenewal(item, { view, work }) {
    const from = await origin(item);
    const chosen = await ask(item, from);
    if (!chosen) return;
    const body = { new: {}, same: { same_key: true }, reissue: { reissue: true } }[chosen.way];
    if (chosen.connection) body.connection = chosen.connection;
    await runJob(work, view.signal, {
        path: `/certificates/${encodeURIComponent(item.id)}/renew`, body, done: outcome, failed: waits,
        actions: (error) => [requestLink(error.request)],
    });
}
