// SPDX-License-Identifier: Apache-2.0
// Batches at CAs as they are: the lab CA with keys on SoftHSM2, and the doubles of DigiCert and
// privacyIDEA with requests that were made elsewhere.
#include "unit/token_fixture.h"

#include <jansson.h>
#include <keyfob/batch.h>
#include <keyfob/connection.h>
#include <keyfob/labca.h>
#include <keyfob/store.h>
#include <openssl/evp.h>

#include "base/file.h"
#include "base/text.h"
#include "double.h"
#include "x509/csr.h"
#include "x509/json.h"

#define API_KEY "0123456789ABCDEF0123456789ABCDEF"
#define DC_COMMON                                                                                  \
    "{\"template\":\"secure_email_sponsor\",\"organization\":\"123456\",\"agreement\":true}"

static struct room *room;
static kf_context *context;
static kf_double *server;
static char batch[KF_BATCH_ID_MAX];

static int setup(void **state) {
    setup_softhsm(state);
    room = *state;
    context = room->context;
    server = NULL;
    return 0;
}

static int teardown(void **state) {
    if (server)
        double_stop(server);
    return teardown_room(state);
}

static void keep_secret(const char *connection, const char *name, const char *text) {
    KF_AUTO_PTR(kf_secret) secret = NULL;
    assert_ok(kf_secret_copy(text, strlen(text), &secret));
    assert_ok(kf_connection_secret(context, connection, name, secret));
}

/* The double's own CA as anchors: the issuing one too, as privacyIDEA sends no chain. */
static void accept_double(const char *connection) {
    KF_AUTO_FREE char *pem = double_ca_chain(server);
    KF_AUTO(kf_certs) chain = {0};
    assert_ok(kf_certs_read((const uint8_t *)pem, strlen(pem), &chain));
    for (size_t i = 0; i < chain.count; i++)
        assert_ok(kf_connection_accept(context, connection, &chain,
                                       kf_cert_fingerprint(chain.items[i]), NULL));
}

static void connect_to(const char *service, const char *name, const char *path,
                       const char *setting) {
    server = double_start(service, DOUBLE_PLAIN);
    KF_AUTO_FREE char *url = kf_str("url=%s%s", double_url(server), path);
    const char *settings[] = {url, setting};
    assert_ok(kf_connection_add(context, name, service, settings, setting ? 2 : 1));
    accept_double(name);
}

/* A request in a file of the room; its path in the cell's form. */
static char *csr_file(const char *subject) {
    KF_AUTO_PTR(EVP_PKEY) key = EVP_EC_gen("P-256");
    KF_AUTO_PTR(kf_profile) profile = NULL;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_AUTO_FREE uint8_t *pem = NULL;
    size_t len = 0;
    static int files;
    assert_ok(kf_profile_load(context, "tls-client", &profile));
    struct kf_csr_spec spec = {.subject = subject, .profile = profile};
    assert_ok(kf_csr_build(&spec, key, key, &csr));
    assert_ok(kf_csr_export(csr, KF_CSR_PEM_NEW, &pem, &len));
    char *path = kf_str("%s/%d.csr", room->dir, ++files);
    assert_ok(kf_file_write(path, pem, len, 0644));
    return path;
}

static kf_err begin(const char *connection, const char *fields, const char *csv) {
    struct kf_batch_order order = {.name = "x",
                                   .csv = (const uint8_t *)csv,
                                   .csv_len = strlen(csv),
                                   .common = {.connection = connection, .fields = fields}};
    return kf_batch_begin(context, &order, batch);
}

static json_t *rows(void) {
    json_t *json = NULL;
    assert_ok(kf_batch_json(context, batch, &json));
    json_t *list = json_incref(json_object_get(json, "rows"));
    json_decref(json);
    return list;
}

static void assert_row(size_t number, const char *status, const char *problem) {
    KF_AUTO_PTR(json_t) list = rows();
    const json_t *row = json_array_get(list, number - 1);
    const char *text = json_string_value(json_object_get(row, "problem"));
    if (strcmp(json_string_value(json_object_get(row, "status")), status) != 0 ||
        (problem && !strstr(text ? text : "", problem)))
        fail_msg("row %zu: %s: %s", number, json_string_value(json_object_get(row, "status")),
                 text ? text : "");
}

/* --- the lab CA, keys on SoftHSM2 --- */

static void people_get_keys_on_one_token_from_the_lab_ca(void **state) {
    struct kf_labca_order lab = {.name = "lab"};
    make_token("card");
    assert_ok(kf_labca_init(context, NULL, &lab, NULL));
    assert_ok(begin("lab", NULL,
                    "cn;email;container;key\nAnna;anna@example.org;anna-1;p256\n"
                    "Bob;bob@example.org;;p384\nCarol;carol@example.org;anna-1;\n"));
    assert_row(3, "parked", "the same container as in row 1");
    assert_int_equal(kf_batch_run(context, batch), KF_E_PARKED);
    assert_row(1, "done", NULL);
    assert_row(2, "done", NULL);
    assert_int_equal(room->person.asked, 1);
    assert_ok(kf_batch_retry(context, batch, 3, "{\"container\":\"carol-1\"}"));
    assert_ok(kf_batch_run(context, batch));
}

/* --- DigiCert: the CA's form decides on the columns --- */

static void setup_digicert(void) {
    connect_to("digicert", "dc", "/services/v2", NULL);
    keep_secret("dc", "api-key", API_KEY);
}

static void requests_made_elsewhere_are_ordered_once_each(void **state) {
    setup_digicert();
    KF_AUTO_FREE char *one = csr_file("CN=Alice"), *two = csr_file("CN=Bob");
    KF_AUTO_FREE char *csv = kf_str("csr,recipients,first_name,last_name\n"
                                    "%s,alice@example.com,Alice,Example\n"
                                    "%s,bob@example.com;b@example.com,Bob,Example\n",
                                    one, two);
    assert_ok(begin("dc", DC_COMMON, csv));
    assert_int_equal(double_count(server, "orders"), 0);
    assert_int_equal(remove(one), 0); /* it is in the database */
    kf_err err = kf_batch_run(context, batch);
    if (err != KF_OK)
        fail_msg("%s", kf_error_sentence(err));
    assert_int_equal(double_count(server, "orders"), 2);
    assert_non_null(
        strstr(double_seen(server, "POST /order/certificate", "body"), "b@example.com"));
    assert_ok(kf_batch_run(context, batch));
    assert_int_equal(double_count(server, "orders"), 2);
}

static void what_the_form_wants_is_said_before_anything_is_paid(void **state) {
    setup_digicert();
    KF_AUTO_FREE char *one = csr_file("CN=Alice");
    KF_AUTO_FREE char *csv = kf_str("csr,recipients,first_name,last_name\n"
                                    "%s,alice@example.com,Alice,Example\n"
                                    "%s,carol@example.com,Carol,Example\n"
                                    "nowhere.csr,bob@example.com,Bob,Example\n"
                                    "%s,,Bob,Example\n",
                                    one, one, one);
    assert_ok(begin("dc", DC_COMMON, csv));
    assert_row(1, "ready", NULL);
    assert_row(2, "parked", "the same request as in row 1");
    assert_row(3, "parked", "nowhere.csr");
    assert_row(4, "parked", "is needed");
    assert_int_equal(kf_batch_retry(context, batch, 2, NULL), KF_E_USAGE);
    assert_non_null(strstr(kf_error_sentence(KF_E_USAGE), "the same request as in row 1"));
    assert_int_equal(begin("dc", DC_COMMON, "cn,recipient\nA,a@b.example\n"), KF_E_USAGE);
    assert_non_null(strstr(kf_error_sentence(KF_E_USAGE), "recipients"));
    assert_int_equal(double_count(server, "orders"), 0);
}

static void an_answer_that_is_lost_costs_nothing_twice(void **state) {
    setup_digicert();
    KF_AUTO_FREE char *one = csr_file("CN=Alice"), *two = csr_file("CN=Bob");
    KF_AUTO_FREE char *csv = kf_str("csr,recipients,first_name,last_name\n"
                                    "%s,alice@example.com,Alice,Example\n"
                                    "%s,bob@example.com,Bob,Example\n",
                                    one, two);
    assert_ok(begin("dc", DC_COMMON, csv));
    double_set(server, "fault", "lose");
    double_set(server, "fault-path", "POST /order");
    assert_int_equal(kf_batch_run(context, batch), KF_E_CA_UNREACHABLE);
    assert_row(2, "ready", NULL);
    assert_ok(kf_batch_run(context, batch));
    assert_int_equal(double_count(server, "orders"), 2);
}

/* --- privacyIDEA --- */

static void one_sign_in_is_enough_and_a_lost_order_parks_its_row(void **state) {
    connect_to("privacyidea", "pi", "", "user=alice");
    keep_secret("pi", "password", "alicepw");
    KF_AUTO_FREE char *one = csr_file("CN=Alice 1"), *two = csr_file("CN=Alice 2"),
                      *three = csr_file("O=Nobody");
    KF_AUTO_FREE char *csv = kf_str("csr,template,description\n"
                                    "%s,localCA/user,first\n"
                                    "%s,msCA/ManualUser,second\n"
                                    "%s,localCA/user,third\n",
                                    one, two, three);
    assert_ok(begin("pi", NULL, csv));
    assert_row(3, "parked", "common name");
    assert_int_equal(kf_batch_run(context, batch), KF_E_PARKED);
    assert_row(1, "done", NULL);
    assert_row(2, "parked", "pending");
    assert_int_equal(kf_batch_run(context, batch), KF_E_PARKED);
    assert_int_equal(double_count(server, "orders"), 2);
    assert_int_equal(double_count(server, "logins"), 1);
}

int main(void) {
#define BATCH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        BATCH(people_get_keys_on_one_token_from_the_lab_ca),
        BATCH(requests_made_elsewhere_are_ordered_once_each),
        BATCH(what_the_form_wants_is_said_before_anything_is_paid),
        BATCH(an_answer_that_is_lost_costs_nothing_twice),
        BATCH(one_sign_in_is_enough_and_a_lost_order_parks_its_row),
    };
    return cmocka_run_group_tests_name("enroll_batch_services", tests, NULL, NULL);
}
