// SPDX-License-Identifier: Apache-2.0
// One screen at a time: its module is loaded when it is first wanted, gets a view, and leaves it again.

import { h, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { link } from '../core/router.js';
import { emptyState, loading } from './basics.js';
import { closeDialogsOfScreen } from './dialog.js';
import { errorCard } from './error.js';

const current = { name: '', leave: null, mounted: null, frame: null, turn: 0 };
const styles = new Set();

/**
 * @param {any} frame of ui/frame.js
 * @param {string} name
 * @param {{module: string, parts: string[]}} screen
 * @param {any} params
 * @param {{keepFocus?: boolean}} [options]
 */
export async function showScreen(frame, name, screen, params, options = {}) {
    const same = name === current.name && frame === current.frame;
    frame.mark(name);
    if (same && current.mounted?.update) {
        current.mounted.update(params);
        return;
    }
    if (name !== current.name) closeDialogsOfScreen();
    const turn = ++current.turn;
    current.leave?.abort();
    Object.assign(current, { name, frame, leave: new AbortController(), mounted: null });
    frame.errors.replaceChildren();
    const view = makeView(frame, current.leave.signal);
    put(view.root, loading());
    const module = await load(screen.module);
    if (turn !== current.turn) return;
    put(view.root);
    view.setTitle(module.title ? module.title(params) : t('core.nav.' + name));
    if (!options.keepFocus) view.focus();
    await mount(module, view, params, turn);
    scrollTo(0, 0);
}

async function mount(module, view, params, turn) {
    try {
        const mounted = await module.mount(view, params);
        if (turn === current.turn) current.mounted = mounted ?? null;
    } catch (error) {
        console.error(error);
        if (turn === current.turn && error?.code !== 'offline') put(view.root, errorCard(error));
    }
}

function makeView(frame, signal) {
    const root = h('div', { class: 'view-root' });
    put(frame.place, root);
    return {
        root, signal,
        setTitle(text, count = 0) {
            frame.setTitle(text, count);
        },
        focus() {
            frame.heading.focus({ preventScroll: true });
        },
    };
}

/** A screen may bring a style sheet of its own. */
async function load(path) {
    try {
        const module = await import(new URL(`../${path}`, import.meta.url).href);
        await Promise.all((module.styles ?? []).map(addStyle));
        return module;
    } catch (error) {
        console.error(error);
        return { mount: (view) => put(view.root, emptyState(t('core.no_screen'), link('#/tokens', t('core.nav.tokens'),
            { class: 'button primary' }))) };
    }
}

function addStyle(href) {
    if (styles.has(href)) return null;
    styles.add(href);
    return new Promise((resolve) => {
        document.head.append(h('link', { rel: 'stylesheet', href, on: { load: resolve, error: resolve } }));
    });
}
