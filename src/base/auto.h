// SPDX-License-Identifier: Apache-2.0
// Scoped clean-up: KF_AUTO(kf_buf) csr = {0}; and KF_AUTO_PTR(kf_cert) leaf = NULL;
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A value that kf_x_clear() empties at the end of the scope. */
#define KF_AUTO(type) __attribute__((cleanup(type##_clear))) type
/* A pointer that type##_free() frees at the end of the scope; see KF_DEFINE_AUTO_PTR. */
#define KF_AUTO_PTR(type) __attribute__((cleanup(type##_auto))) type *

#define KF_DEFINE_AUTO_PTR(type) KF_DEFINE_AUTO_PTR_WITH(type, type##_free)
#define KF_DEFINE_AUTO_PTR_WITH(type, release)                                                     \
    __attribute__((unused)) static inline void type##_auto(type **pointer) {                       \
        release(*pointer);                                                                         \
    }

/* Hand a scoped value over: ret_x = KF_MOVE(x). */
#define KF_MOVE(pointer)                                                                           \
    ({                                                                                             \
        __typeof__(pointer) kf_moved_ = (pointer);                                                 \
        (pointer) = NULL;                                                                          \
        kf_moved_;                                                                                 \
    })

__attribute__((unused)) static inline void kf_auto_free_(void *pointer) {
    free(*(void **)pointer);
}
__attribute__((unused)) static inline void kf_auto_close_(int *fd) {
    if (*fd >= 0)
        close(*fd);
}
#define KF_AUTO_FREE  __attribute__((cleanup(kf_auto_free_)))
#define KF_AUTO_CLOSE __attribute__((cleanup(kf_auto_close_)))

#define KF_COUNT(array) (sizeof(array) / sizeof((array)[0]))
