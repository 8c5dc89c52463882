// SPDX-License-Identifier: Apache-2.0
// keyfob profile: kinds of certificates.
#include <string.h>

#include "output.h"

#define PROFILE_SUFFIX ".conf"

static const struct column list_columns[] = {
    {"PROFILE", "name", NULL},
    {"TITLE", "title", NULL},
    {"PATH", "path", NULL},
    {"PROBLEM", "error", NULL},
};

static const struct column card_columns[] = {
    {"Profile", "name", NULL},
    {"Title", "title", NULL},
    {"Keys", "keys", format_list},
    {"Key usage", "key_usage", format_list},
    {"RSA also", "key_usage_rsa", format_list},
    {"EC also", "key_usage_ec", format_list},
    {"Extended usage", "extended_key_usage", format_list},
    {"Subject", "subject", format_rules},
    {"Names", "names", format_pairs},
    {"PIN", "pin", NULL},
    {"Valid at most (days)", "validity_days", NULL},
    {"CA", "ca", format_bool},
    {"Hash", "hash", NULL},
};

kf_err cmd_profile_list(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_profiles_json(run->context, &list));
    return out_list(run, list, list_columns, KF_COUNT(list_columns), "profile");
}

static kf_err show(struct run *run, const kf_profile *profile) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_profile_json(profile, &document));
    return out_card(run, document, card_columns, KF_COUNT(card_columns));
}

kf_err cmd_profile_show(struct run *run) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_TRY(kf_profile_load(run->context, run_argument(run, 0), &profile));
    return show(run, profile);
}

/* The name that the profile in this file would have: without folder and ending. */
static char *name_of_file(const char *path) {
    const char *slash = strrchr(path, '/'), *start = slash ? slash + 1 : path;
    size_t len = strlen(start), end = strlen(PROFILE_SUFFIX);
    if (len > end && strcmp(start + len - end, PROFILE_SUFFIX) == 0)
        len -= end;
    return strndup(start, len);
}

/* A file when the word looks like one, else the profile of that name. */
kf_err cmd_profile_check(struct run *run) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_AUTO(kf_buf) text = {0};
    const char *name = run_argument(run, 0);
    if (strchr(name, '/') || kf_file_exists(name)) {
        KF_AUTO_FREE char *file_name = name_of_file(name);
        KF_TRY(run_read_file(name, KF_INI_FILE_MAX, &text));
        KF_TRY(kf_profile_parse(kf_buf_str(&text), text.len, file_name ? file_name : "", &profile));
    } else {
        KF_TRY(kf_profile_load(run->context, name, &profile));
    }
    KF_TRY(out_done(run, NULL, "The profile is right: %s", kf_profile_title(profile)));
    return run_has(run, OPT_JSON) ? show(run, profile) : KF_OK;
}

/* Into the folder where profiles are looked for, unless --out names another place. */
kf_err cmd_profile_new(struct run *run) {
    const char *text = kf_profile_example(), *name = run_argument(run, 0);
    if (run_has(run, OPT_OUT))
        return out_file(run, text, strlen(text), false);
    KF_AUTO_PTR(kf_profile) shipped = NULL;
    if (kf_profile_load(run->context, name, &shipped) == KF_E_USAGE)
        return KF_E_USAGE; /* no profile can have that name */
    KF_AUTO_FREE char *folder = kf_str("%s/profiles", kf_context_config_dir(run->context));
    KF_AUTO_FREE char *path = kf_str("%s/%s" PROFILE_SUFFIX, folder ? folder : "", name);
    if (!folder || !path)
        return kf_fail(KF_E_MEMORY, "out of memory for a path");
    KF_TRY(kf_dir_make(folder));
    KF_TRY(out_write(run, path, text, strlen(text)));
    return out_done(
        run, json_pack("{s:s, s:s, s:s}", "schema", "keyfob.profile/1", "name", name, "path", path),
        "Edit it, then run keyfob profile check %s: %s", name, path);
}
