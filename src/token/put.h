// SPDX-License-Identifier: Apache-2.0
// A private key from outside onto a token, through C_CreateObject. Its parts pass through as
// attributes that our own module lends for one call; nothing here looks into them.
#pragma once

#include "token/keys.h"

struct kf_put_order {
    const char *label;
    unsigned use;    /* enum kf_key_use; 0: all that the key's kind can */
    bool exportable; /* onto a software container */
};

/* A session that is logged in, and what became of the key. */
typedef struct kf_put {
    kf_session *session;
    struct kf_put_order order;
    kf_err error; /* of kf_put_key() */
    CK_OBJECT_HANDLE private_key, public_key;
    uint8_t id[20];
    kf_buf certificates[16];
    size_t certificate_count;
} kf_put;
/* Destroys nothing. */
void kf_put_clear(kf_put *put);

/* For kf_interface.hand_over() and read_file(), with a kf_put as `arg`: writes both halves. */
unsigned long kf_put_key(void *arg, void *attributes, unsigned long count);
unsigned long kf_put_certificate(void *arg, const void *der, size_t der_len);

/* After that: the key is tried, and its certificates are written beside it. On failure nothing of
 * the key is left on the token. */
kf_err kf_put_finish(kf_put *put);
/* KF_E_NOT_ON_TOKEN when the token takes no keys from outside; destroys what was written. */
kf_err kf_put_fail(kf_put *put, kf_err error);
