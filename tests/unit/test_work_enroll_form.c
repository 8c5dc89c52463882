// SPDX-License-Identifier: Apache-2.0
// Calls for the wizard: what is asked, and what would be sent.
#include "unit/work_enroll.h"

static json_t *wizard(const char *connection, const char *profile) {
    return json_pack("{s:s, s:s}", "connection", connection, "profile", profile);
}

static const json_t *field(const json_t *form, const char *name) {
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(form, "fields"), i, item) {
        if (strcmp(text_of(item, "name"), name) == 0)
            return item;
    }
    return NULL;
}

static bool requires(const json_t *form, const char *name) {
    return json_is_true(json_object_get(field(form, name), "required"));
}

/* --- the form --- */

static void a_person_is_asked_for_the_usual_names(void **state) {
    const json_t *form = works(*state, "enroll.form", wizard("test-ca", "tls-client"));
    const json_t *subject = json_object_get(form, "subject");
    assert_string_equal(text_of(form, "schema"), "keyfob.enroll-form/1");
    assert_string_equal(text_of(subject, "schema"), "keyfob.form/1");
    assert_true(requires(subject, "CN"));
    assert_non_null(field(subject, "O"));
    assert_string_equal(text_of(field(subject, "C"), "check"), "country");
    assert_string_equal(text_of(field(subject, "dns"), "kind"), "list");
    assert_true(json_is_null(json_object_get(form, "order")));
    assert_string_equal(text_of(at(form, "keys", 0), "title"), "P-256");
}

static void the_profile_says_what_is_asked(void **state) {
    const json_t *form = works(*state, "enroll.form", wizard("test-ca", "smartcard-logon"));
    const json_t *subject = json_object_get(form, "subject");
    assert_true(requires(subject, "upn"));
    assert_null(field(subject, "dns"));
    form = works(*state, "enroll.form", wizard("test-ca", "gost-kep-yur"));
    subject = json_object_get(form, "subject");
    assert_true(requires(subject, "OGRN"));
    assert_string_equal(text_of(field(subject, "OGRN"), "check"), "ogrn");
    assert_non_null(field(subject, "title"));
    form = works(*state, "enroll.form", wizard("test-ca", "server-tls"));
    assert_false(requires(json_object_get(form, "subject"), "CN"));
}

static void the_ca_adds_its_form_and_templates(void **state) {
    json_t *args = wizard("corp", "tls-client");
    json_object_set_new(args, "template", json_string("user"));
    const json_t *form = works(*state, "enroll.form", args);
    const json_t *order = json_object_get(form, "order");
    assert_string_equal(text_of(field(order, "template"), "value"), "user");
    assert_string_equal(text_of(at(form, "templates", 0), "value"), "user");
    assert_string_equal(text_of(form, "template"), "user");
    assert_true(json_is_true(json_object_get(form, "ca_sets_subject")));
    assert_true(json_is_true(json_object_get(form, "costs")));
    assert_false(requires(json_object_get(form, "subject"), "CN"));
}

static void a_template_narrows_the_keys(void **state) {
    json_t *args = wizard("corp", "person");
    json_object_set_new(args, "template", json_string("user"));
    const json_t *form = works(*state, "enroll.form", args);
    assert_int_equal(json_array_size(json_object_get(form, "keys")), 2);
    form = works(*state, "enroll.form", wizard("corp", "person"));
    assert_true(json_array_size(json_object_get(form, "keys")) > 2);
}

static void a_ca_without_a_root_is_noted(void **state) {
    const json_t *form = works(*state, "enroll.form", wizard("corp", "tls-client"));
    assert_string_equal(text_of(at(form, "notes", 0), "what"), "no_root");
}

static void an_older_request_fills_the_form(void **state) {
    json_t *order = for_anna("test-ca");
    json_object_set_new(order, "subject",
                        json_pack("{s:s, s:s, s:s, s:[s, s]}", "CN", "Anna, the \"first\" +1", "O",
                                  "Example", "email", "anna@example.org", "dns", "a.example.org",
                                  "b.example.org"));
    KF_AUTO_FREE char *id = strdup(text_of(works(*state, "enroll.start", order), "id"));
    json_t *args = wizard("corp", "tls-client");
    json_object_set_new(args, "from", json_string(id));
    const json_t *subject = json_object_get(works(*state, "enroll.form", args), "subject");
    assert_string_equal(text_of(field(subject, "CN"), "value"), "Anna, the \"first\" +1");
    assert_string_equal(text_of(field(subject, "email"), "value"), "anna@example.org");
    assert_int_equal(json_array_size(json_object_get(field(subject, "dns"), "value")), 2);
}

/* What is not asked for otherwise, and was there, is not lost. */
static void unusual_parts_of_an_older_request_are_shown(void **state) {
    json_t *order = for_anna("test-ca");
    json_object_set_new(order, "subject", json_pack("{s:s, s:s}", "CN", "Anna", "ST", "Bavaria"));
    KF_AUTO_FREE char *id = strdup(text_of(works(*state, "enroll.start", order), "id"));
    json_t *args = wizard("test-ca", "tls-client");
    json_object_set_new(args, "from", json_string(id));
    const json_t *subject = json_object_get(works(*state, "enroll.form", args), "subject");
    assert_string_equal(text_of(field(subject, "ST"), "value"), "Bavaria");
    assert_null(json_object_get(field(subject, "ST"), "unusual"));
    subject =
        json_object_get(works(*state, "enroll.form", wizard("test-ca", "tls-client")), "subject");
    assert_null(field(subject, "ST"));
}

static void a_ca_that_knows_the_owner_asks_for_none(void **state) {
    static struct kf_connector knowing;
    knowing = service_connector;
    knowing.name = "knowing";
    knowing.form_has_subject = true;
    assert_int_equal(kf_connector_register(&knowing), KF_OK);
    works(*state, "connection.add",
          json_pack("{s:s, s:s, s:{s:s}}", "name", "known", "connector", "knowing", "settings",
                    "url", "https://ca.example.org"));
    const json_t *form = works(*state, "enroll.form", wizard("known", "person"));
    assert_int_equal(json_array_size(json_object_get(json_object_get(form, "subject"), "fields")),
                     0);
    assert_true(json_is_true(json_object_get(form, "form_has_subject")));
}

static void wrong_wizards_are_refused(void **state) {
    fails(*state, "enroll.form", wizard("none", "tls-client"), KF_E_NOT_FOUND);
    fails(*state, "enroll.form", wizard("test-ca", "none"), KF_E_NOT_FOUND);
    fails(*state, "enroll.form", json_pack("{s:s}", "connection", "test-ca"), KF_E_USAGE);
    fails(*state, "enroll.form", json_pack("{s:s}", "profile", "person"), KF_E_USAGE);
    json_t *args = wizard("test-ca", "person");
    json_object_set_new(args, "from", json_string("r-99"));
    fails(*state, "enroll.form", args, KF_E_NOT_FOUND);
    service.err = KF_E_CA_LOGIN;
    fails(*state, "enroll.form", wizard("corp", "person"), KF_E_CA_LOGIN);
}

/* --- profiles --- */

static void profiles_are_listed_and_shown(void **state) {
    const json_t *list = works(*state, "profile.list", NULL);
    size_t i, cas = 0;
    json_t *item;
    json_array_foreach(json_object_get(list, "items"), i, item) {
        cas += json_is_true(json_object_get(item, "ca"));
    }
    assert_int_equal(cas, 2);
    const json_t *shown = works(*state, "profile.show", json_pack("{s:s}", "profile", "person"));
    assert_string_equal(text_of(shown, "name"), "person");
    fails(*state, "profile.show", json_pack("{s:s}", "profile", "none"), KF_E_NOT_FOUND);
}

/* --- the plan --- */

static const json_t *plan(void **state, json_t *subject) {
    json_t *order = for_anna("test-ca");
    json_object_set_new(order, "subject", subject);
    return works(*state, "enroll.plan", order);
}

static void the_plan_shows_the_whole_name(void **state) {
    const json_t *planned =
        plan(state, json_pack("{s:s, s:s, s:s, s:s}", "C", "DE", "O", "Müller, Söhne", "CN",
                              " Anna #1; <x>", "OU", "R&D"));
    assert_string_equal(text_of(planned, "subject"),
                        "CN=\\ Anna #1\\; \\<x\\>,OU=R&D,O=Müller\\, Söhne,C=DE");
    assert_string_equal(text_of(planned, "key"), "p256");
    assert_string_equal(text_of(planned, "medium"), "registry");
    assert_non_null(strstr(text_of(planned, "place"), "registry.db"));
}

static void the_plan_has_the_other_names(void **state) {
    const json_t *planned = plan(state, json_pack("{s:s, s:s, s:[s]}", "CN", "Anna", "email",
                                                  "a@example.org", "dns", "a.example.org"));
    assert_string_equal(text_of(at(planned, "alternative_names", 0), "value"), "a@example.org");
    assert_string_equal(text_of(at(planned, "alternative_names", 1), "kind"), "dns");
    assert_non_null(strstr(text_of(planned, "container"), "anna-"));
}

static void nothing_is_made_by_a_plan(void **state) {
    plan(state, json_pack("{s:s}", "CN", "Anna"));
    const json_t *list = works(*state, "request.list", NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 0);
    list = works(*state, "token.list", NULL);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 0);
}

static void what_the_ca_makes_of_it_is_noted(void **state) {
    trust_service(*state);
    json_t *order = for_anna("corp");
    json_object_set_new(order, "fields", json_pack("{s:s}", "template", "user"));
    const json_t *planned = works(*state, "enroll.plan", order);
    assert_string_equal(text_of(at(planned, "notes", 0), "level"), "warning");
}

static void assert_problem(void **state, json_t *subject, const char *name) {
    json_t *order = for_anna("test-ca");
    json_object_set_new(order, "subject", subject);
    const json_t *error = fails(*state, "enroll.plan", order, KF_E_USAGE);
    assert_string_equal(text_of(at(error, "problems", 0), "field"), name);
}

static void wrong_names_are_told_by_field(void **state) {
    assert_problem(state, json_object(), "CN");
    assert_problem(state, json_pack("{s:s, s:s}", "CN", "A", "C", "DEU"), "C");
    assert_problem(state, json_pack("{s:s, s:s}", "CN", "A", "email", "nonsense"), "email");
    assert_problem(state, json_pack("{s:s, s:[s]}", "CN", "A", "dns", "not a name!"), "dns");
    assert_problem(state, json_pack("{s:s, s:s}", "CN", "A", "shoe_size", "7"), "shoe_size");
    assert_problem(state, json_pack("{s:s, s:s}", "CN", "A", "O", "bell\a"), "O");
}

static void wrong_fields_of_the_ca_are_told_by_field(void **state) {
    trust_service(*state);
    json_t *order = for_anna("corp");
    json_object_set_new(order, "fields", json_pack("{s:s}", "phone", "nonsense"));
    const json_t *error = fails(*state, "enroll.plan", order, KF_E_USAGE);
    assert_int_equal(json_array_size(json_object_get(error, "problems")), 2);
}

static void wrong_orders_are_refused(void **state) {
    static const struct {
        const char *name, *value;
        kf_err code;
    } wrong[] = {
        {"connection", "\"none\"", KF_E_NOT_FOUND},
        {"connection", "null", KF_E_USAGE},
        {"profile", "\"none\"", KF_E_NOT_FOUND},
        {"key", "\"rsa7\"", KF_E_USAGE},
        {"wait", "\"soon\"", KF_E_INPUT},
        {"wait", "-1", KF_E_USAGE},
        {"from", "\"r-9\"", KF_E_NOT_FOUND},
        {"token", "\"card\"", KF_E_USAGE}, /* beside a medium */
        {"medium", "{\"medium\":\"paper\"}", KF_E_USAGE},
        {"medium", "{\"medium\":\"disk\",\"folder\":\"/nonexistent\"}", KF_E_NOT_FOUND},
        {"medium", "{\"medium\":\"registry\",\"folder\":\"/tmp\"}", KF_E_USAGE},
        {"csr", "\"MIIB\"", KF_E_USAGE}, /* beside a subject */
    };
    for (size_t i = 0; i < KF_COUNT(wrong); i++) {
        json_t *order = for_anna("test-ca");
        json_object_set_new(order, wrong[i].name,
                            json_loads(wrong[i].value, JSON_DECODE_ANY, NULL));
        if (strcmp(wrong[i].name, "from") == 0)
            json_object_del(order, "subject");
        fails(*state, "enroll.plan", order, wrong[i].code);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CAS(a_person_is_asked_for_the_usual_names),
        CAS(the_profile_says_what_is_asked),
        CAS(the_ca_adds_its_form_and_templates),
        CAS(a_template_narrows_the_keys),
        CAS(a_ca_without_a_root_is_noted),
        CAS(an_older_request_fills_the_form),
        CAS(unusual_parts_of_an_older_request_are_shown),
        CAS(a_ca_that_knows_the_owner_asks_for_none),
        CAS(wrong_wizards_are_refused),
        CAS(profiles_are_listed_and_shown),
        CAS(the_plan_shows_the_whole_name),
        CAS(the_plan_has_the_other_names),
        CAS(nothing_is_made_by_a_plan),
        CAS(what_the_ca_makes_of_it_is_noted),
        CAS(wrong_names_are_told_by_field),
        CAS(wrong_fields_of_the_ca_are_told_by_field),
        CAS(wrong_orders_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
