// SPDX-License-Identifier: Apache-2.0
// Token: what one card holds: its name, its PINs and their tries, its objects.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

#include "fakes/attrs.h"
#include "fakes/script.h"

enum {
    TOKEN_MAX_OBJECTS = 4096,
    TOKEN_DIGEST = 32,
    TOKEN_SESSION_OBJECTS = 0x80000, // objects of sessions are numbered from here
};

#define TOKEN_NOBODY ((CK_USER_TYPE)-1) // nobody is logged in

struct object {
    CK_OBJECT_HANDLE handle;
    CK_SESSION_HANDLE owner; // the session it dies with; 0 for an object of the token
    struct attrs attrs;
    struct object *next;
};

// The digest only: the folder of the state is searched for PINs by other tests.
struct pin {
    unsigned char digest[TOKEN_DIGEST];
    bool set;
    unsigned long wrong; // in a row
};

struct token {
    size_t slot;          // from 0
    unsigned long number; // upper part of its objects' handles, from 1
    char serial[17], model[17], manufacturer[33];
    unsigned char label[32]; // blank padded
    bool initialized;
    bool pin_renewed; // the user has chosen the PIN: it is not expired any more
    struct pin user, so;
    struct object *objects;
    unsigned long next_object, next_session_object;

    CK_USER_TYPE login;       // of this process
    unsigned long generation; // of the state that is loaded
    bool changed;             // since then
};

struct token *token_new(const struct script_token *line, size_t slot, unsigned long number);

// Blank padded, cut at size.
void token_pad(unsigned char *to, size_t size, const char *text);

void token_set_pin(struct pin *pin, const CK_UTF8CHAR *text, CK_ULONG len);
bool token_is_pin(const struct pin *pin, const CK_UTF8CHAR *text, CK_ULONG len);

// Takes the attributes over. Owner 0 makes it an object of the token and marks the token as
// changed.
struct object *token_add(struct token *token, struct attrs *attrs, CK_SESSION_HANDLE owner);

// Appends at the end of the list.
void token_append(struct token *token, struct object *object);

struct object *token_find(const struct token *token, CK_OBJECT_HANDLE handle);
void token_drop(struct token *token, CK_OBJECT_HANDLE handle);

// The objects of one session (owner), or with 0 those of the token.
void token_drop_owned(struct token *token, CK_SESSION_HANDLE owner);
size_t token_count_objects(const struct token *token);

// May be seen by whoever is logged in now.
bool token_shows(const struct token *token, const struct object *object);

void token_free(struct token *token);
