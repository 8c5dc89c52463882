// SPDX-License-Identifier: Apache-2.0
// A request as a document, keyfob.csr/1; the same words as keyfob.certificate/1.
#include <openssl/err.h>

#include "base/text.h"
#include "x509/attribute.h"
#include "x509/csr_parts.h"
#include "x509/extension.h"
#include "x509/extensions.h"
#include "x509/general_name.h"
#include "x509/json.h"

static kf_err set_subject(const kf_csr *csr, json_t *object) {
    json_t *subject = NULL;
    KF_TRY(kf_name_json(X509_REQ_get_subject_name(csr->req), &subject));
    KF_TRY(kf_json_set(object, "subject", subject));
    return kf_json_set(object, "subject_text", json_string(csr->subject));
}

static kf_err set_key(const kf_csr *csr, json_t *object) {
    const EVP_PKEY *key = X509_REQ_get0_pubkey(csr->req);
    enum kf_key_type type = kf_csr_key_type(csr);
    char algorithm[KF_OID_TEXT_MAX];
    const X509_ALGOR *used = NULL;
    X509_REQ_get0_signature(csr->req, NULL, &used);
    int nid = OBJ_obj2nid(used->algorithm);
    kf_oid_text(used->algorithm, algorithm);
    KF_TRY(kf_json_set(object, "key",
                       json_pack("{s:s?, s:s, s:i}", "type",
                                 type == KF_KEY_NONE ? NULL : kf_key_type_name(type), "title",
                                 kf_csr_key_title(csr), "bits", key ? EVP_PKEY_get_bits(key) : 0)));
    KF_TRY(kf_json_set(object, "proven", json_boolean(!csr->unproven)));
    return kf_json_set(object, "signature_algorithm",
                       json_string(nid == NID_undef ? algorithm : OBJ_nid2ln(nid)));
}

/* What the fields above do not show. */
static kf_err set_others(const X509_EXTENSIONS *extensions, json_t *object) {
    static const char *const shown[] = {"2.5.29.15",        "2.5.29.37",
                                        "2.5.29.17",        KF_OID_SID_EXTENSION,
                                        KF_OID_TEMPLATE_V1, KF_OID_TEMPLATE_V2};
    KF_AUTO_PTR(json_t) list = json_array();
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++) {
        X509_EXTENSION *extension = sk_X509_EXTENSION_value(extensions, i);
        char oid[KF_OID_TEXT_MAX];
        bool is_shown = false;
        kf_oid_text(X509_EXTENSION_get_object(extension), oid);
        for (size_t known = 0; known < KF_COUNT(shown); known++)
            is_shown |= kf_str_equal(shown[known], oid);
        if (!is_shown)
            KF_TRY(kf_json_append(list, json_pack("{s:s, s:b}", "oid", oid, "critical",
                                                  X509_EXTENSION_get_critical(extension) != 0)));
    }
    return kf_json_set(object, "other_extensions", KF_MOVE(list));
}

static kf_err set_hash(json_t *object, const char *key, const kf_buf *bytes) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    KF_AUTO(kf_buf) hex = {0};
    if (!EVP_Digest(bytes->data, bytes->len, digest, &len, EVP_sha256(), NULL))
        return kf_fail_openssl(KF_E_CRYPTO, "hashing the request");
    KF_TRY(kf_hex(&hex, digest, len, '\0'));
    return kf_json_set(object, key, json_string(kf_buf_str(&hex)));
}

kf_err kf_csr_json(const kf_csr *csr, json_t **ret_json) {
    KF_AUTO_PTR(X509_EXTENSIONS) extensions = X509_REQ_get_extensions(csr->req);
    KF_AUTO(kf_buf) spki = {0};
    KF_AUTO_PTR(json_t) object = json_pack("{s:s}", "schema", "keyfob.csr/1");
    bool challenge = X509_REQ_get_attr_by_NID(csr->req, NID_pkcs9_challengePassword, -1) >= 0;
    ERR_clear_error();
    KF_TRY(kf_json_ready(object));
    KF_TRY(set_subject(csr, object));
    KF_TRY(set_key(csr, object));
    KF_TRY(kf_extensions_json(extensions, object));
    KF_TRY(set_others(extensions, object));
    KF_TRY(kf_json_set(object, "challenge_password", json_boolean(challenge)));
    KF_TRY(kf_csr_spki(csr, &spki));
    KF_TRY(set_hash(object, "fingerprint_sha256", &csr->der));
    KF_TRY(set_hash(object, "spki_sha256", &spki));
    *ret_json = KF_MOVE(object);
    return KF_OK;
}
