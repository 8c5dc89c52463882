// SPDX-License-Identifier: Apache-2.0
// The settings of a connection, checked against the options of its connector.
#include "ca/settings.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "x509/json.h"

#define VALUE_MAX 4096

struct setting {
    const struct kf_connector *connector;
    const struct kf_ca_option *option;
    const char *value;
};

static const struct kf_ca_option *find_option(const struct kf_connector *connector,
                                              const char *name, size_t len) {
    for (size_t i = 0; i < connector->option_count; i++) {
        const struct kf_ca_option *option = &connector->options[i];
        if (strlen(option->name) == len && memcmp(option->name, name, len) == 0)
            return option;
    }
    return NULL;
}

static kf_err fail_unknown(const struct kf_connector *connector, const char *word) {
    KF_AUTO(kf_buf) known = {0};
    for (size_t i = 0; i < connector->option_count; i++)
        KF_TRY(kf_buf_printf(&known, "%s\"%s\"", i ? ", " : "", connector->options[i].name));
    const char *equals = strchr(word, '=');
    int len = equals ? (int)(equals - word) : (int)strlen(word);
    if (!known.len)
        return kf_fail(KF_E_USAGE, "the connector \"%s\" has no options, so no \"%.*s\"",
                       connector->name, len, word);
    return kf_fail(KF_E_USAGE, "the connector \"%s\" has no option \"%.*s\"; it has %s",
                   connector->name, len, word, kf_buf_str(&known));
}

static kf_err fail_value(const struct setting *setting, const char *wanted) {
    return kf_fail(KF_E_USAGE, "the option \"%s\" of the connector \"%s\" must be %s, not \"%s\"",
                   setting->option->name, setting->connector->name, wanted, setting->value);
}

static kf_err take_text(const struct setting *setting, json_t **ret_value) {
    *ret_value = json_string(setting->value);
    return kf_json_ready(*ret_value);
}

static kf_err take_number(const struct setting *setting, json_t **ret_value) {
    int64_t number = 0;
    if (kf_parse_number(setting->value, setting->option->name, 0, INT32_MAX, &number) != KF_OK)
        return fail_value(setting, "a whole number");
    return take_text(setting, ret_value);
}

/* Kept as "yes" or "no", so that connectors compare with one word. */
static kf_err take_switch(const struct setting *setting, json_t **ret_value) {
    static const struct {
        const char *word, *means;
    } words[] = {{"yes", "yes"}, {"on", "yes"}, {"true", "yes"}, {"1", "yes"},
                 {"no", "no"},   {"off", "no"}, {"false", "no"}, {"0", "no"}};
    for (size_t i = 0; i < KF_COUNT(words); i++) {
        if (kf_str_equal(words[i].word, setting->value)) {
            *ret_value = json_string(words[i].means);
            return kf_json_ready(*ret_value);
        }
    }
    return fail_value(setting, "\"yes\" or \"no\"");
}

/* Kept as an absolute path: later commands run in other folders. */
static kf_err take_file(const struct setting *setting, json_t **ret_value) {
    KF_AUTO_FREE char *path = realpath(setting->value, NULL);
    struct stat st;
    if (!path || stat(path, &st) != 0) {
        kf_err err = kf_fail_errno(errno, "opening", setting->value);
        kf_error_hint("Check the file's name and folder.");
        return err;
    }
    if (!S_ISREG(st.st_mode))
        return fail_value(setting, "a file");
    if (access(path, R_OK) != 0)
        return kf_fail_errno(errno, "reading", path);
    *ret_value = json_string(path);
    return *ret_value ? KF_OK
                      : kf_fail(KF_E_INPUT, "the file's name \"%s\" is not UTF-8", setting->value);
}

static kf_err take_choice(const struct setting *setting, json_t **ret_value) {
    if (kf_str_has_word(setting->option->choices, setting->value))
        return take_text(setting, ret_value);
    KF_AUTO_FREE char *wanted = kf_str("one of \"%s\"", setting->option->choices);
    return fail_value(setting, wanted ? wanted : "one of its choices");
}

/* A word of the command line is seen by every user of the computer, and stays in the shell's
 * history. */
static kf_err refuse_secret(const struct setting *setting, json_t **ret_value) {
    (void)ret_value;
    kf_fail(KF_E_USAGE,
            "the option \"%s\" of the connector \"%s\" is a secret and is not taken as a word of "
            "the command line, where others see it and the shell keeps it",
            setting->option->name, setting->connector->name);
    kf_error_hint(
        "Leave it out and keyfob asks for it, or name a source: --secret-source %s=SOURCE "
        "(file:PATH, fd:N, env:VAR). Change a secret that was shown to others.",
        setting->option->name);
    return KF_E_USAGE;
}

static kf_err (*const takers[])(const struct setting *setting, json_t **ret_value) = {
    [KF_OPTION_TEXT] = take_text,     [KF_OPTION_NUMBER] = take_number,
    [KF_OPTION_SWITCH] = take_switch, [KF_OPTION_FILE] = take_file,
    [KF_OPTION_CHOICE] = take_choice, [KF_OPTION_SECRET] = refuse_secret,
};

/* What word names which option, and that its value can be one. */
static kf_err read_word(const struct kf_connector *connector, const char *word,
                        struct setting *ret_setting) {
    const char *equals = strchr(word, '=');
    if (!equals)
        return kf_fail(KF_E_USAGE, "\"%s\" is not of the form NAME=VALUE", word);
    const struct kf_ca_option *option = find_option(connector, word, (size_t)(equals - word));
    if (!option)
        return fail_unknown(connector, word);
    struct setting setting = {connector, option, equals + 1};
    if (option->kind == KF_OPTION_SECRET)
        return refuse_secret(&setting, NULL);
    size_t len = strlen(setting.value);
    if (len > VALUE_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the option \"%s\" has more than %d bytes", option->name,
                       VALUE_MAX);
    if (!kf_utf8_valid(setting.value, len))
        return kf_fail(KF_E_INPUT, "the option \"%s\" is not UTF-8", option->name);
    *ret_setting = setting;
    return KF_OK;
}

static kf_err take_word(const struct kf_connector *connector, const char *word, json_t *settings) {
    struct setting setting = {0};
    json_t *value = NULL;
    KF_TRY(read_word(connector, word, &setting));
    if (json_object_get(settings, setting.option->name))
        return kf_fail(KF_E_USAGE, "the option \"%s\" is given twice", setting.option->name);
    KF_TRY(takers[setting.option->kind](&setting, &value));
    return kf_json_set(settings, setting.option->name, value);
}

/* Secrets come by another way, so their absence is the connector's to notice. */
static kf_err check_required(const struct kf_connector *connector, const json_t *settings) {
    for (size_t i = 0; i < connector->option_count; i++) {
        const struct kf_ca_option *option = &connector->options[i];
        const char *value = kf_settings_get(connector, settings, option->name);
        if (option->required && option->kind != KF_OPTION_SECRET && (!value || !*value)) {
            kf_fail(KF_E_USAGE, "the connector \"%s\" needs the option \"%s\" (%s)",
                    connector->name, option->name, option->title);
            kf_error_hint("Add it: %s=VALUE.", option->name);
            return KF_E_USAGE;
        }
    }
    return KF_OK;
}

kf_err kf_settings_parse(const struct kf_connector *connector, const char *const *words,
                         size_t count, json_t **ret_settings) {
    KF_AUTO_PTR(json_t) settings = json_object();
    KF_TRY(kf_json_ready(settings));
    for (size_t i = 0; i < count; i++)
        KF_TRY(take_word(connector, words[i], settings));
    KF_TRY(check_required(connector, settings));
    *ret_settings = KF_MOVE(settings);
    return KF_OK;
}

/* The words that set something, as an object; the options that go back to their defaults are taken
 * out of `settings`. */
static kf_err take_change(const struct kf_connector *connector, const char *word, json_t *settings,
                          json_t *changes) {
    struct setting setting = {0};
    KF_TRY(read_word(connector, word, &setting));
    if (*setting.value)
        return take_word(connector, word, changes);
    json_object_del(settings, setting.option->name);
    return KF_OK;
}

kf_err kf_settings_edit(const struct kf_connector *connector, const json_t *settings,
                        const char *const *words, size_t count, json_t **ret_settings) {
    KF_AUTO_PTR(json_t) edited = json_copy((json_t *)(uintptr_t)settings);
    KF_AUTO_PTR(json_t) changes = json_object();
    KF_TRY(kf_json_ready(edited));
    KF_TRY(kf_json_ready(changes));
    for (size_t i = 0; i < count; i++)
        KF_TRY(take_change(connector, words[i], edited, changes));
    if (json_object_update(edited, changes) != 0)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(check_required(connector, edited));
    *ret_settings = KF_MOVE(edited);
    return KF_OK;
}

kf_err kf_settings_is_secret(const struct kf_connector *connector, const char *name) {
    const struct kf_ca_option *option = name ? find_option(connector, name, strlen(name)) : NULL;
    if (!option)
        return fail_unknown(connector, name ? name : "");
    if (option->kind != KF_OPTION_SECRET)
        return kf_fail(KF_E_USAGE, "the option \"%s\" of the connector \"%s\" is no secret", name,
                       connector->name);
    return KF_OK;
}

const char *kf_settings_get(const struct kf_connector *connector, const json_t *settings,
                            const char *name) {
    const struct kf_ca_option *option = find_option(connector, name, strlen(name));
    const char *value = json_string_value(json_object_get(settings, name));
    return value ? value : option ? option->fallback : NULL;
}
