// SPDX-License-Identifier: Apache-2.0
// Settings of the page itself: language, colours, keys and notifications, where a PIN is typed, when it locks, when it warns.
import { h, id, put } from '../core/dom.js';
import { LANGUAGES, duration, t } from '../core/i18n.js';
import { settings } from '../core/settings.js';
import { group, radios, savedPart, select, toggle } from './settings_save.js';

const LOCK_SECONDS = [300, 600, 900, 1800, 3600];
const WARN_MIN = 1, WARN_MAX = 365;

/* The pseudo-locale is for those who look for words that were forgotten. */
function languages() {
    const known = LANGUAGES.filter(([code]) => code !== 'xx' || settings().language === 'xx');
    return [['auto', t('settings.display.language.auto')], ...known];
}

/** @returns {{element: Element, update: () => void}} */
export function displayGroup() {
    const saved = savedPart('display');
    const problem = h('p', { class: 'field-error', role: 'alert' });
    const notify = async (changes, input) => {
        put(problem);
        if (changes.notify && await Notification.requestPermission() !== 'granted') {
            input.checked = false;
            put(problem, t('settings.display.notify.refused'));
            return;
        }
        saved.save(changes);
    };
    const parts = [
        select({ label: t('settings.display.language'), name: 'language', choices: languages(), save: saved.save }),
        radios({ legend: t('settings.display.theme'), name: 'theme', save: saved.save,
            choices: ['system', 'light', 'dark'].map((value) => [value, t(`settings.display.theme.${value}`)]) }),
        toggle({ label: t('settings.display.keys'), name: 'single_keys', text: t('settings.display.keys.text'), save: saved.save }),
        toggle({ label: t('settings.display.notify'), name: 'notify', text: t('settings.display.notify.text'), save: notify }),
    ];
    return {
        element: group('display', parts.map((part) => part.element), problem, saved.element),
        update: () => parts.forEach((part) => part.update()),
    };
}

/** @returns {{element: Element, update: () => void}} */
export function pinGroup() {
    const saved = savedPart('pin');
    const parts = [
        radios({ legend: t('settings.pin.entry'), name: 'pin_entry', save: saved.save,
            choices: ['auto', 'window', 'page'].map((value) => [value, t(`settings.pin.${value}`), t(`settings.pin.${value}.text`)]) }),
        select({ label: t('settings.pin.lock'), name: 'lock_after', parse: Number, save: saved.save,
            choices: LOCK_SECONDS.map((seconds) => [seconds, duration(seconds * 1000)]) }),
    ];
    return {
        element: group('pin', h('p', {}, t('settings.pin.text')), parts.map((part) => part.element), saved.element),
        update: () => parts.forEach((part) => part.update()),
    };
}

/** @returns {{element: Element, update: () => void}} */
export function checkingGroup() {
    const saved = savedPart('checking');
    const problem = h('p', { class: 'field-error', id: id(), role: 'alert' });
    const input = h('input', { type: 'number', id: 'setting-warn_days', min: WARN_MIN, max: WARN_MAX, inputmode: 'numeric', class: 'short',
        'aria-describedby': problem.id, on: { change: () => keep() } });

    function keep() {
        const days = Number(input.value);
        const right = Number.isInteger(days) && days >= WARN_MIN && days <= WARN_MAX;
        input.setAttribute('aria-invalid', String(!right));
        put(problem, right ? null : t('settings.checking.wrong', { min: WARN_MIN, max: WARN_MAX }));
        if (right) saved.save({ warn_days: days });
    }

    const update = () => {
        if (document.activeElement !== input) input.value = String(settings().warn_days);
    };
    update();
    const field = h('div', { class: 'field' }, h('label', { for: input.id }, t('settings.checking.warn')), input, problem);
    return { element: group('checking', field, h('p', { class: 'muted' }, t('settings.checking.text')), saved.element), update };
}
