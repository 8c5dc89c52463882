// SPDX-License-Identifier: Apache-2.0
// The form engine's rules: start, requirement, problems, and what is sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choiceOf, groupsOf, isRequired, problemOf, problemsOf, startValue, valuesToSend, warningOf }
    from '../../../tools/web/page/core/form_rules.js';

const text = (more) => ({ name: 'CN', title: 'Common name', kind: 'text', ...more });
const choice = (more) => ({ name: 'type', title: 'Type', kind: 'choice', closed: true,
    choices: [{ value: 'user', title: 'User' }, { value: 'org', title: 'Organization' }], ...more });

test('a draft goes before the default, but not before what is fixed', () => {
    assert.equal(startValue(text({ value: 'a' }), { CN: 'b' }), 'b');
    assert.equal(startValue(text({ value: 'a', read_only: true }), { CN: 'b' }), 'a');
    assert.equal(startValue(text({}), {}), '');
    assert.equal(startValue(text({ value: 5 }), undefined), '5');
});

test('an emptied field of a draft stays empty', () => {
    assert.equal(startValue(text({ value: 'a' }), { CN: '' }), '');
});

test('a required choice of one is no question', () => {
    const one = choice({ required: true, choices: [{ value: 'x', title: 'X' }] });
    assert.equal(startValue(one), 'x');
    assert.deepEqual(valuesToSend([one], { type: 'x' }), { type: 'x' });
    assert.equal(problemOf(one, { type: 'x' }), null);
});

test('a field may be required by an earlier one', () => {
    const field = text({ name: 'OGRN', required_when: { type: ['org'] } });
    assert.equal(isRequired(field, { type: 'user' }), false);
    assert.equal(isRequired(field, { type: 'org' }), true);
    assert.equal(problemOf(field, { type: 'org', OGRN: ' ' }).id, 'core.form.enter');
});

test('a switch may require too', () => {
    const field = text({ required_when: { renew: [true] } });
    assert.equal(isRequired(field, { renew: true }), true);
    assert.equal(isRequired(field, { renew: false }), false);
});

test('limits count code points', () => {
    assert.equal(problemOf(text({ max: 2 }), { CN: '𠮷野' }), null);
    const problem = problemOf(text({ max: 2 }), { CN: '𠮷野家' });
    assert.deepEqual([problem.id, problem.values.count, problem.values.max], ['core.form.long', 3, 2]);
    assert.equal(problemOf(text({ max: 64 }), { CN: 'я'.repeat(64) }), null);
});

test('a closed choice takes its values and titles only', () => {
    assert.equal(problemOf(choice(), { type: 'Organization' }), null);
    assert.equal(problemOf(choice(), { type: 'robot' }).id, 'core.form.choice');
    assert.equal(problemOf(choice({ closed: false }), { type: 'robot' }), null);
    assert.equal(choiceOf(choice(), 'Organization'), 'org');
    assert.equal(choiceOf(choice({ choices: [{ value: 'a', title: 'T' }, { value: 'b', title: 'T' }] }), 'T'), undefined);
});

test('each line of a list is looked at', () => {
    const list = { name: 'mails', title: 'Recipients', kind: 'list', check: 'email', required: true };
    assert.equal(problemOf(list, { mails: ['a@b', ''] }), null);
    assert.equal(problemOf(list, { mails: ['a@b', 'x'] }).id, 'core.check.email');
    assert.equal(problemOf(list, { mails: [' '] }).id, 'core.form.email');
});

test('dates, numbers and control characters are looked at without a check', () => {
    assert.equal(problemOf(text({ kind: 'date' }), { CN: '2026-02-30' }).id, 'core.check.day');
    assert.equal(problemOf(text({ kind: 'number' }), { CN: 'ten' }).id, 'core.check.number');
    assert.equal(problemOf(text({}), { CN: 'a\u0007b' }).id, 'core.form.control');
    assert.equal(problemOf(text({ kind: 'file' }), { CN: 'a\nb' }), null);
});

test('what is empty and not required is no problem', () => {
    assert.deepEqual(problemsOf([text({ check: 'inn' }), choice()], {}), []);
});

test('problems come in the order of the fields', () => {
    const fields = [text({ name: 'a', required: true }), text({ name: 'b' }), text({ name: 'c', required: true })];
    assert.deepEqual(problemsOf(fields, {}).map((problem) => problem.field), ['a', 'c']);
});

test('texts are sent composed and without blanks around them', () => {
    assert.deepEqual(valuesToSend([text()], { CN: '  Фе\u0308доров ' }), { CN: 'Фёдоров' });
    assert.deepEqual(valuesToSend([text({ kind: 'secret' })], { CN: ' a ' }), { CN: ' a ' });
});

test('an emptied default is sent as empty, an empty field without a default is not', () => {
    assert.deepEqual(valuesToSend([text({ value: 'x' })], { CN: '' }), { CN: '' });
    assert.deepEqual(valuesToSend([text()], { CN: '' }), {});
    assert.deepEqual(valuesToSend([text({ kind: 'list', value: ['x'] })], { CN: [] }), { CN: [] });
});

test('what is read only is not sent', () => {
    assert.deepEqual(valuesToSend([text({ read_only: true, value: 'RU' })], { CN: 'RU' }), {});
});

test('fields of a group stay together', () => {
    const fields = [text({ name: 'a' }), text({ name: 'b', group: 'g' }), text({ name: 'c' }), text({ name: 'd', group: 'g' })];
    assert.deepEqual(groupsOf(fields).map(({ group, fields: members }) => [group, members.map(({ name }) => name)]),
        [['', ['a']], ['g', ['b', 'd']], ['', ['c']]]);
});

test('a Latin letter inside a Cyrillic word is a warning, not a problem', () => {
    assert.equal(problemOf(text(), { CN: 'Сoфия' }), null);
    assert.deepEqual(warningOf(text(), 'Анна Сoфия').values, { word: 'Сoфия', letters: 'o' });
    assert.equal(warningOf(text(), 'ООО Romashka'), null);
    assert.equal(warningOf(text({ check: 'email' }), 'Сoфия'), null);
});
