// SPDX-License-Identifier: Apache-2.0
// What a person does with requests, certificates and connections, in steps that several flows share.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PIN, button, navigation, press } from './tokens.mjs';
import { until } from './world.mjs';

/** The right half of a screen with a list. */
export const details = (me, page = me.page) => page.getByRole('region', { name: me.t('core.details'), exact: true });

/** A row of the list with that label, by a part of what stands in it. */
export const row = (me, list, text, page = me.page) => page.getByRole('list', { name: me.t(list) }).getByRole('link', { name: text });

/** One request says of itself how it stands, in its row and in its details. */
export async function stands(me, status, owner, page = me.page) {
    const words = me.t(`requests.status.${status}`);
    await row(me, 'requests.list', owner, page).filter({ hasText: words }).waitFor();
    await details(me, page).locator('.details-head').getByText(words, { exact: true }).waitFor();
}

/** From outside the page: a request for `name` at `connection`; exit 3 (it waits) is fine. */
export function order(here, connection, name, ...more) {
    try {
        here.keyfob('enroll', '--connection', connection, '--subject', `CN=${name}`, '--key', 'p256', '--no-input', '--pin-source', here.pin('pin-order', PIN), ...more);
    } catch (error) {
        if (!/: (3|10)\n/.test(error.message))
            throw error;
    }
    return here.json('request', 'list').items[0];
}

/** From outside the page, as keyfob's own rounds do it: ask the CA; what it says is no error here. */
export function checkOutside(here, id) {
    try {
        here.keyfob('request', 'check', id, '--no-input');
    } catch (error) {
        if (!/: (3|4|5|8|10)\n/.test(error.message))
            throw error;
    }
    return here.json('request', 'show', id);
}

/** Press what saves a file; the file, kept in the test's folder. */
export async function saved(me, here, name, pressing) {
    const coming = me.page.waitForEvent('download');
    await pressing();
    const file = await coming, path = join(here.dir, name);
    await file.saveAs(path);
    return { path, name: file.suggestedFilename() };
}

/** The file that a person chooses with that button or field. */
export async function choose(me, label, path, scope = me.page) {
    const field = scope.getByLabel(label, { exact: true });
    if (me.how === 'keyboard')
        await field.focus();
    await field.setInputFiles(path);
}

/** A row of a list or a tab of a bar: one stop of the Tab key, from where the arrows go on. */
export async function pick(me, target, arrow = 'ArrowDown') {
    if (me.how === 'mouse')
        return target.click();
    const isFocused = (node) => node.evaluate((e) => e === document.activeElement);
    await target.waitFor();
    const group = target.locator('xpath=ancestor::*[self::ul or self::ol or @role="tablist"][1]');
    for (let i = 0; i < 150 && !(await group.evaluate((e) => e.contains(document.activeElement))); i++)
        await me.page.keyboard.press('Tab');
    for (let i = 0; i < 150 && !(await isFocused(target)); i++)
        await me.page.keyboard.press(arrow);
    assert.ok(await isFocused(target), `not reached with ${arrow}: ${target}`);
    return me.page.keyboard.press('Enter');
}

export const tab = (me, id) => pick(me, me.page.getByRole('tab', { name: new RegExp(`^${me.t(id)}`) }), 'ArrowRight');

/** A menu or a folded part is opened. */
export async function unfold(me, text, scope = me.page.getByRole('main')) {
    const summary = scope.locator('summary').filter({ hasText: text });
    await me.press(summary);
    await until('an open part', () => summary.evaluate((e) => e.parentElement.open));
}

/** The two live regions said so, if it was said within the last ten seconds. */
export const announced = (me, text, page = me.page) => page.locator('#live-polite, #live-assertive').getByText(text).first().waitFor({ state: 'attached' });

export async function titled(me, start) {
    await until(`a title that begins with "${start}"`, async () => (await me.page.title()).startsWith(start));
}

/** A profile of this person's own, for the doubles' certificates. */
export function ownProfile(here, name = 'both', usages = 'clientAuth emailProtection') {
    mkdirSync(join(here.home, 'profiles'), { recursive: true });
    writeFileSync(join(here.home, `profiles/${name}.conf`), `[profile]
title = ${name}
keys = p256 rsa2048
[usage]
key_usage = digitalSignature
extended = ${usages}
[names]
email = optional
dns = optional
ip = no
uri = no
upn = optional
[subject]
CN = optional
`);
}

/** A file with a secret for --secret-source. */
export const secret = (here, name, text) => ['--secret-source', `${name}=${here.pin(`secret-${name}`, `${text}\n`)}`];

/** That step of the wizard is shown. */
export const step = (me, id) => me.page.getByRole('heading', { name: me.t(id), exact: true }).waitFor();

/** On to the next step, once this one is complete. */
export async function nextStep(me, id = 'enroll.next') {
    await until('a step that is complete', () => button(me, id).isEnabled());
    await press(me, id);
}

/** From the start of the wizard, by the navigation, to its last step; the connection and the token are the only ones. */
export async function readyWith(me, name) {
    await me.press(navigation(me, 'enroll'));
    await step(me, 'enroll.source.title');
    await nextStep(me);
    await step(me, 'enroll.ca.title');
    await nextStep(me);
    await step(me, 'enroll.owner.title');
    if (name)
        await me.type(me.page.getByLabel(me.t('enroll.subject.CN')), name);
    await nextStep(me);
    await step(me, 'enroll.key.title');
    await nextStep(me, 'enroll.check');
    await step(me, 'enroll.check.title');
    await until('a plan', () => button(me, 'enroll.send.new').isEnabled());
}
