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
    const screen = {
        signal: view.signal, rows: [], notes: [], blank: 0, requests: [], ready: false,
        chosen: params, pane: null, of: null, /* the address's parts, the pane, and what it is of */
        awaited: null, own: false, /* the URI of what was just made; the address was changed by this screen */
        trouble: h('div', {}), area: workArea(view.signal), tools: null, list: null, tokens: null,
    };
    screen.tools = tokensTools({
        area: screen.area, rows: () => screen.rows, typed: () => drawList(screen), made: (result) => made(screen, result),
    });
    screen.list = tokensList({
        address: (item) => addressOf(screen, item), press: (item, id) => pressOn(screen, item, id),
        tools: screen.tools.tools, empty: screen.tools.empty, close: () => go(path('tokens')),
    });
    put(view.root, h('div', { class: 'stack' }, screen.trouble, screen.area.element, screen.list.element));
    follow(screen);
    return { update: (next) => update(screen, next) };
}

function follow(screen) {
    screen.tokens = watch('/tokens', TOKEN_EVENTS, screen.signal, (read) => take(screen, read));
    watch('/requests?view=pending', ['request.changed'], screen.signal, ({ data }) => {
        screen.requests = data ? data.items : screen.requests;
        if (screen.ready) draw(screen);
    });
    const clock = setInterval(() => screen.rows.some((row) => !row.present) && draw(screen), MINUTE);
    screen.signal.addEventListener('abort', () => clearInterval(clock));
}

/* --- addresses --- */

function addressOf({ rows }, { row, container }) {
    if (!row) return path('tokens');
    const name = nameOf(row, rows);
    return container ? path('tokens', name, containerNameOf(container, row.containers)) : path('tokens', name);
}

function replaceAddress(screen, item) {
    screen.own = true;
    go(addressOf(screen, item), { replace: true });
}

function current({ chosen: { token, container }, rows }) {
    const row = token && findRow(rows, token);
    if (!row) return {};
    return { row, container: container ? findContainer(row, container) : undefined };
}

/* The address has changed: another row, or the same one again. What was said of the one before is over. */
function update(screen, next) {
    if (screen.own) screen.own = false;
    else screen.area.clear();
    screen.chosen = next;
    drawPane(screen);
    if (screen.pane) screen.list.enter();
    actFromAddress(screen);
}

function actFromAddress(screen) {
    const { query = {}, container } = screen.chosen;
    const id = ACTIONS_IN_ADDRESS.has(query.do) ? query.do : container;
    const { row, container: found } = current(screen);
    if (!row || found || !ACTIONS_IN_ADDRESS.has(id)) return;
    replaceAddress(screen, { row });
    screen.pane.press(id);
}

/* --- what is shown --- */

const around = ({ requests }) => ({ requests, warnDays: settings().warn_days, now: Date.now() });

function draw(screen) {
    drawList(screen);
    drawPane(screen);
}

function drawList(screen) {
    const { tools, list, rows } = screen;
    tools.update(screen);
    list.update(filterRows(rows, tools.text()), around(screen));
    list.foot(tools.foot);
}

function drawPane(screen) {
    const { row, container } = current(screen);
    const key = row ? `${row.key}\u0001${container ? container.id || container.label : ''}` : null;
    if (key !== screen.of) makePane(screen, key, row, container);
    else if (screen.pane) screen.pane.update(row, container);
    screen.list.choose(row, container);
}

function makePane(screen, key, row, container) {
    screen.of = key;
    screen.pane = null;
    if (!row) {
        screen.list.hide();
        return;
    }
    const context = {
        signal: screen.signal, changed: (of, what) => changed(screen, of, what), rows: () => screen.rows, around: () => around(screen),
    };
    screen.pane = container ? containerPane(row, container, context) : tokenPane(row, context);
    screen.list.show(screen.pane.element);
}

function pressOn(screen, item, id) {
    const { row, container } = item;
    screen.chosen = { token: nameOf(row, screen.rows), container: container && containerNameOf(container, row.containers) };
    go(addressOf(screen, item));
    drawPane(screen);
    screen.pane.press(id);
}

/* --- what a person has changed --- */

const AFTER = {
    read: (screen, row, { result }) => replaceRow(screen, withRead(row, result)),
    delete(screen, row, { container }) {
        replaceRow(screen, withoutContainer(row, container));
        say(screen, t('tokens.done.delete', { label: container.label || container.id }), { token: nameOf(row, screen.rows) });
    },
    /* The address may have named it by its label. */
    rename(screen, row) {
        screen.chosen = { token: nameOf(row, screen.rows) };
        replaceAddress(screen, { row });
    },
    remove: (screen, row) => forgetRow(screen, row, t('tokens.done.remove', { name: row.token.label })),
    move(screen, row, { result }) {
        forgetRow(screen, row, t('tokens.done.move', { name: row.token.label }));
        screen.awaited = result.uri;
    },
};

function changed(screen, row, what) {
    screen.area.clear();
    AFTER[what.id]?.(screen, row, what);
    draw(screen);
    screen.tokens.refresh();
}

function made(screen, result) {
    if (!result) return;
    screen.awaited = result.uri || null;
    screen.tokens.refresh();
}

function replaceRow(screen, row) {
    screen.rows = screen.rows.map((one) => (one.key === row.key ? row : one));
}

function forgetRow(screen, row, text) {
    screen.rows = screen.rows.filter((one) => one.key !== row.key);
    say(screen, text, {});
}

function say(screen, text, chosen) {
    screen.chosen = chosen;
    replaceAddress(screen, current(screen));
    screen.area.say(text);
}

/* What was made is shown as soon as it is in the list. */
function showAwaited(screen) {
    const row = screen.awaited && screen.rows.find((one) => one.token.uri === screen.awaited);
    if (!row) return;
    screen.awaited = null;
    screen.chosen = { token: nameOf(row, screen.rows) };
    replaceAddress(screen, { row });
}

/* --- what was read --- */

function take(screen, { data, error, loading: reading }) {
    if (reading) {
        if (!data) screen.list.foot(loading(t('tokens.reading')));
        return;
    }
    put(screen.trouble, error ? errorCard(error, { retry: () => screen.tokens.refresh() }) : null);
    if (!data) {
        screen.list.foot(null);
        return;
    }
    screen.rows = mergeRows(screen.rows, data.items, Date.now());
    Object.assign(screen, { notes: data.notes || [], blank: data.blank || 0 });
    showAwaited(screen);
    draw(screen);
    if (!screen.ready) actFromAddress(screen);
    screen.ready = true;
}
