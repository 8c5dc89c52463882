// SPDX-License-Identifier: Apache-2.0
// Jobs that were started before the page was loaded again, or in a tab that is gone: somebody must answer them.

import { get } from '../core/http.js';
import { follow } from '../core/jobs.js';
import { t } from '../core/i18n.js';
import { isQuiet, titleOf } from './error.js';
import { notify } from './notify.js';

/** Take those over that ask something and that no tab attends to (jobs.js holds a lock for each). */
export async function adoptJobs() {
    const { items = [] } = await get('/jobs').catch(() => ({}));
    for (const job of items.filter((one) => one.state === 'asking' || one.state === 'running')) {
        navigator.locks.request(`keyfob-job-${job.id}`, { ifAvailable: true }, (lock) => (lock ? adopt(job) : null));
    }
}

async function adopt(job) {
    try {
        await follow(job);
        notify(t('core.job.done'), { kind: 'ok' });
    } catch (error) {
        if (!isQuiet(error)) notify(titleOf(error), { kind: 'bad' });
    }
}
