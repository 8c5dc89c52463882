// SPDX-License-Identifier: Apache-2.0
// C_CreateObject with both halves of a key, down a ladder of templates.
#include "token/put.h"

#include <string.h>

#include <openssl/err.h>

#include "base/context.h"
#include "token/own.h"
#include "x509/cert.h"
#include "x509/name.h"

enum { RUNGS = 4, ROWS_MAX = 40, POINT_MAX = 160 };

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

void kf_put_clear(kf_put *put) {
    for (size_t i = 0; i < put->certificate_count; i++)
        kf_buf_clear(&put->certificates[i]);
    put->certificate_count = 0;
}

/* --- the key, as far as it is public --- */

struct key {
    const CK_ATTRIBUTE *parts; /* of the module: public key info, class, type, and the key's own */
    CK_ULONG count;
    const struct kf_key_spec *spec;
    unsigned use;
    uint8_t point[POINT_MAX]; /* CKA_EC_POINT: DER OCTET STRING */
    size_t point_len;
};

static const CK_ATTRIBUTE *part(const struct key *key, CK_ATTRIBUTE_TYPE type) {
    for (CK_ULONG i = 0; i < key->count; i++)
        if (key->parts[i].type == type)
            return &key->parts[i];
    return NULL;
}

static unsigned all_uses(const struct kf_key_spec *spec) {
    if (spec->key_type == CKK_RSA)
        return KF_USE_SIGN | KF_USE_DECRYPT;
    return spec->key_type == CKK_EC ? KF_USE_SIGN | KF_USE_DERIVE : KF_USE_SIGN;
}

/* The point is the end of the public key's BIT STRING. */
static kf_err take_point(struct key *key, const uint8_t *spki, size_t len) {
    size_t size = key->spec->point_len, head = size > 0x7f ? 3 : 2;
    if (size == 0)
        return KF_OK;
    if (len < size || head + size > sizeof(key->point))
        return kf_fail(KF_E_INPUT, "the public half of the key cannot be told");
    memcpy(key->point, size > 0x7f ? "\x04\x81" : "\x04", head - 1);
    key->point[head - 1] = (uint8_t)size;
    memcpy(key->point + head, spki + len - size, size);
    key->point_len = head + size;
    return KF_OK;
}

static kf_err look_at(kf_put *put, struct key *key) {
    const CK_ATTRIBUTE *spki = part(key, CKA_PUBLIC_KEY_INFO);
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO_PTR(EVP_PKEY) public = NULL;
    if (spki == NULL)
        return kf_fail(KF_E_MODULE, "keyfob's own module did not tell the public half of the key");
    KF_TRY(kf_buf_set(&bytes, spki->pValue, spki->ulValueLen));
    KF_TRY(kf_public_key_parse(bytes.data, bytes.len, &public));
    key->spec = kf_key_spec(kf_public_key_type(public));
    if (key->spec == NULL)
        return kf_fail(KF_E_UNSUPPORTED, "the key is of a kind that keyfob does not know");
    key->use = put->order.use != 0 ? put->order.use : all_uses(key->spec);
    KF_TRY(kf_spki_identifier(&bytes, put->id));
    return take_point(key, bytes.data, bytes.len);
}

/* --- templates --- */

struct template {
    CK_ATTRIBUTE rows[ROWS_MAX];
    CK_ULONG count;
    int rung;
};

/* `last`: the rung on which it is still there. */
static void add(struct template *template, int last, CK_ATTRIBUTE_TYPE type, const void *value,
                size_t len) {
    if (template->rung <= last)
        template->rows[template->count++] = (CK_ATTRIBUTE){type, (void *)value, len};
}

static void add_flag(struct template *template, int last, CK_ATTRIBUTE_TYPE type, bool set) {
    add(template, last, type, set ? &yes : &no, sizeof(yes));
}

static void add_part(struct template *template, const struct key *key, CK_ATTRIBUTE_TYPE type) {
    const CK_ATTRIBUTE *attribute = part(key, type);
    if (attribute != NULL)
        add(template, RUNGS, type, attribute->pValue, attribute->ulValueLen);
}

static void add_name(struct template *template, const kf_put *put) {
    add_flag(template, RUNGS, CKA_TOKEN, true);
    add(template, RUNGS, CKA_ID, put->id, sizeof(put->id));
    add(template, 2, CKA_LABEL, put->order.label, strlen(put->order.label));
}

/* A curve as its OID, or by its name in a PrintableString (PKCS#11 3.0, 2.3.5). */
static void add_curve(struct template *template, const struct key *key, bool by_name) {
    if (key->spec->oid_len > 0)
        add(template, RUNGS, CKA_EC_PARAMS, by_name ? key->spec->name : key->spec->oid,
            by_name ? key->spec->name_len : key->spec->oid_len);
}

static void build_private(const kf_put *put, const struct key *key, bool by_name,
                          struct template *template) {
    add_name(template, put);
    for (CK_ULONG i = 0; i < key->count; i++)
        if (key->parts[i].type != CKA_PUBLIC_KEY_INFO && key->parts[i].type != CKA_EC_PARAMS)
            add_part(template, key, key->parts[i].type);
    add_curve(template, key, by_name);
    add_flag(template, RUNGS, CKA_PRIVATE, true);
    add_flag(template, RUNGS, CKA_SENSITIVE, true);
    add_flag(template, 2, CKA_EXTRACTABLE, put->order.exportable);
    add_flag(template, 3, CKA_SIGN, key->use & KF_USE_SIGN);
    add_flag(template, 1, CKA_DECRYPT, key->use & KF_USE_DECRYPT);
    add_flag(template, 1, CKA_DERIVE, key->use & KF_USE_DERIVE);
    add_flag(template, 0, CKA_UNWRAP, false);
    add_flag(template, 0, CKA_SIGN_RECOVER, false);
}

static void build_public(const kf_put *put, const struct key *key, bool by_name,
                         struct template *template) {
    static const CK_OBJECT_CLASS object_class = CKO_PUBLIC_KEY;
    add(template, RUNGS, CKA_CLASS, &object_class, sizeof(object_class));
    add_part(template, key, CKA_KEY_TYPE);
    add_name(template, put);
    if (key->spec->key_type == CKK_RSA) {
        add_part(template, key, CKA_MODULUS);
        add_part(template, key, CKA_PUBLIC_EXPONENT);
    }
    add_curve(template, key, by_name);
    if (key->point_len > 0)
        add(template, RUNGS, CKA_EC_POINT, key->point, key->point_len);
    add_flag(template, 2, CKA_VERIFY, key->use & KF_USE_SIGN);
    add_flag(template, 1, CKA_ENCRYPT, key->use & KF_USE_DECRYPT);
    add_flag(template, 1, CKA_PRIVATE, false);
    add_flag(template, 0, CKA_WRAP, false);
    add_flag(template, 0, CKA_VERIFY_RECOVER, false);
}

/* --- writing --- */

static bool dislikes(CK_RV rv) {
    return kf_rv_dislikes_template(rv) || rv == CKR_DOMAIN_PARAMS_INVALID ||
           rv == CKR_CURVE_NOT_SUPPORTED;
}

typedef void builder(const kf_put *put, const struct key *key, bool by_name,
                     struct template *template);

static CK_RV create(const kf_put *put, const struct key *key, builder *build,
                    CK_OBJECT_HANDLE *ret_object) {
    kf_session *session = put->session;
    CK_RV rv = CKR_TEMPLATE_INCONSISTENT;
    int forms = key->spec->key_type == CKK_EC_EDWARDS ? 2 : 1;
    for (int form = 0; form < forms && dislikes(rv); form++)
        for (int rung = 0; rung < RUNGS && dislikes(rv); rung++) {
            struct template template = {.rung = rung};
            build(put, key, form == 1, &template);
            rv = session->p11->C_CreateObject(session->handle, template.rows, template.count,
                                              ret_object);
            OPENSSL_cleanse(&template, sizeof(template));
        }
    ERR_clear_error();
    return rv;
}

/* What is about the token's state stays what it is; every other refusal means that it does not take
 * keys. */
static kf_err refuse(const kf_put *put, CK_RV rv) {
    kf_token *token = put->session->token;
    kf_err error = kf_fail_rv(token, rv, "writing the key");
    bool is_about_key = error == KF_E_TOKEN_ERROR || error == KF_E_NOT_ON_TOKEN;
    if (!is_about_key || kf_token_own(token) != NULL)
        return error;
    error = kf_fail(KF_E_NOT_ON_TOKEN, "token \"%s\" does not take keys from outside (%s)",
                    token->info.label, kf_rv_name(rv));
    kf_error_hint("Make a new key on it and enroll again: `keyfob enroll --token %s`.",
                  token->info.serial);
    return error;
}

static kf_err refuse_twice(kf_put *put) {
    kf_key *key = NULL;
    kf_err error = kf_key_find_id(put->session, put->id, sizeof(put->id), &key);
    kf_key_free(key);
    if (error == KF_E_NOT_FOUND) {
        kf_error_clear();
        return KF_OK;
    }
    return error == KF_OK ? kf_fail(KF_E_EXISTS, "the key is on token \"%s\" already",
                                    put->session->token->info.label)
                          : error;
}

static kf_err write_halves(kf_put *put, struct key *key) {
    KF_TRY(look_at(put, key));
    KF_TRY(refuse_twice(put));
    KF_TRY(refuse(put, create(put, key, build_private, &put->private_key)));
    KF_TRY(refuse(put, create(put, key, build_public, &put->public_key)));
    return KF_OK;
}

unsigned long kf_put_key(void *arg, void *attributes, unsigned long count) {
    kf_put *put = arg;
    struct key key = {.parts = attributes, .count = count};
    if (count > ROWS_MAX / 2)
        put->error = kf_fail(KF_E_MODULE, "keyfob's own module gave too many parts of a key");
    else
        put->error = write_halves(put, &key);
    return put->error == KF_OK ? CKR_OK : CKR_FUNCTION_FAILED;
}

unsigned long kf_put_certificate(void *arg, const void *der, size_t der_len) {
    kf_put *put = arg;
    if (put->certificate_count < KF_COUNT(put->certificates) &&
        kf_buf_set(&put->certificates[put->certificate_count], der, der_len) == KF_OK)
        put->certificate_count++;
    return CKR_OK;
}

/* --- afterwards --- */

kf_err kf_put_fail(kf_put *put, kf_err error) {
    const CK_OBJECT_HANDLE made[] = {put->private_key, put->public_key};
    struct kf_error_saved saved;
    bool stays = false;
    kf_error_save(&saved);
    for (size_t i = 0; i < KF_COUNT(made); i++)
        stays |= made[i] != CK_INVALID_HANDLE &&
                 kf_object_destroy(put->session, made[i], "destroying the key") != KF_OK;
    kf_session_forget_keys(put->session);
    kf_error_restore(&saved);
    if (stays)
        kf_error_key("The key that was written could not be destroyed: delete the container "
                     "\"%s\".",
                     put->order.label);
    return error;
}

/* The key's own; those of authorities have no place on a card. */
static kf_err write_certificates(const kf_put *put, kf_key *key) {
    size_t written = 0;
    for (size_t i = 0; i < put->certificate_count; i++) {
        const kf_buf *der = &put->certificates[i];
        KF_AUTO_PTR(kf_cert) cert = NULL;
        KF_TRY(kf_cert_parse(der->data, der->len, &cert));
        if (!kf_cert_has_spki(cert, key->spki.data, key->spki.len))
            continue;
        if (written++ == 0)
            KF_TRY(kf_key_write_cert(key, der->data, der->len, KF_CERT_REFUSE));
    }
    if (written > 1)
        kf_step(put->session->token->owner->context, "note", KF_STEP_NOTE, 0,
                "%zu older certificates of the key were left out", written - 1);
    return KF_OK;
}

static kf_err try_key(const kf_put *put) {
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_TRY(kf_key_find_id(put->session, put->id, sizeof(put->id), &key));
    KF_TRY(kf_key_read_private(key, KF_SAFETY_KEPT));
    KF_TRY(kf_key_try(key));
    return write_certificates(put, key);
}

kf_err kf_put_finish(kf_put *put) {
    kf_session_forget_keys(put->session);
    kf_err error = try_key(put);
    return error == KF_OK ? KF_OK : kf_put_fail(put, error);
}
