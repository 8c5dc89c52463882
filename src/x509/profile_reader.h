// SPDX-License-Identifier: Apache-2.0
// Reading one line of a profile; profile_parse.c and profile_usage.c share it.
#pragma once

#include "base/ini.h"
#include "x509/profile_rules.h"

struct kf_profile_reader {
    kf_profile *profile;
    const char *file;                 /* for sentences */
    const struct kf_ini_entry *entry; /* the present line */
};

/* KF_E_PROFILE: file, line, the word, and why it is wrong. */
kf_err kf_profile_bad(const struct kf_profile_reader *reader, const char *word, const char *why);
/* Calls `take` for each word of the value. */
kf_err kf_profile_each_word(const struct kf_profile_reader *reader,
                            kf_err (*take)(const struct kf_profile_reader *, const char *));
/* "yes" or "no" */
kf_err kf_profile_read_bool(const struct kf_profile_reader *reader, bool *ret_value);

kf_err kf_profile_set_usage(const struct kf_profile_reader *reader);
kf_err kf_profile_set_extended(const struct kf_profile_reader *reader);
kf_err kf_profile_set_extended_critical(const struct kf_profile_reader *reader);
