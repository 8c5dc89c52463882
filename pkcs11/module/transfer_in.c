// SPDX-License-Identifier: Apache-2.0
// A key file into a container: private key, public key and certificates in one durable write.
#include "module/transfer.h"

#include <string.h>

#include "x509/cert.h"

enum { ID_LEN = 20, ROWS_MAX = 14, LABEL_MAX = 255, OBJECTS_MAX = KFM_KEYFILE_CERTS + 2 };

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

struct template {
    CK_ATTRIBUTE rows[ROWS_MAX];
    CK_ULONG count;
};

static void add(struct template *template, CK_ATTRIBUTE_TYPE type, const void *value, size_t len) {
    template->rows[template->count++] = (CK_ATTRIBUTE){type, (void *)value, len};
}

static void add_flag(struct template *template, CK_ATTRIBUTE_TYPE type, bool set) {
    add(template, type, set ? &yes : &no, sizeof(yes));
}

/* What is being brought in, and the objects that come of it. */
typedef struct import {
    kfm_call *call;
    const char *label;
    bool exportable;
    kfm_keyfile file;
    uint8_t id[ID_LEN];
    kf_buf subject; /* of the key's certificate */
    struct kfm_object *objects[OBJECTS_MAX];
    size_t count;
} import;

static void import_clear(import *in) {
    kfm_keyfile_clear(&in->file);
    kf_buf_clear(&in->subject);
    for (size_t i = 0; i < in->count; i++)
        kfm_object_free(in->objects[i]);
}

static void add_name(struct template *template, const import *in) {
    add_flag(template, CKA_TOKEN, true);
    add(template, CKA_ID, in->id, sizeof(in->id));
    add(template, CKA_LABEL, in->label, strlen(in->label));
}

/* --- the two halves --- */

static CK_RV make_half(import *in, CK_OBJECT_CLASS object_class, const struct template *template) {
    CK_TRY(kfm_object_from_key(in->call, in->file.key, object_class, template->rows,
                               template->count, CK_UNAVAILABLE_INFORMATION,
                               &in->objects[in->count]));
    in->count++;
    return CKR_OK;
}

static CK_RV make_private(import *in) {
    CK_KEY_TYPE type = kf_softkey_type(in->file.key);
    struct template template = {0};
    add_name(&template, in);
    add_flag(&template, CKA_PRIVATE, true);
    add_flag(&template, CKA_SENSITIVE, true);
    add_flag(&template, CKA_EXTRACTABLE, in->exportable);
    add_flag(&template, CKA_SIGN, true);
    add_flag(&template, CKA_DECRYPT, type == CKK_RSA);
    add_flag(&template, CKA_DERIVE, type == CKK_EC);
    if (in->subject.len > 0)
        add(&template, CKA_SUBJECT, in->subject.data, in->subject.len);
    return make_half(in, CKO_PRIVATE_KEY, &template);
}

/* What a template for C_GenerateKeyPair cannot do without. */
static CK_RV add_size(const import *in, kf_buf *value, struct template *template) {
    bool is_rsa = kf_softkey_type(in->file.key) == CKK_RSA;
    CK_ATTRIBUTE_TYPE type = is_rsa ? CKA_MODULUS_BITS : CKA_EC_PARAMS;
    CK_TRY(kf_softkey_public_attribute(in->file.key, type, value));
    add(template, type, value->data, value->len);
    return CKR_OK;
}

static CK_RV make_public(import *in) {
    struct template template = {0};
    KF_AUTO(kf_buf) size = {0};
    add_name(&template, in);
    add_flag(&template, CKA_PRIVATE, false);
    add_flag(&template, CKA_VERIFY, true);
    add_flag(&template, CKA_ENCRYPT, kf_softkey_type(in->file.key) == CKK_RSA);
    CK_TRY(add_size(in, &size, &template));
    if (in->subject.len > 0)
        add(&template, CKA_SUBJECT, in->subject.data, in->subject.len);
    return make_half(in, CKO_PUBLIC_KEY, &template);
}

/* --- certificates --- */

/* What a certificate object says of its certificate. */
typedef struct said {
    kf_buf subject, issuer, serial;
    uint8_t id[ID_LEN];
    char label[LABEL_MAX + 1];
} said;

static void said_clear(said *parts) {
    kf_buf_clear(&parts->subject);
    kf_buf_clear(&parts->issuer);
    kf_buf_clear(&parts->serial);
}

/* A certificate of another key, as of the CA, has an id and a label of its own, or it would be
 * taken for the key's. */
static kf_err name_other(const kf_cert *cert, said *ret_parts) {
    KF_AUTO(kf_buf) spki = {0};
    snprintf(ret_parts->label, sizeof(ret_parts->label), "%s", kf_cert_subject(cert));
    KF_TRY(kf_cert_spki(cert, &spki));
    return kf_spki_identifier(&spki, ret_parts->id);
}

static kf_err read_parts(const import *in, const kf_buf *der, bool is_own, said *ret_parts) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_TRY(kf_cert_parse(der->data, der->len, &cert));
    KF_TRY(kf_cert_subject_der(cert, &ret_parts->subject));
    KF_TRY(kf_cert_issuer_der(cert, &ret_parts->issuer));
    KF_TRY(kf_cert_serial_der(cert, &ret_parts->serial));
    if (!is_own)
        return name_other(cert, ret_parts);
    memcpy(ret_parts->id, in->id, sizeof(in->id));
    snprintf(ret_parts->label, sizeof(ret_parts->label), "%s", in->label);
    return KF_OK;
}

/* CKA_CERTIFICATE_CATEGORY: 1 the token's user, 2 an authority (PKCS#11 2.40, 4.6.3). */
static CK_RV make_certificate(import *in, size_t index) {
    static const CK_OBJECT_CLASS object_class = CKO_CERTIFICATE;
    static const CK_CERTIFICATE_TYPE type = CKC_X_509;
    bool is_own = index < in->file.own_count;
    const CK_ULONG category = is_own ? 1 : 2;
    const kf_buf *der = &in->file.certificates[index];
    struct template template = {0};
    KF_AUTO(said) parts = {0};
    CK_TRY(kfm_rv(read_parts(in, der, is_own, &parts), CKR_DATA_INVALID));
    add(&template, CKA_CLASS, &object_class, sizeof(object_class));
    add(&template, CKA_CERTIFICATE_TYPE, &type, sizeof(type));
    add_flag(&template, CKA_TOKEN, true);
    add_flag(&template, CKA_PRIVATE, false);
    add(&template, CKA_VALUE, der->data, der->len);
    add(&template, CKA_SUBJECT, parts.subject.data, parts.subject.len);
    add(&template, CKA_ISSUER, parts.issuer.data, parts.issuer.len);
    add(&template, CKA_SERIAL_NUMBER, parts.serial.data, parts.serial.len);
    add(&template, CKA_ID, parts.id, sizeof(parts.id));
    add(&template, CKA_LABEL, parts.label, strlen(parts.label));
    add(&template, CKA_CERTIFICATE_CATEGORY, &category, sizeof(category));
    CK_TRY(kfm_object_make(in->call, template.rows, template.count, &in->objects[in->count]));
    in->count++;
    return CKR_OK;
}

/* --- what is there already --- */

static bool has_value(const struct kfm_object *object, CK_ATTRIBUTE_TYPE type, const void *value,
                      size_t len) {
    const uint8_t *own = NULL;
    size_t own_len = 0;
    return kfm_object_get(object, type, &own, &own_len) && own_len == len &&
           memcmp(own, value, len) == 0;
}

/* A public object of this class and value. */
static CK_RV look_for(kfm_call *call, CK_OBJECT_CLASS object_class, CK_ATTRIBUTE_TYPE type,
                      const void *value, size_t len, bool *ret_found) {
    const kfc *container = call->slot->container;
    uint32_t tag = kfc_tag(value, len);
    *ret_found = false;
    for (size_t i = 0; i < kfc_count(container) && !*ret_found; i++) {
        const struct kfc_entry *entry = kfc_at(container, i);
        struct kfm_object *object = NULL;
        if (entry->object_class != object_class || entry->is_private ||
            (type == CKA_ID && entry->id_tag != tag))
            continue;
        CK_TRY(kfm_object_find(call, entry->number, &object));
        *ret_found = has_value(object, type, value, len);
    }
    return CKR_OK;
}

static CK_RV refuse_twice(import *in) {
    bool found = false;
    CK_TRY(look_for(in->call, CKO_PUBLIC_KEY, CKA_ID, in->id, sizeof(in->id), &found));
    if (!found)
        return CKR_OK;
    kf_fail(KF_E_EXISTS, "the key in the file is in this container already");
    return CKR_FUNCTION_FAILED;
}

/* --- all together --- */

static kf_err check_label(const char *label) {
    size_t len = strlen(label);
    if (len == 0 || len > LABEL_MAX)
        return kf_fail(KF_E_INPUT, "a key's label has 1 to %d bytes", LABEL_MAX);
    return KF_OK;
}

static CK_RV prepare(import *in) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    CK_TRY(kf_softkey_identifier(in->file.key, in->id));
    if (in->file.own_count == 0)
        return CKR_OK;
    const kf_buf *der = &in->file.certificates[0];
    kf_err error = kf_cert_parse(der->data, der->len, &cert);
    if (error == KF_OK)
        error = kf_cert_subject_der(cert, &in->subject);
    return kfm_rv(error, CKR_DATA_INVALID);
}

static CK_RV make_objects(import *in) {
    CK_TRY(make_private(in));
    CK_TRY(make_public(in));
    for (size_t i = 0; i < in->file.certificate_count; i++) {
        const kf_buf *der = &in->file.certificates[i];
        bool found = false;
        CK_TRY(look_for(in->call, CKO_CERTIFICATE, CKA_VALUE, der->data, der->len, &found));
        if (!found)
            CK_TRY(make_certificate(in, i));
    }
    return CKR_OK;
}

/* All objects are taken over, whatever comes of it. */
static CK_RV store(import *in) {
    size_t count = in->count;
    in->count = 0;
    return kfm_objects_add(in->call, in->objects, count);
}

static CK_RV may_import(kfm_call *call) {
    CK_TRY(kfm_call_needs_user(call));
    return kfm_call_needs_write(call);
}

unsigned long kfm_import(unsigned long session, const void *file, size_t len,
                         const struct kf_password *file_password, const char *label,
                         bool exportable) {
    KF_AUTO(kfm_call) call = {0};
    KF_AUTO(import) in = {.call = &call, .label = label, .exportable = exportable};
    if (file == NULL || label == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_TRY(kfm_rv(check_label(label), CKR_ARGUMENTS_BAD));
    CK_TRY(kfm_call_begin(session, &call));
    CK_TRY(kfm_call_share(&call));
    CK_TRY(may_import(&call));
    kfm_call_release(&call); /* opening the file may take a second */
    CK_TRY(kfm_rv(kfm_keyfile_read(call.module->arena, file, len, file_password, &in.file),
                  CKR_DATA_INVALID));
    CK_TRY(prepare(&in));
    CK_TRY(kfm_call_alone(&call));
    CK_TRY(may_import(&call));
    CK_TRY(refuse_twice(&in));
    CK_TRY(make_objects(&in));
    return store(&in);
}
