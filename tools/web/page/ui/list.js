// SPDX-License-Identifier: Apache-2.0
// A list beside the details of what is chosen in it. One row is in the Tab order, arrows move (roving tabindex);
// rows keep their nodes and the focus when the data changes.

import { h, id, put, sync } from '../core/dom.js';
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
    const list = h('ul', { class: 'rows', 'aria-label': options.label });
    const empty = h('div', { class: 'list-empty', hidden: true }, options.empty ?? null);
    const content = h('div', { class: 'details-content' });
    const details = h('section', { class: 'details', id: id(), 'aria-label': t('core.details'), hidden: true },
        h('div', { class: 'details-back' }, iconButton(t('core.details.close'), 'back', { on: () => close() })), content);
    const element = h('div', { class: 'pane' }, h('div', { class: 'list' },
        options.tools ? h('div', { class: 'list-tools' }, options.tools) : null, empty, list,
        options.foot ? h('div', { class: 'list-foot small muted' }, options.foot) : null), details);
    const state = { items: [], chosen: options.selected === undefined ? null : String(options.selected), at: null };
    const rows = () => [...list.querySelectorAll('.row')];
    const itemOf = (row) => state.items.find((item) => String(options.key(item)) === row?.dataset.key);

    function close() {
        pane.hideDetails();
        options.onclose?.();
        pane.focusRow(state.chosen);
    }
    function rove() {
        const all = rows();
        const one = all.find((row) => row.dataset.key === state.at) ?? all.find((row) => row.dataset.key === state.chosen)
            ?? all[0];
        for (const row of all) row.tabIndex = row === one ? 0 : -1;
    }
    function make(item) {
        const row = options.href ? h('a', { class: 'row' }) : h('button', { type: 'button', class: 'row' });
        row.addEventListener('click', (event) => {
            state.at = row.dataset.key;
            options.select?.(itemOf(row), event);
        });
        row.addEventListener('focus', () => {
            state.at = row.dataset.key;
            rove();
        });
        row.dataset.key = String(options.key(item));
        return h('li', null, row);
    }
    function draw(node, item) {
        const row = node.firstElementChild, said = options.row(item);
        if (options.href) row.setAttribute('href', options.href(item));
        row.className = ['row', said.level ? 'level' : '', said.dim ? 'dim' : '', said.class ?? ''].filter(Boolean).join(' ');
        if (row.dataset.key === state.chosen) row.setAttribute('aria-current', 'true');
        else row.removeAttribute('aria-current');
        put(row, h('span', { class: 'row-main' }, h('span', { class: 'row-title' }, said.title),
            said.text ? h('span', { class: 'row-text small muted' }, said.text) : null),
        h('span', { class: 'row-side' }, said.mark ?? null, said.aside ? h('span', { class: 'small muted' }, said.aside)
            : null));
    }
    list.addEventListener('keydown', (event) => {
        const row = event.target.closest('.row');
        if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
        const own = options.keys?.[event.key];
        if (own) own(itemOf(row), event);
        else if (event.key in STEPS) step(rows(), row, STEPS[event.key]);
        else return;
        event.preventDefault();
    });
    element.addEventListener('keydown', (event) => {
        if (event.key !== 'Escape' || details.hidden || event.defaultPrevented) return;
        if (event.target.closest?.('dialog, [popover]')) return;
        event.preventDefault();
        close();
    });

    const pane = {
        element, list, details: content,
        update(items) {
            const lost = document.activeElement?.closest?.('.row')?.dataset.key ?? null;
            const place = rows().findIndex((row) => row.dataset.key === lost);
            state.items = items;
            sync(list, items, options.key, make, draw);
            empty.hidden = items.length > 0;
            list.hidden = items.length === 0;
            rove();
            const gone = place >= 0 && !rows().some((row) => row.dataset.key === lost);
            if (gone) rows()[Math.min(place, rows().length - 1)]?.focus();
        },
        choose(key) {
            state.chosen = key === null || key === undefined ? null : String(key);
            state.at = state.chosen ?? state.at;
            for (const node of list.children) draw(node, itemOf(node.firstElementChild));
            rove();
        },
        showDetails(...nodes) {
            put(content, ...nodes);
            details.hidden = false;
            element.classList.add('with-details');
        },
        hideDetails() {
            details.hidden = true;
            element.classList.remove('with-details');
        },
        focusRow(key) {
            const all = rows();
            (all.find((row) => row.dataset.key === String(key)) ?? all.find((row) => row.tabIndex === 0))?.focus();
        },
    };
    if (options.items) pane.update(options.items);
    return pane;
}

function step(rows, row, by) {
    const at = rows.indexOf(row) + by;
    rows[Math.min(rows.length - 1, Math.max(0, at))]?.focus();
}
