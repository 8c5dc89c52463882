// SPDX-License-Identifier: Apache-2.0
// Operations: PKCS#11 modules, keyfob's own one for other programs, and browsers.
#include <unistd.h>

#include "common/browsers.h"
#include "common/nssdb.h"
#include "common/registration.h"
#include "web/worker/work.h"

/* --- modules --- */

static kf_err module_list(struct work *work, json_t **ret_result) {
    kf_tokens *tokens = NULL;
    json_t *modules = NULL;
    KF_TRY(work_tokens(work, &tokens));
    KF_TRY(kf_tokens_modules_json(tokens, &modules));
    return work_result(json_pack("{s:s, s:o, s:b}", "schema", "keyfob.modules/1", "items", modules,
                                 "registered", registration_is_there()),
                       ret_result);
}

/* p11-kit leaves a user's own configuration out for root. */
static void tell_root(struct work *work) {
    if (geteuid() == 0)
        kf_step(work->context, "note", KF_STEP_NOTE, 0,
                "you are root, and for root p11-kit reads no user's configuration: `keyfob module "
                "register --system` registers it for all users");
}

static kf_err module_register(struct work *work, json_t **ret_result) {
    const struct registration_order order = {.remove = work_flag(work, "remove")};
    struct registration now;
    KF_TRY(registration_change(work->context, &order, &now));
    if (now.registered)
        tell_root(work);
    return work_result(json_pack("{s:s, s:s, s:b, s:b}", "schema", "keyfob.registration/1", "file",
                                 now.file, "registered", now.registered, "changed", now.changed),
                       ret_result);
}

/* --- browsers --- */

/* Large for a stack; a worker does one call at a time. */
static struct browser_profiles profiles;

static kf_err add_profile(struct work *work, const struct browser_profile *profile, json_t *items) {
    enum nssdb_state state = NSSDB_WITHOUT;
    kf_err code = nssdb_look(profile->folder, &state);
    json_t *item =
        json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:o*}", "profile", profile->folder, "browser",
                  profile->browser, "path", profile->folder, "registered", state != NSSDB_WITHOUT,
                  "sandboxed", profile->sandboxed, "running", profile->running, "error",
                  code != KF_OK ? work_error(work, code) : NULL);
    return json_array_append_new(items, item) == 0 ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err browser_list(struct work *work, json_t **ret_result) {
    KF_AUTO_PTR(json_t) items = json_array();
    KF_TRY(browsers_find(&profiles));
    for (size_t i = 0; i < profiles.count; i++)
        KF_TRY(add_profile(work, &profiles.items[i], items));
    return work_result(json_pack("{s:s, s:O, s:b}", "schema", "keyfob.browsers/1", "items", items,
                                 "registered", registration_is_there()),
                       ret_result);
}

static json_t *outcome(struct work *work, const struct browser_profile *profile, const char *result,
                       kf_err code) {
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:o*}", "profile", profile->folder, "browser",
                     profile->browser, "path", profile->folder, "sandboxed", profile->sandboxed,
                     "result", result, "error", code != KF_OK ? work_error(work, code) : NULL);
}

/* One that fails does not hold up the others. */
static kf_err change_all(struct work *work, const struct browser_order *order, json_t *items) {
    kf_err first = KF_OK;
    for (size_t i = 0; i < profiles.count; i++) {
        const char *result = NULL;
        kf_err code = browser_change(&profiles.items[i], order, &result);
        json_array_append_new(items, outcome(work, &profiles.items[i], result, code));
        first = first != KF_OK ? first : code;
    }
    return first;
}

static kf_err browser_set(struct work *work, json_t **ret_result) {
    struct browser_order order = {.remove = work_flag(work, "remove")};
    KF_AUTO_PTR(json_t) items = json_array();
    const char *folder = work_text(work, "profile");
    if (!order.remove)
        KF_TRY(nssdb_proxy(&order.proxy));
    KF_TRY(folder ? browsers_take(folder, &profiles) : browsers_find(&profiles));
    if (profiles.count == 0)
        return browsers_none();
    kf_err code = change_all(work, &order, items);
    if (code != KF_OK && profiles.count == 1)
        return code;
    return work_result(json_pack("{s:s, s:O, s:b, s:b}", "schema", "keyfob.browsers/1", "items",
                                 items, "ok", code == KF_OK, "registered", registration_is_there()),
                       ret_result);
}

const struct op module_ops[] = {
    {"module.list", module_list},
    {"module.register", module_register},
    {"browser.list", browser_list},
    {"browser.change", browser_set},
    {0},
};
