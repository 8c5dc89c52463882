// SPDX-License-Identifier: Apache-2.0
// Certificates next to their keys and in the personal store without a request: from a container,
// from a file, signed by the key itself.
#include "unit/token_fixture.h"

#include <jansson.h>

#include <keyfob/install.h>

#include "base/text.h"
#include "token/key.h"
#include "x509/cert.h"

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

static kf_tokens *open_card(struct room *room, kf_token **ret_token) {
    kf_tokens *tokens = NULL;
    assert_ok(kf_tokens_open(room->context, &tokens));
    assert_ok(kf_tokens_select(tokens, "card", ret_token));
    return tokens;
}

static void make_key(kf_token *token, const char *label) {
    const struct kf_container_order order = {
        .label = label, .type = KF_KEY_P256, .use = KF_USE_SIGN};
    assert_ok(kf_container_create(token, &order));
}

static const struct kf_self_signed_order usual = {.container = "key", .subject = "CN=Anna"};

static const char *text_of(const json_t *json, const char *name) {
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

static size_t count_kept(struct room *room) {
    KF_AUTO_PTR(json_t) list = NULL;
    assert_ok(kf_store_list_json(room->context, KF_STORE_PERSONAL, &list));
    return json_array_size(list);
}

/* --- signed by itself --- */

static void a_key_signs_a_certificate_for_itself(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    KF_AUTO_PTR(kf_tokens) tokens = open_card(room, &token);
    KF_AUTO_PTR(json_t) document = NULL;
    KF_AUTO_PTR(kf_containers) containers = NULL;
    make_key(token, "key");
    assert_ok(kf_self_signed(room->context, token, &usual, &document));
    assert_string_equal(text_of(document, "store"), "personal");
    assert_in_range(json_integer_value(json_object_get(document, "days_left")), 29, 30);
    assert_ok(kf_containers_read(token, false, &containers));
    assert_string_equal(kf_containers_at(containers, 0)->subject, "CN=Anna");
    assert_string_equal(text_of(document, "key_uri"), kf_containers_at(containers, 0)->uri);
    assert_int_equal(room->person.asked, 1);
}

static void names_and_days_are_checked_before_a_pin_is_asked(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    KF_AUTO_PTR(kf_tokens) tokens = open_card(room, &token);
    json_t *document = NULL;
    struct kf_self_signed_order order = usual;
    order.days = 399;
    assert_fails(kf_self_signed(room->context, token, &order, &document), KF_E_USAGE);
    order.days = -1;
    assert_fails(kf_self_signed(room->context, token, &order, &document), KF_E_USAGE);
    order = usual;
    order.subject = "no name";
    assert_fails(kf_self_signed(room->context, token, &order, &document), KF_E_USAGE);
    assert_int_equal(room->person.asked, 0);
    assert_fails(kf_self_signed(room->context, token, &usual, &document), KF_E_NOT_FOUND);
    assert_int_equal(count_kept(room), 0);
}

static void a_token_that_signs_wrongly_leaves_no_certificate(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    KF_AUTO_PTR(kf_tokens) tokens = open_card(room, &token);
    KF_AUTO_PTR(kf_containers) containers = NULL;
    json_t *document = NULL;
    make_key(token, "key");
    play(room, "lie sign wrong");
    assert_fails(kf_self_signed(room->context, token, &usual, &document), KF_E_KEY_UNUSABLE);
    play(room, "");
    assert_ok(kf_containers_read(token, false, &containers));
    assert_int_equal(kf_containers_at(containers, 0)->certificates, 0);
    assert_int_equal(count_kept(room), 0);
}

/* --- from a container --- */

static void the_certificates_of_a_container_are_kept_with_its_uri(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    KF_AUTO_PTR(kf_tokens) tokens = open_card(room, &token);
    KF_AUTO_PTR(json_t) made = NULL;
    KF_AUTO_PTR(json_t) list = NULL;
    make_key(token, "key");
    assert_ok(kf_self_signed(room->context, token, &usual, &made));
    assert_ok(kf_store_remove(room->context, text_of(made, "id")));
    room->person.asked = 0;
    assert_ok(kf_container_install(room->context, token, "key", NULL, &list));
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text_of(json_array_get(list, 0), "key_uri"), text_of(made, "key_uri"));
    assert_int_equal(room->person.asked, 0);
    assert_int_equal(count_kept(room), 1);
}

static void a_container_without_a_certificate_has_none_to_keep(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    KF_AUTO_PTR(kf_tokens) tokens = open_card(room, &token);
    json_t *list = NULL;
    make_key(token, "key");
    assert_fails(kf_container_install(room->context, token, "key", NULL, &list), KF_E_NOT_FOUND);
    assert_fails(kf_container_install(room->context, token, "x", NULL, &list), KF_E_NOT_FOUND);
}

/* --- from a file --- */

/* The certificate of the key `label`, which is taken away with its key. */
static void take_certificate(struct room *room, kf_token *token, const char *label,
                             kf_certs *ret_certs) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_AUTO_PTR(kf_cert) cert = NULL;
    struct kf_self_signed_order order = usual;
    order.container = label;
    assert_ok(kf_self_signed(room->context, token, &order, &document));
    assert_ok(kf_store_get(room->context, text_of(document, "id"), &cert, NULL));
    assert_ok(kf_store_remove(room->context, text_of(document, "id")));
    assert_ok(kf_certs_add(ret_certs, cert));
}

static void a_certificate_of_another_key_is_refused_without_a_pin(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    KF_AUTO_PTR(kf_tokens) tokens = open_card(room, &token);
    KF_AUTO(kf_certs) certs = {0};
    json_t *list = NULL;
    make_key(token, "key");
    make_key(token, "other");
    take_certificate(room, token, "other", &certs);
    room->person.asked = 0;
    assert_fails(kf_container_install(room->context, token, "key", &certs, &list),
                 KF_E_KEY_MISMATCH);
    assert_int_equal(room->person.asked, 0);
    assert_int_equal(count_kept(room), 0);
}

/* As from a CA's answer: the token lost it meanwhile. */
static void the_certificate_of_a_file_is_written_next_to_its_key(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    KF_AUTO_PTR(kf_tokens) tokens = open_card(room, &token);
    KF_AUTO(kf_certs) certs = {0};
    KF_AUTO_PTR(kf_containers) containers = NULL;
    KF_AUTO_PTR(json_t) list = NULL;
    make_key(token, "key");
    make_key(token, "other");
    take_certificate(room, token, "other", &certs);
    take_certificate(room, token, "key", &certs);
    assert_ok(kf_container_install(room->context, token, "key", &certs, &list));
    assert_int_equal(json_array_size(list), 1);
    assert_int_equal(count_kept(room), 1);
    assert_ok(kf_containers_read(token, false, &containers));
    assert_int_equal(kf_containers_count(containers), 2);
}

static void a_file_without_certificates_is_refused(void **state) {
    struct room *room = *state;
    kf_token *token = NULL;
    KF_AUTO_PTR(kf_tokens) tokens = open_card(room, &token);
    const kf_certs none = {0};
    json_t *list = NULL;
    make_key(token, "key");
    assert_fails(kf_container_install(room->context, token, "key", &none, &list), KF_E_INPUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_fake, teardown_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_key_signs_a_certificate_for_itself),
        TEST(names_and_days_are_checked_before_a_pin_is_asked),
        TEST(a_token_that_signs_wrongly_leaves_no_certificate),
        TEST(the_certificates_of_a_container_are_kept_with_its_uri),
        TEST(a_container_without_a_certificate_has_none_to_keep),
        TEST(a_certificate_of_another_key_is_refused_without_a_pin),
        TEST(the_certificate_of_a_file_is_written_next_to_its_key),
        TEST(a_file_without_certificates_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
