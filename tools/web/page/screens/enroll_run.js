// SPDX-License-Identifier: Apache-2.0
// Sending: the jobs that make the key and the request, their steps in one list, and how it ended.
import { job } from '../core/api.js';
import { stepsList } from '../ui/index.js';
import { endedSteps } from './certificates_work.js';
import { orderOf, subjectText } from './enroll_model.js';
import { forgetDraft, wizard } from './enroll_state.js';

/** What is under way or has ended. `request` is its id once one is recorded.
 * @typedef {{state: 'running'|'done'|'waiting'|'failed', steps: any, before: object[], last: object[], result: object|null,
 *            error: any, request: string, draft: object, forms: object|null, stop: AbortController, changed: () => void}} Run */

/** @returns {Run} with nothing done yet */
export function newRun() {
    const { draft, forms } = wizard;
    return {
        state: 'running', steps: stepsList(), before: [], last: [], result: null, error: null, request: '', draft, forms,
        stop: new AbortController(), changed: () => {},
    };
}

/* The steps of all jobs stay in one list. */
function showSteps(run, state) {
    run.last = (state.steps || []).slice();
    run.steps.update({ ...state, steps: [...run.before, ...run.last] });
}

function keepSteps(run, well) {
    run.before = [...run.before, ...endedSteps(run.last, well)];
    run.last = [];
    run.steps.update({ steps: run.before });
}

async function oneJob(run, path, body, options = {}) {
    let well = false;
    try {
        const result = await job(path, body, { ...options, signal: run.stop.signal, onchange: (state) => showSteps(run, state) });
        well = true;
        return result;
    } finally {
        keepSteps(run, well);
    }
}

/* After a wrong PIN nothing is made twice: what is recorded goes on. */
function againAfterPin(error) {
    return error.request ? { path: `/requests/${encodeURIComponent(error.request)}/resume`, body: {} } : {};
}

/* --- a certificate for tests, without a CA --- */

function selfBody(draft) {
    const { subject } = draft;
    const names = [['email', subject.email], ['dns', subject.dns]].filter(([, value]) => value);
    return { subject: subjectText(subject), sans: names.map(([kind, value]) => `${kind}:${value}`), days: Number(subject.days) || 365 };
}

async function signSelf(run) {
    const { draft } = run;
    let { uri } = draft.place;
    if (!uri) {
        const { medium, folder, unblock } = draft.place;
        const made = await oneJob(run, '/media', { medium, name: draft.container, ...(folder ? { folder } : {}), ...(unblock ? { unblock } : {}) });
        uri = made.uri || made.token?.uri;
        draft.place = { ...draft.place, uri, label: draft.container };
    }
    const at = `/tokens/${encodeURIComponent(uri)}/containers`;
    const label = draft.container || draft.subject.CN;
    const more = run.key ? {} : { key: draft.key, exportable: draft.exportable };
    try {
        return await oneJob(run, `${at}/${encodeURIComponent(label)}/self-signed`, { ...selfBody(draft), ...more });
    } finally {
        run.key = run.before.some((step) => step.name === 'keygen' && step.state === 'done');
    }
}

/* --- how it ended --- */

const WAITING = ['pending', 'needs_person'];

function endOf(result) {
    if (!isRequest(result) || result.status === 'installed') return 'done';
    return ['rejected', 'failed', 'quarantined', 'needs_operator'].includes(result.status) ? 'failed' : 'waiting';
}

function isRequest(result) {
    return Boolean(result && String(result.schema).startsWith('keyfob.request'));
}

function succeed(run, result) {
    run.result = result;
    run.request = isRequest(result) ? result.id : run.request;
    run.state = endOf(result);
}

function fail(run, error) {
    run.error = error;
    run.request = error.request || run.request;
    run.state = WAITING.includes(error.code) && run.request ? 'waiting' : 'failed';
}

async function attempt(run, work) {
    Object.assign(run, { state: 'running', error: null, stop: new AbortController() });
    run.changed();
    try {
        succeed(run, await work());
    } catch (error) {
        fail(run, error);
    }
    if (run.request || run.state === 'done') await forgetDraft();
    run.changed();
}

/** Make the key and send the request; or again, after something stood in the way.
 * @param {Run} run */
export function start(run) {
    if (run.draft.source === 'self') return attempt(run, () => signSelf(run));
    return attempt(run, () => oneJob(run, '/enroll', orderOf(run.draft, run.forms), { retryPin: againAfterPin }));
}

/** Go on with what is recorded.
 * @param {Run} run */
export function resume(run) {
    return attempt(run, () => oneJob(run, `/requests/${encodeURIComponent(run.request)}/resume`, {}));
}
