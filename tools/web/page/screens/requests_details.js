// SPDX-License-Identifier: Apache-2.0
// One request: how it stands, what happens next, what can be done, what it asks for, and its history.
import { get } from '../core/api.js';
import { h, name, put } from '../core/dom.js';
import { ago, date, dateTime, has, t } from '../core/i18n.js';
import { link, path } from '../core/router.js';
import { watch } from '../core/store.js';
import { copyButton, errorCard, factList, loading, report, section } from '../ui/index.js';
import { requestActions } from './requests_actions.js';
import { actsOnCard, caWords, keyLine, requestCard } from './requests_cards.js';
import { actionsOf, isOfLab, nameParts, ownerOf, standing, tokenName } from './requests_model.js';
import { nextList } from './requests_next.js';
import { workArea } from './requests_work.js';
import { isLater, statusMark } from './requests_words.js';

const TOKEN_EVENTS = ['token.inserted', 'token.removed', 'token.changed'];

/**
 * @param {string} id
 * @param {AbortSignal} signal ends it
 * @param {{action?: string, onbusy?: (id: string, busy: boolean) => void}} [options] action: begun as soon as it is known
 * @returns {{element: Element, do: (name: string) => any, begin: (action: string) => void}}
 */
export function requestDetails(id, signal, { action = '', onbusy = () => {} } = {}) {
    const state = { request: null, tokens: null, watching: false, action };
    const work = workArea(signal, (busy) => {
        onbusy(id, busy);
        redraw();
    });
    const actions = requestActions({ now: () => state.request, work, tokenThere });
    const head = h('div', { class: 'details-head' }), more = historyPart(id, signal);
    const card = section(() => requestCard(state.request, actions.button));
    const next = section(() => [h('h3', null, t('requests.next')), nextList(state.request)]);
    const bar = section(() => actionBar(state.request, actions));
    const facts = section(() => requestFacts(state.request));
    const element = h('article', null, loading(t('requests.loading.one')));
    const parts = h('div', { class: 'stack' }, head, card.element, work.element, next.element, bar.element, facts.element, more.element);

    function tokenThere() {
        if (!state.tokens || !state.request.token) return null;
        return state.tokens.some((token) => token.uri === state.request.token.uri || same(token, state.request.token));
    }

    /* Times grow older by themselves; the rest is drawn again only when it has changed. */
    function redraw() {
        if (!state.request) return;
        const { request } = state, busy = work.isBusy(), minute = Math.floor(Date.now() / 30000);
        put(head, h('h2', null, name(ownerOf(request))), h('p', { class: 'row-of' }, statusMark(request), timesText(request)));
        card.update([request, busy, tokenThere(), minute]);
        next.update([request.next, request.order, minute]);
        bar.update([request, busy, tokenThere()]);
        facts.update([request, minute]);
    }

    function take(request) {
        state.request = request;
        if (!parts.isConnected) put(element, parts);
        if (!state.watching && actionsOf(request).includes('install')) watchTokens();
        redraw();
        more.refresh(`${request.updated_at} ${request.state}`);
        begin();
    }

    /* "#/requests/r-17/install": the next step of an error or of a notification. */
    function begin(wanted = state.action) {
        state.action = state.request ? '' : wanted;
        if (!wanted || !state.request) return;
        history.replaceState(null, '', path('requests', id));
        Promise.resolve(actions.do(wanted)).catch(report);
    }

    function watchTokens() {
        state.watching = true;
        watch('/tokens', TOKEN_EVENTS, signal, ({ data }) => {
            state.tokens = data?.items ?? null;
            redraw();
        });
    }

    const source = watch(`/requests/${encodeURIComponent(id)}`, 'request.changed', signal, ({ data, error }) => {
        if (data && !error) take(data);
        else if (error && !state.request) put(element, errorCard(error, { retry: () => source.refresh() }));
    });
    const timer = setInterval(redraw, 30000);
    signal.addEventListener('abort', () => clearInterval(timer));
    return { element, do: actions.do, begin };
}

function same(token, wanted) {
    return token.serial === wanted.serial && token.label === wanted.label;
}

function timesText(request) {
    if (!request.checked_at) return null;
    const values = { checked: ago(request.checked_at), next: isLater(request.next_check_at) ? ago(request.next_check_at) : '' };
    const done = request.link === 'problem' ? 'tried' : 'checked';
    return h('span', { class: 'muted' }, t(values.next ? `requests.${done}.next` : `requests.row.${done}`, { ...values, ago: values.checked }));
}

/** What is not on the card already. */
function actionBar(request, actions) {
    const there = new Set(actsOnCard(request));
    const main = there.size === 0;
    const names = actionsOf(request).filter((one) => !there.has(one));
    return h('div', { class: 'actions', role: 'group', 'aria-label': t('requests.acts') },
        names.map((one, i) => actions.button(one, main && i === 0 && one !== 'again' && one !== 'csr')));
}

function requestFacts(request) {
    const { order = {}, certificate } = request;
    const says = order.ca_text && standing(request) === 'pending' && !isOfLab(request) ? caWords(order.ca_text, request) : null;
    const onCard = actsOnCard(request).length > 0;
    return [says, onCard || request.status === 'installed' ? null : keyLine(request), factList([
        [t('requests.subject'), subjectLines(certificate?.subject_text || request.subject_text)],
        [t('requests.names'), names(request)],
        [t('requests.connection'), link(path('connections', request.connection), name(request.connection))],
        [t('requests.profile'), profileTitle(request.profile)],
        [t('requests.template'), request.fields?.template ?? request.fields?.Template],
        [t('requests.token'), request.token ? name(tokenName(request.token)) : null],
        [t('requests.container'), request.container ? name(request.container) : null],
        [t('requests.key'), request.key ? keyTitle(request.key.type) : null],
        [t('requests.ticket'), order.ticket ? code(order.ticket) : null],
        [t('requests.created'), dateTime(request.created_at)],
        [t('requests.sent'), dateTime(order.sent_at)],
        [t('requests.renews'), request.renews ? link(path('certificates', 'personal', request.renews), request.renews) : null],
        [t('requests.certificate'), certificate ? t('requests.certificate.until', { date: date(certificate.not_after) }) : null],
    ]), technicalFacts(request)];
}

function technicalFacts(request) {
    const { order = {} } = request;
    return h('details', null, h('summary', null, t('requests.details')), factList([
        [t('requests.number'), code(request.id)],
        [t('requests.details.subject'), code(request.subject_text)],
        [t('requests.details.key'), request.key?.uri ? [code(request.key.uri), ' ', copyButton(request.key.uri)] : null],
        [t('requests.details.client'), code(order.client_id)],
        [t('requests.details.serial'), code(request.certificate?.serial)],
        [t('requests.details.attempts'), order.attempts ? String(order.attempts) : null],
        [t('requests.fields'), fieldLines(request.fields)],
    ]));
}

function code(text) {
    return text ? h('code', { class: 'breakable' }, text) : null;
}

function keyTitle(type) {
    return has(`tokens.key.${type}`) ? t(`tokens.key.${type}`) : type;
}

function profileTitle(profile) {
    const key = `enroll.profile.${(profile ?? '').replaceAll('-', '_')}`;
    return has(key) ? t(key) : profile;
}

function subjectLines(text) {
    return pairLines(nameParts(text ?? ''));
}

function names(request) {
    return pairLines((request.alternative_names ?? []).map(({ kind, value }) => [kind, value]));
}

function fieldLines(fields) {
    return pairLines(Object.entries(fields ?? {}).map(([key, value]) => [key, [value].flat().join(', ')]));
}

/** "CN Anna", a line each. */
function pairLines(pairs) {
    if (!pairs.length) return null;
    return h('ul', { class: 'plain' }, pairs.map(([key, value]) => h('li', null, h('span', { class: 'muted' }, `${key} `), name(value))));
}

/** What was done, step by step; read when somebody wants to see it. */
function historyPart(id, signal) {
    const body = h('div');
    const element = h('details', null, h('summary', null, t('requests.history')), body);
    let shown = null, wanted = null;
    async function load() {
        if (!element.open || shown === wanted) return;
        shown = wanted;
        if (!body.firstChild) put(body, loading(t('requests.history.loading')));
        try {
            const { items } = await get(`/requests/${encodeURIComponent(id)}/history`, signal);
            put(body, h('ol', { class: 'history plain' }, items.map(historyLine)));
        } catch (error) {
            shown = null;
            if (!signal.aborted) put(body, errorCard(error, { retry: load }));
        }
    }
    element.addEventListener('toggle', load);
    return { element, refresh: (stamp) => { wanted = stamp; load(); } };
}

function historyLine(row) {
    const key = `requests.state.${row.to}`;
    const text = row.from === row.to ? t('requests.history.same') : has(key) ? t(key) : row.to;
    return h('li', null, h('time', { class: 'small muted', datetime: row.at }, dateTime(row.at)), ' ', text, ' ',
        row.who ? h('span', { class: 'small muted' }, t('requests.history.by', { who: row.who })) : null,
        row.note && row.note !== 'recorded' ? h('div', { class: 'small', dir: 'auto' }, row.note) : null);
}
