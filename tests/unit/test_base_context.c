// SPDX-License-Identifier: Apache-2.0
// The context: which folders it takes, and that nothing is made before it is needed.
#include "base/context.h"

#include "base/file.h"
#include "base_fixture.h"

static int clean_environment(void **state) {
    static const char *const names[] = {"KEYFOB_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"};
    for (size_t i = 0; i < KF_COUNT(names); i++)
        unsetenv(names[i]);
    if (make_base_dir(state) != 0)
        return -1;
    return setenv("HOME", base_dir, 1);
}

static kf_context *at_home(const char *home) {
    kf_context *context = NULL;
    struct kf_context_options options = {.home = home, .module = "/m.so"};
    assert_int_equal(kf_context_new(&options, &context), KF_OK);
    return context;
}

static void without_a_home_the_xdg_defaults_count(void **state) {
    KF_AUTO_PTR(kf_context) context = NULL;
    setenv("XDG_DATA_HOME", "relative/is/ignored", 1);
    assert_int_equal(kf_context_new(NULL, &context), KF_OK);
    assert_string_equal(kf_context_data_dir(context), in_base_dir(".local/share/keyfob"));
    assert_string_equal(kf_context_config_dir(context), in_base_dir(".config/keyfob"));
    assert_null(kf_context_module(context));
    assert_false(kf_file_exists(in_base_dir(".local")));
}

static void xdg_variables_name_both_folders(void **state) {
    setenv("XDG_DATA_HOME", "/d", 1);
    setenv("XDG_CONFIG_HOME", "/c", 1);
    KF_AUTO_PTR(kf_context) context = at_home(NULL);
    assert_string_equal(kf_context_data_dir(context), "/d/keyfob");
    assert_string_equal(kf_context_config_dir(context), "/c/keyfob");
}

static void a_home_is_both_folders_and_the_option_wins(void **state) {
    setenv("KEYFOB_HOME", "/variable", 1);
    KF_AUTO_PTR(kf_context) by_variable = at_home(NULL);
    KF_AUTO_PTR(kf_context) by_option = at_home("/option");
    assert_string_equal(kf_context_data_dir(by_variable), "/variable");
    assert_string_equal(kf_context_config_dir(by_variable), "/variable");
    assert_string_equal(kf_context_data_dir(by_option), "/option");
    assert_string_equal(kf_context_module(by_option), "/m.so");
}

static void no_home_at_all_is_an_error_with_a_hint(void **state) {
    kf_context *context = NULL;
    unsetenv("HOME");
    assert_int_equal(kf_context_new(NULL, &context), KF_E_CONFIG);
    assert_non_null(strstr(kf_error_next(KF_E_CONFIG), "KEYFOB_HOME"));
    assert_null(context);
}

static void the_data_folder_is_made_when_a_path_is_wanted(void **state) {
    KF_AUTO_PTR(kf_context) context = at_home(in_base_dir("home"));
    KF_AUTO_FREE char *path = NULL;
    assert_false(kf_file_exists(in_base_dir("home")));
    assert_int_equal(kf_context_data_path(context, "x.lock", &path), KF_OK);
    assert_string_equal(path, in_base_dir("home/x.lock"));
    assert_true(kf_file_exists(in_base_dir("home")));
}

static void a_missing_configuration_is_empty(void **state) {
    KF_AUTO_PTR(kf_context) context = at_home(in_base_dir("home"));
    const kf_ini *config = NULL;
    assert_int_equal(kf_context_config(context, &config), KF_OK);
    assert_int_equal(kf_ini_count(config), 0);
    assert_false(kf_file_exists(in_base_dir("home")));
}

static void the_configuration_is_read_once(void **state) {
    KF_AUTO_PTR(kf_context) context = at_home(base_dir);
    const kf_ini *config = NULL, *again = NULL;
    kf_file_write(in_base_dir("keyfob.conf"), "[module]\npath = /x\n", 19, 0600);
    assert_int_equal(kf_context_config(context, &config), KF_OK);
    assert_string_equal(kf_ini_get(config, "module", "path"), "/x");
    assert_int_equal(kf_context_config(context, &again), KF_OK);
    assert_ptr_equal(config, again);
}

static void a_wrong_configuration_names_file_and_line(void **state) {
    KF_AUTO_PTR(kf_context) context = at_home(base_dir);
    const kf_ini *config = NULL;
    kf_file_write(in_base_dir("keyfob.conf"), "a = 1\nb\n", 8, 0600);
    assert_int_equal(kf_context_config(context, &config), KF_E_CONFIG);
    assert_non_null(strstr(kf_error_sentence(KF_E_CONFIG), "keyfob.conf:2: "));
    assert_null(config);
}

static void the_database_is_opened_once(void **state) {
    KF_AUTO_PTR(kf_context) context = at_home(in_base_dir("home"));
    kf_db *db = NULL, *again = NULL;
    assert_int_equal(kf_context_db(context, &db), KF_OK);
    assert_int_equal(kf_context_db(context, &again), KF_OK);
    assert_ptr_equal(db, again);
    assert_true(kf_file_exists(in_base_dir("home/keyfob.db")));
}

static int64_t still_clock(void *arg) {
    return *(const int64_t *)arg;
}

static void the_clock_can_be_held_still(void **state) {
    KF_AUTO_PTR(kf_context) context = NULL;
    int64_t now = 1000;
    struct kf_context_options options = {.clock = still_clock, .clock_arg = &now};
    assert_int_equal(kf_context_new(&options, &context), KF_OK);
    assert_int_equal(kf_context_now(context), 1000);
}

static void keep_step(void *arg, const struct kf_step *step) {
    snprintf(arg, 128, "%s %d %s %d", step->name, (int)step->state, step->text, (int)step->ms);
}

static bool always(void *arg) {
    return true;
}

static void steps_reach_the_person_escaped(void **state) {
    char seen[128] = "";
    struct kf_ui ui = {.arg = seen, .step = keep_step, .interrupted = always};
    struct kf_context_options options = {.ui = &ui};
    KF_AUTO_PTR(kf_context) context = NULL;
    assert_int_equal(kf_context_new(&options, &context), KF_OK);
    kf_step(context, "csr", KF_STEP_DONE, 12, "made \"%s\"", "a\x1b");
    assert_string_equal(seen, "csr 1 made \"a\\x1b\" 12");
    assert_true(kf_context_interrupted(context));
}

static void nobody_there_is_fine(void **state) {
    KF_AUTO_PTR(kf_context) context = at_home("/x");
    kf_step(context, "csr", KF_STEP_DONE, 0, "made");
    assert_false(kf_context_interrupted(context));
    assert_null(kf_context_ui(context)->pin);
    kf_context_free(NULL);
}

static void the_version_is_that_of_the_build(void **state) {
    int major, minor, patch;
    assert_int_equal(sscanf(kf_version(), "%d.%d.%d", &major, &minor, &patch), 3);
}

static void configuration_that_others_can_change_is_refused(void **state) {
    KF_AUTO_PTR(kf_context) context = NULL;
    const kf_ini *config = NULL;
    assert_int_equal(kf_context_new(&(struct kf_context_options){.home = base_dir}, &context),
                     KF_OK);
    kf_file_write(in_base_dir("keyfob.conf"), "[module m]\npath = /x\n", 21, 0666);
    chmod(in_base_dir("keyfob.conf"), 0622);
    assert_int_equal(kf_context_config(context, &config), KF_E_PERMISSION);
    assert_non_null(strstr(kf_error_sentence(KF_E_PERMISSION), "keyfob.conf"));
    assert_null(config);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, clean_environment, remove_base_dir)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(configuration_that_others_can_change_is_refused),
        AT_HOME(without_a_home_the_xdg_defaults_count),
        AT_HOME(xdg_variables_name_both_folders),
        AT_HOME(a_home_is_both_folders_and_the_option_wins),
        AT_HOME(no_home_at_all_is_an_error_with_a_hint),
        AT_HOME(the_data_folder_is_made_when_a_path_is_wanted),
        AT_HOME(a_missing_configuration_is_empty),
        AT_HOME(the_configuration_is_read_once),
        AT_HOME(a_wrong_configuration_names_file_and_line),
        AT_HOME(the_database_is_opened_once),
        AT_HOME(the_clock_can_be_held_still),
        AT_HOME(steps_reach_the_person_escaped),
        AT_HOME(nobody_there_is_fine),
        AT_HOME(the_version_is_that_of_the_build),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
