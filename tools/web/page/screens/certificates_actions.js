// SPDX-License-Identifier: Apache-2.0
// What can be done with a certificate, as buttons that say why they cannot be used.
import { del } from '../core/api.js';
import { h } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { go, link, path } from '../core/router.js';
import { button, confirmDelete, notify } from '../ui/index.js';
import { exportDialog } from './certificates_export.js';
import { startRenewal } from './certificates_renew.js';
import { startRevocation } from './certificates_revoke.js';
import { isSelfSigned, keyPlace, ownerName } from './certificates_words.js';

/* Forgets it here; the key and what is on the token stay. */
async function remove(item, { tab }) {
    const answer = await confirmDelete({
        title: t('certificates.remove.title', { name: ownerName(item) }),
        text: [t(`certificates.remove.${tab}`), t('certificates.remove.back')],
        action: t('certificates.remove.yes'),
    });
    if (!answer) return;
    await del(`/certificates/${encodeURIComponent(item.id)}`);
    notify(t('certificates.removed', { name: ownerName(item) }), { kind: 'ok' });
    go(path('certificates', tab), { replace: true });
}

function renewReason(item) {
    if (item.superseded_by) return t('certificates.renew.superseded', { by: item.superseded_by });
    if (item.revoked_at) return t('certificates.renew.revoked');
    return isSelfSigned(item) ? t('certificates.renew.selfsigned') : null;
}

/** @param {object} item
 * @param {{view: object, tab: string, tokens: object[], work: Element}} around
 * @returns {Element} */
export function actionsOf(item, around) {
    const personal = around.tab === 'personal';
    const place = keyPlace(item, around.tokens);
    const renew = () => button(t('certificates.renew'), { primary: item.status === 'expires_soon', disabledBecause: renewReason(item), on: () => startRenewal(item, around) });
    const revoke = () => button(t('certificates.revoke'), {
        danger: true, disabledBecause: item.revoked_at ? t('certificates.revoke.done') : null, on: () => startRevocation(item, around),
    });
    return h('div', { class: 'actions no-print' },
        personal ? renew() : null,
        button(t('certificates.export'), { on: () => exportDialog(item, { place, work: around.work, view: around.view }) }),
        personal && place ? link('#/certificates/browsers', t('certificates.browsers'), { class: 'button' }) : null,
        button(t('certificates.print'), { on: () => print() }),
        personal ? revoke() : null,
        button(t('certificates.remove'), { danger: true, on: () => remove(item, around) }));
}
