// SPDX-License-Identifier: Apache-2.0
// Names that come from the library, in the person's language: keyfob's own profiles, and the parts of a subject.
import { has, t } from '../core/i18n.js';

const GROUPS = { Owner: 'enroll.group.owner', 'Other names': 'enroll.group.names' };

/** A profile of keyfob's own in the person's language; another one as its file says.
 * @param {{name: string, title?: string}} profile */
export function profileTitle(profile) {
    const own = `enroll.profile.${profile.name.replaceAll('-', '_')}`;
    return has(own) ? t(own) : profile.title || profile.name;
}

/** A part of a subject in the person's language; what a CA asks stays in its words.
 * @param {object} field of keyfob.form/1 */
export function subjectField(field) {
    const title = `enroll.subject.${field.name}`;
    const help = `${title}.help`;
    const group = GROUPS[field.group];
    return { ...field, title: has(title) ? t(title) : field.title, help: has(help) ? t(help) : field.help, group: group ? t(group) : field.group };
}
