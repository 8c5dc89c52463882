// SPDX-License-Identifier: Apache-2.0
// Certificates beside their key: written with a ladder of templates, read back, and only then is an
// old one destroyed.
#include "token/keys.h"

#include <string.h>

#include "base/context.h"
#include "token/tokens.h"
#include "x509/cert.h"

/* What the template is filled with. */
struct parts {
    const kf_key *key;
    const uint8_t *der;
    size_t len;
    kf_buf subject, issuer, serial;
};

static void parts_clear(struct parts *parts) {
    kf_buf_clear(&parts->subject);
    kf_buf_clear(&parts->issuer);
    kf_buf_clear(&parts->serial);
}

/* --- writing --- */

enum { RUNGS = 4, ROWS = 11 };

/* Rung 0 says all, 1 leaves out what says nothing new, 2 keeps what finds the certificate, 3 the
 * bytes alone. */
static CK_ULONG build(const struct parts *parts, int rung, CK_ATTRIBUTE attributes[ROWS]) {
    static CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    static CK_CERTIFICATE_TYPE type = CKC_X_509;
    static CK_ULONG category = 1; /* token user */
    static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    const kf_key *key = parts->key;
    const struct {
        CK_ATTRIBUTE attribute;
        int last;
    } rows[ROWS] = {
        {{CKA_CLASS, &class, sizeof(class)}, 3},
        {{CKA_CERTIFICATE_TYPE, &type, sizeof(type)}, 3},
        {{CKA_TOKEN, &yes, sizeof(yes)}, 3},
        {{CKA_VALUE, (void *)parts->der, parts->len}, 3},
        {{CKA_ID, (void *)key->id, key->id_len}, 3},
        {{CKA_SUBJECT, parts->subject.data, parts->subject.len}, 2},
        {{CKA_LABEL, (void *)key->label, strlen(key->label)}, 2},
        {{CKA_ISSUER, parts->issuer.data, parts->issuer.len}, 1},
        {{CKA_SERIAL_NUMBER, parts->serial.data, parts->serial.len}, 1},
        {{CKA_PRIVATE, &no, sizeof(no)}, 0},
        {{CKA_CERTIFICATE_CATEGORY, &category, sizeof(category)}, 0},
    };
    CK_ULONG count = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].last >= rung && (rows[i].attribute.ulValueLen > 0 || rung == 0))
            attributes[count++] = rows[i].attribute;
    return count;
}

static kf_err create(kf_session *session, const struct parts *parts, CK_OBJECT_HANDLE *ret_object) {
    CK_RV rv = CKR_TEMPLATE_INCONSISTENT;
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    for (int rung = 0; rung < RUNGS && kf_rv_dislikes_template(rv); rung++) {
        CK_ATTRIBUTE attributes[ROWS];
        CK_ULONG count = build(parts, rung, attributes);
        rv = session->p11->C_CreateObject(session->handle, attributes, count, &object);
    }
    KF_TRY(kf_fail_rv(session->token, rv, "writing the certificate"));
    *ret_object = object;
    return KF_OK;
}

/* The bytes of one certificate object, and nothing else of it. */
static kf_err read_value(kf_session *session, CK_OBJECT_HANDLE object, kf_buf *ret_value) {
    KF_AUTO_FREE uint8_t *place = calloc(1, KF_P11_ATTRIBUTE_MAX);
    if (place == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a certificate");
    CK_ATTRIBUTE value = {CKA_VALUE, place, KF_P11_ATTRIBUTE_MAX};
    KF_TRY(kf_attributes_read(session, object, &value, 1, "reading the certificate back"));
    if (!kf_attribute_there(&value))
        return kf_buf_set(ret_value, "", 0);
    return kf_buf_set(ret_value, place, value.ulValueLen);
}

static bool is_value(const kf_buf *value, const uint8_t *der, size_t len) {
    return value->len == len && memcmp(value->data, der, len) == 0;
}

static kf_err write_and_check(kf_session *session, const struct parts *parts) {
    KF_AUTO(kf_buf) value = {0};
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    KF_TRY(create(session, parts, &object));
    KF_TRY(read_value(session, object, &value));
    if (is_value(&value, parts->der, parts->len))
        return KF_OK;
    kf_object_destroy(session, object, "deleting the spoiled certificate");
    return kf_fail(KF_E_TOKEN_ERROR, "token \"%s\" gave back another certificate than was written",
                   session->token->info.label);
}

/* --- what is there already --- */

struct present {
    kf_handles others; /* other certificates for the same key under its id */
    bool same;         /* this very certificate */
};

static void present_clear(struct present *present) {
    kf_handles_clear(&present->others);
}

static bool is_for_key(const kf_buf *value, const kf_key *key) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    return kf_cert_parse(value->data, value->len, &cert) == KF_OK &&
           kf_cert_has_spki(cert, key->spki.data, key->spki.len);
}

/* Certificates of other keys under this id are left alone: they are matched by key, never by id
 * alone. */
static kf_err look_for(const struct parts *parts, struct present *present) {
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    const kf_key *key = parts->key;
    CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &class, sizeof(class)},
                              {CKA_ID, (void *)key->id, key->id_len}};
    KF_AUTO(kf_handles) handles = {0};
    KF_TRY(kf_objects_find(key->session, pattern, KF_COUNT(pattern), &handles));
    size_t kept = 0;
    for (size_t i = 0; i < handles.count; i++) {
        KF_AUTO(kf_buf) value = {0};
        KF_TRY(read_value(key->session, handles.items[i], &value));
        if (is_value(&value, parts->der, parts->len))
            present->same = true;
        else if (is_for_key(&value, key))
            handles.items[kept++] = handles.items[i];
    }
    present->others = handles;
    present->others.count = kept;
    handles = (kf_handles){0};
    return KF_OK;
}

/* --- together --- */

static kf_err take_parts(struct parts *parts) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_TRY(kf_cert_parse(parts->der, parts->len, &cert));
    if (!kf_cert_has_spki(cert, parts->key->spki.data, parts->key->spki.len))
        return kf_fail(KF_E_KEY_MISMATCH, "the certificate of \"%s\" is not for the key \"%s\"",
                       kf_cert_subject(cert), parts->key->label);
    KF_TRY(kf_cert_subject_der(cert, &parts->subject));
    KF_TRY(kf_cert_issuer_der(cert, &parts->issuer));
    return kf_cert_serial_der(cert, &parts->serial);
}

/* A card with one place for a certificate has overwritten the old one, whose handle may mean the
 * new one now. */
static kf_err destroy_old(const struct parts *parts, CK_OBJECT_HANDLE old) {
    KF_AUTO(kf_buf) value = {0};
    kf_session *session = parts->key->session;
    kf_err error = read_value(session, old, &value);
    if (error == KF_E_TOKEN_REMOVED)
        return error;
    if (error != KF_OK || is_value(&value, parts->der, parts->len))
        return KF_OK;
    return kf_object_destroy(session, old, "deleting the old certificate");
}

static kf_err write_cert(const struct parts *parts, enum kf_cert_other other,
                         struct present *present) {
    kf_session *session = parts->key->session;
    if (!parts->key->fresh)
        KF_TRY(look_for(parts, present));
    if (present->others.count > 0 && other == KF_CERT_REFUSE)
        return kf_fail(KF_E_EXISTS, "the key \"%s\" has another certificate on the token already",
                       parts->key->label);
    if (!present->same)
        KF_TRY(write_and_check(session, parts));
    for (size_t i = 0; other == KF_CERT_REPLACE && i < present->others.count; i++)
        KF_TRY(destroy_old(parts, present->others.items[i]));
    return KF_OK;
}

kf_err kf_key_write_cert(kf_key *key, const uint8_t *der, size_t len, enum kf_cert_other other) {
    __attribute__((cleanup(parts_clear))) struct parts parts = {.key = key, .der = der, .len = len};
    __attribute__((cleanup(present_clear))) struct present present = {0};
    KF_TRY(take_parts(&parts));
    KF_TRY(write_cert(&parts, other, &present));
    key->fresh = false;
    return KF_OK;
}
