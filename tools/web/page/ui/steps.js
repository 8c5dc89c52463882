// SPDX-License-Identifier: Apache-2.0
// The steps of a job: each line stays, the last one moves.

import { h, put, sync } from '../core/dom.js';
import { duration, has, t } from '../core/i18n.js';
import { announce, icon } from './basics.js';

const ICONS = { begin: 'dots', wait: 'clock', done: 'check', failed: 'cross', note: 'info' };

/** @returns {{element: Element, update: (job: any) => void}} */
export function stepsList() {
    const element = h('ol', { class: 'steps', 'aria-label': t('core.steps') });
    const said = new Set();
    return {
        element,
        update(job) {
            const steps = joined(job?.steps ?? []);
            sync(element, steps, (step) => step.key, () => h('li'), (node, step) => draw(node, step));
            for (const step of steps) {
                const line = `${step.key} ${step.state}`;
                if (!said.has(line) && step.state !== 'begin') announce(words(step));
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

function draw(node, step) {
    const line = `${step.state} ${step.text}`;
    if (node.dataset.line === line) return;
    node.dataset.line = line;
    node.className = `step ${step.state}`;
    const own = words(step), detail = step.text && step.text !== own ? step.text : '';
    put(node, icon(ICONS[step.state] ?? 'info'), h('span', { class: 'step-text' }, h('span', null, own),
        step.ms > 999 ? h('span', { class: 'muted' }, ` (${duration(step.ms)})`) : null,
        detail ? h('span', { class: 'small muted step-detail', dir: 'auto' }, detail) : null));
}

/** A known step is said in the person's language; the library's line is its detail. */
function words(step) {
    const key = `core.step.${step.name}.${step.state}`;
    return has(key) ? t(key) : step.text;
}
