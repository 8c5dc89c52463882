// SPDX-License-Identifier: Apache-2.0
// The scripted CA's connectors: what they answer and what they have received.
#pragma once

#include "unit/enroll_certs.h"

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
    case MUTE:
        return kf_fail(KF_E_UNSUPPORTED, "the CA cannot say whether it has the order");
    case UNKNOWN:
        return give_words(answer, KF_CA_NOT_FOUND, "no such order");
    case BLIND:
        return kf_fail(KF_E_NEEDS_OPERATOR, "the CA took it and cannot be asked about it");
    case BY_BOOKS:
        break;
    }
    return lab->orders > 0 && !lab->hidden ? wait_for(answer, KF_CA_WAIT)
                                           : give_words(answer, KF_CA_NOT_FOUND, "no such order");
}

static bool takes(enum reply reply) {
    return reply == TAKE_AND_ISSUE || reply == TAKE || reply == BLIND || reply == TAKE_AND_LOSE ||
           reply == TAKE_AND_DIE || reply == ASK_PERSON || reply == ASK_SOMEBODY;
}

static void note_order(const struct kf_ca_order *order) {
    snprintf(lab->memo, sizeof lab->memo, "%s", order->memo ? order->memo : "-");
    snprintf(lab->old_ticket, sizeof lab->old_ticket, "%s",
             order->old_ticket ? order->old_ticket : "-");
    lab->old_len = order->old_cert_len;
    lab->reissue = order->reissue;
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
    note_order(order);
    if (takes(reply))
        take_order(order);
    return reply_with(reply, order, ret_answer);
}

static kf_err ca_poll(void *state, const struct kf_ca_order *order, const char *ticket,
                      struct kf_ca_answer *ret_answer) {
    lab->polled_at[lab->polls++ % 8] = kf_monotonic_ms();
    snprintf(lab->ticket, sizeof lab->ticket, "%s", ticket ? ticket : "(none)");
    note_order(order);
    return reply_with(next_reply(&lab->poll), order, ret_answer);
}

static kf_err ca_lookup(void *state, const struct kf_ca_order *order,
                        struct kf_ca_answer *ret_answer) {
    lab->looks++;
    note_order(order);
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
