// SPDX-License-Identifier: Apache-2.0
// Where a CryptoPro UC 2.0 service is: one address in any of the forms that people are given.
#pragma once

#include <keyfob/error.h>

#define KF_CP_PATH_MAX   512
#define KF_CP_ORIGIN_MAX 300

typedef struct kf_cp_address {
    char origin[KF_CP_ORIGIN_MAX]; /* "https://ca.example.org" */
    char root[KF_CP_PATH_MAX];     /* "/ui/api" */
    char base[KF_CP_PATH_MAX];     /* "/ui/api/FOLDER"; the same as `root` without a folder */
    char root2[KF_CP_PATH_MAX];    /* "/ui/2/api", for signing in with a certificate */
    char folder[37];               /* id of the registration authority's folder, or "" */
} kf_cp_address;

/* ".../ui", ".../ui/FOLDER", ".../ui/api", ".../ui/api/FOLDER", ".../ui/2/api/FOLDER", with or
 * without "https://", slashes at the end, braces around the id, in any case. KF_E_USAGE. */
kf_err kf_cp_address_parse(const char *text, kf_cp_address *ret_address);
