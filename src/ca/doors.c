// SPDX-License-Identifier: Apache-2.0
// The doors: thin, in front of a connector's pointers, and they let no nonsense through.
#include <string.h>

#include "base/text.h"
#include "ca/opened.h"
#include "ca/shape.h"

#define DELAY_MAX ((int64_t)30 * 24 * 3600)
/* What the setters of answer.c cut at; a connector may have gone around them. */
#define TICKET_MAX 4096
#define TEXT_MAX   8192
#define WHO_MAX    64
#define MEMO_MAX   (1024 * 1024) /* the ids of all earlier orders at a CA */
#define SHOWN_MAX  2048

/* What each outcome must bring along at each door. */
static const char *const door_names[] = {
    [KF_DOOR_SUBMIT] = "submit", [KF_DOOR_POLL] = "poll",         [KF_DOOR_LOOKUP] = "lookup",
    [KF_DOOR_CANCEL] = "cancel", [KF_DOOR_REVOKE] = "revoke",     [KF_DOOR_ROOTS] = "roots",
    [KF_DOOR_LOGIN] = "login",   [KF_DOOR_REGISTER] = "register",
};

static bool must_have_body(enum kf_ca_door door) {
    return door != KF_DOOR_REVOKE && door != KF_DOOR_LOGIN && door != KF_DOOR_REGISTER;
}

static bool must_have_ticket(enum kf_ca_door door) {
    return door <= KF_DOOR_LOOKUP || door == KF_DOOR_LOGIN;
}

static bool is_longer(const char *text, size_t max) {
    return text && strlen(text) > max;
}

static const char *nonsense(const struct kf_ca_answer *answer, enum kf_ca_door door) {
    bool waits = answer->outcome == KF_CA_WAIT || answer->outcome == KF_CA_NEEDS_PERSON;
    if ((unsigned)answer->outcome > KF_CA_NOT_FOUND)
        return "an outcome that does not exist";
    if (answer->body_len > KF_CA_BODY_MAX || (answer->body_len && !answer->body))
        return "a body of an impossible size";
    if (is_longer(answer->ticket, TICKET_MAX))
        return "a ticket of an impossible size";
    if (is_longer(answer->text, TEXT_MAX) || is_longer(answer->who, WHO_MAX))
        return "words of an impossible size";
    if (answer->outcome == KF_CA_ISSUED && must_have_body(door) && !answer->body_len)
        return "\"issued\" without a certificate";
    if (waits && must_have_ticket(door) && (!answer->ticket || !*answer->ticket))
        return "\"wait\" without a ticket";
    if (answer->outcome == KF_CA_NEEDS_PERSON && (!answer->text || !*answer->text))
        return "that a person must act, but not how";
    if (answer->outcome == KF_CA_NOT_FOUND && door == KF_DOOR_SUBMIT)
        return "\"not found\" to a new order";
    return answer->delay < 0 ? "a delay in the past" : NULL;
}

kf_err kf_ca_fail_answer(const kf_ca *ca, const char *door, const char *what) {
    return kf_fail(KF_E_CA_ANSWER,
                   "the connector \"%s\" of the connection \"%s\" answered to \"%s\" with %s",
                   kf_ca_connector(ca)->name, kf_ca_name(ca), door, what);
}

kf_err kf_ca_give(const kf_ca *ca, enum kf_ca_door door, struct kf_ca_answer *answer,
                  struct kf_ca_answer *ret_answer) {
    const char *wrong = nonsense(answer, door);
    if (wrong)
        return kf_ca_fail_answer(ca, door_names[door], wrong);
    answer->delay = answer->delay < DELAY_MAX ? answer->delay : DELAY_MAX;
    kf_ca_answer_clear(ret_answer);
    *ret_answer = *answer;
    *answer = (struct kf_ca_answer){0};
    return KF_OK;
}

kf_err kf_ca_cannot(const kf_ca *ca, const char *what) {
    return kf_fail(KF_E_UNSUPPORTED, "the connection \"%s\" (%s) cannot %s", kf_ca_name(ca),
                   kf_ca_connector(ca)->title, what);
}

kf_err kf_ca_submit(kf_ca *ca, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer) {
    KF_AUTO(kf_answer) answer = {0};
    KF_TRY(kf_ca_connector(ca)->submit(kf_ca_state(ca), order, &answer));
    return kf_ca_give(ca, KF_DOOR_SUBMIT, &answer, ret_answer);
}

kf_err kf_ca_poll(kf_ca *ca, const struct kf_ca_order *order, const char *ticket,
                  struct kf_ca_answer *ret_answer) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->poll)
        return kf_ca_cannot(ca, "be asked about an order");
    KF_TRY(connector->poll(kf_ca_state(ca), order, ticket, &answer));
    return kf_ca_give(ca, KF_DOOR_POLL, &answer, ret_answer);
}

kf_err kf_ca_lookup(kf_ca *ca, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->lookup)
        return kf_ca_cannot(ca, "find an order by our own id");
    KF_TRY(connector->lookup(kf_ca_state(ca), order, &answer));
    return kf_ca_give(ca, KF_DOOR_LOOKUP, &answer, ret_answer);
}

kf_err kf_ca_cancel(kf_ca *ca, const struct kf_ca_order *order, const char *ticket,
                    struct kf_ca_answer *ret_answer) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->cancel)
        return kf_ca_cannot(ca, "cancel an order");
    KF_TRY(connector->cancel(kf_ca_state(ca), order, ticket, &answer));
    return kf_ca_give(ca, KF_DOOR_CANCEL, &answer, ret_answer);
}

kf_err kf_ca_revoke(kf_ca *ca, const struct kf_ca_revocation *order,
                    struct kf_ca_answer *ret_answer) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->revoke)
        return kf_ca_cannot(ca, "revoke a certificate");
    KF_TRY(connector->revoke(kf_ca_state(ca), order, &answer));
    return kf_ca_give(ca, KF_DOOR_REVOKE, &answer, ret_answer);
}

kf_err kf_ca_acknowledge(kf_ca *ca, const struct kf_ca_order *order, const char *ticket) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    return connector->acknowledge ? connector->acknowledge(kf_ca_state(ca), order, ticket)
                                  : kf_ca_cannot(ca, "be told that a certificate arrived");
}

/* Foreign words may be in it: safe to show, and one line. */
static kf_err give_line(const char *raw, char **ret_text) {
    char shown[SHOWN_MAX];
    kf_text_escape_into(shown, sizeof shown, raw, strlen(raw));
    char *text = strdup(shown);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_text = text;
    return KF_OK;
}

kf_err kf_ca_test(kf_ca *ca, char **ret_text) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO_FREE char *text = NULL;
    if (connector->test)
        KF_TRY(connector->test(kf_ca_state(ca), &text));
    else
        text = kf_str("there is nothing to test for \"%s\" (%s)", kf_ca_name(ca), connector->title);
    if (!text)
        return kf_ca_fail_answer(ca, "test", "nothing");
    return give_line(text, ret_text);
}

kf_err kf_ca_roots(kf_ca *ca, kf_certs *ret_certs) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO(kf_answer) raw = {0};
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->roots) {
        kf_certs_clear(ret_certs);
        return KF_OK;
    }
    KF_TRY(connector->roots(kf_ca_state(ca), &raw));
    KF_TRY(kf_ca_give(ca, KF_DOOR_ROOTS, &raw, &answer));
    if (answer.outcome != KF_CA_ISSUED)
        return kf_fail(KF_E_CA_ANSWER, "the connection \"%s\" did not give its certificates: %s",
                       kf_ca_name(ca), answer.text ? answer.text : "no reason given");
    if (kf_certs_read(answer.body, answer.body_len, ret_certs) != KF_OK)
        return kf_fail_in(KF_E_CA_ANSWER, "the CA certificates of the connection \"%s\"",
                          kf_ca_name(ca));
    return KF_OK;
}

/* --- before an order --- */

kf_err kf_ca_prepare(kf_ca *ca, const struct kf_ca_plan *plan,
                     struct kf_ca_prepared *ret_prepared) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO(kf_prepared) prepared = {0};
    if (connector->prepare)
        KF_TRY(connector->prepare(kf_ca_state(ca), plan, &prepared));
    const char *wrong = kf_shape_prepared(&prepared);
    if (wrong)
        return kf_ca_fail_answer(ca, "prepare", wrong);
    kf_ca_prepared_clear(ret_prepared);
    *ret_prepared = prepared;
    prepared = (kf_prepared){0};
    return KF_OK;
}

kf_err kf_ca_remember(kf_ca *ca, const struct kf_ca_order *order, char **ret_memo) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    KF_AUTO_FREE char *memo = NULL;
    if (connector->remember)
        KF_TRY(connector->remember(kf_ca_state(ca), order, &memo));
    if (is_longer(memo, MEMO_MAX))
        return kf_ca_fail_answer(ca, "remember", "a memo of an impossible size");
    *ret_memo = KF_MOVE(memo);
    return KF_OK;
}

kf_err kf_ca_changes(kf_ca *ca, const char *const *tickets, size_t count, int64_t since,
                     bool *ret_news) {
    const struct kf_connector *connector = kf_ca_connector(ca);
    if (!connector->changes)
        return kf_ca_cannot(ca, "be asked about several orders at once");
    memset(ret_news, 0, count * sizeof *ret_news);
    return connector->changes(kf_ca_state(ca), tickets, count, since, ret_news);
}
