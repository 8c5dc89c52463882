// SPDX-License-Identifier: Apache-2.0
// The buttons of a details pane, from a table of actions.
import { h } from '../core/dom.js';
import { button } from '../ui/index.js';

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
