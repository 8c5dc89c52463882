// SPDX-License-Identifier: Apache-2.0
// The wizard "Enroll a certificate": which step is shown, and the way from one to the next.
import { h, put } from '../core/dom.js';
import { t } from '../core/i18n.js';
import { get } from '../core/api.js';
import { go } from '../core/router.js';
import { button, errorCard, loading } from '../ui/index.js';
import { drawFrame } from './enroll_frame.js';
import { chooseOnly, loadDraft, loadForms, ownerForms, saveSoon, startAgain, stepsOf, takeRequest, wizard } from './enroll_state.js';
import { sourceStep } from './enroll_source.js';
import { caStep } from './enroll_ca.js';
import { ownerStep } from './enroll_owner.js';
import { keyStep } from './enroll_key.js';
import { newPlace, presetPlace } from './enroll_place.js';
import { checkStep } from './enroll_check.js';
import { installStep } from './enroll_install.js';
import { sendView } from './enroll_send.js';

const makers = { source: sourceStep, ca: caStep, owner: ownerStep, key: keyStep, check: checkStep, install: installStep };

export const styles = ['style/enroll.css'];

/** The title of the screen. */
export function title() {
    return t('enroll.title');
}

/* --- which step --- */

/* A step with a single choice is not shown; what was chosen stands in the summary. */
const skips = {
    async ca() {
        const { draft } = wizard;
        if (!draft.preset.includes('connection') || !draft.connection || !draft.profile) return false;
        const forms = await loadForms();
        const template = forms.order && forms.order.fields.find((field) => field.name === 'template');
        return !template || Boolean(draft.fields.template);
    },
    async owner() {
        if (wizard.draft.source !== 'csr') return false;
        await loadForms();
        return ownerForms().order.fields.length === 0;
    },
    async key() {
        return wizard.draft.preset.includes('token') && presetPlace();
    },
};

async function canSkip(step) {
    try {
        return Boolean(skips[step] && await skips[step]());
    } catch {
        return false; /* the step itself says what is wrong */
    }
}

async function stepFrom(index) {
    const steps = stepsOf();
    let at = index;
    while (at < steps.length - 1 && await canSkip(steps[at])) {
        wizard.draft.skipped = [...new Set([...wizard.draft.skipped, steps[at]])];
        at++;
    }
    return steps[at];
}

async function goNext(step) {
    const steps = stepsOf();
    const next = await stepFrom(steps.indexOf(step) + 1);
    wizard.draft.reached = Math.max(wizard.draft.reached, steps.indexOf(next));
    wizard.draft.step = next;
    saveSoon();
    go(`#/enroll/${next}`);
}

function previous(step) {
    const steps = stepsOf();
    const before = steps.slice(0, steps.indexOf(step)).filter((name) => !wizard.draft.skipped.includes(name));
    return before.length ? before[before.length - 1] : null;
}

/* --- the way in --- */

const WAYS_IN = ['from', 'connection', 'token', 'medium', 'source'];

async function takeQuery(query) {
    if (query.from) takeRequest(await get(`/requests/${encodeURIComponent(query.from)}`));
    const { draft } = wizard;
    if (['certificate', 'container'].includes(draft.source) && Object.keys(query).length) draft.source = 'new';
    const given = ['connection', 'profile', 'source'].filter((name) => query[name]);
    for (const name of given) draft[name] = query[name];
    if (query.connection || query.from) draft.preset = [...draft.preset, 'connection'];
    if (query.token) {
        draft.preset = [...draft.preset, 'token'];
        draft.place = { medium: 'token', uri: query.token, label: '', serial: '' };
    }
    if (['registry', 'disk'].includes(query.medium)) {
        draft.preset = [...draft.preset, 'token'];
        draft.place = newPlace(query.medium);
    }
    return Object.keys(query).some((name) => WAYS_IN.includes(name));
}

async function enter(query) {
    const direct = await takeQuery(query);
    const { draft } = wizard;
    if (!STEP_FREE.includes(draft.source)) {
        const connections = (await get('/connections')).items;
        chooseOnly(connections);
        if (direct && draft.connection) draft.preset = [...new Set([...draft.preset, 'connection'])];
    }
    const steps = stepsOf();
    const start = direct ? await stepFrom(1) : steps.includes(draft.step) ? draft.step : steps[0];
    draft.reached = Math.max(draft.reached, steps.indexOf(start));
    draft.step = start;
    return start;
}

const STEP_FREE = ['certificate', 'container', 'self'];

/* --- drawing --- */

function restoredNote(onfresh) {
    return h('div', { class: 'notice note-line' }, h('p', {}, t('enroll.restored')), button(t('enroll.fresh'), { on: onfresh }));
}

function showStep(view, step, field) {
    let frame = null;
    const changed = () => { saveSoon(); if (frame) frame.update(); };
    const part = makers[step]({ view, changed, next: () => goNext(step), redraw: () => showStep(view, step) });
    const back = previous(step);
    frame = drawFrame(view, step, part, { back: back ? () => go(`#/enroll/${back}`) : null });
    if (wizard.restored) {
        const note = restoredNote(() => { startAgain(); saveSoon(); go('#/enroll/source'); if (step === 'source') showStep(view, 'source'); });
        view.root.prepend(note);
        wizard.restored = false;
    }
    if (field && part.focus) part.focus(field);
    else frame.heading.focus();
}

/** @param {object} view
 * @param {object} params */
export async function mount(view, params) {
    const query = params.query || {};
    if (wizard.run) return sendView(view);
    put(view.root, loading(t('enroll.loading')));
    try {
        await loadDraft();
        const steps = stepsOf();
        const step = steps.includes(params.step) ? params.step : await enter(query);
        if (view.signal.aborted) return undefined;
        if (step !== params.step) history.replaceState(null, '', `#/enroll/${step}`);
        return showStep(view, step, query.field);
    } catch (error) {
        if (!view.signal.aborted) put(view.root, errorCard(error, { retry: () => mount(view, params) }));
        return undefined;
    }
}
