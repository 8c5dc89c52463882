// SPDX-License-Identifier: Apache-2.0
// Adding a connection, step 3: sign in with an account, or register as a new user.
import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { button, mark } from '../ui/index.js';
import { can, isReady } from './connections_model.js';
import { register, registrationText, signIn } from './connections_sign.js';
import { statusText } from './connections_words.js';

/** Is there anything to be known as? @param {any} connection */
export function hasAccounts(connection) {
    return can(connection, 'login') || can(connection, 'register');
}

/** @param {any} control of connections_add.js */
export function accountStep(control) {
    const connection = control.connection(), ready = isReady(connection) && connection.standing === 'connected';
    const take = (known) => {
        if (!known) return;
        control.take(known);
        control.to('result');
    };
    const ways = [];
    if (can(connection, 'login')) ways.push(button(t('connections.act.sign-in'), { primary: !ready, on: async () => take(await signIn(connection, control.work)) }));
    if (can(connection, 'register')) ways.push(button(t('connections.act.register'), { on: async () => take(told(await register(connection), control)) }));
    return h('div', { class: 'stack' },
        ready ? h('p', null, mark('ok', connection.account ? t('connections.account.ready.as', { account: connection.account }) : statusText(connection))) : null,
        h('p', null, t(can(connection, 'register') ? 'connections.account.text' : 'connections.account.text.login')),
        h('div', { class: 'actions' }, ready ? button(t('core.continue'), { primary: true, on: () => control.to('result') }) : null, ways,
            ready ? null : button(t('connections.account.later'), { on: () => control.to('result') }),
            button(t('connections.back'), { on: () => control.to('trust') })));
}

function told(connection, control) {
    if (connection) control.work.say(registrationText(connection));
    return connection;
}
