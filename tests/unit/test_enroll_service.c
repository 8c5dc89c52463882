// SPDX-License-Identifier: Apache-2.0
// What a CA offers beyond orders, through connections that are opened with the signer.
#include "unit/service_fixture.h"

/* --- what else it offers --- */

static void an_action_gets_its_fields_as_json(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    OK(kf_connection_act(context, "corp", "check", "{\"domain\":\"example.org\"}", &json));
    assert_string_equal(service.got, "{\"domain\":\"example.org\"}");
    assert_says(kf_connection_act(context, "corp", "check", NULL, &json), KF_E_USAGE, "is needed");
    assert_says(kf_connection_act(context, "corp", "check", "7", &json), KF_E_USAGE, "JSON");
}

static void a_form_is_handed_over_or_said_not_to_be_there(void **state) {
    KF_AUTO_PTR(json_t) form = NULL;
    OK(kf_connection_form(context, "corp", KF_FORM_REGISTER, NULL, &form));
    assert_int_equal(json_array_size(json_object_get(form, "fields")), 2);
    assert_int_equal(kf_connection_form(context, "corp", KF_FORM_ORDER, NULL, &form),
                     KF_E_UNSUPPORTED);
    assert_int_equal(kf_connection_templates(context, "corp", &form), KF_E_UNSUPPORTED);
    assert_int_equal(kf_connection_form(context, "nobody", KF_FORM_LOGIN, NULL, &form),
                     KF_E_NOT_FOUND);
}

static void explaining_lists_what_the_ca_ignores(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    struct kf_ca_plan plan = {.subject = "CN=Anna"};
    OK(kf_connection_explain(context, "corp", &plan, &json));
    const json_t *item = json_array_get(json_object_get(json, "items"), 0);
    assert_string_equal(json_string_value(json_object_get(json, "schema")), "keyfob.lint/1");
    assert_string_equal(json_string_value(json_object_get(item, "level")), "warning");
    assert_string_equal(json_string_value(json_object_get(item, "text")), "CN=Anna is ignored");
    assert_string_equal(service.got, "{}"); /* what was not given is empty, not NULL */
    assert_int_equal(service.submitted, 0);
}

static void what_the_ca_would_refuse_is_an_item_and_no_failure(void **state) {
    static const kf_err refusals[] = {KF_E_USAGE, KF_E_POLICY, KF_E_INPUT};
    struct kf_ca_plan plan = {0};
    for (size_t i = 0; i < KF_COUNT(refusals); i++) {
        KF_AUTO_PTR(json_t) json = NULL;
        service.err = refusals[i];
        OK(kf_connection_explain(context, "corp", &plan, &json));
        const json_t *item = json_array_get(json_object_get(json, "items"), 0);
        assert_string_equal(json_string_value(json_object_get(item, "level")), "error");
        assert_string_equal(json_string_value(json_object_get(item, "text")), "the plan fails");
    }
    service.err = KF_E_CA_LOGIN;
    KF_AUTO_PTR(json_t) none = NULL;
    assert_int_equal(kf_connection_explain(context, "corp", &plan, &none), KF_E_CA_LOGIN);
    assert_null(none);
}

static void a_ca_that_takes_everything_has_nothing_to_explain(void **state) {
    KF_AUTO_PTR(json_t) json = NULL;
    struct kf_ca_plan plan = {0};
    OK(kf_connection_explain(context, "free", &plan, &json));
    assert_int_equal(json_array_size(json_object_get(json, "items")), 0);
}

/* --- the signer --- */

static void every_call_has_a_signer(void **state) {
    KF_AUTO_FREE char *text = NULL;
    OK(kf_connection_test(context, "corp", &text));
    assert_non_null(service.signer);
}

/* The CA's own certificate serves as well: the door only looks into the store. */
static void put_certificate(const char *key_uri, char ret_id[static 24]) {
    KF_AUTO_PTR(kf_cert) cert = NULL;
    struct kf_labca_order order = {.name = "lab"};
    OK(kf_labca_init(context, NULL, &order, &cert));
    OK(kf_store_put(context, KF_STORE_PERSONAL, cert, key_uri, NULL, ret_id));
}

static void an_identity_is_a_chain_and_where_its_key_is(void **state) {
    KF_AUTO_PTR(kf_signer) signer = NULL;
    KF_AUTO_FREE char *chain = NULL;
    KF_AUTO_FREE char *uri = NULL;
    char id[24];
    put_certificate("pkcs11:token=card;object=anna", id);
    OK(kf_signer_new(context, &signer));
    const struct kf_ca_signer *door = kf_signer_door(signer);
    OK(door->identity(door->arg, id, &chain, &uri));
    assert_int_equal(strncmp(chain, "-----BEGIN CERTIFICATE-----", 27), 0);
    assert_string_equal(uri, "pkcs11:token=card;object=anna");
}

static void an_identity_without_a_key_is_none(void **state) {
    KF_AUTO_PTR(kf_signer) signer = NULL;
    KF_AUTO_FREE char *chain = NULL;
    KF_AUTO_FREE char *uri = NULL;
    char id[24];
    put_certificate(NULL, id);
    OK(kf_signer_new(context, &signer));
    const struct kf_ca_signer *door = kf_signer_door(signer);
    assert_says(door->identity(door->arg, id, &chain, &uri), KF_E_NOT_FOUND, "key");
    assert_says(door->identity(door->arg, "c-99", &chain, &uri), KF_E_NOT_FOUND, "c-99");
    assert_true(!chain && !uri);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        SERVICE(an_action_gets_its_fields_as_json),
        SERVICE(a_form_is_handed_over_or_said_not_to_be_there),
        SERVICE(explaining_lists_what_the_ca_ignores),
        SERVICE(what_the_ca_would_refuse_is_an_item_and_no_failure),
        SERVICE(a_ca_that_takes_everything_has_nothing_to_explain),
        SERVICE(every_call_has_a_signer),
        SERVICE(an_identity_is_a_chain_and_where_its_key_is),
        SERVICE(an_identity_without_a_key_is_none),
    };
    return run_service(tests, KF_COUNT(tests));
}
