// SPDX-License-Identifier: Apache-2.0
// Reading certificates in whatever form a CA hands them out.
#include "x509/cert.h"

#include <ctype.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <string.h>

#include "base/text.h"
#include "x509/name.h"
#include "x509/pkcs7.h"

KF_DEFINE_AUTO_PTR_WITH(CMS_ContentInfo, CMS_ContentInfo_free)
KF_DEFINE_AUTO_PTR_WITH(X509_CRL, X509_CRL_free)

struct reader {
    kf_certs certs;
    size_t seen; /* with duplicates */
};

struct text {
    const char *at;
    size_t len;
};

static kf_err fail_count(void) {
    return kf_fail(KF_E_TOO_LARGE, "the file has more than %d certificates", KF_CERT_COUNT_MAX);
}

/* CAs repeat certificates; a list holds each once, but the cap counts all. */
static kf_err keep(struct reader *reader, kf_cert *cert) {
    if (++reader->seen > KF_CERT_COUNT_MAX)
        return fail_count();
    for (size_t i = 0; i < reader->certs.count; i++)
        if (kf_cert_equal(reader->certs.items[i], cert))
            return KF_OK;
    return kf_certs_add(&reader->certs, cert);
}

static kf_err read_cert(struct reader *reader, const uint8_t *der, size_t len) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_TRY(kf_cert_parse(der, len, &cert));
    return keep(reader, cert);
}

static kf_err keep_stack(struct reader *reader, const STACK_OF(X509) * stack) {
    if (sk_X509_num(stack) <= 0)
        return kf_fail(KF_E_INPUT, "the PKCS#7 file has no certificates in it");
    if (sk_X509_num(stack) > KF_CERT_COUNT_MAX)
        return fail_count();
    for (int i = 0; i < sk_X509_num(stack); i++) {
        X509 *x509 = sk_X509_value(stack, i);
        KF_AUTO_PTR(kf_cert) cert = NULL;
        X509_up_ref(x509);
        KF_TRY(kf_cert_from_x509(x509, &cert));
        KF_TRY(keep(reader, cert));
    }
    return KF_OK;
}

/* Only parsed: signatures in it prove nothing here, the certificates speak for themselves. */
static kf_err read_pkcs7(struct reader *reader, const uint8_t *der, size_t len) {
    const uint8_t *end = der;
    if (kf_pkcs7_count(der, len) > KF_CERT_COUNT_MAX)
        return fail_count();
    KF_AUTO_PTR(CMS_ContentInfo) cms = d2i_CMS_ContentInfo(NULL, &end, (long)len);
    ERR_clear_error();
    if (!cms)
        return kf_fail(KF_E_INPUT, "the PKCS#7 file is damaged or cut off");
    if (end != der + len)
        return kf_fail(KF_E_INPUT, "%zu bytes follow the PKCS#7 file", (size_t)(der + len - end));
    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
        return kf_fail(KF_E_INPUT, "the PKCS#7 file is not SignedData with certificates");
    STACK_OF(X509) *stack = CMS_get1_certs(cms);
    kf_err err = keep_stack(reader, stack);
    sk_X509_pop_free(stack, X509_free);
    return err;
}

static bool is_request(const uint8_t *der, size_t len) {
    KF_AUTO_PTR(X509_REQ) request = d2i_X509_REQ(NULL, &der, (long)len);
    return request != NULL;
}

static bool is_crl(const uint8_t *der, size_t len) {
    KF_AUTO_PTR(X509_CRL) crl = d2i_X509_CRL(NULL, &der, (long)len);
    return crl != NULL;
}

/* What the bytes are that are not a certificate; NULL when nothing is recognised. `tag` is the
 * first inside the SEQUENCE. */
static const char *what_der(const uint8_t *der, size_t len, int tag, const uint8_t *value) {
    if (tag == V_ASN1_INTEGER)
        return *value == 3 ? "a PKCS#12 file with a private key" : "a private key";
    const char *what = is_request(der, len) ? "a certificate request"
                       : is_crl(der, len)   ? "a revocation list"
                                            : NULL;
    ERR_clear_error();
    return what;
}

/* The outer SEQUENCE must be all there is; `ret_value` is where its contents start, `ret_rest` how
 * many bytes follow it. An indefinite length (BER, in PKCS#7) is left to the parser. */
static kf_err open_sequence(const uint8_t *der, size_t len, const uint8_t **ret_value,
                            size_t *ret_rest) {
    const uint8_t *value = der;
    long inside = 0;
    int tag, class;
    int flags = ASN1_get_object(&value, &inside, &tag, &class, (long)len);
    ERR_clear_error();
    if ((flags & 0x80) || tag != V_ASN1_SEQUENCE || class != V_ASN1_UNIVERSAL)
        return kf_fail(KF_E_INPUT, "the DER data is damaged or cut off");
    *ret_value = value;
    *ret_rest = (flags & 1) ? 0 : (size_t)(der + len - value) - (size_t)inside;
    return KF_OK;
}

static kf_err read_der(struct reader *reader, const uint8_t *der, size_t len) {
    const uint8_t *value = NULL;
    size_t rest = 0;
    KF_TRY(open_sequence(der, len, &value, &rest));
    if (rest > 1 && der[len - rest] == 0x30)
        return kf_fail(KF_E_INPUT, "several DER structures follow each other: use PEM or PKCS#7");
    if (rest)
        return kf_fail(KF_E_INPUT, "%zu bytes follow the certificate", rest);
    long inside = 0;
    int tag = -1, class = 0;
    if (ASN1_get_object(&value, &inside, &tag, &class, (long)(der + len - value)) & 0x80)
        tag = -1;
    ERR_clear_error();
    if (tag == V_ASN1_OBJECT)
        return read_pkcs7(reader, der, len);
    const char *what = tag == V_ASN1_INTEGER && inside < 1 ? NULL : what_der(der, len, tag, value);
    if (what)
        return kf_fail(KF_E_INPUT, "this is %s, not a certificate", what);
    return read_cert(reader, der, len);
}

static kf_err refuse_trusted(struct reader *reader, const uint8_t *der, size_t len) {
    kf_fail(KF_E_INPUT, "this is a certificate in OpenSSL's own \"TRUSTED CERTIFICATE\" form");
    kf_error_hint("Make a plain one with `openssl x509 -in FILE -out NEW` and use that.");
    return KF_E_INPUT;
}

/* Labels of RFC 7468 and their older names; AD CS puts PKCS#7 under CERTIFICATE. Blocks without
 * `read` are passed over; when nothing else is there they name what was given instead. */
static const struct label {
    const char *name, *what;
    kf_err (*read)(struct reader *reader, const uint8_t *der, size_t len);
} labels[] = {
    {"CERTIFICATE", NULL, read_der},
    {"X509 CERTIFICATE", NULL, read_der},
    {"TRUSTED CERTIFICATE", NULL, refuse_trusted},
    {"PKCS7", NULL, read_pkcs7},
    {"PKCS #7 SIGNED DATA", NULL, read_pkcs7},
    {"CMS", NULL, read_pkcs7},
    {"CERTIFICATE REQUEST", "a certificate request", NULL},
    {"NEW CERTIFICATE REQUEST", "a certificate request", NULL},
    {"X509 CRL", "a revocation list", NULL},
    {"PUBLIC KEY", "a public key", NULL},
    {"PRIVATE KEY", "a private key", NULL},
    {"ENCRYPTED PRIVATE KEY", "a private key", NULL},
    {"RSA PRIVATE KEY", "a private key", NULL},
    {"EC PRIVATE KEY", "a private key", NULL},
    {"OPENSSH PRIVATE KEY", "a private key", NULL},
};

static const struct label *find_label(struct text name) {
    for (size_t i = 0; i < KF_COUNT(labels); i++)
        if (strlen(labels[i].name) == name.len && !memcmp(labels[i].name, name.at, name.len))
            return &labels[i];
    return NULL;
}

static const char *find(struct text in, const char *what) {
    return in.len ? memmem(in.at, in.len, what, strlen(what)) : NULL;
}

/* Step over `text` up to `end`. */
static struct text after(struct text text, const char *end) {
    return (struct text){end, text.len - (size_t)(end - text.at)};
}

#define BEGIN  "-----BEGIN "
#define END    "-----END "
#define DASHES "-----"

/* Cut the next block out of `text`: label, body, and what is left. */
static kf_err next_block(struct text *text, struct text *ret_label, struct text *ret_body) {
    struct text rest = after(*text, find(*text, BEGIN) + strlen(BEGIN));
    const char *dashes = find(rest, DASHES);
    if (!dashes || dashes - rest.at > 64)
        return kf_fail(KF_E_INPUT, "a PEM block has no proper first line");
    struct text label = {rest.at, (size_t)(dashes - rest.at)};
    rest = after(rest, dashes + strlen(DASHES));
    const char *end = find(rest, END);
    if (!end)
        return kf_fail(KF_E_INPUT, "a PEM block is cut off: its END line is missing");
    *ret_body = (struct text){rest.at, (size_t)(end - rest.at)};
    rest = after(rest, end + strlen(END));
    if (rest.len < label.len + strlen(DASHES) || memcmp(rest.at, label.at, label.len) != 0 ||
        memcmp(rest.at + label.len, DASHES, strlen(DASHES)) != 0)
        return kf_fail(KF_E_INPUT, "a PEM block ends with another name than it begins with");
    *ret_label = label;
    *text = after(rest, rest.at + label.len + strlen(DASHES));
    return KF_OK;
}

static kf_err read_pem(struct reader *reader, struct text text) {
    const char *instead = NULL;
    while (find(text, BEGIN)) {
        struct text name = {0}, body = {0};
        KF_TRY(next_block(&text, &name, &body));
        const struct label *label = find_label(name);
        if (!label || !label->read) {
            instead = instead ? instead : label ? label->what : "something else in PEM";
            continue;
        }
        KF_AUTO(kf_buf) der = {0};
        if (kf_unbase64(body.at, body.len, &der) != KF_OK)
            return kf_fail(KF_E_INPUT, "the PEM block \"%s\" is not base64", label->name);
        if (!der.len)
            return kf_fail(KF_E_INPUT, "the PEM block \"%s\" is empty", label->name);
        KF_TRY(label->read(reader, der.data, der.len));
    }
    if (!reader->certs.count)
        return kf_fail(KF_E_INPUT, "this is %s, not a certificate", instead);
    return KF_OK;
}

static kf_err read_base64(struct reader *reader, struct text text) {
    KF_AUTO(kf_buf) der = {0};
    if (kf_unbase64(text.at, text.len, &der) != KF_OK || der.len < 2 || der.data[0] != 0x30)
        return kf_fail(KF_E_INPUT, "this is not a certificate in PEM, base64, DER or PKCS#7");
    return read_der(reader, der.data, der.len);
}

static kf_err read_text(struct reader *reader, struct text text) {
    if (text.len >= 3 && !memcmp(text.at, "\xef\xbb\xbf", 3))
        text = after(text, text.at + 3);
    while (text.len && isspace((unsigned char)*text.at))
        text = after(text, text.at + 1);
    if (!text.len)
        return kf_fail(KF_E_INPUT, "the file is empty");
    if (*text.at == '{')
        return kf_fail(KF_E_INPUT, "this is JSON, not a certificate");
    if (find(text, BEGIN))
        return read_pem(reader, text);
    if (*text.at == '<')
        return kf_fail(KF_E_INPUT, "this is an HTML page, not a certificate");
    return read_base64(reader, text);
}

/* No text has a byte above 0x7f after '0'; a short key or an empty PKCS#7 file has its length
 * there. */
static bool is_der(const uint8_t *data, size_t len) {
    return len > 1 && data[0] == 0x30 && ((data[1] & 0x80) || data[1] + (size_t)2 == len);
}

kf_err kf_certs_read(const uint8_t *data, size_t len, kf_certs *ret_certs) {
    if (len > KF_CERT_FILE_MAX)
        return kf_fail(KF_E_TOO_LARGE, "the file is larger than %zu bytes", KF_CERT_FILE_MAX);
    struct reader reader = {0};
    kf_err err = is_der(data, len) ? read_der(&reader, data, len)
                                   : read_text(&reader, (struct text){(const char *)data, len});
    if (err != KF_OK) {
        kf_certs_clear(&reader.certs);
        return err;
    }
    kf_certs_clear(ret_certs);
    *ret_certs = reader.certs;
    return KF_OK;
}
