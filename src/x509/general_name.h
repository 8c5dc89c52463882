// SPDX-License-Identifier: Apache-2.0
// The kinds of subject alternative names: words, OIDs, and the checks of each kind's text.
#pragma once

#include <keyfob/csr.h>

#include "base/buf.h"

#define KF_OID_UPN           "1.3.6.1.4.1.311.20.2.3"
#define KF_OID_KERBEROS      "1.3.6.1.5.2.2"     /* id-pkinit-san, RFC 4556 3.2.2 */
#define KF_OID_SMTP_UTF8     "1.3.6.1.5.5.7.8.9" /* id-on-SmtpUTF8Mailbox, RFC 9598 */
#define KF_OID_SID_EXTENSION "1.3.6.1.4.1.311.25.2"
#define KF_OID_SID_NAME      "1.3.6.1.4.1.311.25.2.1"

#define KF_SAN_VALUE_MAX 2048
#define KF_SAN_KINDS     (KF_SAN_OTHER + 1)

/* "email", "dns" ... */
const char *kf_san_word(enum kf_san_kind kind);
/* KF_E_USAGE when there is no such kind. */
kf_err kf_san_kind_parse(const char *word, size_t len, enum kf_san_kind *ret_kind);
/* What a person calls it: "e-mail address". */
const char *kf_san_title(enum kf_san_kind kind);

/* KF_E_USAGE with what is wrong. The check of an e-mail address gives it with a lower-case domain.
 */
kf_err kf_check_email(const char *text, kf_buf *ret_address);
kf_err kf_check_dns(const char *text, kf_buf *ret_name); /* in lower case; may begin with "*." */
kf_err kf_check_uri(const char *text);
/* Does a URI name a Windows account (MS-PKCA 3.1.5.2.1.6)? The SID in it, or NULL. */
const char *kf_uri_sid(const char *uri);
kf_err kf_check_upn(const char *text);
kf_err kf_check_sid(const char *text);

/* KRB5PrincipalName (RFC 4556 3.2.2, RFC 4120 5.2.2) from "user/instance@REALM" and back. */
kf_err kf_kerberos_encode(const char *text, kf_buf *ret_der);
kf_err kf_kerberos_decode(const uint8_t *der, size_t len, kf_buf *ret_text);
