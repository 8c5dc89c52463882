// SPDX-License-Identifier: Apache-2.0
// A real Chromium that notices what must never happen: a breach of the content security policy, a request to anybody else, an
// error that nobody caught.
import { chromium } from 'playwright-core';

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'];

export async function browser(more = []) {
    return chromium.launch({ executablePath: process.env.KEYFOB_CHROMIUM ?? '/usr/bin/chromium', args: [...ARGS, ...more] });
}

const LOCALES = { en: 'en-GB', ru: 'ru-RU', zh: 'zh-CN' };

/** A browser's window with its own cookies. `faults` fills with what went wrong in any of its pages. */
export async function window(chrome, here, { lang = 'en', scheme = 'light', width = 1280, height = 900, ...more } = {}) {
    const faults = [];
    const context = await chrome.newContext({
        locale: LOCALES[lang], colorScheme: scheme, viewport: { width, height }, timezoneId: 'Europe/Moscow', reducedMotion: 'reduce', ...more,
    });
    context.setDefaultTimeout(20000);
    await context.exposeBinding('__csp', (_, text) => faults.push(`CSP: ${text}`));
    await context.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => window.__csp(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    });
    context.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(`${here.url}/`) && !/^(data|blob|about|file):/.test(url))
            faults.push(`request to another origin: ${url}`);
    });
    context.on('weberror', (error) => faults.push(`uncaught: ${error.error().stack ?? error.error()}`));
    context.on('console', (message) => {
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
            faults.push(`console: ${message.text()}`);
    });
    return { context, faults, lang };
}

/** A page that is signed in the way `keyfob open` does it. */
export async function signedIn(win, here, route = '') {
    const page = await win.context.newPage();
    await page.goto(here.link());
    await page.getByRole('navigation').first().waitFor();
    if (route)
        await page.goto(`${here.url}/${route}`);
    return page;
}
