// SPDX-License-Identifier: Apache-2.0
// The count of wrong PINs as text, for a file beside the container.
#pragma once

#include "media/medium.h"

#define KF_TRIES_TEXT_MAX ((size_t)128)

kf_err kf_tries_write(const struct kf_tries *tries, kf_buf *ret_text);
/* Zeros when it is not exactly what kf_tries_write() makes. */
struct kf_tries kf_tries_read(const kf_buf *text);
bool kf_tries_are_none(const struct kf_tries *tries);
