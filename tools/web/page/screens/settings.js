// SPDX-License-Identifier: Apache-2.0
// The screen "Settings": saved as they are changed, shown as they are when another tab changes them.
import { put, h } from '../core/dom.js';
import { listen } from '../core/events.js';
import { t } from '../core/i18n.js';
import { browsersGroup } from './settings_browsers.js';
import { checkingGroup, displayGroup, pinGroup } from './settings_display.js';
import { helpGroup } from './settings_help.js';
import { modulePart } from './settings_modules.js';
import { focusTouched, group } from './settings_save.js';
import { sessionsGroup } from './settings_sessions.js';

export const styles = ['style/tokens.css'];

/** @returns {string} */
export function title() {
    return t('settings.title');
}

/** @param {{root: Element, signal: AbortSignal}} view */
export function mount(view) {
    const own = [displayGroup(), pinGroup(), checkingGroup()];
    put(view.root, h('div', { class: 'settings' },
        own.map((part) => part.element),
        group('modules', h('p', {}, t('settings.modules.text')), modulePart(view.signal)),
        browsersGroup(view.signal),
        sessionsGroup(view.signal),
        helpGroup()));
    focusTouched();
    listen('settings.used', () => own.forEach((part) => part.update()), view.signal);
}
