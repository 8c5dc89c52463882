// SPDX-License-Identifier: Apache-2.0
// Requests: know who must act next. A list with tabs and a search, and the details of one.
import { job } from '../core/api.js';
import { h, name, put } from '../core/dom.js';
import { n, number, t } from '../core/i18n.js';
import { singleKeys } from '../core/keys.js';
import { go, link, path, withQuery } from '../core/router.js';
import { announce, button, emptyState, errorCard, listPane, loading, mark, report, tabs } from '../ui/index.js';
import { requestDetails } from './requests_details.js';
import { requestList } from './requests_list.js';
import { waitsForYou } from './requests_model.js';
import { actorLine, newsText, ownerName, statusMark, timesLine } from './requests_words.js';

export const styles = ['style/requests.css'];

const VIEWS = ['all', 'pending', 'action', 'done'];
const TYPING_MS = 250;

/** The name of the screen. */
export function title() {
    return t('requests.title');
}

/** @param {any} view @param {{id?: string, action?: string, query: Object<string, string>}} params */
export function mount(view, params) {
    const state = { view: viewOf(params), search: params.query.search ?? '', id: null, details: null, leave: null, busy: new Set(), items: [], drawn: null };
    const trouble = h('div'), result = h('div', { class: 'work' }), place = h('div', null, loading(t('requests.loading')));
    const empty = h('div'), foot = h('div', { class: 'list-foot-line' });
    const field = searchField(state, () => filter());
    const pane = listPane({
        label: t('requests.list'), key: (request) => request.id, href: (request) => address(request.id), row, empty,
        tools: [field, button(t('requests.check.all'), { on: () => checkAll() })], foot,
        onclose: () => go(address(null)),
    });
    const bar = tabs({ label: t('requests.views'), selected: state.view, on: (key) => choose(key),
        tabs: VIEWS.map((key) => ({ key, text: t(`requests.view.${key}`), panel: pane.element })) });
    const list = requestList(view.signal, { ondraw: draw, onchange: tell });

    function address(id) {
        return withQuery(path('requests', id ?? ''), { view: state.view === 'all' ? null : state.view, search: state.search });
    }

    function row(request) {
        const checking = state.busy.has(request.id);
        const actor = actorLine(request);
        return { title: ownerName(request), text: [name(request.connection), actor ? ` · ${actor}` : null], mark: statusMark(request),
            aside: checking ? t('requests.row.checking') : timesLine(request), dim: request.status === 'withdrawn', class: 'request-row' };
    }

    function draw(now) {
        Object.assign(state, { items: now.items, drawn: now });
        put(trouble, now.error ? errorCard(now.error, { retry: () => list.refresh() }) : null);
        if (now.loading) return;
        if (!bar.element.isConnected) put(place, bar.element);
        drawCounts(now.counts ?? {});
        put(empty, emptyPart(state, now.counts, () => clear()));
        pane.update(now.items);
        drawFoot(now);
    }

    function drawCounts(counts) {
        for (const key of VIEWS) {
            const name = t(`requests.view.${key}`);
            bar.setText(key, counts[key] ? t('requests.view.count', { view: name, count: number(counts[key]) }) : name);
        }
        view.setTitle(t('requests.title'), counts.action ?? 0);
    }

    function drawFoot(now) {
        const more = foot.querySelector('button');
        const focused = more && document.activeElement === more;
        const all = state.search ? 0 : now.counts?.[state.view] ?? 0;
        const said = now.more && all ? t('requests.shown.of', { shown: number(now.items.length), all: number(all) }) : n('requests.shown', now.items.length);
        put(foot, now.items.length ? h('span', null, said) : null, now.more ? button(t('requests.more'), { small: true, on: () => list.more() }) : null);
        if (focused) (foot.querySelector('button') ?? pane.list.lastElementChild?.firstElementChild)?.focus();
    }

    /* --- what the person does --- */

    /* The pause after typing may end when the person has gone elsewhere. */
    function filter() {
        if (view.signal.aborted) return;
        history.replaceState(null, '', address(state.id));
        list.filter({ view: state.view, search: state.search });
    }

    function choose(key) {
        state.view = key;
        filter();
    }

    function clear() {
        state.search = field.value = '';
        filter();
        field.focus();
    }

    async function checkAll() {
        put(result, loading(t('requests.check.all.running')));
        try {
            const done = await job('/requests/check', {});
            say(done.asked ? n('requests.check.all.done', done.asked) : t('requests.check.all.none'));
        } catch (error) {
            put(result, errorCard(error));
        }
    }

    function say(text) {
        put(result, h('p', { class: 'done' }, mark('ok', text)));
        announce(text);
    }

    /* --- one of them --- */

    function open(id, action) {
        if (id === state.id) return void state.details?.begin(action);
        state.leave?.abort();
        Object.assign(state, { id, details: null, leave: null });
        pane.choose(id);
        if (!id) return pane.hideDetails();
        state.leave = new AbortController();
        state.details = requestDetails(id, state.leave.signal, { action, onbusy: busy });
        return pane.showDetails(state.details.element);
    }

    function busy(id, yes) {
        if (yes) state.busy.add(id);
        else state.busy.delete(id);
        pane.update(state.items);
    }

    function tell(before, after) {
        if (before.status === after.status && waitsForYou(before) === waitsForYou(after) && before.link === after.link) return;
        announce(newsText(after));
    }

    put(view.root, trouble, result, place);
    list.filter({ view: state.view, search: state.search });
    open(params.id ?? null, params.action);
    singleKeys({ c: () => Promise.resolve(state.details ? state.details.do('check') : checkAll()).catch(report) }, view.signal);
    const timer = setInterval(() => state.drawn && pane.update(state.items), 30000);
    view.signal.addEventListener('abort', () => {
        clearInterval(timer);
        state.leave?.abort();
    });
    return { update: (now) => open(now.id ?? null, now.action) };
}

function viewOf(params) {
    return VIEWS.includes(params.query.view) ? params.query.view : 'all';
}

function searchField(state, changed) {
    let timer = 0;
    const field = h('input', { type: 'search', 'aria-label': t('requests.search.label'), placeholder: t('requests.search'), value: state.search });
    field.addEventListener('input', () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
            state.search = field.value.normalize('NFC').trim();
            changed();
        }, TYPING_MS);
    });
    return field;
}

function emptyPart(state, counts, clear) {
    if (state.search) return emptyState(t('requests.empty.search', { search: state.search }), button(t('requests.empty.search.clear'), { on: clear }));
    if (counts?.all) return emptyState(t('requests.empty.view'));
    return emptyState(t('requests.empty'), link('#/enroll', t('requests.empty.enroll'), { class: 'button primary' }));
}
