// SPDX-License-Identifier: Apache-2.0
// A certificate as a document, keyfob.certificate/1.
#include "x509/cert.h"

#include <openssl/err.h>

#include <keyfob/container.h>

#include "base/text.h"
#include "x509/attribute.h"
#include "x509/extensions.h"
#include "x509/json.h"
#include "x509/usage.h"
#include "x509/public_key.h"

KF_DEFINE_AUTO_PTR_WITH(CRL_DIST_POINTS, CRL_DIST_POINTS_free)
KF_DEFINE_AUTO_PTR_WITH(AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free)

static kf_err set_names(const kf_cert *cert, json_t *object) {
    const X509 *x509 = kf_cert_x509(cert);
    json_t *subject = NULL, *issuer = NULL;
    KF_TRY(kf_name_json(X509_get_subject_name(x509), &subject));
    KF_TRY(kf_json_set(object, "subject", subject));
    KF_TRY(kf_json_set(object, "subject_text", json_string(kf_cert_subject(cert))));
    KF_TRY(kf_name_json(X509_get_issuer_name(x509), &issuer));
    KF_TRY(kf_json_set(object, "issuer", issuer));
    return kf_json_set(object, "issuer_text", json_string(kf_cert_issuer(cert)));
}

static kf_err set_validity(const kf_cert *cert, json_t *object) {
    char from[21], to[21];
    kf_time_text(kf_cert_not_before(cert), from);
    kf_time_text(kf_cert_not_after(cert), to);
    KF_TRY(kf_json_set(object, "serial", json_string(kf_cert_serial(cert))));
    KF_TRY(kf_json_set(object, "not_before", json_string(from)));
    return kf_json_set(object, "not_after", json_string(to));
}

static kf_err set_key(const kf_cert *cert, json_t *object) {
    const X509 *x509 = kf_cert_x509(cert);
    char algorithm[KF_OID_TEXT_MAX];
    int nid = X509_get_signature_nid(x509);
    const X509_ALGOR *used = X509_get0_tbs_sigalg(x509);
    kf_oid_text(used->algorithm, algorithm);
    enum kf_key_type type = kf_public_key_kind(X509_get_X509_PUBKEY(x509), NULL);
    ERR_clear_error();
    KF_TRY(kf_json_set(object, "key",
                       json_pack("{s:s?, s:s}", "type",
                                 type == KF_KEY_NONE ? NULL : kf_key_type_name(type), "title",
                                 kf_cert_key_title(cert))));
    return kf_json_set(object, "signature_algorithm",
                       json_string(nid == NID_undef ? algorithm : OBJ_nid2ln(nid)));
}

static kf_err escaped_url(const GENERAL_NAME *name, kf_buf *ret_url) {
    if (!name || name->type != GEN_URI)
        return KF_OK;
    const ASN1_STRING *uri = name->d.uniformResourceIdentifier;
    return kf_text_escape(ret_url, (const char *)ASN1_STRING_get0_data(uri),
                          (size_t)ASN1_STRING_length(uri));
}

static kf_err add_crl_urls(json_t *list, const DIST_POINT *point) {
    if (!point->distpoint || point->distpoint->type != 0)
        return KF_OK;
    const GENERAL_NAMES *names = point->distpoint->name.fullname;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        KF_AUTO(kf_buf) url = {0};
        KF_TRY(escaped_url(sk_GENERAL_NAME_value(names, i), &url));
        if (url.len)
            KF_TRY(kf_json_append(list, json_string(kf_buf_str(&url))));
    }
    return KF_OK;
}

static kf_err set_crl_urls(const X509 *x509, json_t *object) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_AUTO_PTR(CRL_DIST_POINTS)
    points = X509_get_ext_d2i(x509, NID_crl_distribution_points, NULL, NULL);
    ERR_clear_error();
    for (int i = 0; i < sk_DIST_POINT_num(points); i++)
        KF_TRY(add_crl_urls(list, sk_DIST_POINT_value(points, i)));
    return kf_json_set(object, "crl_urls", KF_MOVE(list));
}

static kf_err set_aia(const X509 *x509, json_t *object) {
    KF_AUTO_PTR(json_t) list = json_array();
    KF_AUTO_PTR(AUTHORITY_INFO_ACCESS) places = X509_get_ext_d2i(x509, NID_info_access, NULL, NULL);
    ERR_clear_error();
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(places); i++) {
        const ACCESS_DESCRIPTION *place = sk_ACCESS_DESCRIPTION_value(places, i);
        char oid[KF_OID_TEXT_MAX];
        kf_oid_text(place->method, oid);
        const char *name = kf_extended_usage_name(place->method);
        KF_AUTO(kf_buf) url = {0};
        KF_TRY(escaped_url(place->location, &url));
        if (url.len)
            KF_TRY(kf_json_append(list, json_pack("{s:s, s:s}", "method", name ? name : oid, "url",
                                                  kf_buf_str(&url))));
    }
    return kf_json_set(object, "aia", KF_MOVE(list));
}

static kf_err set_fingerprints(const kf_cert *cert, json_t *object) {
    KF_AUTO(kf_buf) spki = {0}, hex = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    KF_TRY(kf_cert_spki(cert, &spki));
    if (!EVP_Digest(spki.data, spki.len, digest, &len, EVP_sha256(), NULL))
        return kf_fail_openssl(KF_E_CRYPTO, "hashing the public key");
    KF_TRY(kf_hex(&hex, digest, len, 0));
    KF_TRY(kf_json_set(object, "fingerprint_sha256", json_string(kf_cert_fingerprint(cert))));
    return kf_json_set(object, "spki_sha256", json_string(kf_buf_str(&hex)));
}

kf_err kf_cert_json(const kf_cert *cert, json_t **ret_json) {
    const X509 *x509 = kf_cert_x509(cert);
    const X509_EXTENSIONS *extensions = X509_get0_extensions(x509);
    KF_AUTO_PTR(json_t) object = json_pack("{s:s}", "schema", "keyfob.certificate/1");
    KF_TRY(kf_json_ready(object));
    KF_TRY(set_names(cert, object));
    KF_TRY(set_validity(cert, object));
    KF_TRY(set_key(cert, object));
    KF_TRY(kf_json_set(object, "is_ca", json_boolean(kf_cert_is_ca(cert))));
    KF_TRY(kf_extensions_json(extensions, object));
    KF_TRY(set_crl_urls(x509, object));
    KF_TRY(set_aia(x509, object));
    KF_TRY(set_fingerprints(cert, object));
    *ret_json = KF_MOVE(object);
    return KF_OK;
}
