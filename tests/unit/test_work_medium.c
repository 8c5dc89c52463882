// SPDX-License-Identifier: Apache-2.0
// Software containers through the worker: made, copied, moved, renamed, removed, checked.
#include "work_fixture.h"

#define PASSWORD "correct horse battery staple"

static int setup(void **state) {
    setup_own(state);
    struct front *front = *state;
    front->pin = front->new_pin = PASSWORD;
    front->so_pin = front->new_so_pin = "another long sentence of words";
    return 0;
}

static json_t *named(const char *token) {
    return json_pack("{s:s}", "token", token);
}

static const json_t *make(struct front *front, const char *medium, const char *name) {
    return works(front, "medium.make", json_pack("{s:s, s:s}", "medium", medium, "name", name));
}

static const char *medium_of(const json_t *token) {
    return text_of(json_object_get(token, "medium"), "medium");
}

static size_t count_tokens(struct front *front) {
    const json_t *list = works(front, "token.list", NULL);
    assert_int_equal(json_integer_value(json_object_get(list, "blank")), 0);
    return json_array_size(json_object_get(list, "items"));
}

static void a_container_is_made_on_disk_or_in_the_registry(void **state) {
    struct front *front = *state;
    assert_int_equal(count_tokens(front), 0);
    assert_string_equal(medium_of(make(front, "disk", "anna")), "disk");
    assert_string_equal(text_of(json_array_get(front->events, 0), "type"), "token.inserted");
    const json_t *token = make(front, "registry", "boris");
    assert_string_equal(medium_of(token), "registry");
    assert_true(json_is_false(json_object_get(json_object_get(token, "medium"), "has_unblock")));
    assert_int_equal(count_tokens(front), 2);
    fails(front, "medium.make", json_pack("{s:s, s:s}", "medium", "disk", "name", "anna"),
          KF_E_EXISTS);
}

static void a_password_that_can_be_guessed_is_asked_for_again(void **state) {
    struct front *front = *state;
    front->new_pin = "1234";

    json_t *args = json_pack("{s:s, s:s}", "medium", "disk", "name", "anna");
    front->stop_after = 2;
    fails(front, "medium.make", args, KF_E_INTERRUPTED);
    const json_t *second = json_array_get(front->questions, 1);
    assert_string_equal(text_of(second, "problem"), "password_weak");
    assert_true(json_is_true(json_object_get(second, "software")));
    front->stop_after = 0;
    assert_int_equal(count_tokens(front), 0);
}

static void an_unblock_secret_is_asked_for_where_one_is_wanted(void **state) {
    struct front *front = *state;
    const json_t *token =
        works(front, "medium.make",
              json_pack("{s:s, s:s, s:b}", "medium", "disk", "name", "anna", "unblock", true));
    assert_int_equal(json_array_size(front->questions), 2);
    assert_true(json_is_true(json_object_get(json_object_get(token, "medium"), "has_unblock")));
    works(front, "pin.unblock", named("anna"));
}

static void places_that_are_none_are_refused(void **state) {
    struct front *front = *state;
    fails(front, "medium.make", json_pack("{s:s, s:s}", "medium", "cloud", "name", "a"),
          KF_E_USAGE);
    fails(front, "medium.make", json_pack("{s:s}", "name", "a"), KF_E_USAGE);
    fails(front, "medium.make", json_pack("{s:s}", "medium", "disk"), KF_E_USAGE);
    fails(front, "medium.make",
          json_pack("{s:s, s:s, s:s}", "medium", "registry", "name", "a", "folder", front->dir),
          KF_E_USAGE);
    fails(front, "medium.make",
          json_pack("{s:s, s:s, s:s}", "medium", "disk", "name", "a", "folder", "/nonexistent/x"),
          KF_E_NOT_FOUND);
    assert_int_equal(json_array_size(front->questions), 0);
}

static void a_copy_is_a_container_of_its_own(void **state) {
    struct front *front = *state;
    make(front, "disk", "anna");
    const json_t *copy =
        works(front, "medium.copy",
              json_pack("{s:s, s:s, s:s}", "token", "anna", "medium", "registry", "name", "spare"));
    assert_string_equal(text_of(copy, "label"), "spare");
    assert_string_equal(medium_of(copy), "registry");
    assert_int_equal(count_tokens(front), 2);
}

static void a_container_moves_and_keeps_its_identity(void **state) {
    struct front *front = *state;
    char serial[32];
    snprintf(serial, sizeof serial, "%s", text_of(make(front, "disk", "anna"), "serial"));
    const json_t *moved =
        works(front, "medium.move", json_pack("{s:s, s:s}", "token", serial, "medium", "registry"));
    assert_string_equal(text_of(moved, "serial"), serial);
    assert_string_equal(medium_of(moved), "registry");
    assert_int_equal(count_tokens(front), 1);
}

/* As an interrupted move leaves it. */
static void a_move_that_was_interrupted_is_finished(void **state) {
    struct front *front = *state;
    char command[1024], serial[32];
    snprintf(serial, sizeof serial, "%s", text_of(make(front, "disk", "anna"), "serial"));
    snprintf(command, sizeof command,
             "mkdir '%s/stick' && cp '%s/containers/anna.kfc' '%s/keep.kfc'", front->dir,
             front->dir, front->dir);
    assert_int_equal(system(command), 0);
    works(front, "medium.move", json_pack("{s:s, s:s}", "token", serial, "medium", "registry"));
    snprintf(command, sizeof command, "cp '%s/keep.kfc' '%s/containers/anna.kfc'", front->dir,
             front->dir);
    assert_int_equal(system(command), 0);
    assert_int_equal(count_tokens(front), 2);
    works(front, "medium.move", json_pack("{s:s, s:s}", "token", serial, "medium", "registry"));
    assert_int_equal(count_tokens(front), 1);
}

static void a_container_is_renamed_with_its_password(void **state) {
    struct front *front = *state;
    make(front, "disk", "anna");
    const json_t *renamed =
        works(front, "medium.rename", json_pack("{s:s, s:s}", "token", "anna", "name", "anna 2"));
    assert_string_equal(text_of(renamed, "label"), "anna 2");
    assert_int_equal(json_array_size(front->questions), 1);
    fails(front, "token.show", named("anna"), KF_E_TOKEN_ABSENT);
}

static void removing_wants_the_name_typed(void **state) {
    struct front *front = *state;
    make(front, "disk", "anna");
    fails(front, "medium.remove", named("anna"), KF_E_USAGE);
    fails(front, "medium.remove", json_pack("{s:s, s:s}", "token", "anna", "confirm", "anne"),
          KF_E_USAGE);
    works(front, "medium.remove", json_pack("{s:s, s:s}", "token", "anna", "confirm", "anna"));
    assert_string_equal(text_of(json_array_get(front->events, 0), "type"), "token.removed");
    assert_int_equal(count_tokens(front), 0);
}

static void a_sound_container_passes_its_check(void **state) {
    struct front *front = *state;
    make(front, "disk", "anna");
    works(front, "container.create", json_pack("{s:s, s:s}", "token", "anna", "label", "mail"));
    const json_t *report = works(front, "medium.check", named("anna"));
    assert_true(json_is_true(json_object_get(report, "ok")));
    assert_string_equal(text_of(at(report, "steps", 0), "name"), "container");
    assert_string_equal(text_of(at(report, "steps", 1), "container"), "mail");
    assert_int_equal(json_array_size(front->questions), 1);
}

static void a_damaged_container_is_a_note(void **state) {
    struct front *front = *state;
    char path[512];
    make(front, "disk", "anna");
    snprintf(path, sizeof path, "%s/containers/anna.kfc", front->dir);
    assert_int_equal(truncate(path, 100), 0);
    const json_t *list = works(front, "token.list", NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 0);
    assert_non_null(strstr(json_string_value(at(list, "notes", 0)), "anna"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_front)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_container_is_made_on_disk_or_in_the_registry),
        TEST(a_password_that_can_be_guessed_is_asked_for_again),
        TEST(an_unblock_secret_is_asked_for_where_one_is_wanted),
        TEST(places_that_are_none_are_refused),
        TEST(a_copy_is_a_container_of_its_own),
        TEST(a_container_moves_and_keeps_its_identity),
        TEST(a_move_that_was_interrupted_is_finished),
        TEST(a_container_is_renamed_with_its_password),
        TEST(removing_wants_the_name_typed),
        TEST(a_sound_container_passes_its_check),
        TEST(a_damaged_container_is_a_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
