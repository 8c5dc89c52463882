// SPDX-License-Identifier: Apache-2.0
// What a person sees while the key is made and the request is sent: lines that stay, and how it ended.
import { h, put } from '../core/dom.js';
import { date, t } from '../core/i18n.js';
import { go, link, path, withQuery } from '../core/router.js';
import { watch } from '../core/store.js';
import { announce, because, button, errorCard, factList, mark, notify } from '../ui/index.js';
import { insertText } from './tokens_words.js';
import { asToken } from './enroll_key.js';
import { findPlace } from './enroll_place.js';
import { newRun, resume, start } from './enroll_run.js';
import { saveSoon, startAgain, wizard } from './enroll_state.js';

const GONE = ['token_removed', 'token_absent', 'token_other'];
/* To send again does not help: the request says what does. */
const OVER = ['request_rejected', 'quarantined', 'needs_operator'];

/** Begin; from the last step of the wizard.
 * @param {{root: Element, signal: AbortSignal}} view */
export function startSending(view) {
    const run = newRun();
    wizard.run = run;
    sendView(view);
    start(run);
}

/** Draw what is under way, also after the person was elsewhere.
 * @param {{root: Element, signal: AbortSignal}} view */
export function sendView(view) {
    const { run } = wizard;
    const heading = h('h2', { tabindex: '-1' });
    const end = h('div', { class: 'stack' });
    const ways = { view, run, waiting: null };
    run.changed = () => {
        put(heading, t(`enroll.run.${run.state}`));
        drawEnd(end, ways);
    };
    view.signal.addEventListener('abort', () => leave(run));
    put(view.root, h('div', { class: 'wizard' }, h('section', { class: 'wizard-body stack' }, heading, run.steps.element, end)));
    run.changed();
    heading.focus();
}

/* What has ended is not shown again; the draft of what failed is still there. */
function leave(run) {
    run.changed = run.state === 'running' ? () => tellElsewhere(run) : () => {};
    if (run.state !== 'running' && wizard.run === run) wizard.run = null;
}

function tellElsewhere(run) {
    if (run.state === 'running') return;
    if (wizard.run === run) wizard.run = null;
    const kinds = { done: 'ok', waiting: 'info', failed: 'bad' };
    notify(t(`enroll.run.${run.state}`), { kind: kinds[run.state], route: run.request ? `#/requests/${run.request}` : '#/enroll' });
}

/* --- the end --- */

function drawEnd(end, ways) {
    const { run } = ways;
    ways.waiting?.abort();
    const ends = { running: drawRunning, done: drawDone, waiting: drawWaiting, failed: drawFailed };
    ends[run.state](end, ways);
}

function drawRunning(end, { run }) {
    put(end, h('div', { class: 'actions' }, button(t('enroll.cancel'), { on: () => run.stop.abort() })), h('p', { class: 'muted' }, t('enroll.run.leave')));
}

function another() {
    return button(t('enroll.another'), { on: () => { wizard.run = null; startAgain(); go('#/enroll/source'); } });
}

function certificateOf(result) {
    if (!result) return null;
    return result.certificate && result.certificate.id ? result.certificate : result.store ? result : null;
}

function drawDone(end, { run }) {
    const certificate = certificateOf(run.result);
    const shown = certificate ? `#/certificates/${certificate.store || 'personal'}/${certificate.id}` : '#/certificates';
    const show = link(shown, t('enroll.done.show'), { class: 'button primary' });
    put(end, h('p', {}, mark('ok', t('enroll.done.text'))),
        certificate ? factList([[t('enroll.csr.subject'), certificate.subject_text], [t('enroll.done.until'), date(certificate.not_after)]]) : null,
        h('div', { class: 'actions' }, show, link('#/certificates/browsers', t('enroll.done.browsers'), { class: 'button' }), another()));
    announce(t('enroll.done.text'));
    show.focus();
}

/* The CA, or a person, acts next: the row of the request says who. */
function drawWaiting(end, { run, view }) {
    const row = `#/requests/${run.request}`;
    put(end, h('p', {}, mark('pending', t('enroll.waiting.text'))), h('div', { class: 'actions' }, link(row, t('enroll.waiting.show', { name: run.request }), { class: 'button primary' })));
    notify(t('enroll.waiting.sent', { name: run.request }), { kind: 'info', route: row });
    if (!view.signal.aborted) go(row);
}

function keptText(run) {
    if (run.request) return t('enroll.failed.kept', { name: run.request });
    return t(run.key ? 'enroll.failed.key' : 'enroll.failed.draft');
}

function drawFailed(end, ways) {
    const { run } = ways;
    const error = run.error || { code: 'request_rejected', message: run.result?.reason || run.result?.order?.ca_text || '' };
    const again = button(t(run.request ? 'enroll.resume' : 'enroll.again'), { primary: true, on: () => { run.request ? resume(run) : start(run); } });
    const over = OVER.includes(error.code);
    const row = run.request ? link(path('requests', run.request), t('enroll.waiting.show', { name: run.request }), { class: ['button', over ? 'primary' : ''] }) : backLink();
    const card = errorCard(withRoute(error, run.draft, run.request), { actions: [error.code === 'request_rejected' ? newFrom(run) : over ? null : again, row].filter(Boolean) });
    const live = h('div');
    put(end, live, h('p', {}, keptText(run)), card);
    if (GONE.includes(error.code) && run.draft.place) waitForToken(ways, live, again);
    card.focus();
}

function newFrom(run) {
    return run.request ? link(`#/enroll?from=${run.request}`, t('enroll.failed.newfrom'), { class: 'button' }) : null;
}

function backLink() {
    return button(t('enroll.failed.back'), { on: () => { wizard.run = null; saveSoon(); go('#/enroll/check'); } });
}

/** The way out leads to this token and this connection, not to all of them.
 * @param {any} error
 * @param {object} draft
 * @param {string} [request] has a link of its own, so that the card needs none to the list of requests */
export function withRoute(error, { place, connection }, request) {
    const ways = {
        pin_locked: place?.uri && withQuery(path('tokens', place.serial || place.uri), { do: 'unblock' }),
        pin_wrong: place?.uri && withQuery(path('tokens', place.serial || place.uri), { do: 'unblock' }),
        ca_login: connection && path('connections', connection),
        ca_unreachable: connection && path('connections', connection),
        untrusted: connection && path('connections', connection),
    };
    const route = ways[error.code] || (request && location.hash);
    return route ? Object.assign(Object.create(error), { next: [{ route }, ...(error.next || [])] }) : error;
}

/* The one place that interrupts: the token of this request is out. */
function waitForToken(ways, live, again) {
    const { run, view } = ways;
    const place = run.draft.place;
    ways.waiting = new AbortController();
    const signal = AbortSignal.any([view.signal, ways.waiting.signal]);
    let there = null;
    watch('/tokens', ['token.inserted', 'token.removed', 'token.changed'], signal, ({ data }) => {
        if (!data) return;
        const now = Boolean(findPlace(data.items, place));
        if (now === there) return;
        const returned = there === false && now;
        there = now;
        because(again, now ? null : insertText(asToken(place)));
        put(live, now ? h('p', {}, mark('present', t('enroll.failed.back.token'))) : h('p', {}, mark('removed', t('enroll.failed.insert', { what: insertText(asToken(place)) }))));
        announce(live.textContent, 'assertive');
        if (returned) again.focus();
    });
}
