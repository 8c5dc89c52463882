// SPDX-License-Identifier: Apache-2.0
// The templates of a CryptoPro UC 2.0 service: what kinds of certificate it issues.
#include "ca/cryptopro/cryptopro.h"

#include <string.h>

#include "base/text.h"

/* A site answers under its folder or under the root. */
kf_err kf_cp_templates_fetch(kf_cp *cp, kf_cp_templates *ret_templates) {
    KF_AUTO(kf_http_answer) http = {0};
    const char *folder = cp->address.folder;
    KF_TRY(kf_cp_get(cp, kf_str("%s%s%s/certtemplate", kf_cp_root(cp), *folder ? "/" : "", folder),
                     &http));
    if (*folder && http.status == 404) {
        kf_http_answer_clear(&http);
        KF_TRY(kf_cp_get(cp, kf_str("%s/certtemplate", kf_cp_root(cp)), &http));
    }
    if (!kf_cp_is_ok(&http))
        return kf_cp_refused(cp, &http, "the list of templates");
    return kf_cp_read_templates(http.body.data, http.body.len, ret_templates);
}

char *kf_cp_template_help(const struct kf_cp_template *template) {
    static const char *const keys[] = {"", "a key for signing; ", "a key for key exchange; "};
    const char *key = template->key_spec > 0 ? keys[template->key_spec] : "";
    return kf_str("%s%s", key,
                  template->automatic ? "issued without an operator"
                                      : "an operator of the CA decides");
}

static kf_err template_json(const struct kf_cp_template *template, json_t **ret_json) {
    KF_AUTO_FREE char *help = kf_cp_template_help(template);
    if (!help)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_json =
        json_pack("{s:s, s:s, s:s, s:s, s:b}", "name", template->oid, "title", template->title,
                  "help", help, "short", template->name, "automatic", template->automatic);
    return kf_json_ready(*ret_json);
}

kf_err kf_cp_list_templates(void *state, json_t **ret_json) {
    KF_AUTO(kf_cp_templates) templates = {0};
    KF_AUTO_PTR(json_t) list = json_array();
    KF_TRY(kf_json_ready(list));
    KF_TRY(kf_cp_templates_fetch(state, &templates));
    for (size_t i = 0; i < templates.count; i++) {
        json_t *json = NULL;
        KF_TRY(template_json(&templates.items[i], &json));
        KF_TRY(kf_json_append(list, json));
    }
    *ret_json = KF_MOVE(list);
    return KF_OK;
}

const struct kf_cp_template *kf_cp_template_find(const kf_cp_templates *templates,
                                                 const char *name) {
    for (size_t i = 0; name && i < templates->count; i++) {
        const struct kf_cp_template *template = &templates->items[i];
        if (kf_str_equal(template->oid, name) || kf_str_equal(template->name, name) ||
            kf_str_equal(template->title, name))
            return template;
    }
    return NULL;
}
