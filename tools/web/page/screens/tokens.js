// SPDX-License-Identifier: Apache-2.0
// The screen "Tokens & containers": every token with its containers, and the details of one of them.
import { h, put } from '../core/dom.js';
import { n, t } from '../core/i18n.js';
import { go, link, path } from '../core/router.js';
import { settings } from '../core/settings.js';
import { watch } from '../core/store.js';
import { button, emptyState, errorCard, loading } from '../ui/index.js';
import { containerPane } from './tokens_container.js';
import { tokensList } from './tokens_list.js';
import { containerNameOf, filterRows, findContainer, findRow, mergeRows, nameOf, withRead } from './tokens_model.js';
import { newContainer } from './tokens_new.js';
import { section } from './tokens_pane.js';
import { initialiseNew } from './tokens_pin.js';
import { tokenPane } from './tokens_token.js';
import { workArea } from './tokens_work.js';

const TOKEN_EVENTS = ['token.inserted', 'token.removed', 'token.changed'];
/* "#/tokens/09143328?do=unblock": the next step of an error or a dialog. */
const ACTIONS_IN_ADDRESS = new Set(['unblock', 'change', 'set', 'test']);

export const styles = ['style/tokens.css'];

/** @returns {string} */
export function title() {
    return t('tokens.title');
}

/** @param {{root: Element, signal: AbortSignal}} view
 * @param {{token?: string, container?: string}} params */
export function mount(view, params) {
    const state = { rows: [], notes: [], blank: 0, requests: [], text: '', chosen: params, pane: null, of: null, awaited: null, ready: false, own: false };
    const around = () => ({ requests: state.requests, warnDays: settings().warn_days, now: Date.now() });
    const trouble = h('div', {});
    const area = workArea(view.signal);
    const search = h('input', { type: 'search', 'aria-label': t('tokens.search'), placeholder: t('tokens.search'),
        on: { input: () => { state.text = search.value; drawList(); } } });
    const tools = section((blank) => [newButton(), blank ? newToken() : null], 'row-of');
    const foot = section(([count, present, notes]) => [n('tokens.count', count, { present }), notes.length ? notesPart(notes) : null]);
    const list = tokensList({ address: addressOf, press: pressOn, tools: [search, tools.element], close: () => go(path('tokens')), empty: emptyState(t('tokens.empty.text'), newButton()) });

    function newButton() {
        const one = button(t('tokens.new'), { icon: 'plus', on: () => begin(() => newContainer(state.rows, area)) });
        one.dataset.do = 'new';
        return one;
    }

    function begin(action) {
        area.again(() => begin(action));
        return action().then(made);
    }

    function newToken() {
        const one = button(t('tokens.new.token'), { on: () => begin(() => initialiseNew(area)) });
        one.dataset.do = 'new.token';
        return one;
    }

    /* --- what is shown --- */

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

    function actFromAddress() {
        const { query = {}, container } = state.chosen;
        const id = ACTIONS_IN_ADDRESS.has(query.do) ? query.do : container;
        const { row, container: found } = current();
        if (!row || found || !ACTIONS_IN_ADDRESS.has(id)) return;
        go(addressOf({ row }), { replace: true });
        state.pane.press(id);
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

    function pressOn(item, id) {
        state.chosen = { token: nameOf(item.row, state.rows), container: item.container && containerNameOf(item.container, item.row.containers) };
        go(addressOf(item));
        drawPane();
        state.pane.press(id);
    }

    function drawList() {
        list.update(filterRows(state.rows, state.text), around());
        const present = state.rows.filter((row) => row.present).length;
        tools.update(state.blank > 0);
        foot.update([state.rows.length, present, state.notes]);
        list.foot(foot.element);
    }

    function notesPart(notes) {
        return h('details', {}, h('summary', {}, n('tokens.notes', notes.length)),
            h('ul', {}, notes.map((text) => h('li', {}, h('bdi', {}, text)))), link(path('settings'), t('tokens.notes.modules')));
    }

    /* --- what changes --- */

    function made(result) {
        if (!result) return;
        if (result.uri || result.token) state.awaited = result.uri || result.token.uri || null;
        tokens.refresh();
    }

    function changed(row, { id, result, container }) {
        area.clear();
        if (id === 'read' && Array.isArray(result)) state.rows = state.rows.map((one) => (one.key === row.key ? withRead(one, result) : one));
        if (id === 'delete') forgetContainer(row, container);
        if (id === 'remove' || id === 'move') forgetRow(row, t(`tokens.done.${id}`, { name: row.token.label }));
        if (id === 'move') state.awaited = result.uri;
        drawList();
        drawPane();
        tokens.refresh();
    }

    function forgetContainer(row, container) {
        const left = row.containers.filter((item) => item !== container && item.id !== container.id);
        state.rows = state.rows.map((one) => (one.key === row.key ? { ...one, read: [], containers: left } : one));
        say(t('tokens.done.delete', { label: container.label || container.id }), { token: nameOf(row, state.rows) });
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

    function take({ data, error, loading: reading }) {
        if (reading) {
            if (!data) list.foot(loading(t('tokens.reading')));
            return;
        }
        put(trouble, error ? errorCard(error, { retry: () => tokens.refresh() }) : null);
        if (!data) {
            list.foot();
            return;
        }
        state.rows = mergeRows(state.rows, data.items, Date.now());
        state.notes = data.notes || [];
        state.blank = data.blank || 0;
        const awaited = state.awaited && state.rows.find((row) => row.token.uri === state.awaited);
        if (awaited) {
            state.awaited = null;
            state.chosen = { token: nameOf(awaited, state.rows) };
            replaceAddress({ row: awaited });
        }
        drawList();
        drawPane();
        if (!state.ready) actFromAddress();
        state.ready = true;
    }

    put(view.root, h('div', { class: 'stack' }, trouble, area.element, list.element));
    const tokens = watch('/tokens', TOKEN_EVENTS, view.signal, take);
    watch('/requests?view=pending', ['request.changed'], view.signal, ({ data }) => {
        if (!data) return;
        state.requests = data.items;
        drawList();
        drawPane();
    });
    return { update };
}
