// SPDX-License-Identifier: Apache-2.0
// Tests as sentences, one after the other, each with a world of its own when it wants one.
import { browser, window, signedIn } from './browser.mjs';
import { person } from './person.mjs';
import { world } from './world.mjs';

const WAYS = [
    { name: 'by mouse', how: 'mouse', lang: 'en' },
    { name: 'by keyboard only and in Russian', how: 'keyboard', lang: 'ru' },
];
const tests = [];

/** `run({here, page, win, me, chrome})` in a world made with `options`. */
export function test(name, options, run) {
    tests.push({ name, options, run });
}

/** The same flow by mouse in English, and by keyboard only in Russian. */
export function flow(name, options, run) {
    for (const way of WAYS)
        test(`${name}, ${way.name}`, { ...options, ...way }, run);
}

async function runOne({ name, options, run }, chrome) {
    const here = await world(options);
    try {
        await options.before?.(here);
        const win = await window(chrome, here, options);
        const page = options.signIn === false ? await win.context.newPage() : await signedIn(win, here, options.route);
        try {
            await run({ here, page, win, chrome, me: person(page, options) });
        } catch (error) {
            error.seen = `  at ${page.url()}\n  ${(await page.locator('body').innerText().catch(() => '')).slice(0, 3000).replaceAll('\n', '\n  ')}\n  server: ${here.log.slice(-2000)}`;
            throw error;
        } finally {
            await win.context.close();
        }
        if (win.faults.length)
            throw new Error(`the browser complains:\n  ${win.faults.join('\n  ')}`);
    } finally {
        await here.close();
    }
    console.log(`ok: ${name}`);
}

/* A browser on a busy machine is late now and then: what fails is tried once more, in a new world, and both are told. */
async function passes(one, chrome, when = '') {
    try {
        await runOne(one, chrome);
        return true;
    } catch (error) {
        console.error(`FAILED ${when}: ${one.name}\n${error.stack}\n${error.seen ?? ''}`);
        return false;
    }
}

/** Call at the end of the file. `-t WORDS` on the command line runs only tests whose name has them. */
export async function main() {
    const at = process.argv.indexOf('-t');
    const wanted = tests.filter((one) => at < 0 || one.name.includes(process.argv[at + 1]));
    if (wanted.length === 0)
        throw new Error('no test has that name');
    const chrome = await browser();
    let failed = 0;
    for (const one of wanted)
        if (!(await passes(one, chrome)) && !(await passes(one, chrome, 'the second time')))
            failed++;
    await chrome.close();
    process.exitCode = failed ? 1 : 0;
}
