// SPDX-License-Identifier: Apache-2.0
// The settings of the web front end and the wizard's draft.
#include "work_fixture.h"

static char *read_file(const struct front *front, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", front->dir, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static void what_is_not_set_has_its_default(void **state) {
    const json_t *settings = works(*state, "settings.show", NULL);
    assert_string_equal(text_of(settings, "schema"), "keyfob.settings/1");
    assert_string_equal(text_of(settings, "language"), "auto");
    assert_string_equal(text_of(settings, "pin_entry"), "auto");
    assert_int_equal(json_integer_value(json_object_get(settings, "lock_after")), 600);
    assert_true(json_is_true(json_object_get(settings, "single_keys")));
    assert_true(json_is_false(json_object_get(settings, "welcomed")));
}

static void a_change_is_kept_and_told_to_everybody(void **state) {
    struct front *front = *state;
    works(front, "settings.change", json_pack("{s:s, s:i}", "theme", "dark", "warn_days", 14));
    assert_string_equal(text_of(json_array_get(front->events, 0), "type"), "settings.changed");
    const json_t *settings = works(front, "settings.show", NULL);
    assert_string_equal(text_of(settings, "theme"), "dark");
    assert_int_equal(json_integer_value(json_object_get(settings, "warn_days")), 14);
    assert_string_equal(text_of(settings, "language"), "auto");
}

static void the_file_is_private(void **state) {
    struct front *front = *state;
    char path[512];
    struct stat st;
    works(front, "settings.change", json_pack("{s:s}", "theme", "dark"));
    snprintf(path, sizeof path, "%s/web.json", front->dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void values_that_are_none_change_nothing(void **state) {
    static const char *const bad[] = {
        "{\"theme\": \"pink\"}",
        "{\"theme\": \"light dark\"}",
        "{\"theme\": 1}",
        "{\"lock_after\": 299}",
        "{\"lock_after\": 3601}",
        "{\"lock_after\": \"600\"}",
        "{\"single_keys\": \"yes\"}",
        "{\"theme\": null}",
        "{\"theme\": \"dark\", \"warn_days\": 0}",
    };
    struct front *front = *state;
    for (size_t i = 0; i < KF_COUNT(bad); i++)
        fails(front, "settings.change", json_loads(bad[i], 0, NULL), KF_E_INPUT);
    fails(front, "settings.change", json_pack("{s:s}", "colour", "red"), KF_E_USAGE);
    assert_string_equal(text_of(works(front, "settings.show", NULL), "theme"), "system");
}

static void what_a_newer_keyfob_wrote_is_kept(void **state) {
    struct front *front = *state;
    front_write(front, "web.json",
                "{\"settings\": {\"sounds\": \"loud\", \"theme\": \"plaid\"}, \"more\": [1]}");
    char path[512];
    snprintf(path, sizeof path, "%s/web.json", front->dir);
    assert_int_equal(chmod(path, 0600), 0);
    assert_string_equal(text_of(works(front, "settings.show", NULL), "theme"), "system");
    works(front, "settings.change", json_pack("{s:s}", "language", "ru"));
    char *text = read_file(front, "web.json");
    assert_non_null(strstr(text, "\"sounds\": \"loud\""));
    assert_non_null(strstr(text, "\"more\""));
    free(text);
}

static void a_broken_file_is_as_none(void **state) {
    struct front *front = *state;
    char path[512];
    front_write(front, "web.json", "{\"settings\": {");
    snprintf(path, sizeof path, "%s/web.json", front->dir);
    assert_int_equal(chmod(path, 0600), 0);
    assert_string_equal(text_of(works(front, "settings.show", NULL), "theme"), "system");
    works(front, "settings.change", json_pack("{s:s}", "theme", "light"));
    assert_string_equal(text_of(works(front, "settings.show", NULL), "theme"), "light");
}

/* --- the draft --- */

static void a_draft_comes_back_until_it_is_forgotten(void **state) {
    struct front *front = *state;
    assert_true(json_is_null(json_object_get(works(front, "draft.show", NULL), "draft")));
    works(front, "draft.save", json_pack("{s:{s:s}}", "draft", "CN", "Anna"));
    const json_t *kept = works(front, "draft.show", NULL);
    assert_string_equal(text_of(json_object_get(kept, "draft"), "CN"), "Anna");
    assert_int_equal(strlen(text_of(kept, "saved_at")), 20);
    works(front, "draft.save", json_pack("{s:n}", "draft"));
    kept = works(front, "draft.show", NULL);
    assert_true(json_is_null(json_object_get(kept, "draft")));
    assert_true(json_is_null(json_object_get(kept, "saved_at")));
}

static void a_draft_keeps_the_settings_and_they_keep_it(void **state) {
    struct front *front = *state;
    works(front, "settings.change", json_pack("{s:s}", "theme", "dark"));
    works(front, "draft.save", json_pack("{s:{s:i}}", "draft", "step", 3));
    works(front, "settings.change", json_pack("{s:b}", "welcomed", true));
    const json_t *kept = json_object_get(works(front, "draft.show", NULL), "draft");
    assert_int_equal(json_integer_value(json_object_get(kept, "step")), 3);
    assert_string_equal(text_of(works(front, "settings.show", NULL), "theme"), "dark");
}

static void secrets_do_not_reach_the_file(void **state) {
    struct front *front = *state;
    works(front, "draft.save",
          json_pack("{s:{s:s, s:{s:s}, s:[{s:s, s:s}], s:s}}", "draft", "password", "hunter2",
                    "fields", "otp", "hunter3", "rows", "pin", "hunter4", "name", "kept", "CN",
                    "Anna"));
    char *text = read_file(front, "web.json");
    assert_null(strstr(text, "hunter"));
    assert_non_null(strstr(text, "kept"));
    assert_non_null(strstr(text, "Anna"));
    free(text);
}

static void a_draft_has_a_largest_size(void **state) {
    struct front *front = *state;
    char *text = malloc(64 * 1024 + 1);
    memset(text, 'x', 64 * 1024);
    text[64 * 1024] = '\0';
    fails(front, "draft.save", json_pack("{s:{s:s}}", "draft", "text", text), KF_E_TOO_LARGE);
    text[64 * 1024 - 20] = '\0';
    works(front, "draft.save", json_pack("{s:{s:s}}", "draft", "text", text));
    fails(front, "draft.save", json_pack("{s:s}", "draft", "text"), KF_E_INPUT);
    free(text);
}

/* --- state and errors --- */

static void an_empty_home_has_nothing_open(void **state) {
    const json_t *status = works(*state, "status.show", NULL);
    assert_string_equal(text_of(status, "schema"), "keyfob.status/1");
    assert_int_equal(json_array_size(json_object_get(status, "requests")), 0);
}

static void every_error_is_listed(void **state) {
    const json_t *list = works(*state, "errors.list", NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), KF_ERR_COUNT - 1);
    assert_string_equal(text_of(at(list, "items", 0), "code"), "failed");
    assert_int_equal(json_integer_value(json_object_get(at(list, "items", 0), "http")), 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_own, teardown_front)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_set_has_its_default),
        TEST(a_change_is_kept_and_told_to_everybody),
        TEST(the_file_is_private),
        TEST(values_that_are_none_change_nothing),
        TEST(what_a_newer_keyfob_wrote_is_kept),
        TEST(a_broken_file_is_as_none),
        TEST(a_draft_comes_back_until_it_is_forgotten),
        TEST(a_draft_keeps_the_settings_and_they_keep_it),
        TEST(secrets_do_not_reach_the_file),
        TEST(a_draft_has_a_largest_size),
        TEST(an_empty_home_has_nothing_open),
        TEST(every_error_is_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
