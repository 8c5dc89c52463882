// SPDX-License-Identifier: Apache-2.0
// A profile's parts; only the files profile*.c include it.
#pragma once

#include "x509/attribute.h"
#include "x509/general_name.h"
#include "x509/profile.h"

enum kf_rule { KF_RULE_OPTIONAL, KF_RULE_REQUIRED, KF_RULE_NO };
enum kf_pin_rule { KF_PIN_ONCE, KF_PIN_ALWAYS, KF_PIN_NEVER };

#define KF_PROFILE_KEYS_MAX     16
#define KF_PROFILE_EXTENDED_MAX 16
#define KF_PROFILE_SUBJECT_MAX  32
#define KF_PROFILE_SEND_MAX     16

struct kf_subject_rule {
    const struct kf_attribute *attribute;
    enum kf_rule rule;
};
struct kf_send_rule {
    char connector[32];
    bool minimal;
};

struct kf_profile {
    char name[KF_PROFILE_NAME_MAX + 1];
    char hash[65];
    char *title, *text;
    enum kf_key_type keys[KF_PROFILE_KEYS_MAX];
    size_t key_count;
    int64_t validity_days;
    enum kf_pin_rule pin;
    bool ca;
    int64_t path_length;                 /* -1: none */
    uint32_t usage, usage_rsa, usage_ec; /* KU_... */
    char extended[KF_PROFILE_EXTENDED_MAX][KF_OID_TEXT_MAX];
    size_t extended_count;
    bool extended_critical;
    enum kf_rule names[KF_SAN_KINDS];
    struct kf_subject_rule subject[KF_PROFILE_SUBJECT_MAX];
    size_t subject_count;
    const struct kf_attribute *allowed[KF_PROFILE_SUBJECT_MAX]; /* none: any */
    size_t allowed_count;
    char *template_name, *template_oid;
    struct kf_send_rule send[KF_PROFILE_SEND_MAX];
    size_t send_count;
};

/* "required" and so on; these are in the order of the enums. */
extern const char *const kf_rule_words[3], *const kf_pin_rule_words[3];
