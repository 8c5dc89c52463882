// SPDX-License-Identifier: Apache-2.0
// Requests from files and into files: PEM with either label (RFC 7468 7), bare base64, DER.
#include <string.h>

#include "base/text.h"
#include "x509/csr_parts.h"

#define LABEL     "CERTIFICATE REQUEST"
#define LABEL_NEW "NEW CERTIFICATE REQUEST"

static const char *find(const char *text, const char *end, const char *word) {
    return text < end ? memmem(text, (size_t)(end - text), word, strlen(word)) : NULL;
}

/* SEQUENCE with a length of more than one byte; no text begins so. */
static bool is_der(const uint8_t *data, size_t len) {
    return len > 2 && data[0] == 0x30 && data[1] >= 0x81 && data[1] <= 0x83;
}

static kf_err read_base64(const char *text, size_t len, kf_csr **ret_csr) {
    KF_AUTO(kf_buf) der = {.max = KF_CSR_FILE_MAX};
    kf_err err = kf_unbase64(text, len, &der);
    if (err != KF_OK)
        return kf_fail_in(err, "the certificate request");
    return kf_csr_from_der(der.data, der.len, ret_csr);
}

/* From the line after BEGIN up to the END of the same label; any text may stand around, but no
 * second request. */
static kf_err read_pem(const char *begin, const char *end, const char *label, kf_csr **ret_csr) {
    char closing[64];
    snprintf(closing, sizeof closing, "-----END %s-----", label);
    const char *close = find(begin, end, closing);
    if (!close)
        return kf_fail(KF_E_INPUT, "there is no \"%s\": the file is cut short", closing);
    const char *after = close + strlen(closing);
    if (find(after, end, "-----BEGIN " LABEL "-----") ||
        find(after, end, "-----BEGIN " LABEL_NEW "-----"))
        return kf_fail(KF_E_INPUT, "there is more than one certificate request");
    return read_base64(begin, (size_t)(close - begin), ret_csr);
}

/* What a file that has no request holds instead, as far as its PEM label tells. */
static kf_err no_request(const char *text, const char *end) {
    const char *begin = find(text, end, "-----BEGIN "), *label = begin ? begin + 11 : NULL;
    const char *close = label ? find(label, end, "-----") : NULL;
    if (close && close - label < 64)
        return kf_fail(KF_E_INPUT, "this is a \"%.*s\", not a certificate request",
                       (int)(close - label), label);
    return kf_fail(KF_E_INPUT, "this is not a certificate request (PKCS#10)");
}

static kf_err read_text(const char *text, const char *end, kf_csr **ret_csr) {
    static const char *const labels[] = {LABEL, LABEL_NEW};
    for (size_t i = 0; i < KF_COUNT(labels); i++) {
        char opening[64];
        snprintf(opening, sizeof opening, "-----BEGIN %s-----", labels[i]);
        const char *begin = find(text, end, opening);
        if (begin)
            return read_pem(begin + strlen(opening), end, labels[i], ret_csr);
    }
    if (text < end && !find(text, end, "-----") && *text != '\0' &&
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n") ==
            (size_t)(end - text))
        return read_base64(text, (size_t)(end - text), ret_csr);
    return no_request(text, end);
}

kf_err kf_csr_read(const uint8_t *data, size_t len, kf_csr **ret_csr) {
    if (len > KF_CSR_FILE_MAX)
        return kf_fail(KF_E_TOO_LARGE, "a certificate request has at most %zu bytes, not %zu",
                       KF_CSR_FILE_MAX, len);
    if (is_der(data, len))
        return kf_csr_from_der(data, len, ret_csr);
    KF_AUTO(kf_buf) text = {0}; /* so that it ends with a NUL */
    KF_TRY(kf_buf_add(&text, data, len));
    return read_text(kf_buf_str(&text), kf_buf_str(&text) + text.len, ret_csr);
}

kf_err kf_csr_export(const kf_csr *csr, enum kf_csr_format format, uint8_t **ret_data,
                     size_t *ret_len) {
    KF_AUTO(kf_buf) bytes = {0};
    if (format == KF_CSR_DER)
        KF_TRY(kf_buf_add(&bytes, csr->der.data, csr->der.len));
    else
        KF_TRY(kf_pem(&bytes, format == KF_CSR_PEM_NEW ? LABEL_NEW : LABEL, csr->der.data,
                      csr->der.len));
    *ret_len = bytes.len;
    *ret_data = KF_MOVE(bytes.data);
    return KF_OK;
}
