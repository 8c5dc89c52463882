// SPDX-License-Identifier: Apache-2.0
// Operations: key pairs and their certificates on a token.
#include <string.h>

#include "web/worker/container_key.h"
#include "web/worker/enrolling.h"
#include "web/worker/token_view.h"

/* Labels may be there twice, ids too: the key by what was given, and its description. */
static kf_err find(struct work *work, kf_token **ret_token, struct kf_container_info *ret_info) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    const char *name = NULL;
    size_t index = 0;
    KF_TRY(work_need(work, "container", &name));
    KF_TRY(work_token(work, ret_token));
    KF_TRY(kf_containers_read(*ret_token, false, &containers));
    kf_err code = kf_containers_find(containers, name, &index);
    if (code == KF_E_NOT_FOUND) { /* some tokens hide it until the login */
        kf_containers_free(KF_MOVE(containers));
        KF_TRY(kf_containers_read(*ret_token, true, &containers));
        code = kf_containers_find(containers, name, &index);
    }
    KF_TRY(code);
    *ret_info = *kf_containers_at(containers, index);
    return KF_OK;
}

/* Everybody hears of it; the result is the container as it is now. */
static kf_err changed(struct work *work, kf_token *token, const char *name, json_t **ret_result) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    size_t index = 0;
    token_event(work, "token.changed", token);
    KF_TRY(kf_containers_read(token, false, &containers));
    KF_TRY(kf_containers_find(containers, name, &index));
    return kf_container_json(containers, index, ret_result);
}

static kf_err container_read(struct work *work, json_t **ret_result) {
    kf_token *token = NULL;
    json_t *items = NULL;
    KF_TRY(work_token(work, &token));
    KF_TRY(token_containers(token, true, &items));
    return work_items("keyfob.containers/1", items, ret_result);
}

static kf_err make_key(struct work *work, kf_token *token, const char *label) {
    struct kf_container_order order = {.label = label,
                                       .type = KF_KEY_P256,
                                       .use = KF_USE_SIGN,
                                       .exportable = work_flag(work, "exportable")};
    const char *key = work_text(work, "key");
    if (key)
        KF_TRY(kf_key_type_parse(key, &order.type));
    return kf_container_create(token, &order);
}

static kf_err container_create(struct work *work, json_t **ret_result) {
    const char *label = NULL;
    kf_token *token = NULL;
    KF_TRY(work_need(work, "label", &label));
    KF_TRY(work_token(work, &token));
    KF_TRY(make_key(work, token, label));
    return changed(work, token, label, ret_result);
}

static kf_err container_check(struct work *work, json_t **ret_result) {
    struct kf_container_info info;
    json_t *report = NULL;
    kf_token *token = NULL;
    KF_TRY(find(work, &token, &info));
    kf_err code = kf_container_check(token, info.uri, &report);
    return work_report(work, code, report, ret_result);
}

/* --- in and out --- */

static kf_err container_import(struct work *work, json_t **ret_result) {
    KF_AUTO(key_bytes) file = {0};
    KF_AUTO_PTR(kf_secret) password = NULL;
    const char *label = work_text(work, "label");
    kf_token *token = NULL;
    KF_TRY(work_token(work, &token));
    label = label ? label : kf_token_info(token)->label;
    KF_TRY(container_key_file(work, &file, &password));
    const struct kf_key_file key = {
        .data = file.bytes.data, .len = file.bytes.len, .password = password};
    KF_TRY(kf_container_import(token, &key, label, work_flag(work, "exportable")));
    return changed(work, token, label, ret_result);
}

static kf_err container_export(struct work *work, json_t **ret_result) {
    struct kf_container_info info;
    enum kf_key_format format = KF_KEY_PKCS12;
    KF_AUTO_PTR(kf_secret) password = NULL;
    KF_AUTO_FREE uint8_t *data = NULL;
    size_t len = 0;
    kf_token *token = NULL;
    KF_TRY(container_export_format(work, &format));
    KF_TRY(container_new_password(work, &password));
    KF_TRY(find(work, &token, &info));
    KF_TRY(kf_container_export(token, info.uri, format, password, &data, &len));
    kf_err code = container_download(&info, format, data, len, ret_result);
    explicit_bzero(data, len);
    return code;
}

/* --- certificates --- */

/* The certificates of a file, none where it was not given. */
static kf_err read_file(const struct work *work, kf_certs *ret_certs, bool *ret_given) {
    KF_AUTO(kf_buf) bytes = {0};
    *ret_given = work_text(work, "certificate") != NULL;
    if (!*ret_given)
        return KF_OK;
    KF_TRY(work_bytes(work, "certificate", KF_CERT_FILE_MAX, &bytes));
    return kf_certs_read(bytes.data, bytes.len, ret_certs);
}

static kf_err container_install(struct work *work, json_t **ret_result) {
    struct kf_container_info info;
    KF_AUTO(kf_certs) certs = {0};
    kf_token *token = NULL;
    json_t *items = NULL;
    bool given = false;
    KF_TRY(read_file(work, &certs, &given));
    KF_TRY(find(work, &token, &info));
    KF_TRY(kf_container_install(work->context, token, info.uri, given ? &certs : NULL, &items));
    if (given)
        token_event(work, "token.changed", token);
    work_event(work, "certificate.changed", json_object());
    return work_items("keyfob.certificates/1", items, ret_result);
}

/* "email:anna@example.org" each; the values point into the arguments. */
static kf_err read_sans(const struct work *work, struct kf_san sans[KF_SAN_MAX],
                        size_t *ret_count) {
    const json_t *list = json_object_get(work->args, "sans");
    size_t i;
    json_t *item;
    *ret_count = json_array_size(list);
    if (list && !json_is_null(list) && !json_is_array(list))
        return kf_fail(KF_E_INPUT, "\"sans\" is not a list");
    if (*ret_count > KF_SAN_MAX)
        return kf_fail(KF_E_TOO_LARGE, "there are more than %d names", KF_SAN_MAX);
    json_array_foreach(list, i, item) {
        if (!json_is_string(item))
            return kf_fail(KF_E_INPUT, "\"sans\" is not a list of texts");
        KF_TRY(kf_san_parse(json_string_value(item), &sans[i]));
    }
    return KF_OK;
}

/* A text (RFC 4514), or the parts of a form: {CN: ..., O: ...}. */
static kf_err read_subject(const struct work *work, kf_buf *ret_subject) {
    const char *text = NULL;
    const json_t *parts = work_object(work, "subject");
    if (parts)
        return enroll_subject_text(parts, ret_subject);
    KF_TRY(work_need(work, "subject", &text));
    return kf_buf_add_str(ret_subject, text);
}

static kf_err container_self_signed(struct work *work, json_t **ret_result) {
    struct kf_san sans[KF_SAN_MAX];
    struct kf_self_signed_order order = {.sans = sans};
    struct kf_container_info info;
    KF_AUTO(kf_buf) subject = {0};
    int64_t days = 0;
    kf_token *token = NULL;
    KF_TRY(read_subject(work, &subject));
    KF_TRY(read_sans(work, sans, &order.san_count));
    KF_TRY(work_number(work, "days", 0, &days));
    if (days < 0 || days > KF_SELF_SIGNED_DAYS_MAX)
        return kf_fail(KF_E_USAGE, "\"days\" takes 1 to %d", KF_SELF_SIGNED_DAYS_MAX);
    order.days = (int)days;
    KF_TRY(work_token(work, &token));
    if (work_text(work, "key")) /* the key first: one job, one PIN */
        KF_TRY(make_key(work, token, work_text(work, "container")));
    KF_TRY(find(work, &token, &info));
    order.container = info.uri;
    order.subject = kf_buf_str(&subject);
    KF_TRY(kf_self_signed(work->context, token, &order, ret_result));
    token_event(work, "token.changed", token);
    work_event(work, "certificate.changed", json_object());
    return KF_OK;
}

/* --- delete --- */

/* What the personal store has of this key. */
static kf_err forget_certificates(struct work *work, const char *uri) {
    KF_AUTO_PTR(json_t) list = NULL;
    size_t i;
    json_t *item;
    KF_TRY(kf_store_list_json(work->context, KF_STORE_PERSONAL, &list));
    json_array_foreach(list, i, item) {
        const char *of = json_string_value(json_object_get(item, "key_uri"));
        if (of && strcmp(of, uri) == 0)
            KF_TRY(kf_store_remove(work->context, json_string_value(json_object_get(item, "id"))));
    }
    work_event(work, "certificate.changed", json_object());
    return KF_OK;
}

/* A key without a label goes by its id, as it was named. */
static kf_err container_delete(struct work *work, json_t **ret_result) {
    struct kf_container_info info;
    kf_token *token = NULL;
    KF_TRY(find(work, &token, &info));
    KF_TRY(work_confirmed(work, *info.label ? info.label : work_text(work, "container")));
    KF_TRY(kf_container_delete(token, info.uri));
    token_event(work, "token.changed", token);
    if (work_flag(work, "certificate"))
        KF_TRY(forget_certificates(work, info.uri));
    return work_nothing(ret_result);
}

const struct op container_ops[] = {
    {"container.read", container_read},
    {"container.create", container_create},
    {"container.check", container_check},
    {"container.import", container_import},
    {"container.export", container_export},
    {"container.install", container_install},
    {"container.self_signed", container_self_signed},
    {"container.delete", container_delete},
    {0},
};
