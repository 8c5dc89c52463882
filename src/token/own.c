// SPDX-License-Identifier: Apache-2.0
// keyfob's own PKCS#11 module: found beside the library, and asked for what PKCS#11 has no words
// for.
#include "token/own.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "base/text.h"

/* --- where it is --- */

static char found[PATH_MAX];

/* From PREFIX/lib/TRIPLET/libkeyfob.so, the build tree's lib/libkeyfob.so, or a test in its bin/.
 */
static void find(void) {
    static const char *const ways[] = {"/pkcs11/" KF_OWN_FILE, "/../lib/pkcs11/" KF_OWN_FILE};
    Dl_info self;
    char folder[PATH_MAX];
    if (!dladdr(found, &self) || realpath(self.dli_fname, folder) == NULL)
        return;
    *strrchr(folder, '/') = '\0';
    for (size_t i = 0; i < KF_COUNT(ways); i++) {
        KF_AUTO_FREE char *path = kf_str("%s%s", folder, ways[i]);
        if (path != NULL && realpath(path, found) != NULL)
            return;
    }
    found[0] = '\0';
}

const char *kf_own_path(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find);
    return found[0] != '\0' ? found : NULL;
}

bool kf_own_is_file(const char *path) {
    const char *name = strrchr(path, '/');
    return strcmp(name != NULL ? name + 1 : path, KF_OWN_FILE) == 0;
}

/* --- starting it --- */

kf_err kf_own_reserved(kf_context *context, const char *more, char **ret_reserved) {
    const char *home = kf_context_data_dir(context);
    const char *quote = strchr(home, '\'') == NULL ? "'" : "\"";
    if (more == NULL)
        more = "";
    if (strchr(home, '\'') != NULL && strchr(home, '"') != NULL)
        return kf_fail(KF_E_CONFIG, "the folder \"%s\" has both kinds of quotes in its name", home);
    char *text = strstr(more, "home=") != NULL
                     ? strdup(more)
                     : kf_str("home=%s%s%s%s%s", quote, home, quote, more[0] ? " " : "", more);
    if (text == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the list of modules");
    *ret_reserved = text;
    return KF_OK;
}

/* PKCS#11 3.0, 5.4.6; the header of p11-kit 0.24 has no CK_INTERFACE. */
struct interface {
    CK_UTF8CHAR *name;
    void *functions;
    CK_FLAGS flags;
};
typedef CK_RV get_interface(CK_UTF8CHAR *name, CK_VERSION *version,
                            struct interface **ret_interface, CK_FLAGS flags);

static const struct kf_interface *ask_interface(void *image) {
    char name[] = KF_INTERFACE_NAME;
    struct interface *interface = NULL;
    get_interface *ask = NULL;
    *(void **)&ask = dlsym(image, "C_GetInterface");
    if (ask == NULL || ask((CK_UTF8CHAR *)name, NULL, &interface, 0) != CKR_OK ||
        interface == NULL || interface->functions == NULL)
        return NULL;
    const struct kf_interface *own = interface->functions;
    return own->version_major == 1 ? own : NULL;
}

const struct kf_interface *kf_own_interface(const char *path) {
    void *image = kf_own_is_file(path) ? dlopen(path, RTLD_NOLOAD | RTLD_NOW) : NULL;
    if (image == NULL)
        return NULL;
    const struct kf_interface *own = ask_interface(image);
    dlclose(image); /* p11-kit keeps it loaded */
    return own;
}

kf_err kf_own_module(kf_tokens *tokens, struct kf_module **ret_module) {
    for (size_t i = 0; i < tokens->modules.count; i++) {
        struct kf_module *module = &tokens->modules.items[i];
        if (module->own == NULL || module->p11 == NULL || module->hidden)
            continue;
        *ret_module = module;
        return KF_OK;
    }
    kf_err error =
        kf_fail(KF_E_MODULE, "keyfob's own module for software containers is not loaded");
    kf_error_hint("Remove --module, and \"enabled = no\" under [module " KF_OWN_NAME
                  "] in keyfob.conf; `keyfob module list` shows what loads.");
    return error;
}

kf_err kf_own_reader(kf_tokens *tokens, const struct kf_interface **ret_own) {
    struct kf_module *module = NULL;
    for (size_t i = 0; i < tokens->modules.count && module == NULL; i++)
        if (tokens->modules.items[i].own != NULL && tokens->modules.items[i].p11 != NULL)
            module = &tokens->modules.items[i];
    if (module == NULL)
        KF_TRY(kf_modules_load_hidden(tokens->context, &tokens->modules, &module));
    *ret_own = module->own;
    return KF_OK;
}

const struct kf_interface *kf_token_own(const kf_token *token) {
    return token->module->own;
}

/* --- what it says --- */

kf_err kf_own_said(const struct kf_interface *own, struct kf_message *ret_message) {
    *ret_message = (struct kf_message){0};
    if (own->message(ret_message) != CKR_OK || ret_message->sentence[0] == '\0')
        return KF_OK;
    for (int code = KF_OK + 1; code < KF_ERR_COUNT; code++)
        if (strcmp(kf_error_info((kf_err)code)->code, ret_message->code) == 0)
            return (kf_err)code;
    return KF_E_FAILED; /* a newer module's code */
}

kf_err kf_fail_said(kf_err code, const struct kf_message *said, const char *doing) {
    kf_fail(code, "%s: %s", doing, said->sentence);
    if (said->hint[0] != '\0')
        kf_error_hint("%s", said->hint);
    return code;
}

kf_err kf_fail_own(const struct kf_interface *own, CK_RV rv, const char *doing) {
    struct kf_message said;
    if (rv == CKR_OK)
        return KF_OK;
    kf_err code = kf_own_said(own, &said);
    return code != KF_OK ? kf_fail_said(code, &said, doing) : kf_fail_rv(NULL, rv, doing);
}
