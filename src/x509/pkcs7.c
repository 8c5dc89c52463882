// SPDX-License-Identifier: Apache-2.0
// Counting what is in a PKCS#7 file before each certificate of it is decoded, which takes long.
#include "x509/pkcs7.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <stdbool.h>

#define DEPTH_MAX  16
#define CONTEXT(n) (0x100 | (n))
#define INDEFINITE 1

struct view {
    const uint8_t *at, *end;
};

/* Step into the element at `view->at` when it has the tag: `view` becomes its content (up to the
 * end of what is around it when its own end is not known). */
static bool enter(struct view *view, int tag) {
    long len = 0;
    int found = 0, class = 0;
    const uint8_t *at = view->at;
    int flags = ASN1_get_object(&at, &len, &found, &class, (long)(view->end - at));
    if (flags & 0x80 || (class == V_ASN1_CONTEXT_SPECIFIC ? CONTEXT(found) : found) != tag)
        return false;
    view->at = at;
    if (!(flags & INDEFINITE))
        view->end = at + len;
    return true;
}

static bool at_end(const struct view *view) {
    return view->end - view->at < 2 || (view->at[0] == 0 && view->at[1] == 0);
}

/* Step over one element, whatever it is. */
static bool skip(struct view *view, int depth) {
    long len = 0;
    int tag = 0, class = 0;
    if (depth > DEPTH_MAX || view->at >= view->end)
        return false;
    int flags = ASN1_get_object(&view->at, &len, &tag, &class, (long)(view->end - view->at));
    if (flags & 0x80)
        return false;
    if (!(flags & INDEFINITE)) {
        view->at += len;
        return true;
    }
    while (!at_end(view))
        if (!skip(view, depth + 1))
            return false;
    if (view->end - view->at < 2)
        return false;
    view->at += 2;
    return true;
}

/* ContentInfo { type, [0] { SignedData { version, digestAlgorithms, encapContentInfo, [0]
 * certificates */
static bool find_certificates(struct view *view) {
    if (!enter(view, V_ASN1_SEQUENCE) || !skip(view, 0) || !enter(view, CONTEXT(0)) ||
        !enter(view, V_ASN1_SEQUENCE))
        return false;
    for (int i = 0; i < 3; i++)
        if (!skip(view, 0))
            return false;
    return enter(view, CONTEXT(0));
}

size_t kf_pkcs7_count(const uint8_t *data, size_t len) {
    struct view view = {data, data + len};
    size_t count = 0;
    if (find_certificates(&view))
        while (!at_end(&view) && skip(&view, 0))
            count++;
    ERR_clear_error();
    return count;
}
