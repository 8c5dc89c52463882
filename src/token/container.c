// SPDX-License-Identifier: Apache-2.0
// Containers of a token: read with one search and one call an object, looked at, named.
#include "token/containers.h"

#include <string.h>
#include <strings.h>

#include <jansson.h>
#include <p11-kit/uri.h>

#include "base/text.h"
#include "token/tokens.h"

/* --- reading --- */

static bool counts(const kf_object *object) {
    return object->class == CKO_PRIVATE_KEY || object->class == CKO_PUBLIC_KEY ||
           object->class == CKO_CERTIFICATE;
}

static kf_err read_objects(kf_session *session, kf_containers *containers) {
    KF_AUTO(kf_handles) handles = {0};
    KF_TRY(kf_objects_find(session, NULL, 0, &handles));
    containers->objects = calloc(handles.count + 1, sizeof(kf_object));
    if (containers->objects == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the objects of a token");
    for (size_t i = 0; i < handles.count; i++) {
        KF_AUTO(kf_object) object = {0};
        KF_TRY(kf_object_read(session, handles.items[i], &object));
        if (!counts(&object))
            continue;
        containers->objects[containers->object_count++] = object;
        object = (kf_object){0};
    }
    return KF_OK;
}

kf_err kf_containers_read_in(kf_session *session, kf_containers **ret_containers) {
    KF_AUTO_PTR(kf_containers) containers = calloc(1, sizeof(*containers));
    if (containers == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the containers");
    containers->token = session->token;
    KF_TRY(read_objects(session, containers));
    KF_TRY(kf_containers_group(containers));
    *ret_containers = KF_MOVE(containers);
    return KF_OK;
}

kf_err kf_containers_read(kf_token *token, bool login, kf_containers **ret_containers) {
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_TRY(kf_session_open(token, &session));
    if (login)
        KF_TRY(kf_session_login(session, KF_PIN_USER, NULL, "to see the private keys"));
    return kf_containers_read_in(session, ret_containers);
}

void kf_containers_free(kf_containers *containers) {
    if (containers == NULL)
        return;
    for (size_t i = 0; i < containers->object_count; i++)
        kf_object_clear(&containers->objects[i]);
    for (size_t i = 0; i < containers->count; i++) {
        kf_buf_clear(&containers->items[i].id);
        kf_buf_clear(&containers->items[i].spki);
        kf_buf_clear(&containers->items[i].label);
    }
    free(containers->objects);
    free(containers->owners);
    free(containers->items);
    free(containers);
}

/* --- looking --- */

size_t kf_containers_count(const kf_containers *containers) {
    return containers->count;
}

const struct kf_container_info *kf_containers_at(const kf_containers *containers, size_t index) {
    return index < containers->count ? &containers->items[index].info : NULL;
}

kf_err kf_container_json(const kf_containers *containers, size_t index, struct json_t **ret_json) {
    const struct kf_container_info *info = kf_containers_at(containers, index);
    if (info == NULL)
        return kf_fail(KF_E_NOT_FOUND, "there is no container number %zu", index);
    KF_AUTO(kf_buf) id = {0};
    char until[21];
    bool certified = info->subject[0] != '\0';
    KF_TRY(kf_hex(&id, info->id, info->id_len, 0));
    kf_time_text(info->not_after, until);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:s?, s:s?}", "schema", "keyfob.container/1",
        "label", info->label, "id", kf_buf_str(&id), "type", kf_key_type_name(info->type), "uri",
        info->uri, "token", containers->token->info.serial, "private", info->has_private, "public",
        info->has_public, "certificates", (json_int_t)info->certificates, "subject_text",
        certified ? info->subject : NULL, "not_after", certified ? until : NULL);
    if (json == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a JSON document");
    *ret_json = json;
    return KF_OK;
}

/* --- naming --- */

struct name {
    const char *text;
    kf_buf id; /* the text as hex, where it is */
    P11KitUri *uri;
};

static void name_clear(struct name *name) {
    kf_buf_clear(&name->id);
    if (name->uri != NULL)
        p11_kit_uri_free(name->uri);
}

static kf_err parse_uri(const char *text, struct name *name) {
    if (strcasestr(text, "pin-value=") != NULL)
        return kf_fail(KF_E_USAGE, "the URI holds a PIN (\"pin-value\"), which others can read");
    name->uri = p11_kit_uri_new();
    if (name->uri == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a URI");
    if (p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, name->uri) != P11_KIT_URI_OK ||
        p11_kit_uri_any_unrecognized(name->uri))
        return kf_fail(KF_E_USAGE, "\"%s\" is not a PKCS#11 URI that keyfob knows", text);
    if (p11_kit_uri_get_attribute(name->uri, CKA_ID) == NULL &&
        p11_kit_uri_get_attribute(name->uri, CKA_LABEL) == NULL)
        return kf_fail(KF_E_USAGE,
                       "the URI \"%s\" names no container: it has neither id nor object", text);
    return KF_OK;
}

static kf_err parse_name(const char *text, struct name *name) {
    name->text = text;
    if (text == NULL || text[0] == '\0')
        return kf_fail(KF_E_USAGE, "no container was named");
    if (strncasecmp(text, "pkcs11:", strlen("pkcs11:")) == 0)
        return parse_uri(text, name);
    if (kf_unhex(text, &name->id) != KF_OK)
        kf_buf_clear(&name->id);
    kf_error_clear();
    return KF_OK;
}

static bool attribute_fits(P11KitUri *uri, CK_ATTRIBUTE_TYPE type, const kf_buf *value) {
    const CK_ATTRIBUTE *wanted = p11_kit_uri_get_attribute(uri, type);
    return wanted == NULL ||
           (wanted->ulValueLen == value->len &&
            (value->len == 0 || memcmp(wanted->pValue, value->data, value->len) == 0));
}

static bool is_named(const kf_containers *containers, size_t index, const struct name *name) {
    const struct kf_container *item = &containers->items[index];
    if (name->uri != NULL)
        return p11_kit_uri_match_token_info(name->uri, &containers->token->raw) == 1 &&
               attribute_fits(name->uri, CKA_ID, &item->id) &&
               attribute_fits(name->uri, CKA_LABEL, &item->label);
    return strcmp(kf_buf_str(&item->label), name->text) == 0 ||
           strcmp(item->info.label, name->text) == 0 ||
           (name->id.len > 0 && kf_buf_equal(&item->id, &name->id));
}

static kf_err fail_many(const kf_containers *containers, const struct name *name) {
    KF_AUTO(kf_buf) list = {0};
    for (size_t i = 0; i < containers->count; i++)
        if (is_named(containers, i, name))
            KF_TRY(kf_buf_printf(&list, "%s%s", list.len > 0 ? "; " : "",
                                 containers->items[i].info.uri));
    kf_err error = kf_fail(KF_E_TOKEN_AMBIGUOUS, "more than one container is \"%s\": %s",
                           name->text, kf_buf_str(&list));
    kf_error_hint("Name one by its id or URI; `keyfob container list` shows them.");
    return error;
}

kf_err kf_containers_find(const kf_containers *containers, const char *text, size_t *ret_index) {
    __attribute__((cleanup(name_clear))) struct name name = {0};
    size_t found = 0, count = 0;
    KF_TRY(parse_name(text, &name));
    for (size_t i = 0; i < containers->count; i++)
        if (is_named(containers, i, &name) && count++ == 0)
            found = i;
    if (count == 0)
        return kf_fail(KF_E_NOT_FOUND, "there is no container \"%s\" on token \"%s\"", text,
                       containers->token->info.label);
    if (count > 1)
        return fail_many(containers, &name);
    *ret_index = found;
    return KF_OK;
}

kf_err kf_key_find_container(kf_session *session, const char *name, kf_key **ret_key) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    size_t index = 0;
    KF_TRY(kf_containers_read_in(session, &containers));
    KF_TRY(kf_containers_find(containers, name, &index));
    const struct kf_container_info *info = kf_containers_at(containers, index);
    if (!info->has_private)
        return kf_fail(KF_E_KEY_UNUSABLE, "the container \"%s\" has no private key", info->label);
    return kf_key_find_id(session, info->id, info->id_len, ret_key);
}
