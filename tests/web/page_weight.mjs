// SPDX-License-Identifier: Apache-2.0
// What the page weighs, and how soon it can be used: node tests/web/page_weight.mjs BUILD [RUNS]. For docs/PERFORMANCE.md.
import { browser, window, signedIn } from './lib/browser.mjs';
import { sleep, world } from './lib/world.mjs';

const RUNS = Number(process.argv[3] ?? 10);
const SCREENS = ['tokens', 'connections', 'enroll', 'requests', 'certificates', 'settings'];
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/* A person can use a screen when its heading stands there; its data come a moment later. */
function noteHeading() {
    const look = () => {
        if (document.querySelector('main h1') && document.querySelector('nav a'))
            window.readyAfter = performance.now();
        else
            requestAnimationFrame(look);
    };
    look();
}
const ready = (page) => page.waitForFunction(() => window.readyAfter).then((handle) => handle.jsonValue());

/** Bytes on the wire and requests while `visit` runs. */
async function counted(page, visit) {
    const session = await page.context().newCDPSession(page);
    const kinds = new Map();
    let requests = 0, bytes = 0;
    await session.send('Network.enable');
    session.on('Network.responseReceived', ({ requestId, response }) => kinds.set(requestId, response.mimeType));
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        if (kinds.get(requestId) !== 'text/event-stream') {
            requests++;
            bytes += encodedDataLength;
        }
    });
    await visit();
    await sleep(1500); /* the event stream stays open: the network is never idle */
    await session.detach();
    return { requests, bytes };
}

async function fresh(chrome, here, screen) {
    const win = await window(chrome, here);
    const page = await signedIn(win, here);
    await page.addInitScript(noteHeading);
    /* The cache of this new browser is emptied: the sign-in has filled it. */
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.clearBrowserCache');
    await session.detach();
    await page.goto('about:blank');
    const weight = await counted(page, () => page.goto(`${here.url}/#/${screen}`));
    const cold = await ready(page);
    await page.reload();
    const warm = await ready(page);
    await win.context.close();
    return { ...weight, cold, warm };
}

const here = await world();
const chrome = await browser();
console.log('screen\trequests\tKiB\tfirst visit ms\tagain ms');
for (const screen of SCREENS) {
    const runs = [];
    for (let i = 0; i < RUNS; i++)
        runs.push(await fresh(chrome, here, screen));
    const of = (name) => median(runs.map((run) => run[name]));
    console.log([screen, of('requests'), (of('bytes') / 1024).toFixed(0), of('cold').toFixed(0), of('warm').toFixed(0)].join('\t'));
}
await chrome.close();
await here.close();
