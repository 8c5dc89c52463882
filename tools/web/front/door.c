// SPDX-License-Identifier: Apache-2.0
// The door's server side.
#include "web/front/door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/text.h"
#include "web/front/socket.h"
#include "web/wire.h"

#define VISITORS_MAX 8
#define VISIT_MS     5000
#define LINK_MS      ((int64_t)60 * 1000)
#define TYPED_MS     ((int64_t)10 * 60 * 1000)

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

struct visitor {
    struct door *door;
    int fd; /* -1: nobody */
    wire_inbox inbox;
    uint64_t timer;
};

struct door {
    struct front *front;
    kf_lock lock;
    int fd;
    uint64_t page_timer;
    struct visitor visitors[VISITORS_MAX];
};

/* --- the page for the browser --- */

static void remove_page(struct front *front) {
    KF_AUTO_FREE char *path = kf_str("%s/" DOOR_PAGE, front->home);
    if (path)
        unlink(path);
}

static void page_time(void *arg) {
    struct door *door = arg;
    door->page_timer = 0;
    remove_page(door->front);
}

void door_code_used(struct front *front) {
    struct door *door = front->door;
    if (!door || !door->page_timer)
        return;
    loop_forget(front->loop, door->page_timer);
    page_time(door);
}

/* --- visitors --- */

static void leave(struct visitor *visitor) {
    struct front *front = visitor->door->front;
    loop_unwatch(front->loop, visitor->fd);
    loop_forget(front->loop, visitor->timer);
    wire_inbox_clear(&visitor->inbox);
    close(visitor->fd);
    visitor->fd = -1;
    visitor->timer = 0;
}

static void visit_time(void *arg) {
    ((struct visitor *)arg)->timer = 0;
    leave(arg);
}

static kf_err mint(struct door *door, const char *want, char ret_code[static CODE_TEXT]) {
    struct front *front = door->front;
    ret_code[0] = '\0';
    if (strcmp(want, "typed") == 0)
        return codes_mint(front->codes, CODE_TYPED, TYPED_MS, ret_code);
    if (strcmp(want, "link") != 0)
        return KF_OK;
    loop_forget(front->loop, door->page_timer);
    KF_TRY(loop_after(front->loop, LINK_MS, page_time, door, &door->page_timer));
    return codes_mint(front->codes, CODE_LINK, LINK_MS, ret_code);
}

static void answer(struct visitor *visitor, const json_t *message) {
    struct door *door = visitor->door;
    const char *want = json_string_value(json_object_get(message, "want"));
    char code[CODE_TEXT];
    if (!want || mint(door, want, code) != KF_OK)
        return;
    KF_AUTO_PTR(json_t)
    reply = json_pack("{s:s, s:s}", "address", door->front->address, "code", code);
    explicit_bzero(code, sizeof code);
    if (reply)
        wire_send(visitor->fd, reply);
}

static void on_message(void *arg, short events) {
    struct visitor *visitor = arg;
    KF_AUTO_PTR(json_t) message = NULL;
    if (wire_inbox_fill(&visitor->inbox, visitor->fd) != KF_OK ||
        wire_inbox_next(&visitor->inbox, &message) != KF_OK) {
        leave(visitor);
        return;
    }
    if (message)
        answer(visitor, message);
    if (message || visitor->inbox.ended || visitor->inbox.len > 4096)
        leave(visitor);
}

static void on_visitor(void *arg, short events) {
    struct door *door = arg;
    int fd = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    for (size_t i = 0; i < VISITORS_MAX && socket_is_ours(fd); i++) {
        struct visitor *visitor = &door->visitors[i];
        if (visitor->fd >= 0)
            continue;
        *visitor = (struct visitor){.door = door, .fd = fd};
        if (loop_watch(door->front->loop, fd, POLLIN, on_message, visitor) != KF_OK ||
            loop_after(door->front->loop, VISIT_MS, visit_time, visitor, &visitor->timer) != KF_OK)
            leave(visitor);
        return;
    }
    close(fd); /* of another user, or one too many */
}

/* --- its life --- */

static kf_err fail_running(const char *home) {
    KF_AUTO_PTR(json_t) reply = NULL;
    const char *address = NULL;
    if (door_ask(home, "address", &reply) == KF_OK)
        address = json_string_value(json_object_get(reply, "address"));
    kf_err code = kf_fail(KF_E_BUSY, "keyfob serve runs already%s%s", address ? " at " : "",
                          address ? address : "");
    kf_error_hint("Open it with `keyfob open`.");
    return code;
}

kf_err door_lock(struct front *front) {
    KF_AUTO_FREE char *path = kf_str("%s/serve.lock", front->home);
    struct door *door = calloc(1, sizeof *door);
    if (!path || !door) {
        free(door);
        return kf_fail(KF_E_MEMORY, "out of memory for the door");
    }
    *door = (struct door){.front = front, .fd = -1};
    for (size_t i = 0; i < VISITORS_MAX; i++)
        door->visitors[i] = (struct visitor){.door = door, .fd = -1};
    kf_err code = kf_lock_take(path, &door->lock);
    if (code != KF_OK) {
        free(door);
        return code == KF_E_BUSY ? fail_running(front->home) : code;
    }
    front->door = door;
    return KF_OK;
}

kf_err door_open(struct front *front) {
    struct door *door = front->door;
    remove_page(front); /* of a server that was killed */
    KF_TRY(socket_listen(front->home, &door->fd));
    return loop_watch(front->loop, door->fd, POLLIN, on_visitor, door);
}

void door_free(struct door *door) {
    if (!door)
        return;
    struct front *front = door->front;
    for (size_t i = 0; i < VISITORS_MAX; i++)
        if (door->visitors[i].fd >= 0)
            leave(&door->visitors[i]);
    loop_forget(front->loop, door->page_timer);
    if (door->fd >= 0) {
        loop_unwatch(front->loop, door->fd);
        close(door->fd);
        socket_remove(front->home);
        remove_page(front);
    }
    kf_lock_clear(&door->lock);
    free(door);
}
