// SPDX-License-Identifier: Apache-2.0
// The document: elements from functions, and lists that keep their nodes. Data becomes text, never markup.

const SVG = 'http://www.w3.org/2000/svg';
const PROPERTIES = new Set(['value', 'checked', 'selected', 'indeterminate', 'open']);
const keys = new WeakMap();
let ids = 0;

/** A fresh element id. @returns {string} */
export function id() {
    ids += 1;
    return `k${ids}`;
}

/**
 * An element. `props`: class (text or list), on: {event: fn}, dataset, any attribute (true is an empty one; false,
 * null and undefined are left out). Children: nodes, texts, numbers, lists of these; null and false are nothing.
 * @param {string} tag
 * @param {Object<string, any>|null} [props]
 * @param {...any} children
 * @returns {any}
 */
export function h(tag, props, ...children) {
    return fill(document.createElement(tag), props, children);
}

/** As h(), in SVG. @param {string} tag @param {Object<string, any>|null} [props] @param {...any} children */
export function svg(tag, props, ...children) {
    return fill(document.createElementNS(SVG, tag), props, children);
}

/** Replace what is in a node. @param {Element} node @param {...any} children @returns {Element} */
export function put(node, ...children) {
    node.replaceChildren(...flat(children));
    return node;
}

/**
 * Make the children of `parent` those of `items`, in their order. A node is kept while its key is there, with the
 * focus in it. `update(node, item)` is called for new nodes too.
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => any} key
 * @param {(item: T) => Element} make
 * @param {(node: any, item: T) => void} [update]
 */
export function sync(parent, items, key, make, update) {
    const focused = parent.contains(document.activeElement) ? document.activeElement : null;
    const wanted = new Set(items.map((item) => String(key(item))));
    const there = new Map();
    for (const node of [...parent.children]) {
        const known = keys.get(node);
        if (known === undefined || !wanted.has(known)) node.remove();
        else there.set(known, node);
    }
    let at = parent.firstElementChild;
    for (const item of items) {
        const name = String(key(item));
        const node = there.get(name) ?? make(item);
        keys.set(node, name);
        update?.(node, item);
        if (node === at) at = at.nextElementSibling;
        else parent.insertBefore(node, at);
    }
    if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

/** A name from data: kept apart from the direction of the words around it. @param {any} text */
export function name(text) {
    return h('bdi', null, text ?? '');
}

function fill(node, props, children) {
    for (const [key, value] of Object.entries(props ?? {})) setOne(node, key, value);
    node.append(...flat(children));
    return node;
}

function setOne(node, key, value) {
    if (value === null || value === undefined || value === false) return;
    if (key === 'class') node.setAttribute('class', [value].flat().filter(Boolean).join(' '));
    else if (key === 'on') listenAll(node, value);
    else if (key === 'dataset') Object.assign(node.dataset, value);
    else if (PROPERTIES.has(key)) node[key] = value;
    else node.setAttribute(key, value === true ? '' : String(value));
}

function listenAll(node, handlers) {
    for (const [type, fn] of Object.entries(handlers)) if (fn) node.addEventListener(type, fn);
}

function flat(children) {
    return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
        .map((child) => (typeof child === 'object' ? child : String(child)));
}
