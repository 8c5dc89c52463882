// SPDX-License-Identifier: Apache-2.0
// Ten thousand requests a hundred at a time: the pages that were read become one list, newest first.
import { numberOf, tabOf } from './requests_model.js';

export const PAGE = 100;

/** The address of a page. @param {{view: string, search: string}} filter @param {string|null} [after] */
export function pagePath({ view, search }, after = null) {
    const query = new URLSearchParams({ view, limit: String(PAGE) });
    if (search) query.set('search', search);
    if (after) query.set('after', after);
    return `/requests?${query}`;
}

/** @typedef {{items: Map<string, any>, next: string|null, counts: any}} Pages */
/** @returns {Pages} nothing was read yet */
export function noPages() {
    return { items: new Map(), next: null, counts: null };
}

/**
 * Take a page in. What stood in its stretch before and does not now is gone from this view; what was read further
 * down stays.
 * @param {Pages} pages
 * @param {any} page keyfob.requests/1
 * @param {string|null} after what the page was asked for with
 */
export function takePage(pages, page, after = null) {
    const numbers = page.items.map(numberOf);
    const top = after ? numberOf({ id: after }) : Infinity;
    const bottom = page.next ? Math.min(...numbers) : -Infinity;
    for (const [id, item] of pages.items) {
        const number = numberOf(item);
        if (number < top && number >= bottom) pages.items.delete(id);
    }
    for (const item of page.items) pages.items.set(item.id, item);
    pages.counts = page.counts ?? pages.counts;
    if (after || !lowest(pages, bottom)) pages.next = page.next;
}

/** Is there anything further down than this? Then the way on was found there. */
function lowest(pages, bottom) {
    return [...pages.items.values()].some((item) => numberOf(item) < bottom);
}

/** One request has changed: where it is shown it is renewed, or leaves the view. @param {Pages} pages @param {any} request @param {string} view */
export function takeOne(pages, request, view) {
    if (!pages.items.has(request.id)) return;
    if (view === 'all' || tabOf(request) === view) pages.items.set(request.id, request);
    else pages.items.delete(request.id);
}

/** Newest first. @param {Pages} pages @returns {any[]} */
export function inOrder(pages) {
    return [...pages.items.values()].sort((a, b) => numberOf(b) - numberOf(a));
}
