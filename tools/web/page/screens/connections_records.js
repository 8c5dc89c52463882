// SPDX-License-Identifier: Apache-2.0
// What else a CA keeps and offers: lists and actions, drawn from what its connector says of them.
import { get, job } from '../core/api.js';
import { h, name, put } from '../core/dom.js';
import { n, t } from '../core/i18n.js';
import { button, copyButton, dialog, errorCard, loading } from '../ui/index.js';
import { said, saidForm } from '../ui/said.js';
import { formDialog } from './connections_forms.js';
import { addressOf } from './connections_sign.js';

/** From here on a text is worth a button that copies it. */
const LONG = 24;

/** @param {any} connection @param {any} connector keyfob.connector/1 @param {AbortSignal} signal @returns {Element|null} */
export function recordsPart(connection, connector, signal) {
    const { kinds = [], actions = [] } = connector;
    if (!kinds.length && !actions.length) return null;
    const lists = kinds.map((kind) => kindPart(connection, connector, kind, signal));
    const renew = () => lists.forEach((list) => list.refresh());
    return h('div', { class: 'stack' }, h('h3', null, t('connections.more', { connection: connection.name })), lists.map((list) => list.element),
        actions.length ? h('details', null, h('summary', null, t('connections.actions')), h('ul', { class: 'plain stack' },
            actions.map((action) => h('li', null, actionButton(connection, action, {}, renew), ' ', action.help ? h('span', { class: 'small muted' }, said(action.help)) : null)))) : null);
}

/* --- lists --- */

function kindPart(connection, connector, kind, signal) {
    const body = h('div');
    const element = h('details', null, h('summary', null, said(kind.title)), body);
    async function load() {
        if (!element.open) return;
        if (!body.firstChild) put(body, loading(t('connections.asking', { connection: connection.name })));
        try {
            const { items = [] } = await get(addressOf(connection.name, `records?kind=${encodeURIComponent(kind.name)}`), signal);
            put(body, items.length ? table(kind, items, (record) => show(record)) : h('p', { class: 'muted' }, t('connections.records.none')),
                h('p', { class: 'small muted' }, n('connections.records.count', items.length), ' ', button(t('connections.records.again'), { small: true, on: load })));
        } catch (error) {
            if (!signal.aborted) put(body, errorCard(error, { retry: load }));
        }
    }
    const show = (record) => showRecord(connection, connector, kind, record, load);
    element.addEventListener('toggle', () => {
        if (!body.firstChild) load();
    });
    return { element, refresh: load };
}

function table(kind, items, show) {
    const columns = kind.columns.length ? kind.columns : Object.keys(items[0]).map((key) => ({ name: key, title: key }));
    return h('div', { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': said(kind.title) }, h('table', null,
        h('thead', null, h('tr', null, columns.map(({ title }) => h('th', { scope: 'col' }, said(title))))),
        h('tbody', null, items.map((record) => h('tr', null, columns.map((column, i) => cell(record, column, i, show)))))));
}

/** The first one opens the record. */
function cell(record, column, i, show) {
    const text = valueText(record[column.name]);
    if (i > 0) return h('td', null, name(text));
    return h('th', { scope: 'row' }, h('button', { type: 'button', class: 'link', on: { click: () => show(record) } }, name(text || '–')));
}

function valueText(value) {
    if (value === null || value === undefined) return '';
    if (typeof value === 'boolean') return t(value ? 'core.yes' : 'core.no');
    if (Array.isArray(value)) return value.map(valueText).join(', ');
    if (typeof value === 'object') return Object.entries(value).map(([key, one]) => `${key}: ${valueText(one)}`).join('; ');
    return String(value);
}

/** All that the CA says of one, with the actions that are about such a record. */
async function showRecord(connection, connector, kind, record, renew) {
    const whole = record.id === undefined ? record : await get(addressOf(connection.name,
        `records?kind=${encodeURIComponent(kind.name)}&id=${encodeURIComponent(record.id)}`)).catch(() => record);
    const field = kind.name.replace(/s$/, '');
    const fitting = (connector.actions ?? []).filter((action) => record.id !== undefined && action.form.fields.some((one) => one.name === field));
    await dialog({
        title: valueText(whole.name ?? whole.title ?? whole.id ?? said(kind.title)), wide: true,
        body: [pairsList(whole, headings(kind)), h('div', { class: 'actions' },
            fitting.map((action) => actionButton(connection, action, { [field]: String(record.id) }, renew)))],
        actions: [{ text: t('core.close') }],
    });
}

function headings(kind) {
    return Object.fromEntries(kind.columns.map((column) => [column.name, said(column.title)]));
}

function pairsList(record, titles = {}) {
    const pairs = Object.entries(record).filter(([key, value]) => key !== 'schema' && valueText(value) !== '');
    return h('dl', { class: 'facts' }, pairs.map(([key, value]) => [h('dt', null, titles[key] ?? key),
        h('dd', null, name(valueText(value)), valueText(value).length > LONG ? [' ', copyButton(valueText(value))] : null)]));
}

/* --- actions --- */

function actionButton(connection, action, values, renew) {
    return button(said(action.title), { on: async () => {
        const result = await act(connection, action, values);
        if (!result) return;
        renew();
        await showResult(action, result);
    } });
}

async function act(connection, action, values) {
    const send = (fields) => job(addressOf(connection.name, 'act'), { action: action.name, fields });
    const schema = saidForm(action.form);
    const answer = await formDialog({ title: said(action.title), text: said(action.help), schema, values,
        action: t('connections.actions.go'), send });
    return answer?.result;
}

/** What was done, and what the person must know or publish. */
function showResult(action, { text = '', ...rest }) {
    return dialog({
        title: said(action.title), wide: true, body: [text ? h('p', { dir: 'auto' }, text) : null, pairsList(rest)],
        actions: [{ text: t('core.close'), primary: true }],
    });
}
