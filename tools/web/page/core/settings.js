// SPDX-License-Identifier: Apache-2.0
// The person's settings: language, theme and keys. They lie at the server; before the sign-in the browser decides.

import { get, post } from './http.js';
import { chooseLanguage, language, setLanguage } from './i18n.js';
import { tell } from './events.js';

const DEFAULTS = { language: 'auto', theme: 'system', single_keys: true, notify: false, pin_entry: 'auto',
    lock_after: 600, warn_days: 28, welcomed: false };
let current = { ...DEFAULTS };

/** @returns {typeof DEFAULTS} */
export function settings() {
    return current;
}

/** Read and use them. @returns {Promise<boolean>} whether the language is another one now */
export async function loadSettings() {
    return use(await get('/settings'));
}

/**
 * Change some of them; at once, and for all tabs by the event. "settings.used" is told here, with `words`: whether the
 * language is another one now.
 * @param {Partial<typeof DEFAULTS>} changes
 */
export async function changeSettings(changes) {
    const words = await use(await post('/settings', changes));
    tell('settings.used', { words });
    return current;
}

/** What the browser wishes, while nobody is signed in. */
export async function useBrowserSettings() {
    await setLanguage(chooseLanguage(navigator.languages ?? [navigator.language]));
}

async function use(settings) {
    current = { ...DEFAULTS, ...settings };
    const root = document.documentElement;
    if (current.theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = current.theme;
    const wanted = current.language === 'auto' ? chooseLanguage(navigator.languages) : current.language;
    if (wanted === language()) return false;
    await setLanguage(wanted);
    return true;
}
