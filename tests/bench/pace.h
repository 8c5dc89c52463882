// SPDX-License-Identifier: Apache-2.0
// What the parts of pace share: a module that is started and logged in to, and its tasks.
#ifndef BENCH_PACE_H
#define BENCH_PACE_H

#include <p11-kit/pkcs11.h>

struct pace {
    CK_FUNCTION_LIST *p11; // NULL: the system itself, without a module
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session;
    struct {
        double initialize, token, login; // milliseconds; token: finding it and opening a session
    } taken;
};

double pace_now(void); // milliseconds

// Ends the process unless rv is CKR_OK.
void pace_check(CK_RV rv, const char *call);

// A number from 1 to max, or the process ends.
long pace_number(const char *text, long max);

// Starts the module with the arguments `reserved` ("" for none) and logs in to the token.
struct pace pace_start(const char *module, char *reserved, const char *label, const char *pin);

CK_SESSION_HANDLE pace_open_session(const struct pace *pace);

// The private key with this label; and the first object with this CKA_ID, 0 when there is none.
CK_OBJECT_HANDLE pace_find_key(const struct pace *pace, CK_SESSION_HANDLE session,
                               const char *label);
CK_OBJECT_HANDLE pace_find_id(const struct pace *pace, CK_BYTE *id, CK_ULONG size);

// Writes so many files of a certificate's size into the current directory, each so that it outlives
// a crash. Gives the milliseconds.
double pace_write_files(long first, long count);

// The tasks: each prints its figures as one line.
void pace_keys(const struct pace *pace, char **arguments);
void pace_sign(const struct pace *pace, char **arguments);
void pace_generate(const struct pace *pace, char **arguments);
void pace_create(const struct pace *pace, char **arguments);
void pace_find(const struct pace *pace, char **arguments);
void pace_first(const struct pace *pace, char **arguments);
void pace_rss(const struct pace *pace, char **arguments);

#endif
