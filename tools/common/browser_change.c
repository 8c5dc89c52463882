// SPDX-License-Identifier: Apache-2.0
// p11-kit's proxy module into a browser's database, and out of it.
#include "common/browsers.h"
#include "common/nssdb.h"

/* The result where nothing is to be done; NULL: something is. */
static const char *nothing_to_do(bool remove, enum nssdb_state state) {
    static const char *const adding[] = {
        [NSSDB_WITHOUT] = NULL, [NSSDB_OURS] = "present", [NSSDB_FOREIGN] = "foreign"};
    static const char *const removing[] = {
        [NSSDB_WITHOUT] = "absent", [NSSDB_OURS] = NULL, [NSSDB_FOREIGN] = "kept"};
    return remove ? removing[state] : adding[state];
}

static kf_err refuse_running(const struct browser_profile *profile) {
    kf_fail(KF_E_BUSY, "%s runs with \"%s\"", profile->browser, profile->folder);
    kf_error_key("This profile was not changed.");
    kf_error_hint("Close %s, then run the command again.", profile->browser);
    return KF_E_BUSY;
}

kf_err browser_change(const struct browser_profile *profile, const struct browser_order *order,
                      const char **ret_result) {
    enum nssdb_state state = NSSDB_WITHOUT;
    *ret_result = "failed";
    KF_TRY(nssdb_look(profile->folder, &state));
    const char *result = nothing_to_do(order->remove, state);
    if (!result && profile->running) {
        *ret_result = "running";
        return refuse_running(profile);
    }
    if (!result && order->dry_run)
        result = order->remove ? "would-remove" : "would-add";
    if (!result) {
        KF_TRY(order->remove ? nssdb_remove(profile->folder)
                             : nssdb_add(profile->folder, order->proxy));
        result = order->remove ? "removed" : "added";
    }
    *ret_result = result;
    return KF_OK;
}

kf_err browsers_none(void) {
    kf_fail(KF_E_NOT_FOUND, "no profile of Firefox or Chromium was found");
    kf_error_hint("Start the browser once, so that it makes one, or name its folder: `keyfob "
                  "module browsers --profile DIR`.");
    return KF_E_NOT_FOUND;
}
