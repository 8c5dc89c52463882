// SPDX-License-Identifier: Apache-2.0
// What holds on every screen in every state: no violation that axe sees, no sideways scrolling, focus that can be seen.
import { readFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { sleep } from './world.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const shots = process.env.KEYFOB_SCREENSHOTS;

/* Colours that are about to change are looked at again; what stays is a fault. */
const LOOKS = 4;

export async function axeClean(page, where) {
    await page.evaluate(axe);
    const look = () => page.evaluate((tags) => window.axe.run(document, { runOnly: { type: 'tag', values: tags } }), TAGS);
    let result = await look();
    for (let i = 1; i < LOOKS && result.violations.length; i++) {
        await sleep(100 * i);
        result = await look();
    }
    const found = result.violations.map((rule) => `${rule.id}: ${rule.help}\n      ${rule.nodes.map((node) => node.html).join('\n      ')}`);
    if (found.length)
        throw new Error(`axe, ${where}:\n    ${found.join('\n    ')}`);
}

export async function shot(page, name) {
    if (!shots)
        return;
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `${name}.png`) });
}

/** At 320 CSS pixels nothing is cut off sideways (WCAG 1.4.10). */
export async function reflows(page, where) {
    const [wide, room, culprits] = await page.evaluate(() => {
        const root = document.documentElement;
        const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1 && e.offsetParent);
        return [root.scrollWidth, root.clientWidth, out.slice(0, 5).map((e) => e.outerHTML.slice(0, 160))];
    });
    if (wide > room)
        throw new Error(`${where}: ${wide} px in ${room} px:\n    ${culprits.join('\n    ')}`);
}

/** Text at twice its size, as a person sets it in the browser (WCAG 1.4.4). */
export async function growsText(page, where) {
    await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
    await reflows(page, `${where}, text at 200 %`);
    await shot(page, `${where}-200`);
    await page.evaluate(() => (document.documentElement.style.fontSize = ''));
}

/** The whole round for one screen in one state; the page is left as it was. */
export async function goodScreen(page, name) {
    const size = page.viewportSize();
    await axeClean(page, `${name}, light`);
    await shot(page, `${name}-light`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await axeClean(page, `${name}, dark`);
    await shot(page, `${name}-dark`);
    await page.setViewportSize({ width: 320, height: 800 });
    await page.emulateMedia({ colorScheme: 'light' });
    await reflows(page, `${name}, 320 px`);
    await shot(page, `${name}-320`);
    await page.emulateMedia({ forcedColors: 'active' });
    await axeClean(page, `${name}, 320 px in forced colours`);
    await page.emulateMedia({ forcedColors: 'none' });
    await page.setViewportSize(size);
    await growsText(page, name);
}
