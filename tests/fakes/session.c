// SPDX-License-Identifier: Apache-2.0
// Sessions: opening, closing, and what a session is in the middle of.
#include "fakes/session.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "fakes/fake.h"
#include "fakes/slots.h"

void session_end_search(struct search *search) {
    free(search->handles);
    *search = (struct search){0};
}

void session_end_operation(struct operation *operation) {
    EVP_PKEY_free(operation->key);
    free(operation->oaep_label);
    free(operation->gost_key);
    *operation = (struct operation){0};
}

size_t session_count(const struct fake *fake, size_t slot, bool only_rw) {
    size_t count = 0;
    for (size_t i = 0; i < FAKE_MAX_SESSIONS; i++) {
        const struct session *session = &fake->sessions[i];
        count += session->handle != 0 && session->slot == slot && !session->ejected &&
                 (session->rw || !only_rw);
    }
    return count;
}

CK_RV session_open(struct fake *fake, CK_SLOT_ID id, CK_FLAGS flags,
                   CK_SESSION_HANDLE *ret_handle) {
    struct token *token = NULL;
    const CK_RV rv = slots_token(fake, id, &token);
    if (rv != CKR_OK)
        return rv;
    if (ret_handle == NULL)
        return CKR_ARGUMENTS_BAD;
    if ((flags & CKF_SERIAL_SESSION) == 0)
        return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
    const bool rw = (flags & CKF_RW_SESSION) != 0;
    if (rw && fake->script.write_protected)
        return CKR_TOKEN_WRITE_PROTECTED;
    if (!rw && token->login == CKU_SO)
        return CKR_SESSION_READ_WRITE_SO_EXISTS;
    for (size_t i = 0; i < FAKE_MAX_SESSIONS; i++) {
        struct session *session = &fake->sessions[i];
        if (session->handle != 0)
            continue;
        *session = (struct session){.handle = ++fake->next_session, .slot = token->slot, .rw = rw};
        *ret_handle = session->handle;
        return CKR_OK;
    }
    return CKR_SESSION_COUNT;
}

static struct session *find_handle(struct fake *fake, CK_SESSION_HANDLE handle) {
    for (size_t i = 0; handle != 0 && i < FAKE_MAX_SESSIONS; i++) {
        if (fake->sessions[i].handle == handle)
            return &fake->sessions[i];
    }
    return NULL;
}

CK_RV session_find(struct fake *fake, CK_SESSION_HANDLE handle, struct session **ret_session,
                   struct token **ret_token) {
    struct session *session = find_handle(fake, handle);
    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    struct token *token = fake->slots[session->slot].token;
    if (token == NULL)
        return CKR_DEVICE_REMOVED;
    if (session->ejected)
        return CKR_SESSION_HANDLE_INVALID;
    *ret_session = session;
    *ret_token = token;
    return CKR_OK;
}

static void release(struct fake *fake, struct session *session) {
    struct token *token = fake->slots[session->slot].token;
    if (token != NULL && !session->ejected)
        token_drop_owned(token, session->handle);
    session_end_search(&session->search);
    session_end_operation(&session->sign);
    session_end_operation(&session->decrypt);
    const size_t slot = session->slot;
    *session = (struct session){0};
    // PKCS#11 2.40 5.6: with the last session goes the login
    if (token != NULL && session_count(fake, slot, false) == 0)
        token->login = TOKEN_NOBODY;
}

CK_RV session_close(struct fake *fake, CK_SESSION_HANDLE handle) {
    struct session *session = find_handle(fake, handle);
    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    const bool absent = fake->slots[session->slot].token == NULL;
    const bool ejected = session->ejected;
    release(fake, session);
    return absent ? CKR_DEVICE_REMOVED : ejected ? CKR_SESSION_HANDLE_INVALID : CKR_OK;
}

CK_RV session_close_all(struct fake *fake, CK_SLOT_ID id) {
    if (id == 0 || id > fake->slot_count)
        return CKR_SLOT_ID_INVALID;
    for (size_t i = 0; i < FAKE_MAX_SESSIONS; i++) {
        if (fake->sessions[i].handle != 0 && fake->sessions[i].slot == id - 1)
            release(fake, &fake->sessions[i]);
    }
    return fake->slots[id - 1].token == NULL ? CKR_TOKEN_NOT_PRESENT : CKR_OK;
}

void session_close_every(struct fake *fake) {
    for (size_t i = 0; i < FAKE_MAX_SESSIONS; i++) {
        if (fake->sessions[i].handle != 0)
            release(fake, &fake->sessions[i]);
    }
}

void session_eject(struct fake *fake, size_t slot) {
    struct token *token = fake->slots[slot].token;
    for (size_t i = 0; i < FAKE_MAX_SESSIONS; i++) {
        struct session *session = &fake->sessions[i];
        if (session->handle == 0 || session->slot != slot || session->ejected)
            continue;
        if (token != NULL)
            token_drop_owned(token, session->handle);
        session->ejected = true;
    }
    if (token != NULL)
        token->login = TOKEN_NOBODY;
}

static CK_STATE state_of(const struct session *session, const struct token *token) {
    if (token->login == CKU_SO)
        return CKS_RW_SO_FUNCTIONS;
    if (token->login == CKU_USER)
        return session->rw ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    return session->rw ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
}

CK_RV session_info(struct fake *fake, CK_SESSION_HANDLE handle, CK_SESSION_INFO *ret_info) {
    struct session *session = NULL;
    struct token *token = NULL;
    const CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    if (ret_info == NULL)
        return CKR_ARGUMENTS_BAD;
    *ret_info = (CK_SESSION_INFO){
        .slotID = session->slot + 1,
        .state = state_of(session, token),
        .flags = CKF_SERIAL_SESSION | (session->rw ? CKF_RW_SESSION : 0),
    };
    return CKR_OK;
}

CK_RV session_may_write(const struct fake *fake, const struct session *session, bool token_object) {
    if (!token_object)
        return CKR_OK;
    if (fake->script.write_protected)
        return CKR_TOKEN_WRITE_PROTECTED;
    return session->rw ? CKR_OK : CKR_SESSION_READ_ONLY;
}
