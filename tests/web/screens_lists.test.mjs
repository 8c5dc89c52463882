// SPDX-License-Identifier: Apache-2.0
// timeout: 400
// Requests, connections and certificates in every state: empty, full, troubled, at an end.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { goodScreen } from './lib/checks.mjs';
import { atUc, double, knownAtUc, orderAtUc } from './lib/double.mjs';
import { checkOutside, details, order, row, secret } from './lib/requests.mjs';
import { main, test } from './lib/test.mjs';
import { PIN, button, press, said } from './lib/tokens.mjs';
import { ONE_TOKEN, TOKEN_OUT } from './lib/world.mjs';

const goTo = (page, route) => page.goto(`${new URL(page.url()).origin}/${route}`);

/* The first request so many times more, with other values: states that a test cannot wait for. */
const COPY = `
import json, sqlite3, sys
path, times, values = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
with sqlite3.connect(path, timeout=20) as database:
    names = [row[1] for row in database.execute("PRAGMA table_info(requests)") if row[1] != "number"]
    for i in range(times):
        last = database.execute("SELECT max(number) FROM requests").fetchone()[0] + 1
        picked = ["?" if name in values or name == "client_id" else name for name in names]
        given = ["kf-copy-%d" % last if name == "client_id" else values[name] for name in names if name in values or name == "client_id"]
        database.execute("INSERT INTO requests (%s) SELECT %s FROM requests WHERE number = 1" % (",".join(names), ",".join(picked)), given)
`;

function copyRequest(here, times, values = {}) {
    const run = spawnSync('python3', ['-c', COPY, join(here.home, 'keyfob.db'), times, JSON.stringify(values)], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
}

const lab = (here) => here.keyfob('ca', 'init', 'lab', '--approval');

/* --- requests --- */

test('the requests are a good screen while there are none', { script: ONE_TOKEN, route: '#/requests' }, async ({ me, page }) => {
    await said(me, 'requests.empty').waitFor();
    await goodScreen(page, 'requests-empty');
});

/* Ended, on the way, to be acted on, held up: one request of each. */
const MARKS = {
    pending: () => {},
    rejected: (here, id) => here.keyfob('ca', 'reject', id.slice(2), '--reason', 'ИНН: 7707083893 is of another organization. 王小明 knows more.'),
    issued: (here, id) => {
        here.keyfob('ca', 'approve', id.slice(2));
        here.script(TOKEN_OUT);
    },
    withdrawn: (here, id) => here.keyfob('request', 'withdraw', id, '--yes', '--no-input', '--pin-source', here.pin('pin-withdraw', PIN)),
    installed: (here, id) => {
        here.keyfob('ca', 'approve', id.slice(2));
        here.keyfob('resume', id, '--no-input', '--pin-source', here.pin('pin-resume', PIN));
    },
};

const SAID = 'the answer could not be understood: "Keine Antwort" <b>';
const TROUBLES = {
    problem: { problem: '127.0.0.1: the connection was closed without an answer' },
    quarantined: { state: 'quarantined', reason: 'its key is not the key of this request' },
    needs_operator: { state: 'needs-operator', reason: SAID },
    failed: { state: 'failed', reason: SAID },
    to_send: { state: 'csr', sent_at: null, ticket: null },
};

test('a request is a good screen in each of its states', { script: ONE_TOKEN, args: ['--no-agent'], before: (here) => {
    lab(here);
    for (const [mark, make] of Object.entries(MARKS)) {
        const { id } = order(here, 'lab', `${mark} Þórbjörg von und zu Überlinger-Österreich`);
        make(here, id);
        if (mark !== 'withdrawn' && mark !== 'installed')
            checkOutside(here, id);
        here.script(ONE_TOKEN);
    }
    for (const values of Object.values(TROUBLES))
        copyRequest(here, 1, values);
} }, async ({ me, page }) => {
    for (const [i, mark] of [...Object.keys(MARKS), ...Object.keys(TROUBLES)].entries()) {
        await goTo(page, `#/requests/r-${i + 1}`);
        await details(me).locator('.details-head').getByText(me.t(`requests.status.${mark}`), { exact: true }).waitFor();
        await goodScreen(page, `request-${mark}`);
    }
});

test('many requests are a good screen, a hundred at a time', { script: ONE_TOKEN, args: ['--no-agent'], before: (here) => {
    lab(here);
    order(here, 'lab', '王小明');
    copyRequest(here, 149);
} }, async ({ me, page }) => {
    await goTo(page, '#/requests');
    const rows = page.getByRole('list', { name: me.t('requests.list') }).getByRole('listitem');
    await said(me, 'requests.shown.of', { shown: 100, all: 150 }).waitFor();
    assert.equal(await rows.count(), 100);
    await goodScreen(page, 'requests-many');
    await press(me, 'requests.more');
    await row(me, 'requests.list', '王小明').nth(149).waitFor();
    assert.equal(await rows.count(), 150);
    assert.equal(await button(me, 'requests.more').count(), 0);
    await page.getByRole('searchbox').fill('nobody has this name');
    await said(me, 'requests.empty.search', { search: 'nobody has this name' }).waitFor();
    await goodScreen(page, 'requests-not-found');
});

/* --- connections --- */

test('connections are a good screen, with none and in each of their states', { script: ONE_TOKEN, route: '#/connections', args: ['--no-agent'], before: async (here) => {
    here.ca = await double(here, 'cryptopro', { registration: 'Q' });
} }, async ({ me, here, page }) => {
    const settings = atUc(here.ca);
    const shows = async (name, state, screen) => {
        await goTo(page, `#/connections/${name}`);
        await details(me).locator('.details-head').getByText(me.t(`connections.state.${state}`)).waitFor();
        await goodScreen(page, `connection-${screen ?? state}`);
    };
    await said(me, 'connections.empty').waitFor();
    await goodScreen(page, 'connections-empty');
    here.keyfob('connection', 'add', 'uc', 'cryptopro', ...settings);
    await goTo(page, '#/connections/uc');
    await press(me, 'connections.act.check', details(me));
    await shows('uc', 'signed_out');
    here.keyfob('connection', 'login', 'uc', '--user', 'fedorov', ...secret(here, 'password', 'korova'));
    await shows('uc', 'unconfirmed');
    for (const [registration, state] of [['R', 'refused'], ['C', 'connected']]) {
        await here.ca.set({ registration });
        here.keyfob('connection', 'login', 'uc', '--user', 'fedorov', ...secret(here, 'password', 'korova'));
        await shows('uc', state);
    }
    await here.ca.out();
    await press(me, 'connections.act.check', details(me));
    await shows('uc', 'problem');
    await here.ca.out(false);
    lab(here);
    order(here, 'lab', '王小明');
    await shows('lab', 'anonymous', 'lab');
    await goTo(page, '#/connections/new');
    await page.getByRole('radio', { name: 'privacyIDEA' }).check();
    await goodScreen(page, 'connection-new');
});

/* --- certificates --- */

test('certificates are a good screen in each tab, with none and with some', { script: ONE_TOKEN, route: '#/certificates', args: ['--no-agent'] }, async ({ me, here, page }) => {
    const tabs = ['personal', 'root', 'intermediate', 'other'];
    for (const tab of tabs) {
        await goTo(page, `#/certificates/${tab}`);
        await said(me, `certificates.empty.${tab}`).waitFor();
        await goodScreen(page, `certificates-${tab}-empty`);
    }
    await knownAtUc(here, { days: '12' });
    orderAtUc(here);
    await goTo(page, '#/certificates/personal');
    const soon = row(me, 'certificates.tab.personal', 'Фёдоров Фёдор Фёдорович');
    await soon.waitFor();
    await page.getByRole('region', { name: me.t('certificates.ending') }).waitFor();
    await soon.click();
    await details(me).getByRole('article').waitFor();
    await goodScreen(page, 'certificate-soon');
    await goTo(page, '#/certificates/import');
    await goodScreen(page, 'certificates-import');
    for (const tab of ['root', 'intermediate']) {
        await goTo(page, `#/certificates/${tab}`);
        await page.getByRole('list', { name: me.t(`certificates.tab.${tab}`) }).getByRole('link').first().click();
        await details(me).getByRole('article').waitFor();
        await goodScreen(page, `certificates-${tab}`);
    }
});

await main();
