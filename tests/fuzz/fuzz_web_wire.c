// SPDX-License-Identifier: Apache-2.0
// Fuzz target: what a worker says, cut anywhere: an object each time or an error, and what was read
// can be sent and read again.
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "web/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void come_back(const json_t *message) {
    KF_AUTO(wire_frame) frame = {0};
    int ends[2];
    json_t *again = NULL;
    if (wire_pack(message, &frame) != KF_OK || frame.len > 64 * 1024 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    KF_AUTO(wire_inbox) inbox = {0};
    bool sent = wire_send(ends[0], message) == KF_OK;
    close(ends[0]);
    if (!sent || wire_receive(ends[1], &inbox, &again) != KF_OK || !json_equal(message, again))
        abort();
    json_decref(again);
    close(ends[1]);
}

static kf_err take_all(wire_inbox *inbox) {
    json_t *message = NULL;
    for (;;) {
        KF_TRY(wire_inbox_next(inbox, &message));
        if (!message)
            return KF_OK;
        if (!json_is_object(message))
            abort();
        come_back(message);
        json_decref(message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    KF_AUTO(wire_inbox) inbox = {0};
    int ends[2];
    if (size == 0 || size > 32 * 1024 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
        return 0;
    size_t piece = (size_t)data[0] + 1;
    for (size_t at = 1; at < size; at += piece) {
        size_t len = size - at < piece ? size - at : piece;
        if (write(ends[0], data + at, len) != (ssize_t)len ||
            wire_inbox_fill(&inbox, ends[1]) != KF_OK || take_all(&inbox) != KF_OK)
            break;
    }
    close(ends[0]);
    close(ends[1]);
    return 0;
}
