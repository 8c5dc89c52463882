// SPDX-License-Identifier: Apache-2.0
// The page: boots, keeps the session and the stream of events, and shows one screen at a time in the frame.

import { put } from './core/dom.js';
import { keepWhenHidden, listen, start, stop, tell } from './core/events.js';
import { onTrouble } from './core/http.js';
import { t } from './core/i18n.js';
import { searchKey } from './core/keys.js';
import { paramsOf, parse } from './core/router.js';
import { codeOf, drop, noticePerson, restore, signIn, whenOpenedElsewhere } from './core/session.js';
import { loadSettings, settings, useBrowserSettings } from './core/settings.js';
import { forget } from './core/store.js';
import { adoptJobs } from './ui/adopt.js';
import { loading } from './ui/basics.js';
import { showErrorsWith } from './ui/error.js';
import { makeFrame } from './ui/frame.js';
import { watchLock } from './ui/lock.js';
import { clearNotifications } from './ui/notify.js';
import { followNews } from './ui/news.js';
import { lostServer } from './ui/offline.js';
import { answerQuestions } from './ui/questions.js';
import { acceptCodes } from './ui/signin.js';
import { showScreen } from './ui/view.js';

/** The screens: the module, the names of the parts of its address, its place in the navigation. */
const SCREENS = {
    signin: { module: './screens/signin.js', parts: [], bare: true },
    welcome: { module: './screens/welcome.js', parts: [] },
    tokens: { module: './screens/tokens.js', parts: ['token', 'container'], nav: true },
    connections: { module: './screens/connections.js', parts: ['name', 'action'], nav: true },
    enroll: { module: './screens/enroll.js', parts: ['step'], nav: true },
    requests: { module: './screens/requests.js', parts: ['id', 'action'], nav: true },
    certificates: { module: './screens/certificates.js', parts: ['tab', 'id'], nav: true },
    settings: { module: './screens/settings.js', parts: ['section'] },
};
const state = { frame: null, signedIn: null, problem: null };

boot();

async function boot() {
    showErrorsWith((card) => {
        state.frame?.errors.prepend(card);
        card.focus();
    });
    onTrouble({ lost: () => signedOut(), offline: () => lost() });
    answerQuestions();
    acceptCodes((code) => signIn(code).then(signedIn));
    await useBrowserSettings();
    draw();
    put(state.frame.place, loading(t('core.starting')));
    addEventListener('hashchange', () => hashChanged());
    whenOpenedElsewhere(() => resume(null, true));
    const code = codeOf(location.hash);
    if (code) await useCode(code);
    else await resume();
}

/** The code leaves the address before anything else happens. */
async function useCode(code) {
    history.replaceState(null, '', location.pathname);
    try {
        await signIn(code);
        await signedIn();
    } catch (error) {
        if (error.code === 'offline') lost();
        else await resume(error);
    }
}

/** A session may be there already, or again: another tab has signed in. With an error of a code if there is none. */
async function resume(problem = null, anew = false) {
    try {
        await restore(anew);
        await signedIn();
    } catch (error) {
        trouble(error, problem);
    }
}

function trouble(error, problem = null) {
    if (error.code === 'offline') lost();
    else signedOut(problem);
}

async function signedIn() {
    if (state.signedIn) {
        tell('reset');
        return show({ keepFocus: true });
    }
    state.signedIn = new AbortController();
    state.problem = null;
    const { signal } = state.signedIn;
    await loadSettings().catch(() => {});
    draw();
    listen('settings.changed', () => loadSettings().then((words) => tell('settings.used', { words })).catch(() => {}), signal);
    listen('settings.used', ({ words }) => (words ? redraw() : keepWhenHidden(settings().notify)), signal);
    listen('session.ended', () => resume(), signal);
    listen('server.stopping', () => lost(), signal);
    import('./screens/signin.js').catch(() => {}); // it must be here when the server is not
    noticePerson(signal);
    watchLock(signal);
    followNews(signal);
    keepWhenHidden(settings().notify);
    start(() => check());
    show();
    adoptJobs();
}

/** The view of the sign-in; the address stays, so that the person comes back to it. */
function signedOut(problem = null) {
    state.signedIn?.abort();
    state.signedIn = null;
    state.problem = problem;
    drop();
    stop();
    forget();
    clearNotifications();
    for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    draw();
    show();
}

/** The stream broke: is the server there, is the session? */
async function check() {
    try {
        await restore();
        start(() => check());
    } catch (error) {
        trouble(error);
    }
}

function lost() {
    stop();
    lostServer(async () => {
        await (state.signedIn ? check() : resume());
    });
}

/** Words or theme have changed: everything is drawn anew, and the focus stays near. */
function redraw() {
    keepWhenHidden(settings().notify);
    const focused = document.activeElement?.id;
    draw();
    show({ keepFocus: true }).then(() => focused && document.getElementById(focused)?.focus());
}

function draw() {
    state.frame?.leave();
    state.frame = makeFrame({ signedIn: Boolean(state.signedIn), screens: SCREENS, redraw });
    searchKey(state.frame.signal);
}

async function hashChanged() {
    const code = codeOf(location.hash);
    if (code) await useCode(code);
    else if (location.hash !== '#main') await show();
}

function show(options = {}) {
    const place = parse(location.hash);
    const wanted = state.signedIn ? place.screen || home() : 'signin';
    const name = Object.hasOwn(SCREENS, wanted) && !(state.signedIn && wanted === 'signin') ? wanted : home();
    const screen = SCREENS[name];
    const params = { ...paramsOf(screen.parts, place), problem: state.problem };
    return showScreen(state.frame, name, screen, params, options);
}

/** The first visit begins with the welcome. */
function home() {
    return settings().welcomed ? 'tokens' : 'welcome';
}
