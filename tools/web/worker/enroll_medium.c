// SPDX-License-Identifier: Apache-2.0
// Where a new key goes: a token, or a software container that is made for it.
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "web/worker/enrolling.h"

#define LABEL_BYTES 32 /* of a token, PKCS#11 2.40, 3.2 */
#define NUMBER_ROOM 3  /* "-99" */
#define NUMBERS_MAX 99

/* --- what was given --- */

static kf_err read_folder(const char *folder, enroll_input *enroll) {
    if (strcmp(enroll->medium.medium, "disk") != 0)
        return kf_fail(KF_E_USAGE, "a folder is for the medium \"disk\"; the registry has its own "
                                   "place");
    if (!realpath(folder, enroll->folder)) {
        kf_err code = kf_fail_errno(errno, "opening the folder", folder);
        if (code == KF_E_NOT_FOUND)
            kf_error_hint("Put the stick in, or make the folder first.");
        return code;
    }
    enroll->medium.folder = enroll->folder;
    return KF_OK;
}

static kf_err read_medium(const json_t *given, enroll_input *enroll) {
    const char *medium = document_text(given, "medium"), *folder = document_text(given, "folder");
    bool known = strcmp(medium, "registry") == 0 || strcmp(medium, "disk") == 0;
    if (!known)
        return kf_fail(KF_E_USAGE, "the medium is \"registry\" or \"disk\", not \"%s\"", medium);
    enroll->medium = (struct kf_medium_order){
        .medium = medium, .unblock = json_is_true(json_object_get(given, "unblock"))};
    return *folder ? read_folder(folder, enroll) : KF_OK;
}

/* --- finding --- */

static kf_err refuse_used(const struct kf_medium_order *order, kf_token *token) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_TRY(kf_containers_read(token, false, &containers));
    if (kf_containers_count(containers) == 0)
        return KF_OK;
    kf_fail(KF_E_EXISTS, "the %s has a container \"%s\" with a key already", order->medium,
            order->name);
    kf_error_hint("Choose another name, or choose this container as the token to add a key to it.");
    return KF_E_EXISTS;
}

/* NULL when it is not there; one with a key is KF_E_EXISTS. */
static kf_err look(struct work *work, const struct kf_medium_order *order, kf_token **ret_token) {
    kf_tokens *tokens = NULL;
    *ret_token = NULL;
    KF_TRY(work_tokens(work, &tokens));
    kf_err code = kf_medium_find(tokens, order, ret_token);
    if (code == KF_E_NOT_FOUND)
        kf_error_clear();
    else
        KF_TRY(code);
    return code == KF_OK ? refuse_used(order, *ret_token) : KF_OK;
}

/* --- naming --- */

/* With `from` it is the old request's subject; where only the CA knows it, the connection's name.
 */
static kf_err make_name(struct work *work, const enroll_input *enroll, char **ret_name) {
    KF_AUTO_PTR(json_t) old = NULL;
    KF_AUTO_FREE char *connection = kf_str("CN=%s", enroll->order.connection);
    struct kf_csr_spec spec = enroll->order.spec;
    if (enroll->order.from && !spec.subject) {
        KF_TRY(kf_request_json(work->context, enroll->order.from, &old));
        spec.subject = document_text(old, "subject_text");
    }
    if (!(spec.subject && *spec.subject) && spec.san_count == 0)
        spec.subject = connection;
    return kf_enroll_name(work->context, &spec, LABEL_BYTES - NUMBER_ROOM, ret_name);
}

/* A name that was made up is numbered when it is taken. */
static kf_err find_free(struct work *work, const char *base, enroll_input *enroll) {
    kf_err code = KF_E_EXISTS;
    kf_token *token = NULL;
    for (int n = 1; n <= NUMBERS_MAX && code == KF_E_EXISTS; n++) {
        snprintf(enroll->name, sizeof enroll->name, n == 1 ? "%s" : "%s-%d", base, n);
        code = look(work, &enroll->medium, &token);
    }
    return code;
}

static kf_err choose_name(struct work *work, const json_t *given, enroll_input *enroll) {
    KF_AUTO_FREE char *base = NULL;
    kf_token *token = NULL;
    const char *name = document_text(given, "name");
    enroll->medium.name = *name ? name : enroll->name;
    if (*name) {
        KF_TRY(look(work, &enroll->medium, &token));
    } else {
        KF_TRY(make_name(work, enroll, &base));
        KF_TRY(find_free(work, base, enroll));
    }
    if (!enroll->order.container)
        enroll->order.container = enroll->medium.name;
    return KF_OK;
}

kf_err enroll_medium(struct work *work, enroll_input *enroll) {
    const json_t *given = work_object(work, "medium");
    if (!given || strcmp(document_text(given, "medium"), "token") == 0)
        return KF_OK;
    if (enroll->order.token)
        return kf_fail(KF_E_USAGE, "\"medium\" makes a container of its own, \"token\" names one "
                                   "that is there: give one of them");
    KF_TRY(read_medium(given, enroll));
    return choose_name(work, given, enroll);
}

char *enroll_place(const struct work *work, const enroll_input *enroll) {
    const char *data = kf_context_data_dir(work->context);
    if (strcmp(enroll->medium.medium, "registry") == 0)
        return kf_str("%s/registry.db", data);
    return enroll->medium.folder ? strdup(enroll->medium.folder) : kf_str("%s/containers", data);
}

/* --- opening --- */

/* The flow opens the modules for itself. */
static void close_tokens(struct work *work) {
    kf_tokens_free(work->tokens);
    work->tokens = NULL;
}

static kf_err make(struct work *work, enroll_input *enroll, kf_token **ret_token) {
    kept_pin_want(work);
    KF_TRY(kf_medium_make(work->tokens, &enroll->medium, ret_token));
    kept_pin_bind(work, *ret_token);
    enroll->made = true;
    return KF_OK;
}

kf_err enroll_open_medium(struct work *work, enroll_input *enroll) {
    kf_token *token = NULL;
    if (!enroll->medium.medium)
        return KF_OK;
    KF_TRY(look(work, &enroll->medium, &token));
    if (!token)
        KF_TRY(make(work, enroll, &token));
    snprintf(enroll->token_uri, sizeof enroll->token_uri, "%s", kf_token_info(token)->uri);
    enroll->order.token = enroll->token_uri;
    close_tokens(work);
    return KF_OK;
}

static void remove_empty(struct work *work, const enroll_input *enroll) {
    kf_tokens *tokens = NULL;
    kf_token *token = NULL;
    KF_AUTO_PTR(kf_containers) containers = NULL;
    if (work_tokens(work, &tokens) != KF_OK ||
        kf_medium_find(tokens, &enroll->medium, &token) != KF_OK ||
        kf_containers_read(token, false, &containers) != KF_OK)
        return;
    if (kf_containers_count(containers) == 0 && kf_medium_remove(token) == KF_OK)
        kf_step(work->context, "container", KF_STEP_NOTE, 0, "the new container was removed again");
}

void enroll_undo_medium(struct work *work, enroll_input *enroll) {
    struct kf_error_saved saved;
    if (!enroll->made)
        return;
    kf_error_save(&saved);
    remove_empty(work, enroll);
    close_tokens(work);
    kf_error_restore(&saved);
}
