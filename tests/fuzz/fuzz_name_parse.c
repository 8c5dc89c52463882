// SPDX-License-Identifier: Apache-2.0
// Fuzz target: RFC 4514 text. A name that is accepted must come back as text that gives the same
// name.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "x509/json.h"
#include "x509/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Through DER, as a CA would see it; false when the text is refused. */
static bool text_again(const char *text, kf_buf *ret_text) {
    KF_AUTO_PTR(X509_NAME) name = NULL;
    KF_AUTO_PTR(X509_NAME) again = NULL;
    KF_AUTO_PTR(json_t) json = NULL;
    unsigned char *der = NULL;
    if (kf_name_parse(text, &name) != KF_OK)
        return false;
    int len = i2d_X509_NAME(name, &der);
    const unsigned char *at = der;
    again = d2i_X509_NAME(NULL, &at, len);
    OPENSSL_free(der);
    if (!again || kf_name_text(again, ret_text) != KF_OK || kf_name_json(again, &json) != KF_OK)
        abort();
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    KF_AUTO(kf_buf) text = {0}, first = {0}, second = {0};
    if (kf_buf_add(&text, data, size) != KF_OK || !text_again(kf_buf_str(&text), &first))
        return 0;
    /* A "#" value chooses its own string type, which the text does not show. */
    if (strchr(kf_buf_str(&text), '#'))
        return 0;
    if (!text_again(kf_buf_str(&first), &second) || !kf_buf_equal(&first, &second))
        abort();
    return 0;
}
