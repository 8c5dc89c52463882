// SPDX-License-Identifier: Apache-2.0
// A world of its own for one test: a private folder, a token that obeys a script, and `keyfob serve` with its page.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const build = process.env.KEYFOB_BUILD ?? process.argv[2];
const keyfob = join(build, 'bin/keyfob');
/* While developing: the page from its folder instead of the one that was built in. */
const fromFolder = process.env.KEYFOB_WEB_DIR ? ['--web-dir', process.env.KEYFOB_WEB_DIR] : [];

/** The directives of tests/fakes/README.md for one ordinary token. */
export const ONE_TOKEN = 'token label="Rutoken ECP" serial=09143328 model="Rutoken ECP" manufacturer=Aktiv pin=1234 so-pin=12345678';
export const TOKEN_OUT = `${ONE_TOKEN}\nabsent`;
export const NO_TOKEN = 'lie slots 0';

function environment(dir, extra) {
    const env = {
        PATH: `${dir}/bin:${process.env.PATH}`,
        HOME: join(dir, 'user'),
        TMPDIR: dir,
        KEYFOB_HOME: join(dir, 'home'),
        KEYFOB_KEYRING: 'files',
        FAKE_TOKEN: join(dir, 'script'),
        FAKE_TOKEN_STATE: join(dir, 'state'),
        SOFTHSM2_CONF: join(dir, 'softhsm2.conf'), /* p11-kit may name it: no token of this computer is in the way */
        LC_ALL: 'C.UTF-8',
        NO_COLOR: '1',
    };
    for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS'])
        if (process.env[name])
            env[name] = process.env[name];
    return { ...env, ...extra };
}

async function until(what, found, ms = 20000) {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) {
        const got = await found();
        if (got)
            return got;
    }
    throw new Error(`waited ${ms} ms for ${what}`);
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export { until };

/** `script`: of the fake token; `modules`: more lines of keyfob.conf; `args`: of serve; `env`: of every keyfob. */
export async function world({ script = ONE_TOKEN, modules = '', args = [], env = {} } = {}) {
    const dir = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'keyfob-web-'));
    for (const folder of ['user', 'home', 'state', 'bin', 'softhsm'])
        mkdirSync(join(dir, folder), { mode: 0o700 });
    writeFileSync(join(dir, 'softhsm2.conf'), `directories.tokendir = ${join(dir, 'softhsm')}\n`);
    const here = {
        dir,
        home: join(dir, 'home'),
        env: environment(dir, env),
        log: '',

        /** What the token does from now on. */
        script(text) {
            writeFileSync(join(dir, 'script.new'), `${text}\n`);
            renameSync(join(dir, 'script.new'), join(dir, 'script'));
        },
        /** Run the command; its standard output. */
        keyfob(...words) {
            const run = spawnSync(keyfob, words, { env: here.env, encoding: 'utf8', timeout: 60000 });
            if (run.status !== 0)
                throw new Error(`keyfob ${words.join(' ')}: ${run.status}\n${run.stdout}${run.stderr}`);
            return run.stdout;
        },
        json(...words) {
            return JSON.parse(here.keyfob(...words, '--json'));
        },
        /** A file with a PIN, for --pin-source. */
        pin(name, pin) {
            const path = join(dir, name);
            writeFileSync(path, pin, { mode: 0o600 });
            return `file:${path}`;
        },

        async serve() {
            here.server = spawn(keyfob, ['serve', ...fromFolder, ...args], { env: here.env, stdio: ['ignore', 'pipe', 'pipe'] });
            here.server.on('exit', (code, signal) => (here.ended = { code, signal }));
            for (const stream of [here.server.stdout, here.server.stderr])
                stream.on('data', (data) => (here.log += data));
            here.url = await until('the address of the server', () => {
                if (here.ended)
                    throw new Error(`keyfob serve ended: ${here.log}`);
                return here.log.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
            });
        },
        async stop() {
            if (!here.server || here.ended)
                return;
            here.server.kill('SIGTERM');
            await until('the end of the server', () => here.ended, 15000);
        },
        /** As `keyfob open` does it: the file that it hands to the browser. */
        link() {
            const opened = join(dir, 'opened');
            rmSync(opened, { force: true });
            writeFileSync(join(dir, 'bin/xdg-open'), `#!/bin/sh\ncp "\${1#file://}" "${opened}"\n`, { mode: 0o700 });
            here.env.DISPLAY ??= ':0';
            here.keyfob('open');
            const page = readFileSync(opened, 'utf8');
            return page.match(/http:\/\/127\.0\.0\.1:\d+\/#code=[A-Za-z0-9_-]+/)[0];
        },
        async close() {
            await here.stop();
            if (existsSync(dir))
                rmSync(dir, { recursive: true, force: true });
        },
    };
    here.script(script);
    writeFileSync(join(dir, 'home/keyfob.conf'), `[module fake]\npath = ${build}/lib/fake-token.so\n${modules}`, { mode: 0o600 });
    await here.serve();
    return here;
}
