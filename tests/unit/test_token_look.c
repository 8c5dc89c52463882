// SPDX-License-Identifier: Apache-2.0
// Looking again: what was put in or taken out since, without a session and beside those of others.
#include "unit/token_fixture.h"

#include <sys/wait.h>

static kf_tokens *open_tokens(struct room *room) {
    kf_tokens *tokens = NULL;
    assert_ok(kf_tokens_open(room->context, &tokens));
    return tokens;
}

static void a_token_that_is_taken_out_and_put_back_is_seen(void **state) {
    struct room *room = *state;
    play(room, "");
    kf_tokens *tokens = open_tokens(room);
    kf_token *token = kf_tokens_at(tokens, 0);
    play(room, "absent");
    assert_ok(kf_tokens_look_again(tokens, false));
    assert_int_equal(kf_tokens_count(tokens), 0);
    play(room, "");
    assert_ok(kf_tokens_look_again(tokens, false));
    assert_ptr_equal(kf_tokens_at(tokens, 0), token);
    kf_tokens_free(tokens);
}

static void no_session_is_opened_and_a_reader_is_not_restarted(void **state) {
    struct room *room = *state;
    play(room, "");
    kf_tokens *tokens = open_tokens(room);
    play(room, "fail C_OpenSession * CKR_DEVICE_ERROR\nfail C_Finalize * CKR_DEVICE_ERROR\n"
               "crash C_Login 1\ncrash C_Initialize 1");
    assert_ok(kf_tokens_look_again(tokens, true));
    assert_int_equal(kf_tokens_count(tokens), 1);
    assert_int_equal(kf_tokens_note_count(tokens), 0);
    play(room, "");
    kf_tokens_free(tokens);
}

static void softhsm_shows_a_new_token_after_a_restart(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    kf_tokens *watching = open_tokens(room);
    size_t before = kf_tokens_count(watching);
    int status = -1;
    pid_t child = fork(); /* a program of its own would do the same */
    if (child == 0) {
        kf_tokens *tokens = open_tokens(room);
        _exit(kf_token_init(tokens, "new", "anna", false, &token) == KF_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_ok(kf_tokens_look_again(watching, true));
    assert_int_equal(kf_tokens_count(watching), before + 1);
    kf_tokens_free(watching);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_that_is_taken_out_and_put_back_is_seen, setup_fake,
                                        teardown_room),
        cmocka_unit_test_setup_teardown(no_session_is_opened_and_a_reader_is_not_restarted,
                                        setup_fake, teardown_room),
        cmocka_unit_test_setup_teardown(softhsm_shows_a_new_token_after_a_restart, setup_softhsm,
                                        teardown_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
