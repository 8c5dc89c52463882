// SPDX-License-Identifier: Apache-2.0
// What details are made of: parts that are drawn anew only when they change, and lists of facts.

import { h, name as bdi, put } from '../core/dom.js';

/**
 * A part that is drawn again only when what it shows has changed; the focus stays on the button that had it.
 * @param {(value: any) => any} draw
 * @param {string} [className]
 */
export function section(draw, className = '') {
    const element = h('div', { class: className });
    let before;
    return {
        element,
        update(value) {
            const now = JSON.stringify(value);
            if (now === before) return;
            before = now;
            const active = element.contains(document.activeElement) ? document.activeElement.closest('[data-do]') : null;
            put(element, draw(value));
            if (active) element.querySelector(`[data-do="${active.dataset.do}"]`)?.focus();
        },
    };
}

/** Names and values; a fact without a value is left out. @param {[string, any][]} facts */
export function factList(facts) {
    const said = facts.filter(([, value]) => value !== null && value !== undefined && value !== '');
    return h('dl', { class: 'facts' }, said.map(([words, value]) => [h('dt', null, words),
        h('dd', null, typeof value === 'string' ? bdi(value) : value)]));
}
