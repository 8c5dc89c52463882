// SPDX-License-Identifier: Apache-2.0
// Frames: cut at every byte, several at once, too large, and no frames at all.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "web/wire.h"

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

struct line {
    int ours, theirs;
};

static int set_up(void **state) {
    struct line *line = malloc(sizeof *line);
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    *line = (struct line){.ours = ends[0], .theirs = ends[1]};
    *state = line;
    return 0;
}

static int tear_down(void **state) {
    struct line *line = *state;
    close(line->ours);
    if (line->theirs >= 0)
        close(line->theirs);
    free(line);
    return 0;
}

static void write_bytes(const struct line *line, const void *data, size_t len) {
    assert_int_equal(write(line->theirs, data, len), len);
}

static wire_frame a_frame(void) {
    wire_frame frame = {0};
    KF_AUTO_PTR(json_t) message = json_pack("{s:s, s:[iii]}", "text", "ключ 鑰匙", "n", 1, 2, 3);
    assert_int_equal(wire_pack(message, &frame), KF_OK);
    return frame;
}

static void assert_is_it(const json_t *message) {
    assert_non_null(message);
    assert_string_equal(json_string_value(json_object_get(message, "text")), "ключ 鑰匙");
}

static void a_message_comes_as_it_was_sent(void **state) {
    const struct line *line = *state;
    KF_AUTO(wire_inbox) inbox = {0};
    KF_AUTO_PTR(json_t) message = json_pack("{s:s}", "text", "ключ 鑰匙");
    json_t *got = NULL;
    assert_int_equal(wire_send(line->theirs, message), KF_OK);
    assert_int_equal(wire_receive(line->ours, &inbox, &got), KF_OK);
    assert_is_it(got);
    json_decref(got);
}

static void a_frame_may_be_cut_at_every_byte(void **state) {
    const struct line *line = *state;
    KF_AUTO(wire_frame) frame = a_frame();
    for (size_t cut = 0; cut <= frame.len; cut++) {
        KF_AUTO(wire_inbox) inbox = {0};
        json_t *got = NULL;
        write_bytes(line, frame.data, cut);
        assert_int_equal(wire_inbox_fill(&inbox, line->ours), KF_OK);
        assert_int_equal(wire_inbox_next(&inbox, &got), KF_OK);
        assert_int_equal(got != NULL, cut == frame.len);
        if (!got) {
            write_bytes(line, frame.data + cut, frame.len - cut);
            assert_int_equal(wire_inbox_fill(&inbox, line->ours), KF_OK);
            assert_int_equal(wire_inbox_next(&inbox, &got), KF_OK);
        }
        assert_is_it(got);
        json_decref(got);
        assert_int_equal(inbox.len, 0);
        assert_false(inbox.ended);
    }
}

static void a_frame_may_come_byte_by_byte(void **state) {
    const struct line *line = *state;
    KF_AUTO(wire_frame) frame = a_frame();
    KF_AUTO(wire_inbox) inbox = {0};
    json_t *got = NULL;
    for (size_t i = 0; i < frame.len; i++) {
        assert_null(got);
        write_bytes(line, frame.data + i, 1);
        assert_int_equal(wire_inbox_fill(&inbox, line->ours), KF_OK);
        assert_int_equal(wire_inbox_next(&inbox, &got), KF_OK);
    }
    assert_is_it(got);
    json_decref(got);
}

static void several_frames_at_once_come_one_by_one(void **state) {
    const struct line *line = *state;
    KF_AUTO(wire_frame) frame = a_frame();
    KF_AUTO(wire_inbox) inbox = {0};
    json_t *got = NULL;
    for (int i = 0; i < 5; i++)
        write_bytes(line, frame.data, frame.len);
    write_bytes(line, frame.data, 3);
    assert_int_equal(wire_inbox_fill(&inbox, line->ours), KF_OK);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(wire_inbox_next(&inbox, &got), KF_OK);
        assert_is_it(got);
        json_decref(got);
    }
    assert_int_equal(wire_inbox_next(&inbox, &got), KF_OK);
    assert_null(got);
    assert_int_equal(inbox.len, 3);
}

static void a_frame_that_is_too_large_is_refused_by_its_length(void **state) {
    const struct line *line = *state;
    KF_AUTO(wire_inbox) inbox = {0};
    json_t *got = NULL;
    write_bytes(line, "\x02\x00\x00\x01{", 5); /* one more than WIRE_MAX */
    assert_int_equal(wire_inbox_fill(&inbox, line->ours), KF_OK);
    assert_int_equal(wire_inbox_next(&inbox, &got), KF_E_TOO_LARGE);
    assert_null(got);
    assert_in_range(inbox.capacity, 0, 65536);
}

static void a_message_that_is_too_large_is_not_sent(void **state) {
    const struct line *line = *state;
    KF_AUTO_FREE char *text = malloc(WIRE_MAX + 1);
    memset(text, 'x', WIRE_MAX);
    text[WIRE_MAX] = '\0';
    KF_AUTO_PTR(json_t) message = json_pack("{s:s}", "text", text);
    assert_int_equal(wire_send(line->theirs, message), KF_E_TOO_LARGE);
}

static void what_is_no_object_is_refused(void **state) {
    static const char *const texts[] = {
        "", "[]", "1", "null", "{", "{}x", "{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}", "nothing"};
    const struct line *line = *state;
    for (size_t i = 0; i < KF_COUNT(texts); i++) {
        KF_AUTO(wire_inbox) inbox = {0};
        json_t *got = NULL;
        char frame[64] = {0, 0, 0, (char)strlen(texts[i])};
        memcpy(frame + 4, texts[i], strlen(texts[i]));
        write_bytes(line, frame, 4 + strlen(texts[i]));
        assert_int_equal(wire_inbox_fill(&inbox, line->ours), KF_OK);
        assert_int_equal(wire_inbox_next(&inbox, &got), KF_E_INPUT);
        assert_null(got);
    }
}

static void the_end_of_the_line_is_no_message(void **state) {
    struct line *line = *state;
    KF_AUTO(wire_inbox) inbox = {0};
    json_t *got = NULL;
    write_bytes(line, "\0\0\0\x09{\"a", 7);
    close(line->theirs);
    line->theirs = -1;
    assert_int_equal(wire_receive(line->ours, &inbox, &got), KF_OK);
    assert_null(got);
    assert_true(inbox.ended);
}

static void sending_to_nobody_is_an_error_and_no_signal(void **state) {
    struct line *line = *state;
    KF_AUTO_PTR(json_t) message = json_object();
    close(line->theirs);
    line->theirs = -1;
    assert_int_equal(wire_send(line->ours, message), KF_E_IO);
}

static void *send_large(void *arg) {
    const struct line *line = arg;
    size_t len = WIRE_MAX - 100;
    char *text = malloc(len + 1);
    memset(text, 'x', len);
    text[len] = '\0';
    KF_AUTO_PTR(json_t) message = json_pack("{s:s}", "text", text);
    free(text);
    return wire_send(line->theirs, message) == KF_OK ? arg : NULL;
}

static void the_largest_message_comes_and_its_room_is_given_back(void **state) {
    struct line *line = *state;
    KF_AUTO(wire_inbox) inbox = {0};
    json_t *got = NULL;
    pthread_t sender;
    void *sent = NULL;
    assert_int_equal(pthread_create(&sender, NULL, send_large, line), 0);
    assert_int_equal(wire_receive(line->ours, &inbox, &got), KF_OK);
    pthread_join(sender, &sent);
    assert_ptr_equal(sent, line);
    assert_int_equal(json_string_length(json_object_get(got, "text")), WIRE_MAX - 100);
    assert_null(inbox.data);
    json_decref(got);
}

#define LINE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        LINE(a_message_comes_as_it_was_sent),
        LINE(a_frame_may_be_cut_at_every_byte),
        LINE(a_frame_may_come_byte_by_byte),
        LINE(several_frames_at_once_come_one_by_one),
        LINE(a_frame_that_is_too_large_is_refused_by_its_length),
        LINE(a_message_that_is_too_large_is_not_sent),
        LINE(what_is_no_object_is_refused),
        LINE(the_end_of_the_line_is_no_message),
        LINE(sending_to_nobody_is_an_error_and_no_signal),
        LINE(the_largest_message_comes_and_its_room_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
