// SPDX-License-Identifier: Apache-2.0
// ISSUED to DONE: check what the CA sent, write it beside its key, put it into the personal store.
#include <string.h>

#include "base/text.h"
#include "enroll/flow.h"
#include "store/store.h"
#include "x509/gost.h"
#include "x509/issued.h"

#define TELLS_MAX 3 /* so many refusals to hear that the certificate is there */

/* --- ISSUED --- */

static kf_err quarantine(kf_flow *flow) {
    kf_request *request = &flow->request;
    KF_TRY(kf_request_set(&request->reason, kf_error_sentence(KF_E_QUARANTINED)));
    KF_TRY(kf_journal_move(flow->context, request, KF_REQUEST_QUARANTINED, request->reason));
    kf_step(flow->context, "check", KF_STEP_FAILED, 0, "certificate refused: %s", request->reason);
    return KF_OK;
}

/* Every leaf is picked by its key, so for a key that stays the old certificate must go first. */
static kf_err drop_old(const kf_request *request, kf_certs *answer) {
    bool dropped = false, left = false;
    for (size_t i = 0; i < answer->count;) {
        size_t len = 0;
        kf_cert *cert = answer->items[i];
        const uint8_t *der = kf_cert_der(cert, &len);
        bool old = len == request->old_cert.len && memcmp(der, request->old_cert.data, len) == 0;
        left |= !old && kf_cert_has_spki(cert, request->spki.data, request->spki.len);
        dropped |= old;
        if (!old) {
            i++;
            continue;
        }
        kf_cert_free(cert);
        memmove(&answer->items[i], &answer->items[i + 1],
                (--answer->count - i) * sizeof(kf_cert *));
    }
    if (dropped && !left)
        return kf_fail(KF_E_QUARANTINED, "\"%s\" sent the old certificate again",
                       request->connection);
    return KF_OK;
}

/* An order without a CSR: the key was made elsewhere, and any leaf that leads to a root will do. */
static kf_err check_keyless(kf_flow *flow, const kf_certs *answer, const kf_certs *anchors,
                            kf_certs *ret_chain) {
    for (size_t i = 0; i < answer->count; i++) {
        const kf_cert *cert = answer->items[i];
        if (kf_cert_is_ca(cert))
            continue;
        kf_err err =
            kf_chain_build(cert, answer, anchors, kf_context_now(flow->context), ret_chain);
        if (err != KF_E_UNTRUSTED)
            return err;
    }
    return kf_fail(KF_E_QUARANTINED, "no certificate of the answer leads to a root of \"%s\"",
                   flow->request.connection);
}

static kf_err read_answer(const kf_request *request, kf_certs *ret_answer) {
    kf_err err = kf_certs_read(request->answer.data, request->answer.len, ret_answer);
    if (err == KF_E_INPUT || err == KF_E_TOO_LARGE)
        return kf_fail_in(KF_E_QUARANTINED, "the answer of \"%s\" cannot be read",
                          request->connection);
    return err;
}

static kf_err check_answer(kf_flow *flow, kf_certs *ret_chain) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO(kf_certs) answer = {0};
    KF_AUTO(kf_certs) anchors = {0};
    const kf_request *request = &flow->request;
    if (request->revoked_at)
        return kf_fail(KF_E_QUARANTINED, "the certificate is revoked");
    KF_TRY(kf_flow_ca(flow));
    KF_TRY(kf_ca_anchors(flow->ca, &anchors));
    KF_TRY(read_answer(request, &answer));
    if (request->csr.len == 0)
        return check_keyless(flow, &answer, &anchors, ret_chain);
    KF_TRY(kf_csr_read(request->csr.data, request->csr.len, &csr));
    if (request->same_key)
        KF_TRY(drop_old(request, &answer));
    struct kf_issued_rules rules = {
        .csr = csr,
        .profile = flow->order.profile,
        .anchors = &anchors,
        .ca_may_change_subject = kf_ca_connector(flow->ca)->ca_sets_subject,
        .now = kf_context_now(flow->context),
    };
    return kf_issued_check(&answer, &rules, ret_chain);
}

kf_err kf_step_verify(kf_flow *flow) {
    KF_AUTO(kf_certs) chain = {0};
    kf_err err = check_answer(flow, &chain);
    if (err == KF_E_QUARANTINED)
        return quarantine(flow);
    KF_TRY(err);
    KF_TRY(kf_certs_encode(&chain, KF_CERT_PEM, &flow->request.chain));
    KF_TRY(kf_journal_move(flow->context, &flow->request, KF_REQUEST_VERIFIED, NULL));
    kf_step(flow->context, "check", KF_STEP_DONE, 0, "certificate checked: %s, issued by %s",
            flow->request.csr.len ? "same key" : "its key is not here",
            kf_cert_issuer(chain.items[0]));
    return KF_OK;
}

/* --- VERIFIED --- */

static kf_err read_chain(const kf_flow *flow, kf_certs *ret_chain) {
    return kf_certs_read(flow->request.chain.data, flow->request.chain.len, ret_chain);
}

/* Signatures of GOST are the one thing that the check of the answer could not verify: OpenSSL does
 * not know them. The token that has such a key has their hash. */
static kf_err check_gost(kf_flow *flow, const kf_certs *chain) {
    for (size_t i = 0; i + 1 < chain->count; i++) {
        struct kf_gost_signed parts;
        const kf_cert *cert = chain->items[i];
        if (!kf_cert_gost(cert, &parts))
            continue;
        kf_err err = flow->session ? kf_session_check_gost(flow->session, cert, chain->items[i + 1])
                                   : KF_E_NOT_ON_TOKEN;
        if (err == KF_E_UNTRUSTED)
            return kf_fail_in(KF_E_QUARANTINED, "the token's check");
        if (err == KF_E_NOT_ON_TOKEN)
            kf_step(flow->context, "note", KF_STEP_NOTE, 0,
                    "the GOST signature of \"%s\" was not verified: OpenSSL does not know it",
                    kf_cert_subject(cert));
        else
            KF_TRY(err);
    }
    return KF_OK;
}

kf_err kf_step_install(kf_flow *flow) {
    kf_request *request = &flow->request;
    KF_AUTO(kf_certs) chain = {0};
    size_t len = 0;
    KF_TRY(read_chain(flow, &chain));
    if (request->token_uri)
        KF_TRY(kf_flow_key(flow, "to write the certificate"));
    kf_err err = check_gost(flow, &chain);
    if (err == KF_E_QUARANTINED)
        return quarantine(flow);
    KF_TRY(err);
    if (request->token_uri) {
        const uint8_t *der = kf_cert_der(chain.items[0], &len);
        KF_TRY(kf_key_write_cert(flow->key, der, len,
                                 request->same_key ? KF_CERT_BESIDE : KF_CERT_REFUSE));
        kf_step(flow->context, "write", KF_STEP_DONE, 0,
                "certificate written to \"%s\" and read back", request->token_label);
    }
    return kf_journal_move(flow->context, request, KF_REQUEST_WRITTEN, NULL);
}

/* --- WRITTEN --- */

static kf_err store_chain(kf_flow *flow, const kf_certs *chain) {
    kf_request *request = &flow->request;
    char id[24], request_id[KF_REQUEST_ID_MAX];
    kf_request_id(request, request_id);
    KF_TRY(kf_store_put(flow->context, KF_STORE_PERSONAL, chain->items[0], request->key_uri,
                        request_id, id));
    KF_TRY(kf_request_set(&request->cert_id, id));
    for (size_t i = 1; i < chain->count; i++) {
        char ignored[24];
        if (!kf_cert_is_self_issued(chain->items[i]))
            KF_TRY(kf_store_put(flow->context, KF_STORE_INTERMEDIATE, chain->items[i], NULL, NULL,
                                ignored));
    }
    return KF_OK;
}

/* The old certificate has stood until now; if a person removed it meanwhile, there is nothing to
 * mark. A new one that was revoked before it was stored takes no place. */
static kf_err supersede(kf_flow *flow) {
    const kf_request *request = &flow->request;
    if (request->revoked_at)
        return kf_store_revoked(flow->context, request->cert_id, (int)request->revoked_reason);
    if (!request->renews || kf_str_equal(request->renews, request->cert_id))
        return KF_OK;
    kf_err err = kf_store_supersede(flow->context, request->renews, request->cert_id);
    if (err != KF_E_NOT_FOUND)
        return err;
    kf_error_clear();
    return KF_OK;
}

static kf_err store_and_end(kf_flow *flow, const kf_certs *chain) {
    KF_TRY(store_chain(flow, chain));
    KF_TRY(supersede(flow));
    KF_TRY(kf_request_set(&flow->request.problem, NULL));
    flow->request.login = 0;
    return kf_journal_move_in(flow->context, &flow->request, KF_REQUEST_DONE, NULL);
}

/* Store and last state in one transaction: a request that is done has its certificate in the store.
 */
static kf_err end_durably(kf_flow *flow, const kf_certs *chain) {
    kf_db *db = NULL;
    KF_TRY(kf_context_db(flow->context, &db));
    KF_TRY(kf_store_prepare(flow->context));
    enum kf_request_state state = flow->request.state;
    int64_t seq = flow->request.seq;
    KF_TRY(kf_db_begin(db));
    kf_err err = kf_db_end(db, store_and_end(flow, chain));
    if (err != KF_OK) {
        flow->request.state = state;
        flow->request.seq = seq;
    }
    return err;
}

/* The CA is told only after the certificate was proven on the token. */
static kf_err tell_ca(kf_flow *flow) {
    struct kf_ca_order order;
    KF_TRY(kf_flow_ca(flow));
    if (!kf_ca_connector(flow->ca)->acknowledge)
        return KF_OK;
    kf_flow_ca_order(flow, &order);
    return kf_ca_acknowledge(flow->ca, &order, flow->request.ticket);
}

/* A CA that cannot be reached, or wants a sign-in, is told later. One that answers, and does not
 * want to know, is not asked for ever: the certificate is good all the same. */
static kf_err acknowledge(kf_flow *flow) {
    kf_err err = tell_ca(flow);
    bool heard = err != KF_E_CA_UNREACHABLE && err != KF_E_CA_LOGIN && err != KF_E_MEMORY &&
                 err != KF_E_INTERRUPTED && err != KF_E_UNTRUSTED;
    if (err == KF_OK)
        return KF_OK;
    if (!heard || ++flow->request.told < TELLS_MAX)
        return kf_flow_note_problem(flow, err);
    KF_AUTO_FREE char *note = kf_str("the CA was not told: %s", kf_error_sentence(err));
    KF_TRY(kf_request_set(&flow->request.problem, NULL));
    return kf_journal_note(flow->context, &flow->request, note);
}

kf_err kf_step_finish(kf_flow *flow) {
    KF_AUTO(kf_certs) chain = {0};
    KF_TRY(read_chain(flow, &chain));
    KF_TRY(acknowledge(flow));
    KF_TRY(end_durably(flow, &chain));
    kf_step(flow->context, "store", KF_STEP_DONE, 0, "in your personal store: %s",
            flow->request.cert_id);
    return KF_OK;
}
