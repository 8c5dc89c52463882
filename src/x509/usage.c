// SPDX-License-Identifier: Apache-2.0
// Key usages and extended key usages, and how one set differs from another.
#include "x509/usage.h"

#include <openssl/err.h>

#include "x509/attribute.h"

static const struct {
    const char *name;
    uint32_t bit;
} bits[] = {
    {"digitalSignature", KU_DIGITAL_SIGNATURE},
    {"nonRepudiation", KU_NON_REPUDIATION},
    {"keyEncipherment", KU_KEY_ENCIPHERMENT},
    {"dataEncipherment", KU_DATA_ENCIPHERMENT},
    {"keyAgreement", KU_KEY_AGREEMENT},
    {"keyCertSign", KU_KEY_CERT_SIGN},
    {"cRLSign", KU_CRL_SIGN},
    {"encipherOnly", KU_ENCIPHER_ONLY},
    {"decipherOnly", KU_DECIPHER_ONLY},
};

const char *kf_key_usage_at(size_t index, uint32_t *ret_bit) {
    if (index >= KF_COUNT(bits))
        return NULL;
    *ret_bit = bits[index].bit;
    return bits[index].name;
}

const char *kf_extended_usage_name(const ASN1_OBJECT *oid) {
    int nid = OBJ_obj2nid(oid);
    return nid == NID_undef ? NULL : OBJ_nid2sn(nid);
}

void kf_usages_clear(kf_usages *usages) {
    EXTENDED_KEY_USAGE_free(usages->list);
    *usages = (kf_usages){0};
}

/* NULL with KF_OK when the extension is not there. */
static kf_err get(const X509_EXTENSIONS *extensions, int nid, void **ret_value) {
    int found = -1;
    *ret_value = extensions ? X509V3_get_d2i(extensions, nid, &found, NULL) : NULL;
    ERR_clear_error();
    if (!*ret_value && found != -1)
        return kf_fail(KF_E_INPUT, "the extension \"%s\" is %s", OBJ_nid2sn(nid),
                       found == -2 ? "there twice" : "damaged");
    return KF_OK;
}

/* KU_... put the first byte low and the second one above it. */
static uint32_t read_bits(const ASN1_BIT_STRING *string) {
    const uint8_t *data = ASN1_STRING_get0_data(string);
    int len = ASN1_STRING_length(string);
    return (len > 0 ? data[0] : 0u) | (len > 1 ? (uint32_t)data[1] << 8 : 0u);
}

kf_err kf_usages_read(const X509_EXTENSIONS *extensions, kf_usages *ret_usages) {
    void *string = NULL, *list = NULL;
    KF_TRY(get(extensions, NID_key_usage, &string));
    kf_usages usages = {.has_bits = string != NULL};
    if (string)
        usages.bits = read_bits(string);
    ASN1_BIT_STRING_free(string);
    KF_TRY(get(extensions, NID_ext_key_usage, &list));
    usages.list = list;
    kf_usages_clear(ret_usages);
    *ret_usages = usages;
    return KF_OK;
}

static kf_err add_name(kf_buf *names, const char *name) {
    return kf_buf_printf(names, "%s%s", names->len ? ", " : "", name);
}

kf_err kf_usages_bits_less(const kf_usages *a, const kf_usages *b, kf_buf *ret_names) {
    KF_AUTO(kf_buf) names = {0};
    for (size_t i = 0; i < KF_COUNT(bits); i++)
        if (a->bits & ~b->bits & bits[i].bit)
            KF_TRY(add_name(&names, bits[i].name));
    kf_buf_move(ret_names, &names);
    return KF_OK;
}

static bool has(const EXTENDED_KEY_USAGE *list, const ASN1_OBJECT *oid) {
    for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++)
        if (OBJ_cmp(sk_ASN1_OBJECT_value(list, i), oid) == 0)
            return true;
    return false;
}

kf_err kf_usages_list_less(const kf_usages *a, const kf_usages *b, kf_buf *ret_names) {
    KF_AUTO(kf_buf) names = {0};
    for (int i = 0; i < sk_ASN1_OBJECT_num(a->list); i++) {
        const ASN1_OBJECT *oid = sk_ASN1_OBJECT_value(a->list, i);
        char text[KF_OID_TEXT_MAX];
        kf_oid_text(oid, text);
        const char *name = kf_extended_usage_name(oid);
        if (!has(b->list, oid))
            KF_TRY(add_name(&names, name ? name : text));
    }
    kf_buf_move(ret_names, &names);
    return KF_OK;
}
