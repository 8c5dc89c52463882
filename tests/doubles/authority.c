// SPDX-License-Identifier: Apache-2.0
// A certificate from a wish, and CAs.
#include "authority.h"
#include "core.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static void must(bool done) {
    if (!done)
        double_die("OpenSSL: %s", ERR_error_string(ERR_peek_last_error(), NULL));
}

EVP_PKEY *double_new_key(void) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    must(key != NULL);
    return key;
}

/* "CN=Some\, body,O=Org" */
static X509_NAME *parse_subject(const char *text) {
    X509_NAME *name = X509_NAME_new();
    char part[512];
    while (*text) {
        size_t n = 0;
        for (; *text && *text != ','; text++) {
            if (*text == '\\' && text[1])
                text++;
            if (n + 1 < sizeof part)
                part[n++] = *text;
        }
        part[n] = '\0';
        text += *text == ',';
        char *equals = strchr(part, '=');
        if (!equals)
            double_die("\"%s\" is no part of a subject", part);
        *equals = '\0';
        must(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
                                        (const unsigned char *)equals + 1, -1, -1, 0) == 1);
    }
    return name;
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/* Takes an extension of the CSR over; false when it has none. */
static bool copy_extension(X509 *certificate, const struct double_wish *wish, int nid) {
    STACK_OF(X509_EXTENSION) *asked = wish->csr ? X509_REQ_get_extensions(wish->csr) : NULL;
    int at = asked ? X509v3_get_ext_by_NID(asked, nid, -1) : -1;
    if (at >= 0)
        must(X509_add_ext(certificate, X509v3_get_ext(asked, at), -1) == 1);
    sk_X509_EXTENSION_pop_free(asked, X509_EXTENSION_free);
    return at >= 0;
}

static void add_extensions(X509 *certificate, X509 *issuer, const struct double_wish *wish) {
    add_extension(certificate, issuer, NID_basic_constraints,
                  wish->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    if (issuer != certificate)
        add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
    bool names = wish->copy_san && copy_extension(certificate, wish, NID_subject_alt_name);
    if (wish->ca || !copy_extension(certificate, wish, NID_key_usage))
        add_extension(certificate, issuer, NID_key_usage,
                      wish->ca      ? "critical,keyCertSign,cRLSign"
                      : wish->usage ? wish->usage
                                    : "critical,digitalSignature");
    if (!copy_extension(certificate, wish, NID_ext_key_usage) && wish->purpose)
        add_extension(certificate, issuer, NID_ext_key_usage, wish->purpose);
    if (!names && wish->san)
        add_extension(certificate, issuer, NID_subject_alt_name, wish->san);
}

static void set_serial(X509 *certificate) {
    unsigned char random[16];
    must(RAND_bytes(random, sizeof random) == 1);
    random[0] = (random[0] & 0x7F) | 0x40;
    BIGNUM *number = BN_bin2bn(random, sizeof random, NULL);
    must(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL);
    BN_free(number);
}

X509 *double_certify(const struct double_authority *issuer, const struct double_wish *wish) {
    X509 *certificate = X509_new();
    EVP_PKEY *key = wish->key ? wish->key : X509_REQ_get0_pubkey(wish->csr);
    X509_NAME *subject = wish->subject ? parse_subject(wish->subject)
                                       : X509_NAME_dup(X509_REQ_get_subject_name(wish->csr));
    must(certificate && key && subject && X509_set_version(certificate, 2) == 1);
    set_serial(certificate);
    must(X509_set_subject_name(certificate, subject) == 1 &&
         X509_set_issuer_name(certificate,
                              issuer ? X509_get_subject_name(issuer->certificate) : subject) == 1 &&
         X509_time_adj_ex(X509_getm_notBefore(certificate), (int)wish->from_days, -60, NULL) &&
         X509_time_adj_ex(X509_getm_notAfter(certificate), (int)wish->to_days, 0, NULL) &&
         X509_set_pubkey(certificate, key) == 1);
    add_extensions(certificate, issuer ? issuer->certificate : certificate, wish);
    must(X509_sign(certificate, issuer ? issuer->key : key, EVP_sha256()) > 0);
    X509_NAME_free(subject);
    return certificate;
}

struct double_authority double_authority_make(const struct double_authority *issuer,
                                              const char *subject) {
    struct double_authority made = {.key = double_new_key()};
    struct double_wish wish = {
        .subject = subject, .key = made.key, .ca = true, .from_days = -3650, .to_days = 10950};
    made.certificate = double_certify(issuer, &wish);
    return made;
}

void double_authority_clear(struct double_authority *authority) {
    EVP_PKEY_free(authority->key);
    X509_free(authority->certificate);
}

char *double_pem(X509 *const *certificates, size_t count) {
    BIO *out = BIO_new(BIO_s_mem());
    for (size_t i = 0; i < count; i++)
        must(PEM_write_bio_X509(out, certificates[i]) == 1);
    char *data;
    long len = BIO_get_mem_data(out, &data);
    char *text = strndup(data, (size_t)len);
    BIO_free(out);
    return text;
}
