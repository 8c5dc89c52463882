// SPDX-License-Identifier: Apache-2.0
// What a person does with a request: the buttons, what they ask first, and the job they start.
import { t } from '../core/i18n.js';
import { go, path, withQuery } from '../core/router.js';
import { button } from '../ui/index.js';
import { askAbandon, askAnswerFile, askDestroy, askRetry, askRevoke, askWithdraw, exportCsr } from './requests_dialogs.js';
import { actionsOf, isAnswered, isEnd, tokenName } from './requests_model.js';
import { statusText } from './requests_words.js';

const DANGER = new Set(['withdraw', 'destroy', 'revoke']);
/** The request says these by itself, on its card; what was asked for expressly is answered expressly. */
const UNREACHED = ['ca_unreachable', 'ca_login'];
const ON_CARD = [...UNREACHED, 'ca_answer', 'request_rejected', 'quarantined', 'needs_operator', 'needs_person'];

/**
 * The actions of one request. `now()` is its latest document, `work` the place for steps and errors.
 * @param {{now: () => any, work: any, tokenThere: () => boolean|null}} context tokenThere: null when that is not known
 */
export function requestActions(context) {
    const { now, work } = context;
    const address = (what) => `/requests/${encodeURIComponent(now().id)}/${what}`;
    const run = (what, more = {}) => work.run({ path: address(what), quiet: ON_CARD, ...more });
    const checked = (result) => (result?.state ? t('requests.done.check', { status: statusText(result) }) : null);
    const installed = (result) => (result?.installed ? t('requests.done.install') : null);

    const table = {
        check: () => run('check', { done: checked }),
        resume: () => run('resume', { done: installed }),
        install: () => run(isAnswered(now()) ? 'resume' : 'install', { done: installed }),
        sign_in: () => go(path('connections', now().connection, 'sign-in')),
        connection: () => go(path('connections', now().connection, 'edit')),
        certificate: () => go(path('certificates', 'personal', now().certificate.id)),
        operator: () => go(path('connections', now().connection)),
        again: () => go(withQuery('#/enroll', { from: now().id })),
        csr: () => exportCsr(now()),
        import: async () => {
            const file = await askAnswerFile();
            if (file) await run('import', { body: { file }, done: installed, quiet: [] });
        },
        retry: async () => {
            if (await askRetry(now())) await run('retry', { done: checked, quiet: UNREACHED });
        },
        revoke: async () => {
            const reason = await askRevoke(now());
            if (reason) await work.run({ path: `/certificates/${encodeURIComponent(now().id)}/revoke`, body: { reason }, done: t('requests.done.revoke') });
        },
        withdraw: async () => {
            if (await askWithdraw(now())) await withdraw(false);
        },
        destroy: async () => {
            if (await askDestroy(now())) await run('withdraw', { done: t('requests.done.destroy'), quiet: [] });
        },
    };

    /* The CA may have said nothing final: then only the person can let go of the key. */
    async function withdraw(abandon) {
        await run('withdraw', {
            body: { abandon }, done: t('requests.done.withdraw'), quiet: [],
            actions: (error) => (error.code === 'wrong_state' && !isEnd(now()) && !abandon ? [abandonButton()] : []),
        });
    }

    function abandonButton() {
        return button(t('requests.act.abandon'), { danger: true, on: async () => {
            if (await askAbandon(now())) await withdraw(true);
        } });
    }

    function reason(name) {
        if (work.isBusy() && !['again', 'csr', 'certificate', 'connection', 'operator'].includes(name)) return t('requests.busy');
        if (name === 'install' && context.tokenThere() === false) return t('requests.act.insert', { token: tokenName(now().token) });
        return null;
    }

    return {
        /** Null when that cannot be done now. @param {string} name @param {boolean} primary */
        button(name, primary) {
            if (name !== 'connection' && !actionsOf(now()).includes(name)) return null;
            const node = button(words(name, now()), { primary: primary && !DANGER.has(name), danger: DANGER.has(name),
                disabledBecause: reason(name), on: () => table[name]() });
            node.dataset.do = name;
            return node;
        },
        /** @param {string} name */
        do: (name) => (actionsOf(now()).includes(name) && !reason(name) ? table[name]() : undefined),
    };
}

function words(name, request) {
    if (name === 'check' && request.link === 'problem') return t('requests.act.try.now');
    if (name === 'retry' && (request.state === 'quarantined' || request.order?.ticket)) return t('requests.act.ask');
    return t(`requests.act.${name}`);
}
