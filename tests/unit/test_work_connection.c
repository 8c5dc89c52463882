// SPDX-License-Identifier: Apache-2.0
// Calls about connections: adding, editing, what the CA says, its certificates.
#include "unit/work_service.h"

#include "base/text.h"

static json_t *named(const char *name) {
    return json_pack("{s:s}", "connection", name);
}

/* --- settings and secrets --- */

static void connections_and_connectors_are_listed(void **state) {
    const json_t *list = works(*state, "connection.list", NULL);
    assert_string_equal(text_of(at(list, "items", 0), "name"), "corp");
    const json_t *types = works(*state, "connector.list", NULL);
    assert_true(json_array_size(json_object_get(types, "items")) > 3);
}

static void one_is_shown_with_its_settings(void **state) {
    const json_t *shown = works(*state, "connection.show", named("corp"));
    assert_string_equal(text_of(shown, "schema"), "keyfob.connection/1");
    assert_string_equal(text_of(json_object_get(shown, "settings"), "url"),
                        "https://ca.example.org");
    fails(*state, "connection.show", named("none"), KF_E_NOT_FOUND);
    fails(*state, "connection.show", NULL, KF_E_USAGE);
}

static json_t *an_order(const char *settings, const char *secrets) {
    json_t *args = json_pack("{s:s, s:s}", "name", "new", "connector", "service");
    json_object_set_new(args, "settings", json_loads(settings, 0, NULL));
    json_object_set_new(args, "secrets", json_loads(secrets, 0, NULL));
    return args;
}

static void settings_of_every_kind_are_kept(void **state) {
    const json_t *made =
        works(*state, "connection.add",
              an_order("{\"url\":\"https://a\",\"verbose\":true,\"depth\":7}", "{}"));
    const json_t *settings = json_object_get(made, "settings");
    assert_string_equal(text_of(settings, "verbose"), "yes");
    assert_string_equal(text_of(settings, "depth"), "7");
}

static void a_secret_is_kept_and_shown_nowhere(void **state) {
    struct front *front = *state;
    const json_t *made = works(front, "connection.add",
                               an_order("{\"url\":\"https://a\"}", "{\"api-key\":\"s3cr3t-key\"}"));
    assert_true(json_is_true(json_object_get(json_object_get(made, "secrets"), "api-key")));
    KF_AUTO_FREE char *text = json_dumps(made, 0);
    assert_null(strstr(text, "s3cr3t"));
    const json_t *event = json_array_get(front->events, 0);
    assert_string_equal(text_of(event, "type"), "connection.changed");
}

static void a_missing_setting_names_its_field(void **state) {
    const json_t *error = fails(*state, "connection.add", an_order("{}", "{}"), KF_E_USAGE);
    assert_string_equal(text_of(at(error, "problems", 0), "field"), "url");
    assert_string_equal(text_of(at(error, "problems", 0), "title"), "Address");
}

static void a_wrong_setting_names_its_field(void **state) {
    const json_t *error =
        fails(*state, "connection.add",
              an_order("{\"url\":\"https://a\",\"depth\":\"deep\"}", "{}"), KF_E_USAGE);
    assert_string_equal(text_of(at(error, "problems", 0), "field"), "depth");
    fails(*state, "connection.add", an_order("{\"url\":[]}", "{}"), KF_E_USAGE);
}

/* What cannot be kept whole is not there at all. */
static void a_connection_whose_secret_cannot_be_kept_is_not_half_there(void **state) {
    fails(*state, "connection.add", an_order("{\"url\":\"https://a\"}", "{\"other\":\"x\"}"),
          KF_E_USAGE);
    fails(*state, "connection.show", named("new"), KF_E_NOT_FOUND);
    fails(*state, "connection.add", an_order("{\"url\":\"https://a\"}", "{\"api-key\":7}"),
          KF_E_USAGE);
    fails(*state, "connection.show", named("new"), KF_E_NOT_FOUND);
}

static void a_name_that_is_taken_is_refused(void **state) {
    json_t *args = an_order("{\"url\":\"https://a\"}", "{}");
    json_object_set_new(args, "name", json_string("corp"));
    fails(*state, "connection.add", args, KF_E_EXISTS);
    fails(*state, "connection.add", json_pack("{s:s}", "name", "x"), KF_E_USAGE);
    fails(*state, "connection.add", json_pack("{s:s, s:s}", "name", "x", "connector", "none"),
          KF_E_USAGE);
}

static json_t *a_change(const char *settings, const char *secrets) {
    json_t *args = named("corp");
    json_object_set_new(args, "settings", json_loads(settings, 0, NULL));
    json_object_set_new(args, "secrets", json_loads(secrets, 0, NULL));
    return args;
}

static void settings_and_secrets_are_changed_and_forgotten(void **state) {
    const json_t *after =
        works(*state, "connection.edit", a_change("{\"depth\":3}", "{\"api-key\":\"key\"}"));
    assert_string_equal(text_of(json_object_get(after, "settings"), "depth"), "3");
    assert_true(json_is_true(json_object_get(json_object_get(after, "secrets"), "api-key")));
    after = works(*state, "connection.edit", a_change("{\"depth\":null}", "{\"api-key\":null}"));
    assert_null(json_object_get(json_object_get(after, "settings"), "depth"));
    assert_true(json_is_false(json_object_get(json_object_get(after, "secrets"), "api-key")));
}

static void an_edit_of_nothing_or_of_something_wrong_is_refused(void **state) {
    fails(*state, "connection.edit", named("corp"), KF_E_USAGE);
    const json_t *error =
        fails(*state, "connection.edit", a_change("{\"depth\":\"deep\"}", "{}"), KF_E_USAGE);
    assert_string_equal(text_of(at(error, "problems", 0), "field"), "depth");
    json_t *args = a_change("{\"depth\":1}", "{}");
    json_object_set_new(args, "connection", json_string("none"));
    fails(*state, "connection.edit", args, KF_E_NOT_FOUND);
}

static void a_removed_connection_is_gone(void **state) {
    works(*state, "connection.remove", named("corp"));
    fails(*state, "connection.remove", named("corp"), KF_E_NOT_FOUND);
}

/* --- what the CA says --- */

static void a_check_says_who_is_signed_in(void **state) {
    const json_t *after = works(*state, "connection.check", named("corp"));
    assert_string_equal(text_of(after, "standing"), "connected");
    assert_string_equal(text_of(after, "account"), "anna");
}

static void a_ca_that_cannot_be_reached_is_remembered(void **state) {
    service.err = KF_E_CA_UNREACHABLE;
    fails(*state, "connection.check", named("corp"), KF_E_CA_UNREACHABLE);
    const json_t *shown = works(*state, "connection.show", named("corp"));
    assert_string_not_equal(text_of(shown, "problem"), "");
}

static void templates_forms_and_records_are_given(void **state) {
    const json_t *list = works(*state, "connection.templates", named("corp"));
    assert_string_equal(text_of(at(list, "items", 0), "name"), "user");
    const json_t *form = works(*state, "connection.form",
                               json_pack("{s:s, s:s}", "connection", "corp", "which", "login"));
    assert_string_equal(text_of(at(form, "fields", 0), "name"), "user");
    list = works(*state, "connection.records",
                 json_pack("{s:s, s:s}", "connection", "corp", "kind", "domains"));
    assert_string_equal(text_of(at(list, "items", 0), "name"), "example.org");
    const json_t *one =
        works(*state, "connection.records",
              json_pack("{s:s, s:s, s:s}", "connection", "corp", "kind", "domains", "id", "7"));
    assert_string_equal(text_of(one, "id"), "7");
}

static void wrong_questions_to_the_ca_are_refused(void **state) {
    fails(*state, "connection.form", named("corp"), KF_E_USAGE);
    fails(*state, "connection.form",
          json_pack("{s:s, s:s}", "connection", "corp", "which", "other"), KF_E_USAGE);
    fails(*state, "connection.records", named("corp"), KF_E_USAGE);
    fails(*state, "connection.templates", named("none"), KF_E_NOT_FOUND);
    fails(*state, "connection.check", NULL, KF_E_USAGE);
}

static void an_action_is_done_with_checked_fields(void **state) {
    json_t *args = json_pack("{s:s, s:s, s:{s:s}}", "connection", "corp", "action", "check",
                             "fields", "domain", "example.org");
    assert_string_equal(text_of(works(*state, "connection.act", args), "text"), "checked");
    assert_non_null(strstr(service.fields, "example.org"));
    const json_t *error =
        fails(*state, "connection.act",
              json_pack("{s:s, s:s}", "connection", "corp", "action", "check"), KF_E_USAGE);
    assert_string_equal(text_of(at(error, "problems", 0), "field"), "domain");
    fails(*state, "connection.act", json_pack("{s:s, s:s}", "connection", "corp", "action", "fly"),
          KF_E_USAGE);
}

/* --- roots --- */

static void a_root_is_accepted_by_its_fingerprint_and_trusted(void **state) {
    struct front *front = *state;
    works(front, "labca.init", json_pack("{s:s}", "name", "lab"));
    const json_t *roots = works(front, "connection.roots", named("lab"));
    const json_t *offered = at(roots, "offered", 0);
    assert_true(json_is_true(json_object_get(offered, "trusted")));
    assert_int_equal(json_array_size(json_object_get(roots, "accepted")), 1);
    char fingerprint[65];
    snprintf(fingerprint, sizeof fingerprint, "%s", text_of(offered, "fingerprint_sha256"));
    const json_t *cert =
        works(front, "connection.accept",
              json_pack("{s:s, s:s}", "connection", "lab", "fingerprint", fingerprint));
    assert_string_equal(text_of(cert, "fingerprint_sha256"), fingerprint);
    const json_t *stored = works(front, "certificate.list", json_pack("{s:s}", "store", "root"));
    assert_int_equal(json_array_size(json_object_get(stored, "items")), 1);
}

static void another_fingerprint_is_not_accepted(void **state) {
    works(*state, "labca.init", json_pack("{s:s}", "name", "lab"));
    char other[65];
    memset(other, 'a', 64);
    other[64] = '\0';
    fails(*state, "connection.accept",
          json_pack("{s:s, s:s}", "connection", "lab", "fingerprint", other), KF_E_NOT_FOUND);
    fails(*state, "connection.accept",
          json_pack("{s:s, s:s}", "connection", "lab", "fingerprint", "12"), KF_E_USAGE);
    fails(*state, "connection.accept", named("lab"), KF_E_USAGE);
    fails(*state, "connection.roots", named("none"), KF_E_NOT_FOUND);
}

/* --- the lab CA --- */

static void the_test_ca_is_made_in_one_go(void **state) {
    const json_t *made = works(*state, "labca.init", NULL);
    assert_string_equal(text_of(made, "name"), "test-ca");
    assert_int_equal(json_array_size(json_object_get(made, "anchors")), 1);
    const json_t *error = fails(*state, "labca.init", NULL, KF_E_EXISTS);
    assert_non_null(strstr(text_of(at(error, "next", 0), "text"), "test-ca"));
    const json_t *list = works(*state, "labca.list", NULL);
    assert_string_equal(text_of(at(list, "items", 0), "name"), "test-ca");
}

static void decisions_need_a_request_that_is_there(void **state) {
    works(*state, "labca.init", NULL);
    fails(*state, "labca.approve", json_pack("{s:s}", "name", "test-ca"), KF_E_USAGE);
    fails(*state, "labca.approve", json_pack("{s:s, s:i}", "name", "test-ca", "id", 7),
          KF_E_NOT_FOUND);
    fails(*state, "labca.reject", json_pack("{s:s, s:i}", "name", "test-ca", "id", 7),
          KF_E_NOT_FOUND);
    fails(*state, "labca.reject", json_pack("{s:s, s:s}", "name", "test-ca", "id", "x"),
          KF_E_INPUT);
}

#define SERVICE(test) cmocka_unit_test_setup_teardown(test, setup_service, teardown_front)

int main(void) {
    const struct CMUnitTest tests[] = {
        SERVICE(connections_and_connectors_are_listed),
        SERVICE(one_is_shown_with_its_settings),
        SERVICE(settings_of_every_kind_are_kept),
        SERVICE(a_secret_is_kept_and_shown_nowhere),
        SERVICE(a_missing_setting_names_its_field),
        SERVICE(a_wrong_setting_names_its_field),
        SERVICE(a_connection_whose_secret_cannot_be_kept_is_not_half_there),
        SERVICE(a_name_that_is_taken_is_refused),
        SERVICE(settings_and_secrets_are_changed_and_forgotten),
        SERVICE(an_edit_of_nothing_or_of_something_wrong_is_refused),
        SERVICE(a_removed_connection_is_gone),
        SERVICE(a_check_says_who_is_signed_in),
        SERVICE(a_ca_that_cannot_be_reached_is_remembered),
        SERVICE(templates_forms_and_records_are_given),
        SERVICE(wrong_questions_to_the_ca_are_refused),
        SERVICE(an_action_is_done_with_checked_fields),
        SERVICE(a_root_is_accepted_by_its_fingerprint_and_trusted),
        SERVICE(another_fingerprint_is_not_accepted),
        SERVICE(the_test_ca_is_made_in_one_go),
        SERVICE(decisions_need_a_request_that_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
