// SPDX-License-Identifier: Apache-2.0
// An opened connection: thin doors in front of a connector's pointers.
#include "ca/opened.h"

#include "base/text.h"
#include "ca/settings.h"

#define DELAY_MAX ((int64_t)30 * 24 * 3600)

struct kf_ca {
    kf_context *context;
    kf_connection connection;
    struct kf_ca_setup setup;
    void *state;
};

static const char *option(void *arg, const char *name) {
    const kf_ca *ca = arg;
    return kf_settings_get(ca->connection.connector, ca->connection.settings, name);
}

kf_err kf_ca_open_as(kf_context *context, kf_connection *connection,
                     const struct kf_ca_signer *signer, kf_ca **ret_ca) {
    KF_AUTO(kf_connection) taken = *connection;
    *connection = (kf_connection){0};
    if (!taken.name || !taken.connector_name)
        return kf_fail(KF_E_MEMORY, "out of memory for a connection");
    if (!taken.connector)
        return kf_fail(KF_E_UNSUPPORTED,
                       "the connection \"%s\" is for a connector \"%s\", which this keyfob does "
                       "not have",
                       taken.name, taken.connector_name);
    KF_AUTO_PTR(kf_ca) ca = calloc(1, sizeof *ca);
    if (!ca)
        return kf_fail(KF_E_MEMORY, "out of memory for a connection");
    ca->context = context;
    ca->connection = taken;
    taken = (kf_connection){0};
    ca->setup = (struct kf_ca_setup){.context = context,
                                     .connection = ca->connection.name,
                                     .option = option,
                                     .arg = ca,
                                     .signer = signer};
    KF_TRY(ca->connection.connector->open(&ca->setup, &ca->state));
    *ret_ca = KF_MOVE(ca);
    return KF_OK;
}

kf_err kf_ca_open(kf_context *context, const char *connection, const struct kf_ca_signer *signer,
                  kf_ca **ret_ca) {
    KF_AUTO(kf_connection) row = {0};
    KF_TRY(kf_connection_load(context, connection, &row));
    return kf_ca_open_as(context, &row, signer, ret_ca);
}

void kf_ca_close(kf_ca *ca) {
    if (!ca)
        return;
    ca->connection.connector->close(ca->state);
    kf_connection_clear(&ca->connection);
    free(ca);
}

const struct kf_connector *kf_ca_connector(const kf_ca *ca) {
    return ca->connection.connector;
}

kf_err kf_ca_anchors(kf_ca *ca, kf_certs *ret_anchors) {
    return kf_anchors_load(ca->context, ca->connection.id, ret_anchors);
}

/* --- the doors --- */

enum door { SUBMIT, POLL, LOOKUP, CANCEL, REVOKE, ROOTS };

/* What each outcome must bring along at each door. */
static const char *const door_names[] = {
    [SUBMIT] = "submit", [POLL] = "poll",     [LOOKUP] = "lookup",
    [CANCEL] = "cancel", [REVOKE] = "revoke", [ROOTS] = "roots",
};

static const char *nonsense(const struct kf_ca_answer *answer, enum door door) {
    bool waits = answer->outcome == KF_CA_WAIT || answer->outcome == KF_CA_NEEDS_PERSON;
    if ((unsigned)answer->outcome > KF_CA_NOT_FOUND)
        return "an outcome that does not exist";
    if (answer->body_len > KF_CA_BODY_MAX || (answer->body_len && !answer->body))
        return "a body of an impossible size";
    if (answer->outcome == KF_CA_ISSUED && door != REVOKE && !answer->body_len)
        return "\"issued\" without a certificate";
    if (waits && door <= LOOKUP && (!answer->ticket || !*answer->ticket))
        return "\"wait\" without a ticket";
    if (answer->outcome == KF_CA_NEEDS_PERSON && (!answer->text || !*answer->text))
        return "that a person must act, but not how";
    if (answer->outcome == KF_CA_NOT_FOUND && door == SUBMIT)
        return "\"not found\" to a new order";
    return answer->delay < 0 ? "a delay in the past" : NULL;
}

/* Hand over what the connector said, when it makes sense. */
static kf_err give(const kf_ca *ca, enum door door, kf_answer *answer,
                   struct kf_ca_answer *ret_answer) {
    const char *wrong = nonsense(answer, door);
    if (wrong)
        return kf_fail(KF_E_CA_ANSWER,
                       "the connector \"%s\" of the connection \"%s\" answered to \"%s\" with %s",
                       ca->connection.connector->name, ca->connection.name, door_names[door],
                       wrong);
    answer->delay = answer->delay < DELAY_MAX ? answer->delay : DELAY_MAX;
    kf_ca_answer_clear(ret_answer);
    *ret_answer = *answer;
    *answer = (kf_answer){0};
    return KF_OK;
}

static kf_err unsupported(const kf_ca *ca, const char *what) {
    return kf_fail(KF_E_UNSUPPORTED, "the connection \"%s\" (%s) cannot %s", ca->connection.name,
                   ca->connection.connector->title, what);
}

kf_err kf_ca_submit(kf_ca *ca, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer) {
    KF_AUTO(kf_answer) answer = {0};
    KF_TRY(ca->connection.connector->submit(ca->state, order, &answer));
    return give(ca, SUBMIT, &answer, ret_answer);
}

kf_err kf_ca_poll(kf_ca *ca, const struct kf_ca_order *order, const char *ticket,
                  struct kf_ca_answer *ret_answer) {
    const struct kf_connector *connector = ca->connection.connector;
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->poll)
        return unsupported(ca, "be asked about an order");
    KF_TRY(connector->poll(ca->state, order, ticket, &answer));
    return give(ca, POLL, &answer, ret_answer);
}

kf_err kf_ca_lookup(kf_ca *ca, const struct kf_ca_order *order, struct kf_ca_answer *ret_answer) {
    const struct kf_connector *connector = ca->connection.connector;
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->lookup)
        return unsupported(ca, "find an order by our own id");
    KF_TRY(connector->lookup(ca->state, order, &answer));
    return give(ca, LOOKUP, &answer, ret_answer);
}

kf_err kf_ca_cancel(kf_ca *ca, const struct kf_ca_order *order, const char *ticket,
                    struct kf_ca_answer *ret_answer) {
    const struct kf_connector *connector = ca->connection.connector;
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->cancel)
        return unsupported(ca, "cancel an order");
    KF_TRY(connector->cancel(ca->state, order, ticket, &answer));
    return give(ca, CANCEL, &answer, ret_answer);
}

kf_err kf_ca_revoke(kf_ca *ca, const uint8_t *cert, size_t len, int reason,
                    struct kf_ca_answer *ret_answer) {
    const struct kf_connector *connector = ca->connection.connector;
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->revoke)
        return unsupported(ca, "revoke a certificate");
    KF_TRY(connector->revoke(ca->state, cert, len, reason, &answer));
    return give(ca, REVOKE, &answer, ret_answer);
}

kf_err kf_ca_acknowledge(kf_ca *ca, const struct kf_ca_order *order, const char *ticket) {
    const struct kf_connector *connector = ca->connection.connector;
    return connector->acknowledge ? connector->acknowledge(ca->state, order, ticket)
                                  : unsupported(ca, "be told that a certificate arrived");
}

kf_err kf_ca_test(kf_ca *ca, char **ret_text) {
    const struct kf_connector *connector = ca->connection.connector;
    if (connector->test)
        return connector->test(ca->state, ret_text);
    char *text =
        kf_str("there is nothing to test for \"%s\" (%s)", ca->connection.name, connector->title);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_text = text;
    return KF_OK;
}

kf_err kf_ca_roots(kf_ca *ca, kf_certs *ret_certs) {
    const struct kf_connector *connector = ca->connection.connector;
    KF_AUTO(kf_answer) raw = {0};
    KF_AUTO(kf_answer) answer = {0};
    if (!connector->roots) {
        kf_certs_clear(ret_certs);
        return KF_OK;
    }
    KF_TRY(connector->roots(ca->state, &raw));
    KF_TRY(give(ca, ROOTS, &raw, &answer));
    if (answer.outcome != KF_CA_ISSUED)
        return kf_fail(KF_E_CA_ANSWER, "the connection \"%s\" did not give its certificates: %s",
                       ca->connection.name, answer.text ? answer.text : "no reason given");
    if (kf_certs_read(answer.body, answer.body_len, ret_certs) != KF_OK)
        return kf_fail_in(KF_E_CA_ANSWER, "the CA certificates of the connection \"%s\"",
                          ca->connection.name);
    return KF_OK;
}
