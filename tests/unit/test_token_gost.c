// SPDX-License-Identifier: Apache-2.0
// GOST R 34.10-2012 on a token that has it: keys, requests and certificates, judged by openssl with
// its engine, which this process does not have.
#include "base/file.h"
#include "token/key.h"
#include "token/keys.h"
#include "unit/token_fixture.h"
#include "x509/cert.h"
#include "x509/csr.h"
#include "x509/gost.h"

static const uint8_t first_id[4] = {1, 2, 3, 4};

/* Runs in the room's folder, where g.cnf loads the engine. */
static void shell(const struct room *room, const char *command) {
    char line[2048];
    snprintf(line, sizeof line, "cd '%s' && { %s; } >out 2>&1 || { cat out; false; }", room->dir,
             command);
    run(line);
}

static int setup(void **state) {
    assert_int_equal(setup_fake(state), 0);
    struct room *room = *state;
    play(room, "gost");
    write_text(room->dir, "g.cnf",
               "openssl_conf = c\n[c]\nengines = e\n[e]\ngost = g\n[g]\nengine_id = gost\n"
               "default_algorithms = ALL\n");
    return 0;
}

static struct bench log_in(struct room *room) {
    struct bench bench = open_bench(room, "card");
    assert_ok(kf_session_login(bench.session, KF_PIN_USER, NULL, "to test"));
    return bench;
}

static kf_key *make_key(struct bench *bench, enum kf_key_type type) {
    struct kf_key_order order = {.label = "gost",
                                 .type = type,
                                 .use = KF_USE_SIGN,
                                 .id = first_id,
                                 .id_len = sizeof first_id};
    kf_key *key = NULL;
    assert_ok(kf_key_offered(bench->token, type));
    assert_ok(kf_key_generate(bench->session, &order, &key));
    return key;
}

static kf_csr *request(struct room *room, kf_key *key) {
    struct kf_csr_spec spec = {.subject = "CN=Фёдоров Фёдор,C=RU"};
    kf_csr *csr = NULL;
    uint8_t *pem = NULL;
    size_t len = 0;
    assert_ok(kf_key_request(key, &spec, &csr));
    assert_ok(kf_csr_export(csr, KF_CSR_PEM, &pem, &len));
    KF_AUTO_FREE char *text = strndup((char *)pem, len);
    write_text(room->dir, "csr.pem", text);
    free(pem);
    return csr;
}

/* A CA of the engine's own; its certificate for the request becomes "leaf.pem". */
static void issue(const struct room *room) {
    shell(room,
          "export OPENSSL_CONF=g.cnf; openssl req -x509 -newkey gost2012_256 -pkeyopt paramset:A "
          "-nodes -keyout ca.key -subj '/CN=GOST CA' -days 30 -out ca.pem -addext "
          "basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign && "
          "openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 "
          "-out leaf.pem");
}

static kf_cert *read_cert(const struct room *room, const char *name) {
    char path[512];
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO(kf_certs) certs = {0};
    snprintf(path, sizeof path, "%s/%s", room->dir, name);
    assert_ok(kf_file_read(path, KF_CERT_FILE_MAX, &bytes));
    assert_ok(kf_certs_read(bytes.data, bytes.len, &certs));
    return kf_cert_ref(certs.items[0]);
}

static void verify_with_engine(const struct room *room) {
    shell(room, "OPENSSL_CONF=g.cnf openssl req -in csr.pem -verify -noout");
}

static void each_size_is_made_and_its_request_verifies(void **state) {
    struct room *room = *state;
    static const enum kf_key_type types[] = {KF_KEY_GOST_256, KF_KEY_GOST_512};
    struct bench bench = log_in(room);
    for (size_t i = 0; i < KF_COUNT(types); i++) {
        KF_AUTO_PTR(kf_key) key = make_key(&bench, types[i]);
        assert_ok(kf_key_try(key));
        KF_AUTO_PTR(kf_csr) csr = request(room, key);
        verify_with_engine(room);
        assert_int_equal(kf_csr_key_type(csr), types[i]);
        assert_false(kf_csr_is_proven(csr)); /* not by OpenSSL alone */
        assert_ok(kf_objects_destroy(bench.session, first_id, sizeof first_id));
    }
    close_bench(&bench);
}

static void every_order_of_a_signature_is_understood(void **state) {
    struct room *room = *state;
    static const char *const forms[] = {"gost\ngost-swapped", "gost\ngost-little",
                                        "gost\ngost-swapped\ngost-little"};
    struct bench bench = log_in(room);
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_GOST_256);
    for (size_t i = 0; i < KF_COUNT(forms); i++) {
        play(room, forms[i]);
        KF_AUTO_PTR(kf_csr) csr = request(room, key);
        verify_with_engine(room);
    }
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
}

static void a_wrong_signature_is_no_signature(void **state) {
    struct room *room = *state;
    struct kf_csr_spec spec = {.subject = "CN=x"};
    kf_csr *csr = NULL;
    struct bench bench = log_in(room);
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_GOST_256);
    play(room, "gost\nlie sign wrong");
    assert_fails(kf_key_try(key), KF_E_KEY_UNUSABLE);
    assert_fails(kf_key_request(key, &spec, &csr), KF_E_KEY_UNUSABLE);
    assert_null(csr);
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
}

static void a_certificate_is_written_beside_its_key(void **state) {
    struct room *room = *state;
    struct bench bench = log_in(room);
    size_t len = 0;
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_GOST_256);
    KF_AUTO_PTR(kf_csr) csr = request(room, key);
    issue(room);
    KF_AUTO_PTR(kf_cert) leaf = read_cert(room, "leaf.pem");
    const uint8_t *der = kf_cert_der(leaf, &len);
    assert_string_equal(kf_cert_key_title(leaf), "GOST R 34.10-2012 256");
    assert_ok(kf_key_write_cert(key, der, len, false));
    kf_key_free(KF_MOVE(key));
    KF_AUTO(kf_buf) spki = {0};
    assert_ok(kf_cert_spki(leaf, &spki));
    assert_ok(kf_key_find_public(bench.session, spki.data, spki.len, &key));
    assert_ok(kf_key_try(key));
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
}

static void a_chain_is_verified_by_the_tokens_hash(void **state) {
    struct room *room = *state;
    struct bench bench = log_in(room);
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_GOST_512);
    KF_AUTO_PTR(kf_csr) csr = request(room, key);
    issue(room);
    KF_AUTO_PTR(kf_cert) leaf = read_cert(room, "leaf.pem");
    KF_AUTO_PTR(kf_cert) root = read_cert(room, "ca.pem");
    issue(room); /* another CA of the same name */
    KF_AUTO_PTR(kf_cert) other = read_cert(room, "ca.pem");
    KF_AUTO(kf_certs) anchors = {0}, chain = {0};
    assert_ok(kf_certs_add(&anchors, root));
    assert_ok(kf_chain_build(leaf, NULL, &anchors, time(NULL), &chain));
    assert_int_equal(chain.count, 2);
    assert_ok(kf_session_check_gost(bench.session, leaf, root));
    assert_fails(kf_session_check_gost(bench.session, leaf, other), KF_E_UNTRUSTED);
    assert_fails(kf_chain_build(leaf, NULL, &anchors, time(NULL) + 60 * 86400, &chain),
                 KF_E_UNTRUSTED);
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
}

static void a_token_without_gost_says_so(void **state) {
    struct room *room = *state;
    play(room, "");
    struct bench bench = log_in(room);
    assert_fails(kf_key_offered(bench.token, KF_KEY_GOST_256), KF_E_NOT_ON_TOKEN);
    play(room, "gost\nmechanisms CKM_GOSTR3410_KEY_PAIR_GEN,CKM_GOSTR3410");
    assert_fails(kf_key_offered(bench.token, KF_KEY_GOST_256), KF_E_NOT_ON_TOKEN);
    assert_non_null(strstr(kf_error_sentence(KF_E_NOT_ON_TOKEN), "hash"));
    close_bench(&bench);
}

static void openssl_cannot_use_such_a_key(void **state) {
    struct room *room = *state;
    struct bench bench = log_in(room);
    KF_AUTO_PTR(kf_key) key = make_key(&bench, KF_KEY_GOST_256);
    assert_fails(kf_key_load(key), KF_E_UNSUPPORTED);
    assert_null(kf_key_pkey(key));
    kf_key_free(KF_MOVE(key));
    close_bench(&bench);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown_room)
    const struct CMUnitTest tests[] = {
        TEST(each_size_is_made_and_its_request_verifies),
        TEST(every_order_of_a_signature_is_understood),
        TEST(a_wrong_signature_is_no_signature),
        TEST(a_certificate_is_written_beside_its_key),
        TEST(a_chain_is_verified_by_the_tokens_hash),
        TEST(a_token_without_gost_says_so),
        TEST(openssl_cannot_use_such_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
