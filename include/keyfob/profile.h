// SPDX-License-Identifier: Apache-2.0
// Request profiles: what kind of certificate is asked for, as a small file.
#pragma once

#include <keyfob/container.h>

typedef struct kf_profile kf_profile;

/* By name: looked for in CONFIG/profiles, the installed profiles, then the build's own.
 * KF_E_NOT_FOUND, KF_E_PROFILE. */
kf_err kf_profile_load(kf_context *context, const char *name, kf_profile **ret_profile);
kf_err kf_profile_parse(const char *text, size_t len, const char *name, kf_profile **ret_profile);
void kf_profile_free(kf_profile *profile);

const char *kf_profile_name(const kf_profile *profile);
const char *kf_profile_title(const kf_profile *profile);
/* Key types that the profile allows; the first one is its default. */
size_t kf_profile_key_count(const kf_profile *profile);
enum kf_key_type kf_profile_key_at(const kf_profile *profile, size_t index);
/* enum kf_key_use of the private key. */
unsigned kf_profile_use(const kf_profile *profile, enum kf_key_type type);
bool kf_profile_always_pin(const kf_profile *profile);
int64_t kf_profile_validity_days(const kf_profile *profile); /* the most that the local CA gives */
bool kf_profile_is_ca(const kf_profile *profile);
/* SHA-256 of the file, lower-case hex: the journal notes which version was used. */
const char *kf_profile_hash(const kf_profile *profile);
/* The file's text, which kf_profile_parse() takes. */
const char *kf_profile_text(const kf_profile *profile);
/* keyfob.profile/1 */
kf_err kf_profile_json(const kf_profile *profile, struct json_t **ret_json);
/* All that can be found: array of {name, title, path}. Broken ones are there with their error. */
kf_err kf_profiles_json(kf_context *context, struct json_t **ret_json);
/* The text of a commented profile to start from. */
const char *kf_profile_example(void);
