// SPDX-License-Identifier: Apache-2.0
// A form in a dialog: what is wrong is shown at its fields, also what the server says; it closes when it was sent.
import { h } from '../core/dom.js';
import { onSubmitKey } from '../core/keys.js';
import { t } from '../core/i18n.js';
import { dialog, form } from '../ui/index.js';

/**
 * @param {{title: string, text?: any, schema: any, values?: Object<string, any>, action: string, danger?: boolean, wide?: boolean,
 *   send: (values: Object<string, any>) => Promise<any>}} options send: an error with problems of fields is shown there
 * @returns {Promise<{values: Object<string, any>, result: any}|null>} null: cancelled
 */
export function formDialog({ title, text, schema, values = {}, action, danger = false, wide = false, send }) {
    const drawn = folded(form(schema, { values }));
    return dialog({
        title, wide, body: [text ? h('p', null, text) : null, drawn.element],
        actions: [{ text: action, primary: !danger, danger, on: () => submit(drawn, send) }, { text: t('core.cancel') }],
        onopen: ({ buttons }) => enterSends(drawn.element, () => buttons[0].click()),
    });
}

/** Enter in a field of one line, Ctrl+Enter in the others. @param {Element} element @param {() => void} send */
function enterSends(element, send) {
    onSubmitKey(element, send);
    element.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' || event.defaultPrevented || !event.target.matches('input:not([type=checkbox], [type=file])')) return;
        event.preventDefault();
        send();
    });
}

/**
 * Check a form and send it. False: something is wrong, and the form says what.
 * @param {any} drawn of ui/form.js @param {(values: Object<string, any>) => Promise<any>} send
 */
export async function submit(drawn, send) {
    if (!shown(drawn)) return false;
    const values = drawn.values();
    try {
        return { values, result: await send(values) };
    } catch (error) {
        if (!error.problems?.length) throw error;
        return shown(drawn, error.problems);
    }
}

/** What is wrong is never folded away. */
function shown(drawn, problems) {
    const good = drawn.show(problems);
    for (const wrong of drawn.element.querySelectorAll('details [aria-invalid]')) wrong.closest('details').open = true;
    return good;
}

/** What is seldom needed opens when somebody wants it: the group of that name. @param {any} drawn of ui/form.js */
export function folded(drawn) {
    for (const group of drawn.element.querySelectorAll('fieldset')) {
        const legend = group.querySelector('legend');
        if (legend?.textContent !== t('connections.seldom')) continue;
        legend.remove();
        group.replaceWith(h('details', { class: 'seldom' }, h('summary', null, t('connections.seldom')), [...group.children]));
    }
    return drawn;
}
