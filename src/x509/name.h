// SPDX-License-Identifier: Apache-2.0
// Distinguished names and general names: text in, DER out, and back for display. Only this room
// includes it.
#pragma once

#include <jansson.h>
#include <openssl/x509v3.h>

#include "x509/csr.h"

KF_DEFINE_AUTO_PTR_WITH(X509, X509_free)
KF_DEFINE_AUTO_PTR_WITH(X509_REQ, X509_REQ_free)
KF_DEFINE_AUTO_PTR_WITH(X509_NAME, X509_NAME_free)
KF_DEFINE_AUTO_PTR_WITH(X509_EXTENSION, X509_EXTENSION_free)
KF_DEFINE_AUTO_PTR_WITH(GENERAL_NAMES, GENERAL_NAMES_free)

/* RFC 4514 text ("CN=Anna\, the first+UID=7,O=Example") to a name: UTF8String, but PrintableString
 * for C and serialNumber, IA5String for DC and emailAddress, NumericString for INN, SNILS, OGRN.
 * Attribute types by short name, long name or OID; unknown ones are KF_E_USAGE. "" gives an empty
 * name. The text is most specific first, the DER the other way round (RFC 4514 2.1). */
kf_err kf_name_parse(const char *text, X509_NAME **ret_name);
/* Back to RFC 4514 text, UTF-8, escaped for display. */
kf_err kf_name_text(const X509_NAME *name, kf_buf *ret_text);
/* [{"oid":"2.5.4.3","name":"CN","value":"..."}] in the order of the text. */
kf_err kf_name_json(const X509_NAME *name, json_t **ret_json);

/* General names built in code, never from a configuration string. KF_SAN_SID is not among them (it
 * is an extension). */
kf_err kf_general_names_build(const struct kf_san *sans, size_t count, GENERAL_NAMES **ret_names);
/* [{"kind":"email","value":"..."}]; otherNames that are not known show "OID;DER:hex". */
kf_err kf_general_names_json(const GENERAL_NAMES *names, json_t **ret_json);
/* The Microsoft SID extension 1.3.6.1.4.1.311.25.2, and its text back (KF_E_NOT_FOUND when there is
 * none). */
kf_err kf_sid_extension(const char *sid, X509_EXTENSION **ret_extension);
kf_err kf_sid_from(const X509_EXTENSION *extension, kf_buf *ret_sid);

/* Make the extensions that a profile asks for (KU critical, EKU, and basicConstraints for a CA
 * profile) and add them to `list`. */
kf_err kf_profile_extensions(const kf_profile *profile, enum kf_key_type type,
                             STACK_OF(X509_EXTENSION) * *list);

/* The parsed request and certificate inside the opaque ones. */
X509_REQ *kf_csr_x509(const kf_csr *csr);
X509 *kf_cert_x509(const kf_cert *cert);
/* A kf_cert that takes `x509` over, also on failure. */
kf_err kf_cert_from_x509(X509 *x509, kf_cert **ret_cert);
/* "P-256", "RSA 2048", "Ed25519" of a public key; and its type (KF_KEY_NONE when it is another
 * kind). */
const char *kf_public_key_title(const EVP_PKEY *key);
enum kf_key_type kf_public_key_type(const EVP_PKEY *key);
/* Translate OpenSSL's error queue: "doing: reason"; empties the queue. */
kf_err kf_fail_openssl(kf_err code, const char *doing);
