// SPDX-License-Identifier: Apache-2.0
// The pane of a container: whose certificate it has, until when, whether the key is there, and what can be done with it.
import { h, name } from '../core/dom.js';
import { dateTime, n, t } from '../core/i18n.js';
import { link, path } from '../core/router.js';
import { codeLine, factList, mark, section } from '../ui/index.js';
import { actionButtons } from './tokens_pane.js';
import { CONTAINER_ACTIONS } from './tokens_keys.js';
import { containerState, nameOf } from './tokens_model.js';
import { containerMark, insertText, keyTitle, tokenTitle } from './tokens_words.js';
import { workArea } from './tokens_work.js';

const BUTTONS = ['install', 'personal', 'test', 'export', 'delete'];

/* Certificates are put to keys by the public half, so one that is shown belongs to its key. */
function matchText({ certificates, private: has, public: open }) {
    if (!has && !open) return mark('warn', t('tokens.match.no_key'));
    if (certificates > 0) return mark('ok', t('tokens.match.yes'));
    return t('tokens.match.none');
}

function keyText(container) {
    if (container.private) return t('tokens.half.private');
    return container.public ? t('tokens.half.public') : t('tokens.half.none');
}

function facts(row, container, rows) {
    return factList([
        [t('tokens.fact.subject'), container.subject_text ? name(container.subject_text) : null],
        [t('tokens.fact.until'), container.not_after ? dateTime(container.not_after) : null],
        [t('tokens.fact.match'), matchText(container)],
        [t('tokens.fact.type'), keyTitle(container.type)],
        [t('tokens.fact.half'), keyText(container)],
        [t('tokens.fact.certificates'), container.certificates > 1 ? n('tokens.certificates', container.certificates) : null],
        [t('tokens.fact.token'), link(path('tokens', nameOf(row, rows)), tokenTitle(row.token))],
    ]);
}

function moreFacts(container) {
    return h('details', {}, h('summary', {}, t('tokens.details')), factList([
        [t('tokens.fact.id'), container.id ? h('code', {}, container.id) : null],
        [t('tokens.fact.uri'), codeLine(container.uri)],
    ]));
}

/* A key that waits for a certificate says where that comes from. */
function hint(container, around) {
    const state = containerState(container, around);
    if (state === 'pending') return h('p', {}, t('tokens.hint.pending'), ' ', link(path('requests'), t('tokens.hint.pending.link')));
    if (state === 'ending' || state === 'ended') return h('p', {}, link(path('certificates'), t('tokens.hint.renew')));
    return state === 'bare' ? h('p', { class: 'muted' }, t('tokens.hint.bare')) : null;
}

/**
 * @param {object} row
 * @param {object} container
 * @param {{signal: AbortSignal, changed: Function, rows: () => object[], around: () => object}} context
 * @returns {{element: Element, update: (row: object, container: object) => void, press: (id: string) => void}} */
export function containerPane(row, container, { signal, changed, rows, around }) {
    let now = { row, container };
    const area = workArea(signal);
    const title = () => now.container.label || now.container.id || t('tokens.nameless');

    async function press(id) {
        area.again(() => press(id));
        const result = await CONTAINER_ACTIONS[id].run(now, area);
        if (result !== undefined) changed(now.row, { id, result, container: now.container });
    }

    const words = (id) => t(`tokens.do.container.${id}`);
    const state = () => ({ ...around(), token: now.row.token });
    const because = () => (now.row.present ? undefined : insertText(now.row.token));
    const parts = [
        section(() => [
            h('h2', { tabindex: '-1' }, name(title())), h('p', {}, containerMark(now.container, state())), hint(now.container, state()),
        ]),
        section(() => facts(now.row, now.container, rows())),
        section(() => actionButtons(BUTTONS, CONTAINER_ACTIONS, now, { words, press, because: because() })),
    ];
    const more = section(() => moreFacts(now.container));
    const element = h('section', { class: 'stack', 'aria-label': title() }, parts.map((part) => part.element), area.element, more.element);

    function update(nextRow, nextContainer) {
        now = { row: nextRow, container: nextContainer };
        const { requests, warnDays } = around();
        for (const part of parts) part.update([now.row.present, now.row.token, now.container, requests.length, warnDays]);
        more.update([now.container.id, now.container.uri]);
    }

    update(row, container);
    return { element, update, press };
}
