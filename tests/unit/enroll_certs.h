// SPDX-License-Identifier: Apache-2.0
// A CA that follows a script, and the certificates that it makes well or badly. Lives in shared
// memory, so that it outlives a killed process.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "unit/token_fixture.h"

#include <keyfob/connection.h>
#include "x509/issue.h"
#include "x509/name.h"

enum reply {
    TAKE_AND_ISSUE,
    TAKE,          /* WAIT with the ticket "t-1" */
    TAKE_AND_LOSE, /* the order is taken, the answer is lost */
    LOSE,          /* nothing arrived, and nobody knows */
    TAKE_AND_DIE,  /* our process is killed before the answer comes */
    DIE,           /* ... before anything is sent */
    REJECT,
    ASK_LATER, /* RETRY: not taken */
    ASK_PERSON,
    ASK_SOMEBODY, /* NEEDS_PERSON that does not say who */
    SIGN_IN,
    GIBBERISH, /* an answer that the connector cannot read */
    SEVERAL,   /* look-up: more than one order */
    MUTE,      /* look-up: it cannot be told */
    UNKNOWN,   /* NOT_FOUND */
    BY_BOOKS,  /* look-up: what the CA really has */
    BLIND      /* taken, and it can never be asked about: KF_E_NEEDS_OPERATOR */
};

/* What is wrong with the certificate. */
enum flaw {
    GOOD,
    OTHER_KEY,
    OTHER_SUBJECT,
    MAKES_CA,
    TWENTY_YEARS,
    OTHER_ROOT,
    EXTRA_ROOT, /* good, with a root in the bundle that nobody asked for */
    NOT_YET,    /* valid in an hour */
    EXPIRED,
    HTML,
    TRUNCATED,
    TRAILING,
    EMPTY,
    HUGE_BODY,
    NOISE
};

#define PLAN_MAX 8
struct plan {
    enum reply replies[PLAN_MAX]; /* the last one goes on */
    int count, at;
};

struct lab {
    struct plan submit, poll, lookup, cancel;
    enum flaw flaw;
    bool knows_same; /* class B: the same id and bytes are one order */
    int64_t delay;
    int sends, looks, polls, cancels, acknowledged;
    int orders;        /* that the CA has */
    bool hidden;       /* look-up does not see them yet */
    bool bytes_differ; /* a later send was not the same */
    uint8_t first[SHA256_DIGEST_LENGTH];
    char client_id[64];
    char ticket[64]; /* the last one asked with */
    int deaf;        /* so many acknowledgements fail */
    /* what came with the last order that was sent, asked about, or looked up; "-" for NULL */
    char memo[64], old_ticket[64];
    size_t old_len;
    bool reissue;
    int remembered; /* so many memos were given */
    int64_t polled_at[8];
};
static struct lab *lab;
static kf_cert *lab_root, *other_root;
static EVP_PKEY *lab_key, *other_key;
static kf_profile *lab_profile;
/* The request that a recipient makes for an order without one. */
static kf_buf elsewhere;
/* Called with each submit: what does the database say now? */
static void (*lab_looks)(void);

#define SCRIPT(door, ...)                                                                          \
    (lab->door = (struct plan){.replies = {__VA_ARGS__},                                           \
                               .count = sizeof((enum reply[]){__VA_ARGS__}) / sizeof(enum reply)})

static enum reply next_reply(struct plan *plan) {
    int at = plan->at < plan->count ? plan->at++ : plan->count - 1;
    return plan->replies[at < 0 ? 0 : at];
}

/* --- certificates --- */

static kf_cert *resign(kf_cert *cert, void (*change)(X509 *)) {
    X509 *x509 = X509_dup(kf_cert_x509(cert));
    kf_cert *changed = NULL;
    change(x509);
    assert_true(X509_sign(x509, lab_key, EVP_sha256()) > 0);
    assert_int_equal(kf_cert_from_x509(x509, &changed), KF_OK);
    kf_cert_free(cert);
    return changed;
}

static void change_key(X509 *x509) {
    X509_set_pubkey(x509, other_key);
}

static void change_subject(X509 *x509) {
    X509_NAME *name = NULL;
    assert_int_equal(kf_name_parse("CN=Mallory", &name), KF_OK);
    X509_set_subject_name(x509, name);
    X509_NAME_free(name);
}

static void make_ca(X509 *x509) {
    int at = X509_get_ext_by_NID(x509, NID_basic_constraints, -1);
    if (at >= 0)
        X509_EXTENSION_free(X509_delete_ext(x509, at));
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
}

static int64_t lab_now(void);

static kf_cert *issue_good(const struct kf_ca_order *order, const kf_cert *root, EVP_PKEY *key,
                           int64_t from, int64_t days) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    kf_cert *cert = NULL;
    struct kf_issuer issuer = {root, key};
    bool later = order->csr_len == 0;
    assert_int_equal(kf_csr_read(later ? elsewhere.data : order->csr,
                                 later ? elsewhere.len : order->csr_len, &csr),
                     KF_OK);
    struct kf_issue_order issue = {.csr = csr,
                                   .profile = lab_profile,
                                   .serial = {0x40, 1, (uint8_t)lab->sends, (uint8_t)lab->polls},
                                   .not_before = from,
                                   .not_after = from + days * 86400};
    kf_err err = kf_issue_cert(&issuer, &issue, &cert);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    return cert;
}

static kf_cert *issue_flawed(const struct kf_ca_order *order) {
    int64_t now = lab_now() - 60;
    if (lab->flaw == OTHER_ROOT)
        return issue_good(order, other_root, other_key, now, 30);
    if (lab->flaw == NOT_YET)
        return issue_good(order, lab_root, lab_key, now + 3600, 30);
    if (lab->flaw == EXPIRED)
        return issue_good(order, lab_root, lab_key, now - 31 * 86400, 30);
    kf_cert *cert =
        issue_good(order, lab_root, lab_key, now, lab->flaw == TWENTY_YEARS ? 7300 : 30);
    if (lab->flaw == OTHER_KEY)
        return resign(cert, change_key);
    if (lab->flaw == OTHER_SUBJECT)
        return resign(cert, change_subject);
    return lab->flaw == MAKES_CA ? resign(cert, make_ca) : cert;
}

static kf_err garbage(struct kf_ca_answer *answer) {
    static const char html[] = "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>";
    static const char noise[] = "\x00\xff\x30\x82\xff\xff\x01";
    if (lab->flaw == HTML)
        return kf_ca_answer_body(answer, html, sizeof html - 1);
    if (lab->flaw == EMPTY)
        return KF_OK;
    if (lab->flaw == NOISE)
        return kf_ca_answer_body(answer, noise, sizeof noise - 1);
    KF_AUTO_FREE char *huge = calloc(1, KF_CA_BODY_MAX);
    memset(huge, 'A', KF_CA_BODY_MAX);
    return kf_ca_answer_body(answer, huge, KF_CA_BODY_MAX);
}

static kf_err put_body(struct kf_ca_answer *answer, const struct kf_ca_order *order) {
    KF_AUTO(kf_certs) bundle = {0};
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO_PTR(kf_cert) cert = issue_flawed(order);
    bool der = lab->flaw == TRUNCATED || lab->flaw == TRAILING;
    assert_int_equal(kf_certs_add(&bundle, cert), KF_OK);
    if (lab->flaw == EXTRA_ROOT || lab->flaw == OTHER_ROOT)
        assert_int_equal(kf_certs_add(&bundle, other_root), KF_OK);
    assert_int_equal(kf_certs_encode(&bundle, der ? KF_CERT_DER : KF_CERT_PEM, &bytes), KF_OK);
    if (lab->flaw == TRUNCATED)
        bytes.len -= 10;
    if (lab->flaw == TRAILING)
        assert_int_equal(kf_buf_add(&bytes, "tail", 4), KF_OK);
    return kf_ca_answer_body(answer, bytes.data, bytes.len);
}

static kf_err give_cert(struct kf_ca_answer *answer, const struct kf_ca_order *order) {
    answer->outcome = KF_CA_ISSUED;
    if (lab->flaw == HTML || lab->flaw == EMPTY || lab->flaw == HUGE_BODY || lab->flaw == NOISE)
        return garbage(answer);
    return put_body(answer, order);
}
