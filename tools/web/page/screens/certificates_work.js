// SPDX-License-Identifier: Apache-2.0
// A job in a place of the page: its steps, then what came out or the card of its error. It goes on when the person leaves.
import { job } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { announce, errorCard, isQuiet, mark, notify, stepsList, titleOf } from '../ui/index.js';

/** What came out well: a mark, the words, and what to do with it.
 * @param {string} text
 * @param {...any} more */
function doneNode(text, ...more) {
    return h('div', { class: 'stack done' }, h('p', {}, mark('ok', text)), more);
}

/** The steps of a job that has ended: what had only begun is over as well.
 * @param {object[]} steps
 * @param {boolean} well */
export function endedSteps(steps, well) {
    const over = (step, i) => !['begin', 'wait'].includes(step.state) || steps.slice(i + 1).some((later) => later.name === step.name);
    return steps.map((step, i) => (over(step, i) ? step : { ...step, state: well ? 'done' : 'failed' }));
}

/** Run a job in `box`.
 * @param {Element} box
 * @param {AbortSignal} signal of the view
 * @param {{path: string, body?: object, method?: 'POST'|'DELETE', done: (result: any) => {text: string, more?: any[]},
 *          again?: () => any, failed?: (error: any) => {text: string, more?: any[]}|null, actions?: (error: any) => any[]}} what
 *          `failed`: an error that is none, such as one that waits for the CA; `again`: another way to try again
 * @returns {Promise<any>} the result, undefined after an error */
export async function runJob(box, signal, what) {
    const steps = stepsList();
    const end = h('div');
    let last = [];
    const show = (state) => { last = state.steps || []; steps.update(state); };
    const finish = (well) => steps.update({ steps: endedSteps(last, well) });
    put(box, steps.element, end);
    try {
        const result = await job(what.path, what.body || {}, { method: what.method || 'POST', onchange: show });
        finish(true);
        tell(end, signal, what.done(result));
        return result;
    } catch (error) {
        const said = what.failed ? what.failed(error) : null;
        finish(Boolean(said));
        if (said) tell(end, signal, said);
        else showError(end, signal, error, what.again || (() => runJob(box, signal, what)), what.actions);
        return undefined;
    }
}

function tell(end, signal, { text, more = [] }) {
    if (signal.aborted) return notify(text, { kind: 'ok' });
    put(end, doneNode(text, ...more));
    announce(text);
    return end.querySelector('a, button')?.focus();
}

function showError(end, signal, error, retry, actions) {
    if (signal.aborted) return isQuiet(error) ? undefined : notify(t('certificates.work.failed', { text: titleOf(error) }), { kind: 'bad' });
    if (isQuiet(error)) return put(end, h('p', { class: 'muted' }, t('certificates.work.stopped')));
    const card = errorCard(error, { retry, actions: actions ? actions(error) : [] });
    put(end, card);
    return card.focus();
}

/** A quick write without steps, in `box`.
 * @param {Element} box
 * @param {() => Promise<any>} work
 * @param {(result: any) => {text: string, more?: any[]}} done */
export async function runWrite(box, work, done) {
    put(box);
    try {
        const result = await work();
        const { text, more = [] } = done(result);
        put(box, doneNode(text, ...more));
        announce(text);
        box.querySelector('a, button')?.focus();
        return result;
    } catch (error) {
        if (!isQuiet(error)) put(box, errorCard(error));
        return undefined;
    }
}
