// SPDX-License-Identifier: Apache-2.0
// Quirks of token models.
#include "token/quirks.h"

#include <string.h>

#include "base/text.h"

static const struct {
    const char *model;
    struct kf_quirks quirks;
} table[] = {
    {"YubiKey", {.keep_id = true}},         /* ykcs11: the id is the slot's number */
    {"PIV_II", {.keep_id = true}},          /* OpenSC's PIV driver */
    {"PKCS#15 emulate", {.keep_id = true}}, /* OpenSC's emulated file systems are read only */
    {"NSS 3", {.no_init = true}},           /* takes no SO PIN; `certutil -N` makes a database */
};

static kf_err read_section(const kf_ini *config, const char *section, struct kf_quirks *quirks) {
    const char *keep = kf_ini_get(config, section, "keep_id");
    const char *single = kf_ini_get(config, section, "single_key");
    const char *rung = kf_ini_get(config, section, "prefer_template");
    if (keep != NULL)
        quirks->keep_id = strcmp(keep, "yes") == 0;
    if (single != NULL)
        quirks->single_key = strcmp(single, "yes") == 0;
    if (rung == NULL)
        return KF_OK;
    kf_err error = kf_parse_number(rung, "prefer_template", 0, 4, &quirks->first_template);
    return error == KF_OK ? KF_OK : kf_fail_in(KF_E_CONFIG, "[%s]", section);
}

kf_err kf_quirks_find(const kf_token *token, struct kf_quirks *ret_quirks) {
    struct kf_quirks quirks = {0};
    const char *model = token->info.model;
    for (size_t i = 0; i < KF_COUNT(table); i++)
        if (kf_str_starts(model, table[i].model))
            quirks = table[i].quirks;
    const kf_ini *config = NULL;
    KF_TRY(kf_context_config(token->owner->context, &config));
    for (size_t i = 0; i < kf_ini_count(config); i++) {
        const char *section = kf_ini_at(config, i)->section;
        if (kf_str_starts(section, "quirk ") && kf_str_starts(model, section + strlen("quirk ")))
            KF_TRY(read_section(config, section, &quirks));
    }
    *ret_quirks = quirks;
    return KF_OK;
}
