// SPDX-License-Identifier: Apache-2.0
// Subject and names of a request from the options.
#include "names.h"

#include <string.h>

static const struct {
    enum option_id option;
    enum kf_san_kind kind;
} shorthands[] = {{OPT_EMAIL, KF_SAN_EMAIL}, {OPT_DNS, KF_SAN_DNS}, {OPT_UPN, KF_SAN_UPN}};

/* False when the option is none of the names. */
static kf_err read_name(const struct given *given, struct kf_san *ret_san, bool *ret_found) {
    *ret_found = true;
    if (given->option == OPT_SAN)
        return kf_san_parse(given->value, ret_san);
    for (size_t i = 0; i < KF_COUNT(shorthands); i++) {
        if (shorthands[i].option != given->option)
            continue;
        *ret_san = (struct kf_san){.kind = shorthands[i].kind, .value = given->value};
        return KF_OK;
    }
    *ret_found = false;
    return KF_OK;
}

kf_err names_read(const struct run *run, struct names *ret_names) {
    size_t count = 0;
    for (size_t i = 0; i < run->line->given_count; i++) {
        struct kf_san san;
        bool found = false;
        KF_TRY(read_name(&run->line->given[i], &san, &found));
        if (found && count == KF_SAN_MAX)
            return kf_fail(KF_E_USAGE, "there are more than %d names", KF_SAN_MAX);
        if (found)
            ret_names->sans[count++] = san;
    }
    ret_names->spec = (struct kf_csr_spec){
        .subject = run_option(run, OPT_SUBJECT),
        .sans = ret_names->sans,
        .san_count = count,
        .hash = run_option(run, OPT_HASH),
        .rsa_pss = run_has(run, OPT_PSS),
        .template_name = run_option(run, OPT_TEMPLATE_NAME),
        .template_oid = run_option(run, OPT_TEMPLATE_OID),
    };
    return KF_OK;
}

kf_err names_common(const char *text, kf_buf *ret_subject) {
    KF_TRY(kf_buf_add_str(ret_subject, "CN="));
    for (const char *at = text; *at; at++) {
        bool edge = (at == text && (*at == ' ' || *at == '#')) || (*at == ' ' && !at[1]);
        if (edge || strchr(",+\"\\<>;=", *at))
            KF_TRY(kf_buf_add_str(ret_subject, "\\"));
        KF_TRY(kf_buf_add(ret_subject, at, 1));
    }
    return KF_OK;
}
