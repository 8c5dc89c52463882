// SPDX-License-Identifier: Apache-2.0
// Where profiles are found: the user's folder, then the installed ones.
#include <dirent.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"
#include "x509/csr.h"
#include "x509/json.h"
#include "x509/profile.h"

#define PROFILES_MAX 1000

static void close_folder(DIR *dir) {
    if (dir)
        closedir(dir);
}
KF_DEFINE_AUTO_PTR_WITH(DIR, close_folder)

enum { PLACES = 2 };

struct places {
    char *folders[PLACES];
};

static void places_clear(struct places *places) {
    for (size_t i = 0; i < PLACES; i++)
        free(places->folders[i]);
}

static kf_err find_places(const kf_context *context, struct places *places) {
    places->folders[0] = kf_str("%s/profiles", kf_context_config_dir(context));
    places->folders[1] = kf_str("%s/profiles", kf_share_dir());
    if (!places->folders[0] || !places->folders[1])
        return kf_fail(KF_E_MEMORY, "out of memory looking for profiles");
    return KF_OK;
}

static kf_err read_profile(const char *path, const char *name, kf_profile **ret_profile) {
    KF_AUTO(kf_buf) text = {0};
    KF_TRY(kf_file_read(path, KF_INI_FILE_MAX, &text));
    return kf_profile_parse(kf_buf_str(&text), text.len, name, ret_profile);
}

kf_err kf_profile_load(kf_context *context, const char *name, kf_profile **ret_profile) {
    KF_TRY(kf_profile_name_check(name));
    __attribute__((cleanup(places_clear))) struct places places = {0};
    KF_TRY(find_places(context, &places));
    for (size_t i = 0; i < PLACES; i++) {
        KF_AUTO_FREE char *path = kf_str("%s/%s.conf", places.folders[i], name);
        if (!path)
            return kf_fail(KF_E_MEMORY, "out of memory looking for profiles");
        kf_err err = read_profile(path, name, ret_profile);
        if (err != KF_E_NOT_FOUND)
            return err;
    }
    kf_fail(KF_E_NOT_FOUND, "there is no profile \"%s\"", name);
    kf_error_hint("`keyfob profile list` shows what there is.");
    return KF_E_NOT_FOUND;
}

/* "tls-client.conf" to "tls-client"; false for other files. */
static bool profile_name(const char *file, char ret_name[static KF_PROFILE_NAME_MAX + 1]) {
    size_t len = strlen(file);
    if (len < 6 || len - 5 > KF_PROFILE_NAME_MAX || strcmp(file + len - 5, ".conf") != 0)
        return false;
    memcpy(ret_name, file, len - 5);
    ret_name[len - 5] = '\0';
    return kf_profile_name_check(ret_name) == KF_OK;
}

static bool is_listed(const json_t *list, const char *name) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (kf_str_equal(json_string_value(json_object_get(json_array_get(list, i), "name")), name))
            return true;
    return false;
}

static kf_err list_profile(const char *folder, const char *name, json_t *list) {
    KF_AUTO_FREE char *path = kf_str("%s/%s.conf", folder, name);
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory listing profiles");
    KF_AUTO_PTR(kf_profile) profile = NULL;
    kf_err err = read_profile(path, name, &profile);
    KF_AUTO_PTR(json_t)
    row = json_pack("{s:s, s:s, s:s}", "name", name, "title",
                    profile ? kf_profile_title(profile) : name, "path", path);
    KF_TRY(kf_json_ready(row));
    if (err != KF_OK)
        KF_TRY(kf_json_set(row, "error", json_string(kf_error_sentence(err))));
    kf_error_clear();
    return kf_json_append(list, KF_MOVE(row));
}

static kf_err list_folder(const char *folder, json_t *list) {
    KF_AUTO_PTR(DIR) dir = opendir(folder);
    char name[KF_PROFILE_NAME_MAX + 1];
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (json_array_size(list) >= PROFILES_MAX)
            return kf_fail(KF_E_TOO_LARGE, "there are more than %d profiles", PROFILES_MAX);
        if (profile_name(entry->d_name, name) && !is_listed(list, name))
            KF_TRY(list_profile(folder, name, list));
    }
    return KF_OK;
}

static int by_name(const void *a, const void *b) {
    const json_t *const *one = a, *const *other = b;
    return strcmp(json_string_value(json_object_get(*one, "name")),
                  json_string_value(json_object_get(*other, "name")));
}

static kf_err sort(const json_t *list, json_t **ret_sorted) {
    size_t count = json_array_size(list);
    KF_AUTO_FREE json_t **rows = calloc(count + 1, sizeof(json_t *));
    KF_AUTO_PTR(json_t) sorted = json_array();
    if (!rows || !sorted)
        return kf_fail(KF_E_MEMORY, "out of memory listing profiles");
    for (size_t i = 0; i < count; i++)
        rows[i] = json_array_get(list, i);
    qsort(rows, count, sizeof(json_t *), by_name);
    for (size_t i = 0; i < count; i++)
        KF_TRY(kf_json_append(sorted, json_incref(rows[i])));
    *ret_sorted = KF_MOVE(sorted);
    return KF_OK;
}

kf_err kf_profiles_json(kf_context *context, json_t **ret_json) {
    __attribute__((cleanup(places_clear))) struct places places = {0};
    KF_TRY(find_places(context, &places));
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    for (size_t i = 0; i < PLACES; i++)
        KF_TRY(list_folder(places.folders[i], list));
    kf_error_clear();
    return sort(list, ret_json);
}
