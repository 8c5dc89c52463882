// SPDX-License-Identifier: Apache-2.0
// What a CA is likely to mind or to ignore in a request.
#include "x509/lint.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "x509/attribute.h"
#include "x509/extensions.h"
#include "x509/json.h"

kf_err kf_lint_say(struct kf_lint *lint, enum kf_lint_level level, const char *format, ...) {
    static const char *const words[] = {
        [KF_LINT_NOTE] = "note", [KF_LINT_WARNING] = "warning", [KF_LINT_ERROR] = "error"};
    char raw[600], text[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    kf_text_escape_into(text, sizeof text, raw, strlen(raw));
    if ((int)level > lint->worst)
        lint->worst = (int)level;
    return kf_json_append(lint->items,
                          json_pack("{s:s, s:s}", "level", words[level], "text", text));
}

bool kf_lint_has_extended(const struct kf_lint *lint, const char *oid) {
    for (int i = 0; i < sk_ASN1_OBJECT_num(lint->usages.list); i++)
        if (kf_oid_is(sk_ASN1_OBJECT_value(lint->usages.list, i), oid))
            return true;
    return false;
}

const char *kf_lint_name_part(const struct kf_lint *lint, size_t index, const char *part) {
    return json_string_value(json_object_get(json_array_get(lint->names, index), part));
}

bool kf_lint_has_kind(const struct kf_lint *lint, enum kf_san_kind kind) {
    for (size_t i = 0; i < json_array_size(lint->names); i++)
        if (kf_str_equal(kf_lint_name_part(lint, i, "kind"), kf_san_word(kind)))
            return true;
    return false;
}

static kf_err (*const checks[])(struct kf_lint *lint) = {
    kf_lint_ca,         kf_lint_key,       kf_lint_signature, kf_lint_subject,
    kf_lint_extensions, kf_lint_unusual,   kf_lint_names,     kf_lint_purpose,
    kf_lint_usages,     kf_lint_microsoft, kf_lint_challenge, kf_lint_profile,
};

static void lint_clear(struct kf_lint *lint) {
    kf_extensions_free(lint->extensions);
    kf_usages_clear(&lint->usages);
    json_decref(lint->names);
    json_decref(lint->items);
}

/* A damaged extension is an error of the request, not of the lint. */
static kf_err look_at(struct kf_lint *lint) {
    lint->items = json_array();
    lint->extensions = X509_REQ_get_extensions(lint->csr->req);
    ERR_clear_error();
    KF_TRY(kf_json_ready(lint->items));
    if (kf_usages_read(lint->extensions, &lint->usages) != KF_OK)
        KF_TRY(kf_lint_say(lint, KF_LINT_ERROR, "%s", kf_error_sentence(KF_E_INPUT)));
    KF_AUTO_PTR(GENERAL_NAMES) names = kf_extensions_names(lint->extensions);
    if (names || !kf_extensions_find(lint->extensions, "2.5.29.17"))
        return kf_general_names_json(names, &lint->names);
    return KF_OK;
}

kf_err kf_csr_lint(const kf_csr *csr, const kf_profile *profile, json_t **ret_json,
                   int *ret_worst) {
    __attribute__((cleanup(lint_clear))) struct kf_lint lint = {
        .csr = csr, .profile = profile, .key = X509_REQ_get0_pubkey(csr->req)};
    KF_TRY(look_at(&lint));
    for (size_t i = 0; i < KF_COUNT(checks); i++)
        KF_TRY(checks[i](&lint));
    kf_error_clear();
    json_t *json = json_pack("{s:s, s:O}", "schema", "keyfob.lint/1", "items", lint.items);
    KF_TRY(kf_json_ready(json));
    *ret_json = json;
    *ret_worst = lint.worst;
    return KF_OK;
}
