// SPDX-License-Identifier: Apache-2.0
// The common suite, with keys on a token: a renewal that meets trouble leaves the old certificate
// and its key as they were, on the token and in the store, until the new one is proven.
#include "unit/connector_trials.h"

#include <keyfob/renew.h>

static char first[24]; /* the certificate to be renewed */

struct on_token {
    size_t keys, certificates;
};

static struct on_token look_at_token(void) {
    kf_containers *containers = NULL;
    struct on_token seen = {0};
    struct bench bench = open_bench(&(struct room){.context = context}, "card");
    assert_ok(kf_containers_read(bench.token, true, &containers));
    for (size_t i = 0; i < kf_containers_count(containers); i++) {
        const struct kf_container_info *info = kf_containers_at(containers, i);
        seen.keys += info->has_private;
        seen.certificates += info->certificates;
    }
    kf_containers_free(containers);
    close_bench(&bench);
    return seen;
}

static void assert_on_token(size_t keys, size_t certificates) {
    struct on_token seen = look_at_token();
    assert_int_equal(seen.keys, keys);
    assert_int_equal(seen.certificates, certificates);
}

/* The first certificate is current, and its key on the token belongs to it. */
static void assert_first_stands(void) {
    KF_AUTO_PTR(json_t) json = NULL;
    KF_AUTO_PTR(json_t) report = NULL;
    KF_AUTO_FREE char *uri = NULL;
    assert_ok(kf_store_json(context, first, &json));
    assert_string_equal(json_string_value(json_object_get(json, "status")), "valid");
    assert_ok(kf_store_get(context, first, NULL, &uri));
    struct bench bench = open_bench(&(struct room){.context = context}, "card");
    assert_ok(kf_container_check(bench.token, uri, &report));
    close_bench(&bench);
    assert_untouched();
}

/* A key is made on the token and certified. */
static void enroll_on_token(void) {
    KF_AUTO(kf_request) request = {0};
    struct kf_enroll_order order = {.connection = CONNECTION,
                                    .fields = service->fields,
                                    .key = KF_KEY_P256,
                                    .spec = {.subject = "CN=Anna Example"}};
    add_connection(NULL);
    assert_ok(sign_in());
    assert_ok(kf_enroll(context, &order, id));
    assert_state("done");
    assert_ok(kf_journal_load(context, id, &request));
    snprintf(first, sizeof first, "%s", request.cert_id);
    assert_int_equal(double_count(d, "orders"), 1);
}

static kf_err renew(void) {
    struct kf_renew_order order = {.certificate = first};
    return kf_renew(context, &order, id);
}

/* The new certificate is on the token, and only now it takes the place of the first. */
static void assert_renewed(void) {
    KF_AUTO_PTR(json_t) json = NULL;
    assert_state("done");
    assert_int_equal(double_count(d, "orders"), 2);
    assert_ok(kf_store_json(context, first, &json));
    assert_string_equal(json_string_value(json_object_get(json, "status")), "superseded");
    assert_int_equal(look_at_token().keys, 2);
}

static void a_key_is_made_and_certified(const struct trial *trial) {
    enroll_on_token();
    assert_on_token(1, 1);
    assert_first_stands();
}

static void a_renewal_takes_its_place(const struct trial *trial) {
    enroll_on_token();
    assert_ok(renew());
    assert_renewed();
    assert_on_token(2, 2);
}

static void a_renewal_waits(const struct trial *trial) {
    enroll_on_token();
    double_set(d, "decide", "pend");
    assert_int_not_equal(renew(), KF_OK);
    assert_state("waiting");
    assert_first_stands();
    assert_on_token(2, 1);
    double_set(d, "pending", "issue");
    assert_ok(go_on());
    assert_renewed();
}

static void a_renewal_meets_trouble(const struct trial *trial) {
    kf_err err = KF_E_FAILED;
    enroll_on_token();
    double_set(d, "fault-path", service->order);
    double_set(d, "fault", trial->what);
    assert_int_not_equal(renew(), KF_OK);
    assert_first_stands();
    assert_on_token(2, 1);
    double_set(d, "fault", "");
    for (int i = 0; i < 4 && err != KF_OK; i++)
        err = go_on();
    assert_ok(err);
    assert_renewed();
}

static void the_new_certificate_is(const struct trial *trial) {
    enroll_on_token();
    double_set(d, "issue", trial->what);
    assert_fails(renew(), KF_E_QUARANTINED);
    assert_state("quarantined");
    assert_first_stands();
    assert_on_token(2, 1);
    assert_int_equal(double_count(d, "orders"), 2);
}

static void a_renewal_is_rejected(const struct trial *trial) {
    enroll_on_token();
    double_set(d, "decide", "reject");
    kf_err err = renew();
    if (err == KF_E_PENDING || err == KF_E_NEEDS_PERSON)
        err = go_on();
    assert_fails(err, KF_E_REJECTED);
    assert_first_stands();
    assert_int_equal(look_at_token().certificates, 1);
}

#define RENEWAL(text)                                                                              \
    { .name = "a renewal meets " text, .run = a_renewal_meets_trouble, .what = text }
#define RENEWED(text)                                                                              \
    { .name = "the new certificate is " text, .run = the_new_certificate_is, .what = text }

static const struct trial trials[] = {
    {.name = "a key is made and certified", .run = a_key_is_made_and_certified},
    {.name = "a renewal takes its place", .run = a_renewal_takes_its_place},
    {.name = "a renewal waits", .run = a_renewal_waits},
    {.name = "a renewal is rejected", .run = a_renewal_is_rejected},
    RENEWAL("lose"),
    RENEWAL("refuse"),
    RENEWAL("after:html"),
    RENEWAL("status:503"),
    RENEWED("other-order"),
    RENEWED("other-key"),
    RENEWED("wrong-chain"),
    RENEWED("expired"),
    RENEWED("ca"),
};

int main(int argc, char **argv) {
    return run_trials(trials, KF_COUNT(trials), argv[1]);
}
