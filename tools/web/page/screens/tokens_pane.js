// SPDX-License-Identifier: Apache-2.0
// Parts of the details panes: sections that are drawn anew only when they change, buttons from a table, facts.
import { h, put } from '../core/dom.js';
import { button } from '../ui/index.js';

/** A part that is drawn again only when what it shows has changed; the focus stays on the button that had it.
 * @param {(value: any) => any} draw
 * @param {string} [className] */
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

/** Buttons of a table of actions.
 * @param {string[]} ids in their order
 * @param {object} table as TOKEN_ACTIONS
 * @param {object} subject what the actions are about
 * @param {{words: (id: string) => string, press: (id: string) => void, because?: string, primary?: string}} options */
export function actionButtons(ids, table, subject, { words, press, because, primary }) {
    const shown = ids.filter((id) => !table[id].when || table[id].when(subject));
    const made = shown.map((id) => {
        const why = because || (table[id].why && table[id].why(subject)) || undefined;
        const one = button(words(id), { danger: table[id].danger, primary: id === primary, disabledBecause: why, on: () => press(id) });
        one.dataset.do = id;
        return one;
    });
    return h('div', { class: 'actions' }, made);
}

/** A list of facts; a fact without a value is left out.
 * @param {[string, any][]} facts */
export function factList(facts) {
    const said = facts.filter(([, value]) => value !== null && value !== undefined && value !== '');
    return h('dl', { class: 'facts' }, said.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
}
