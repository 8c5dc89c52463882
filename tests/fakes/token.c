// SPDX-License-Identifier: Apache-2.0
// Token: what one card holds: its name, its PINs and their tries, its objects.
#include "fakes/token.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

void token_pad(unsigned char *to, size_t size, const char *text) {
    const size_t len = strnlen(text, size);
    memset(to, ' ', size);
    memcpy(to, text, len);
}

void token_set_pin(struct pin *pin, const CK_UTF8CHAR *text, CK_ULONG len) {
    SHA256(text, len, pin->digest);
    pin->set = true;
    pin->wrong = 0;
}

bool token_is_pin(const struct pin *pin, const CK_UTF8CHAR *text, CK_ULONG len) {
    unsigned char digest[TOKEN_DIGEST];
    SHA256(text, len, digest);
    return pin->set && CRYPTO_memcmp(digest, pin->digest, sizeof digest) == 0;
}

struct token *token_new(const struct script_token *line, size_t slot, unsigned long number) {
    struct token *token = attrs_alloc(1, sizeof *token);
    token->slot = slot;
    token->number = number;
    memcpy(token->serial, line->serial, sizeof token->serial);
    memcpy(token->model, line->model, sizeof token->model);
    memcpy(token->manufacturer, line->manufacturer, sizeof token->manufacturer);
    token_pad(token->label, sizeof token->label, line->uninitialized ? "" : line->label);
    token->initialized = !line->uninitialized;
    token->next_object = 1;
    token->next_session_object = TOKEN_SESSION_OBJECTS;
    token->login = TOKEN_NOBODY;
    if (token->initialized)
        token_set_pin(&token->so, (const CK_UTF8CHAR *)line->so_pin, strlen(line->so_pin));
    if (token->initialized && !line->no_pin)
        token_set_pin(&token->user, (const CK_UTF8CHAR *)line->pin, strlen(line->pin));
    return token;
}

void token_append(struct token *token, struct object *object) {
    struct object **end = &token->objects;
    while (*end != NULL)
        end = &(*end)->next;
    *end = object;
}

struct object *token_add(struct token *token, struct attrs *attrs, CK_SESSION_HANDLE owner) {
    struct object *object = attrs_alloc(1, sizeof *object);
    const unsigned long place = owner == 0 ? token->next_object++ : token->next_session_object++;
    object->handle = token->number << 20 | place;
    object->owner = owner;
    object->attrs = *attrs;
    *attrs = (struct attrs){0};
    token->changed |= owner == 0;
    token_append(token, object);
    return object;
}

struct object *token_find(const struct token *token, CK_OBJECT_HANDLE handle) {
    for (struct object *object = token->objects; object != NULL; object = object->next) {
        if (object->handle == handle)
            return object;
    }
    return NULL;
}

// Takes the object out of the list and frees it.
static void unlink_object(struct object **link) {
    struct object *object = *link;
    *link = object->next;
    attrs_clear(&object->attrs);
    free(object);
}

void token_drop(struct token *token, CK_OBJECT_HANDLE handle) {
    for (struct object **link = &token->objects; *link != NULL; link = &(*link)->next) {
        if ((*link)->handle == handle) {
            token->changed |= (*link)->owner == 0;
            unlink_object(link);
            return;
        }
    }
}

void token_drop_owned(struct token *token, CK_SESSION_HANDLE owner) {
    for (struct object **link = &token->objects; *link != NULL;) {
        if ((*link)->owner == owner)
            unlink_object(link);
        else
            link = &(*link)->next;
    }
}

size_t token_count_objects(const struct token *token) {
    size_t count = 0;
    for (const struct object *object = token->objects; object != NULL; object = object->next)
        count += object->owner == 0;
    return count;
}

bool token_shows(const struct token *token, const struct object *object) {
    return token->login == CKU_USER || !attrs_bool(&object->attrs, CKA_PRIVATE, false);
}

void token_free(struct token *token) {
    if (token == NULL)
        return;
    while (token->objects != NULL)
        unlink_object(&token->objects);
    free(token);
}
