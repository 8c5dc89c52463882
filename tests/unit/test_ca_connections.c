// SPDX-License-Identifier: Apache-2.0
// Connections: names, options, removal, anchors, documents.
#include "unit/ca_fixture.h"

#include <jansson.h>

#include "ca/connection.h"
#include "ca/settings.h"

/* --- a connector with one option of every kind --- */

static kf_err open_all(const struct kf_ca_setup *setup, void **ret_state) {
    const char *word = setup->option(setup->arg, "text");
    if (kf_str_equal(word, "refuse"))
        return kf_fail(KF_E_USAGE, "the text is refused when opening");
    *ret_state = NULL;
    return KF_OK;
}

static void close_all(void *state) {
    (void)state;
}

static kf_err submit_all(void *state, const struct kf_ca_order *order,
                         struct kf_ca_answer *answer) {
    (void)state, (void)order;
    answer->outcome = KF_CA_REJECTED;
    return KF_OK;
}

static const struct kf_ca_option all_options[] = {
    {.name = "text", .title = "Text", .kind = KF_OPTION_TEXT, .required = true},
    {.name = "number", .title = "Number", .kind = KF_OPTION_NUMBER, .fallback = "7"},
    {.name = "switch", .title = "Switch", .kind = KF_OPTION_SWITCH, .fallback = "no"},
    {.name = "file", .title = "File", .kind = KF_OPTION_FILE},
    {.name = "choice", .title = "Choice", .kind = KF_OPTION_CHOICE, .choices = "red green"},
    {.name = "secret", .title = "Secret", .kind = KF_OPTION_SECRET},
};
static const struct kf_connector all = {
    .name = "all-kinds",
    .title = "Every kind of option",
    .options = all_options,
    .option_count = KF_COUNT(all_options),
    .duplicates = KF_CA_UNKNOWN,
    .open = open_all,
    .close = close_all,
    .submit = submit_all,
};

static kf_err add_all(kf_context *context, const char *first, const char *second) {
    const char *words[] = {first, second};
    return kf_connection_add(context, "c", "all-kinds", words, second ? 2 : first ? 1 : 0);
}

/* --- names --- */

static void names_outside_the_rule_are_refused(void **state) {
    static const char *const bad[] = {"",    ".",   "..",   ".x",  "-x",       " x",   "x ",
                                      "a/b", "a:b", "a\tb", "a\n", "\xc3\xa4", "a\"b", "a'b"};
    KF_AUTO_PTR(kf_context) context = open_home();
    for (size_t i = 0; i < KF_COUNT(bad); i++)
        assert_says(kf_connection_add(context, bad[i], "manual", NULL, 0), KF_E_USAGE,
                    "is not a name");
    assert_says(kf_connection_add(context, NULL, "manual", NULL, 0), KF_E_USAGE, "is not a name");
}

static void names_of_64_bytes_are_the_longest(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    char name[66];
    memset(name, 'n', 65);
    name[65] = '\0';
    assert_int_equal(kf_connection_add(context, name, "manual", NULL, 0), KF_E_USAGE);
    name[64] = '\0';
    OK(kf_connection_add(context, name, "manual", NULL, 0));
    OK(kf_connection_add(context, "Corp CA 2.x_y-z", "manual", NULL, 0));
}

static void a_name_is_taken_once(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    OK(kf_connection_add(context, "corp", "manual", NULL, 0));
    assert_says(kf_connection_add(context, "corp", "manual", NULL, 0), KF_E_EXISTS, "corp");
}

static void an_unknown_connector_lists_the_known_ones(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    assert_says(kf_connection_add(context, "c", "nope", NULL, 0), KF_E_USAGE, "\"manual\"");
    assert_says(kf_connection_add(context, "c", NULL, NULL, 0), KF_E_USAGE, "\"local\"");
}

/* --- options --- */

static void wrong_options_are_refused_with_what_is_known(void **state) {
    static const struct {
        const char *word, *says;
        kf_err code;
    } cases[] = {
        {"colour=red", "\"number\"", KF_E_USAGE},
        {"text", "NAME=VALUE", KF_E_USAGE},
        {"=x", "no option", KF_E_USAGE},
        {"number=many", "whole number", KF_E_USAGE},
        {"number=-1", "whole number", KF_E_USAGE},
        {"number=", "whole number", KF_E_USAGE},
        {"switch=maybe", "\"yes\" or \"no\"", KF_E_USAGE},
        {"choice=blue", "red green", KF_E_USAGE},
        {"choice=", "red green", KF_E_USAGE},
        {"choice=red green", "red green", KF_E_USAGE},
        {"file=/no/such/file", "/no/such/file", KF_E_NOT_FOUND},
        {"file=/", "must be a file", KF_E_USAGE},
        {"secret=hunter2", "secret", KF_E_USAGE},
        {"text=again", "twice", KF_E_USAGE},
        {"choice=\xff", "UTF-8", KF_E_INPUT},
    };
    KF_AUTO_PTR(kf_context) context = open_home();
    for (size_t i = 0; i < KF_COUNT(cases); i++) {
        kf_err err = add_all(context, "text=x", cases[i].word);
        assert_says(err, cases[i].code, cases[i].says);
        assert_null(strstr(kf_error_sentence(err), "hunter2"));
    }
    OK(kf_connection_name_free(context, "c"));
}

static void a_missing_required_option_is_named(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    assert_says(add_all(context, "number=1", NULL), KF_E_USAGE, "\"text\"");
    assert_says(add_all(context, "text=", NULL), KF_E_USAGE, "\"text\"");
}

static void options_are_kept_and_missing_ones_fall_back(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO(kf_connection) row = {0};
    OK(add_all(context, "text=a=b", "switch=on"));
    OK(kf_connection_load(context, "c", &row));
    assert_string_equal(kf_settings_get(row.connector, row.settings, "text"), "a=b");
    assert_string_equal(kf_settings_get(row.connector, row.settings, "switch"), "yes");
    assert_string_equal(kf_settings_get(row.connector, row.settings, "number"), "7");
    assert_null(kf_settings_get(row.connector, row.settings, "choice"));
    assert_null(kf_settings_get(row.connector, row.settings, "unknown"));
}

static void a_file_is_kept_by_its_absolute_path(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO(kf_connection) row = {0};
    KF_AUTO_FREE char *word = kf_str("file=%s/../%s", base_dir, strrchr(base_dir, '/') + 1);
    KF_AUTO_FREE char *file = kf_str("%s/./ca.pem", word);
    OK(kf_file_write(in_base_dir("ca.pem"), "x", 1, 0600));
    OK(add_all(context, "text=x", file));
    OK(kf_connection_load(context, "c", &row));
    const char *kept = kf_settings_get(row.connector, row.settings, "file");
    assert_int_equal(kept[0], '/');
    assert_null(strstr(kept, ".."));
}

static void what_the_connector_refuses_is_not_added(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    assert_says(add_all(context, "text=refuse", NULL), KF_E_USAGE, "when opening");
    OK(kf_connection_name_free(context, "c"));
}

/* --- removal --- */

static void a_connection_without_requests_is_removed(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    make_lab(context, false);
    OK(kf_connection_remove(context, "lab"));
    assert_int_equal(kf_connection_remove(context, "lab"), KF_E_NOT_FOUND);
}

static void a_connection_with_open_requests_stays(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    kf_db *db = NULL;
    OK(kf_connection_add(context, "corp", "manual", NULL, 0));
    OK(kf_context_db(context, &db));
    OK(kf_db_run(db, "CREATE TABLE open_requests (connection TEXT)",
                 NULL)); /* the journal's view */
    OK(kf_db_run(db, "INSERT INTO open_requests VALUES ('corp'), ('other')", NULL));
    assert_says(kf_connection_remove(context, "corp"), KF_E_STATE, "1 request is not finished");
    OK(kf_db_run(db, "DELETE FROM open_requests WHERE connection = 'corp'", NULL));
    OK(kf_connection_remove(context, "corp"));
}

static void anchors_go_with_their_connection(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO(kf_certs) offered = {0}, accepted = {0};
    make_lab(context, false);
    OK(kf_connection_remove(context, "lab"));
    OK(kf_connection_add(context, "lab", "local", NULL, 0));
    OK(roots_of(context, "lab", &offered, &accepted));
    assert_int_equal(offered.count, 1);
    assert_int_equal(accepted.count, 0);
}

/* --- anchors --- */

static void an_anchor_is_accepted_by_its_fingerprint_in_any_spelling(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO(kf_certs) offered = {0}, accepted = {0};
    KF_AUTO_PTR(kf_cert) cert = NULL;
    KF_AUTO(kf_buf) digest = {0}, text = {0};
    make_lab(context, false);
    OK(kf_connection_add(context, "second", "local", (const char *[]){"ca=lab"}, 1));
    OK(roots_of(context, "second", &offered, &accepted));
    OK(kf_unhex(kf_cert_fingerprint(offered.items[0]), &digest));
    OK(kf_hex(&text, digest.data, digest.len, ':'));
    for (uint8_t *c = text.data; *c; c++)
        *c = (uint8_t)(*c >= 'a' && *c <= 'f' ? *c - 32 : *c);
    OK(kf_connection_accept(context, "second", &offered, kf_buf_str(&text), &cert));
    OK(kf_connection_accept(context, "second", &offered, kf_buf_str(&text), NULL));
    OK(roots_of(context, "second", &offered, &accepted));
    assert_int_equal(accepted.count, 1);
    assert_true(kf_cert_equal(accepted.items[0], cert));
}

static void a_wrong_fingerprint_accepts_nothing(void **state) {
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO(kf_certs) offered = {0}, accepted = {0};
    make_lab(context, false);
    OK(kf_connection_add(context, "second", "local", (const char *[]){"ca=lab"}, 1));
    OK(roots_of(context, "second", &offered, &accepted));
    assert_int_equal(kf_connection_accept(context, "second", &offered, zeros, NULL),
                     KF_E_NOT_FOUND);
    assert_int_equal(kf_connection_accept(context, "second", &offered, "ab:cd", NULL), KF_E_USAGE);
    assert_int_equal(kf_connection_accept(context, "second", &offered, "", NULL), KF_E_USAGE);
    OK(roots_of(context, "second", &offered, &accepted));
    assert_int_equal(accepted.count, 0);
}

static void a_leaf_is_no_anchor(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_AUTO(kf_buf) csr = {0};
    KF_AUTO(kf_answer) answer = {0};
    KF_AUTO(kf_certs) certs = {0};
    make_lab(context, false);
    make_csr(context, key, "CN=Anna", "tls-client", &csr);
    struct kf_ca_order order = order_of("one", &csr);
    OK(kf_ca_open(context, "lab", NULL, &ca));
    OK(kf_ca_submit(ca, &order, &answer));
    OK(kf_certs_read(answer.body, answer.body_len, &certs));
    const char *leaf = kf_cert_fingerprint(certs.items[0]);
    assert_says(kf_connection_accept(context, "lab", &certs, leaf, NULL), KF_E_INPUT,
                "not the certificate of a CA");
}

/* --- documents --- */

static void a_connection_is_shown_with_settings_and_anchors(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    json_t *json = NULL;
    make_lab(context, false);
    OK(kf_connection_json(context, "lab", &json));
    assert_string_equal(json_string_value(json_object_get(json, "schema")), "keyfob.connection/1");
    assert_string_equal(json_string_value(json_object_get(json, "connector")), "local");
    assert_int_equal(json_array_size(json_object_get(json, "anchors")), 1);
    json_decref(json);
    OK(kf_connections_json(context, &json));
    assert_int_equal(json_array_size(json), 1);
    json_decref(json);
}

static void secrets_are_left_out_of_the_document(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    json_t *json = NULL;
    kf_db *db = NULL;
    OK(add_all(context, "text=x", NULL));
    OK(kf_connection_db(context, &db));
    OK(kf_db_run(db, "UPDATE connections SET settings = '{\"text\":\"x\",\"secret\":\"s3\"}'",
                 NULL));
    OK(kf_connection_json(context, "c", &json));
    KF_AUTO_FREE char *text = json_dumps(json, 0);
    assert_null(strstr(text, "s3"));
    json_decref(json);
}

static void connectors_are_shown_with_their_options(void **state) {
    json_t *json = NULL;
    OK(kf_connectors_json(&json));
    const json_t *last = json_array_get(json, json_array_size(json) - 1);
    const json_t *choice = json_array_get(json_object_get(last, "options"), 4);
    assert_string_equal(json_string_value(json_object_get(last, "name")), "all-kinds");
    assert_int_equal(json_array_size(json_object_get(choice, "choices")), 2);
    json_decref(json);
}

static void damaged_settings_are_a_database_error(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO(kf_connection) row = {0};
    kf_db *db = NULL;
    OK(kf_connection_add(context, "corp", "manual", NULL, 0));
    OK(kf_connection_db(context, &db));
    OK(kf_db_run(db, "UPDATE connections SET settings = '{'", NULL));
    assert_says(kf_connection_load(context, "corp", &row), KF_E_DATABASE, "corp");
}

static void a_connection_for_a_missing_connector_can_be_seen_and_removed(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_PTR(kf_ca) ca = NULL;
    kf_db *db = NULL;
    json_t *json = NULL;
    OK(kf_connection_add(context, "old", "manual", NULL, 0));
    OK(kf_connection_db(context, &db));
    OK(kf_db_run(db, "UPDATE connections SET connector = 'gone'", NULL));
    OK(kf_connection_json(context, "old", &json));
    json_decref(json);
    assert_says(kf_ca_open(context, "old", NULL, &ca), KF_E_UNSUPPORTED, "\"gone\"");
    OK(kf_connection_remove(context, "old"));
}

static void a_test_says_one_line(void **state) {
    KF_AUTO_PTR(kf_context) context = open_home();
    KF_AUTO_FREE char *lab = NULL;
    KF_AUTO_FREE char *none = NULL;
    make_lab(context, false);
    OK(add_all(context, "text=x", NULL));
    OK(test_of(context, "lab", &lab));
    assert_string_equal(lab, "lab CA \"lab\": 0 issued, 0 waiting");
    OK(test_of(context, "c", &none));
    assert_non_null(strstr(none, "nothing to test"));
}

int main(void) {
    if (kf_connector_register(&all) != KF_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        IN_DIR(names_outside_the_rule_are_refused),
        IN_DIR(names_of_64_bytes_are_the_longest),
        IN_DIR(a_name_is_taken_once),
        IN_DIR(an_unknown_connector_lists_the_known_ones),
        IN_DIR(wrong_options_are_refused_with_what_is_known),
        IN_DIR(a_missing_required_option_is_named),
        IN_DIR(options_are_kept_and_missing_ones_fall_back),
        IN_DIR(a_file_is_kept_by_its_absolute_path),
        IN_DIR(what_the_connector_refuses_is_not_added),
        IN_DIR(a_connection_without_requests_is_removed),
        IN_DIR(a_connection_with_open_requests_stays),
        IN_DIR(anchors_go_with_their_connection),
        IN_DIR(an_anchor_is_accepted_by_its_fingerprint_in_any_spelling),
        IN_DIR(a_wrong_fingerprint_accepts_nothing),
        IN_DIR(a_leaf_is_no_anchor),
        IN_DIR(a_connection_is_shown_with_settings_and_anchors),
        IN_DIR(secrets_are_left_out_of_the_document),
        IN_DIR(connectors_are_shown_with_their_options),
        IN_DIR(damaged_settings_are_a_database_error),
        IN_DIR(a_connection_for_a_missing_connector_can_be_seen_and_removed),
        IN_DIR(a_test_says_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
