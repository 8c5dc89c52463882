// SPDX-License-Identifier: Apache-2.0
// Connections: reach a CA and be known to it. A list, the details of one, and the way to a new one.
import { h, name, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { singleKeys } from '../core/keys.js';
import { go, path } from '../core/router.js';
import { watch } from '../core/store.js';
import { button, emptyState, errorCard, listPane, loading } from '../ui/index.js';
import { addWizard } from './connections_add.js';
import { connectionDetails } from './connections_details.js';
import { connectors } from './connections_edit.js';
import { testCaButton } from './connections_test_ca.js';
import { checkedText, rowText, statusMark } from './connections_words.js';

/* Other sites can link here too: nothing that takes something away begins by itself. */
const ACTIONS_IN_ADDRESS = new Set(['sign-in', 'register', 'check', 'edit', 'roots']);

export const styles = ['style/requests.css', 'style/connections.css'];

/** The name of the screen. @param {any} params */
export function title(params) {
    return t(isNew(params) ? 'connections.add.title' : 'connections.title');
}

/** "#/connections/new"; a connection of that name has an action behind it. */
function isNew(params) {
    return params?.name === 'new' && !params.action;
}

/** The list or the wizard; each has an end of its own. @param {any} view @param {any} params */
export function mount(view, params) {
    let part = null, leave = null;
    function show(now) {
        const kind = isNew(now) ? 'new' : 'list';
        if (part?.kind === kind) return part.update(now);
        leave?.abort();
        leave = new AbortController();
        const own = { ...view, signal: leave.signal };
        view.setTitle(title(now));
        part = { kind, ...(kind === 'new' ? addWizard(own, now) : list(own, now)) };
        return undefined;
    }
    view.signal.addEventListener('abort', () => leave?.abort(), { once: true });
    show(params);
    return { update: show };
}

function list(view, params) {
    const state = { items: null, chosen: params.name ?? null, action: params.action ?? '', details: null, of: null, leave: null,
        kinds: connectors().catch(() => []) };
    const trouble = h('div'), place = h('div', null, loading(t('connections.loading')));
    const addButton = (primary) => button(t('connections.add'), { primary, icon: 'plus', on: () => go('#/connections/new') });
    const pane = listPane({
        label: t('connections.list'), key: (item) => item.name, href: addressOf, tools: addButton(false),
        row: (item) => ({ title: name(item.name), text: rowText(item), mark: statusMark(item), aside: checkedText(item), class: 'request-row' }),
        onclose: () => go('#/connections'),
    });

    function draw({ data, error }) {
        put(trouble, error ? errorCard(error, { retry: () => source.refresh() }) : null);
        if (!data) return;
        state.items = data.items;
        if (!data.items.length) put(place, emptyPart());
        else if (!pane.element.isConnected) put(place, pane.element);
        pane.update(data.items);
        open();
    }

    function emptyPart() {
        return emptyState(t('connections.empty'), h('div', { class: 'actions' }, addButton(true), testCaButton([], (made) => go(path('connections', made.name))),
            h('a', { class: 'button', href: '#/certificates' }, t('connections.empty.import'))));
    }

    /* Details stay while their connection does. */
    async function open() {
        const wanted = state.items?.find((item) => item.name === state.chosen);
        if (state.of === (wanted?.name ?? null)) return wanted && state.details?.update(wanted);
        state.leave?.abort();
        Object.assign(state, { of: wanted?.name ?? null, details: null, leave: null });
        pane.choose(wanted?.name ?? null);
        if (!wanted) return pane.hideDetails();
        state.leave = new AbortController();
        const { signal } = state.leave, kinds = await state.kinds;
        if (signal.aborted) return undefined;
        state.details = connectionDetails(wanted, kinds.find((one) => one.name === wanted.connector), signal);
        pane.showDetails(state.details.element);
        return begin();
    }

    /* "#/connections/NAME/sign-in": the next step of an error. */
    function begin() {
        const { action } = state;
        state.action = '';
        if (!action || !state.details) return;
        history.replaceState(null, '', path('connections', state.chosen));
        if (ACTIONS_IN_ADDRESS.has(action)) state.details.do(action);
    }

    put(view.root, trouble, place);
    const source = watch('/connections', 'connection.changed', view.signal, draw);
    singleKeys({ t: () => state.details?.do('check') }, view.signal);
    const timer = setInterval(() => state.items && pane.update(state.items), 30000);
    view.signal.addEventListener('abort', () => {
        clearInterval(timer);
        state.leave?.abort();
    });
    return {
        update(now) {
            Object.assign(state, { chosen: now.name ?? null, action: now.action ?? '' });
            if (state.of === state.chosen) begin();
            else open();
        },
    };
}

function addressOf(item) {
    return item.name === 'new' ? path('connections', 'new', 'show') : path('connections', item.name);
}
