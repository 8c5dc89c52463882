// SPDX-License-Identifier: Apache-2.0
// The test CA on this computer in one click.
import { job } from '../core/api.js';
import { t } from '../core/i18n.js';
import { announce, button } from '../ui/index.js';
import { freeName } from './connections_model.js';

const NAME = 'test-ca';

/** @param {any[]} there connections that have their names @param {boolean} [approval] requests wait for a person */
export function makeTestCa(there, approval = false) {
    return job('/labca', { name: freeName(NAME, there.map((one) => one.name)), approval });
}

/** @param {any[]} there @param {(connection: any) => any} made @param {any} [options] of the button */
export function testCaButton(there, made, options = {}) {
    return button(t('connections.test_ca'), { ...options, on: async () => {
        const connection = await makeTestCa(there);
        announce(t('connections.test_ca.done', { connection: connection.name }));
        await made(connection);
    } });
}
