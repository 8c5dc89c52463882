// SPDX-License-Identifier: Apache-2.0
// The reasons for revoking a certificate, RFC 5280 5.3.1.
#include <keyfob/renew.h>

#include <ctype.h>

#include "base/buf.h"

/* 7 is not used, and removeFromCRL (8) is for delta CRLs. */
static const struct {
    const char *name;
    int number;
} reasons[] = {
    {"unspecified", 0},        {"keyCompromise", 1},      {"cACompromise", 2},
    {"affiliationChanged", 3}, {"superseded", 4},         {"cessationOfOperation", 5},
    {"certificateHold", 6},    {"privilegeWithdrawn", 9}, {"aACompromise", 10},
};

static char next_letter(const char **text) {
    while (**text == '-' || **text == '_')
        (*text)++;
    return **text ? (char)tolower((unsigned char)*(*text)++) : '\0';
}

static bool same_word(const char *a, const char *b) {
    char letter;
    do {
        letter = next_letter(&a);
        if (letter != next_letter(&b))
            return false;
    } while (letter);
    return true;
}

kf_err kf_revocation_reason_parse(const char *text, int *ret_reason) {
    KF_AUTO(kf_buf) known = {0};
    for (size_t i = 0; i < KF_COUNT(reasons); i++) {
        if (text && same_word(reasons[i].name, text)) {
            *ret_reason = reasons[i].number;
            return KF_OK;
        }
        KF_TRY(kf_buf_printf(&known, "%s%s", i ? ", " : "", reasons[i].name));
    }
    return kf_fail(KF_E_USAGE, "\"%s\" is not a reason to revoke: use %s", text ? text : "",
                   kf_buf_str(&known));
}

const char *kf_revocation_reason_name(int reason) {
    for (size_t i = 0; i < KF_COUNT(reasons); i++) {
        if (reasons[i].number == reason)
            return reasons[i].name;
    }
    return NULL;
}
