// SPDX-License-Identifier: Apache-2.0
// The pane of a token: what it is, where it is in its life, how its PIN is, and what can be done with it.
import { get } from '../core/api.js';
import { h, name, put } from '../core/dom.js';
import { list, t } from '../core/i18n.js';
import { isSoftware } from '../core/medium.js';
import { link, path, withQuery } from '../core/router.js';
import { codeLine, errorCard, factList, icon, loading, section } from '../ui/index.js';
import { actionButtons } from './tokens_pane.js';
import { TOKEN_ACTIONS, readContainers, tokenPath, whyNotLogin, whyNotMake } from './tokens_pin.js';
import { MEDIUM_ACTIONS } from './tokens_media.js';
import { importKey, makeKey } from './tokens_keys.js';
import { groupSerial, lifeOf, pinState } from './tokens_model.js';
import { insertText, keyTitle, mediumText, pinText, rowMark, soText, tokenTitle } from './tokens_words.js';
import { workArea } from './tokens_work.js';

const ACTIONS = {
    ...TOKEN_ACTIONS,
    ...MEDIUM_ACTIONS,
    key: { run: makeKey, why: whyNotMake },
    import: { run: importKey, why: whyNotMake },
    read: { run: readContainers, why: whyNotLogin },
};
const FIRST = ['set', 'change', 'unblock', 'key', 'import', 'read'];
const MORE = ['test', 'check', 'set_so', 'rename', 'copy', 'move', 'erase', 'remove'];
const LIFE = ['new', 'ready', 'used'];
const SOFTWARE_WORDS = new Set(['change', 'unblock', 'set_so', 'read', 'test']);

function lifeLine(row) {
    const now = LIFE.indexOf(lifeOf(row));
    return h('ol', { class: 'life-line' }, LIFE.map((step, i) => h('li', {
        class: i === now ? 'life-now' : null, 'aria-current': i === now ? 'step' : null,
    }, t(`tokens.life.${step}`))));
}

/* What keeps this token from being used, with the way out below it. */
function banner(row, again) {
    const { token } = row;
    const kind = isSoftware(token) ? '.software' : '';
    if (!row.present) return note('', [insertText(token), t('tokens.banner.removed')]);
    if (token.error) return errorCard(token.error, { retry: again });
    const state = pinState(token);
    const known = { unset: 'warn', last: 'bad', locked: 'bad', low: 'warn' };
    if (known[state]) return note(known[state], [t(`tokens.banner.${state}${kind}`)]);
    return token.write_protected ? note('warn', [t('tokens.banner.protected')]) : null;
}

function note(status, texts) {
    const sign = { bad: 'cross', warn: 'warning' }[status] || 'info';
    return h('div', { class: ['note', status] }, icon(sign), h('div', {}, texts.map((text) => h('p', {}, text))));
}

function facts(row) {
    const { token } = row;
    const software = isSoftware(token);
    return factList([
        [t('tokens.fact.life'), lifeLine(row)],
        [t(software ? 'tokens.fact.password' : 'tokens.fact.pin'), pinText(token)],
        [t(software ? 'tokens.fact.unblock' : 'tokens.fact.so'), soText(token)],
        [t('tokens.fact.medium'), mediumText(token)],
        [t('tokens.fact.place'), software && token.medium.where ? name(token.medium.where) : null],
        [t('tokens.fact.serial'), token.serial && !software ? serial(token) : null],
    ]);
}

const serial = (token) => h('code', {}, groupSerial(token.serial));

function words(row) {
    return (id) => t(`tokens.do.${id}${isSoftware(row.token) && SOFTWARE_WORDS.has(id) ? '.software' : ''}`);
}

/* --- details: read when they are opened, as a module may take its time --- */

function detailFacts(token) {
    const types = (token.key_types || []).map(keyTitle);
    return factList([
        [t('tokens.fact.uri'), codeLine(token.uri)],
        [t('tokens.fact.serial'), token.serial && isSoftware(token) ? serial(token) : null],
        [t('tokens.fact.model'), token.model && name(token.model)],
        [t('tokens.fact.maker'), token.manufacturer && name(token.manufacturer)],
        [t('tokens.fact.module'), h('code', {}, token.module)],
        [t('tokens.fact.reader'), token.reader && name(token.reader)],
        [t('tokens.fact.length'), token.pin?.max ? t('tokens.fact.length.text', { min: token.pin.min, max: token.pin.max }) : null],
        [t('tokens.fact.keys'), types.length ? list(types) : t('tokens.fact.keys.none')],
        [t('tokens.fact.mechanisms'), h('code', { class: 'mechanisms' }, (token.mechanisms || []).join(' '))],
    ]);
}

function detailsPart(row, signal) {
    const body = h('div', {});
    let asked = false;
    const read = async () => {
        put(body, loading(t('tokens.details.reading')));
        try {
            const token = await get(tokenPath(row), signal);
            put(body, detailFacts(token));
        } catch (error) {
            if (!signal.aborted) put(body, errorCard(error, { retry: read }));
        }
    };
    const toggled = (event) => {
        if (!event.target.open || asked) return;
        asked = true;
        read();
    };
    return h('details', { on: { toggle: toggled } }, h('summary', {}, t('tokens.details')), body);
}

/* --- the pane --- */

/**
 * @param {object} row
 * @param {{signal: AbortSignal, changed: (row: object, what: object) => void}} around
 * @returns {{element: Element, update: (row: object) => void, press: (id: string) => void}} */
export function tokenPane(row, { signal, changed }) {
    let now = row;
    const area = workArea(signal);

    async function press(id) {
        area.again(() => press(id));
        const result = await ACTIONS[id].run(now, area);
        if (result !== undefined) changed(now, { id, result });
    }

    const because = () => (now.present ? undefined : insertText(now.token));
    const buttons = (ids, options) => actionButtons(ids, ACTIONS, now, { words: words(now), press, because: because(), ...options });

    function mainButtons() {
        const address = withQuery(path('enroll'), { token: now.token.uri });
        const can = now.present && !whyNotMake(now);
        const enroll = can && link(address, t('tokens.do.enroll'), { class: 'button primary', 'data-do': 'enroll' });
        return [enroll && h('div', { class: 'actions' }, enroll), buttons(FIRST)];
    }

    const parts = [
        section(() => [
            h('h2', { tabindex: '-1' }, name(tokenTitle(now.token))), h('p', {}, rowMark(now)), banner(now, () => changed(now, {})),
        ]),
        section(() => (now.token.pin ? facts(now) : null)),
        section(() => (now.token.pin ? mainButtons() : null)),
        section(() => buttons(MORE)),
    ];
    const more = h('details', {}, h('summary', {}, t('tokens.more')), parts[3].element);
    const element = h('section', { class: 'stack', 'aria-label': tokenTitle(row.token) },
        parts[0].element, parts[1].element, parts[2].element, area.element, more, detailsPart(row, signal));

    function update(next) {
        now = next;
        element.setAttribute('aria-label', tokenTitle(now.token));
        more.hidden = !now.token.pin;
        const gone = now.present ? 0 : Math.floor((Date.now() - now.removedAt) / 60000);
        for (const part of parts) part.update([now.present, gone, now.token, now.containers]);
    }

    update(row);
    return { element, update, press };
}
