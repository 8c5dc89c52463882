// SPDX-License-Identifier: Apache-2.0
// Enrolling in the tests: the lab CA beside the service, and orders for Anna.
#pragma once

#include "unit/work_service.h"

#include "base/text.h"

/* "test-ca" issues at once; "slow" waits for its operator. */
__attribute__((unused)) static int setup_cas(void **state) {
    if (setup_service(state) != 0)
        return -1;
    struct front *front = *state;
    front->pin = front->new_pin = "Correct-Horse-7-Staple";
    works(front, "labca.init", NULL);
    works(front, "labca.init", json_pack("{s:s, s:b}", "name", "slow", "approval", 1));
    return 0;
}

/* A file's content in base64, as a page sends it. */
__attribute__((unused)) static char *file_base64(const char *path) {
    KF_AUTO(kf_buf) bytes = {0}, text = {0};
    FILE *file = fopen(path, "rb");
    uint8_t block[4096];
    assert_non_null(file);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        assert_int_equal(kf_buf_add(&bytes, block, n), KF_OK);
    fclose(file);
    assert_int_equal(kf_base64(&text, bytes.data, bytes.len), KF_OK);
    return strdup(kf_buf_str(&text));
}

/* In the front's folder. */
__attribute__((unused, format(printf, 2, 3))) static void shell(const struct front *front,
                                                                const char *format, ...) {
    char command[1024], line[1536];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    snprintf(line, sizeof line, "cd '%s' && { %s; } >log 2>&1 || { cat log >&2; false; }",
             front->dir, command);
    if (system(line) != 0)
        fail_msg("%s", command);
}

/* An order for Anna at this CA, into a container of the registry. */
__attribute__((unused)) static json_t *for_anna(const char *connection) {
    return json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "connection", connection, "profile",
                     "tls-client", "subject", "CN", "Anna", "medium", "medium", "registry");
}

/* The id of what was just enrolled; good until the next call of it. */
__attribute__((unused)) static const char *enrolled(struct front *front, const char *connection) {
    static char id[KF_REQUEST_ID_MAX];
    const json_t *request = works(front, "enroll.start", for_anna(connection));
    snprintf(id, sizeof id, "%s", text_of(request, "id"));
    return id;
}

/* The service's certificates come from the root of the test CA. */
__attribute__((unused)) static void trust_service(struct front *front) {
    const json_t *roots =
        works(front, "connection.roots", json_pack("{s:s}", "connection", "test-ca"));
    KF_AUTO_FREE char *fingerprint = strdup(text_of(at(roots, "offered", 0), "fingerprint_sha256"));
    const json_t *exported =
        works(front, "certificate.export", json_pack("{s:s}", "certificate", fingerprint));
    KF_AUTO_FREE char *data = strdup(text_of(json_object_get(exported, "file"), "data"));
    works(front, "connection.accept",
          json_pack("{s:s, s:s, s:s}", "connection", "corp", "fingerprint", fingerprint, "file",
                    data));
}

#define CAS(test) cmocka_unit_test_setup_teardown(test, setup_cas, teardown_front)
