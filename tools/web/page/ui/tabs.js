// SPDX-License-Identifier: Apache-2.0
// Tabs: one of several panels; arrows move, what has the focus is shown.

import { h, id } from '../core/dom.js';

/**
 * @param {{label: string, tabs: {key: string, text: any, panel: Element|(() => Element), count?: number}[],
 *   selected?: string, on?: (key: string) => void}} options
 * @returns {{element: Element, select: (key: string) => void, setText: (key: string, text: any) => void}}
 */
export function tabs(options) {
    const panel = h('div', { role: 'tabpanel', id: id(), tabindex: '0', class: 'tab-panel' });
    const list = h('div', { role: 'tablist', 'aria-label': options.label, class: 'tabs' });
    const buttons = new Map(options.tabs.map((tab) => [tab.key, h('button', { type: 'button', role: 'tab', id: id(),
        'aria-controls': panel.id, on: { click: () => select(tab.key, true) } }, tab.text)]));
    const select = (key, byPerson = false) => {
        const tab = options.tabs.find((one) => one.key === key) ?? options.tabs[0];
        for (const [name, node] of buttons) {
            node.setAttribute('aria-selected', String(name === tab.key));
            node.tabIndex = name === tab.key ? 0 : -1;
        }
        panel.setAttribute('aria-labelledby', buttons.get(tab.key).id);
        panel.replaceChildren(typeof tab.panel === 'function' ? tab.panel() : tab.panel);
        if (byPerson) options.on?.(tab.key);
    };
    list.append(...buttons.values());
    list.addEventListener('keydown', (event) => {
        const next = neighbour([...buttons.values()], event);
        if (!next) return;
        event.preventDefault();
        next.focus();
        next.click();
    });
    select(options.selected ?? options.tabs[0].key);
    return { element: h('div', { class: 'tabbed' }, list, panel), select: (key) => select(key),
        setText: (key, text) => buttons.get(key)?.replaceChildren(text) };
}

function neighbour(nodes, event) {
    const at = nodes.indexOf(event.target.closest('[role=tab]'));
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (at < 0) return null;
    if (event.key === 'Home') return nodes[0];
    if (event.key === 'End') return nodes.at(-1);
    return step ? nodes[(at + step + nodes.length) % nodes.length] : null;
}
