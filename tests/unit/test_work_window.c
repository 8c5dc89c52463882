// SPDX-License-Identifier: Apache-2.0
// PINs in a window of the desktop: a pinentry that follows a script.
#include "work_fixture.h"

#include <time.h>

/* What it does at GETPIN. It writes down all that it was told. */
static void make_pinentry(struct front *front, const char *flavor, const char *getpin) {
    char text[2048], path[512];
    snprintf(text, sizeof text,
             "#!/bin/sh\n"
             "echo 'OK Pleased to meet you'\n"
             "while read -r word rest; do\n"
             "  printf '%%s %%s\\n' \"$word\" \"$rest\" >>'%s/heard'\n"
             "  case $word in\n"
             "  GETINFO) printf 'D %s\\nOK\\n' ;;\n"
             "  SETREPEATERROR) echo 'ERR 83886355 Unknown command' ;;\n"
             "  GETPIN) %s ;;\n"
             "  *) echo OK ;;\n"
             "  esac\n"
             "done\n",
             front->dir, flavor, getpin);
    front_write(front, "bin/pinentry", text);
    snprintf(path, sizeof path, "%s/bin/pinentry", front->dir);
    assert_int_equal(chmod(path, 0700), 0);
}

static char *path_before;

static int setup(void **state) {
    setup_card(state);
    struct front *front = *state;
    char path[1024];
    snprintf(path, sizeof path, "%s/bin", front->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    path_before = strdup(getenv("PATH"));
    snprintf(path, sizeof path, "%s/bin:%s", front->dir, path_before);
    setenv("PATH", path, 1);
    setenv("DISPLAY", ":99", 1);
    return 0;
}

static int teardown(void **state) {
    setenv("PATH", path_before, 1);
    free(path_before);
    unsetenv("DISPLAY");
    return teardown_front(state);
}

static json_t *card(void) {
    return json_pack("{s:s}", "token", "card");
}

static const json_t *question(struct front *front, size_t number) {
    const json_t *item = json_array_get(front->questions, number);
    assert_non_null(item);
    return item;
}

static bool has_heard(const struct front *front, const char *words) {
    char path[512], text[8192] = "";
    snprintf(path, sizeof path, "%s/heard", front->dir);
    FILE *file = fopen(path, "r");
    if (file) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    return strstr(text, words) != NULL;
}

static void the_pin_is_typed_in_the_window(void **state) {
    struct front *front = *state;
    make_pinentry(front, "gtk2", "printf 'D 1234\\nOK\\n'");
    works(front, "container.read", card());
    assert_int_equal(json_array_size(front->questions), 1);
    assert_true(json_is_true(json_object_get(question(front, 0), "window")));
    assert_true(has_heard(front, "SETDESC Enter the PIN of \"card\""));
    assert_true(has_heard(front, "SETPROMPT PIN:"));
    assert_false(has_heard(front, "SETREPEAT"));
}

static void signs_in_the_answer_are_escaped(void **state) {
    struct front *front = *state;
    play(front, "token label=x serial=0051 pin=\"1 %0a2\"");
    make_pinentry(front, "gtk2:curses", "printf 'S STATUS x\\nD 1 %%250%%61%%32\\nOK\\n'");
    works(front, "container.read", json_pack("{s:s}", "token", "x"));
}

static void a_wrong_one_is_said_in_the_window(void **state) {
    struct front *front = *state;
    play(front, "pin-tries 3");
    make_pinentry(front, "gtk2", "printf 'D 9999\\nOK\\n'");
    fails(front, "container.read", card(), KF_E_PIN_LOCKED);
    assert_int_equal(json_array_size(front->questions), 3);
    assert_true(has_heard(front, "SETERROR Wrong PIN."));
    assert_true(has_heard(front, "%0AFew tries are left."));
    assert_true(has_heard(front, "%0AOne last try is left"));
}

static void a_new_pin_is_typed_twice(void **state) {
    struct front *front = *state;
    make_pinentry(front, "qt", "printf 'D 1234\\nOK\\n'");
    works(front, "pin.change", card());
    assert_true(has_heard(front, "SETREPEAT Again:"));
    assert_true(has_heard(front, "SETDESC Choose the PIN"));
}

static void who_closes_the_window_cancels(void **state) {
    struct front *front = *state;
    make_pinentry(front, "gtk2", "echo 'ERR 83886179 Operation cancelled <Pinentry>'");
    fails(front, "container.read", card(), KF_E_INTERRUPTED);
    assert_int_equal(json_array_size(front->questions), 1);
}

static json_t *cancel_window(struct front *front, const json_t *asked) {
    return json_pack("{s:b}", "cancel", true);
}

/* The page has the question as well, to cancel it. */
static void the_page_closes_the_window(void **state) {
    struct front *front = *state;
    front->window = cancel_window;
    make_pinentry(front, "gtk2", "exec sleep 60");
    time_t before = time(NULL);
    fails(front, "container.read", card(), KF_E_INTERRUPTED);
    assert_true(time(NULL) - before < 20);
}

static void a_pinentry_without_a_window_leaves_it_to_the_page(void **state) {
    struct front *front = *state;
    make_pinentry(front, "curses", "printf 'D 9999\\nOK\\n'");
    works(front, "container.read", card());
    assert_int_equal(json_array_size(front->questions), 2);
    assert_null(json_object_get(question(front, 1), "window"));
}

static void a_pinentry_that_fails_leaves_it_to_the_page(void **state) {
    static const char *const ways[] = {
        "echo 'ERR 83886340 Invalid option'", "exit 1", "printf 'D 12'; exit 0",
        "head -c 9000 /dev/zero | tr '\\\\0' x", "echo 'ERR 83886254 No display'"};
    struct front *front = *state;
    for (size_t i = 0; i < KF_COUNT(ways); i++) {
        front->worker.without_window = false;
        make_pinentry(front, "gtk2", ways[i]);
        works(front, "container.read", card());
        assert_int_equal(json_array_size(front->questions), 2);
    }
}

static void the_settings_can_choose_the_page(void **state) {
    struct front *front = *state;
    make_pinentry(front, "gtk2", "printf 'D 9999\\nOK\\n'");
    works(front, "settings.change", json_pack("{s:s}", "pin_entry", "page"));
    works(front, "container.read", card());
    assert_int_equal(json_array_size(front->questions), 1);
    assert_false(has_heard(front, "GETPIN"));
}

static void without_a_desktop_the_page_asks(void **state) {
    struct front *front = *state;
    make_pinentry(front, "gtk2", "printf 'D 9999\\nOK\\n'");
    unsetenv("DISPLAY");
    works(front, "settings.change", json_pack("{s:s}", "pin_entry", "window"));
    works(front, "container.read", card());
    assert_int_equal(json_array_size(front->questions), 1);
    assert_false(has_heard(front, "GETPIN"));
}

/* The label of a card goes into a line of the protocol. */
static void what_a_label_says_stays_in_its_line(void **state) {
    struct front *front = *state;
    play(front, "token label=\"50%\" serial=0052");
    make_pinentry(front, "gtk2", "printf 'D 1234\\nOK\\n'");
    works(front, "container.read", json_pack("{s:s}", "token", "50%"));
    assert_true(has_heard(front, "\"50%25\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_pin_is_typed_in_the_window),
        TEST(signs_in_the_answer_are_escaped),
        TEST(a_wrong_one_is_said_in_the_window),
        TEST(a_new_pin_is_typed_twice),
        TEST(who_closes_the_window_cancels),
        TEST(the_page_closes_the_window),
        TEST(a_pinentry_without_a_window_leaves_it_to_the_page),
        TEST(a_pinentry_that_fails_leaves_it_to_the_page),
        TEST(the_settings_can_choose_the_page),
        TEST(without_a_desktop_the_page_asks),
        TEST(what_a_label_says_stays_in_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
