// SPDX-License-Identifier: Apache-2.0
// A CA that follows a script: what it answers, what it has received, and the certificates that it
// makes well or badly. Lives in shared memory, so that it outlives a killed process.
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
    UNKNOWN,   /* NOT_FOUND */
    BY_BOOKS   /* look-up: what the CA really has */
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
    int64_t polled_at[8];
};
static struct lab *lab;
static kf_cert *lab_root, *other_root;
static EVP_PKEY *lab_key, *other_key;
static kf_profile *lab_profile;
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
    assert_int_equal(kf_csr_read(order->csr, order->csr_len, &csr), KF_OK);
    struct kf_issue_order issue = {.csr = csr,
                                   .profile = lab_profile,
                                   .serial = {0x40, 1},
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

/* --- the doors --- */

static void take_order(const struct kf_ca_order *order) {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(order->csr, order->csr_len, digest);
    bool same = lab->orders > 0 && memcmp(digest, lab->first, sizeof digest) == 0 &&
                strcmp(lab->client_id, order->client_id) == 0;
    if (!(lab->knows_same && same))
        lab->orders++;
}

static void note_send(const struct kf_ca_order *order) {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(order->csr, order->csr_len, digest);
    if (lab->sends++ == 0) {
        memcpy(lab->first, digest, sizeof digest);
        snprintf(lab->client_id, sizeof lab->client_id, "%s", order->client_id);
    }
    lab->bytes_differ |= memcmp(digest, lab->first, sizeof digest) != 0 ||
                         strcmp(lab->client_id, order->client_id) != 0;
}

static kf_err wait_for(struct kf_ca_answer *answer, enum kf_ca_outcome outcome) {
    answer->outcome = outcome;
    answer->delay = lab->delay;
    return kf_ca_answer_ticket(answer, "t-1");
}

static kf_err give_person(struct kf_ca_answer *answer, bool named) {
    KF_TRY(wait_for(answer, KF_CA_NEEDS_PERSON));
    if (named)
        answer->who = strdup("you");
    return kf_ca_answer_text(answer, "%s", "confirm the mail");
}

static kf_err give_words(struct kf_ca_answer *answer, enum kf_ca_outcome outcome,
                         const char *words) {
    answer->outcome = outcome;
    answer->delay = lab->delay;
    return kf_ca_answer_text(answer, "%s", words);
}

static kf_err reply_with(enum reply reply, const struct kf_ca_order *order,
                         struct kf_ca_answer *answer) {
    switch (reply) {
    case TAKE_AND_ISSUE:
        return give_cert(answer, order);
    case TAKE:
        return wait_for(answer, KF_CA_WAIT);
    case TAKE_AND_LOSE:
    case LOSE:
        return kf_fail(KF_E_CA_UNREACHABLE, "the answer did not come");
    case TAKE_AND_DIE:
    case DIE:
        _exit(9);
    case REJECT:
        return give_words(answer, KF_CA_REJECTED, "the name is not yours");
    case ASK_LATER:
        return give_words(answer, KF_CA_RETRY, "too busy");
    case ASK_PERSON:
    case ASK_SOMEBODY:
        return give_person(answer, reply == ASK_PERSON);
    case SIGN_IN:
        return kf_fail(KF_E_CA_LOGIN, "the sign-in has expired");
    case GIBBERISH:
        return kf_fail(KF_E_CA_ANSWER, "the answer makes no sense");
    case SEVERAL:
        return kf_fail(KF_E_NEEDS_OPERATOR, "the CA has orders 7 and 8 for one id");
    case UNKNOWN:
        return give_words(answer, KF_CA_NOT_FOUND, "no such order");
    case BY_BOOKS:
        break;
    }
    return lab->orders > 0 && !lab->hidden ? wait_for(answer, KF_CA_WAIT)
                                           : give_words(answer, KF_CA_NOT_FOUND, "no such order");
}

static bool takes(enum reply reply) {
    return reply == TAKE_AND_ISSUE || reply == TAKE || reply == TAKE_AND_LOSE ||
           reply == TAKE_AND_DIE || reply == ASK_PERSON || reply == ASK_SOMEBODY;
}

static kf_err ca_open(const struct kf_ca_setup *setup, void **ret_state) {
    *ret_state = lab;
    return KF_OK;
}

static void ca_close(void *state) {}

static kf_err ca_submit(void *state, const struct kf_ca_order *order,
                        struct kf_ca_answer *ret_answer) {
    enum reply reply = next_reply(&lab->submit);
    if (lab_looks)
        lab_looks();
    if (reply == DIE)
        _exit(9);
    note_send(order);
    if (takes(reply))
        take_order(order);
    return reply_with(reply, order, ret_answer);
}

static kf_err ca_poll(void *state, const struct kf_ca_order *order, const char *ticket,
                      struct kf_ca_answer *ret_answer) {
    lab->polled_at[lab->polls++ % 8] = kf_monotonic_ms();
    snprintf(lab->ticket, sizeof lab->ticket, "%s", ticket ? ticket : "(none)");
    return reply_with(next_reply(&lab->poll), order, ret_answer);
}

static kf_err ca_lookup(void *state, const struct kf_ca_order *order,
                        struct kf_ca_answer *ret_answer) {
    lab->looks++;
    return reply_with(next_reply(&lab->lookup), order, ret_answer);
}

static kf_err ca_cancel(void *state, const struct kf_ca_order *order, const char *ticket,
                        struct kf_ca_answer *ret_answer) {
    lab->cancels++;
    return reply_with(next_reply(&lab->cancel), order, ret_answer);
}

static kf_err ca_acknowledge(void *state, const struct kf_ca_order *order, const char *ticket) {
    if (lab->deaf > 0 && lab->deaf--)
        return kf_fail(KF_E_CA_UNREACHABLE, "the CA does not listen");
    lab->acknowledged++;
    return KF_OK;
}

/* One connector for each class of CA; connections to them are called "a", "b" and "c". */
static const struct kf_connector ca_connectors[] = {
#define CONNECTOR(class, how)                                                                      \
    {                                                                                              \
        .name = "scripted-" class, .title = "Scripted CA of class " class, .duplicates = how,      \
        .open = ca_open, .close = ca_close, .submit = ca_submit, .poll = ca_poll,                  \
        .lookup = ca_lookup, .cancel = ca_cancel, .acknowledge = ca_acknowledge                    \
    }
    CONNECTOR("a", KF_CA_LOOKUP),
    CONNECTOR("b", KF_CA_SAME),
    CONNECTOR("c", KF_CA_UNKNOWN),
#undef CONNECTOR
};

static void open_lab(void) {
    if (!kf_connector_find("scripted-a"))
        for (size_t i = 0; i < KF_COUNT(ca_connectors); i++)
            assert_ok(kf_connector_register(&ca_connectors[i]));
    lab = mmap(NULL, sizeof *lab, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(lab, MAP_FAILED);
    *lab = (struct lab){0};
    SCRIPT(submit, TAKE_AND_ISSUE);
    SCRIPT(poll, TAKE_AND_ISSUE);
    SCRIPT(lookup, BY_BOOKS);
    SCRIPT(cancel, REJECT);
    lab_key = EVP_EC_gen("P-256");
    other_key = EVP_EC_gen("P-256");
    int64_t now = (int64_t)time(NULL);
    assert_ok(kf_issue_root("CN=Lab Root", lab_key, now - 86400, now + 3650LL * 86400, &lab_root));
    assert_ok(
        kf_issue_root("CN=Other Root", other_key, now - 86400, now + 3650LL * 86400, &other_root));
}

static void close_lab(void) {
    kf_cert_free(lab_root);
    kf_cert_free(other_root);
    EVP_PKEY_free(lab_key);
    EVP_PKEY_free(other_key);
    kf_profile_free(KF_MOVE(lab_profile));
    lab_looks = NULL;
    munmap(lab, sizeof *lab);
}
