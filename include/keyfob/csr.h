// SPDX-License-Identifier: Apache-2.0
// Certificate signing requests (PKCS#10, RFC 2986).
#pragma once

#include <keyfob/profile.h>

typedef struct kf_csr kf_csr; /* a parsed request whose own signature was verified, see below */

#define KF_CSR_FILE_MAX ((size_t)64 * 1024)
#define KF_SAN_MAX      64

/* One subject alternative name; written on the command line as KIND:VALUE, such as
 * "email:anna@example.org". */
enum kf_san_kind {
    KF_SAN_EMAIL, /* rfc822Name; a mailbox with non-ASCII local part becomes SmtpUTF8Mailbox (RFC
                     9598) */
    KF_SAN_DNS,
    KF_SAN_IP,
    KF_SAN_URI,
    KF_SAN_UPN,      /* otherName 1.3.6.1.4.1.311.20.2.3 */
    KF_SAN_KERBEROS, /* otherName 1.3.6.1.5.2.2, KRB5PrincipalName (RFC 4556), "user@REALM" */
    KF_SAN_SID,      /* the Microsoft security identifier: becomes the SID extension */
    KF_SAN_OTHER     /* "OID;UTF8:text" or "OID;DER:hex" */
};
struct kf_san {
    enum kf_san_kind kind;
    const char *value; /* UTF-8 */
};
/* "email:a@b" to its parts; `value` points into `text`. KF_E_USAGE that lists the kinds. */
kf_err kf_san_parse(const char *text, struct kf_san *ret_san);

/* What goes into a request, besides the profile's key usages. */
struct kf_csr_spec {
    const char
        *subject; /* RFC 4514, UTF-8, such as "CN=Anna,O=Example"; may be "" when there is a SAN */
    const struct kf_san *sans;
    size_t san_count;
    const kf_profile *profile; /* NULL: no extensions but the SANs */
    const char *hash;          /* "sha256" (default), "sha384", "sha512"; ignored for Ed25519 */
    bool rsa_pss;
    const char *template_name; /* Microsoft template v1 name; NULL = the profile's or none */
    const char *template_oid;  /* Microsoft template v2 "OID[:major[:minor]]"; NULL = the profile's
                                  or none */
    const char *challenge;     /* challengePassword attribute (RFC 2985 5.4.1) or NULL */
};
/* A subject as its parts: [{oid, name, value}], most specific first as in the text. KF_E_USAGE. */
kf_err kf_subject_json(const char *subject, struct json_t **ret_json);
/* Are subject, names and template well formed? Before a key is made. */
kf_err kf_csr_spec_check(const struct kf_csr_spec *spec);

/* PEM with either label ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"), bare base64, or DER.
 * Proof of possession is verified. */
kf_err kf_csr_read(const uint8_t *data, size_t len, kf_csr **ret_csr);
void kf_csr_free(kf_csr *csr);
const uint8_t *kf_csr_der(const kf_csr *csr, size_t *ret_len);
const char *kf_csr_subject(const kf_csr *csr);
/* Was its own signature verified? Always, but for keys that OpenSSL does not know (GOST R 34.10).
 */
bool kf_csr_is_proven(const kf_csr *csr);
/* keyfob.csr/1 */
kf_err kf_csr_json(const kf_csr *csr, struct json_t **ret_json);

/* What a CA is likely to mind or ignore: keyfob.lint/1,
 * {"items":[{"level":"error|warning|note","text"}]}. `profile` may be NULL. `ret_worst` counts: 0
 * clean, 1 notes, 2 warnings, 3 errors. */
kf_err kf_csr_lint(const kf_csr *csr, const kf_profile *profile, struct json_t **ret_json,
                   int *ret_worst);

enum kf_csr_format { KF_CSR_PEM, KF_CSR_PEM_NEW, KF_CSR_DER };

/* A request made and signed on a token for a key that is there (csr create): `container` by label
 * or id. */
struct kf_csr_order {
    const char *token, *container;
    struct kf_csr_spec spec;
};
kf_err kf_csr_create(kf_context *context, const struct kf_csr_order *order, kf_csr **ret_csr);
/* The file's bytes, malloc'ed; free() them. */
kf_err kf_csr_export(const kf_csr *csr, enum kf_csr_format format, uint8_t **ret_data,
                     size_t *ret_len);
