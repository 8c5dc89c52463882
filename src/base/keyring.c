// SPDX-License-Identifier: Apache-2.0
// Secrets that must outlive the process: in the Secret Service or in closed files, never in both.
#include "base/keyring.h"

#include <stdlib.h>

#include "base/keyring_file.h"
#include "base/keyring_service.h"
#include "base/text.h"

/* --- what the person wants --- */

enum store { STORE_AUTO, STORE_FILES, STORE_SERVICE };

static kf_err parse_store(const char *word, const char *where, enum store *ret_store) {
    static const char *const words[] = {
        [STORE_AUTO] = "auto", [STORE_FILES] = "files", [STORE_SERVICE] = "service"};
    for (size_t i = 0; i < KF_COUNT(words); i++) {
        if (kf_str_equal(words[i], word)) {
            *ret_store = (enum store)i;
            return KF_OK;
        }
    }
    return kf_fail(KF_E_CONFIG, "%s must be auto, files or service, not \"%s\"", where, word);
}

static kf_err wanted_store(kf_context *context, enum store *ret_store) {
    const char *word = secure_getenv("KEYFOB_KEYRING");
    const kf_ini *config = NULL;
    if (word && *word)
        return parse_store(word, "KEYFOB_KEYRING", ret_store);
    KF_TRY(kf_context_config(context, &config));
    word = kf_ini_get(config, "secrets", "store");
    *ret_store = STORE_AUTO;
    return word ? parse_store(word, "\"store\" in [secrets] of keyfob.conf", ret_store) : KF_OK;
}

static bool is_for_service(kf_context *context, enum store store) {
    return store == STORE_SERVICE || (store == STORE_AUTO && kf_ring_service_answers(context));
}

/* --- the doors --- */

kf_err kf_keyring_get(kf_context *context, const char *owner, const char *name,
                      kf_secret **ret_secret) {
    enum kf_ring_place place = KF_RING_NOWHERE;
    *ret_secret = NULL;
    KF_TRY(kf_ring_check_name(owner, name));
    KF_TRY(kf_ring_read(context, owner, name, &place, ret_secret));
    return place == KF_RING_SERVICE ? kf_ring_service_get(context, owner, name, ret_secret) : KF_OK;
}

kf_err kf_keyring_has(kf_context *context, const char *owner, const char *name, bool *ret_kept) {
    enum kf_ring_place place = KF_RING_NOWHERE;
    KF_TRY(kf_ring_check_name(owner, name));
    KF_TRY(kf_ring_find(context, owner, name, &place));
    *ret_kept = place != KF_RING_NOWHERE;
    return KF_OK;
}

/* Out of the service. Whoever has decided for files may go on without it: the person is told. */
static kf_err clear_service(kf_context *context, enum store store, const char *owner,
                            const char *name) {
    kf_err err = kf_ring_service_forget(context, owner, name);
    if (err != KF_E_PERMISSION || store != STORE_FILES)
        return err;
    kf_error_clear();
    kf_step(context, "note", KF_STEP_NOTE, 0,
            "the keyring of the desktop session does not answer; what it has of \"%s\" stays there",
            owner);
    return KF_OK;
}

/* The old copy goes first: a crash between the two leaves no secret rather than an old one. */
static kf_err put_in_file(kf_context *context, enum store store, enum kf_ring_place place,
                          const char *owner, const char *name, const kf_secret *secret) {
    if (place == KF_RING_SERVICE)
        KF_TRY(clear_service(context, store, owner, name));
    return kf_ring_write(context, owner, name, secret);
}

/* A secret that is in no place yet is named first, so that a crash leaves nothing in the service
 * that no file tells of. */
static kf_err put_in_service(kf_context *context, enum kf_ring_place place, const char *owner,
                             const char *name, const kf_secret *secret) {
    struct kf_error_saved saved;
    if (place == KF_RING_NOWHERE)
        KF_TRY(kf_ring_write(context, owner, name, NULL));
    kf_err err = kf_ring_service_put(context, owner, name, secret);
    if (err == KF_OK)
        return place == KF_RING_FILE ? kf_ring_write(context, owner, name, NULL) : KF_OK;
    kf_error_save(&saved);
    if (place == KF_RING_NOWHERE)
        kf_ring_remove(context, owner, name);
    kf_error_restore(&saved);
    return err;
}

kf_err kf_keyring_put(kf_context *context, const char *owner, const char *name,
                      const kf_secret *secret) {
    enum kf_ring_place place = KF_RING_NOWHERE;
    enum store store = STORE_AUTO;
    KF_TRY(kf_ring_check_name(owner, name));
    if (kf_secret_len(secret) == 0)
        return kf_fail(KF_E_USAGE, "the secret \"%s\" is empty", name);
    KF_TRY(wanted_store(context, &store));
    KF_TRY(kf_ring_find(context, owner, name, &place));
    bool stays = place == KF_RING_SERVICE && store != STORE_FILES;
    return stays || is_for_service(context, store)
               ? put_in_service(context, place, owner, name, secret)
               : put_in_file(context, store, place, owner, name, secret);
}

kf_err kf_keyring_forget(kf_context *context, const char *owner, const char *name) {
    enum kf_ring_place place = KF_RING_NOWHERE;
    enum store store = STORE_AUTO;
    bool in_service = false;
    KF_TRY(kf_ring_check_name(owner, name ? name : "all"));
    KF_TRY(wanted_store(context, &store));
    if (name) {
        KF_TRY(kf_ring_find(context, owner, name, &place));
        in_service = place == KF_RING_SERVICE;
    } else {
        KF_TRY(kf_ring_any_in_service(context, owner, &in_service));
    }
    if (in_service)
        KF_TRY(clear_service(context, store, owner, name));
    return kf_ring_remove(context, owner, name);
}

kf_err kf_keyring_place(kf_context *context, char **ret_text) {
    enum store store = STORE_AUTO;
    KF_AUTO_FREE char *folder = NULL;
    KF_TRY(wanted_store(context, &store));
    KF_TRY(kf_context_data_path(context, "secrets", &folder));
    char *text = is_for_service(context, store)
                     ? kf_str("the keyring of your desktop session")
                     : kf_str("a file that is closed to others, in %s", folder);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_text = text;
    return KF_OK;
}
