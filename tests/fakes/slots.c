// SPDX-License-Identifier: Apache-2.0
// Slots: which token is in which slot now, and what the slots say of themselves.
#include "fakes/slots.h"

#include <stdio.h>
#include <string.h>

#include "fakes/fake.h"
#include "fakes/pins.h"
#include "fakes/state.h"

enum { MAX_LIED_SLOTS = 1 << 20 };

// A token keeps its memory while it is out of the slot.
static struct token *fetch_token(struct fake *fake, const struct script_token *line, size_t slot) {
    for (size_t i = 0; i < fake->token_count; i++) {
        if (fake->tokens[i]->slot == slot && strcmp(fake->tokens[i]->serial, line->serial) == 0)
            return fake->tokens[i];
    }
    if (fake->token_count == FAKE_MAX_TOKENS)
        return NULL;
    struct token *token = token_new(line, slot, fake->token_count + 1);
    fake->tokens[fake->token_count++] = token;
    return token;
}

void slots_new_script(struct fake *fake) {
    for (size_t i = fake->script.token_count; i < fake->slot_count; i++) {
        session_eject(fake, i);
        fake->slots[i] = (struct slot){0};
    }
    fake->slot_count = fake->script.token_count;
    for (size_t i = 0; i < fake->slot_count; i++) {
        fake->slots[i].line = fake->script.tokens[i];
        fake->slots[i].change = 0;
    }
}

// The last change of the slot whose time has come, as its place from 1; 0 when none has.
static size_t ruling_change(const struct fake *fake, size_t slot) {
    const unsigned long before = fake->calls[FN_ANY] - 1;
    size_t ruling = 0;
    unsigned long latest = 0;
    for (size_t i = 0; i < fake->script.change_count; i++) {
        const struct script_change *change = &fake->script.changes[i];
        if (change->slot == slot && change->after <= before && change->after >= latest &&
            change->kind != CHANGE_LOGOUT) {
            ruling = i + 1;
            latest = change->after;
        }
    }
    return ruling;
}

static void log_out(struct fake *fake) {
    for (size_t i = 0; i < fake->script.change_count; i++) {
        const struct script_change *change = &fake->script.changes[i];
        if (change->kind == CHANGE_LOGOUT && change->after == fake->calls[FN_ANY] - 1 &&
            change->slot < fake->slot_count && fake->slots[change->slot].token != NULL)
            fake->slots[change->slot].token->login = TOKEN_NOBODY;
    }
}

static void refresh_slot(struct fake *fake, size_t number) {
    struct slot *slot = &fake->slots[number];
    const size_t place = ruling_change(fake, number);
    const struct script_change *change = place == 0 ? NULL : &fake->script.changes[place - 1];
    struct script_token line = slot->line;
    if (change != NULL && change->kind == CHANGE_REPLACE)
        memcpy(line.serial, change->serial, sizeof line.serial);
    struct token *token =
        change != NULL && change->kind == CHANGE_REMOVE ? NULL : fetch_token(fake, &line, number);
    const bool reinserted =
        change != NULL && change->kind == CHANGE_REINSERT && place != slot->change;
    if (token != slot->token || reinserted) {
        session_eject(fake, number);
        slot->event = slot->known;
        slot->token = token;
    }
    slot->known = true;
    slot->change = place;
    if (token != NULL)
        state_load(token);
}

void slots_refresh(struct fake *fake) {
    for (size_t i = 0; i < fake->slot_count; i++)
        refresh_slot(fake, i);
    log_out(fake);
}

bool slots_save(struct fake *fake) {
    bool saved = true;
    for (size_t i = 0; i < fake->slot_count; i++) {
        if (fake->slots[i].token != NULL)
            saved &= state_save(fake->slots[i].token);
    }
    return saved;
}

CK_RV slots_token(struct fake *fake, CK_SLOT_ID id, struct token **ret_token) {
    if (id == 0 || id > fake->slot_count)
        return CKR_SLOT_ID_INVALID;
    if (fake->slots[id - 1].token == NULL)
        return CKR_TOKEN_NOT_PRESENT;
    *ret_token = fake->slots[id - 1].token;
    return CKR_OK;
}

static CK_ULONG count_slots(struct fake *fake, CK_BBOOL with_token) {
    CK_ULONG count = 0;
    for (size_t i = 0; i < fake->slot_count; i++)
        count += !with_token || fake->slots[i].token != NULL;
    if (fake->script.slots_grow)
        count += fake->slots_lied++;
    return fake->script.slots.set ? fake->script.slots.number : count;
}

CK_RV slots_list(struct fake *fake, CK_BBOOL with_token, CK_SLOT_ID *ids, CK_ULONG *count) {
    if (count == NULL)
        return CKR_ARGUMENTS_BAD;
    const CK_ULONG room = *count;
    *count = count_slots(fake, with_token);
    if (ids == NULL)
        return CKR_OK;
    if (room < *count || *count > MAX_LIED_SLOTS)
        return CKR_BUFFER_TOO_SMALL;
    CK_ULONG next = 0;
    for (size_t i = 0; i < fake->slot_count && next < *count; i++) {
        if (!with_token || fake->slots[i].token != NULL)
            ids[next++] = i + 1;
    }
    for (CK_SLOT_ID lied = SCRIPT_MAX_TOKENS + 1; next < *count; lied++)
        ids[next++] = lied;
    return CKR_OK;
}

CK_RV slots_info(struct fake *fake, CK_SLOT_ID id, CK_SLOT_INFO *ret_info) {
    if (id == 0 || id > fake->slot_count)
        return CKR_SLOT_ID_INVALID;
    if (ret_info == NULL)
        return CKR_ARGUMENTS_BAD;
    char name[64];
    snprintf(name, sizeof name, "Fake reader %lu", id);
    *ret_info = (CK_SLOT_INFO){.flags = CKF_REMOVABLE_DEVICE | CKF_HW_SLOT};
    if (fake->slots[id - 1].token != NULL)
        ret_info->flags |= CKF_TOKEN_PRESENT;
    token_pad(ret_info->slotDescription, sizeof ret_info->slotDescription, name);
    token_pad(ret_info->manufacturerID, sizeof ret_info->manufacturerID, "keyfob tests");
    return CKR_OK;
}

CK_RV slots_token_info(struct fake *fake, CK_SLOT_ID id, CK_TOKEN_INFO *ret_info) {
    struct token *token = NULL;
    const CK_RV rv = slots_token(fake, id, &token);
    if (rv != CKR_OK)
        return rv;
    if (ret_info == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_TOKEN_INFO info = {
        .flags = CKF_RNG | CKF_LOGIN_REQUIRED | pins_flags(fake, token),
        .ulMaxSessionCount = FAKE_MAX_SESSIONS,
        .ulMaxRwSessionCount = FAKE_MAX_SESSIONS,
        .ulSessionCount = session_count(fake, id - 1, false),
        .ulRwSessionCount = session_count(fake, id - 1, true),
        .ulMaxPinLen = pins_max(fake),
        .ulMinPinLen = pins_min(fake),
        .ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
        .ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
        .hardwareVersion = {1, 0},
        .firmwareVersion = {1, 0},
    };
    if (token->initialized)
        info.flags |= CKF_TOKEN_INITIALIZED;
    if (fake->script.write_protected)
        info.flags |= CKF_WRITE_PROTECTED;
    memcpy(info.label, fake->script.label_raw ? fake->script.label : token->label,
           sizeof info.label);
    token_pad(info.manufacturerID, sizeof info.manufacturerID, token->manufacturer);
    token_pad(info.model, sizeof info.model, token->model);
    token_pad(info.serialNumber, sizeof info.serialNumber, token->serial);
    token_pad(info.utcTime, sizeof info.utcTime, "");
    *ret_info = info;
    return CKR_OK;
}

CK_RV slots_wait(struct fake *fake, CK_FLAGS flags, CK_SLOT_ID *ret_id) {
    if (ret_id == NULL)
        return CKR_ARGUMENTS_BAD;
    for (size_t i = 0; i < fake->slot_count; i++) {
        if (fake->slots[i].event) {
            fake->slots[i].event = false;
            *ret_id = i + 1;
            return CKR_OK;
        }
    }
    // As SoftHSM: to block is not supported.
    return (flags & CKF_DONT_BLOCK) != 0 ? CKR_NO_EVENT : CKR_FUNCTION_NOT_SUPPORTED;
}
