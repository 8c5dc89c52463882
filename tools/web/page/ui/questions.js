// SPDX-License-Identifier: Apache-2.0
// What a job asks a person: a PIN or password, a text, a yes. One dialog for each job; it stays open while the
// answer is being looked at, and shows the next question in its place.

import { h, id, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { ApiError } from '../core/http.js';
import { attendWith } from '../core/jobs.js';
import { watch } from '../core/store.js';
import { button } from './basics.js';
import { titleOf } from './error.js';
import { pinQuestion } from './pin.js';
import { said } from './said.js';

const CHECKING_MS = 4000;
const TOKEN_EVENTS = ['token.inserted', 'token.removed', 'token.changed'];

/** From now on the questions of jobs are asked here. */
export function answerQuestions() {
    attendWith(attendant);
}

/**
 * @param {{answer: (answer: Object) => Promise<any>, cancel: () => void}} control
 * @returns {{update: (job: any, wrong: any) => void, why: (error: ApiError) => ApiError, close: () => void}}
 */
function attendant(control) {
    const state = { shown: null, keypad: false, answered: 0, steps: '', timer: 0, frame: null,
        removed: false, watching: null };
    const answer = async (question, said) => {
        state.answered = question.question;
        clearTimeout(state.timer);
        state.timer = setTimeout(() => closeFrame(state), CHECKING_MS);
        try {
            await control.answer({ question: question.question, ...said });
        } catch (error) {
            if (error.code !== 'wrong_state') state.frame?.fail(titleOf(error));
        }
    };
    return {
        update(job, wrong) {
            const question = job.question ?? null;
            if (question && question.question !== state.shown && question.question !== state.answered) {
                clearTimeout(state.timer);
                state.shown = question.question;
                state.keypad = question.kind === 'keypad';
                state.steps = JSON.stringify(job.steps ?? []);
                show(state, question, wrong, answer, control.cancel);
            } else if (!question && state.frame && goesOn(state, job)) closeFrame(state);
        },
        /* Nobody has pressed "Cancel". */
        why: (error) => (state.removed ? removedError(error) : error),
        close() {
            closeFrame(state);
        },
    };
}

function removedError({ request, subject, status }) {
    return Object.assign(new ApiError({ code: 'token_removed', request }, status), { subject });
}

/** A token that is pulled out while its PIN is asked for: the question is over, and that is why. */
function watchToken(state, { question, token }, cancel) {
    state.watching?.abort();
    state.watching = new AbortController();
    if (!token?.serial) return;
    let there = false;
    watch('/tokens', TOKEN_EVENTS, state.watching.signal, ({ data }) => {
        const now = Boolean(data?.items.some(({ serial, label }) => serial === token.serial && label === token.label));
        const left = there && !now && state.answered !== question;
        there = now;
        if (!left) return;
        state.removed = true;
        cancel();
    });
}

/** Not while the answer is being looked at, nor while the reader's keypad waits (the step after that question). */
function goesOn(state, job) {
    const last = job.steps?.at(-1);
    if (state.keypad && last?.name === 'pin' && last.state === 'wait') return false;
    return state.shown !== state.answered || job.state !== 'running' || JSON.stringify(job.steps ?? []) !== state.steps;
}

function show(state, question, wrong, answer, cancel) {
    state.frame ??= openFrame((closed) => {
        if (state.frame === closed) state.frame = null; /* it closes a moment later: the next one may be open */
    });
    const control = {
        answer: (said) => answer(question, said),
        cancel: () => {
            const nobodyListens = question.kind === 'keypad' || question.window || state.answered === question.question;
            if (nobodyListens) cancel();
            else answer(question, { cancel: true });
            closeFrame(state);
        },
    };
    watchToken(state, question, control.cancel);
    state.frame.draw(draw(question, wrong, control), control.cancel);
}

function draw(question, wrong, control) {
    if (question.kind === 'pin' || question.kind === 'keypad') return pinQuestion(question, wrong, control);
    return question.kind === 'confirm' ? yesQuestion(question, control) : textQuestion(question, control);
}

/* --- the dialog --- */

function openFrame(onclose) {
    const before = document.activeElement;
    const title = h('h2', { id: id() }), body = h('div', { class: 'dialog-body' });
    const actions = h('div', { class: 'actions' });
    const state = { submit: null, cancel: () => {}, fail: () => {} };
    const element = h('dialog', { 'aria-labelledby': title.id, class: 'question' }, h('form', { method: 'dialog',
        novalidate: true, autocomplete: 'off', on: { submit: (event) => {
            event.preventDefault();
            state.submit?.();
        } } }, title, body, actions));
    element.addEventListener('cancel', (event) => {
        event.preventDefault();
        state.cancel();
    });
    const finish = () => {
        if (!element.isConnected) return;
        wipe(element);
        element.remove();
        if (before?.isConnected && before !== document.body) before.focus();
        onclose(frame);
    };
    element.addEventListener('close', finish);
    document.body.append(element);
    element.showModal();
    const frame = {
        draw(drawn, cancel) {
            Object.assign(state, { submit: drawn.submit, cancel, fail: drawn.fail ?? (() => {}) });
            wipe(element);
            put(title, drawn.title);
            put(body, ...drawn.body);
            put(actions, ...drawn.actions, button(drawn.cancelText ?? t('core.cancel'), { on: cancel }));
            (drawn.focus ?? actions.querySelector('button:not(.danger)'))?.focus();
        },
        fail: (text) => state.fail(text),
        close() {
            element.close();
            finish(); /* the event may come much later */
        },
    };
    return frame;
}

function closeFrame(state) {
    clearTimeout(state.timer);
    state.watching?.abort();
    state.frame?.close();
    state.frame = null;
}

/** Nothing secret stays in the document. */
function wipe(element) {
    for (const field of element.querySelectorAll('input')) field.value = '';
}

/* --- texts and yes --- */

/** What a CA asks at sign-in, in its words. */
function textQuestion(question, control) {
    const secret = question.kind === 'secret';
    const field = h('input', { id: id(), type: secret ? 'password' : 'text', autocomplete: 'off', spellcheck: 'false',
        autocapitalize: 'none' });
    const error = h('p', { class: 'field-error', role: 'alert' });
    const send = button(t('core.continue'), { primary: true, type: 'submit' });
    return {
        title: said(question.title) || (question.connection
            ? t('connections.sign_in.title', { connection: question.connection }) : t('core.question.title')),
        body: [h('div', { class: 'field' }, h('label', { for: field.id }, said(question.text) || t('core.question.answer')),
            field, question.why ? h('p', { class: 'help' }, said(question.why)) : null, error)],
        actions: [send],
        focus: field,
        fail: (text) => {
            put(error, text);
            send.removeAttribute('aria-busy');
        },
        submit: () => {
            if (send.getAttribute('aria-busy') === 'true') return;
            send.setAttribute('aria-busy', 'true');
            control.answer(secret ? { secret: field.value } : { text: field.value });
            if (secret) field.value = '';
        },
    };
}

function yesQuestion(question, control) {
    const error = h('p', { class: 'field-error', role: 'alert' });
    const yes = button(t('core.yes'), { primary: !question.danger, danger: question.danger,
        on: () => control.answer({ yes: true }) });
    return {
        title: question.title || t('core.question.title'),
        body: [h('p', null, question.text ?? ''), error],
        actions: [yes],
        cancelText: t('core.no'),
        fail: (text) => put(error, text),
        submit: null,
    };
}
