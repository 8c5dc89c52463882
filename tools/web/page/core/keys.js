// SPDX-License-Identifier: Apache-2.0
// Keys of the whole page: "/" for the search, Ctrl+Enter for a form, and the single keys of a screen.

import { settings } from './settings.js';

const TYPING = 'input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]';

/**
 * Single keys of a screen ({c: fn}); a person can turn them off (WCAG 2.1.4). They do nothing while somebody types,
 * with a modifier, or behind a dialog.
 * @param {Object<string, (event: KeyboardEvent) => void>} table
 * @param {AbortSignal} signal
 */
export function singleKeys(table, signal) {
    document.addEventListener('keydown', (event) => {
        const fn = table[event.key.toLowerCase()] ?? table[event.key];
        if (!fn || !mayTake(event)) return;
        event.preventDefault();
        fn(event);
    }, { signal });
}

/** "/" goes to the search field of the screen. @param {AbortSignal} signal */
export function searchKey(signal) {
    singleKeys({ '/': () => document.querySelector('main input[type=search]')?.focus() }, signal);
}

/** Ctrl+Enter inside `element` is `fn`. @param {Element} element @param {() => void} fn */
export function onSubmitKey(element, fn) {
    element.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        event.stopPropagation();
        fn();
    });
}

function mayTake(event) {
    return settings().single_keys && !event.ctrlKey && !event.altKey && !event.metaKey && !event.defaultPrevented
        && !event.target.closest?.(TYPING) && !document.querySelector('dialog:modal');
}
