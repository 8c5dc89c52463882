// SPDX-License-Identifier: Apache-2.0
// The context: where keyfob lives, and what is opened there at its first use.
#include "base/context.h"

#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"

struct kf_context {
    char *data_dir, *config_dir, *module;
    struct kf_ui ui;
    int64_t (*clock)(void *arg);
    void *clock_arg;
    kf_ini *config;
    kf_db *db;
    bool data_dir_made;
};

const char *kf_version(void) {
    return KF_VERSION;
}

/* A variable of the environment that says something. */
static const char *variable(const char *name) {
    const char *value = secure_getenv(name);
    return value && *value ? value : NULL;
}

/* XDG Base Directory Specification: relative paths in its variables are to be ignored. */
static kf_err xdg_dir(const char *name, const char *below_home, char **ret_dir) {
    const char *base = variable(name), *home = variable("HOME");
    if (base && base[0] != '/')
        base = NULL;
    if (!base && !home) {
        kf_fail(KF_E_CONFIG, "there is no folder for keyfob: neither HOME nor %s is set", name);
        kf_error_hint("Name a folder with --home or KEYFOB_HOME.");
        return KF_E_CONFIG;
    }
    *ret_dir = base ? kf_str("%s/keyfob", base) : kf_str("%s/%s/keyfob", home, below_home);
    return *ret_dir ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

static kf_err find_home(kf_context *context, const char *home) {
    if (!home || !*home)
        home = variable("KEYFOB_HOME");
    if (!home) {
        KF_TRY(xdg_dir("XDG_DATA_HOME", ".local/share", &context->data_dir));
        return xdg_dir("XDG_CONFIG_HOME", ".config", &context->config_dir);
    }
    context->data_dir = strdup(home);
    context->config_dir = strdup(home);
    if (!context->data_dir || !context->config_dir)
        return kf_fail(KF_E_MEMORY, "out of memory");
    return KF_OK;
}

kf_err kf_context_new(const struct kf_context_options *options, kf_context **ret_context) {
    static const struct kf_context_options none;
    if (!options)
        options = &none;
    KF_AUTO_PTR(kf_context) context = calloc(1, sizeof *context);
    if (!context)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(find_home(context, options->home));
    if (options->module && !(context->module = strdup(options->module)))
        return kf_fail(KF_E_MEMORY, "out of memory");
    if (options->ui)
        context->ui = *options->ui;
    context->clock = options->clock;
    context->clock_arg = options->clock_arg;
    *ret_context = KF_MOVE(context);
    return KF_OK;
}

void kf_context_free(kf_context *context) {
    if (!context)
        return;
    kf_db_close(context->db);
    kf_ini_free(context->config);
    free(context->data_dir);
    free(context->config_dir);
    free(context->module);
    free(context);
}

const char *kf_context_data_dir(const kf_context *context) {
    return context->data_dir;
}

const char *kf_context_config_dir(const kf_context *context) {
    return context->config_dir;
}

kf_err kf_context_data_path(kf_context *context, const char *name, char **ret_path) {
    if (!context->data_dir_made)
        KF_TRY(kf_dir_make(context->data_dir));
    context->data_dir_made = true;
    char *path = kf_str("%s/%s", context->data_dir, name);
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_path = path;
    return KF_OK;
}

const char *kf_context_module(const kf_context *context) {
    return context->module;
}

kf_err kf_context_config(kf_context *context, const kf_ini **ret_config) {
    if (!context->config) {
        KF_AUTO(kf_buf) text = {0};
        KF_AUTO_FREE char *path = kf_str("%s/keyfob.conf", context->config_dir);
        if (!path)
            return kf_fail(KF_E_MEMORY, "out of memory");
        kf_err err = kf_file_read_trusted(path, KF_INI_FILE_MAX, &text);
        if (err != KF_OK && err != KF_E_NOT_FOUND)
            return err;
        kf_error_clear();
        KF_TRY(kf_ini_parse(kf_buf_str(&text), text.len, path, KF_E_CONFIG, &context->config));
    }
    *ret_config = context->config;
    return KF_OK;
}

kf_err kf_context_db(kf_context *context, kf_db **ret_db) {
    if (!context->db) {
        KF_AUTO_FREE char *path = NULL;
        KF_TRY(kf_context_data_path(context, "keyfob.db", &path));
        KF_TRY(kf_db_open(path, &context->db));
    }
    *ret_db = context->db;
    return KF_OK;
}

int64_t kf_context_now(const kf_context *context) {
    return context->clock ? context->clock(context->clock_arg) : (int64_t)time(NULL);
}

const struct kf_ui *kf_context_ui(const kf_context *context) {
    return &context->ui;
}

void kf_step(const kf_context *context, const char *name, enum kf_step_state state, int64_t ms,
             const char *format, ...) {
    if (!context->ui.step)
        return;
    char raw[512], text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    kf_text_escape_into(text, sizeof text, raw, strlen(raw));
    context->ui.step(context->ui.arg,
                     &(struct kf_step){.name = name, .state = state, .text = text, .ms = ms});
}

bool kf_context_interrupted(const kf_context *context) {
    return context->ui.interrupted && context->ui.interrupted(context->ui.arg);
}

int64_t kf_monotonic_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool kf_context_sleep(const kf_context *context, int64_t ms) {
    enum { SLICE_MS = 100 };
    for (int64_t end = kf_monotonic_ms() + ms; !kf_context_interrupted(context);) {
        int64_t left = end - kf_monotonic_ms();
        if (left <= 0)
            return true;
        long slice = left < SLICE_MS ? (long)left : SLICE_MS;
        nanosleep(&(struct timespec){.tv_nsec = slice * 1000000}, NULL);
    }
    return false;
}
