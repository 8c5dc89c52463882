// SPDX-License-Identifier: Apache-2.0
// An opened connection: its row, its settings and secrets, and the connector's state.
#include "ca/opened.h"

#include "base/keyring.h"
#include "ca/settings.h"

struct kf_ca {
    kf_context *context;
    kf_connection connection;
    struct kf_ca_setup setup;
    void *state;
};

/* Secrets belong to the row; a connection that is only tried has none. */
static kf_err recall(void *arg, const char *name, kf_secret **ret_secret) {
    const kf_ca *ca = arg;
    const char *owner = ca->connection.secrets;
    *ret_secret = NULL;
    return owner ? kf_keyring_get(ca->context, owner, name, ret_secret) : KF_OK;
}

static kf_err keep(void *arg, const char *name, const kf_secret *secret) {
    const kf_ca *ca = arg;
    const char *owner = ca->connection.secrets;
    if (!owner)
        return kf_fail(KF_E_STATE, "the connection \"%s\" is not recorded yet",
                       ca->connection.name);
    return secret ? kf_keyring_put(ca->context, owner, name, secret)
                  : kf_keyring_forget(ca->context, owner, name);
}

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
    KF_TRY(kf_connection_has_connector(&taken));
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
                                     .signer = signer,
                                     .recall = recall,
                                     .keep = keep};
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

void *kf_ca_state(const kf_ca *ca) {
    return ca->state;
}

const char *kf_ca_name(const kf_ca *ca) {
    return ca->connection.name;
}

kf_context *kf_ca_context(const kf_ca *ca) {
    return ca->context;
}

int64_t kf_ca_id(const kf_ca *ca) {
    return ca->connection.id;
}
