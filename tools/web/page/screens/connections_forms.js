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
    const drawn = form(schema, { values });
    return dialog({
        title, wide, body: [text ? h('p', null, text) : null, drawn.element],
        actions: [{ text: action, primary: !danger, danger, on: () => submit(drawn, send) }, { text: t('core.cancel') }],
        onopen: ({ buttons }) => onSubmitKey(drawn.element, () => buttons[0].click()),
    });
}

/**
 * Check a form and send it. False: something is wrong, and the form says what.
 * @param {any} drawn of ui/form.js @param {(values: Object<string, any>) => Promise<any>} send
 */
export async function submit(drawn, send) {
    if (!drawn.show()) return false;
    const values = drawn.values();
    try {
        return { values, result: await send(values) };
    } catch (error) {
        if (!error.problems?.length) throw error;
        drawn.show(error.problems);
        return false;
    }
}
