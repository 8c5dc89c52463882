// SPDX-License-Identifier: Apache-2.0
// "Use in browsers": keyfob's module for other programs, and for the profiles of Firefox and Chromium; taken out again too.
import { get, job } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { announce, button, errorCard, loading, mark, stepsList } from '../ui/index.js';
import { group } from './settings_save.js';
import { notesOf } from './tokens_work.js';

const RESULTS = { added: 'ok', present: 'ok', foreign: 'ok', removed: 'ok', absent: 'ok', kept: 'warn', running: 'bad', failed: 'bad' };

/** @param {AbortSignal} signal
 * @returns {Element} */
export function browsersGroup(signal) {
    const body = h('div', {});
    const result = h('div', {});

    async function read() {
        put(body, loading(t('settings.browsers.reading')));
        try {
            put(body, draw(await get('/browsers', signal)));
        } catch (error) {
            if (!signal.aborted) put(body, errorCard(error, { retry: read }));
        }
    }

    async function change(path, what, done) {
        const steps = stepsList();
        let last = null;
        put(result, steps.element);
        try {
            const onchange = (now) => {
                last = now;
                steps.update(now);
            };
            const answer = await job(path, what, { onchange });
            put(result, outcome(answer, done), notesOf(last));
            announce(done, 'polite');
        } catch (error) {
            put(result, errorCard(error, { retry: () => change(path, what, done) }));
        }
        if (!signal.aborted) read();
    }

    const done = (remove) => t(remove ? 'settings.browsers.removed' : 'settings.browsers.added');
    const doneModule = (remove) => t(remove ? 'settings.browsers.unregistered' : 'settings.browsers.registered');
    const one = (profile, remove) => change('/browsers', { profile, remove }, done(remove));
    const module = (remove) => change('/modules/register', { remove }, doneModule(remove));

    function draw({ items, registered }) {
        const words = t(registered ? 'settings.browsers.unregister' : 'settings.browsers.register');
        const state = registered ? mark('ok', t('settings.browsers.module.yes')) : mark('withdrawn', t('settings.browsers.module.no'));
        return [
            h('div', { class: 'spread setting-line' }, state, button(words, { on: () => module(registered) })),
            items.length ? h('ul', { class: 'plain-list' }, items.map(profileLine)) : h('p', {}, t('settings.browsers.none')),
            items.some((item) => !item.registered) ? button(t('settings.browsers.all'), { on: () => change('/browsers', {}, done(false)) }) : null,
        ];
    }

    function profileLine(item) {
        const state = item.registered ? mark('ok', t('settings.browsers.in')) : mark('withdrawn', t('settings.browsers.out'));
        const words = t(item.registered ? 'settings.browsers.remove' : 'settings.browsers.add');
        const label = `${words}: ${item.browser}, ${item.profile}`;
        const press = button(words, { label, on: () => one(item.path, item.registered) });
        return h('li', { class: 'spread setting-line' },
            h('div', {}, h('strong', {}, item.browser), ' ', h('bdi', { class: 'muted' }, item.profile), notes(item)), state, press);
    }

    read();
    return group('browsers', h('p', {}, t('settings.browsers.text')), body, result);
}

function notes(item) {
    const said = [item.running ? t('settings.browsers.runs') : null, item.sandboxed ? t('settings.browsers.sandboxed') : null,
        item.error ? item.error.message : null].filter(Boolean);
    return said.map((text) => h('div', { class: 'small' }, text));
}

/* One profile that is in the way does not hold up the others, so each has its own word. */
function outcome(answer, done) {
    const lines = (answer.items || []).filter((item) => item.result).map((item) => {
        const kind = RESULTS[item.result] || 'warn', failed = item.error && item.result !== 'running';
        return h('li', {}, mark(kind, t(`settings.browsers.result.${item.result}`)), ' ', item.browser, ' ',
            h('bdi', { class: 'muted' }, item.profile), failed ? h('div', { class: 'loader' }, h('bdi', {}, item.error.message)) : null);
    });
    return [lines.length ? h('ul', { class: 'plain-list' }, lines) : mark('ok', done), h('p', {}, t('settings.browsers.restart'))];
}
