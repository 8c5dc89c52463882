// SPDX-License-Identifier: Apache-2.0
// Where a job shows its steps, and then what came of it: a line, or the card of its error. One at a time.
import { job } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { announce, button, errorCard, mark, stepsList } from '../ui/index.js';

/** What is no error: it goes on, or the document says it. */
const NO_ERROR = new Set(['pending']);
/** What takes longer can be cancelled. */
const CANCEL_MS = 3000;

/**
 * @typedef {{path: string, body?: any, method?: 'POST'|'DELETE', done?: string|((result: any) => string|null),
 *   quiet?: string[], actions?: (error: any) => Element[], card?: (error: any) => Element|null,
 *   after?: (result: any) => any}} Work
 *   quiet: codes that the screen shows by itself; actions: buttons that help with an error; card: another card for it
 */
/**
 * @param {AbortSignal} signal of the place; a job goes on when it is left
 * @param {(busy: boolean) => void} [onbusy]
 */
export function workArea(signal, onbusy = () => {}) {
    const element = h('div', { class: 'work' });
    let running = false;

    function say(text) {
        if (signal.aborted) return;
        put(element, text ? h('p', { class: 'done' }, mark('ok', text)) : null);
        if (text) announce(text);
    }

    function fail(error, work) {
        if (signal.aborted) return;
        if (error.code === 'interrupted' || NO_ERROR.has(error.code) || work.quiet?.includes(error.code)) put(element);
        else put(element, work.card?.(error) ?? errorCard(error, { retry: () => { run(work); }, actions: work.actions?.(error) }));
        element.firstElementChild?.scrollIntoView({ block: 'nearest' });
    }

    /** The result, or undefined when it failed. @param {Work} work */
    async function run(work) {
        if (running) return undefined;
        setRunning(true);
        const steps = stepsList(), cancelling = new AbortController();
        put(element, steps.element);
        const timer = setTimeout(() => element.append(cancelButton(cancelling)), CANCEL_MS);
        try {
            const result = await job(work.path, work.body ?? {}, { method: work.method, signal: cancelling.signal, onchange: (state) => steps.update(state) });
            say(typeof work.done === 'function' ? work.done(result) : work.done ?? null);
            await work.after?.(result);
            return result;
        } catch (error) {
            fail(error, work);
            return undefined;
        } finally {
            clearTimeout(timer);
            setRunning(false);
        }
    }

    function setRunning(yes) {
        running = yes;
        if (!signal.aborted) onbusy(yes);
    }

    return { element, run, say, clear: () => put(element), isBusy: () => running };
}

function cancelButton(cancelling) {
    return h('div', { class: 'actions' }, button(t('core.cancel'), { small: true, on: () => cancelling.abort() }));
}
