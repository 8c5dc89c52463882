// SPDX-License-Identifier: Apache-2.0
// CSRs and certificates in the forms that clients send.
#include "decode.h"
#include "core.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

unsigned char *double_moved(unsigned char *data, size_t len) {
    unsigned char *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    memcpy(copy, data, len);
    OPENSSL_free(data);
    return copy;
}

/* Where the base64 is: all of it, or between the first pair of PEM's lines. */
static void find_base64(const char **text, size_t *len) {
    const char *begin = memmem(*text, *len, "-----BEGIN ", 11);
    if (!begin)
        return;
    const char *end = *text + *len;
    const char *from = memmem(begin + 11, (size_t)(end - begin) - 11, "-----", 5);
    const char *to = from ? memmem(from + 5, (size_t)(end - from) - 5, "-----END ", 9) : NULL;
    *text = to ? from + 5 : end;
    *len = to ? (size_t)(to - from) - 5 : 0;
}

/* DER as it is, PEM and base64 decoded; malloc'ed, NULL when it is none of them. */
static unsigned char *to_der(const char *text, size_t len, size_t *ret_len) {
    bool binary = len > 1 && text[0] == 0x30 && (unsigned char)text[1] >= 0x80;
    if (!binary)
        find_base64(&text, &len);
    char *plain = malloc(len + 1);
    unsigned char *der = malloc(len + 4);
    size_t n = 0, padding = 0;
    for (size_t i = 0; i < len; i++) {
        if (binary || !memchr(" \t\r\n", text[i], 4))
            plain[n++] = text[i];
    }
    while (!binary && padding < 2 && padding < n && plain[n - 1 - padding] == '=')
        padding++;
    int decoded = binary ? (int)n : EVP_DecodeBlock(der, (unsigned char *)plain, (int)n);
    if (binary)
        memcpy(der, plain, n);
    free(plain);
    if (decoded > (int)padding) {
        *ret_len = (size_t)decoded - padding;
        return der;
    }
    free(der);
    ERR_clear_error();
    return NULL;
}

X509_REQ *double_decode_csr(const char *text, size_t len) {
    size_t der_len;
    unsigned char *der = to_der(text, len, &der_len);
    const unsigned char *at = der;
    X509_REQ *csr = der ? d2i_X509_REQ(NULL, &at, (long)der_len) : NULL;
    if (csr && (at != der + der_len || X509_REQ_verify(csr, X509_REQ_get0_pubkey(csr)) != 1)) {
        X509_REQ_free(csr);
        csr = NULL;
    }
    free(der);
    ERR_clear_error();
    return csr;
}

X509 *double_decode_certificate(const char *text, size_t len) {
    size_t der_len;
    unsigned char *der = to_der(text, len, &der_len);
    const unsigned char *at = der;
    X509 *certificate = der ? d2i_X509(NULL, &at, (long)der_len) : NULL;
    free(der);
    ERR_clear_error();
    return certificate;
}

static EVP_PKEY *key_of(const char *text, size_t len) {
    X509 *certificate = double_decode_certificate(text, len);
    X509_REQ *csr = certificate ? NULL : double_decode_csr(text, len);
    EVP_PKEY *key = certificate ? X509_get_pubkey(certificate) : csr ? X509_REQ_get_pubkey(csr) : 0;
    X509_free(certificate);
    X509_REQ_free(csr);
    return key;
}

bool double_same_key(const char *a, size_t a_len, const char *b, size_t b_len) {
    EVP_PKEY *one = key_of(a, a_len), *other = key_of(b, b_len);
    bool same = one && other && EVP_PKEY_eq(one, other) == 1;
    EVP_PKEY_free(one);
    EVP_PKEY_free(other);
    ERR_clear_error();
    return same;
}

unsigned char *double_pem_to_der(const char *pem, size_t *ret_len) {
    X509 *certificate = double_decode_certificate(pem, strlen(pem));
    unsigned char *der = NULL;
    int len = certificate ? i2d_X509(certificate, &der) : 0;
    X509_free(certificate);
    if (len <= 0)
        return NULL;
    *ret_len = (size_t)len;
    return double_moved(der, (size_t)len);
}
