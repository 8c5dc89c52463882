// SPDX-License-Identifier: Apache-2.0
// The worker's process.
#include "web/worker/worker.h"

kf_err worker_tell(struct worker *worker, const char *name, json_t *value) {
    KF_AUTO_PTR(json_t)
    message = json_pack("{s:I, s:o}", "call", (json_int_t)worker->call, name, value);
    return message ? wire_send(worker->fd, message) : kf_fail(KF_E_MEMORY, "out of memory");
}
