// SPDX-License-Identifier: Apache-2.0
// The CA behind a service: issues for a CSR, and wrongly where the knob "issue" says so.
#include "authority.h"
#include "core.h"
#include "decode.h"

#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <stdlib.h>
#include <string.h>

struct double_issuer {
    struct double_authority root, sub, false_root, false_sub, stranger;
    X509 *issued[2]; /* the last two for different keys, newest first */
};

static void write_root(const char *path, X509 *root) {
    FILE *file = fopen(path, "we");
    if (!file || PEM_write_X509(file, root) != 1 || fclose(file) != 0)
        double_die("\"%s\" cannot be written", path);
}

void double_issuer_start(kf_double *d) {
    static const char root[] = "CN=Double Root,O=Double", sub[] = "CN=Double Issuing CA,O=Double";
    struct double_issuer *issuer = d->issuer = calloc(1, sizeof *issuer);
    issuer->root = double_authority_make(NULL, root);
    issuer->sub = double_authority_make(&issuer->root, sub);
    /* the same names on purpose: only the signature tells them apart */
    issuer->false_root = double_authority_make(NULL, root);
    issuer->false_sub = double_authority_make(&issuer->false_root, sub);
    issuer->stranger = double_authority_make(NULL, "CN=Stranger Root,O=Stranger");
    write_root(d->ca_root, issuer->root.certificate);
}

void double_issuer_clear(kf_double *d) {
    struct double_issuer *issuer = d->issuer;
    struct double_authority *all[] = {&issuer->root, &issuer->sub, &issuer->false_root,
                                      &issuer->false_sub, &issuer->stranger};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        double_authority_clear(all[i]);
    X509_free(issuer->issued[0]), X509_free(issuer->issued[1]);
    free(issuer);
}

static bool is_knob(const kf_double *d, const char *value) {
    return strcmp(double_knob(d, "issue"), value) == 0;
}

static const char *knob_or_null(const kf_double *d, const char *knob) {
    const char *value = double_knob(d, knob);
    return *value ? value : NULL;
}

static void remember(struct double_issuer *issuer, X509 *certificate) {
    EVP_PKEY *newest = issuer->issued[0] ? X509_get0_pubkey(issuer->issued[0]) : NULL;
    bool same = newest && EVP_PKEY_eq(newest, X509_get0_pubkey(certificate)) == 1;
    X509_free(issuer->issued[same ? 0 : 1]);
    if (!same)
        issuer->issued[1] = issuer->issued[0];
    issuer->issued[0] = certificate;
    X509_up_ref(certificate);
}

/* One issued before, for another key; a fresh one when this CA has issued none. */
static X509 *issued_before(struct double_issuer *issuer, X509_REQ *csr) {
    for (size_t i = 0; i < 2; i++) {
        X509 *old = issuer->issued[i];
        if (old && EVP_PKEY_eq(X509_get0_pubkey(old), X509_REQ_get0_pubkey(csr)) != 1) {
            X509_up_ref(old);
            return old;
        }
    }
    EVP_PKEY *key = double_new_key();
    X509 *fresh = double_certify(
        &issuer->sub,
        &(struct double_wish){.subject = "CN=Somebody Else", .key = key, .to_days = 365});
    EVP_PKEY_free(key);
    return fresh;
}

static void decide_days(const kf_double *d, struct double_wish *wish) {
    wish->to_days = strtol(double_knob(d, "days"), NULL, 10);
    if (is_knob(d, "expired"))
        wish->from_days = -730, wish->to_days = -1;
    else if (is_knob(d, "long"))
        wish->to_days = 20 * 365 + 5;
}

static X509 *issue(kf_double *d, X509_REQ *csr, const char *subject, bool copy_san) {
    static const char *const known[] = {"",           "other-key", "other-order", "wrong-chain",
                                        "extra-root", "expired",   "ca",          "long"};
    size_t at = 0;
    while (at < sizeof known / sizeof known[0] && !is_knob(d, known[at]))
        at++;
    if (at == sizeof known / sizeof known[0])
        double_die("there is no \"issue=%s\"", double_knob(d, "issue"));
    if (is_knob(d, "other-order"))
        return issued_before(d->issuer, csr);
    struct double_wish wish = {.subject = subject,
                               .csr = csr,
                               .copy_san = copy_san,
                               .ca = is_knob(d, "ca"),
                               .usage = knob_or_null(d, "usage"),
                               .purpose = double_knob(d, "purpose"),
                               .san = knob_or_null(d, "san")};
    decide_days(d, &wish);
    if (is_knob(d, "other-key"))
        wish.key = double_new_key();
    X509 *certificate =
        double_certify(is_knob(d, "wrong-chain") ? &d->issuer->false_sub : &d->issuer->sub, &wish);
    EVP_PKEY_free(wish.key);
    if (*double_knob(d, "issue") == '\0')
        remember(d->issuer, certificate);
    return certificate;
}

/* The CA's certificates after a leaf, as the knob has them. */
static size_t list_chain(kf_double *d, bool root, X509 *ret_chain[3]) {
    struct double_issuer *issuer = d->issuer;
    bool wrong = is_knob(d, "wrong-chain");
    size_t count = 0;
    ret_chain[count++] = wrong ? issuer->false_sub.certificate : issuer->sub.certificate;
    if (root)
        ret_chain[count++] = wrong ? issuer->false_root.certificate : issuer->root.certificate;
    return count;
}

char *double_issue(kf_double *d, const char *csr, size_t len, const char *subject, bool copy_san,
                   bool chain) {
    X509_REQ *request = double_decode_csr(csr, len);
    if (!request)
        return NULL;
    pthread_mutex_lock(&d->lock);
    X509 *all[4] = {issue(d, request, subject, copy_san)};
    size_t count = 1 + (chain ? list_chain(d, false, all + 1) : 0);
    if (is_knob(d, "extra-root"))
        all[count++] = d->issuer->stranger.certificate;
    double_add(d, "certificates", 1);
    char *pem = double_pem(all, count);
    pthread_mutex_unlock(&d->lock);
    X509_free(all[0]);
    X509_REQ_free(request);
    return pem;
}

char *double_ca_chain(kf_double *d) {
    pthread_mutex_lock(&d->lock);
    X509 *all[4];
    size_t count = list_chain(d, true, all);
    if (is_knob(d, "extra-root"))
        all[count++] = d->issuer->stranger.certificate;
    char *pem = double_pem(all, count);
    pthread_mutex_unlock(&d->lock);
    return pem;
}

unsigned char *double_ca_p7b(kf_double *d, size_t *ret_len) {
    pthread_mutex_lock(&d->lock);
    X509 *all[4];
    size_t count = list_chain(d, true, all);
    if (is_knob(d, "extra-root"))
        all[count++] = d->issuer->stranger.certificate;
    PKCS7 *bag = PKCS7_new();
    PKCS7_set_type(bag, NID_pkcs7_signed);
    PKCS7_content_new(bag, NID_pkcs7_data);
    PKCS7_set_detached(bag, 1);
    for (size_t i = 0; i < count; i++)
        PKCS7_add_certificate(bag, all[i]);
    unsigned char *der = NULL;
    int len = i2d_PKCS7(bag, &der);
    PKCS7_free(bag);
    pthread_mutex_unlock(&d->lock);
    if (len <= 0)
        double_die("the CA's PKCS#7 cannot be made");
    *ret_len = (size_t)len;
    return double_moved(der, (size_t)len);
}
