// SPDX-License-Identifier: Apache-2.0
// Keys in and out: from a file, into a file, from a software container onto another token.
#include "token/medium.h"

#include <string.h>

#include <openssl/err.h>

#include "base/context.h"
#include "token/containers.h"
#include "token/put.h"

/* A session that may write a key named `label`. */
static kf_err open_for(kf_token *token, const char *label, const char *why,
                       kf_session **ret_session) {
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(kf_session_login(session, KF_PIN_USER, label, why));
    KF_TRY(kf_session_has_place(session));
    KF_TRY(kf_session_refuse_taken(session, label));
    *ret_session = KF_MOVE(session);
    return KF_OK;
}

/* --- in --- */

/* Into a software container everything goes in one write. */
static kf_err import_own(kf_session *session, const struct kf_key_file *file, const char *label,
                         bool exportable) {
    const struct kf_interface *own = kf_token_own(session->token);
    struct kf_password password = kf_password_of(file->password);
    KF_AUTO_PTR(kf_key) key = NULL;
    CK_RV rv = own->import(session->handle, file->data, file->len, &password, label, exportable);
    ERR_clear_error();
    KF_TRY(kf_fail_own(own, rv, "bringing the key in"));
    kf_session_forget_keys(session);
    KF_TRY(kf_key_find_container(session, label, &key));
    return kf_key_try(key);
}

static kf_err import_put(kf_session *session, const struct kf_key_file *file, const char *label) {
    const struct kf_interface *own = NULL;
    struct kf_password password = kf_password_of(file->password);
    KF_AUTO(kf_put) put = {.session = session, .order = {.label = label}};
    KF_TRY(kf_own_reader(session->token->owner, &own));
    CK_RV rv =
        own->read_file(file->data, file->len, &password, kf_put_key, kf_put_certificate, &put);
    ERR_clear_error();
    kf_err error = put.error != KF_OK ? put.error : kf_fail_own(own, rv, "reading the key file");
    return error == KF_OK ? kf_put_finish(&put) : kf_put_fail(&put, error);
}

kf_err kf_container_import(kf_token *token, const struct kf_key_file *file, const char *label,
                           bool exportable) {
    KF_AUTO_PTR(kf_session) session = NULL;
    bool is_own = kf_token_own(token) != NULL;
    if (label == NULL || label[0] == '\0')
        return kf_fail(KF_E_USAGE, "a container needs a label");
    if (exportable && !is_own)
        return kf_fail(KF_E_NOT_ON_TOKEN,
                       "a key on the hardware token \"%s\" never leaves it, so it cannot be "
                       "exportable",
                       token->info.label);
    KF_TRY(open_for(token, label, "to bring the key in", &session));
    return is_own ? import_own(session, file, label, exportable) : import_put(session, file, label);
}

/* --- out --- */

static kf_err refuse_hardware(const kf_token *token, const char *name) {
    if (kf_token_own(token) != NULL)
        return KF_OK;
    kf_err error = kf_fail(KF_E_NOT_ON_TOKEN,
                           "the key \"%s\" lies on the hardware token \"%s\" and never "
                           "leaves it",
                           name, token->info.label);
    kf_error_hint("Make a key of its own where it is needed, and enroll it: `keyfob enroll`.");
    return error;
}

/* The key that may leave, in a session of its own that is logged in. */
typedef struct source {
    kf_session *session;
    kf_containers *containers;
    const struct kf_container *item;
    CK_OBJECT_HANDLE key;
} source;

static void source_clear(source *from) {
    kf_containers_free(from->containers);
    kf_session_free(from->session);
}

static kf_err open_source(kf_token *token, const char *name, const char *why, source *from) {
    size_t index = 0;
    KF_TRY(refuse_hardware(token, name));
    KF_TRY(kf_session_open(token, &from->session));
    KF_TRY(kf_session_login(from->session, KF_PIN_USER, name, why));
    KF_TRY(kf_containers_read_in(from->session, &from->containers));
    KF_TRY(kf_containers_find(from->containers, name, &index));
    from->item = &from->containers->items[index];
    if (from->item->private_key == KF_NOWHERE)
        return kf_fail(KF_E_KEY_UNUSABLE, "the container \"%s\" has no private key",
                       from->item->info.label);
    from->key = from->containers->objects[from->item->private_key].handle;
    return KF_OK;
}

static kf_err fail_out(const kf_token *token, CK_RV rv) {
    ERR_clear_error();
    kf_err error = kf_fail_own(kf_token_own(token), rv, "taking the key out");
    if (error == KF_E_POLICY)
        kf_error_hint("Only a key made with --exportable may leave, and that cannot be changed. "
                      "`keyfob container copy` and `move` take the whole container elsewhere; or "
                      "enroll a new key where it is needed.");
    return error;
}

static kf_err export_in(const source *from, enum kf_key_format format, kf_secret *password,
                        uint8_t **ret_file, size_t *ret_len) {
    const kf_token *token = from->session->token;
    const struct kf_interface *own = kf_token_own(token);
    struct kf_password sealing = kf_password_of(password);
    enum kf_key_file_format as = format == KF_KEY_PKCS8 ? KF_KEY_FILE_PKCS8 : KF_KEY_FILE_PKCS12;
    CK_SESSION_HANDLE session = from->session->handle;
    size_t len = 0;
    KF_TRY(fail_out(token, own->export(session, from->key, as, &sealing, NULL, &len)));
    KF_AUTO_FREE uint8_t *file = malloc(len);
    if (file == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a key file");
    KF_TRY(fail_out(token, own->export(session, from->key, as, &sealing, file, &len)));
    *ret_file = KF_MOVE(file);
    *ret_len = len;
    return KF_OK;
}

kf_err kf_container_export(kf_token *token, const char *name, enum kf_key_format format,
                           kf_secret *password, uint8_t **ret_file, size_t *ret_len) {
    KF_AUTO(source) from = {0};
    if (password == NULL || kf_secret_len(password) == 0)
        return kf_fail(KF_E_PIN_NEEDED, "a key file is never written without a password");
    KF_TRY(open_source(token, name, "to take the key out", &from));
    return export_in(&from, format, password, ret_file, ret_len);
}

/* --- to another token --- */

/* What the key may do there is what it may do here. */
static kf_err read_use(const source *from, unsigned *ret_use) {
    static const struct {
        CK_ATTRIBUTE_TYPE type;
        unsigned use;
    } rows[] = {
        {CKA_SIGN, KF_USE_SIGN}, {CKA_DECRYPT, KF_USE_DECRYPT}, {CKA_DERIVE, KF_USE_DERIVE}};
    CK_BBOOL flags[KF_COUNT(rows)] = {0};
    CK_ATTRIBUTE attributes[KF_COUNT(rows)];
    for (size_t i = 0; i < KF_COUNT(rows); i++)
        attributes[i] = (CK_ATTRIBUTE){rows[i].type, &flags[i], sizeof(flags[i])};
    KF_TRY(kf_attributes_read(from->session, from->key, attributes, KF_COUNT(rows),
                              "reading what the key may do"));
    *ret_use = 0;
    for (size_t i = 0; i < KF_COUNT(rows); i++)
        if (kf_attribute_there(&attributes[i]) && flags[i] == CK_TRUE)
            *ret_use |= rows[i].use;
    return KF_OK;
}

static void take_certificates(const source *from, kf_put *put) {
    const kf_containers *containers = from->containers;
    for (size_t i = 0; i < containers->object_count; i++) {
        const kf_object *object = &containers->objects[i];
        if (object->class == CKO_CERTIFICATE &&
            containers->owners[i] == (size_t)(from->item - containers->items))
            kf_put_certificate(put, object->value.data, object->value.len);
    }
}

kf_err kf_container_copy(kf_token *token, const char *name, kf_token *to) {
    KF_AUTO(source) from = {0};
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_AUTO(kf_put) put = {0};
    KF_TRY(open_source(token, name, "to take the key out", &from));
    if (token == to)
        return kf_fail(KF_E_USAGE, "the key \"%s\" is on this token already", name);
    const struct kf_interface *own = kf_token_own(token);
    const char *label = kf_buf_str(&from.item->label);
    KF_TRY(open_for(to, label, "to write the key", &session));
    put.session = session;
    put.order = (struct kf_put_order){.label = label, .exportable = kf_token_own(to) != NULL};
    KF_TRY(read_use(&from, &put.order.use));
    CK_RV rv = own->hand_over(from.session->handle, from.key, kf_put_key, &put);
    kf_err error = put.error != KF_OK ? put.error : fail_out(token, rv);
    if (error != KF_OK)
        return kf_put_fail(&put, error);
    take_certificates(&from, &put);
    return kf_put_finish(&put);
}
