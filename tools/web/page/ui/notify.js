// SPDX-License-Identifier: Apache-2.0
// The notification centre: what happened, the last 200, kept until somebody clears it; new ones also show for a while.

import { h, put, sync } from '../core/dom.js';
import { ago, n, t } from '../core/i18n.js';
import { announce, icon, iconButton, button } from './basics.js';

const KEPT = 200;
const STORE = 'keyfob.notifications';
const SHOWN_MS = 8000;
const SAME_MS = 3000;
const ICONS = { ok: 'check', bad: 'cross', warn: 'warning', info: 'info' };
const state = { items: load(), drawn: () => {}, toasts: null };

/**
 * @param {string} text without secrets
 * @param {{kind?: 'ok'|'bad'|'warn'|'info', route?: string, assertive?: boolean, everywhere?: boolean}} [options]
 *   route: where it leads; everywhere: all tabs tell the same, and one of them keeps it
 */
export function notify(text, options = {}) {
    const item = { id: crypto.randomUUID(), text, kind: options.kind ?? 'info', route: options.route ?? '',
        at: Date.now(), seen: false };
    if (options.everywhere) navigator.locks.request(STORE, () => keepOnce(item));
    else keep([item, ...state.items]);
    announce(text, options.assertive ? 'assertive' : 'polite');
    toast(item);
}

/** The button of the frame with its panel, and the place where new ones show. */
export function notificationCentre() {
    const count = h('span', { class: 'badge', hidden: true });
    const list = h('ul', { class: 'notifications' });
    const empty = h('p', { class: 'muted' }, t('core.news.none'));
    const panel = h('div', { id: 'news', class: 'popover', popover: 'auto', role: 'dialog',
        'aria-label': t('core.news') }, h('div', { class: 'popover-head' }, h('h2', null, t('core.news')),
        button(t('core.news.clear'), { small: true, on: () => keep([]) })), empty, list);
    const opener = h('button', { type: 'button', class: 'icon-button', popovertarget: 'news' }, icon('bell'), count,
        h('span', { class: 'visually-hidden' }, t('core.news')));
    panel.addEventListener('toggle', (event) => {
        if (event.newState === 'open') keep(state.items.map((item) => ({ ...item, seen: true })));
    });
    state.drawn = () => {
        const fresh = state.items.filter((item) => !item.seen).length;
        count.hidden = fresh === 0;
        put(count, h('span', { 'aria-hidden': 'true' }, fresh), h('span', { class: 'visually-hidden' },
            n('core.news.fresh', fresh)));
        empty.hidden = state.items.length > 0;
        sync(list, state.items, (item) => item.id, line,
            (node, item) => put(node.querySelector('time'), ago(item.at / 1000)));
    };
    state.toasts = h('div', { class: 'toasts', role: 'region', 'aria-label': t('core.news') });
    state.drawn();
    return { opener, panel, toasts: state.toasts };
}

/** Somebody else may sign in. */
export function clearNotifications() {
    keep([]);
    state.toasts?.replaceChildren();
}

/** Another tab has changed them; and what shows gives way to what has the focus. @param {AbortSignal} signal */
export function followOtherTabs(signal) {
    document.addEventListener('focusin', (event) => giveWay(event.target), { signal });
    addEventListener('storage', (event) => {
        if (event.key !== STORE) return;
        state.items = load();
        state.drawn();
    }, { signal });
}

function line(item) {
    const text = item.route ? h('a', { href: item.route }, item.text) : item.text;
    return h('li', { class: item.kind }, icon(ICONS[item.kind]), h('span', null, text, ' ',
        h('time', { class: 'small muted', datetime: new Date(item.at).toISOString() })));
}

function toast(item) {
    if (!state.toasts) return;
    const node = h('div', { class: ['toast', item.kind] }, icon(ICONS[item.kind]),
        item.route ? h('a', { href: item.route }, item.text) : h('span', null, item.text),
        iconButton(t('core.close'), 'cross', { on: () => node.remove() }));
    state.toasts.append(node);
    const leave = () => (node.matches(':hover, :focus-within') ? setTimeout(leave, 2000) : node.remove());
    setTimeout(leave, SHOWN_MS);
}

/** Under a lock, so that the tabs look one after the other. */
function keepOnce(item) {
    const items = load();
    const known = items.some((one) => one.text === item.text && Math.abs(one.at - item.at) < SAME_MS);
    keep(known ? items : [item, ...items]);
}

/** What has the focus is never hidden (WCAG 2.4.11); the centre keeps what goes. */
function giveWay(focused) {
    const rect = focused.getBoundingClientRect();
    for (const node of [...state.toasts?.children ?? []]) {
        const other = node.getBoundingClientRect();
        const apart = rect.left >= other.right || rect.right <= other.left || rect.top >= other.bottom
            || rect.bottom <= other.top;
        if (!apart && !node.contains(focused) && focused.tabIndex >= 0) node.remove();
    }
}

function keep(items) {
    state.items = items.slice(0, KEPT);
    try {
        localStorage.setItem(STORE, JSON.stringify(state.items));
    } catch { /* full or forbidden: this tab still has them */ }
    state.drawn();
}

function load() {
    try {
        return JSON.parse(localStorage.getItem(STORE) ?? '[]');
    } catch {
        return [];
    }
}
