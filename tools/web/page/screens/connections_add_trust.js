// SPDX-License-Identifier: Apache-2.0
// Adding a connection, step 2: the CA's root, compared with what the CA gave the person.
import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { button } from '../ui/index.js';
import { rootsPart } from './connections_roots.js';

/** @param {any} control of connections_add.js */
export function trustStep(control) {
    const next = button('', { primary: true, on: () => control.to('account') });
    const hint = h('p', { class: 'muted' });
    const roots = rootsPart(control.connection(), control.work, control.signal, (accepted) => {
        const done = accepted.length > 0;
        next.classList.toggle('primary', done);
        next.querySelector('.button-text').textContent = t(done ? 'core.continue' : 'connections.trust.later');
        hint.textContent = done ? '' : t('connections.trust.later.help');
    }, () => [button(t('connections.add.change'), { on: () => control.to('type') })]);
    next.querySelector('.button-text').textContent = t('connections.trust.later');
    next.classList.remove('primary');
    return h('div', { class: 'stack' }, roots.element, hint, h('div', { class: 'actions' }, next, button(t('connections.back'), { on: () => control.to('type') })));
}
