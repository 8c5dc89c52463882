// SPDX-License-Identifier: Apache-2.0
// GOST: keys, signatures and hashes of GOST R 34.10-2012, made by the program gost-crypto.
#include "fakes/gost.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_TEXT = 8192, MAX_DATA = 1024 * 1024, MAX_KEY = 512 };

static const unsigned char CURVE_256[] = {6, 7, 0x2a, 0x85, 3, 2, 2, 0x23, 1};
static const unsigned char CURVE_512[] = {6, 9, 0x2a, 0x85, 3, 7, 1, 2, 1, 2, 1};

static const struct {
    CK_MECHANISM_TYPE pairs, sign, digest;
    CK_KEY_TYPE type;
    const char *bits;
    size_t half;
    const unsigned char *curve;
    size_t curve_len;
} KINDS[] = {
    {CKM_GOSTR3410_KEY_PAIR_GEN, CKM_GOSTR3410, CKM_GOSTR3411_12_256_TC26, CKK_GOSTR3410, "256", 32,
     CURVE_256, sizeof CURVE_256},
    {CKM_GOSTR3410_512_PAIRS_TC26, CKM_GOSTR3410_512_TC26, CKM_GOSTR3411_12_512_TC26,
     CKK_GOSTR3410_512_TC26, "512", 64, CURVE_512, sizeof CURVE_512},
};

enum { KIND_COUNT = sizeof KINDS / sizeof KINDS[0] };

static size_t kind_of(CK_MECHANISM_TYPE mechanism) {
    size_t i = 0;
    while (i < KIND_COUNT && KINDS[i].pairs != mechanism && KINDS[i].sign != mechanism &&
           KINDS[i].digest != mechanism)
        i++;
    return i;
}

bool gost_is_mechanism(CK_MECHANISM_TYPE mechanism) {
    return kind_of(mechanism) < KIND_COUNT;
}

bool gost_is_key(CK_KEY_TYPE type) {
    return type == CKK_GOSTR3410 || type == CKK_GOSTR3410_512_TC26;
}

CK_KEY_TYPE gost_key_type(CK_MECHANISM_TYPE mechanism) {
    return KINDS[kind_of(mechanism)].type;
}

size_t gost_signature_len(CK_MECHANISM_TYPE mechanism) {
    return 2 * KINDS[kind_of(mechanism)].half;
}

// One socket is its standard input and output; it reads to the end before it writes.
static bool talk(int fd, const CK_BYTE *data, size_t len, char text[MAX_TEXT]) {
    for (size_t done = 0; done < len;) {
        const ssize_t n = send(fd, data + done, len - done, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    shutdown(fd, SHUT_WR);
    size_t got = 0;
    ssize_t n;
    while (got < MAX_TEXT - 1 && (n = read(fd, text + got, MAX_TEXT - 1 - got)) > 0)
        got += (size_t)n;
    text[got] = '\0';
    return true;
}

static bool ask(const char *const words[], const CK_BYTE *data, size_t len, char text[MAX_TEXT]) {
    extern char **environ;
    int fds[2], status = 0;
    pid_t child = 0;
    posix_spawn_file_actions_t actions;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return false;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 0);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
    const bool started =
        posix_spawn(&child, FAKE_GOST_CRYPTO, &actions, NULL, (char **)words, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
    const bool talked = started && talk(fds[0], data, len, text);
    close(fds[0]);
    while (started && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return talked && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// One line of hex; returns what follows it, NULL when there is none.
static const char *take_hex(const char *text, unsigned char *to, size_t max, size_t *ret_len) {
    size_t len = 0;
    for (; text[0] != '\n' && text[0] != '\0'; text += 2, len++) {
        unsigned byte = 0;
        if (len == max || sscanf(text, "%2x", &byte) != 1)
            return NULL;
        to[len] = (unsigned char)byte;
    }
    *ret_len = len;
    return *text == '\n' ? text + 1 : NULL;
}

static void put_hex(const unsigned char *bytes, size_t len, char *to) {
    for (size_t i = 0; i < len; i++)
        sprintf(to + 2 * i, "%02x", bytes[i]);
}

CK_RV gost_generate(CK_MECHANISM_TYPE mechanism, struct attrs *public, struct attrs *private) {
    const size_t kind = kind_of(mechanism);
    const struct attr *curve = attrs_get(public, CKA_GOSTR3410_PARAMS);
    const char *const words[] = {"gost-crypto", "generate", KINDS[kind].bits, NULL};
    unsigned char secret[MAX_KEY], value[GOST_MAX];
    size_t secret_len = 0, value_len = 0;
    char text[MAX_TEXT] = "";
    if (curve == NULL)
        return CKR_TEMPLATE_INCOMPLETE;
    if (curve->len != KINDS[kind].curve_len ||
        memcmp(curve->value, KINDS[kind].curve, curve->len) != 0)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    const char *rest = ask(words, NULL, 0, text) ? text : NULL;
    rest = rest == NULL ? NULL : take_hex(rest, secret, sizeof secret, &secret_len);
    rest = rest == NULL ? NULL : take_hex(rest, value, sizeof value, &value_len);
    if (rest == NULL)
        return CKR_FUNCTION_FAILED;
    attrs_set(public, CKA_VALUE, value, value_len);
    attrs_set(private, CKA_VALUE, secret, secret_len);
    attrs_set(private, CKA_GOSTR3410_PARAMS, KINDS[kind].curve, KINDS[kind].curve_len);
    return CKR_OK;
}

CK_RV gost_sign(const unsigned char *key, size_t key_len, const CK_BYTE *digest, CK_ULONG len,
                unsigned char *to, size_t to_len) {
    char key_hex[2 * MAX_KEY + 1] = "", digest_hex[2 * GOST_MAX + 1] = "", text[MAX_TEXT] = "";
    size_t given = 0;
    if (2 * len != to_len || key_len > MAX_KEY)
        return CKR_DATA_LEN_RANGE;
    put_hex(key, key_len, key_hex);
    put_hex(digest, len, digest_hex);
    const char *const words[] = {"gost-crypto", "sign", key_hex, digest_hex, NULL};
    const bool done =
        ask(words, NULL, 0, text) && take_hex(text, to, to_len, &given) != NULL && given == to_len;
    return done ? CKR_OK : CKR_FUNCTION_FAILED;
}

CK_RV gost_digest(CK_MECHANISM_TYPE mechanism, const CK_BYTE *data, CK_ULONG len,
                  unsigned char to[GOST_MAX], size_t *ret_len) {
    const char *const words[] = {"gost-crypto", "digest", KINDS[kind_of(mechanism)].bits, NULL};
    char text[MAX_TEXT] = "";
    if (len > MAX_DATA)
        return CKR_DATA_LEN_RANGE;
    return ask(words, data, len, text) && take_hex(text, to, GOST_MAX, ret_len) != NULL
               ? CKR_OK
               : CKR_FUNCTION_FAILED;
}
