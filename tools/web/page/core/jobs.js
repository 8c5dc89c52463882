// SPDX-License-Identifier: Apache-2.0
// Jobs: long work at the server. They are started, followed by events, their questions answered, and they end with
// a result or an error.

import { listen } from './events.js';
import { ApiError, del, get, post } from './http.js';

const ENDED = new Set(['done', 'failed', 'cancelled']);
let attend = () => ({ update() {}, close() {}, why: (error) => error });

/**
 * Who answers questions (ui/questions.js): called once for each job() with what it may do; the attendant's update()
 * gets every state of the job, and close() comes at the end.
 * @param {(control: {answer: (answer: Object) => Promise<any>, cancel: () => void}) =>
 *   {update: (job: any, wrong: ApiError|null) => void, close: (error?: ApiError) => void,
 *   why?: (error: ApiError) => ApiError}} fn why: what the attendant knows better of how it ended
 */
export function attendWith(fn) {
    attend = fn;
}

/**
 * Start a job and wait for its end. After a wrong PIN the job itself asks again, in the same dialog. Where it cannot
 * (the reader's keypad) it fails with pin_wrong; with `retryPin` it is then started again, and a function answers
 * {path, body} of what is started instead. Nothing is ever tried with a PIN that was typed before.
 * Leaving the screen does not end a job: its questions are asked wherever the person is. `signal` cancels it.
 * @param {string} path below /api/v1
 * @param {any} [body]
 * @param {{method?: 'POST'|'DELETE', onchange?: (job: any) => void, signal?: AbortSignal,
 *   retryPin?: boolean|((error: ApiError) => {path: string, body?: any, method?: string})}} [options]
 * @returns {Promise<any>} its result
 */
export async function job(path, body, options = {}) {
    const run = { id: '', cancelled: false };
    const cancel = () => {
        run.cancelled = true;
        if (run.id) del(`/jobs/${run.id}`, {}).catch(() => {});
    };
    const attendant = attend({ answer: (answer) => post(`/jobs/${run.id}/answer`, answer), cancel });
    options.signal?.addEventListener('abort', cancel, { once: true });
    let what = { path, body, method: options.method ?? 'POST' }, wrong = null, failure;
    try {
        for (;;) {
            const end = await once(run, what, (state) => {
                attendant.update(state, wrong);
                options.onchange?.(state);
            }, cancel);
            if (end.state === 'done') return end.result ?? {};
            failure = failureOf(end, attendant);
            if (!mayRetry(failure, run, options)) throw failure;
            wrong = failure;
            if (typeof options.retryPin === 'function') what = { ...what, ...options.retryPin(failure) };
        }
    } finally {
        options.signal?.removeEventListener('abort', cancel);
        attendant.close(failure);
    }
}

/** Follow a job that was started elsewhere, or before the page was loaded again. @param {any} known keyfob.job/1 */
export async function follow(known, options = {}) {
    const cancel = () => del(`/jobs/${known.id}`, {}).catch(() => {});
    const attendant = attend({ answer: (answer) => post(`/jobs/${known.id}/answer`, answer), cancel });
    let failure;
    try {
        const end = await ended(known, (state) => {
            attendant.update(state, null);
            options.onchange?.(state);
        });
        if (end.state === 'done') return end.result ?? {};
        failure = failureOf(end, attendant);
        throw failure;
    } finally {
        attendant.close(failure);
    }
}

/** One start, until its end. Events may come before the answer to the start does. */
async function once(run, what, onchange, cancel) {
    const early = new Map(), hearing = new AbortController();
    listen('job.changed', (state) => early.set(state.id, state), hearing.signal);
    try {
        const started = await (what.method === 'DELETE' ? del : post)(what.path, what.body);
        run.id = started.id;
        if (run.cancelled) cancel();
        return await underLock(started.id, () => ended(early.get(started.id) ?? started, onchange));
    } finally {
        hearing.abort();
    }
}

/** Which tab attends to a job is known to the others by a lock. */
function underLock(id, fn) {
    return globalThis.navigator?.locks ? navigator.locks.request(`keyfob-job-${id}`, fn) : fn();
}

/** Every state goes to `onchange`, the last one is the result. */
function ended(first, onchange) {
    return new Promise((resolve, reject) => {
        const hearing = new AbortController();
        const take = (state) => {
            if (hearing.signal.aborted || state?.id !== first.id) return;
            if (state.result_left_out) { // too large for an event
                again();
                return;
            }
            if (ENDED.has(state.state)) {
                hearing.abort();
                resolve(state);
            }
            onchange(state);
        };
        const again = () => get(`/jobs/${first.id}`).then(take, (error) => {
            if (error.code === 'offline' || hearing.signal.aborted) return;
            hearing.abort();
            reject(error);
        });
        listen('job.changed', take, hearing.signal);
        listen('reset', again, hearing.signal);
        const timer = setInterval(again, 15000);
        hearing.signal.addEventListener('abort', () => clearInterval(timer));
        take(first);
    });
}

function failureOf(end, attendant) {
    const error = errorOf(end);
    return attendant.why ? attendant.why(error) : error;
}

function errorOf(end) {
    const code = end.state === 'cancelled' ? 'interrupted' : 'failed';
    const error = new ApiError(end.error ?? { code }, end.error?.status ?? 0);
    error.subject = end.subject ?? null;
    return error;
}

function mayRetry(error, run, options) {
    return error.code === 'pin_wrong' && !run.cancelled && Boolean(options.retryPin);
}
