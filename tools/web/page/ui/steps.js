// SPDX-License-Identifier: Apache-2.0
// The steps of a job: each line stays, the last one moves. What the library said of them lies folded below.

import { h, put, sync } from '../core/dom.js';
import { duration, has, t } from '../core/i18n.js';
import { announce, icon } from './basics.js';

const ICONS = { begin: 'dots', wait: 'clock', done: 'check', failed: 'cross', note: 'info' };

/** @returns {{element: Element, update: (job: any) => void}} */
export function stepsList() {
    const list = h('ol', { class: 'steps', 'aria-label': t('core.steps') });
    const folded = detailLines();
    const said = new Set();
    return {
        element: h('div', { class: 'job-steps' }, list, folded.element),
        update(job) {
            const steps = joined(job?.steps ?? []);
            sync(list, steps.filter(isStep), (step) => step.key, () => h('li'), (node, step) => draw(node, step));
            folded.update(steps);
            for (const step of steps) {
                const line = `${step.key} ${step.state}`;
                if (!said.has(line) && step.state !== 'begin' && isStep(step)) announce(words(step));
                said.add(line);
            }
        },
    };
}

/** What began and ended is one line. @param {{name: string, state: string, text: string, ms: number}[]} steps */
export function joined(steps) {
    const lines = [];
    for (const step of steps) {
        const last = lines.at(-1);
        const goesOn = last && last.name === step.name && ['begin', 'wait'].includes(last.state);
        if (goesOn) lines[lines.length - 1] = { ...step, key: last.key };
        else lines.push({ ...step, key: lines.length });
    }
    return lines;
}

/** The library's own lines, in its language: for who wants to know more. @returns the same as stepsList() */
export function detailLines() {
    const list = h('ul', { class: 'plain-list small' });
    const element = h('details', { class: 'job-details', hidden: true }, h('summary', null, t('core.details')), list);
    return {
        element,
        update(steps) {
            const lines = steps.filter((step) => step.text && !(isStep(step) && step.text === words(step)));
            element.hidden = lines.length === 0;
            sync(list, lines.map((step, i) => ({ ...step, key: i })), (step) => step.key, () => h('li', { dir: 'auto' }),
                (node, step) => { if (node.textContent !== step.text) put(node, step.text); });
        },
    };
}

/** A note has no words of its own. */
function isStep(step) {
    return step.state !== 'note' || has(keyOf(step));
}

/** How long a PIN took is how long somebody typed. */
function draw(node, step) {
    const line = `${step.state} ${step.text}`;
    if (node.dataset.line === line) return;
    node.dataset.line = line;
    node.className = `step ${step.state}`;
    put(node, icon(ICONS[step.state] ?? 'info'), h('span', { class: 'step-text' }, h('span', null, words(step)),
        step.ms > 999 && step.name !== 'pin' ? h('span', { class: 'muted' }, ` (${duration(step.ms)})`) : null));
}

const keyOf = (step) => `core.step.${step.name}.${step.state}`;

/** A known step is said in the person's language. */
function words(step) {
    return has(keyOf(step)) ? t(keyOf(step)) : step.text;
}
