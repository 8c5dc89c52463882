// SPDX-License-Identifier: Apache-2.0
// The frame around every screen: the bar with the navigation, the token, the language and the settings; the title;
// a place for errors; the live regions.

import { h, put } from '../core/dom.js';
import { LANGUAGES, language, n, setLanguage, t } from '../core/i18n.js';
import { isSoftware } from '../core/medium.js';
import { link } from '../core/router.js';
import { signOut } from '../core/session.js';
import { changeSettings } from '../core/settings.js';
import { watch } from '../core/store.js';
import { grouped } from '../core/text.js';
import { icon, iconButton } from './basics.js';
import { followOtherTabs, notificationCentre } from './notify.js';
import { report } from './error.js';

const NAV_ICONS = { tokens: 'token', connections: 'cloud', enroll: 'plus', requests: 'clock',
    certificates: 'certificate' };

/**
 * @param {{signedIn: boolean, screens: Object<string, any>, redraw: () => void}} options
 */
export function makeFrame(options) {
    const leaving = new AbortController();
    const heading = h('h1', { tabindex: '-1', id: 'title' });
    const place = h('div', { class: 'place' }), errors = h('div', { class: 'errors' });
    const links = new Map();
    const bar = options.signedIn ? fullBar(options, links, leaving.signal) : plainBar(options);
    const main = h('main', { id: 'main', tabindex: '-1', class: options.signedIn ? 'view' : 'view bare' }, heading,
        errors, place);
    put(document.body, h('a', { class: 'skip', href: '#main', on: { click: (event) => {
        event.preventDefault();
        main.focus();
    } } }, t('core.skip')), bar.element, main, bar.panel ?? null, bar.toasts ?? null, liveRegion('polite'),
    liveRegion('assertive'));
    return {
        errors, place, heading, signal: leaving.signal,
        leave: () => leaving.abort(),
        mark(name) {
            for (const [key, node] of links) {
                if (key === name) node.setAttribute('aria-current', 'page');
                else node.removeAttribute('aria-current');
            }
        },
        setTitle(text, count = 0) {
            put(heading, text);
            document.title = `${count ? `(${count}) ` : ''}${text} – keyfob`;
        },
    };
}

function liveRegion(how) {
    return document.getElementById(`live-${how}`) ?? h('div', { id: `live-${how}`, class: 'visually-hidden',
        'aria-live': how, 'aria-atomic': 'false', role: how === 'polite' ? 'status' : 'alert' });
}

function plainBar(options) {
    return { element: h('header', { class: 'bar' }, brand(), h('div', { class: 'bar-end' },
        languageMenu(async (code) => {
            await setLanguage(code);
            options.redraw();
        }))) };
}

function fullBar(options, links, signal) {
    const centre = notificationCentre();
    followOtherTabs(signal);
    const items = Object.entries(options.screens).filter(([, screen]) => screen.nav).map(([name]) => {
        const words = h('span', null, t(`core.nav.${name}`));
        const node = link(`#/${name}`, [icon(NAV_ICONS[name]), words], { class: 'nav-link' });
        links.set(name, node);
        return h('li', null, node);
    });
    const gear = link('#/settings', [icon('gear'), h('span', { class: 'visually-hidden' }, t('core.nav.settings'))],
        { class: 'icon-button', title: t('core.nav.settings') });
    links.set('settings', gear);
    countRequests(links.get('requests'), signal);
    const nav = h('nav', { 'aria-label': t('core.nav') }, h('ul', null, items));
    const element = h('header', { class: 'bar' }, brand(), nav, h('div', { class: 'bar-end' },
        tokenChip(signal), centre.opener, languageMenu((code) => changeSettings({ language: code })), gear, exit()));
    return { element, panel: centre.panel, toasts: centre.toasts };
}

function brand() {
    return h('a', { class: 'brand', href: '#/' }, icon('fob'), h('span', null, 'keyfob'));
}

function exit() {
    return iconButton(t('core.sign_out'), 'exit', { on: () => signOut() });
}

function languageMenu(change) {
    const shown = LANGUAGES.filter(([code]) => code !== 'xx' || language() === 'xx');
    const select = h('select', { id: 'language', 'aria-label': t('core.language'), class: 'language', on: {
        change: () => Promise.resolve(change(select.value)).catch(report) } },
    shown.map(([code, name]) => h('option', { value: code, lang: code === 'xx' ? null : code,
        selected: code === language() }, name)));
    return select;
}

/** How many requests wait for the person. */
function countRequests(node, signal) {
    const badge = h('span', { class: 'badge', hidden: true });
    node.append(badge);
    watch('/requests?view=action&limit=1', 'request.changed', signal, ({ data }) => {
        const count = data?.counts?.action ?? 0;
        badge.hidden = count === 0;
        put(badge, h('span', { 'aria-hidden': 'true' }, count), h('span', { class: 'visually-hidden' },
            ` ${n('core.nav.waiting', count)}`));
    });
}

/** The token that is there, by name and serial number; several are counted. */
function tokenChip(signal) {
    const chip = link('#/tokens', '', { class: 'token-chip' });
    watch('/tokens', ['token.inserted', 'token.removed', 'token.changed'], signal, ({ data }) => {
        if (data) put(chip, icon('token'), h('span', null, chipText(data.items ?? [])));
        chip.hidden = !data;
    });
    return chip;
}

function chipText(items) {
    const tokens = items.filter((item) => !isSoftware(item));
    if (tokens.length === 1) {
        return [h('bdi', null, tokens[0].label), ' ',
            h('span', { class: 'mono small chip-serial' }, grouped(tokens[0].serial))];
    }
    if (tokens.length > 1) return n('core.chip.tokens', tokens.length);
    return items.length ? n('core.chip.containers', items.length) : t('core.chip.none');
}
