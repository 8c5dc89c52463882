// SPDX-License-Identifier: Apache-2.0
// Keys that may leave: sealed into a file, or in parts to another token.
#include "module/transfer.h"

#include <string.h>

#include "base/text.h"
#include "x509/cert.h"

/* What a key file needs besides its key and certificates; all its ciphers and names. */
enum { FILE_EXTRA = 8 * 1024 };

typedef struct leaving {
    kfm_keyfile file; /* copies */
    char label[256];
} leaving;

static void leaving_clear(leaving *out) {
    kfm_keyfile_clear(&out->file);
}

/* --- the key --- */

static void take_label(const struct kfm_object *object, leaving *out) {
    const uint8_t *label = NULL;
    size_t len = 0;
    if (kfm_object_get(object, CKA_LABEL, &label, &len))
        kf_text_escape_into(out->label, sizeof(out->label), (const char *)label, len);
}

/* Whoever made the key said whether it may leave, and that never becomes more (PKCS#11 2.40,
 * 4.9). */
static CK_RV take_key(kfm_call *call, CK_OBJECT_HANDLE handle, leaving *out) {
    struct kfm_object *object = NULL;
    kf_softkey *key = NULL;
    CK_TRY(kfm_object_find(call, handle, &object));
    if (object->object_class != CKO_PRIVATE_KEY)
        return CKR_KEY_HANDLE_INVALID;
    take_label(object, out);
    if (!kfm_object_flag(object, CKA_EXTRACTABLE)) {
        kf_fail(KF_E_POLICY, "the key \"%s\" was not made exportable, so it stays where it is",
                out->label);
        return CKR_KEY_UNEXTRACTABLE;
    }
    CK_TRY(kfm_object_open(call, object, &key));
    /* Used without the slot's lock: a logout meanwhile wipes the slot's own. */
    return kf_softkey_copy(key, call->module->arena, &out->file.key);
}

/* --- its certificates: its own, then those that lead to a root --- */

static kf_err take_if_wanted(const kf_buf *value, const kf_buf *spki, const kf_cert *issued,
                             kfm_keyfile *file) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    if (file->certificate_count == KFM_KEYFILE_CERTS ||
        kf_cert_parse(value->data, value->len, &cert) != KF_OK)
        return KF_OK;
    bool wanted = issued != NULL ? kf_cert_signed_by(issued, cert)
                                 : kf_cert_has_spki(cert, spki->data, spki->len);
    for (size_t i = 0; i < file->certificate_count; i++)
        wanted = wanted && !kf_buf_equal(&file->certificates[i], value);
    if (!wanted)
        return KF_OK;
    KF_TRY(kf_buf_set(&file->certificates[file->certificate_count], value->data, value->len));
    file->certificate_count++;
    return KF_OK;
}

/* All certificates of the container that are for `spki`, or that issued `issued`. */
static CK_RV take_certificates(kfm_call *call, const kf_buf *spki, const kf_cert *issued,
                               kfm_keyfile *file) {
    const kfc *container = call->slot->container;
    for (size_t i = 0; i < kfc_count(container); i++) {
        const struct kfc_entry *entry = kfc_at(container, i);
        struct kfm_object *object = NULL;
        const uint8_t *value = NULL;
        size_t len = 0;
        if (entry->object_class != CKO_CERTIFICATE || entry->is_private)
            continue;
        CK_TRY(kfm_object_find(call, entry->number, &object));
        if (!kfm_object_get(object, CKA_VALUE, &value, &len))
            continue;
        kf_buf bytes = {.data = (uint8_t *)value, .len = len};
        CK_TRY(kfm_rv(take_if_wanted(&bytes, spki, issued, file), CKR_HOST_MEMORY));
    }
    return CKR_OK;
}

static CK_RV take_issuers(kfm_call *call, kfm_keyfile *file) {
    for (size_t i = 0; i < file->certificate_count; i++) {
        KF_AUTO_PTR(kf_cert) cert = NULL;
        const kf_buf *der = &file->certificates[i];
        if (kf_cert_parse(der->data, der->len, &cert) == KF_OK)
            CK_TRY(take_certificates(call, NULL, cert, file));
    }
    return CKR_OK;
}

static CK_RV take(kfm_call *call, CK_OBJECT_HANDLE key, leaving *out) {
    KF_AUTO(kf_buf) spki = {0};
    CK_TRY(take_key(call, key, out));
    CK_TRY(kf_softkey_public_attribute(out->file.key, CKA_PUBLIC_KEY_INFO, &spki));
    CK_TRY(take_certificates(call, &spki, NULL, &out->file));
    out->file.own_count = out->file.certificate_count;
    CK_TRY(take_issuers(call, &out->file));
    kf_error_clear(); /* certificates that could not be read */
    return CKR_OK;
}

static CK_RV begin(unsigned long session, unsigned long key, kfm_call *call, leaving *out) {
    CK_TRY(kfm_call_begin(session, call));
    CK_TRY(kfm_call_alone(call));
    CK_TRY(kfm_call_needs_user(call));
    CK_TRY(take(call, key, out));
    kfm_call_release(call); /* what follows takes a second, or goes to another module */
    return CKR_OK;
}

/* --- into a file --- */

static size_t most(const kfm_keyfile *file) {
    size_t size = FILE_EXTRA;
    for (size_t i = 0; i < file->certificate_count; i++)
        size += file->certificates[i].len + 512;
    return size;
}

unsigned long kfm_export(unsigned long session, unsigned long key, enum kf_key_file_format format,
                         const struct kf_password *password, void *ret_file, size_t *len) {
    KF_AUTO(kfm_call) call = {0};
    KF_AUTO(leaving) out = {0};
    KF_AUTO(kf_buf) bytes = {0};
    if (len == NULL || (format != KF_KEY_FILE_PKCS8 && format != KF_KEY_FILE_PKCS12))
        return CKR_ARGUMENTS_BAD;
    CK_TRY(begin(session, key, &call, &out));
    if (ret_file == NULL) {
        *len = most(&out.file);
        return CKR_OK;
    }
    CK_TRY(kfm_rv(
        kfm_keyfile_write(&out.file, format, out.label, password, call.module->arena, &bytes),
        CKR_FUNCTION_FAILED));
    bool fits = bytes.len <= *len;
    *len = bytes.len;
    if (!fits)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(ret_file, bytes.data, bytes.len);
    return CKR_OK;
}

/* --- to another token --- */

unsigned long kfm_hand_over(unsigned long session, unsigned long key,
                            unsigned long (*put)(void *arg, void *attributes, unsigned long count),
                            void *arg) {
    KF_AUTO(kfm_call) call = {0};
    KF_AUTO(leaving) out = {0};
    KF_AUTO(kfm_parts) parts = {0};
    if (put == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(begin(session, key, &call, &out));
    CK_TRY(kfm_parts_take(out.file.key, call.module->arena, &parts));
    return put(arg, parts.attributes, parts.count);
}

struct receiver {
    unsigned long (*put)(void *arg, void *attributes, unsigned long count);
    unsigned long (*certificate)(void *arg, const void *der, size_t der_len);
    void *arg;
};

static CK_RV read_file(struct kfm_module *module, const void *data, size_t len,
                       const struct kf_password *password, const struct receiver *to) {
    KF_AUTO(kfm_keyfile) file = {0};
    KF_AUTO(kfm_parts) parts = {0};
    CK_TRY(kfm_rv(kfm_keyfile_read(module->arena, data, len, password, &file), CKR_DATA_INVALID));
    CK_TRY(kfm_parts_take(file.key, module->arena, &parts));
    CK_TRY(to->put(to->arg, parts.attributes, parts.count));
    for (size_t i = 0; to->certificate != NULL && i < file.certificate_count; i++)
        CK_TRY(to->certificate(to->arg, file.certificates[i].data, file.certificates[i].len));
    return CKR_OK;
}

unsigned long kfm_read_file(const void *file, size_t len, const struct kf_password *file_password,
                            unsigned long (*put)(void *arg, void *attributes, unsigned long count),
                            unsigned long (*certificate)(void *arg, const void *der,
                                                         size_t der_len),
                            void *arg) {
    struct kfm_module *module = NULL;
    if (file == NULL || put == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_enter(&module));
    struct receiver to = {put, certificate, arg};
    CK_RV rv = read_file(module, file, len, file_password, &to);
    kfm_leave(module);
    return rv;
}
