// SPDX-License-Identifier: Apache-2.0
// General names back to words, for display; what is malformed shows as hex.
#include "x509/general_name.h"

#include <arpa/inet.h>
#include <openssl/err.h>

#include "base/text.h"
#include "x509/attribute.h"
#include "x509/json.h"
#include "x509/name.h"

static kf_err show_string(const ASN1_STRING *value, kf_buf *ret_text) {
    return kf_text_escape(ret_text, (const char *)ASN1_STRING_get0_data(value),
                          (size_t)ASN1_STRING_length(value));
}

static kf_err show_ip(const ASN1_STRING *value, kf_buf *ret_text) {
    const uint8_t *address = ASN1_STRING_get0_data(value);
    int len = ASN1_STRING_length(value);
    char text[INET6_ADDRSTRLEN];
    if ((len == 4 || len == 16) &&
        inet_ntop(len == 4 ? AF_INET : AF_INET6, address, text, sizeof text))
        return kf_buf_add_str(ret_text, text);
    return kf_hex(ret_text, address, (size_t)len, '\0');
}

static kf_err show_unknown_other(const OTHERNAME *other, kf_buf *ret_text) {
    char oid[KF_OID_TEXT_MAX];
    unsigned char *der = NULL;
    kf_oid_text(other->type_id, oid);
    int len = i2d_ASN1_TYPE(other->value, &der);
    ERR_clear_error();
    kf_err err = kf_buf_printf(ret_text, "%s;DER:", oid);
    if (err == KF_OK && len > 0)
        err = kf_hex(ret_text, der, (size_t)len, '\0');
    OPENSSL_free(der);
    return err;
}

/* The otherNames that hold one UTF8String. */
static const struct {
    const char *oid;
    enum kf_san_kind kind;
} utf8_names[] = {{KF_OID_UPN, KF_SAN_UPN}, {KF_OID_SMTP_UTF8, KF_SAN_EMAIL}};

static kf_err show_other(const OTHERNAME *other, const char **ret_kind, kf_buf *ret_text) {
    const ASN1_TYPE *value = other->value;
    for (size_t i = 0; value && i < KF_COUNT(utf8_names); i++)
        if (kf_oid_is(other->type_id, utf8_names[i].oid) && value->type == V_ASN1_UTF8STRING) {
            *ret_kind = kf_san_word(utf8_names[i].kind);
            return show_string(value->value.utf8string, ret_text);
        }
    KF_AUTO(kf_buf) principal = {0};
    if (value && value->type == V_ASN1_SEQUENCE && kf_oid_is(other->type_id, KF_OID_KERBEROS) &&
        kf_kerberos_decode(ASN1_STRING_get0_data(value->value.sequence),
                           (size_t)ASN1_STRING_length(value->value.sequence),
                           &principal) == KF_OK) {
        *ret_kind = kf_san_word(KF_SAN_KERBEROS);
        return kf_text_escape(ret_text, kf_buf_str(&principal), principal.len);
    }
    *ret_kind = kf_san_word(KF_SAN_OTHER);
    return show_unknown_other(other, ret_text);
}

static kf_err show_object(const ASN1_OBJECT *object, kf_buf *ret_text) {
    char oid[KF_OID_TEXT_MAX];
    kf_oid_text(object, oid);
    return kf_buf_add_str(ret_text, oid);
}

static kf_err show(const GENERAL_NAME *name, const char **ret_kind, kf_buf *ret_text) {
    int tag = 0;
    const void *value = GENERAL_NAME_get0_value(name, &tag);
    switch (tag) {
    case GEN_EMAIL:
        *ret_kind = kf_san_word(KF_SAN_EMAIL);
        return show_string(value, ret_text);
    case GEN_DNS:
        *ret_kind = kf_san_word(KF_SAN_DNS);
        return show_string(value, ret_text);
    case GEN_URI:
        *ret_kind = kf_san_word(KF_SAN_URI);
        return show_string(value, ret_text);
    case GEN_IPADD:
        *ret_kind = kf_san_word(KF_SAN_IP);
        return show_ip(value, ret_text);
    case GEN_OTHERNAME:
        return show_other(value, ret_kind, ret_text);
    case GEN_DIRNAME:
        *ret_kind = "directory";
        return kf_name_text(value, ret_text);
    case GEN_RID:
        *ret_kind = "registered";
        return show_object(value, ret_text);
    default: /* x400Address, ediPartyName: nobody has them */
        *ret_kind = "unknown";
        return KF_OK;
    }
}

kf_err kf_general_names_json(const GENERAL_NAMES *names, json_t **ret_json) {
    KF_AUTO_PTR(json_t) list = json_array();
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        KF_AUTO(kf_buf) text = {0};
        const char *kind = NULL;
        KF_TRY(show(sk_GENERAL_NAME_value(names, i), &kind, &text));
        KF_TRY(kf_json_append(list,
                              json_pack("{s:s, s:s}", "kind", kind, "value", kf_buf_str(&text))));
    }
    KF_TRY(kf_json_ready(list));
    *ret_json = KF_MOVE(list);
    return KF_OK;
}
