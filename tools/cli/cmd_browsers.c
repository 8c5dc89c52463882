// SPDX-License-Identifier: Apache-2.0
// keyfob module browsers: p11-kit's proxy module in and out of the databases of Firefox and
// Chromium.
#include <string.h>

#include "common/browsers.h"
#include "common/nssdb.h"
#include "common/registration.h"
#include "output.h"

static const struct {
    const char *word, *shown;
    enum mark mark;
} results[] = {
    {"added", "added", MARK_DONE},
    {"present", "there already", MARK_DONE},
    {"foreign", "there already, not by keyfob", MARK_DONE},
    {"removed", "removed", MARK_DONE},
    {"absent", "was not there", MARK_DONE},
    {"kept", "left, not by keyfob", MARK_NOTE},
    {"would-add", "would be added", MARK_NONE},
    {"would-remove", "would be removed", MARK_NONE},
    {"running", "it runs", MARK_FAILED},
    {"failed", "failed", MARK_FAILED},
};

static kf_err format_outcome(const struct run *run, const json_t *row, const json_t *value,
                             kf_buf *out) {
    for (size_t i = 0; run->term.out && i < KF_COUNT(results); i++)
        if (strcmp(results[i].word, json_string_value(value)) == 0)
            return kf_buf_printf(out, "%s %s", term_mark(&run->term, results[i].mark),
                                 results[i].shown);
    return format_text(run, row, value, out);
}

static const struct column columns[] = {
    {"BROWSER", "browser", NULL},
    {"RESULT", "result", format_outcome},
    {"PROFILE", "profile", NULL},
    {"PROBLEM", "error", NULL},
};

static json_t *row_json(const struct browser_profile *profile, const char *result, kf_err code) {
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:s?}", "schema", "keyfob.browser/1", "browser",
                     profile->browser, "profile", profile->folder, "sandboxed", profile->sandboxed,
                     "result", result, "error", code != KF_OK ? kf_error_sentence(code) : NULL);
}

static void tell_next(struct run *run, const struct browser_profiles *profiles) {
    bool sandboxed = false;
    for (size_t i = 0; i < profiles->count; i++)
        sandboxed = sandboxed || profiles->items[i].sandboxed;
    if (run_has(run, OPT_REMOVE))
        return;
    if (sandboxed)
        note(run,
             "%s A browser from snap or flatpak lives in a sandbox: it loads the module only "
             "where its sandbox has p11-kit as well.",
             term_mark(&run->term, MARK_NOTE));
    if (!registration_is_there())
        note(run, "%s keyfob's own module is not registered yet: `keyfob module register`.",
             term_mark(&run->term, MARK_NOTE));
}

/* One that fails does not hold up the others; the first failure is the command's. */
static kf_err change_all(struct run *run, const struct browser_profiles *profiles,
                         const char *proxy, json_t *list, struct kf_error_saved *ret_saved) {
    const struct browser_order order = {
        .remove = run_has(run, OPT_REMOVE), .dry_run = run_has(run, OPT_DRY_RUN), .proxy = proxy};
    kf_err first = KF_OK;
    for (size_t i = 0; i < profiles->count; i++) {
        const char *result = NULL;
        kf_err code = browser_change(&profiles->items[i], &order, &result);
        json_array_append_new(list, row_json(&profiles->items[i], result, code));
        if (first == KF_OK && code != KF_OK)
            kf_error_save(ret_saved);
        first = first != KF_OK ? first : code;
    }
    return first;
}

kf_err cmd_module_browsers(struct run *run) {
    static struct browser_profiles profiles;
    KF_AUTO_PTR(json_t) list = json_array();
    struct kf_error_saved saved;
    const char *proxy = NULL, *folder = run_option(run, OPT_BROWSER_PROFILE);
    if (!run_has(run, OPT_REMOVE))
        KF_TRY(nssdb_proxy(&proxy));
    KF_TRY(folder ? browsers_take(folder, &profiles) : browsers_find(&profiles));
    if (profiles.count == 0)
        return browsers_none();
    kf_err code = change_all(run, &profiles, proxy, list, &saved);
    KF_TRY(out_list(run, list, columns, KF_COUNT(columns), "profile"));
    if (code != KF_OK)
        kf_error_restore(&saved);
    else
        tell_next(run, &profiles);
    return code;
}
