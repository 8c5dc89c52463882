// SPDX-License-Identifier: Apache-2.0
// Subject and alternative names of a certificate beside those that were asked for.
#include "x509/issued_names.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "x509/extensions.h"
#include "x509/general_name.h"
#include "x509/json.h"

#define PART_MAX 400

kf_err kf_issued_note(kf_buf *why, const char *format, ...) {
    char part[PART_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(part, sizeof part, format, args);
    va_end(args);
    return kf_buf_printf(why, "%s%s", why->len ? "; " : "", part);
}

/* "email:anna@example.org" */
static kf_err name_text(GENERAL_NAME *name, kf_buf *ret_text) {
    GENERAL_NAMES *one = sk_GENERAL_NAME_new_null();
    if (!one || !sk_GENERAL_NAME_push(one, name)) {
        sk_GENERAL_NAME_free(one);
        return kf_fail(KF_E_MEMORY, "out of memory for a name");
    }
    KF_AUTO_PTR(json_t) list = NULL;
    kf_err err = kf_general_names_json(one, &list);
    sk_GENERAL_NAME_free(one);
    KF_TRY(err);
    const char *kind = "", *value = "";
    json_unpack(json_array_get(list, 0), "{s:s, s:s}", "kind", &kind, "value", &value);
    return kf_buf_printf(ret_text, "%s:%s", kind, value);
}

/* RFC 5280 7.2, 7.5: case does not matter in a host, but it does before the "@". */
static bool host_equal(const ASN1_STRING *a, const ASN1_STRING *b, bool is_mail) {
    const char *left = (const char *)ASN1_STRING_get0_data(a);
    const char *right = (const char *)ASN1_STRING_get0_data(b);
    size_t len = (size_t)ASN1_STRING_length(a);
    if (len != (size_t)ASN1_STRING_length(b))
        return false;
    const char *at = is_mail ? memrchr(left, '@', len) : NULL;
    size_t exact = at ? (size_t)(at - left) : is_mail ? len : 0;
    if (memchr(left, '\0', len) || memcmp(left, right, exact) != 0)
        return false;
    return strncasecmp(left + exact, right + exact, len - exact) == 0;
}

static bool name_equal(GENERAL_NAME *a, GENERAL_NAME *b) {
    if (a->type != b->type)
        return false;
    if (a->type == GEN_DNS || a->type == GEN_EMAIL)
        return host_equal(a->d.ia5, b->d.ia5, a->type == GEN_EMAIL);
    return GENERAL_NAME_cmp(a, b) == 0;
}

static bool has(const GENERAL_NAMES *names, GENERAL_NAME *name) {
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        if (name_equal(sk_GENERAL_NAME_value(names, i), name))
            return true;
    return false;
}

/* Names in `a` and not in `b`, "email:..., dns:..."; what comes after KF_SAN_MAX has been said
 * already. */
static kf_err names_less(const GENERAL_NAMES *a, const GENERAL_NAMES *b, kf_buf *ret_text) {
    for (int i = 0; i < sk_GENERAL_NAME_num(a) && i <= KF_SAN_MAX; i++) {
        if (has(b, sk_GENERAL_NAME_value(a, i)))
            continue;
        KF_AUTO(kf_buf) text = {0};
        KF_TRY(name_text(sk_GENERAL_NAME_value(a, i), &text));
        KF_TRY(kf_buf_printf(ret_text, "%s%s", ret_text->len ? ", " : "", kf_buf_str(&text)));
    }
    return KF_OK;
}

static kf_err check_subject(X509 *x509, const kf_cert *cert, const kf_csr *csr, kf_buf *why) {
    const X509_NAME *asked = X509_REQ_get_subject_name(kf_csr_x509(csr));
    if (X509_NAME_cmp(X509_get_subject_name(x509), asked) == 0)
        return KF_OK;
    return kf_issued_note(why, "its subject is \"%.150s\" but \"%.150s\" was asked for",
                          kf_cert_subject(cert), kf_csr_subject(csr));
}

static kf_err check_alternative_names(const X509_EXTENSIONS *given, const X509_EXTENSIONS *asked,
                                      kf_buf *why) {
    KF_AUTO_PTR(GENERAL_NAMES) have = kf_extensions_names(given);
    KF_AUTO_PTR(GENERAL_NAMES) want = kf_extensions_names(asked);
    KF_AUTO(kf_buf) more = {0}, less = {0};
    if (sk_GENERAL_NAME_num(have) > KF_SAN_MAX)
        KF_TRY(kf_issued_note(why, "it has more than %d names", KF_SAN_MAX));
    KF_TRY(names_less(have, want, &more));
    KF_TRY(names_less(want, have, &less));
    if (more.len)
        KF_TRY(kf_issued_note(why, "its names contain \"%.200s\" which was not asked for",
                              kf_buf_str(&more)));
    if (less.len)
        KF_TRY(kf_issued_note(why, "its names lack \"%.200s\"", kf_buf_str(&less)));
    return KF_OK;
}

static kf_err sid_of(const X509_EXTENSIONS *extensions, kf_buf *ret_sid) {
    const X509_EXTENSION *extension = kf_extensions_find(extensions, KF_OID_SID_EXTENSION);
    return extension ? kf_sid_from(extension, ret_sid) : KF_OK;
}

static kf_err check_sid(const X509_EXTENSIONS *given, const X509_EXTENSIONS *asked, kf_buf *why) {
    KF_AUTO(kf_buf) have = {0}, want = {0};
    KF_TRY(sid_of(asked, &want));
    if (sid_of(given, &have) != KF_OK)
        return kf_issued_note(why, "its security identifier cannot be read");
    if (kf_buf_equal(&have, &want))
        return KF_OK;
    if (!have.len)
        return kf_issued_note(why, "it lacks the security identifier \"%.190s\"",
                              kf_buf_str(&want));
    return kf_issued_note(why, "its security identifier is \"%.190s\" which was not asked for",
                          kf_buf_str(&have));
}

kf_err kf_issued_names(const kf_cert *cert, const kf_csr *csr, kf_buf *why) {
    X509 *x509 = kf_cert_x509(cert);
    const X509_EXTENSIONS *given = X509_get0_extensions(x509);
    KF_TRY(check_subject(x509, cert, csr, why));
    KF_AUTO_PTR(X509_EXTENSIONS) asked = X509_REQ_get_extensions(kf_csr_x509(csr));
    KF_TRY(check_alternative_names(given, asked, why));
    return check_sid(given, asked, why);
}
