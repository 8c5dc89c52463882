// SPDX-License-Identifier: Apache-2.0
// Objects named by URI (RFC 7512), and the id in such a name.
#include "token/keys.h"

#include <string.h>

#include <p11-kit/uri.h>

#include "token/tokens.h"

static kf_err set_attribute(P11KitUri *uri, CK_ATTRIBUTE_TYPE type, const void *data, size_t len) {
    CK_ATTRIBUTE attribute = {type, (void *)data, len};
    if (len > 0 && p11_kit_uri_set_attribute(uri, &attribute) != P11_KIT_URI_OK)
        return kf_fail(KF_E_MEMORY, "out of memory for a URI");
    return KF_OK;
}

static kf_err format_uri(P11KitUri *uri, CK_OBJECT_CLASS class, const uint8_t *id, size_t id_len,
                         const char *label, kf_buf *ret_uri) {
    KF_TRY(set_attribute(uri, CKA_CLASS, &class, sizeof(class)));
    KF_TRY(set_attribute(uri, CKA_ID, id, id_len));
    KF_TRY(set_attribute(uri, CKA_LABEL, label, strlen(label)));
    KF_AUTO_FREE char *text = NULL;
    if (p11_kit_uri_format(uri, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, &text) != P11_KIT_URI_OK)
        return kf_fail(KF_E_TOKEN_ERROR, "the object cannot be named by a URI");
    return kf_buf_set(ret_uri, text, strlen(text));
}

kf_err kf_object_uri(kf_token *token, CK_OBJECT_CLASS class, const uint8_t *id, size_t id_len,
                     const char *label, kf_buf *ret_uri) {
    P11KitUri *uri = p11_kit_uri_new();
    if (uri == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a URI");
    *p11_kit_uri_get_token_info(uri) = token->raw;
    kf_err error = format_uri(uri, class, id, id_len, label, ret_uri);
    p11_kit_uri_free(uri);
    return error;
}

kf_err kf_key_uri(const kf_key *key, kf_buf *ret_uri) {
    return kf_object_uri(key->session->token, CKO_PRIVATE_KEY, key->id, key->id_len, key->label,
                         ret_uri);
}

static kf_err take_id(P11KitUri *uri, const char *text, kf_buf *ret_id) {
    if (p11_kit_uri_parse(text, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, uri) != P11_KIT_URI_OK)
        return kf_fail(KF_E_INPUT, "\"%s\" is not the URI of a key", text);
    const CK_ATTRIBUTE *id = p11_kit_uri_get_attribute(uri, CKA_ID);
    return kf_buf_set(ret_id, id != NULL ? id->pValue : NULL, id != NULL ? id->ulValueLen : 0);
}

kf_err kf_uri_id(const char *text, kf_buf *ret_id) {
    if (text == NULL || text[0] == '\0')
        return kf_buf_set(ret_id, NULL, 0);
    P11KitUri *uri = p11_kit_uri_new();
    if (uri == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a URI");
    kf_err error = take_id(uri, text, ret_id);
    p11_kit_uri_free(uri);
    return error;
}
