// SPDX-License-Identifier: Apache-2.0
// The parts that screens are made of.

export { announce, because, button, chip, codeLine, copy, copyButton, emptyState, icon, iconButton, loading, mark }
    from './basics.js';
export { checkBox, confirm, confirmDelete, dialog } from './dialog.js';
export { errorCard, isQuiet, libraryLine, report, titleOf } from './error.js';
export { factList, section } from './facts.js';
export { form } from './form.js';
export { listPane } from './list.js';
export { notify } from './notify.js';
export { detailLines, stepsList } from './steps.js';
export { tabs } from './tabs.js';
export { lifeBar, timeline } from './timeline.js';
