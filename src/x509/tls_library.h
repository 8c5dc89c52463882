// SPDX-License-Identifier: Apache-2.0
// The functions of libssl that are called, found when the first connection is made: most commands
// make none, and linking libssl would cost each of them its start.
#pragma once

#include <keyfob/error.h>
#include <openssl/ssl.h>

#define KF_SSL_FUNCTIONS(each)                                                                     \
    each(SSL_CTX_ctrl) each(SSL_CTX_set_options) each(SSL_CTX_set_keylog_callback)                 \
        each(SSL_CTX_set_verify) each(SSL_CTX_set_cert_verify_callback)                            \
            each(SSL_CTX_set_info_callback) each(SSL_CTX_get0_param) each(SSL_CTX_set_ex_data)     \
                each(SSL_CTX_get_ex_data) each(SSL_get_SSL_CTX) each(SSL_CTX_use_certificate)      \
                    each(SSL_CTX_use_PrivateKey)

struct kf_ssl {
#define KF_SSL_POINTER(name) __typeof__(&name) name;
    KF_SSL_FUNCTIONS(KF_SSL_POINTER)
#undef KF_SSL_POINTER
};
/* Owned by the process. KF_E_UNSUPPORTED when there is none. */
kf_err kf_ssl_get(const struct kf_ssl **ret_ssl);
