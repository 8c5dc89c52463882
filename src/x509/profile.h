// SPDX-License-Identifier: Apache-2.0
// What the rooms ask of a profile beyond the public header: its rules on names, and its text.
#pragma once

#include "x509/name.h"

#define KF_PROFILE_NAME_MAX 64

/* A profile's name has a-z, 0-9 and "-", never a path. KF_E_USAGE. */
kf_err kf_profile_name_check(const char *name);
/* May a request hold such a name? `profile` NULL: any. */
bool kf_profile_allows_san(const kf_profile *profile, enum kf_san_kind kind);
/* Does the profile want nothing but subject and alternative names sent to this connector? Then the
 * request is built with no profile (kf_csr_spec.profile = NULL). */
bool kf_profile_sends_minimal(const kf_profile *profile, const char *connector);
const char *kf_profile_template_name(const kf_profile *profile); /* NULL when there is none */
const char *kf_profile_template_oid(const kf_profile *profile);
/* Key usages (KU_...) for a kind of key. */
uint32_t kf_profile_key_usage(const kf_profile *profile, enum kf_key_type type);
bool kf_profile_has_extended(const kf_profile *profile, const char *oid);
/* Are the subject and the names what the profile requires and allows? KF_E_USAGE when something is
 * missing, KF_E_POLICY when something is not allowed. */
kf_err kf_profile_check_names(const kf_profile *profile, const X509_NAME *subject,
                              const struct kf_san *sans, size_t count);
