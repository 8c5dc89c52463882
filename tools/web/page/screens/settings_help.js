// SPDX-License-Identifier: Apache-2.0
// Help: the version, the keys of the page, and diagnostics to send along with a question. They hold no secrets.
import { get } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { language, t } from '../core/i18n.js';
import { mediumOf } from '../core/medium.js';
import { session } from '../core/session.js';
import { settings } from '../core/settings.js';
import { announce, button, copy as copyText, errorCard } from '../ui/index.js';
import { group } from './settings_save.js';

const KEYS = ['search', 'arrows', 'enter', 'submit', 'escape', 'rename', 'delete'];
const TOKEN_FACTS = ['model', 'manufacturer', 'module', 'initialized', 'pin', 'so_tries', 'write_protected'];
const MODULE_FACTS = ['name', 'path', 'loaded', 'slots', 'tokens', 'error'];

const some = (object, names) => Object.fromEntries(names.map((name) => [name, object[name]]));

function tokenFacts(token) {
    return { ...some(token, TOKEN_FACTS), medium: mediumOf(token), containers: token.containers.length };
}

/* Names of people, serials and labels stay here: only what tells how keyfob stands. */
async function diagnostics() {
    const ask = (path) => get(path).catch((error) => ({ error: error.code }));
    const [modules, tokens, status] = await Promise.all(['/modules', '/tokens', '/status'].map(ask));
    return {
        schema: 'keyfob.diagnostics/1',
        made_at: new Date().toISOString(),
        version: session() && session().version,
        browser: navigator.userAgent,
        language: language(),
        settings: settings(),
        modules: modules.items ? modules.items.map((item) => some(item, MODULE_FACTS)) : modules,
        tokens: tokens.items ? tokens.items.map(tokenFacts) : tokens,
        counts: status.counts || status.error || null,
    };
}

function keysTable() {
    return h('details', {}, h('summary', {}, t('settings.help.keys')),
        h('dl', { class: 'facts' }, KEYS.map((key) => [
            h('dt', {}, h('kbd', {}, t(`settings.help.key.${key}`))), h('dd', {}, t(`settings.help.key.${key}.text`)),
        ])));
}

/** @returns {Element} */
export function helpGroup() {
    const result = h('div', {});

    async function copy() {
        try {
            const text = JSON.stringify(await diagnostics(), null, 2);
            await copyText(text);
            put(result, h('p', {}, t('settings.help.copied')),
                h('pre', { tabindex: '0', role: 'region', 'aria-label': t('settings.help.diagnostics') }, text));
            announce(t('settings.help.copied'), 'polite');
        } catch (error) {
            put(result, errorCard(error, { retry: copy }));
        }
    }

    return group('help',
        h('p', {}, t('settings.help.version', { version: (session() && session().version) || '' })),
        h('p', {}, t('settings.help.home', { home: (session() && session().home) || '' })),
        h('p', {}, t('settings.help.text')),
        h('div', { class: 'actions' }, button(t('settings.help.copy'), { on: copy })), result, keysTable());
}
