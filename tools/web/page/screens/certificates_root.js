// SPDX-License-Identifier: Apache-2.0
// Trusting a root: its fingerprint is shown to be compared, and the person types how it begins.
import { post } from '../core/api.js';
import { h, id } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { link } from '../core/router.js';
import { because, button } from '../ui/index.js';
import { runWrite } from './certificates_work.js';
import { inPairs, wrapped } from './certificates_words.js';

const TYPED = 4; /* hexadecimal digits, of 64 */

function typed(text) {
    return text.toLowerCase().replace(/[^0-9a-f]/g, '');
}

/** @param {object} item keyfob.certificate/1
 * @param {string} file base64
 * @returns {Element} */
export function rootPart(item, file) {
    const own = id();
    const box = h('div');
    const digits = item.fingerprint_sha256.slice(0, TYPED);
    const input = h('input', { type: 'text', id: own, class: 'short mono', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: 8, 'aria-describedby': `${own}-help`, on: { input: () => look() } });
    const accept = button(t('certificates.root.trust'), { primary: true, on: () => trust() });
    const look = () => because(accept, typed(input.value) === digits ? null : t(input.value ? 'certificates.root.differs' : 'certificates.root.type'));
    const trust = () => runWrite(box, () => post('/certificates', { file, store: 'root', fingerprint: item.fingerprint_sha256 }), () => ({
        text: t('certificates.root.trusted'), more: [link('#/certificates/root', t('certificates.root.show'), { class: 'button' })],
    }));
    look();
    return h('div', { class: 'stack' },
        h('p', {}, t('certificates.root.text')),
        h('p', {}, h('span', { class: 'muted' }, t('certificates.fingerprint')), h('br'), h('code', { class: 'mono fingerprint' }, wrapped(inPairs(item.fingerprint_sha256)))),
        h('p', {}, t('certificates.root.compare')),
        h('div', { class: 'field' }, h('label', { for: own }, t('certificates.root.digits')), h('p', { class: 'help', id: `${own}-help` }, t('certificates.root.help')), input),
        h('div', { class: 'actions' }, accept), box);
}
