// SPDX-License-Identifier: Apache-2.0
// Connections in words: how one stands, and what connectors say of themselves, in the person's language.
import { ago, t } from '../core/i18n.js';
import { mark } from '../ui/index.js';
import { said } from '../ui/said.js';
import { markOf, placeOf, standing } from './connections_model.js';

/** @param {any} connection "Cannot connect; last good 2 hours ago" */
export function statusText(connection) {
    const state = standing(connection);
    if (state === 'problem' && connection.reached_at) return t('connections.state.problem.since', { ago: ago(connection.reached_at) });
    return t(`connections.state.${state}`);
}

/** @param {any} connection */
export function statusMark(connection) {
    return mark(markOf(connection), statusText(connection));
}

/** Under its name: where it is, or what it is; and what the CA said against it. @param {any} connection */
export function rowText(connection) {
    const place = placeOf(connection) || said(connection.title || connection.connector);
    const says = ['refused', 'unconfirmed'].includes(standing(connection)) ? connection.standing_text : '';
    return [place, connection.account, says].filter(Boolean).join(' · ');
}

/** "checked 2 minutes ago" @param {any} connection */
export function checkedText(connection) {
    return connection.checked_at ? t('connections.checked.ago', { ago: ago(connection.checked_at) }) : '';
}
