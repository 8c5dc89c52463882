// SPDX-License-Identifier: Apache-2.0
// Key usages and extended key usages (RFC 5280 4.2.1.3, 4.2.1.12), and how one set differs from
// another.
#pragma once

#include "x509/name.h"

KF_DEFINE_AUTO_PTR_WITH(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)

typedef struct kf_usages {
    bool has_bits;            /* is there a key usage extension at all */
    uint32_t bits;            /* KU_... of openssl/x509v3.h */
    EXTENDED_KEY_USAGE *list; /* NULL when there is no such extension */
} kf_usages;
void kf_usages_clear(kf_usages *usages);

/* From the extensions of a certificate, a request or a profile. KF_E_INPUT when one is damaged or
 * there twice. */
kf_err kf_usages_read(const X509_EXTENSIONS *extensions, kf_usages *ret_usages);

/* Names ("digitalSignature, keyAgreement") of the key usages in `a` that are not in `b`; "" when
 * there are none. */
kf_err kf_usages_bits_less(const kf_usages *a, const kf_usages *b, kf_buf *ret_names);
/* The same for extended key usages ("clientAuth, 1.2.3"). */
kf_err kf_usages_list_less(const kf_usages *a, const kf_usages *b, kf_buf *ret_names);

/* "digitalSignature" of one bit by its index in a table of nine; NULL after the last. */
const char *kf_key_usage_at(size_t index, uint32_t *ret_bit);
/* OpenSSL's short name ("clientAuth") or NULL. */
const char *kf_extended_usage_name(const ASN1_OBJECT *oid);
