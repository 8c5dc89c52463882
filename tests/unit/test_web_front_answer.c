// SPDX-License-Identifier: Apache-2.0
// Downloads: their names and types are ours, whatever the file says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/auto.h"
#include "web/front/answer.h"

KF_DEFINE_AUTO_PTR_WITH(json_t, json_decref)

static void is_sent_as(const char *name, const char *type, const char *disposition,
                       const char *sent_type) {
    struct MHD_Response *response = NULL;
    KF_AUTO_PTR(json_t)
    file = json_pack("{s:s, s:s, s:s}", "name", name, "type", type, "data", "QUFB");
    assert_int_equal(answer_file(file, &response), KF_OK);
    answer_protect(response);
    assert_string_equal(MHD_get_response_header(response, "Content-Disposition"), disposition);
    assert_string_equal(MHD_get_response_header(response, "Content-Type"), sent_type);
    assert_string_equal(MHD_get_response_header(response, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(MHD_get_response_header(response, "Cache-Control"), "no-store");
    MHD_destroy_response(response);
}

static void a_file_is_an_attachment(void **state) {
    is_sent_as("anna.p12", "application/x-pkcs12", "attachment; filename=\"anna.p12\"",
               "application/x-pkcs12");
}

static void names_are_made_harmless(void **state) {
    is_sent_as("../a b\"\r\nX: y.pem", "text/html", "attachment; filename=\"_._a_b_X_y.pem\"",
               "application/octet-stream");
    is_sent_as("\xd1\x84.csr", "image/svg+xml", "attachment; filename=\"_.csr\"",
               "application/octet-stream");
    is_sent_as("", "", "attachment; filename=\"keyfob\"", "application/octet-stream");
    is_sent_as(".bashrc", "text/plain", "attachment; filename=\"_bashrc\"",
               "application/octet-stream");
}

static void what_is_no_file_is_not_sent(void **state) {
    struct MHD_Response *response = NULL;
    KF_AUTO_PTR(json_t) no_data = json_pack("{s:s}", "name", "a");
    KF_AUTO_PTR(json_t) no_base64 = json_pack("{s:s, s:s}", "name", "a", "data", "???");
    assert_int_equal(answer_file(no_data, &response), KF_E_FAILED);
    assert_int_equal(answer_file(no_base64, &response), KF_E_FAILED);
    assert_null(response);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_an_attachment),
        cmocka_unit_test(names_are_made_harmless),
        cmocka_unit_test(what_is_no_file_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
