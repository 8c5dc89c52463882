// SPDX-License-Identifier: Apache-2.0
// Adding a connection in four steps: what kind of CA and where, which root to trust, who you are there, how it stands.
import { h, put } from '../core/dom.js';
import { get } from '../core/api.js';
import { t } from '../core/i18n.js';
import { go, path } from '../core/router.js';
import { errorCard, loading } from '../ui/index.js';
import { accountStep, hasAccounts } from './connections_add_account.js';
import { resultStep } from './connections_add_result.js';
import { trustStep } from './connections_add_trust.js';
import { typeStep } from './connections_add_type.js';
import { connectors } from './connections_edit.js';
import { workArea } from './requests_work.js';

/** number: what the person reads; a step that asks nothing is left out. */
const STEPS = { type: typeStep, trust: trustStep, account: accountStep, result: resultStep };
const ORDER = Object.keys(STEPS);

/**
 * @param {any} view @param {any} params its query: step and name, so that a reload goes on
 * @returns {{update: (params: any) => void}}
 */
export function addWizard(view, params) {
    const state = { kinds: [], there: [], connection: null, step: 'type', leave: null };
    const work = workArea(view.signal);
    const head = h('ol', { class: 'add-steps', 'aria-label': t('connections.add.steps') }), place = h('div', { class: 'stack' });

    function drawHead() {
        const at = ORDER.indexOf(state.step);
        put(head, ORDER.map((step, i) => h('li', { class: i < at ? 'done' : i === at ? 'now' : 'next', 'aria-current': i === at ? 'step' : null },
            h('span', { class: 'add-number', 'aria-hidden': 'true' }, i + 1), h('span', null, t(`connections.add.step.${step}`)),
            i < at ? h('span', { class: 'visually-hidden' }, ` (${t('connections.add.done')})`) : null)));
    }

    function show(step) {
        state.leave?.abort();
        state.leave = new AbortController();
        view.signal.addEventListener('abort', () => state.leave.abort(), { signal: state.leave.signal });
        state.step = step;
        work.clear();
        drawHead();
        const heading = h('h2', { tabindex: '-1' }, t(`connections.add.step.${step}`));
        const drawn = STEPS[step]({ ...control, signal: state.leave.signal });
        put(place, heading, drawn);
        heading.focus({ preventScroll: true });
        scrollTo(0, 0);
    }

    const control = {
        work,
        kinds: () => state.kinds,
        there: () => state.there,
        connection: () => state.connection,
        connector: () => state.kinds.find((one) => one.name === state.connection?.connector),
        /** What is known of it now. @param {any} connection */
        take(connection) {
            state.connection = connection;
            history.replaceState(null, '', `${path('connections', 'new')}?name=${encodeURIComponent(connection.name)}&step=${state.step}`);
        },
        /** @param {string} step */
        to(step) {
            const wanted = step === 'account' && !hasAccounts(state.connection) ? 'result' : step;
            show(wanted);
            if (state.connection) control.take(state.connection);
        },
        leave: () => go(state.connection ? path('connections', state.connection.name) : '#/connections'),
    };

    async function begin({ query }) {
        put(place, loading());
        try {
            const [kinds, connections] = await Promise.all([connectors(), get('/connections', view.signal)]);
            Object.assign(state, { kinds, there: connections.items });
            state.connection = connections.items.find((one) => one.name === query.name) ?? null;
            show(state.connection && ORDER.includes(query.step) ? query.step : 'type');
        } catch (error) {
            if (!view.signal.aborted) put(place, errorCard(error, { retry: () => begin({ query }) }));
        }
    }

    put(view.root, h('div', { class: 'stack' }, head, work.element, place));
    begin(params);
    return { update: (now) => { begin(now); } };
}
