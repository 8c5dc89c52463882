// SPDX-License-Identifier: Apache-2.0
// Microsoft's security identifier extension (MS-WCCE 2.2.2.7.7.4).
#include <openssl/err.h>
#include <string.h>

#include "x509/attribute.h"
#include "x509/der.h"
#include "x509/extension.h"
#include "x509/general_name.h"
#include "x509/name.h"

/* GeneralNames with one otherName whose value is [0] EXPLICIT OCTET STRING of the SID's ASCII. */
kf_err kf_sid_extension(const char *sid, X509_EXTENSION **ret_extension) {
    KF_TRY(kf_check_sid(sid));
    KF_AUTO(kf_buf) text = {0}, der = {0};
    KF_TRY(kf_der_add(&text, KF_DER_OCTETS, sid, strlen(sid)));
    KF_TRY(kf_der_add_oid(&der, KF_OID_SID_NAME));
    KF_TRY(kf_der_add(&der, KF_DER_EXPLICIT_0, text.data, text.len));
    KF_TRY(kf_der_wrap(&der, KF_DER_EXPLICIT_0)); /* otherName is [0] IMPLICIT */
    KF_TRY(kf_der_wrap(&der, KF_DER_SEQUENCE));
    return kf_extension_make(KF_OID_SID_EXTENSION, &der, ret_extension);
}

static const ASN1_OCTET_STRING *find_sid(const GENERAL_NAMES *names) {
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int tag = 0;
        const OTHERNAME *other = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &tag);
        if (tag == GEN_OTHERNAME && other->value && other->value->type == V_ASN1_OCTET_STRING &&
            kf_oid_is(other->type_id, KF_OID_SID_NAME))
            return other->value->value.octet_string;
    }
    return NULL;
}

kf_err kf_sid_from(const X509_EXTENSION *extension, kf_buf *ret_sid) {
    X509_EXTENSION *mutable =
        (X509_EXTENSION *)extension; /* the getters of OpenSSL 3.0 lack const */
    if (!extension || !kf_oid_is(X509_EXTENSION_get_object(mutable), KF_OID_SID_EXTENSION))
        return kf_fail(KF_E_NOT_FOUND, "there is no security identifier");
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(mutable);
    const uint8_t *start = ASN1_STRING_get0_data(value), *end = start;
    KF_AUTO_PTR(GENERAL_NAMES) names = d2i_GENERAL_NAMES(NULL, &end, ASN1_STRING_length(value));
    ERR_clear_error();
    const ASN1_OCTET_STRING *sid = names ? find_sid(names) : NULL;
    if (!sid || end != start + ASN1_STRING_length(value))
        return kf_fail(KF_E_NOT_FOUND, "the extension holds no security identifier");
    KF_AUTO(kf_buf) text = {0};
    KF_TRY(kf_buf_add(&text, ASN1_STRING_get0_data(sid), (size_t)ASN1_STRING_length(sid)));
    if (memchr(kf_buf_str(&text), '\0', text.len) || kf_check_sid(kf_buf_str(&text)) != KF_OK)
        return kf_fail(KF_E_INPUT, "the security identifier is malformed");
    kf_buf_move(ret_sid, &text);
    return KF_OK;
}
