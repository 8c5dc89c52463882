// SPDX-License-Identifier: Apache-2.0
// When the server ends, another program of this computer may take its port while the page is still open: it gets nothing.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';

import { main, test } from './lib/test.mjs';
import { until } from './lib/world.mjs';

/* Answers everything as the page would like it, and asks for a PIN by a job of its own. */
function impostor(port, got) {
    const job = { schema: 'keyfob.job/1', id: 'j-1', op: 'token.test', state: 'asking', steps: [], subject: { token: 'Rutoken ECP' },
        question: { question: 1, kind: 'pin', pin: 'user', token: { label: 'Rutoken ECP', serial: '09143328' }, why: 'to sign', tries: 'ok', min: 4, max: 64 },
        result: null, error: null, started_at: '2026-11-20T09:00:00Z' };
    const session = { schema: 'keyfob.session/1', id: 's-1', token: 'mine', proof: '', started_at: '2026-11-20T09:00:00Z', ends_at: '2036-11-20T09:00:00Z', locks_at: '2036-11-20T09:00:00Z', home: '/', version: '1' };
    const server = createServer((request, response) => {
        let body = '';
        request.on('data', (data) => (body += data));
        request.on('end', () => {
            got.push({ line: `${request.method} ${request.url}`, headers: JSON.stringify(request.headers), body });
            if (request.url.endsWith('/events')) {
                response.writeHead(200, { 'Content-Type': 'text/event-stream' });
                response.write(`id: 1\nevent: job.changed\ndata: ${JSON.stringify(job)}\n\n`);
                return;
            }
            response.writeHead(200, { 'Content-Type': 'application/json' });
            const answers = { '/api/v1/session': session, '/api/v1/jobs': { items: [job] }, '/api/v1/jobs/j-1': job };
            response.end(JSON.stringify(answers[request.url] ?? { items: [] }));
        });
    });
    return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

test('a program that took the port gets no PIN, and no word of the session', {}, async ({ here, page, me }) => {
    const session = await page.evaluate(async () => (await (await fetch('/api/v1/session')).json()));
    const got = [];
    await here.stop();
    const server = await impostor(Number(new URL(here.url).port), got);
    try {
        await me.find('heading', 'signin.title').waitFor();
        await until('the stranger to be asked who it is', () => got.some(({ line }) => line === 'GET /api/v1/session'));
        assert.equal(await page.getByRole('dialog').count(), 0);
        const all = JSON.stringify(got);
        assert.ok(!all.includes(session.token), 'the token of the session was sent');
        assert.ok(!got.some(({ line }) => line.startsWith('POST')), all);
    } finally {
        server.closeAllConnections();
        server.close();
    }
});

await main();
