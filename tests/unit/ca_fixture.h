// SPDX-License-Identifier: Apache-2.0
// What the tests of src/ca share: a private home, software keys, requests, a lab CA.
#pragma once

#include "unit/base_fixture.h"

#include <keyfob/labca.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "base/text.h"
#include "ca/ca.h"
#include "x509/csr.h"

/* A context on the running test's folder. */
__attribute__((unused)) static kf_context *open_home(void) {
    kf_context *context = NULL;
    struct kf_context_options options = {.home = base_dir};
    assert_int_equal(kf_context_new(&options, &context), KF_OK);
    return context;
}

__attribute__((unused)) static void say_ok(kf_err err, const char *what) {
    if (err != KF_OK)
        fail_msg("%s: %s", what, kf_error_sentence(err));
}
#define OK(call) say_ok(call, #call)

__attribute__((unused)) static void assert_says(kf_err err, kf_err wanted, const char *part) {
    const char *sentence = err == KF_OK ? "" : kf_error_sentence(err);
    if (err != wanted || !strstr(sentence, part))
        fail_msg("got %d \"%s\", wanted %d with \"%s\"", err, sentence, wanted, part);
}

/* A request for `subject` with the SANs of `profile`, signed by `key`; DER in a buffer. */
__attribute__((unused)) static void make_csr(kf_context *context, EVP_PKEY *key,
                                             const char *subject, const char *profile,
                                             kf_buf *ret_csr) {
    KF_AUTO_PTR(kf_profile) loaded = NULL;
    KF_AUTO_PTR(kf_csr) csr = NULL;
    size_t len = 0;
    OK(kf_profile_load(context, profile, &loaded));
    struct kf_csr_spec spec = {.subject = subject, .profile = loaded};
    OK(kf_csr_build(&spec, key, key, &csr));
    const uint8_t *der = kf_csr_der(csr, &len);
    OK(kf_buf_set(ret_csr, der, len));
}

__attribute__((unused)) static struct kf_ca_order order_of(const char *id, const kf_buf *csr) {
    return (struct kf_ca_order){.client_id = id,
                                .csr = csr->data,
                                .csr_len = csr->len,
                                .profile = "tls-client",
                                .fields = "{}"};
}

/* A lab CA with its connection, both called "lab". */
__attribute__((unused)) static void make_lab(kf_context *context, bool approval) {
    struct kf_labca_order order = {.name = "lab", .approval = approval};
    OK(kf_labca_init(context, NULL, &order, NULL));
}

/* What the CA of a connection offers, and what was accepted of it. */
__attribute__((unused)) static kf_err roots_of(kf_context *context, const char *connection,
                                               kf_certs *ret_offered, kf_certs *ret_accepted) {
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_TRY(kf_ca_open(context, connection, NULL, &ca));
    KF_TRY(kf_ca_roots(ca, ret_offered));
    return kf_ca_anchors(ca, ret_accepted);
}

/* What the CA of a connection says to a test. */
__attribute__((unused)) static kf_err test_of(kf_context *context, const char *connection,
                                              char **ret_text) {
    KF_AUTO_PTR(kf_ca) ca = NULL;
    KF_TRY(kf_ca_open(context, connection, NULL, &ca));
    return kf_ca_test(ca, ret_text);
}

/* Run a shell command in the test's folder; its exit status. */
__attribute__((unused)) static int shell(const char *command) {
    KF_AUTO_FREE char *whole = kf_str("cd '%s' && %s", base_dir, command);
    int status = system(whole);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
