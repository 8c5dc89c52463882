// SPDX-License-Identifier: Apache-2.0
// Connections that change: their settings, their secrets, and what is left when they are removed.
#include "unit/ca_fixture.h"

#include <jansson.h>

#include "ca/connection.h"
#include "ca/opened.h"
#include "ca/standing.h"
#include "x509/json.h"

static const struct kf_ca_setup *opened;

static kf_context *meddler; /* changes the connection while it is tried */

/* Keeps the setup as its state, and minds one value. */
static kf_err safe_open(const struct kf_ca_setup *setup, void **ret_state) {
    if (kf_str_equal(setup->option(setup->arg, "url"), "wrong"))
        return kf_fail(KF_E_USAGE, "the address \"wrong\" is wrong");
    if (meddler && kf_str_equal(setup->option(setup->arg, "realm"), "mine")) {
        kf_context *other = KF_MOVE(meddler);
        KF_TRY(kf_connection_edit(other, "corp", (const char *[]){"realm=theirs"}, 1));
    }
    opened = setup;
    *ret_state = (void *)(uintptr_t)setup;
    return KF_OK;
}

static void safe_close(void *state) {
    (void)state;
}

static kf_err safe_submit(void *state, const struct kf_ca_order *order, struct kf_ca_answer *a) {
    (void)state, (void)order;
    a->outcome = KF_CA_RETRY;
    return KF_OK;
}

static kf_err safe_login(void *state, const struct kf_ca_login *login, struct kf_ca_answer *a) {
    (void)state, (void)login;
    a->outcome = KF_CA_ISSUED;
    return KF_OK;
}

static const struct kf_ca_option options[] = {
    {.name = "url", .title = "Address", .kind = KF_OPTION_TEXT, .required = true},
    {.name = "realm", .title = "Realm", .kind = KF_OPTION_TEXT, .fallback = "home"},
    {.name = "number", .title = "Number", .kind = KF_OPTION_NUMBER, .fallback = "7"},
    {.name = "api-key", .title = "API key", .kind = KF_OPTION_SECRET, .required = true},
    {.name = "password", .title = "Password", .kind = KF_OPTION_SECRET},
};
static const struct kf_connector safe = {
    .name = "safe",
    .title = "A CA with secrets",
    .options = options,
    .option_count = KF_COUNT(options),
    .duplicates = KF_CA_UNKNOWN,
    .open = safe_open,
    .close = safe_close,
    .submit = safe_submit,
    .login = safe_login,
};

static kf_context *context;

static int open_safe(void **state) {
    if (make_base_dir(state) != 0)
        return -1;
    context = open_home();
    OK(kf_connection_add(context, "corp", "safe",
                         (const char *[]){"url=https://ca.example", "realm=office"}, 2));
    return 0;
}

static int close_safe(void **state) {
    kf_context_free(context);
    return remove_base_dir(state);
}

#define SAFE(test) cmocka_unit_test_setup_teardown(test, open_safe, close_safe)

static kf_err edit(const char *word) {
    return kf_connection_edit(context, "corp", &word, 1);
}

static void assert_setting(const char *name, const char *value) {
    KF_AUTO_PTR(json_t) json = NULL;
    OK(kf_connection_json(context, "corp", &json));
    const char *set = json_string_value(json_object_get(json_object_get(json, "settings"), name));
    assert_string_equal(set, value);
}

static kf_err set_secret(const char *connection, const char *option, const char *text) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    if (text)
        OK(kf_secret_copy(text, strlen(text), &secret));
    return kf_connection_secret(context, connection, option, secret);
}

static bool is_set(const char *connection, const char *option) {
    KF_AUTO_PTR(json_t) json = NULL;
    OK(kf_connection_json(context, connection, &json));
    const json_t *set = json_object_get(json_object_get(json, "secrets"), option);
    assert_true(json_is_boolean(set));
    return json_is_true(set);
}

/* --- settings --- */

static void one_setting_is_changed_and_the_others_stay(void **state) {
    OK(edit("number=9"));
    assert_setting("number", "9");
    assert_setting("url", "https://ca.example");
    assert_setting("realm", "office");
}

static void an_empty_value_goes_back_to_the_default(void **state) {
    OK(edit("realm="));
    assert_setting("realm", "home");
    assert_says(edit("url="), KF_E_USAGE, "needs the option \"url\"");
    assert_setting("url", "https://ca.example");
}

static void a_wrong_change_changes_nothing(void **state) {
    static const struct {
        const char *word, *says;
    } cases[] = {
        {"number=many", "whole number"},
        {"colour=red", "\"realm\""},
        {"realm", "NAME=VALUE"},
        {"url=wrong", "\"wrong\" is wrong"},
    };
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        const char *words[] = {"realm=other", cases[i].word};
        assert_says(kf_connection_edit(context, "corp", words, 2), KF_E_USAGE, cases[i].says);
        assert_setting("number", "7");
        assert_setting("url", "https://ca.example");
    }
    const char *twice[] = {"number=8", "number=9"};
    assert_says(kf_connection_edit(context, "corp", twice, 2), KF_E_USAGE, "twice");
    assert_int_equal(kf_connection_edit(context, "nobody", twice, 1), KF_E_NOT_FOUND);
}

static void two_who_change_it_at_once_do_not_lose_each_others_change(void **state) {
    KF_AUTO_PTR(kf_context) other = open_home();
    meddler = other;
    assert_says(edit("realm=mine"), KF_E_BUSY, "meanwhile");
    assert_setting("realm", "theirs");
    OK(edit("realm=mine"));
    assert_setting("realm", "mine");
}

static void what_was_known_of_the_account_is_asked_again_after_a_change(void **state) {
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_AUTO(kf_account) account = {0};
    KF_AUTO_PTR(json_t) json = NULL;
    OK(kf_ca_open(context, "corp", NULL, &ca));
    OK(kf_ca_account_set(&account, KF_CA_CONNECTED, "anna", NULL));
    OK(kf_standing_keep(ca, KF_OK, &account));
    OK(edit("realm=home"));
    OK(kf_connection_json(context, "corp", &json));
    assert_string_equal(json_string_value(json_object_get(json, "standing")), "unknown");
    assert_true(json_is_null(json_object_get(json, "reached_at")));
}

/* --- secrets --- */

static void a_secret_is_never_taken_from_a_word(void **state) {
    const char *words[] = {"url=https://ca.example", "api-key=hunter2"};
    assert_says(kf_connection_add(context, "second", "safe", words, 2), KF_E_USAGE,
                "where others see it");
    assert_null(strstr(kf_error_sentence(KF_E_USAGE), "hunter2"));
    assert_non_null(strstr(kf_error_next(KF_E_USAGE), "--secret-source api-key=SOURCE"));
    assert_null(strstr(kf_error_next(KF_E_USAGE), "hunter2"));
    assert_says(edit("api-key=hunter2"), KF_E_USAGE, "is a secret");
    assert_says(edit("api-key="), KF_E_USAGE, "is a secret");
    assert_false(is_set("corp", "api-key"));
}

static void a_secret_is_set_recalled_and_forgotten(void **state) {
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_AUTO_PTR(kf_secret) secret = NULL;
    OK(set_secret("corp", "api-key", "hunter2"));
    assert_true(is_set("corp", "api-key"));
    assert_false(is_set("corp", "password"));
    OK(kf_ca_open(context, "corp", NULL, &ca));
    OK(opened->recall(opened->arg, "api-key", &secret));
    assert_memory_equal(kf_secret_data(secret), "hunter2", 7);
    OK(set_secret("corp", "api-key", NULL));
    assert_false(is_set("corp", "api-key"));
}

static void a_secret_goes_to_no_other_address(void **state) {
    OK(set_secret("corp", "api-key", "hunter2"));
    OK(edit("realm=home"));
    OK(edit("url=HTTPS://CA.example:443/api"));
    assert_true(is_set("corp", "api-key"));
    OK(edit("url=https://ca.example:8443"));
    assert_false(is_set("corp", "api-key"));
    OK(set_secret("corp", "api-key", "hunter2"));
    OK(edit("url=https://other.example:8443"));
    assert_false(is_set("corp", "api-key"));
    OK(set_secret("corp", "api-key", "hunter2"));
    assert_int_not_equal(edit("url=wrong"), KF_OK);
    assert_true(is_set("corp", "api-key"));
}

static void a_secret_is_in_no_document_and_not_in_the_database(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    OK(set_secret("corp", "api-key", "hunter2"));
    OK(kf_connection_json(context, "corp", &json));
    KF_AUTO_FREE char *text = json_dumps(json, 0);
    assert_null(strstr(text, "hunter2"));
    assert_int_equal(shell("! grep -aq hunter2 keyfob.db*"), 0);
    assert_int_equal(shell("test \"$(grep -rl hunter2 . | wc -l)\" = 1"), 0);
}

static void only_secret_options_are_secrets(void **state) {
    assert_says(set_secret("corp", "realm", "x"), KF_E_USAGE, "no secret");
    assert_says(set_secret("corp", "session", "x"), KF_E_USAGE, "no option");
    assert_says(set_secret("corp", NULL, "x"), KF_E_USAGE, "no option");
    assert_int_equal(set_secret("nobody", "api-key", "x"), KF_E_NOT_FOUND);
}

static void a_connection_that_is_only_tried_keeps_no_secret(void **state) {
    KF_AUTO_PTR(kf_ca) tried = NULL;
    KF_AUTO_PTR(kf_secret) secret = NULL;
    KF_AUTO_PTR(kf_secret) none = NULL;
    kf_connection row = {.name = strdup("tried"),
                         .connector_name = strdup("safe"),
                         .connector = &safe,
                         .settings = json_pack("{s:s}", "url", "https://a")};
    OK(kf_secret_copy("x", 1, &secret));
    OK(kf_ca_open_as(context, &row, NULL, &tried));
    assert_int_equal(opened->keep(opened->arg, "session", secret), KF_E_STATE);
    OK(opened->recall(opened->arg, "session", &none));
    assert_null(none);
}

static void secrets_go_with_their_connection(void **state) {
    OK(set_secret("corp", "api-key", "hunter2"));
    OK(set_secret("corp", "password", "hunter3"));
    OK(kf_connection_remove(context, "corp"));
    assert_int_equal(shell("! grep -rq hunter ."), 0);
    OK(kf_connection_add(context, "corp", "safe", (const char *[]){"url=https://b"}, 1));
    assert_false(is_set("corp", "api-key"));
}

/* As after a crash between the two, or with a copy of an old database. */
static void secrets_that_were_left_behind_are_nobodys(void **state) {
    kf_db *db = NULL;
    OK(set_secret("corp", "api-key", "hunter2"));
    OK(kf_connection_db(context, &db));
    OK(kf_db_run(db, "DELETE FROM connections", NULL));
    OK(kf_connection_add(context, "corp", "safe", (const char *[]){"url=https://evil"}, 1));
    assert_false(is_set("corp", "api-key"));
}

static void two_connections_do_not_share_secrets(void **state) {
    OK(kf_connection_add(context, "second", "safe", (const char *[]){"url=https://b"}, 1));
    OK(set_secret("corp", "api-key", "one"));
    assert_false(is_set("second", "api-key"));
    OK(kf_connection_forget(context, "second"));
    assert_true(is_set("corp", "api-key"));
    OK(kf_connection_forget(context, "corp"));
    assert_false(is_set("corp", "api-key"));
}

/* --- an older database --- */

static const char *const first_schema[] = {
    "CREATE TABLE connections (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " connector TEXT NOT NULL, settings TEXT NOT NULL, created INTEGER NOT NULL);"
    "CREATE TABLE anchors (connection INTEGER NOT NULL REFERENCES connections (id)"
    " ON DELETE CASCADE, fingerprint TEXT NOT NULL, cert BLOB NOT NULL,"
    " accepted INTEGER NOT NULL, PRIMARY KEY (connection, fingerprint)) WITHOUT ROWID;"};

static void an_older_database_is_brought_up_to_date(void **state) {
    KF_AUTO_PTR(kf_context) later = NULL;
    kf_db *db = NULL;
    assert_int_equal(mkdir(in_base_dir("old"), 0700), 0);
    OK(kf_db_open(in_base_dir("old/keyfob.db"), &db));
    OK(kf_db_schema(db, "ca", first_schema, 1));
    OK(kf_db_run(db,
                 "INSERT INTO connections (name, connector, settings, created)"
                 " VALUES ('a', 'safe', '{\"url\":\"https://a\"}', 1), ('b', 'safe', '{}', 2)",
                 NULL));
    kf_db_close(db);
    struct kf_context_options at = {.home = in_base_dir("old")};
    KF_AUTO(kf_connection) a = {0}, b = {0};
    OK(kf_context_new(&at, &later));
    OK(kf_connection_load(later, "a", &a));
    OK(kf_connection_load(later, "b", &b));
    assert_int_equal(strlen(a.secrets), strlen("connection/") + 32);
    assert_string_not_equal(a.secrets, b.secrets);
    OK(kf_connection_remove(later, "a"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SAFE(one_setting_is_changed_and_the_others_stay),
        SAFE(an_empty_value_goes_back_to_the_default),
        SAFE(a_wrong_change_changes_nothing),
        SAFE(two_who_change_it_at_once_do_not_lose_each_others_change),
        SAFE(what_was_known_of_the_account_is_asked_again_after_a_change),
        SAFE(a_secret_is_never_taken_from_a_word),
        SAFE(a_secret_is_set_recalled_and_forgotten),
        SAFE(a_secret_goes_to_no_other_address),
        SAFE(a_secret_is_in_no_document_and_not_in_the_database),
        SAFE(only_secret_options_are_secrets),
        SAFE(a_connection_that_is_only_tried_keeps_no_secret),
        SAFE(secrets_go_with_their_connection),
        SAFE(secrets_that_were_left_behind_are_nobodys),
        SAFE(two_connections_do_not_share_secrets),
        SAFE(an_older_database_is_brought_up_to_date),
    };
    setenv("KEYFOB_KEYRING", "files", 1);
    OK(kf_connector_register(&safe));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
