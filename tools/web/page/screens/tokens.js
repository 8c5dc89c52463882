// SPDX-License-Identifier: Apache-2.0
// The screen "Tokens & containers": every token with its containers, and the details of one of them.
import { h, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { go, path } from '../core/router.js';
import { settings } from '../core/settings.js';
import { watch } from '../core/store.js';
import { errorCard, loading } from '../ui/index.js';
import { containerPane } from './tokens_container.js';
import { tokensList } from './tokens_list.js';
import {
    containerNameOf, filterRows, findContainer, findRow, mergeRows, nameOf, withRead, withoutContainer,
} from './tokens_model.js';
import { tokenPane } from './tokens_token.js';
import { tokensTools } from './tokens_tools.js';
import { workArea } from './tokens_work.js';

const TOKEN_EVENTS = ['token.inserted', 'token.removed', 'token.changed'];
const MINUTE = 60000; /* "Removed 2 minutes ago" goes on */
/* "#/tokens/09143328?do=unblock": the next step of an error or a dialog. */
const ACTIONS_IN_ADDRESS = new Set(['unblock', 'change', 'set', 'test']);

export const styles = ['style/tokens.css'];

/** @returns {string} */
export function title() {
    return t('tokens.title');
}

/** @param {{root: Element, signal: AbortSignal}} view
 * @param {{token?: string, container?: string, query?: object}} params */
export function mount(view, params) {
    const state = {
        rows: [], notes: [], blank: 0, requests: [], ready: false,
        chosen: params, pane: null, of: null, /* the address's parts, the pane, and what it is of */
        awaited: null, own: false, /* the URI of what was just made; the address was changed by this screen */
    };
    const around = () => ({ requests: state.requests, warnDays: settings().warn_days, now: Date.now() });
    const trouble = h('div', {});
    const area = workArea(view.signal);
    const tools = tokensTools({ area, rows: () => state.rows, typed: () => drawList(), made });
    const list = tokensList({
        address: addressOf, press: pressOn, tools: tools.tools, empty: tools.empty, close: () => go(path('tokens')),
    });

    /* --- addresses --- */

    function addressOf({ row, container }) {
        if (!row) return path('tokens');
        const name = nameOf(row, state.rows);
        return container ? path('tokens', name, containerNameOf(container, row.containers)) : path('tokens', name);
    }

    function replaceAddress(item) {
        state.own = true;
        go(addressOf(item), { replace: true });
    }

    function current() {
        const { token, container } = state.chosen;
        const row = token && findRow(state.rows, token);
        if (!row) return {};
        return { row, container: container ? findContainer(row, container) : undefined };
    }

    /* The address has changed: another row, or the same one again. What was said of the one before is over. */
    function update(next) {
        if (state.own) state.own = false;
        else area.clear();
        state.chosen = next;
        drawPane();
        if (state.pane) list.enter();
        actFromAddress();
    }

    function actFromAddress() {
        const { query = {}, container } = state.chosen;
        const id = ACTIONS_IN_ADDRESS.has(query.do) ? query.do : container;
        const { row, container: found } = current();
        if (!row || found || !ACTIONS_IN_ADDRESS.has(id)) return;
        replaceAddress({ row });
        state.pane.press(id);
    }

    /* --- what is shown --- */

    function drawList() {
        tools.update(state);
        list.update(filterRows(state.rows, tools.text()), around());
        list.foot(tools.foot);
    }

    function drawPane() {
        const { row, container } = current();
        const key = row ? `${row.key}\u0001${container ? container.id || container.label : ''}` : null;
        if (key !== state.of) makePane(key, row, container);
        else if (state.pane) state.pane.update(row, container);
        list.choose(row, container);
    }

    function makePane(key, row, container) {
        state.of = key;
        state.pane = null;
        if (!row) {
            list.hide();
            return;
        }
        const context = { signal: view.signal, changed, rows: () => state.rows, around };
        state.pane = container ? containerPane(row, container, context) : tokenPane(row, context);
        list.show(state.pane.element);
    }

    function draw() {
        drawList();
        drawPane();
    }

    function pressOn(item, id) {
        const { row, container } = item;
        state.chosen = { token: nameOf(row, state.rows), container: container && containerNameOf(container, row.containers) };
        go(addressOf(item));
        drawPane();
        state.pane.press(id);
    }

    /* --- what changes --- */

    function made(result) {
        if (!result) return;
        state.awaited = result.uri || null;
        tokens.refresh();
    }

    function replaceRow(row) {
        state.rows = state.rows.map((one) => (one.key === row.key ? row : one));
    }

    const after = {
        read: (row, { result }) => replaceRow(withRead(row, result)),
        delete(row, { container }) {
            replaceRow(withoutContainer(row, container));
            say(t('tokens.done.delete', { label: container.label || container.id }), { token: nameOf(row, state.rows) });
        },
        remove: (row) => forgetRow(row, t('tokens.done.remove', { name: row.token.label })),
        move(row, { result }) {
            forgetRow(row, t('tokens.done.move', { name: row.token.label }));
            state.awaited = result.uri;
        },
    };

    function changed(row, what) {
        area.clear();
        if (after[what.id]) after[what.id](row, what);
        draw();
        tokens.refresh();
    }

    function forgetRow(row, text) {
        state.rows = state.rows.filter((one) => one.key !== row.key);
        say(text, {});
    }

    function say(text, chosen) {
        state.chosen = chosen;
        replaceAddress(current());
        area.say(text);
    }

    /* What was made is shown as soon as it is in the list. */
    function showAwaited() {
        const row = state.awaited && state.rows.find((one) => one.token.uri === state.awaited);
        if (!row) return;
        state.awaited = null;
        state.chosen = { token: nameOf(row, state.rows) };
        replaceAddress({ row });
    }

    function take({ data, error, loading: reading }) {
        if (reading) {
            if (!data) list.foot(loading(t('tokens.reading')));
            return;
        }
        put(trouble, error ? errorCard(error, { retry: () => tokens.refresh() }) : null);
        if (!data) {
            list.foot(null);
            return;
        }
        state.rows = mergeRows(state.rows, data.items, Date.now());
        Object.assign(state, { notes: data.notes || [], blank: data.blank || 0 });
        showAwaited();
        draw();
        if (!state.ready) actFromAddress();
        state.ready = true;
    }

    put(view.root, h('div', { class: 'stack' }, trouble, area.element, list.element));
    const tokens = watch('/tokens', TOKEN_EVENTS, view.signal, take);
    watch('/requests?view=pending', ['request.changed'], view.signal, ({ data }) => {
        state.requests = data ? data.items : state.requests;
        if (state.ready) draw();
    });
    const clock = setInterval(() => state.rows.some((row) => !row.present) && draw(), MINUTE);
    view.signal.addEventListener('abort', () => clearInterval(clock));
    return { update };
}
