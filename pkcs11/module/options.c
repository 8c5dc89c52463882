// SPDX-License-Identifier: Apache-2.0
// The string that a host passes to C_Initialize.
#include "module/module.h"

#include <errno.h>
#include <string.h>

#include "base/context.h"
#include "base/file.h"
#include "base/text.h"

enum { TEXT_MAX = 4096 };

void kfm_options_clear(struct kfm_options *options) {
    free(options->data_dir);
    *options = (struct kfm_options){0};
}

static kf_err set_home(const char *value, struct kfm_options *options) {
    if (!*value)
        return kf_fail(KF_E_INPUT, "home='' names no folder");
    free(options->data_dir);
    options->data_dir = strdup(value);
    return options->data_dir ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err set_scrypt(const char *value, struct kfm_options *options) {
    int64_t log_n = 0;
    KF_TRY(kf_parse_number(value, "scrypt", KFC_LOGN_MIN, KFC_LOGN_MAX, &log_n));
    options->log_n = (int)log_n;
    return KF_OK;
}

static kf_err yes_or_no(const char *value, const char *name, bool *ret_yes) {
    if (!kf_str_equal(value, "yes") && !kf_str_equal(value, "no"))
        return kf_fail(KF_E_INPUT, "%s='%s' is neither 'yes' nor 'no'", name, value);
    *ret_yes = kf_str_equal(value, "yes");
    return KF_OK;
}

static kf_err set_memory(const char *value, struct kfm_options *options) {
    return yes_or_no(value, "memory", &options->memory);
}

static kf_err set_wait(const char *value, struct kfm_options *options) {
    bool wait = true;
    KF_TRY(yes_or_no(value, "wait", &wait));
    options->no_wait = !wait;
    return KF_OK;
}

static const struct {
    const char *name;
    kf_err (*set)(const char *value, struct kfm_options *options);
} table[] = {
    {"home", set_home}, {"scrypt", set_scrypt}, {"memory", set_memory}, {"wait", set_wait}};

static kf_err set(const char *name, const char *value, struct kfm_options *options) {
    for (size_t i = 0; i < KF_COUNT(table); i++)
        if (kf_str_equal(name, table[i].name))
            return table[i].set(value, options);
    return kf_fail(KF_E_INPUT, "the module has no option \"%s\"", name);
}

/* Cuts KEY='VALUE' off the front of `*at`, in place. False at the end. */
static kf_err next(char **at, const char **ret_name, const char **ret_value, bool *ret_found) {
    char *name = *at + strspn(*at, " \t\r\n");
    *ret_found = *name != '\0';
    if (!*ret_found)
        return KF_OK;
    char *value = strchr(name, '=');
    if (!value)
        return kf_fail(KF_E_INPUT, "\"%s\" is no KEY='VALUE'", name);
    *value++ = '\0';
    bool quoted = *value == '\'' || *value == '"';
    char quote[] = {*value, '\0'};
    value += quoted;
    char *end = value + strcspn(value, quoted ? quote : " \t\r\n");
    if (quoted && !*end)
        return kf_fail(KF_E_INPUT, "the value of %s has no closing quote", name);
    *at = *end ? end + 1 : end;
    *end = '\0';
    *ret_name = name;
    *ret_value = value;
    return KF_OK;
}

static kf_err parse(const char *reserved, struct kfm_options *options) {
    KF_AUTO_FREE char *text = NULL;
    if (strnlen(reserved, TEXT_MAX) == TEXT_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the options of the module are too long");
    if (!(text = strdup(reserved)))
        return kf_fail(KF_E_MEMORY, "out of memory");
    char *at = text;
    const char *name = NULL, *value = NULL;
    bool found = false;
    for (;;) {
        KF_TRY(next(&at, &name, &value, &found));
        if (!found)
            return KF_OK;
        KF_TRY(set(name, value, options));
    }
}

/* A host may go to another folder later. */
static kf_err make_absolute(struct kfm_options *options) {
    if (!options->data_dir || options->data_dir[0] == '/')
        return KF_OK;
    KF_AUTO_FREE char *here = get_current_dir_name();
    if (!here)
        return kf_fail_errno(errno, "finding", options->data_dir);
    KF_AUTO_FREE char *path = kf_str("%s/%s", here, options->data_dir);
    return path ? set_home(path, options) : kf_fail(KF_E_MEMORY, "out of memory");
}

/* Without any folder there are no containers but in memory: no reason to fail the host. */
static kf_err find_data_dir(struct kfm_options *options) {
    KF_AUTO_PTR(kf_context) context = NULL;
    kf_err err = kf_context_new(&(struct kf_context_options){.home = options->data_dir}, &context);
    if (err == KF_E_CONFIG)
        return KF_OK;
    KF_TRY(err);
    return options->data_dir ? KF_OK : set_home(kf_context_data_dir(context), options);
}

CK_RV kfm_options_read(const char *reserved, struct kfm_options *ret_options) {
    struct kfm_options options = {0};
    kf_err err = reserved ? parse(reserved, &options) : KF_OK;
    if (err == KF_OK)
        err = find_data_dir(&options);
    if (err == KF_OK)
        err = make_absolute(&options);
    if (err != KF_OK) {
        kfm_options_clear(&options);
        return kfm_rv(err, CKR_ARGUMENTS_BAD);
    }
    *ret_options = options;
    return CKR_OK;
}
