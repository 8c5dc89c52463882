// SPDX-License-Identifier: Apache-2.0
// What a new password of a file must be worth: whoever copies the file tries as many as they like.
#pragma once

#include <keyfob/secret.h>

/* KF_OK for 10 characters of three kinds (small letters, capitals, digits, other signs, letters of
 * other scripts), or for about 60 bits: letters that follow letters count little, repeats and rows
 * such as "aaa", "abc" and "321" next to nothing. KF_E_POLICY otherwise, with the reason in the
 * sentence, which begins with `what` ("the new password"). */
kf_err password_check(kf_secret *password, const char *what);
