// SPDX-License-Identifier: Apache-2.0
// "Use in browsers" as a page of its own, reached from a certificate: the same as in the settings.
import { h, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { link } from '../core/router.js';
import { browsersGroup } from './settings_browsers.js';

/** @param {{root: Element, signal: AbortSignal}} view */
export function browsersPage(view) {
    put(view.root, h('div', { class: 'stack import-page' },
        h('p', {}, link('#/certificates', t('certificates.back'))), h('p', {}, t('certificates.browsers.text')), browsersGroup(view.signal)));
}
