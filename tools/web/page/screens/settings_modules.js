// SPDX-License-Identifier: Apache-2.0
// PKCS#11 modules: which there are, what their loader says, and how another one is named to keyfob.
import { get } from '../core/api.js';
import { h, put } from '../core/dom.js';
import { n, t } from '../core/i18n.js';
import { session } from '../core/session.js';
import { announce, button, errorCard, loading, mark } from '../ui/index.js';

const CONF_LINES = '[module rutoken]\npath = /usr/lib/librtpkcs11ecp.so';

function moduleState(module) {
    if (!module.loaded) return mark('bad', t('settings.modules.failed'));
    return mark('ok', n('settings.modules.tokens', module.tokens));
}

function moduleLine(module) {
    return h('li', { class: 'module' },
        h('div', { class: 'module-line' }, h('strong', {}, h('bdi', {}, module.name)), moduleState(module)),
        module.path ? h('div', { class: 'muted' }, h('code', {}, module.path)) : null,
        module.error ? h('div', { class: 'loader' }, h('bdi', {}, module.error)) : null);
}

/* What the page can do about a module is to say what to write where. */
function confHelp() {
    const home = session() && session().home;
    return h('details', {}, h('summary', {}, t('settings.modules.add')),
        h('p', {}, t('settings.modules.add.text')),
        h('pre', { tabindex: '0', role: 'region', 'aria-label': t('settings.modules.lines') }, h('code', {}, CONF_LINES)),
        h('p', {}, home ? t('settings.modules.where.home', { home }) : t('settings.modules.where')));
}

/** The list of modules, read when it is shown and at "Look again".
 * @param {AbortSignal} signal
 * @param {{help?: boolean}} [options] help: the lines for keyfob.conf are open
 * @returns {Element} */
export function modulePart(signal, { help = false } = {}) {
    const body = h('div', {});
    const conf = confHelp();
    conf.open = help;

    async function read(again) {
        put(body, loading(t('settings.modules.reading')));
        try {
            const { items } = await get('/modules', signal);
            put(body, items.length ? h('ul', { class: 'plain-list' }, items.map(moduleLine)) : h('p', {}, t('settings.modules.none')));
            if (again) announce(n('settings.modules.found', items.filter((item) => item.loaded).length), 'polite');
        } catch (error) {
            if (!signal.aborted) put(body, errorCard(error, { retry: read }));
        }
    }

    read(false);
    return h('div', {}, body, h('div', { class: 'actions' }, button(t('settings.modules.test'), { on: () => read(true) })), conf);
}
