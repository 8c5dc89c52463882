// SPDX-License-Identifier: Apache-2.0
// Modules: the one place that loads PKCS#11 modules, through p11-kit, which counts who initialised
// them.
//
// They are loaded unmanaged, as p11-kit's managed wrapper closes each session before C_Finalize
// (one more call to a card); start.c counts who uses them.
#include "token/modules.h"

#include <limits.h>
#include <string.h>

#include <p11-kit/p11-kit.h>

#include "base/text.h"
#include "token/own.h"

static kf_err set_text(char **place, const char *text) {
    char *copy = strdup(text);
    if (copy == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the list of modules");
    free(*place);
    *place = copy;
    return KF_OK;
}

void kf_module_note(struct kf_module *module, const char *doing, CK_RV rv) {
    char *text = kf_str("module \"%s\": %s: %s", module->name, doing, kf_rv_name(rv));
    free(module->error);
    module->error = text;
}

static kf_err add(struct kf_modules *modules, const char *name, const char *path,
                  struct kf_module **ret_module) {
    if (modules->count == KF_MODULES_MAX)
        return kf_fail(KF_E_TOO_LARGE, "more than %zu PKCS#11 modules", KF_MODULES_MAX);
    struct kf_module *module = &modules->items[modules->count++];
    *module = (struct kf_module){0};
    KF_TRY(set_text(&module->name, name));
    KF_TRY(set_text(&module->path, path));
    *ret_module = module;
    return KF_OK;
}

static bool have(const struct kf_modules *modules, const CK_FUNCTION_LIST *p11) {
    for (size_t i = 0; i < modules->count; i++)
        if (modules->items[i].p11 == p11)
            return true;
    return false;
}

/* A function list of 2.x whose functions we call are all there. */
static bool usable(const CK_FUNCTION_LIST *p11) {
    return p11->version.major == 2 && p11->C_Initialize && p11->C_Finalize && p11->C_GetSlotList &&
           p11->C_GetTokenInfo && p11->C_OpenSession && p11->C_CloseSession &&
           p11->C_GetSessionInfo && p11->C_Login && p11->C_Logout && p11->C_FindObjectsInit &&
           p11->C_FindObjects && p11->C_FindObjectsFinal && p11->C_GetAttributeValue &&
           p11->C_SetAttributeValue && p11->C_CreateObject && p11->C_DestroyObject &&
           p11->C_GenerateKeyPair && p11->C_SignInit && p11->C_Sign && p11->C_GetMechanismList &&
           p11->C_GetMechanismInfo && p11->C_InitToken && p11->C_InitPIN && p11->C_SetPIN &&
           p11->C_CloseAllSessions;
}

static void initialize(struct kf_module *module, CK_FUNCTION_LIST *p11) {
    if (!usable(p11)) {
        kf_module_note(module, "it lacks functions of PKCS#11 2.x", CKR_FUNCTION_NOT_SUPPORTED);
        p11_kit_module_release(p11);
        return;
    }
    CK_RV rv = kf_module_start(module, p11);
    if (rv != CKR_OK) {
        kf_module_note(module, "starting it", rv);
        p11_kit_module_release(p11);
        return;
    }
    module->p11 = p11;
    module->own = kf_own_interface(module->path);
}

/* p11-kit would look for a relative path in its own folder. */
static kf_err absolute(const char *path, char **ret_path) {
    char place[PATH_MAX];
    const char *found = realpath(path, place) != NULL ? place : path;
    *ret_path = NULL;
    return set_text(ret_path, found);
}

static kf_err load_path(kf_context *context, struct kf_modules *modules, const char *name,
                        const char *path, const char *reserved) {
    KF_AUTO_FREE char *full = NULL;
    KF_TRY(absolute(path, &full));
    struct kf_module *module = NULL;
    KF_TRY(add(modules, name != NULL ? name : full, full, &module));
    if (kf_own_is_file(full))
        KF_TRY(kf_own_reserved(context, reserved, &module->reserved));
    else if (reserved != NULL)
        KF_TRY(set_text(&module->reserved, reserved));
    CK_FUNCTION_LIST *p11 = p11_kit_module_load(full, P11_KIT_MODULE_UNMANAGED);
    if (p11 == NULL) {
        const char *why = p11_kit_message();
        module->error =
            kf_str("module \"%s\" does not load: %s", module->name, why ? why : "unknown reason");
        return KF_OK;
    }
    if (have(modules, p11)) {
        module->error = kf_str("module \"%s\" is named twice", module->name);
        p11_kit_module_release(p11);
        return KF_OK;
    }
    initialize(module, p11);
    return KF_OK;
}

static bool says_no(const char *value) {
    return value != NULL &&
           (strcmp(value, "no") == 0 || strcmp(value, "false") == 0 || strcmp(value, "0") == 0);
}

/* [module NAME] path = ..., reserved = ... */
static kf_err load_section(kf_context *context, const kf_ini *config, struct kf_modules *modules,
                           const char *section, const char *path) {
    return load_path(context, modules, section + strlen("module "), path,
                     kf_ini_get(config, section, "reserved"));
}

#define OWN_SECTION "module " KF_OWN_NAME

/* keyfob's own module, which needs no path in its section. */
static kf_err load_own(kf_context *context, const kf_ini *config, struct kf_modules *modules) {
    const char *path = kf_ini_get(config, OWN_SECTION, "path");
    if (path == NULL)
        path = kf_own_path();
    return path != NULL ? load_section(context, config, modules, OWN_SECTION, path) : KF_OK;
}

static bool have_own(const struct kf_modules *modules) {
    for (size_t i = 0; i < modules->count; i++)
        if (kf_own_is_file(modules->items[i].path))
            return true;
    return false;
}

/* All of them but those with enabled = no. */
static kf_err load_configured(kf_context *context, struct kf_modules *modules) {
    const kf_ini *config = NULL;
    KF_TRY(kf_context_config(context, &config));
    for (size_t i = 0; i < kf_ini_count(config); i++) {
        const struct kf_ini_entry *entry = kf_ini_at(config, i);
        if (!kf_str_starts(entry->section, "module ") || strcmp(entry->key, "path") != 0 ||
            strcmp(entry->section, OWN_SECTION) == 0)
            continue;
        if (!says_no(kf_ini_get(config, entry->section, "enabled")))
            KF_TRY(load_section(context, config, modules, entry->section, entry->value));
    }
    return KF_OK;
}

static bool disabled(const kf_ini *config, const char *name) {
    KF_AUTO_FREE char *section = kf_str("module %s", name);
    return section != NULL && says_no(kf_ini_get(config, section, "enabled"));
}

/* Takes over one module of p11_kit_modules_load(). Trust modules hold no keys; our own is loaded
 * for this context's folder, whatever folder it is registered for. */
static kf_err take_registered(const kf_ini *config, struct kf_modules *modules,
                              CK_FUNCTION_LIST *p11) {
    KF_AUTO_FREE char *name = p11_kit_module_get_name(p11);
    KF_AUTO_FREE char *path = p11_kit_module_get_filename(p11);
    KF_AUTO_FREE char *trust = p11_kit_config_option(p11, "trust-policy");
    KF_AUTO_FREE char *reserved = p11_kit_config_option(p11, "x-init-reserved");
    bool skip = have(modules, p11) || (trust != NULL && strcmp(trust, "yes") == 0) ||
                (name != NULL && disabled(config, name)) || (path != NULL && kf_own_is_file(path));
    struct kf_module *module = NULL;
    kf_err error = skip ? KF_OK
                        : add(modules,
                              name   ? name
                              : path ? path
                                     : "?",
                              path ? path : "", &module);
    if (module != NULL && error == KF_OK && reserved != NULL && reserved[0] != '\0')
        error = set_text(&module->reserved, reserved);
    if (module != NULL && error == KF_OK)
        initialize(module, p11);
    else
        p11_kit_module_release(p11);
    return error;
}

static kf_err load_registered(kf_context *context, struct kf_modules *modules) {
    const kf_ini *config = NULL;
    KF_TRY(kf_context_config(context, &config));
    CK_FUNCTION_LIST **list = p11_kit_modules_load(NULL, P11_KIT_MODULE_UNMANAGED);
    if (list == NULL)
        return KF_OK; /* p11-kit has said why on its own; keyfob.conf's modules still count */
    kf_err error = KF_OK;
    for (size_t i = 0; list[i] != NULL; i++) {
        if (error == KF_OK)
            error = take_registered(config, modules, list[i]);
        else
            p11_kit_module_release(list[i]);
    }
    free(list);
    return error;
}

/* `only` names a section of keyfob.conf, or else a file. */
static kf_err load_only(kf_context *context, struct kf_modules *modules, const char *only) {
    const kf_ini *config = NULL;
    KF_TRY(kf_context_config(context, &config));
    KF_AUTO_FREE char *section = kf_str("module %s", only);
    if (section == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the list of modules");
    const char *path = kf_ini_get(config, section, "path");
    if (path == NULL && strcmp(only, KF_OWN_NAME) == 0 && kf_own_path() != NULL)
        return load_own(context, config, modules);
    return path != NULL ? load_section(context, config, modules, section, path)
                        : load_path(context, modules, NULL, only, NULL);
}

static bool knows(const char *words, const char *word) {
    KF_AUTO_FREE char *wanted = kf_str(" %s ", word);
    return wanted != NULL && strstr(words, wanted) != NULL;
}

/* "module " begins the name of many sections, "secrets" is the name of one. */
static bool is_section(const char *section, const char *known) {
    return kf_str_starts(section, known) &&
           (known[strlen(known) - 1] == ' ' || kf_str_equal(section, known));
}

/* A word that is misspelt in keyfob.conf would change nothing, and nobody would know. */
static kf_err check_entry(const kf_context *context, const struct kf_ini_entry *entry) {
    static const struct {
        const char *section, *keys;
    } known[] = {{"module ", " path enabled reserved "},
                 {"quirk ", " keep_id single_key prefer_template "},
                 {"secrets", " store "}};
    const char *folder = kf_context_config_dir(context);
    for (size_t i = 0; i < KF_COUNT(known); i++) {
        if (!is_section(entry->section, known[i].section))
            continue;
        if (knows(known[i].keys, entry->key))
            return KF_OK;
        return kf_fail(KF_E_CONFIG, "%s/keyfob.conf:%d: there is no \"%s\" in [%s]; there are%s",
                       folder, entry->line, entry->key, entry->section, known[i].keys);
    }
    return kf_fail(KF_E_CONFIG,
                   "%s/keyfob.conf:%d: \"%s\" stands neither in a [module NAME] nor in a [quirk "
                   "MODEL] nor in [secrets]",
                   folder, entry->line, entry->key);
}

static kf_err check_config(kf_context *context) {
    const kf_ini *config = NULL;
    KF_TRY(kf_context_config(context, &config));
    for (size_t i = 0; i < kf_ini_count(config); i++)
        KF_TRY(check_entry(context, kf_ini_at(config, i)));
    return KF_OK;
}

kf_err kf_modules_load(kf_context *context, struct kf_modules *modules) {
    const char *only = kf_context_module(context);
    const kf_ini *config = NULL;
    KF_TRY(check_config(context));
    if (only != NULL)
        return load_only(context, modules, only);
    KF_TRY(load_configured(context, modules));
    KF_TRY(load_registered(context, modules));
    KF_TRY(kf_context_config(context, &config));
    if (have_own(modules) || disabled(config, KF_OWN_NAME))
        return KF_OK;
    return load_own(context, config, modules);
}

kf_err kf_modules_load_hidden(kf_context *context, struct kf_modules *modules,
                              struct kf_module **ret_module) {
    const kf_ini *config = NULL;
    size_t before = modules->count;
    KF_TRY(kf_context_config(context, &config));
    KF_TRY(load_own(context, config, modules));
    if (modules->count == before)
        return kf_fail(KF_E_MODULE, "keyfob's own module " KF_OWN_FILE " is not installed");
    struct kf_module *module = &modules->items[before];
    module->hidden = true;
    if (module->own == NULL)
        return kf_fail(KF_E_MODULE, "%s", module->error != NULL ? module->error : module->name);
    *ret_module = module;
    return KF_OK;
}

kf_err kf_module_restart(struct kf_module *module) {
    kf_module_stop(module);
    CK_RV rv = kf_module_start(module, module->p11);
    if (rv == CKR_OK)
        return KF_OK;
    kf_module_note(module, "starting it again", rv);
    p11_kit_module_release(module->p11);
    module->p11 = NULL;
    return kf_fail(KF_E_MODULE, "%s", module->error != NULL ? module->error : module->name);
}

void kf_modules_clear(struct kf_modules *modules) {
    for (size_t i = 0; i < modules->count; i++) {
        struct kf_module *module = &modules->items[i];
        if (module->p11 != NULL) {
            kf_module_stop(module);
            p11_kit_module_release(module->p11);
        }
        free(module->reserved);
        free(module->name);
        free(module->path);
        free(module->error);
    }
    *modules = (struct kf_modules){0};
}
