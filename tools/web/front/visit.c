// SPDX-License-Identifier: Apache-2.0
// The door's other side: asks the server of a home.
#include <poll.h>

#include "base/auto.h"
#include "web/front/door.h"
#include "web/front/socket.h"
#include "web/wire.h"

#define PATIENCE_MS 10000

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

kf_err door_ask(const char *home, const char *want, json_t **ret_reply) {
    KF_AUTO_CLOSE int fd = -1;
    KF_AUTO(wire_inbox) inbox = {0};
    KF_AUTO_PTR(json_t) question = json_pack("{s:s}", "want", want);
    KF_TRY(socket_connect(home, &fd));
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    json_t *reply = NULL;
    kf_err code = wire_send(fd, question);
    if (code == KF_OK && poll(&answer, 1, PATIENCE_MS) == 1)
        code = wire_receive(fd, &inbox, &reply);
    if (code != KF_OK || !reply) {
        code = kf_fail(KF_E_IO, "keyfob serve does not answer");
        kf_error_hint("Stop it and start it again with `keyfob serve`.");
        return code;
    }
    *ret_reply = reply;
    return KF_OK;
}
