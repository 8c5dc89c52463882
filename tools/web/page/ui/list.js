// SPDX-License-Identifier: Apache-2.0
// A list beside the details of what is chosen in it. One row is in the Tab order, arrows move (roving tabindex);
// rows keep their nodes and the focus when the data changes.

import { h, put, sync } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { iconButton } from './basics.js';

const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity, PageDown: 10, PageUp: -10 };

/**
 * @template T
 * @param {{label: string, items?: T[], key: (item: T) => any, href?: (item: T) => string,
 *   row: (item: T) => {title: any, text?: any, mark?: any, aside?: any, level?: number, dim?: boolean, class?: string},
 *   select?: (item: T, event: Event) => void, empty?: any, selected?: any, tools?: any, foot?: any,
 *   onclose?: () => void, keys?: Object<string, (item: T, event: KeyboardEvent) => void>}} options
 *   href: rows are links; otherwise `select` is called. level 1 is a row under the one before it. keys: of a row that
 *   has the focus ({F2: fn, Delete: fn}). onclose: the details were closed (Esc, or Back on a narrow screen).
 * @returns {{element: any, list: any, details: any, update: (items: T[]) => void, choose: (key: any) => void,
 *   showDetails: (...nodes: any[]) => void, hideDetails: () => void, focusRow: (key?: any) => void}}
 */
export function listPane(options) {
    const pane = { options, items: [], at: null,
        chosen: options.selected === undefined ? null : String(options.selected),
        list: h('ul', { class: 'rows', 'aria-label': options.label }),
        empty: h('div', { class: 'list-empty', hidden: true }, options.empty ?? null),
        content: h('div', { class: 'details-content' }), details: null, element: null };
    build(pane);
    pane.list.addEventListener('keydown', (event) => onRowKey(pane, event));
    pane.element.addEventListener('keydown', (event) => onPaneKey(pane, event));
    if (options.items) update(pane, options.items);
    return {
        element: pane.element, list: pane.list, details: pane.content,
        update: (items) => update(pane, items),
        choose: (key) => choose(pane, key),
        showDetails: (...nodes) => showDetails(pane, nodes),
        hideDetails: () => hideDetails(pane),
        focusRow: (key) => focusRow(pane, key),
    };
}

function build(pane) {
    const { tools, foot } = pane.options;
    const back = iconButton(t('core.details.close'), 'back', { on: () => close(pane) });
    pane.details = h('section', { class: 'details', 'aria-label': t('core.details'), hidden: true,
        tabindex: '-1' },
        h('div', { class: 'details-back' }, back), pane.content);
    pane.element = h('div', { class: 'pane' }, h('div', { class: 'list' },
        tools ? h('div', { class: 'list-tools' }, tools) : null, pane.empty, pane.list,
        foot ? h('div', { class: 'list-foot small muted' }, foot) : null), pane.details);
}

/* --- rows --- */

const rowsOf = (pane) => [...pane.list.querySelectorAll('.row')];
const itemOf = (pane, row) => pane.items.find((item) => String(pane.options.key(item)) === row?.dataset.key);

/** Focus stays; where its row has gone it moves to the one that took the place. */
function update(pane, items) {
    const lost = document.activeElement?.closest?.('.row')?.dataset.key ?? null;
    const place = rowsOf(pane).findIndex((row) => row.dataset.key === lost);
    pane.items = items;
    sync(pane.list, items, pane.options.key, (item) => makeRow(pane, item), (node, item) => drawRow(pane, node, item));
    pane.empty.hidden = items.length > 0;
    pane.list.hidden = items.length === 0;
    rove(pane);
    const rows = rowsOf(pane);
    if (place >= 0 && !rows.some((row) => row.dataset.key === lost)) rows[Math.min(place, rows.length - 1)]?.focus();
}

function makeRow(pane, item) {
    const row = pane.options.href ? h('a', { class: 'row' }) : h('button', { type: 'button', class: 'row' });
    row.dataset.key = String(pane.options.key(item));
    row.addEventListener('click', (event) => {
        pane.at = row.dataset.key;
        pane.options.select?.(itemOf(pane, row), event);
    });
    row.addEventListener('focus', () => {
        pane.at = row.dataset.key;
        rove(pane);
    });
    return h('li', null, row);
}

function drawRow(pane, node, item) {
    const row = node.firstElementChild, said = pane.options.row(item);
    if (pane.options.href) row.setAttribute('href', pane.options.href(item));
    row.className = ['row', said.level && 'level', said.dim && 'dim', said.class].filter(Boolean).join(' ');
    if (row.dataset.key === pane.chosen) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
    put(row, h('span', { class: 'row-main' }, h('span', { class: 'row-title' }, said.title),
        said.text ? h('span', { class: 'row-text small muted' }, said.text) : null),
    h('span', { class: 'row-side' }, said.mark ?? null,
        said.aside ? h('span', { class: 'small muted' }, said.aside) : null));
}

/** One row is in the Tab order: the last one that had the focus, else the chosen one, else the first. */
function rove(pane) {
    const rows = rowsOf(pane);
    const find = (key) => rows.find((row) => row.dataset.key === key);
    const one = find(pane.at) ?? find(pane.chosen) ?? rows[0];
    for (const row of rows) row.tabIndex = row === one ? 0 : -1;
}

function choose(pane, key) {
    pane.chosen = key === null || key === undefined ? null : String(key);
    pane.at = pane.chosen ?? pane.at;
    for (const node of pane.list.children) drawRow(pane, node, itemOf(pane, node.firstElementChild));
    rove(pane);
}

function focusRow(pane, key) {
    const rows = rowsOf(pane);
    (rows.find((row) => row.dataset.key === String(key)) ?? rows.find((row) => row.tabIndex === 0))?.focus();
}

/* --- keys --- */

function onRowKey(pane, event) {
    const row = event.target.closest('.row');
    if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
    const own = pane.options.keys?.[event.key];
    if (own) own(itemOf(pane, row), event);
    else if (event.key in STEPS) step(rowsOf(pane), row, STEPS[event.key]);
    else return;
    event.preventDefault();
}

function step(rows, row, by) {
    const at = rows.indexOf(row) + by;
    rows[Math.min(rows.length - 1, Math.max(0, at))]?.focus();
}

/** Esc closes the details, but not from inside something that closes itself. */
function onPaneKey(pane, event) {
    if (event.key !== 'Escape' || pane.details.hidden || event.defaultPrevented) return;
    if (event.target.closest?.('dialog, [popover]')) return;
    event.preventDefault();
    close(pane);
}

/* --- details --- */

/** Where there is room for one only (style/parts.css) they come instead of the list, and take the focus. */
function showDetails(pane, nodes) {
    put(pane.content, ...nodes);
    const list = pane.element.firstElementChild, hadFocus = list.contains(document.activeElement);
    pane.details.hidden = false;
    pane.element.classList.add('with-details');
    if (hadFocus && getComputedStyle(list).display === 'none') pane.details.focus();
}

function hideDetails(pane) {
    pane.details.hidden = true;
    pane.element.classList.remove('with-details');
}

function close(pane) {
    hideDetails(pane);
    pane.options.onclose?.();
    focusRow(pane, pane.chosen);
}
