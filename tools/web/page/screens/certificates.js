// SPDX-License-Identifier: Apache-2.0
// The screen "Certificates": the stores as tabs, one list each with its details, and what ends soon.
import { h, name as bdi, put } from '../core/dom.js';
import { date, t } from '../core/i18n.js';
import { go, link, path } from '../core/router.js';
import { watch } from '../core/store.js';
import { settings } from '../core/settings.js';
import { emptyState, errorCard, listPane, loading, mark, tabs } from '../ui/index.js';
import { expiryBanner, expiryTimeline } from './certificates_expiry.js';
import { showDetails } from './certificates_details.js';
import { startRenewal } from './certificates_renew.js';
import { importPage } from './certificates_import.js';
import { browsersPage } from './certificates_browsers.js';
import { TABS, isEnding, issuerName, keyPlace, ownerName, statusMark } from './certificates_words.js';

export const styles = ['style/enroll.css', 'style/certificates.css'];

const CHANGES = ['certificate.changed', 'request.changed'];
const TOKENS = ['token.inserted', 'token.removed', 'token.changed'];
const PAGES = { __proto__: null, import: importPage, browsers: browsersPage };

/** @param {object} [params] */
export function title(params) {
    return t(params && PAGES[params.tab] ? `certificates.${params.tab}.title` : 'certificates.title');
}

/* --- one store --- */

function keyText(item, tokens) {
    const place = keyPlace(item, tokens);
    if (!place) return null;
    return mark(place.token ? 'present' : 'removed', t(place.token ? 'certificates.key.on' : 'certificates.key.removed', { name: place.label || place.serial }));
}

function rowOf(item, state) {
    return {
        title: bdi(ownerName(item)),
        text: [t('certificates.row.issuer', { name: issuerName(item) }), ' · ', t('certificates.row.until', { date: date(item.not_after) })],
        mark: statusMark(item, settings().warn_days),
        aside: state.tab === 'personal' ? keyText(item, state.tokens) : null,
        dim: ['superseded', 'expired', 'revoked'].includes(item.status),
    };
}

function emptyOf(tab) {
    const actions = {
        personal: link('#/enroll', t('certificates.empty.enroll'), { class: 'button primary' }),
        root: link('#/connections/new', t('certificates.empty.connect'), { class: 'button primary' }),
        intermediate: link('#/certificates/import', t('certificates.import'), { class: 'button primary' }),
        other: link('#/certificates/import', t('certificates.import'), { class: 'button primary' }),
    };
    return emptyState(t(`certificates.empty.${tab}`), actions[tab]);
}

/* Newest on top where nothing is urgent: what ends soon comes first. */
function sorted(items) {
    const rank = (item) => (isEnding(item, settings().warn_days) ? 0 : ['superseded', 'revoked', 'expired'].includes(item.status) ? 2 : 1);
    return items.slice().sort((a, b) => rank(a) - rank(b) || b.not_before.localeCompare(a.not_before));
}

function storePane(view, tab, around) {
    const state = { tab, items: null, tokens: [], id: '', shown: '', part: { key: 'details' }, works: new Map() };
    const head = h('div', { class: 'stack' });
    const below = h('div');
    const place = h('div');
    const list = listPane({
        label: t(`certificates.tab.${tab}`), key: (item) => item.id, href: (item) => path('certificates', tab, item.id),
        row: (item) => rowOf(item, state), empty: emptyOf(tab), onclose: () => { state.shown = ''; go(path('certificates', tab), { replace: true }); },
    });

    function showChosen() {
        const item = state.items && state.items.find((one) => one.id === state.id);
        list.choose(state.id || null);
        if (!item) return state.items ? notThere() : undefined;
        const now = JSON.stringify([item, keyPlace(item, state.tokens)]);
        if (now === state.shown) return undefined;
        state.shown = now;
        return showDetails(list, item, { view, tab, tokens: state.tokens, part: state.part, work: workOf(item.id) });
    }

    /* What is under way for a certificate stays while its details are drawn anew. */
    function workOf(id) {
        if (!state.works.has(id)) state.works.set(id, h('div', { class: 'work' }));
        return state.works.get(id);
    }

    function begin() {
        const item = state.items && state.doing && state.items.find((one) => one.id === state.id);
        if (!item) return;
        state.doing = '';
        startRenewal(item, { view, work: workOf(item.id) });
    }

    function notThere() {
        state.shown = '';
        if (!state.id) return list.hideDetails();
        return list.showDetails(h('p', {}, t('certificates.gone')));
    }

    function draw() {
        if (!state.items) return;
        put(place, list.element);
        list.update(sorted(state.items));
        if (tab === 'personal') {
            put(head, expiryBanner(state.items));
            put(below, expiryTimeline(state.items));
        }
        showChosen();
        begin();
    }

    put(place, loading(t('certificates.loading')));
    watch(`/certificates?store=${tab}`, CHANGES, around.signal, ({ data, error }) => {
        if (error && !data) put(place, errorCard(error));
        if (!data) return;
        state.items = data.items;
        draw();
    });
    if (tab === 'personal') {
        watch('/tokens', TOKENS, around.signal, ({ data }) => {
            if (!data) return;
            state.tokens = data.items;
            draw();
        });
    }
    return { element: h('div', { class: 'stack' }, head, place, below), show: ({ id, query }) => {
        state.id = id || '';
        state.doing = query.do === 'renew';
        if (state.doing) history.replaceState(null, '', path('certificates', tab, state.id));
        showChosen();
        begin();
    } };
}

/* --- the screen --- */

function mountStores(view, params) {
    let current = { tab: '', pane: null, ending: new AbortController() };
    const body = h('div');
    const select = (tab) => {
        if (current.tab === tab) return;
        current.ending.abort();
        const ending = new AbortController();
        view.signal.addEventListener('abort', () => ending.abort(), { signal: ending.signal });
        current = { tab, ending, pane: storePane(view, tab, { signal: ending.signal }) };
        put(body, current.pane.element);
    };
    const tabOf = (now) => (TABS.includes(now.tab) ? now.tab : 'personal');
    const bar = tabs({
        label: t('certificates.title'), selected: tabOf(params), on: (key) => go(path('certificates', key), { replace: true }),
        tabs: TABS.map((key) => ({ key, text: t(`certificates.tab.${key}`), panel: () => { select(key); return body; } })),
    });
    put(view.root, h('div', { class: 'stack stores' },
        h('div', { class: 'page-tools' }, link('#/certificates/import', t('certificates.import'), { class: 'button' })),
        bar.element));
    select(tabOf(params));
    current.pane.show(params);
    return {
        update(now) {
            if (PAGES[now.tab]) return false;
            if (tabOf(now) !== current.tab) bar.select(tabOf(now));
            current.pane.show(now);
            return true;
        },
    };
}

/** @param {object} view
 * @param {object} params */
export function mount(view, params) {
    let shown = null;
    const draw = (now) => {
        view.setTitle(title(now));
        if (PAGES[now.tab]) {
            shown = null;
            PAGES[now.tab](view, now);
        } else if (!shown || !shown.update(now)) shown = mountStores(view, now);
    };
    draw(params);
    return { update: draw };
}
