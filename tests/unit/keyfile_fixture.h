// SPDX-License-Identifier: Apache-2.0
// What the tests of key files share: other people's programs in a private folder.
#pragma once

#include "base_fixture.h"

#include <fcntl.h>

#include "base/auto.h"
#include "module/keyfile.h"

#define PASSWORD "file-password"

__attribute__((unused)) static void assert_done(kf_err error) {
    if (error != KF_OK)
        fprintf(stderr, "%s\n", kf_error_sentence(error));
    assert_int_equal(error, KF_OK);
}

/* A shell in the private folder; what it says is seen only when it fails. */
__attribute__((unused, format(printf, 1, 2))) static void shell(const char *format, ...) {
    char command[2048], line[2560];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    snprintf(line, sizeof(line), "cd '%s' && { set -e; %s; } >log 2>&1 || { cat log >&2; false; }",
             base_dir, command);
    if (system(line) != 0)
        fail_msg("%s", command);
}

__attribute__((unused)) static void read_bytes(const char *name, kf_buf *ret_bytes) {
    uint8_t bytes[64 * 1024];
    KF_AUTO_CLOSE int file = open(in_base_dir(name), O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    for (ssize_t len; (len = read(file, bytes, sizeof(bytes))) > 0;)
        assert_done(kf_buf_add(ret_bytes, bytes, (size_t)len));
}

__attribute__((unused)) static void write_bytes(const char *name, const void *data, size_t len) {
    KF_AUTO_CLOSE int file =
        open(in_base_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(file, data, len), (ssize_t)len);
}

__attribute__((unused)) static struct kf_password password_of(const char *text) {
    return text != NULL ? (struct kf_password){(const uint8_t *)text, strlen(text)}
                        : (struct kf_password){0};
}

/* key.pem with a certificate of its own in cert.pem, for `openssl genpkey` with these options. */
__attribute__((unused)) static void make_key(const char *options) {
    shell("openssl genpkey %s -out key.pem && openssl req -x509 -key key.pem -subj /CN=anna -days "
          "30 -out cert.pem",
          options);
}

/* The same for a certificate that two authorities stand behind: chain.pem. */
__attribute__((unused)) static void make_chain(void) {
    make_key("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    shell("openssl ecparam -name P-256 -genkey -noout -out root.key;"
          "openssl req -x509 -key root.key -subj /CN=root -days 30 -out root.pem;"
          "openssl ecparam -name P-256 -genkey -noout -out ca.key;"
          "openssl req -x509 -CA root.pem -CAkey root.key -key ca.key -subj /CN=ca -days 30 -out "
          "ca.pem;"
          "openssl req -x509 -CA ca.pem -CAkey ca.key -key key.pem -subj /CN=anna -days 30 -out "
          "cert.pem;"
          "cat root.pem ca.pem >chain.pem");
}
