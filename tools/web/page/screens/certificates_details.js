// SPDX-License-Identifier: Apache-2.0
// One certificate: what it says, how it leads to a root, where its key is, and what can be done with it.
import { get } from '../core/api.js';
import { h, name as bdi, put } from '../core/dom.js';
import { date, dateTime, list, t } from '../core/i18n.js';
import { link, path } from '../core/router.js';
import { settings } from '../core/settings.js';
import { copyButton, errorCard, factList, loading, mark, tabs } from '../ui/index.js';
import { insertText } from './tokens_words.js';
import { actionsOf } from './certificates_actions.js';
import { issuerName, inPairs, wrapped, keyPlace, ownerName, shortName, statusMark, usageTexts } from './certificates_words.js';

/* --- details --- */

function code(text) {
    return h('span', { class: 'code-line' }, h('code', {}, wrapped(text)), copyButton(text));
}

function nameParts(parts) {
    return h('ul', { class: 'bare-list' }, (parts || []).map((part) => h('li', {}, h('span', { class: 'muted', title: part.oid }, part.name), ' ', bdi(part.value))));
}

function namesList(items) {
    if (!items || items.length === 0) return null;
    return h('ul', { class: 'bare-list' }, items.map((item) => h('li', {}, h('span', { class: 'muted' }, item.kind), ' ', bdi(item.value))));
}

function detailsPanel(item) {
    return h('div', { class: 'stack' }, factList([
        [t('certificates.subject'), nameParts(item.subject)], [t('certificates.names'), namesList(item.alternative_names)],
        [t('certificates.issuer'), nameParts(item.issuer)],
        [t('certificates.valid'), t('certificates.fromto', { from: date(item.not_before), to: date(item.not_after) })],
        [t('certificates.keytype'), item.key.title], [t('certificates.usages'), list(usageTexts(item))],
        [t('certificates.revoked'), item.revoked_at ? t('certificates.revoked.at', { date: dateTime(item.revoked_at), reason: reasonText(item.revoked_reason) }) : null],
        [t('certificates.asked'), item.revocation ? bdi(item.revocation.text) : null],
        [t('certificates.serial'), code(inPairs(item.serial))], [t('certificates.fingerprint'), code(inPairs(item.fingerprint_sha256))],
    ]), h('details', {}, h('summary', {}, t('certificates.more')), factList([
        [t('certificates.subject.text'), code(item.subject_text)], [t('certificates.signature'), item.signature_algorithm],
        [t('certificates.crl'), list(item.crl_urls || [])], [t('certificates.aia'), list((item.aia || []).map((one) => one.url))],
    ])));
}

function reasonText(reason) {
    return reason ? t(`certificates.reason.${reason}`) : t('certificates.reason.unspecified');
}

/* --- chain --- */

function chainLine(link_, index, all) {
    const role = index === all.length - 1 ? 'this' : index === 0 ? 'root' : 'between';
    return h('li', { class: 'chain-link' }, h('strong', {}, bdi(shortName(link_.subject_text))), ' ', h('span', { class: 'muted' }, t(`certificates.chain.${role}`)),
        h('div', { class: 'small muted' }, t('certificates.row.until', { date: date(link_.not_after) }), ' · ', h('code', {}, inPairs(link_.fingerprint_sha256.slice(0, 8)), '…')));
}

/* Root first, as one reads from what is trusted to what it vouches for. */
function drawChain(chain) {
    const links = chain.chain.slice().reverse();
    const ends = chain.trusted || links.length > 1;
    return h('div', { class: ['stack', chain.trusted ? '' : 'untrusted-chain'] },
        h('p', {}, chain.trusted ? mark('ok', t('certificates.chain.trusted')) : mark('untrusted', t('certificates.chain.untrusted'))),
        chain.trusted || !chain.reason ? null : h('p', {}, bdi(chain.reason)),
        h('ol', { class: 'chain', 'aria-label': t('certificates.chain.label') }, chain.trusted ? null : h('li', { class: 'chain-link chain-missing' }, t('certificates.chain.missing')),
            links.map((one, i) => (ends ? chainLine(one, i, links) : chainLine(one, i, [one])))),
        chain.trusted ? null : h('div', { class: 'actions' }, link('#/certificates/import', t('certificates.chain.import'), { class: 'button' }),
            link('#/connections', t('certificates.chain.connections'), { class: 'button' })));
}

function chainPanel(item, signal) {
    const box = h('div');
    const load = async () => {
        put(box, loading(t('certificates.chain.checking')));
        try {
            put(box, drawChain(await get(`/certificates/${encodeURIComponent(item.id)}/chain`, signal)));
        } catch (error) {
            if (!signal.aborted) put(box, errorCard(error, { retry: load }));
        }
    };
    load();
    return box;
}

/* --- where it is --- */

function wherePanel(item, tokens) {
    const place = keyPlace(item, tokens);
    const request = item.request ? link(path('requests', item.request), item.request) : null;
    if (!place) return h('div', { class: 'stack' }, h('p', {}, t(item.store === 'personal' ? 'certificates.where.nokey' : 'certificates.where.store')), factList([[t('certificates.where.request'), request]]));
    const gone = { label: place.label, serial: place.serial };
    return h('div', { class: 'stack' },
        h('p', {}, place.token ? mark('present', t('certificates.where.present')) : mark('removed', insertText(gone))),
        factList([
            [t('certificates.where.token'), place.token ? link(path('tokens', place.token.serial || place.token.uri), place.label || place.serial) : place.label || place.serial],
            [t('certificates.where.container'), place.container || place.id], [t('certificates.where.request'), request],
            [t('certificates.where.replaced'), item.superseded_by ? link(path('certificates', 'personal', item.superseded_by), item.superseded_by) : null],
        ]), h('details', {}, h('summary', {}, t('certificates.more')), factList([[t('certificates.where.uri'), code(item.key_uri)]])));
}

/* --- all of it --- */

/** Draw the details of a certificate in its list's pane.
 * @param {object} pane of listPane()
 * @param {object} item keyfob.certificate/1
 * @param {{view: object, tab: string, tokens: object[], part: {key: string}, work: Element}} around */
export function showDetails(pane, item, around) {
    const { signal } = around.view;
    const panels = tabs({
        label: t('certificates.parts'), selected: around.part.key, on: (key) => { around.part.key = key; }, tabs: [
            { key: 'details', text: t('certificates.part.details'), panel: () => detailsPanel(item) },
            { key: 'chain', text: t('certificates.part.chain'), panel: () => chainPanel(item, signal) },
            { key: 'where', text: t('certificates.part.where'), panel: () => wherePanel(item, around.tokens) },
        ],
    });
    pane.showDetails(h('article', { class: 'stack certificate', 'aria-label': ownerName(item) },
        h('h2', {}, bdi(ownerName(item))), h('p', { class: 'row-of' }, statusMark(item, settings().warn_days), h('span', { class: 'muted' }, t('certificates.row.issuer', { name: issuerName(item) }))),
        actionsOf(item, around), around.work, panels.element, printSheet(item)));
}

/* Only for paper: all parts, one after the other. */
function printSheet(item) {
    return h('div', { class: 'print-only' }, detailsPanel(item));
}
