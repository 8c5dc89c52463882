// SPDX-License-Identifier: Apache-2.0
// Modules, their registration with p11-kit, and browsers, with a home of its own.
#include "work_fixture.h"

static int setup(void **state) {
    setup_own(state);
    struct front *front = *state;
    char path[512];
    setenv("HOME", front->dir, 1);
    snprintf(path, sizeof path, "%s/config", front->dir);
    setenv("XDG_CONFIG_HOME", path, 1);
    snprintf(path, sizeof path, "%s/data", front->dir);
    setenv("XDG_DATA_HOME", path, 1);
    return 0;
}

static bool is_there(const struct front *front, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", front->dir, name);
    return access(path, F_OK) == 0;
}

/* A profile of Firefox with an empty database. */
static void make_profile(struct front *front, const char *name) {
    char command[1024];
    snprintf(command, sizeof command,
             "mkdir -p '%s/.mozilla/firefox/%s' && certutil -N -d 'sql:%s/.mozilla/firefox/%s' "
             "--empty-password",
             front->dir, name, front->dir, name);
    assert_int_equal(system(command), 0);
}

static void modules_are_listed(void **state) {
    struct front *front = *state;
    const json_t *list = works(front, "module.list", NULL);
    const json_t *items = json_object_get(list, "items");
    const json_t *own = json_array_get(items, json_array_size(items) - 1);
    assert_string_equal(text_of(own, "name"), "keyfob");
    assert_true(json_is_true(json_object_get(own, "loaded")));
    assert_true(json_is_boolean(json_object_get(list, "registered")));
}

static void a_module_that_does_not_load_is_listed_with_its_error(void **state) {
    struct front *front = *state;
    front->worker.module = "/nonexistent/vendor.so";
    const json_t *item = at(works(front, "module.list", NULL), "items", 0);
    assert_string_equal(text_of(item, "path"), "/nonexistent/vendor.so");
    assert_string_not_equal(text_of(item, "error"), "");
}

static void the_module_is_registered_once_and_taken_out(void **state) {
    struct front *front = *state;
    const json_t *now = works(front, "module.register", NULL);
    assert_true(json_is_true(json_object_get(now, "changed")));
    assert_true(is_there(front, "config/pkcs11/modules/keyfob.module"));
    now = works(front, "module.register", NULL);
    assert_true(json_is_false(json_object_get(now, "changed")));
    now = works(front, "module.register", json_pack("{s:b}", "remove", true));
    assert_true(json_is_false(json_object_get(now, "registered")));
    assert_false(is_there(front, "config/pkcs11/modules/keyfob.module"));
}

static void a_file_of_somebody_else_is_left_alone(void **state) {
    struct front *front = *state;
    char command[1024];
    snprintf(command, sizeof command,
             "mkdir -p '%s/config/pkcs11/modules' && echo mine "
             ">'%s/config/pkcs11/modules/keyfob.module'",
             front->dir, front->dir);
    assert_int_equal(system(command), 0);
    fails(front, "module.register", NULL, KF_E_EXISTS);
    fails(front, "module.register", json_pack("{s:b}", "remove", true), KF_E_EXISTS);
}

static void browsers_get_the_proxy_and_lose_it(void **state) {
    struct front *front = *state;
    make_profile(front, "one");
    make_profile(front, "two");
    const json_t *list = works(front, "browser.list", NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 2);
    assert_true(json_is_false(json_object_get(at(list, "items", 0), "registered")));
    char *folder = strdup(text_of(at(list, "items", 0), "profile"));
    works(front, "browser.change", json_pack("{s:s}", "profile", folder));
    list = works(front, "browser.list", NULL);
    assert_true(json_is_true(json_object_get(at(list, "items", 0), "registered")));
    assert_true(json_is_false(json_object_get(at(list, "items", 1), "registered")));
    list = works(front, "browser.change", NULL);
    assert_string_equal(text_of(at(list, "items", 0), "result"), "present");
    assert_string_equal(text_of(at(list, "items", 1), "result"), "added");
    list = works(front, "browser.change", json_pack("{s:b}", "remove", true));
    assert_string_equal(text_of(at(list, "items", 1), "result"), "removed");
    free(folder);
}

static void a_browser_that_runs_does_not_hold_up_the_others(void **state) {
    struct front *front = *state;
    char command[1024];
    make_profile(front, "one");
    make_profile(front, "two");
    snprintf(command, sizeof command, "ln -s '127.0.0.1:+%d' '%s/.mozilla/firefox/one/lock'",
             (int)getpid(), front->dir);
    assert_int_equal(system(command), 0);
    const json_t *list = works(front, "browser.change", NULL);
    assert_true(json_is_false(json_object_get(list, "ok")));
    const json_t *first = at(list, "items", 0);
    assert_string_equal(text_of(first, "result"), "running");
    assert_string_equal(text_of(json_object_get(first, "error"), "code"), "busy");
    assert_string_equal(text_of(at(list, "items", 1), "result"), "added");
    fails(front, "browser.change", json_pack("{s:s}", "profile", text_of(first, "profile")),
          KF_E_BUSY);
}

static void without_a_browser_it_says_so(void **state) {
    struct front *front = *state;
    fails(front, "browser.change", NULL, KF_E_NOT_FOUND);
    const json_t *list = works(front, "browser.list", NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 0);
    fails(front, "browser.change", json_pack("{s:s}", "profile", front->dir), KF_E_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_front)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(modules_are_listed),
        TEST(a_module_that_does_not_load_is_listed_with_its_error),
        TEST(the_module_is_registered_once_and_taken_out),
        TEST(a_file_of_somebody_else_is_left_alone),
        TEST(browsers_get_the_proxy_and_lose_it),
        TEST(a_browser_that_runs_does_not_hold_up_the_others),
        TEST(without_a_browser_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
