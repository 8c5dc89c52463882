// SPDX-License-Identifier: Apache-2.0
// keyfob module list, register: the modules there are, and keyfob's own one for other programs.
#include "common/registration.h"
#include "output.h"

static const struct column module_columns[] = {
    {"MODULE", "name", NULL},
    {"SLOTS", "slots", NULL},
    {"PATH", "path", NULL},
    {"PROBLEM", "error", NULL},
};

kf_err cmd_module_list(struct run *run) {
    KF_AUTO_PTR(json_t) modules = NULL;
    KF_TRY(run_open_tokens(run));
    KF_TRY(kf_tokens_modules_json(run->tokens, &modules));
    return out_list(run, modules, module_columns, KF_COUNT(module_columns), "module");
}

/* --- registering --- */

static json_t *result_json(const struct registration *registration, bool system) {
    return json_pack("{s:s, s:s, s:b, s:b, s:b}", "schema", "keyfob.registration/1", "file",
                     registration->file, "system", system, "registered", registration->registered,
                     "changed", registration->changed);
}

/* p11-kit leaves a user's own configuration out for root. */
static void tell_next(struct run *run, bool system) {
    if (!system && geteuid() == 0)
        note(run,
             "%s You are root, and for root p11-kit reads no user's configuration: "
             "`keyfob module register --system` registers it for all users.",
             term_mark(&run->term, MARK_NOTE));
    note(run, "  Look:      p11-kit list-modules");
    note(run, "  Browsers:  keyfob module browsers, then start Firefox or Chromium again");
}

kf_err cmd_module_register(struct run *run) {
    const struct registration_order order = {.system = run_has(run, OPT_SYSTEM),
                                             .remove = run_has(run, OPT_REMOVE),
                                             .overwrite = run_has(run, OPT_YES)};
    struct registration now;
    if (order.system && !order.remove && run_has(run, OPT_HOME))
        return kf_fail(KF_E_USAGE, "--home is one user's folder, --system is for all of them");
    KF_TRY(registration_change(run->context, &order, &now));
    json_t *document = result_json(&now, order.system);
    if (order.remove && !now.changed)
        return out_done(run, document, "Was not registered: %s", now.file);
    if (order.remove)
        return out_done(run, document,
                        "Removed: %s; programs that run keep the module until they end", now.file);
    KF_TRY(out_done(run, document, "%s: %s", now.changed ? "Registered" : "Registered already",
                    now.file));
    tell_next(run, order.system);
    return KF_OK;
}
