// SPDX-License-Identifier: Apache-2.0
// The list of tokens, each followed by its containers, beside the place for the details.
import { h, name, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { isSoftware } from '../core/medium.js';
import { listPane } from '../ui/index.js';
import { groupSerial } from './tokens_model.js';
import { containerMark, countText, keyTitle, mediumText, rowMark } from './tokens_words.js';

const keyFor = (row, container) => (container ? `${row.key}\u0001${container.id}\u0001${container.label}` : row.key);

function flatten(rows) {
    return rows.flatMap((row) => [{ row }, ...row.containers.map((container) => ({ row, container }))]);
}

function tokenRow({ row }) {
    const { token } = row;
    const place = token.serial && !isSoftware(token) ? groupSerial(token.serial) : mediumText(token);
    return {
        title: name(token.label || token.model || t('tokens.nameless')), text: [place, ' · ', countText(row)],
        mark: rowMark(row), dim: !row.present,
    };
}

function containerRow({ row, container }, around) {
    return { title: name(container.label || container.id || t('tokens.nameless')), text: keyTitle(container.type), level: 1,
        mark: containerMark(container, { ...around, token: row.token }), dim: !row.present };
}

/**
 * @param {{address: (item: {row: object, container?: object}) => string, press: (item: object, id: string) => void,
 *   close: () => void, tools: any[], empty: Element}} options
 */
export function tokensList({ address, press, close, tools, empty }) {
    const foot = h('div', {});
    let around = { requests: [], warnDays: 28, now: Date.now() };
    let items = [];
    const pane = listPane({
        label: t('tokens.list'), key: (item) => keyFor(item.row, item.container), href: address, onclose: close, tools, empty, foot,
        row: (item) => (item.container ? containerRow(item, around) : tokenRow(item)),
        keys: {
            ArrowRight: (item) => !item.container && item.row.containers.length && pane.focusRow(keyFor(item.row, item.row.containers[0])),
            ArrowLeft: (item) => item.container && pane.focusRow(item.row.key),
            F2: (item) => !item.container && isSoftware(item.row.token) && press(item, 'rename'),
            Delete: (item) => (item.container ? press(item, 'delete') : isSoftware(item.row.token) && press(item, 'remove')),
        },
    });

    return {
        element: pane.element,
        update(rows, now) {
            around = now;
            items = flatten(rows);
            pane.update(items);
        },
        choose: (row, container) => pane.choose(row ? keyFor(row, container) : null),
        show: (element) => pane.showDetails(element),
        hide: () => pane.hideDetails(),
        /* On a narrow screen the details are in the place of the list. */
        enter() {
            if (!pane.list.offsetParent) pane.details.querySelector('h2')?.focus();
        },
        /* The same node stays, with what is open in it. */
        foot: (node) => foot.firstChild !== node && put(foot, node),
    };
}
