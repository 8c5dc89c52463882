// SPDX-License-Identifier: Apache-2.0
// The CryptoPro double's orders by a sign-in with a certificate: a CMS message in another.
#include "cryptopro.h"

#include <openssl/pem.h> /* before cms.h, which declares its PEM then */
#include <openssl/cms.h>
#include <stdlib.h>
#include <string.h>

/* The content of one message in PEM, whose signature is that of the certificate in it. */
static char *unwrap_once(const char *text, size_t len, size_t *ret_len) {
    BIO *in = BIO_new_mem_buf(text, (int)len), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = PEM_read_bio_CMS(in, NULL, NULL, NULL);
    char *content = NULL;
    if (cms &&
        CMS_verify(cms, NULL, NULL, NULL, out, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) == 1) {
        char *data = NULL;
        long n = BIO_get_mem_data(out, &data);
        content = n > 0 ? malloc((size_t)n) : NULL;
        if (content)
            memcpy(content, data, *ret_len = (size_t)n);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in), BIO_free(out);
    return content;
}

char *cp_unwrap(const char *text, size_t len, size_t *ret_len) {
    size_t inner_len = 0;
    char *inner = unwrap_once(text, len, &inner_len);
    char *content = inner ? unwrap_once(inner, inner_len, ret_len) : NULL;
    free(inner);
    return content;
}
