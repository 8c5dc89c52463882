// SPDX-License-Identifier: Apache-2.0
// Keys of GOST R 34.10-2012: how they stand in certificates and requests (RFC 9215).
#include "x509/gost_parts.h"

#include <string.h>

#include "x509/cert.h"
#include "x509/der.h"
#include "x509/name.h"

/* One row a length of key. */
static const struct kf_gost_kind kinds[] = {
    {.type = KF_KEY_GOST_256,
     .half = 32,
     .algorithm = "1.2.643.7.1.1.1.1",
     .signature = "1.2.643.7.1.1.3.2",
     .digest = "1.2.643.7.1.1.2.2",
     .curve = "1.2.643.2.2.35.1",
     .names_digest = true},
    {.type = KF_KEY_GOST_512,
     .half = 64,
     .algorithm = "1.2.643.7.1.1.1.2",
     .signature = "1.2.643.7.1.1.3.3",
     .digest = "1.2.643.7.1.1.2.3",
     .curve = "1.2.643.7.1.2.1.2.1"},
};

static const struct kf_gost_kind *kind_of(enum kf_key_type type) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        if (kinds[i].type == type)
            return &kinds[i];
    return NULL;
}

size_t kf_gost_digest_len(enum kf_key_type type) {
    const struct kf_gost_kind *kind = kind_of(type);
    return kind ? kind->half : 0;
}

/* --- SubjectPublicKeyInfo --- */

bool kf_gost_is_oid(const struct kf_der_view *content, const char *dotted) {
    KF_AUTO(kf_buf) der = {0};
    return kf_der_add_oid(&der, dotted) == KF_OK && der.len == content->len + 2 &&
           memcmp(der.data + 2, content->data, content->len) == 0;
}

static const struct kf_gost_kind *kind_of_algorithm(const struct kf_der_view *oid) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        if (kf_gost_is_oid(oid, kinds[i].algorithm))
            return &kinds[i];
    return NULL;
}

/* SEQUENCE { SEQUENCE { algorithm, SEQUENCE { curve, hash? } }, BIT STRING { OCTET STRING } } */
bool kf_gost_parse(const uint8_t *spki, size_t len, struct kf_gost_public *ret_public) {
    struct kf_der_view rest = {spki, len}, all, algorithm, oid, params, bits, octets;
    struct kf_gost_public public = {0};
    if (!kf_der_take(&rest, KF_DER_SEQUENCE, &all) || rest.len ||
        !kf_der_take(&all, KF_DER_SEQUENCE, &algorithm) ||
        !kf_der_take(&algorithm, KF_DER_OID, &oid))
        return false;
    public.kind = kind_of_algorithm(&oid);
    if (!public.kind || !kf_der_take(&algorithm, KF_DER_SEQUENCE, &params) ||
        !kf_der_take(&params, KF_DER_OID, &public.curve) ||
        !kf_der_take(&all, KF_DER_BITS, &bits) || all.len || bits.len < 1 || bits.data[0] != 0)
        return false;
    octets = (struct kf_der_view){bits.data + 1, bits.len - 1};
    if (!kf_der_take(&octets, KF_DER_OCTETS, &public.value) || octets.len ||
        public.value.len != 2 * public.kind->half)
        return false;
    *ret_public = public;
    return true;
}

enum kf_key_type kf_gost_spki_type(const uint8_t *spki, size_t len) {
    struct kf_gost_public public;
    return kf_gost_parse(spki, len, &public) ? public.kind->type : KF_KEY_NONE;
}

bool kf_gost_same(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len) {
    struct kf_gost_public first, second;
    return kf_gost_parse(a, a_len, &first) && kf_gost_parse(b, b_len, &second) &&
           first.kind == second.kind && first.curve.len == second.curve.len &&
           memcmp(first.curve.data, second.curve.data, first.curve.len) == 0 &&
           memcmp(first.value.data, second.value.data, first.value.len) == 0;
}

static kf_err add_algorithm(const struct kf_gost_kind *kind, kf_buf *der) {
    KF_AUTO(kf_buf) params = {0};
    KF_AUTO(kf_buf) both = {0};
    KF_TRY(kf_der_add_oid(&params, kind->curve));
    if (kind->names_digest)
        KF_TRY(kf_der_add_oid(&params, kind->digest));
    KF_TRY(kf_der_add_oid(&both, kind->algorithm));
    KF_TRY(kf_der_add(&both, KF_DER_SEQUENCE, params.data, params.len));
    return kf_der_add(der, KF_DER_SEQUENCE, both.data, both.len);
}

kf_err kf_gost_spki(enum kf_key_type type, const uint8_t *value, size_t len, kf_buf *ret_spki) {
    const struct kf_gost_kind *kind = kind_of(type);
    KF_AUTO(kf_buf) bits = {0};
    KF_AUTO(kf_buf) spki = {0};
    struct kf_gost_public public;
    if (!kind || len != 2 * kind->half)
        return kf_fail(KF_E_TOKEN_ERROR, "the token gave a public key of %zu bytes", len);
    KF_TRY(add_algorithm(kind, &spki));
    KF_TRY(kf_buf_add(&bits, "", 1));
    KF_TRY(kf_der_add(&bits, KF_DER_OCTETS, value, len));
    KF_TRY(kf_der_add(&spki, KF_DER_BITS, bits.data, bits.len));
    KF_TRY(kf_der_wrap(&spki, KF_DER_SEQUENCE));
    if (!kf_gost_parse(spki.data, spki.len, &public) || !kf_gost_on_curve(&public))
        return kf_fail(KF_E_KEY_WEAK, "the token made a weak key: its point is not on its curve");
    kf_buf_move(ret_spki, &spki);
    return KF_OK;
}

/* --- algorithms --- */

ASN1_OBJECT *kf_gost_signature_algorithm(enum kf_key_type type) {
    const struct kf_gost_kind *kind = kind_of(type);
    return kind ? OBJ_txt2obj(kind->signature, 1) : NULL;
}

enum kf_key_type kf_gost_signature_type(const X509_ALGOR *algorithm) {
    const ASN1_OBJECT *object = NULL;
    char dotted[64] = "";
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    OBJ_obj2txt(dotted, sizeof dotted, object, 1);
    for (size_t i = 0; i < KF_COUNT(kinds); i++)
        if (strcmp(kinds[i].signature, dotted) == 0)
            return kinds[i].type;
    return KF_KEY_NONE;
}

/* TBSCertificate as it was signed: the first element, with its header. */
static bool find_signed(const kf_cert *cert, struct kf_gost_signed *parts) {
    struct kf_der_view rest = {0}, all, tbs;
    rest.data = kf_cert_der(cert, &rest.len);
    if (!kf_der_take(&rest, KF_DER_SEQUENCE, &all))
        return false;
    parts->data = all.data;
    if (!kf_der_take(&all, KF_DER_SEQUENCE, &tbs))
        return false;
    parts->len = (size_t)(tbs.data + tbs.len - parts->data);
    return true;
}

bool kf_cert_gost(const kf_cert *cert, struct kf_gost_signed *ret_signed) {
    struct kf_gost_signed parts = {0};
    const ASN1_BIT_STRING *bits = NULL;
    const X509_ALGOR *algorithm = NULL;
    X509_get0_signature(&bits, &algorithm, kf_cert_x509(cert));
    parts.type = kf_gost_signature_type(algorithm);
    if (parts.type == KF_KEY_NONE || !find_signed(cert, &parts))
        return false;
    parts.signature = ASN1_STRING_get0_data(bits);
    parts.signature_len = (size_t)ASN1_STRING_length(bits);
    *ret_signed = parts;
    return true;
}
