// SPDX-License-Identifier: Apache-2.0
// The fields of TBSCertificate (RFC 5280 4.1) one after the other, up to the key.
#include "x509/glance.h"

#include <time.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "x509/name.h"

KF_DEFINE_AUTO_PTR_WITH(ASN1_TIME, ASN1_TIME_free)

/* One DER value: where it begins, where its contents begin, where it ends. */
struct piece {
    const uint8_t *start, *at, *end;
};

/* The next value from `*at`, of this tag and class. */
static bool next(const uint8_t **at, const uint8_t *end, int tag, int class,
                 struct piece *ret_piece) {
    int found_tag = 0, found_class = 0;
    long len = 0;
    const uint8_t *start = *at, *inside = *at;
    if (start >= end)
        return false;
    int flags = ASN1_get_object(&inside, &len, &found_tag, &found_class, end - start);
    if (flags & 0x81 || found_tag != tag || found_class != class || len > end - inside)
        return false; /* 0x80: broken, 0x01: of unknown length */
    *ret_piece = (struct piece){start, inside, inside + len};
    *at = ret_piece->end;
    return true;
}

static bool next_sequence(const uint8_t **at, const uint8_t *end, struct piece *ret_piece) {
    return next(at, end, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, ret_piece);
}

struct fields {
    struct piece validity, subject, spki;
};

static bool walk(const uint8_t *der, size_t len, struct fields *ret_fields) {
    struct piece certificate, tbs, skipped;
    const uint8_t *at = der;
    if (!next_sequence(&at, der + len, &certificate) || at != der + len)
        return false;
    at = certificate.at;
    if (!next_sequence(&at, certificate.end, &tbs))
        return false;
    at = tbs.at;
    next(&at, tbs.end, 0, V_ASN1_CONTEXT_SPECIFIC, &skipped); /* version, left out in version 1 */
    return next(&at, tbs.end, V_ASN1_INTEGER, V_ASN1_UNIVERSAL, &skipped) && /* serial number */
           next_sequence(&at, tbs.end, &skipped) &&                          /* signature */
           next_sequence(&at, tbs.end, &skipped) &&                          /* issuer */
           next_sequence(&at, tbs.end, &ret_fields->validity) &&
           next_sequence(&at, tbs.end, &ret_fields->subject) &&
           next_sequence(&at, tbs.end, &ret_fields->spki);
}

static bool read_not_after(const struct piece *validity, int64_t *ret_seconds) {
    const uint8_t *at = validity->at;
    KF_AUTO_PTR(ASN1_TIME) before = d2i_ASN1_TIME(NULL, &at, validity->end - at);
    KF_AUTO_PTR(ASN1_TIME) after = before ? d2i_ASN1_TIME(NULL, &at, validity->end - at) : NULL;
    struct tm tm = {0};
    if (after == NULL || ASN1_TIME_to_tm(after, &tm) != 1)
        return false;
    *ret_seconds = (int64_t)timegm(&tm);
    return true;
}

kf_err kf_cert_glance(const uint8_t *der, size_t len, kf_glance *ret_glance) {
    KF_AUTO(kf_glance) glance = {0};
    struct fields fields;
    if (!walk(der, len, &fields) || !read_not_after(&fields.validity, &glance.not_after)) {
        ERR_clear_error();
        return kf_fail(KF_E_INPUT, "it is not a certificate");
    }
    const uint8_t *at = fields.subject.start;
    KF_AUTO_PTR(X509_NAME) name = d2i_X509_NAME(NULL, &at, fields.subject.end - at);
    ERR_clear_error();
    if (name == NULL)
        return kf_fail(KF_E_INPUT, "the certificate's subject is not a name");
    KF_TRY(kf_name_text(name, &glance.subject));
    KF_TRY(
        kf_buf_set(&glance.spki, fields.spki.start, (size_t)(fields.spki.end - fields.spki.start)));
    kf_glance_clear(ret_glance);
    *ret_glance = glance;
    glance = (kf_glance){0};
    return KF_OK;
}

void kf_glance_clear(kf_glance *glance) {
    kf_buf_clear(&glance->spki);
    kf_buf_clear(&glance->subject);
    *glance = (kf_glance){0};
}
