// SPDX-License-Identifier: Apache-2.0
// The page as files: what is loaded first, and what the Content-Security-Policy forbids.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const PAGE = new URL('../../../tools/web/page/', import.meta.url).pathname;
const read = (path) => readFileSync(join(PAGE, path), 'utf8');

function filesBelow(folder, ending) {
    return readdirSync(join(PAGE, folder)).flatMap((name) => {
        const path = join(folder, name);
        if (statSync(join(PAGE, path)).isDirectory()) return filesBelow(path, ending);
        return name.endsWith(ending) ? [path] : [];
    });
}

/** The modules that a module needs before it can run. */
function reachedFrom(path, seen = new Set()) {
    if (seen.has(path)) return seen;
    seen.add(path);
    for (const [, to] of read(path).matchAll(/^(?:import|export)[^;]*?from '(\.[^']+)'/gms)) reachedFrom(join(dirname(path), to), seen);
    return seen;
}

test('every module of the frame is preloaded, so that none waits for another', () => {
    const wanted = reachedFrom('app.js');
    wanted.delete('app.js');
    const preloaded = [...read('index.html').matchAll(/rel="modulepreload" href="([^"]+)"/g)].map((found) => found[1]);
    assert.deepEqual(preloaded.sort(), [...wanted].sort());
});

test('every import leads to a file', () => {
    for (const path of filesBelow('.', '.js')) for (const other of reachedFrom(path)) assert.ok(statSync(join(PAGE, other)).isFile());
});

test('no markup is made from texts, and nothing is styled or scripted inline', () => {
    for (const path of filesBelow('.', '.js')) {
        assert.doesNotMatch(read(path), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser/, path);
        assert.doesNotMatch(read(path), /setAttribute\('(style|on\w+)'/, path);
        if (!path.startsWith('core')) assert.doesNotMatch(read(path), /\bstyle: ['"`{]/, path);
    }
    assert.doesNotMatch(read('index.html'), /<style|<script(?! type="module" src)|\son\w+=|style=/);
});

test('nothing comes from another place', () => {
    for (const path of [...filesBelow('.', '.js'), ...filesBelow('.', '.css'), 'index.html']) {
        const addresses = read(path).match(/\b(?:https?:)?\/\/[a-z][\w.-]+\.[a-z]{2,}[^\s'"`]*/gi) ?? [];
        const loaded = addresses.filter((address) => !address.includes('www.w3.org/2000/svg') && !/example\.(org|com)|\.example/.test(address));
        assert.deepEqual(loaded.filter((address) => /^https?:/.test(address)), [], path);
    }
});

test('every symbol that is used is in the sprite', () => {
    const there = new Set([...read('icons.svg').matchAll(/<symbol id="([\w-]+)"/g)].map((found) => found[1]));
    for (const path of filesBelow('.', '.js')) {
        const used = [...read(path).matchAll(/\bicon\('([\w-]+)'|\bicon: '([\w-]+)'|iconButton\([^,]+, '([\w-]+)'/g)];
        for (const [, a, b, c] of used) assert.ok(there.has(a ?? b ?? c), `${path}: ${a ?? b ?? c}`);
    }
});

test('every file says its licence and its purpose', () => {
    for (const path of filesBelow('.', '.js')) assert.match(read(path), /^\/\/ SPDX-License-Identifier: Apache-2\.0\n\/\/ \S/, path);
    for (const path of filesBelow('style', '.css')) assert.match(read(path), /^\/\* SPDX-License-Identifier: Apache-2\.0\n \* \S/, path);
});
