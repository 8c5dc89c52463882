// SPDX-License-Identifier: Apache-2.0
// A job as the pane shows it: its steps while it runs, then what came out, or the card of its error. And dialogs with a form.
import { job } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { announce, detailLines, dialog, errorCard, form, icon, isQuiet, mark, stepsList } from '../ui/index.js';

/** The place of a pane where results stand until the next one.
 * @param {AbortSignal} signal of the pane; a job goes on when the pane is left
 * @returns {{element: Element, run: Function, say: Function, clear: Function, again: Function}} */
export function workArea(signal) {
    const element = h('div', { class: 'work' });
    let running = false, retry = null;

    const clear = () => put(element);

    function say(text, ...more) {
        put(element, h('div', { class: 'note ok' }, icon('check'), h('div', {}, h('p', {}, text), more)));
        announce(text, 'polite');
    }

    function fail(error, again) {
        put(element, isQuiet(error) ? null : errorCard(error, { retry: again }));
    }

    /** Resolves with the result, or undefined when it failed.
     * @param {{path: string, body?: object, method?: string, done?: string | ((result: object) => any)}} what */
    async function run(what) {
        if (running) return undefined;
        running = true;
        const steps = stepsList();
        let last = null;
        put(element, steps.element);
        try {
            const onchange = (now) => {
                last = now;
                steps.update(now);
            };
            const result = await job(what.path, what.body || {}, { method: what.method || 'POST', onchange });
            tell(what.done, result, notesOf(last));
            return result || {};
        } catch (error) {
            if (!signal.aborted) fail(error, retry || (() => run(what)));
            return undefined;
        } finally {
            running = false;
        }
    }

    function tell(done, result, notes) {
        if (signal.aborted) return;
        if (typeof done === 'string') say(done, notes);
        else if (done) put(element, done(result));
        else clear();
    }

    /** What "Try again" does: the whole action, with its dialogs. @param {() => any} fn */
    const again = (fn) => { retry = fn; };

    return { element, run, say, clear, again };
}

/** What a job has to say beside its result, folded.
 * @param {object|null} state keyfob.job/1 */
export function notesOf(state) {
    const lines = detailLines();
    lines.update((state?.steps || []).filter((step) => step.state === 'note'));
    return lines.element;
}

/** What a check found, line by line.
 * @param {{steps: {name: string, ok: boolean, text: string}[], ok: boolean}} report */
export function reportLines(report) {
    const all = report.steps.every((step) => step.ok);
    const title = t(all ? 'tokens.test.good' : 'tokens.test.bad');
    announce(title, 'polite');
    return h('div', { class: 'card' }, h('p', {}, mark(all ? 'ok' : 'bad', title)),
        h('ul', { class: 'plain-list' }, report.steps.map((step) => h('li', {},
            mark(step.ok ? 'ok' : 'bad', reportText(step))))));
}

/* Known findings in the person's language; what went wrong stays in the library's words. */
function reportText(step) {
    const text = step.ok && REPORT_STEPS.includes(step.name) ? t(`tokens.test.${step.name}`) : step.text;
    return step.container ? [h('bdi', {}, step.container), ': ', text] : text;
}

const REPORT_STEPS = [
    'session', 'login', 'offer', 'halves', 'protected', 'sign', 'certificates', 'ids', 'generate', 'public', 'destroy', 'container',
];

/** A dialog with a form. Resolves with its values, or null.
 * @param {{title: string, text?: any, fields: object[], values?: object, action: string, danger?: boolean,
 *          shows?: Object<string, (values: object) => boolean>, more?: (values: object) => any,
 *          check?: (values: object) => {field: string, title: string, text: string}[], also?: () => boolean}} what
 *   also: a last check of what is not in the form;
 *   shows: fields that are only there with certain values; more: drawn below the form, anew at each change */
export async function askForm({ title, text, fields, values = {}, action, danger = false, shows = {}, more, check, also }) {
    const below = h('div', {});
    const drawn = form({ schema: 'keyfob.form/1', fields }, { values, onchange: () => redraw(drawn.values()) });
    const redraw = (now) => {
        for (const [name, test] of Object.entries(shows)) drawn.element.querySelector(`[data-field="${name}"]`).hidden = !test(now);
        put(below, more ? more(now) : null);
    };
    redraw(drawn.values());
    const accept = () => {
        const problems = [...drawn.problems(), ...(check ? check(drawn.values()) : [])];
        if (problems.length) drawn.show(problems);
        return problems.length === 0 && (!also || also());
    };
    const answer = await dialog({
        title,
        body: h('div', { class: 'stack' }, typeof text === 'string' ? h('p', {}, text) : text, drawn.element, below),
        actions: [{ text: action, primary: !danger, danger, on: accept }, { text: t('core.cancel') }],
    });
    return answer ? drawn.values() : null;
}
