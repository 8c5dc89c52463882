// SPDX-License-Identifier: Apache-2.0
// Writing the few DER structures that OpenSSL has no type for (X.690 8 and 10).
#include "x509/der.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>

#include "x509/attribute.h"

kf_err kf_der_add(kf_buf *der, enum kf_der_tag tag, const void *data, size_t len) {
    uint8_t header[6] = {(uint8_t)tag};
    size_t used = 1;
    if (len > 0xffffff)
        return kf_fail(KF_E_TOO_LARGE, "more than %d bytes in one value", 0xffffff);
    int bytes = len < 0x80 ? 0 : len < 0x100 ? 1 : len < 0x10000 ? 2 : 3;
    if (bytes)
        header[used++] = (uint8_t)(0x80 | bytes);
    for (int shift = bytes ? 8 * (bytes - 1) : 0; shift >= 0; shift -= 8)
        header[used++] = (uint8_t)(len >> shift);
    KF_TRY(kf_buf_add(der, header, used));
    return kf_buf_add(der, data, len);
}

kf_err kf_der_wrap(kf_buf *der, enum kf_der_tag tag) {
    KF_AUTO(kf_buf) whole = {0};
    KF_TRY(kf_der_add(&whole, tag, der->data, der->len));
    kf_buf_move(der, &whole);
    return KF_OK;
}

kf_err kf_der_add_number(kf_buf *der, uint32_t number) {
    uint8_t bytes[5] = {0, (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                        (uint8_t)number};
    size_t start = 0;
    /* The shortest form that is not negative (X.690 8.3.2). */
    while (start < 4 && bytes[start] == 0 && bytes[start + 1] < 0x80)
        start++;
    return kf_der_add(der, KF_DER_INTEGER, bytes + start, sizeof bytes - start);
}

kf_err kf_der_add_oid(kf_buf *der, const char *oid) {
    ASN1_OBJECT *object = NULL;
    KF_TRY(kf_oid_parse(oid, &object));
    kf_err err = kf_der_add(der, KF_DER_OID, OBJ_get0_data(object), OBJ_length(object));
    ASN1_OBJECT_free(object);
    return err;
}

bool kf_der_take(struct kf_der_view *rest, enum kf_der_tag tag, struct kf_der_view *ret_content) {
    if (rest->len < 2 || rest->data[0] != (uint8_t)tag)
        return false;
    size_t header = 2, len = rest->data[1];
    if (len >= 0x80) {
        size_t bytes = len & 0x7f;
        if (bytes < 1 || bytes > 3 || rest->len < 2 + bytes)
            return false;
        for (len = 0; header < 2 + bytes; header++)
            len = len << 8 | rest->data[header];
    }
    if (len > rest->len - header)
        return false;
    *ret_content = (struct kf_der_view){rest->data + header, len};
    *rest = (struct kf_der_view){rest->data + header + len, rest->len - header - len};
    return true;
}

bool kf_der_take_number(struct kf_der_view *rest, uint32_t *ret_number) {
    struct kf_der_view content;
    if (!kf_der_take(rest, KF_DER_INTEGER, &content) || content.len < 1 || content.len > 5 ||
        content.data[0] >= 0x80 || (content.len == 5 && content.data[0] != 0))
        return false;
    uint32_t number = 0;
    for (size_t i = 0; i < content.len; i++)
        number = number << 8 | content.data[i];
    *ret_number = number;
    return true;
}
