// SPDX-License-Identifier: Apache-2.0
// What the tests of software containers share: keyfob's own module beside a SoftHSM2, each in a
// private folder.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <keyfob/medium.h>

#include "token_fixture.h"

#include "token/own.h"

#define PASSWORD "pass-word"
#define UNBLOCK  "unblock-secret"

/* keyfob.conf with these lines, and a person who knows the passwords. */
__attribute__((unused)) static void configure(struct room *room, const char *lines) {
    write_text(room->dir, "keyfob.conf", lines);
    renew_context(room, NULL);
}

#define FAST      "[module keyfob]\nreserved = scrypt='14' wait='no'\n"
#define WITH_SOFT FAST "[module soft]\npath = " SOFTHSM "\n"

__attribute__((unused)) static int setup_media(void **state) {
    if (setup_softhsm(state) != 0)
        return -1;
    struct room *room = *state;
    configure(room, FAST);
    renew_context(room, KF_OWN_NAME);
    room->person.user_pin = room->person.new_user_pin = PASSWORD;
    room->person.so_pin = room->person.new_so_pin = UNBLOCK;
    return 0;
}

/* The SoftHSM2 has the token "card"; all passwords are one. */
__attribute__((unused)) static int setup_both(void **state) {
    if (setup_media(state) != 0)
        return -1;
    struct room *room = *state;
    make_token("card");
    room->person.user_pin = room->person.new_user_pin = USER_PIN;
    configure(room, WITH_SOFT);
    return 0;
}

__attribute__((unused)) static kf_tokens *open_tokens(struct room *room) {
    kf_tokens *tokens = NULL;
    assert_ok(kf_tokens_open(room->context, &tokens));
    return tokens;
}

__attribute__((unused)) static kf_token *make_in(kf_tokens *tokens, const char *medium,
                                                 const char *folder, const char *name) {
    kf_token *token = NULL;
    struct kf_medium_order order = {.medium = medium, .folder = folder, .name = name};
    assert_ok(kf_medium_make(tokens, &order, &token));
    return token;
}

/* A file below the room's folder; good for the next call. */
__attribute__((unused)) static const char *in_room(const struct room *room, const char *name) {
    static char paths[4][512];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", room->dir, name);
    return path;
}

__attribute__((unused)) static bool is_there(const struct room *room, const char *name) {
    return access(in_room(room, name), F_OK) == 0;
}

/* In the room's folder. */
__attribute__((unused, format(printf, 2, 3))) static void shell(const struct room *room,
                                                                const char *format, ...) {
    char command[2048], line[2560];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    snprintf(line, sizeof(line), "cd '%s' && { set -e; %s; } >log 2>&1 || { cat log >&2; false; }",
             room->dir, command);
    if (system(line) != 0)
        fail_msg("%s", command);
}

__attribute__((unused)) static void assert_says(kf_err error, const char *part) {
    if (strstr(kf_error_sentence(error), part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, kf_error_sentence(error));
}

/* With everything that this kind of key may do. */
__attribute__((unused)) static void make_container(kf_token *token, const char *label,
                                                   enum kf_key_type type, bool exportable) {
    struct kf_container_order order = {
        .label = label, .type = type, .use = KF_USE_SIGN, .exportable = exportable};
    assert_ok(kf_container_create(token, &order));
}

__attribute__((unused)) static size_t count_containers(kf_token *token) {
    KF_AUTO_PTR(kf_containers) containers = NULL;
    assert_ok(kf_containers_read(token, true, &containers));
    return kf_containers_count(containers);
}
