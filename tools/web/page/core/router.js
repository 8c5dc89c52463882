// SPDX-License-Identifier: Apache-2.0
// Addresses inside the page: "#/requests/r-17?view=all" is the screen "requests" with parts and a query.

import { h } from './dom.js';

/** @param {string} hash @returns {{screen: string, parts: string[], query: Object<string, string>}} */
export function parse(hash) {
    const [path, query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
    const [screen = '', ...parts] = path.split('/').filter(Boolean).map(decode);
    return { screen, parts, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** An address of parts that may have anything in them: path('tokens', uri). @param {...string} parts */
export function path(...parts) {
    return `#/${parts.filter((part) => part !== '' && part !== null && part !== undefined).map(encodeURIComponent)
        .join('/')}`;
}

/** An address with a query. @param {string} hash @param {Object<string, any>} query what is null or "" is left out */
export function withQuery(hash, query) {
    const said = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
    const text = new URLSearchParams(said).toString();
    return hash.split('?')[0] + (text ? `?${text}` : '');
}

/** Go to an address. @param {string} hash @param {{replace?: boolean}} [options] replace: without a way back */
export function go(hash, options = {}) {
    const address = whole(hash);
    if (address === location.hash) dispatchEvent(new HashChangeEvent('hashchange'));
    else if (options.replace) location.replace(address);
    else location.hash = address;
}

/** A link inside the page. @param {string} hash @param {any} text @param {Object<string, any>} [props] */
export function link(hash, text, props) {
    return h('a', { href: whole(hash), ...props }, text);
}

/** The parameters of a screen: its parts by name. @param {string[]} names */
export function paramsOf(names, { parts, query }) {
    const params = { parts, query };
    names.forEach((name, i) => { params[name] = parts[i]; });
    return params;
}

function whole(hash) {
    return hash.startsWith('#') ? hash : `#/${hash.replace(/^\//, '')}`;
}

function decode(part) {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}
