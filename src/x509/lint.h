// SPDX-License-Identifier: Apache-2.0
// A request under the lint; only the files lint*.c include it.
#pragma once

#include "x509/csr_parts.h"
#include "x509/general_name.h"
#include "x509/usage.h"

#define KF_OID_SERVER_AUTH      "1.3.6.1.5.5.7.3.1"
#define KF_OID_CLIENT_AUTH      "1.3.6.1.5.5.7.3.2"
#define KF_OID_EMAIL_PROTECTION "1.3.6.1.5.5.7.3.4"
#define KF_OID_SMARTCARD_LOGON  "1.3.6.1.4.1.311.20.2.2"
#define KF_OID_PKINIT_CLIENT    "1.3.6.1.5.2.3.4"

/* `ret_worst` of kf_csr_lint() */
enum kf_lint_level { KF_LINT_NOTE = 1, KF_LINT_WARNING, KF_LINT_ERROR };

struct kf_lint {
    const kf_csr *csr;
    const kf_profile *profile; /* may be NULL */
    const EVP_PKEY *key;
    X509_EXTENSIONS *extensions;
    kf_usages usages;
    json_t *names; /* as kf_general_names_json() gives them */
    json_t *items;
    int worst;
};

__attribute__((format(printf, 3, 4))) kf_err kf_lint_say(struct kf_lint *lint,
                                                         enum kf_lint_level level,
                                                         const char *format, ...);
bool kf_lint_has_extended(const struct kf_lint *lint, const char *oid);
bool kf_lint_has_kind(const struct kf_lint *lint, enum kf_san_kind kind);
/* "kind" or "value" of an alternative name. */
const char *kf_lint_name_part(const struct kf_lint *lint, size_t index, const char *part);

/* The checks: each says what it found. */
kf_err kf_lint_key(struct kf_lint *lint);
kf_err kf_lint_signature(struct kf_lint *lint);
kf_err kf_lint_usages(struct kf_lint *lint);
kf_err kf_lint_ca(struct kf_lint *lint);
kf_err kf_lint_subject(struct kf_lint *lint);
kf_err kf_lint_names(struct kf_lint *lint);
kf_err kf_lint_purpose(struct kf_lint *lint);
kf_err kf_lint_extensions(struct kf_lint *lint);
kf_err kf_lint_unusual(struct kf_lint *lint);
kf_err kf_lint_microsoft(struct kf_lint *lint);
kf_err kf_lint_challenge(struct kf_lint *lint);
kf_err kf_lint_profile(struct kf_lint *lint);
