// SPDX-License-Identifier: Apache-2.0
// One connection: how it stands, what helps, whom it knows, what it trusts, and what its CA offers.
import { get } from '../core/api.js';
import { h, name, put } from '../core/dom.js';
import { ago, date, n, t } from '../core/i18n.js';
import { go, link, path, withQuery } from '../core/router.js';
import { watch } from '../core/store.js';
import { button, errorCard, factList, icon, libraryLine, loading, report, section } from '../ui/index.js';
import { said } from '../ui/said.js';
import { edit, remove } from './connections_edit.js';
import { labPart } from './connections_lab.js';
import { can, isReady, labOf, placeOf, standing, wantsSignIn } from './connections_model.js';
import { recordsPart } from './connections_records.js';
import { fingerprintLine, rootsPart } from './connections_roots.js';
import { addressOf, forget, register, registrationText, signIn, signOut } from './connections_sign.js';
import { checkedText, statusMark } from './connections_words.js';
import { workArea } from './requests_work.js';

const DANGER = new Set(['remove']);

/**
 * @param {any} first keyfob.connection/1
 * @param {any} connector keyfob.connector/1, or undefined when this keyfob does not have it
 * @param {AbortSignal} signal
 * @returns {{element: Element, update: (connection: any) => void, do: (name: string) => any}}
 */
export function connectionDetails(first, connector, signal) {
    const state = { connection: first, busy: false, requests: null };
    const now = () => state.connection;
    const work = workArea(signal, (busy) => {
        state.busy = busy;
        redraw();
    });
    const table = actionTable(now, work, () => roots.open());
    const head = h('div', { class: 'details-head' });
    const card = section(() => standingCard(now(), act));
    const bar = section(() => h('div', { class: 'actions', role: 'group', 'aria-label': t('connections.acts') },
        actionsOf(now()).filter((one) => !onCard(now()).includes(one)).map((one, i) => act(one, !onCard(now()).length && i === 0))));
    const facts = section(() => connectionFacts(now(), state.requests));
    const roots = rootsSection(now, work, signal), templates = templatesSection(now, signal);
    const element = h('article', { class: 'stack' }, head, card.element, work.element, bar.element, facts.element,
        labOf(first) ? labPart(labOf(first), work, signal) : null, templates?.element, roots.element,
        connector && can(first, 'records') ? recordsPart(first, connector, signal) : null);

    function act(one, primary) {
        const blocked = state.busy && one !== 'enroll' ? t('connections.busy') : null;
        const words = one === 'sign-in' && now().standing === 'connected' ? 'sign-in.again' : one;
        const node = button(t(`connections.act.${words}`), { primary: primary && !DANGER.has(one), danger: DANGER.has(one),
            disabledBecause: blocked, on: () => table[one]() });
        node.dataset.do = one;
        return node;
    }

    function redraw() {
        const minute = Math.floor(Date.now() / 30000);
        put(head, h('h2', null, name(now().name)), h('p', { class: 'row-of' }, statusMark(now()), h('span', { class: 'muted' }, checkedText(now()))));
        card.update([now(), state.busy, minute]);
        bar.update([now(), state.busy]);
        facts.update([now(), state.requests]);
        roots.update(now());
    }

    watch(`/requests?view=all&search=${encodeURIComponent(first.name)}`, 'request.changed', signal, ({ data }) => {
        state.requests = data ? countOwn(data, first.name) : null;
        redraw();
    });
    const timer = setInterval(redraw, 30000);
    signal.addEventListener('abort', () => clearInterval(timer));
    redraw();
    return {
        element,
        update(connection) {
            state.connection = connection;
            redraw();
        },
        do: (one) => (Object.hasOwn(table, one) ? Promise.resolve(table[one]()).catch(report) : undefined),
    };
}

/* --- what can be done --- */

function actionTable(now, work, openRoots) {
    return {
        check: () => work.run({ path: addressOf(now().name, 'check'), quiet: ['ca_unreachable'], done: t('connections.check.done') }),
        'sign-in': () => signIn(now(), work, { quiet: ['request_rejected'] }),
        register: async () => {
            const registered = await register(now());
            if (registered) work.say(registrationText(registered));
        },
        'sign-out': () => signOut(now(), work),
        forget: () => forget(now(), work),
        edit: async () => {
            if (await edit(now())) work.say(t('connections.edit.done'));
        },
        roots: () => openRoots(),
        enroll: () => go(withQuery('#/enroll', { connection: now().name })),
        remove: async () => {
            if (await remove(now())) go('#/connections');
        },
    };
}

function actionsOf(connection) {
    const list = [], known = Boolean(connection.account) || Object.values(connection.secrets ?? {}).some(Boolean);
    const may = (one, yes) => { if (yes) list.push(one); };
    may('sign-in', wantsSignIn(connection));
    may('enroll', isReady(connection) || standing(connection) === 'unknown');
    may('check', can(connection, 'test') || can(connection, 'account'));
    may('sign-in', can(connection, 'login') && !list.includes('sign-in'));
    may('register', can(connection, 'register') && connection.standing !== 'connected' && connection.standing !== 'unconfirmed');
    may('sign-out', can(connection, 'logout') && connection.standing === 'connected');
    may('forget', known);
    may('edit', true);
    may('remove', true);
    return list;
}

function onCard(connection) {
    return CARDS[standing(connection)]?.acts(connection).filter((one) => one === 'roots' || actionsOf(connection).includes(one)) ?? [];
}

/* --- what needs a look --- */

const CARDS = {
    problem: { kind: 'bad', acts: () => ['check', 'edit'], library: (connection) => connection.problem },
    signed_out: { kind: 'warn', acts: (connection) => (can(connection, 'login') ? ['sign-in', 'register'] : ['edit']), words: (connection) => connection.standing_text },
    unconfirmed: { kind: 'warn', acts: () => ['check'], words: (connection) => connection.standing_text },
    refused: { kind: 'bad', acts: () => ['register', 'sign-in'], words: (connection) => connection.standing_text },
};

function standingCard(connection, act) {
    const state = standing(connection), card = CARDS[state];
    if (!card) return null;
    const good = state === 'problem' && connection.reached_at ? h('p', null, t('connections.card.problem.good', { ago: ago(connection.reached_at) })) : null;
    return h('section', { class: ['card', card.kind === 'bad' ? 'error-card' : 'warn-card'], 'aria-label': t(`connections.card.${state}`) },
        h('h3', { class: 'card-title' }, icon(card.kind === 'bad' ? 'cross' : 'warning'), t(`connections.card.${state}`)),
        card.library ? libraryLine(card.library(connection)) : caWords(card.words(connection), connection),
        h('p', { class: 'error-key' }, icon('key'), h('span', null, t('connections.card.key'))), good,
        h('p', null, t(`connections.card.${state}.next`)),
        h('div', { class: 'actions' }, onCard(connection).map((one, i) => act(one, i === 0))));
}

/** As the CA wrote them, and whose they are. */
function caWords(words, { name: connection }) {
    return words ? h('figure', { class: 'ca-words' }, h('figcaption', { class: 'small muted' }, t('connections.ca.words', { connection })),
        h('blockquote', { dir: 'auto' }, words)) : null;
}

/* --- what there is to know --- */

function connectionFacts(connection, requests) {
    const says = connection.standing_text && !CARDS[standing(connection)] ? connection.standing_text : null;
    return factList([
        [t('connections.kind'), said(connection.title || connection.connector)],
        [t('connections.address'), placeOf(connection) ? name(connection.settings.url) : null],
        [t('connections.account'), connection.account ? name(connection.account) : null],
        [t('connections.ca.words', { connection: connection.name }), says ? name(says) : null],
        [t('connections.added'), date(connection.created_at)],
        [t('connections.reached'), connection.reached_at ? ago(connection.reached_at) : null],
        [t('connections.requests'), link(withQuery('#/requests', { search: connection.name }), requests ? requestsText(requests) : t('connections.requests.show'))],
    ]);
}

/* The search finds the name elsewhere too; when there are more than a page, nothing is counted. */
function countOwn(page, connection) {
    const own = page.items.filter((one) => one.connection === connection);
    return page.next ? null : { all: own.length, open: own.filter((one) => one.view !== 'done').length };
}

function requestsText({ all, open }) {
    return open ? t('connections.requests.open', { all: n('connections.requests.count', all), open }) : n('connections.requests.count', all);
}

/** The roots that count, and behind a button those that the CA offers. */
function rootsSection(now, work, signal) {
    const place = h('div'), trusted = section(() => (now().anchors.length
        ? h('ul', { class: 'plain stack' }, now().anchors.map((root) => h('li', null, name(root.subject_text), ' ',
            h('span', { class: 'muted' }, t('connections.roots.until', { date: date(root.not_after) })), fingerprintLine(root))))
        : h('p', { class: 'note warn' }, icon('warning'), h('span', null, t('connections.roots.missing')))));
    const more = button(t('connections.act.roots'), { on: () => open() });
    const heading = h('h3', { tabindex: '-1' }, t('connections.roots'));
    function open() {
        more.hidden = true;
        trusted.element.hidden = true;
        if (!place.firstChild) put(place, rootsPart(now(), work, signal).element);
        heading.focus();
        heading.scrollIntoView({ block: 'nearest' });
    }
    return { element: h('section', { class: 'stack' }, heading, trusted.element, place, h('div', null, more)), open,
        update: (connection) => trusted.update(connection.anchors) };
}

/** What the CA can issue; asked when somebody wants to see it. */
function templatesSection(now, signal) {
    if (!can(now(), 'templates')) return null;
    const body = h('div');
    const element = h('details', null, h('summary', null, t('connections.templates')), body);
    async function load() {
        if (!element.open) return;
        put(body, loading(t('connections.asking', { connection: now().name })));
        try {
            const { items } = await get(addressOf(now().name, 'templates'), signal);
            put(body, h('p', { class: 'muted' }, n('connections.templates.count', items.length)), h('ul', null, items.map((one) =>
                h('li', null, name(one.title || one.name), one.help ? h('span', { class: 'small muted' }, ` ${said(one.help)}`) : null))));
        } catch (error) {
            if (!signal.aborted) put(body, errorCard(error, { retry: load }));
        }
    }
    element.addEventListener('toggle', () => load());
    return { element };
}
