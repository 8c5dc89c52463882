// SPDX-License-Identifier: Apache-2.0
// Adding a connection, step 4: how it stands, and what can be done next.
import { h, name } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { link, path, withQuery } from '../core/router.js';
import { isReady, labOf, standing } from './connections_model.js';
import { registrationText } from './connections_sign.js';
import { statusMark } from './connections_words.js';

/** @param {any} control of connections_add.js */
export function resultStep(control) {
    const connection = control.connection(), state = standing(connection), ready = isReady(connection);
    const show = path('connections', connection.name);
    return h('div', { class: 'stack' },
        h('p', { class: 'row-of' }, h('strong', null, name(connection.name)), statusMark(connection)),
        connection.registration ? h('p', { dir: 'auto' }, registrationText(connection)) : null,
        h('p', null, t(labOf(connection) ? 'connections.result.local' : `connections.result.${state}`)),
        connection.anchors?.length ? null : h('p', { class: 'note warn' }, t('connections.roots.missing')),
        h('div', { class: 'actions' }, ready ? link(withQuery('#/enroll', { connection: connection.name }), t('connections.act.enroll'), { class: 'button primary' }) : null,
            link(show, t('connections.result.show'), { class: ready ? 'button' : 'button primary' })));
}
