// SPDX-License-Identifier: Apache-2.0
// Is a container whole? Its key signs, its halves and certificates belong together.
#include "token/containers.h"

#include "token/report.h"
#include "token/tokens.h"
#include "x509/cert.h"

/* The public half as the objects tell it, or as the certificate does. */
static kf_err public_half(const kf_containers *containers, const struct kf_container *item,
                          kf_buf *ret_spki) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    if (item->spki.len > 0)
        return kf_buf_set(ret_spki, item->spki.data, item->spki.len);
    if (item->certificate == KF_NOWHERE)
        return kf_fail(KF_E_KEY_UNUSABLE, "the public half of \"%s\" cannot be told",
                       item->info.label);
    const kf_buf *value = &containers->objects[item->certificate].value;
    KF_TRY(kf_cert_parse(value->data, value->len, &cert));
    return kf_cert_spki(cert, ret_spki);
}

static kf_err key_of(kf_session *session, const kf_containers *containers, size_t index,
                     kf_key **ret_key) {
    const struct kf_container *item = &containers->items[index];
    if (item->private_key == KF_NOWHERE)
        return kf_fail(KF_E_KEY_UNUSABLE, "there is no private key in \"%s\"", item->info.label);
    KF_AUTO_PTR(kf_key) key = calloc(1, sizeof(*key));
    if (key == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a key");
    KF_AUTO(kf_object) stand_in = {.class = CKO_PUBLIC_KEY, .key_type = CKK_VENDOR_DEFINED};
    key->session = session;
    key->private_key = containers->objects[item->private_key].handle;
    if (item->public_key != KF_NOWHERE)
        key->public_key = containers->objects[item->public_key].handle;
    KF_TRY(kf_key_read_private(key, KF_SAFETY_ANY));
    KF_TRY(public_half(containers, item, &stand_in.spki));
    KF_TRY(kf_key_take_public(key, &stand_in));
    *ret_key = KF_MOVE(key);
    return KF_OK;
}

static kf_err check_halves(const struct kf_container *item) {
    if (item->private_key == KF_NOWHERE)
        return kf_fail(KF_E_KEY_UNUSABLE, "there is no private key");
    if (item->spki.len == 0 && item->certificate == KF_NOWHERE)
        return kf_fail(KF_E_KEY_UNUSABLE, "the public half cannot be told");
    return KF_OK;
}

/* `ret_text`: how far it may go. */
static kf_err check_protected(kf_session *session, const kf_containers *containers, size_t index,
                              const char **ret_text) {
    KF_AUTO_PTR(kf_key) key = calloc(1, sizeof(*key));
    if (key == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a key");
    key->session = session;
    key->private_key = containers->objects[containers->items[index].private_key].handle;
    KF_TRY(kf_key_read_private(key, KF_SAFETY_KEPT));
    *ret_text = key->extractable ? "the private key leaves the container only sealed, as it was "
                                   "made exportable"
                                 : "the private key cannot leave the token";
    return KF_OK;
}

static kf_err check_signing(kf_session *session, const kf_containers *containers, size_t index) {
    KF_AUTO_PTR(kf_key) key = NULL;
    KF_TRY(key_of(session, containers, index, &key));
    return kf_key_try(key);
}

/* Certificates under this id that went elsewhere are for another key. */
static kf_err check_certificates(const kf_containers *containers, size_t index) {
    const struct kf_container *item = &containers->items[index];
    for (size_t i = 0; i < containers->object_count; i++) {
        const kf_object *object = &containers->objects[i];
        if (object->class != CKO_CERTIFICATE || containers->owners[i] == index ||
            object->id.len == 0)
            continue;
        if (kf_buf_equal(&object->id, &item->id))
            return kf_fail(KF_E_KEY_MISMATCH,
                           "a certificate with the id of \"%s\" is for another key",
                           item->info.label);
    }
    return KF_OK;
}

static bool ids_agree(const kf_containers *containers, size_t index) {
    for (size_t i = 0; i < containers->object_count; i++)
        if (containers->owners[i] == index &&
            !kf_buf_equal(&containers->objects[i].id, &containers->items[index].id))
            return false;
    return containers->items[index].id.len > 0;
}

static const char *certificate_text(size_t count) {
    return count == 0   ? "it has no certificate yet"
           : count == 1 ? "its certificate is for this key"
                        : "its certificates are for this key";
}

static void check(kf_session *session, const kf_containers *containers, size_t index,
                  struct kf_report *report) {
    const struct kf_container *item = &containers->items[index];
    if (kf_report_step(report, "halves", check_halves(item), "both halves of the key are there") ==
        KF_OK) {
        const char *text = "";
        kf_err error = check_protected(session, containers, index, &text);
        kf_report_step(report, "protected", error, text);
        kf_report_step(report, "sign", check_signing(session, containers, index),
                       "it signed, and the signature verifies");
    }
    kf_report_step(report, "certificates", check_certificates(containers, index),
                   certificate_text(item->info.certificates));
    kf_err ids =
        ids_agree(containers, index)
            ? KF_OK
            : kf_fail(KF_E_KEY_MISMATCH,
                      "the objects do not share one id, so other programs may not pair them");
    kf_report_step(report, "ids", ids, "all its objects share one id");
}

kf_err kf_container_check(kf_token *token, const char *name, struct json_t **ret_json) {
    KF_AUTO_PTR(kf_session) session = NULL;
    KF_AUTO_PTR(kf_containers) containers = NULL;
    struct kf_report report = {0};
    size_t index = 0;
    KF_TRY(kf_session_open(token, &session));
    KF_TRY(kf_session_login(session, KF_PIN_USER, name, "to try the key"));
    KF_TRY(kf_containers_read_in(session, &containers));
    KF_TRY(kf_containers_find(containers, name, &index));
    check(session, containers, index, &report);
    return kf_report_end(&report, "keyfob.container-check/1", containers->items[index].info.label,
                         ret_json);
}
