// SPDX-License-Identifier: Apache-2.0
// Key pairs and their certificates through the worker.
#include "work_fixture.h"

#include "base/text.h"

#define PASSWORD "correct horse battery staple"

/* A software container "anna". */
static int setup(void **state) {
    setup_own(state);
    struct front *front = *state;
    front->pin = front->new_pin = PASSWORD;
    works(front, "medium.make", json_pack("{s:s, s:s}", "medium", "disk", "name", "anna"));
    return 0;
}

/* {token, container} and one more text. */
static json_t *key(const char *name, const char *member, const char *value) {
    return json_pack("{s:s, s:s, s:s*}", "token", "anna", "container", name, member, value);
}

static const json_t *create(struct front *front, const char *label, bool exportable) {
    return works(front, "container.create",
                 json_pack("{s:s, s:s, s:s, s:b}", "token", "anna", "label", label, "key", "p256",
                           "exportable", exportable));
}

static size_t count_kept(struct front *front) {
    json_t *list = NULL;
    assert_int_equal(kf_store_list_json(front->worker.context, KF_STORE_PERSONAL, &list), KF_OK);
    size_t count = json_array_size(list);
    json_decref(list);
    return count;
}

/* --- keys --- */

static void a_key_is_made_and_listed(void **state) {
    struct front *front = *state;
    const json_t *made = create(front, "mail", false);
    assert_string_equal(text_of(made, "type"), "p256");
    assert_string_equal(text_of(json_array_get(front->events, 0), "type"), "token.changed");
    const json_t *list = works(front, "container.read", json_pack("{s:s}", "token", "anna"));
    assert_string_equal(text_of(at(list, "items", 0), "label"), "mail");
    assert_true(json_is_true(json_object_get(at(list, "items", 0), "private")));
    const json_t *tokens = works(front, "token.list", NULL);
    assert_string_equal(text_of(at(at(tokens, "items", 0), "containers", 0), "label"), "mail");
    assert_int_equal(json_array_size(front->questions), 0);
}

static void keys_that_cannot_be_made_are_refused(void **state) {
    struct front *front = *state;
    create(front, "mail", false);
    fails(front, "container.create", json_pack("{s:s, s:s}", "token", "anna", "label", "mail"),
          KF_E_EXISTS);
    fails(front, "container.create",
          json_pack("{s:s, s:s, s:s}", "token", "anna", "label", "x", "key", "rsa512"), KF_E_USAGE);
    fails(front, "container.create", json_pack("{s:s}", "token", "anna"), KF_E_USAGE);
}

static void a_key_is_checked_by_label_or_id(void **state) {
    struct front *front = *state;
    char id[128];
    snprintf(id, sizeof id, "%s", text_of(create(front, "mail", false), "id"));
    const json_t *report = works(front, "container.check", key("mail", "x", NULL));
    assert_true(json_is_true(json_object_get(report, "ok")));
    works(front, "container.check", key(id, "x", NULL));
    fails(front, "container.check", key("other", "x", NULL), KF_E_NOT_FOUND);
}

static void deleting_wants_the_label_typed(void **state) {
    struct front *front = *state;
    create(front, "mail", false);
    fails(front, "container.delete", key("mail", "confirm", NULL), KF_E_USAGE);
    fails(front, "container.delete", key("mail", "confirm", "Mail"), KF_E_USAGE);
    works(front, "container.delete", key("mail", "confirm", "mail"));
    fails(front, "container.check", key("mail", "x", NULL), KF_E_NOT_FOUND);
}

/* --- certificates --- */

static json_t *self_signed(const char *name) {
    return json_pack("{s:s, s:s, s:s, s:[s]}", "token", "anna", "container", name, "subject",
                     "CN=Anna", "sans", "email:anna@example.org");
}

static void a_key_signs_a_certificate_for_itself(void **state) {
    struct front *front = *state;
    create(front, "mail", false);
    const json_t *cert = works(front, "container.self_signed", self_signed("mail"));
    assert_string_equal(text_of(cert, "store"), "personal");
    assert_in_range(json_integer_value(json_object_get(cert, "days_left")), 29, 30);
    assert_string_equal(text_of(json_array_get(front->events, 1), "type"), "certificate.changed");
    assert_int_equal(count_kept(front), 1);
}

static void a_subject_may_come_in_parts(void **state) {
    struct front *front = *state;
    create(front, "mail", false);
    json_t *args = self_signed("mail");
    json_object_set_new(args, "subject", json_pack("{s:s, s:s}", "O", "A, B", "CN", "Anna"));
    const json_t *cert = works(front, "container.self_signed", args);
    assert_string_equal(text_of(cert, "subject_text"), "CN=Anna,O=A\\, B");
    args = self_signed("mail");
    json_object_set_new(args, "subject", json_object());
    fails(front, "container.self_signed", args, KF_E_USAGE);
}

static void orders_for_a_certificate_are_checked_first(void **state) {
    struct front *front = *state;
    create(front, "mail", false);
    json_t *args = self_signed("mail");
    json_object_set_new(args, "days", json_integer(399));
    fails(front, "container.self_signed", json_deep_copy(args), KF_E_USAGE);
    json_object_set_new(args, "days", json_integer((json_int_t)1 << 40));
    fails(front, "container.self_signed", json_deep_copy(args), KF_E_USAGE);
    json_object_set_new(args, "days", json_integer(1));
    json_object_set_new(args, "sans", json_pack("[s]", "carrier-pigeon:x"));
    fails(front, "container.self_signed", json_deep_copy(args), KF_E_USAGE);
    json_object_set_new(args, "sans", json_string("email:a@b.c"));
    fails(front, "container.self_signed", args, KF_E_INPUT);
    assert_int_equal(json_array_size(front->questions), 0);
}

static void a_containers_certificates_go_into_the_store(void **state) {
    struct front *front = *state;
    create(front, "mail", false);
    fails(front, "container.install", key("mail", "x", NULL), KF_E_NOT_FOUND);
    const json_t *cert = works(front, "container.self_signed", self_signed("mail"));
    assert_int_equal(kf_store_remove(front->worker.context, text_of(cert, "id")), KF_OK);
    const json_t *list = works(front, "container.install", key("mail", "x", NULL));
    assert_int_equal(json_array_size(json_object_get(list, "items")), 1);
    assert_int_equal(json_array_size(front->questions), 0);
    assert_int_equal(count_kept(front), 1);
}

/* The certificate in base64. */
static char *export_cert(struct front *front, const char *id) {
    KF_AUTO(kf_buf) text = {0};
    uint8_t *data = NULL;
    size_t len = 0;
    assert_int_equal(kf_store_export(front->worker.context, id, KF_CERT_PEM, false, &data, &len),
                     KF_OK);
    assert_int_equal(kf_base64(&text, data, len), KF_OK);
    free(data);
    return strdup(kf_buf_str(&text));
}

static void a_certificate_of_another_key_is_not_installed(void **state) {
    struct front *front = *state;
    create(front, "mail", false);
    create(front, "vpn", false);
    const json_t *cert = works(front, "container.self_signed", self_signed("vpn"));
    char *file = export_cert(front, text_of(cert, "id"));
    fails(front, "container.install", key("mail", "certificate", file), KF_E_KEY_MISMATCH);
    assert_int_equal(json_array_size(front->questions), 0);
    works(front, "container.install", key("vpn", "certificate", file));
    free(file);
}

static void a_deleted_container_may_take_its_certificate_along(void **state) {
    struct front *front = *state;
    create(front, "mail", false);
    create(front, "vpn", false);
    works(front, "container.self_signed", self_signed("mail"));
    works(front, "container.self_signed", self_signed("vpn"));
    json_t *args = key("mail", "confirm", "mail");
    json_object_set_new(args, "certificate", json_true());
    works(front, "container.delete", args);
    assert_int_equal(count_kept(front), 1);
    works(front, "container.delete", key("vpn", "confirm", "vpn"));
    assert_int_equal(count_kept(front), 1);
}

/* --- in and out --- */

static void an_exportable_key_goes_through_a_file(void **state) {
    struct front *front = *state;
    create(front, "mail", true);
    json_t *args = key("mail", "password", "a file of my own, 2026");
    const json_t *file = json_object_get(works(front, "container.export", args), "file");
    assert_string_equal(text_of(file, "name"), "mail.p12");
    char *data = strdup(text_of(file, "data"));
    works(front, "container.delete", key("mail", "confirm", "mail"));
    args = json_pack("{s:s, s:s, s:s}", "token", "anna", "file", data, "label", "back");
    json_object_set_new(args, "password", json_string("wrong"));
    front_call(front, "container.import", json_deep_copy(args));
    assert_non_null(front->error);
    json_object_set_new(args, "password", json_string("a file of my own, 2026"));
    assert_string_equal(text_of(works(front, "container.import", args), "label"), "back");
    free(data);
}

static json_t *answer_file(struct front *front, const json_t *question) {
    if (strcmp(text_of(question, "kind"), "secret") != 0)
        return usual_answer(front, question);
    return json_pack("{s:s}", "secret", "a file of my own, 2026");
}

static void a_sealed_file_without_its_password_asks_for_it(void **state) {
    struct front *front = *state;
    create(front, "mail", true);
    json_t *args = key("mail", "password", "a file of my own, 2026");
    json_object_set_new(args, "format", json_string("p8"));
    const json_t *file = json_object_get(works(front, "container.export", args), "file");
    assert_string_equal(text_of(file, "name"), "mail.p8");
    args = json_pack("{s:s, s:s, s:s}", "token", "anna", "file", text_of(file, "data"), "label",
                     "back");
    works(front, "container.delete", key("mail", "confirm", "mail"));
    front->answer = answer_file;
    works(front, "container.import", args);
    assert_string_equal(text_of(json_array_get(front->questions, 0), "kind"), "secret");
}

static void what_must_not_leave_stays(void **state) {
    struct front *front = *state;
    create(front, "fixed", false);
    create(front, "free", true);
    fails(front, "container.export", key("fixed", "password", "a file of my own, 2026"),
          KF_E_POLICY);
    fails(front, "container.export", key("free", "password", "1234"), KF_E_POLICY);
    fails(front, "container.export", key("free", "password", NULL), KF_E_USAGE);
    json_t *args = key("free", "password", "a file of my own, 2026");
    json_object_set_new(args, "format", json_string("pem"));
    fails(front, "container.export", args, KF_E_USAGE);
}

static void names_of_files_are_plain(void **state) {
    struct front *front = *state;
    create(front, "../Анна \"x\"", true);
    json_t *args = key("../Анна \"x\"", "password", "a file of my own, 2026");
    const json_t *file = json_object_get(works(front, "container.export", args), "file");
    const char *name = text_of(file, "name");
    assert_null(strchr(name, '/'));
    assert_null(strchr(name, '"'));
    assert_true(name[0] != '.');
    assert_string_equal(name + strlen(name) - 4, ".p12");
}

static void files_that_are_none_are_refused(void **state) {
    struct front *front = *state;
    fails(front, "container.import", json_pack("{s:s}", "token", "anna"), KF_E_USAGE);
    fails(front, "container.import", json_pack("{s:s, s:s}", "token", "anna", "file", "?!"),
          KF_E_INPUT);
    char *large = malloc(1500001);
    memset(large, 'A', 1500000);
    large[1500000] = '\0';
    fails(front, "container.import", json_pack("{s:s, s:s}", "token", "anna", "file", large),
          KF_E_TOO_LARGE);
    free(large);
    assert_int_equal(json_array_size(front->questions), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_front)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_key_is_made_and_listed),
        TEST(keys_that_cannot_be_made_are_refused),
        TEST(a_key_is_checked_by_label_or_id),
        TEST(deleting_wants_the_label_typed),
        TEST(a_key_signs_a_certificate_for_itself),
        TEST(a_subject_may_come_in_parts),
        TEST(orders_for_a_certificate_are_checked_first),
        TEST(a_containers_certificates_go_into_the_store),
        TEST(a_certificate_of_another_key_is_not_installed),
        TEST(a_deleted_container_may_take_its_certificate_along),
        TEST(an_exportable_key_goes_through_a_file),
        TEST(a_sealed_file_without_its_password_asks_for_it),
        TEST(what_must_not_leave_stays),
        TEST(names_of_files_are_plain),
        TEST(files_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
