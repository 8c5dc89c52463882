// SPDX-License-Identifier: Apache-2.0
// Sign-in: this browser has no session. A code from the terminal makes one.

import { h, id, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { button, codeLine, errorCard, icon } from '../ui/index.js';
import { signInWith } from '../ui/signin.js';

export const title = () => t('signin.title');

/** @param {any} view @param {{problem: any}} params problem: what came of the code in the address */
export function mount(view, params) {
    const field = h('input', { id: id(), type: 'text', autocomplete: 'one-time-code', spellcheck: 'false',
        autocapitalize: 'characters', class: 'mono short', 'aria-describedby': 'code-help code-problem' });
    const problem = h('div', { id: 'code-problem', role: 'alert' }, params.problem ? problemLine(params.problem) : null);
    const send = button(t('signin.submit'), { primary: true, type: 'submit' });
    const submit = async (event) => {
        event.preventDefault();
        if (send.getAttribute('aria-busy') === 'true') return;
        put(problem);
        field.removeAttribute('aria-invalid');
        if (!field.value.trim()) return refuse(field, problem, t('signin.empty'));
        send.setAttribute('aria-busy', 'true');
        try {
            await signInWith(field.value.trim());
        } catch (error) {
            refuse(field, problem, problemLine(error));
        } finally {
            send.removeAttribute('aria-busy');
        }
    };
    put(view.root, h('p', { class: 'lead' }, t('signin.text')), h('ol', { class: 'ways' },
        h('li', null, h('p', null, t('signin.open')), h('p', null, codeLine('keyfob open')),
            h('p', { class: 'muted' }, t('signin.open.help'))),
        h('li', null, h('form', { on: { submit }, novalidate: true, autocomplete: 'off' }, h('div', { class: 'field' },
            h('label', { for: field.id }, t('signin.code')), h('div', { class: 'with-button' }, field, send),
            h('p', { class: 'help', id: 'code-help' }, t('signin.code.help')), problem)))),
    h('p', { class: 'small muted' }, t('signin.address', { address: location.origin })));
    field.focus();
}

function refuse(field, place, what) {
    put(place, typeof what === 'string' ? h('p', { class: 'field-error' }, icon('cross'), h('span', null, what)) : what);
    field.setAttribute('aria-invalid', 'true');
    field.focus();
    field.select();
}

/** Used up and never known look alike: the server does not tell them apart. */
function problemLine(error) {
    const known = { sign_in: 'signin.expired', permission: 'signin.expired', not_found: 'signin.expired',
        bad_input: 'signin.expired', usage: 'signin.expired', busy: 'signin.busy' };
    const text = error.status === 429 ? 'signin.busy' : known[error.code];
    return text ? h('p', { class: 'field-error' }, icon('cross'), h('span', null, t(text))) : errorCard(error);
}
