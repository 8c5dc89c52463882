// SPDX-License-Identifier: Apache-2.0
// The test CA on this computer as its operator sees it: what waits, approve, reject with a reason.
import { job } from '../core/api.js';
import { h, name, put } from '../core/dom.js';
import { ago, n, t } from '../core/i18n.js';
import { watch } from '../core/store.js';
import { button, errorCard, mark } from '../ui/index.js';
import { formDialog } from './connections_forms.js';

const MARKS = { issued: 'installed', rejected: 'rejected', revoked: 'revoked', waiting: 'pending' };
const SHOWN = 20;

/** @param {string} lab its name @param {any} work of requests_work.js @param {AbortSignal} signal @returns {Element} */
export function labPart(lab, work, signal) {
    const place = h('div', { class: 'stack' });
    const element = h('section', { class: 'stack', 'aria-label': t('connections.lab.title') }, h('h3', null, t('connections.lab.title')),
        h('p', { class: 'muted' }, t('connections.lab.text')), place);
    const source = watch('/labca', ['request.changed', 'connection.changed'], signal, ({ data, error }) => {
        if (error) put(place, errorCard(error, { retry: () => source.refresh() }));
        else if (data) draw(data.items.find((one) => one.name === lab));
    });

    function draw(ca) {
        if (!ca || ca.problem) return put(place, h('p', { class: 'field-error' }, ca?.problem ?? t('connections.lab.gone')));
        const waiting = ca.requests.filter((one) => one.state === 'waiting');
        const decided = ca.requests.filter((one) => one.state !== 'waiting').sort((a, b) => b.id - a.id).slice(0, SHOWN);
        return put(place, waiting.length ? h('ul', { class: 'plain stack' }, waiting.map(waitingLine)) : h('p', null, t('connections.lab.none')),
            decided.length ? h('details', null, h('summary', null, n('connections.lab.decided', decided.length)),
                h('ul', { class: 'plain' }, decided.map(decidedLine))) : null);
    }

    function waitingLine(one) {
        const values = { id: one.id };
        return h('li', { class: 'card' }, h('p', null, h('strong', null, name(one.subject_text)), ' ',
            h('span', { class: 'small muted' }, t('connections.lab.line', { id: one.id, profile: one.profile, ago: ago(one.created_at) }))),
        h('div', { class: 'actions' },
            button(t('connections.lab.approve'), { label: t('connections.lab.approve.which', values), on: () => decide('approve', { id: one.id }) }),
            button(t('connections.lab.reject'), { danger: true, label: t('connections.lab.reject.which', values), on: () => reject(one) })));
    }

    async function reject(one) {
        const field = { name: 'reason', title: t('connections.lab.reason'), kind: 'text', max: 200 };
        const given = await formDialog({ title: t('connections.lab.reject.title', { id: one.id }), text: t('connections.lab.reject.text'),
            schema: { fields: [field] }, action: t('connections.lab.reject.go'), danger: true, send: async (values) => values });
        if (given) await decide('reject', { id: one.id, reason: given.values.reason });
    }

    /* The request need not wait until keyfob asks the next time. */
    async function decide(what, body) {
        const done = await work.run({ path: `/labca/${encodeURIComponent(lab)}/${what}`, body,
            done: t(`connections.lab.${what}.done`, { id: body.id }) });
        if (!done) return;
        await source.refresh();
        job('/requests/check', {}, { retryPin: false }).catch(() => {});
    }

    return element;
}

function decidedLine(one) {
    const state = one.state in MARKS ? one.state : 'waiting';
    return h('li', null, mark(MARKS[state], t(`connections.lab.state.${state}`)), ' ', name(one.subject_text), ' ',
        h('span', { class: 'small muted' }, t('connections.lab.number', { id: one.id })),
        one.reason ? h('span', { class: 'small' }, ` “${one.reason}”`) : null);
}
