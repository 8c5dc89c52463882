// SPDX-License-Identifier: Apache-2.0
// The CAs that the agent has open: one connection serves many requests.
#include "enroll/agent.h"

#include <string.h>

#include "base/text.h"

#define CA_AGE_MAX 60000 /* ms: settings and sign-ins may have changed */

static void close_ca(kf_agent *agent, size_t index) {
    struct kf_agent_ca *gone = &agent->cas[index];
    kf_ca_close(gone->ca);
    kf_signer_free(gone->signer);
    free(gone->connection);
    *gone = agent->cas[--agent->ca_count];
}

void kf_agent_close_cas(kf_agent *agent) {
    while (agent->ca_count > 0)
        close_ca(agent, agent->ca_count - 1);
}

void kf_agent_close_ca(kf_agent *agent, const struct kf_agent_ca *ca) {
    close_ca(agent, (size_t)(ca - agent->cas));
}

void kf_agent_close_old_cas(kf_agent *agent) {
    for (size_t i = agent->ca_count; i-- > 0;)
        if (kf_monotonic_ms() - agent->cas[i].opened > CA_AGE_MAX)
            close_ca(agent, i);
}

static kf_err open_ca(kf_agent *agent, const char *connection, struct kf_agent_ca *ret_ca) {
    struct kf_agent_ca made = {.connection = strdup(connection), .opened = kf_monotonic_ms()};
    kf_err err = made.connection ? kf_signer_new(agent->context, &made.signer)
                                 : kf_fail(KF_E_MEMORY, "out of memory");
    if (err == KF_OK)
        err = kf_ca_open(agent->context, connection, kf_signer_door(made.signer), &made.ca);
    if (err != KF_OK) {
        kf_signer_free(made.signer);
        free(made.connection);
        return err;
    }
    *ret_ca = made;
    return KF_OK;
}

kf_err kf_agent_ca(kf_agent *agent, const char *connection, const struct kf_agent_ca **ret_ca) {
    for (size_t i = 0; i < agent->ca_count; i++)
        if (strcmp(agent->cas[i].connection, connection) == 0) {
            *ret_ca = &agent->cas[i];
            return KF_OK;
        }
    if (agent->ca_count == KF_AGENT_CAS_MAX)
        close_ca(agent, 0);
    KF_TRY(open_ca(agent, connection, &agent->cas[agent->ca_count]));
    *ret_ca = &agent->cas[agent->ca_count++];
    return KF_OK;
}
