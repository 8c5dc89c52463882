// SPDX-License-Identifier: Apache-2.0
// The connector to a lab CA on this computer.
#include "ca/connectors.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/text.h"
#include "ca/ca.h"
#include "ca/labca.h"

#define TICKET       "local:"
#define POLL_SECONDS 2

static const struct kf_ca_option options[] = {
    {.name = "ca",
     .title = "Lab CA",
     .help = "Name of the lab CA; the connection's own name when not given.",
     .kind = KF_OPTION_TEXT},
};

static kf_err open_local(const struct kf_ca_setup *setup, void **ret_state) {
    const char *name = setup->option(setup->arg, "ca");
    kf_labca *ca = NULL;
    KF_TRY(kf_labca_open(setup->context, name && *name ? name : setup->connection, setup->signer,
                         &ca));
    *ret_state = ca;
    return KF_OK;
}

static void close_local(void *state) {
    kf_labca_close(state);
}

static kf_err test(void *state, char **ret_text) {
    kf_labca *ca = state;
    int64_t issued = 0, waiting = 0;
    KF_TRY(kf_labca_count(ca, &issued, &waiting));
    char *text =
        kf_str("lab CA \"%s\": %" PRId64 " issued, %" PRId64 " waiting", ca->name, issued, waiting);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_text = text;
    return KF_OK;
}

/* --- answers --- */

static kf_err answer_rejected(struct kf_ca_answer *answer, const char *why) {
    answer->outcome = KF_CA_REJECTED;
    return kf_ca_answer_text(answer, "%s", why);
}

static kf_err answer_waiting(const kf_labca *ca, const kf_labca_row *row,
                             struct kf_ca_answer *answer) {
    char ticket[48];
    snprintf(ticket, sizeof ticket, TICKET "%" PRId64, row->id);
    answer->outcome = KF_CA_WAIT;
    answer->delay = POLL_SECONDS;
    KF_TRY(kf_ca_answer_text(answer, "waits for `keyfob ca approve %" PRId64 " --ca \"%s\"`",
                             row->id, ca->name));
    return kf_ca_answer_ticket(answer, ticket);
}

static kf_err answer_issued(const kf_labca *ca, const kf_labca_row *row,
                            struct kf_ca_answer *answer) {
    KF_AUTO_PTR(kf_cert) leaf = NULL;
    KF_AUTO(kf_certs) chain = {0};
    KF_AUTO(kf_buf) pem = {0};
    KF_TRY(kf_cert_parse(row->cert.data, row->cert.len, &leaf));
    KF_TRY(kf_certs_add(&chain, leaf));
    KF_TRY(kf_certs_add(&chain, ca->root));
    KF_TRY(kf_certs_encode(&chain, KF_CERT_PEM, &pem));
    answer->outcome = KF_CA_ISSUED;
    return kf_ca_answer_body(answer, pem.data, pem.len);
}

/* What the row's state means to the one who asked; a signature that a crash cut off is made now. */
static kf_err answer_row(kf_labca *ca, kf_labca_row *row, struct kf_ca_answer *answer) {
    if (row->state == KF_LABCA_SIGNING)
        KF_TRY(kf_labca_sign(ca, row));
    if (row->state == KF_LABCA_ISSUED)
        return answer_issued(ca, row, answer);
    if (row->state == KF_LABCA_WAITING)
        return answer_waiting(ca, row, answer);
    return answer_rejected(answer, row->state == KF_LABCA_REVOKED ? "the certificate was revoked"
                                   : row->reason                  ? row->reason
                                                                  : "rejected");
}

/* --- submit --- */

/* Errors that are the request's fault, so that the CA says no; all others are ours. */
static bool is_refusal(kf_err err) {
    static const kf_err refusals[] = {
        KF_E_INPUT,     KF_E_TOO_LARGE, KF_E_USAGE,        KF_E_POLICY,       KF_E_PROFILE,
        KF_E_NOT_FOUND, KF_E_KEY_WEAK,  KF_E_KEY_UNUSABLE, KF_E_KEY_MISMATCH, KF_E_UNSUPPORTED,
    };
    for (size_t i = 0; i < KF_COUNT(refusals); i++)
        if (refusals[i] == err)
            return true;
    return false;
}

static kf_err new_row(kf_labca *ca, const struct kf_ca_order *order, const kf_csr *csr,
                      kf_labca_row *row) {
    KF_AUTO(kf_buf) spki = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    size_t len = 0;
    const uint8_t *der = kf_csr_der(csr, &len);
    KF_TRY(kf_csr_spki(csr, &spki));
    if (!EVP_Digest(spki.data, spki.len, digest, &digest_len, EVP_sha256(), NULL))
        return kf_fail(KF_E_CRYPTO, "hashing the request's key failed");
    KF_TRY(kf_buf_set(&row->spki_hash, digest, digest_len));
    KF_TRY(kf_buf_set(&row->csr, der, len));
    row->client_id = strdup(order->client_id);
    row->profile = strdup(order->profile ? order->profile : "");
    row->subject = strdup(kf_csr_subject(csr));
    row->created = kf_context_now(ca->context);
    row->state = KF_LABCA_WAITING;
    return row->client_id && row->profile && row->subject
               ? KF_OK
               : kf_fail(KF_E_MEMORY, "out of memory for a request");
}

/* Is there a row for this order? KF_OK: the same order, in `row` now. KF_E_NOT_FOUND: it is new.
 * KF_E_POLICY: the key or the order's id was used for something else. */
static kf_err find_same(kf_labca *ca, const struct kf_ca_order *order, kf_labca_row *row) {
    KF_AUTO(kf_labca_row) old = {0};
    struct kf_labca_key_value client = {.by = KF_LABCA_BY_CLIENT, .client_id = row->client_id};
    struct kf_labca_key_value key = {.by = KF_LABCA_BY_KEY, .bytes = &row->spki_hash};
    kf_err err = kf_labca_row_find(ca, &client, &old);
    if (err == KF_OK) {
        if (!kf_buf_equal(&old.csr, &row->csr) || !kf_str_equal(old.profile, row->profile))
            return kf_fail(KF_E_POLICY, "the order \"%s\" came before with another request",
                           row->client_id);
        kf_labca_row_clear(row);
        *row = old;
        old = (kf_labca_row){0};
        return KF_OK;
    }
    if (err == KF_E_NOT_FOUND)
        err = kf_labca_row_find(ca, &key, &old);
    return err == KF_OK ? kf_labca_renews_key(ca, order, row, &old) : err;
}

/* Row and serial number in one transaction, before anything is signed: a crash leaves a row that
 * will be signed with this number, never a number that can come again. */
static kf_err enter(kf_labca *ca, const struct kf_ca_order *order, const kf_csr *csr,
                    kf_labca_row *row) {
    KF_AUTO_PTR(kf_profile) profile = NULL;
    kf_err err = find_same(ca, order, row);
    if (err != KF_E_NOT_FOUND)
        return err;
    KF_TRY(kf_labca_examine(ca, csr, row->profile, &profile));
    if (!ca->approval)
        KF_TRY(kf_labca_decide(ca, row, profile));
    return kf_labca_row_insert(ca, row);
}

static kf_err take(kf_labca *ca, const struct kf_ca_order *order, kf_labca_row *row) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    if (!order->client_id || !*order->client_id)
        return kf_fail(KF_E_USAGE, "the order has no id");
    KF_TRY(kf_csr_read(order->csr, order->csr_len, &csr));
    KF_TRY(new_row(ca, order, csr, row));
    return enter(ca, order, csr, row);
}

static kf_err submit(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer) {
    kf_labca *ca = state;
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO(kf_labca_row) row = {0};
    KF_TRY(kf_labca_lock(ca, &lock));
    kf_err err = take(ca, order, &row);
    if (is_refusal(err))
        return answer_rejected(answer, kf_error_sentence(err));
    KF_TRY(err);
    return answer_row(ca, &row, answer);
}

/* --- the other doors --- */

/* The row of a ticket, if it is the order's own. */
static kf_err find_ticket(kf_labca *ca, const struct kf_ca_order *order, const char *ticket,
                          kf_labca_row *row) {
    struct kf_labca_key_value key = {.by = KF_LABCA_BY_ID};
    if (!ticket || !kf_str_starts(ticket, TICKET) ||
        kf_parse_number(ticket + strlen(TICKET), "the ticket", 1, INT64_MAX, &key.id) != KF_OK)
        return kf_fail(KF_E_NOT_FOUND, "\"%s\" is not a ticket of a lab CA", ticket ? ticket : "");
    KF_TRY(kf_labca_row_find(ca, &key, row));
    return kf_str_equal(row->client_id, order->client_id)
               ? KF_OK
               : kf_fail(KF_E_NOT_FOUND, "the ticket belongs to another order");
}

static kf_err leave_as_it_is(kf_labca *ca, kf_labca_row *row) {
    return KF_OK;
}

/* A request that still waits becomes rejected; for any other the answer is what became of it. */
static kf_err cancel_waiting(kf_labca *ca, kf_labca_row *row) {
    if (row->state != KF_LABCA_WAITING)
        return KF_OK;
    row->state = KF_LABCA_REJECTED;
    row->reason = strdup("cancelled");
    return kf_labca_row_update(ca, row, KF_LABCA_WAITING);
}

/* Find the ticket's row under the CA's lock, do something with it, and answer what it is then. */
static kf_err answer_ticket(kf_labca *ca, const struct kf_ca_order *order, const char *ticket,
                            kf_err (*act)(kf_labca *, kf_labca_row *),
                            struct kf_ca_answer *answer) {
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO(kf_labca_row) row = {0};
    KF_TRY(kf_labca_lock(ca, &lock));
    kf_err err = find_ticket(ca, order, ticket, &row);
    if (err == KF_E_NOT_FOUND) {
        answer->outcome = KF_CA_NOT_FOUND;
        return KF_OK;
    }
    KF_TRY(err);
    KF_TRY(act(ca, &row));
    return answer_row(ca, &row, answer);
}

static kf_err poll(void *state, const struct kf_ca_order *order, const char *ticket,
                   struct kf_ca_answer *answer) {
    return answer_ticket(state, order, ticket, leave_as_it_is, answer);
}

static kf_err cancel(void *state, const struct kf_ca_order *order, const char *ticket,
                     struct kf_ca_answer *answer) {
    return answer_ticket(state, order, ticket, cancel_waiting, answer);
}

static kf_err revoke_cert(void *state, const struct kf_ca_revocation *order,
                          struct kf_ca_answer *answer) {
    kf_labca *ca = state;
    KF_AUTO(kf_lock) lock = {0};
    KF_AUTO(kf_labca_row) row = {0};
    KF_TRY(kf_labca_lock(ca, &lock));
    kf_err err = kf_labca_find_cert(ca, order->cert, order->cert_len, &row);
    if (err == KF_E_NOT_FOUND) {
        answer->outcome = KF_CA_NOT_FOUND;
        return kf_ca_answer_text(answer, "the lab CA \"%s\" did not issue this certificate",
                                 ca->name);
    }
    KF_TRY(err);
    KF_TRY(kf_labca_revoke_row(ca, &row, order->reason));
    answer->outcome = KF_CA_ISSUED;
    return kf_ca_answer_text(answer, "revoked");
}

static kf_err roots(void *state, struct kf_ca_answer *answer) {
    const kf_labca *ca = state;
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO(kf_buf) pem = {0};
    KF_TRY(kf_certs_add(&certs, ca->root));
    KF_TRY(kf_certs_encode(&certs, KF_CERT_PEM, &pem));
    answer->outcome = KF_CA_ISSUED;
    return kf_ca_answer_body(answer, pem.data, pem.len);
}

const struct kf_connector kf_connector_local = {
    .name = "local",
    .title = "Lab CA on this computer",
    .options = options,
    .option_count = KF_COUNT(options),
    .duplicates = KF_CA_SAME,
    .same_key = true,
    .open = open_local,
    .close = close_local,
    .test = test,
    .submit = submit,
    .poll = poll,
    .cancel = cancel,
    .revoke = revoke_cert,
    .roots = roots,
};
