// SPDX-License-Identifier: Apache-2.0
// The rows of the requests, a hundred at a time, and each of them renewed in place when it changes.
import { get } from '../core/api.js';
import { listen } from '../core/events.js';
import { watch } from '../core/store.js';
import { inOrder, noPages, pagePath, takeOne, takePage } from './requests_pages.js';

/**
 * @param {AbortSignal} signal of the screen
 * @param {{ondraw: (state: {items: any[], counts: any, more: boolean, error: any, loading: boolean}) => void,
 *   onchange?: (before: any, after: any) => void}} on onchange: one that is known was read again
 * @returns {{filter: (filter: {view: string, search: string}) => void, more: () => Promise<void>, refresh: () => any}}
 */
export function requestList(signal, { ondraw, onchange = () => {} }) {
    const state = { filter: null, pages: noPages(), cursors: [], source: null, leave: null, error: null, loading: true };
    const known = new Map();

    function draw() {
        const { pages, error, loading } = state;
        ondraw({ items: inOrder(pages), counts: pages.counts, more: pages.next !== null && pages.next !== undefined, error, loading });
    }

    function notice(request) {
        const before = known.get(request.id);
        known.set(request.id, request);
        if (before) onchange(before, request); /* updated_at has seconds only: two changes may share one */
    }

    function takeFirst({ data, error, loading }) {
        state.error = error;
        state.loading = loading && !state.pages.counts;
        if (data && !loading) {
            takePage(state.pages, data);
            data.items.forEach(notice);
        }
        if (!loading || state.pages.counts) draw();
    }

    function filter(wanted) {
        state.leave?.abort();
        state.leave = new AbortController();
        signal.addEventListener('abort', () => state.leave.abort(), { once: true });
        Object.assign(state, { filter: wanted, pages: noPages(), cursors: [], loading: true });
        state.source = watch(pagePath(wanted), 'request.changed', state.leave.signal, takeFirst);
    }

    async function readOn(after) {
        const { filter: asked, leave } = state;
        const page = await get(pagePath(asked, after), leave.signal);
        takePage(state.pages, page, after);
        page.items.forEach(notice);
        draw();
    }

    async function more() {
        const after = state.pages.next;
        if (!after) return;
        state.cursors.push(after);
        await readOn(after);
    }

    /* What stands further down than the first page is read alone. */
    async function changed({ id }) {
        if (!state.cursors.length || !state.pages.items.has(id)) return;
        const request = await get(`/requests/${encodeURIComponent(id)}`, signal).catch(() => null);
        if (!request) return;
        notice(request);
        takeOne(state.pages, request, state.filter.view);
        draw();
    }

    listen('request.changed', changed, signal);
    listen('reset', () => state.cursors.forEach((after) => readOn(after).catch(() => {})), signal);
    return { filter, more, refresh: () => state.source?.refresh() };
}
