// SPDX-License-Identifier: Apache-2.0
// Tokens: what is in the slots of the loaded modules. A slot that fails becomes a note.
#include "token/tokens.h"

#include <string.h>

#include <openssl/err.h>
#include <p11-kit/uri.h>

#include "base/text.h"
#include "token/own.h"

/* --- what one token says of itself --- */

static size_t unpadded(const CK_UTF8CHAR *text, size_t size) {
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\0'))
        size--;
    return size;
}

#define DISPLAY(place, field)                                                                      \
    kf_text_escape_into((place), sizeof(place), (const char *)(field),                             \
                        unpadded((field), sizeof(field)))

static enum kf_pin_tries tries(CK_FLAGS flags, CK_FLAGS locked, CK_FLAGS last, CK_FLAGS low) {
    if (flags & locked)
        return KF_TRIES_LOCKED;
    if (flags & last)
        return KF_TRIES_LAST;
    return flags & low ? KF_TRIES_LOW : KF_TRIES_OK;
}

static void describe_pins(struct kf_token_info *info, const CK_TOKEN_INFO *raw) {
    /* SoftHSM2 calls the SO PIN of a blank token blocked */
    CK_FLAGS flags = info->initialized ? raw->flags : 0;
    info->user_tries =
        tries(flags, CKF_USER_PIN_LOCKED, CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_COUNT_LOW);
    info->so_tries = tries(flags, CKF_SO_PIN_LOCKED, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_COUNT_LOW);
    bool sane =
        raw->ulMaxPinLen != CK_UNAVAILABLE_INFORMATION && raw->ulMinPinLen <= raw->ulMaxPinLen;
    info->pin_min = sane ? raw->ulMinPinLen : 0;
    info->pin_max = sane && raw->ulMaxPinLen <= KF_SECRET_MAX ? raw->ulMaxPinLen : 0;
}

static void describe_uri(struct kf_token_info *info, const CK_TOKEN_INFO *raw) {
    info->uri[0] = '\0';
    P11KitUri *uri = p11_kit_uri_new();
    if (uri == NULL)
        return;
    *p11_kit_uri_get_token_info(uri) = *raw;
    char *text = NULL;
    if (p11_kit_uri_format(uri, P11_KIT_URI_FOR_TOKEN, &text) == P11_KIT_URI_OK &&
        strlen(text) < sizeof(info->uri))
        memcpy(info->uri, text, strlen(text) + 1);
    free(text);
    p11_kit_uri_free(uri);
}

void kf_token_describe(kf_token *token) {
    const CK_TOKEN_INFO *raw = &token->raw;
    struct kf_token_info *info = &token->info;
    DISPLAY(info->label, raw->label);
    DISPLAY(info->serial, raw->serialNumber);
    DISPLAY(info->model, raw->model);
    DISPLAY(info->manufacturer, raw->manufacturerID);
    kf_text_escape_into(info->module, sizeof(info->module), token->module->name,
                        strlen(token->module->name));
    info->initialized = raw->flags & CKF_TOKEN_INITIALIZED;
    info->user_pin_set = raw->flags & CKF_USER_PIN_INITIALIZED;
    info->login_required = raw->flags & CKF_LOGIN_REQUIRED;
    info->write_protected = raw->flags & CKF_WRITE_PROTECTED;
    info->pin_pad = raw->flags & CKF_PROTECTED_AUTHENTICATION_PATH;
    describe_pins(info, raw);
    describe_uri(info, raw);
}

static bool same(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b) {
    return memcmp(a->serialNumber, b->serialNumber, sizeof(a->serialNumber)) == 0 &&
           memcmp(a->label, b->label, sizeof(a->label)) == 0 &&
           memcmp(a->model, b->model, sizeof(a->model)) == 0 &&
           memcmp(a->manufacturerID, b->manufacturerID, sizeof(a->manufacturerID)) == 0;
}

const struct kf_token_info *kf_token_info(const kf_token *token) {
    return &token->info;
}

kf_err kf_token_refresh(kf_token *token) {
    CK_TOKEN_INFO raw = {0};
    if (token->module->p11 == NULL)
        return kf_fail(KF_E_MODULE, "the module of token \"%s\" was shut down", token->info.label);
    KF_TRY(kf_fail_rv(token, token->module->p11->C_GetTokenInfo(token->slot, &raw),
                      "reading the state of the token"));
    if (!same(&token->raw, &raw))
        return kf_fail(KF_E_TOKEN_OTHER, "the reader holds another token now, not \"%s\" (%s)",
                       token->info.label, token->info.serial);
    token->raw = raw;
    kf_token_describe(token);
    return KF_OK;
}

/* --- reading the slots --- */

kf_err kf_tokens_grow(kf_tokens *tokens, kf_token **ret_token) {
    if (tokens->count == KF_TOKENS_MAX)
        return kf_fail(KF_E_TOO_LARGE, "more than %zu tokens", KF_TOKENS_MAX);
    kf_token **items = reallocarray(tokens->items, tokens->count + 1, sizeof(kf_token *));
    if (items == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the list of tokens");
    tokens->items = items;
    kf_token *token = calloc(1, sizeof(*token));
    if (token == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the list of tokens");
    token->owner = tokens;
    pthread_mutex_init(&token->lock, NULL);
    tokens->items[tokens->count++] = token;
    *ret_token = token;
    return KF_OK;
}

/* Two modules that show one card: the first one counts. Blank tokens have no identity of their own.
 */
static bool shown_by_other(const kf_tokens *tokens, const struct kf_module *module,
                           const CK_TOKEN_INFO *raw) {
    if (!(raw->flags & CKF_TOKEN_INITIALIZED) ||
        unpadded(raw->serialNumber, sizeof(raw->serialNumber)) == 0)
        return false;
    for (size_t i = 0; i < tokens->count; i++) {
        const kf_token *token = tokens->items[i];
        if (token->present && token->module != module && same(&token->raw, raw))
            return true;
    }
    return false;
}

/* A token that was known before the slots were read again keeps its place. */
static kf_token *known(const kf_tokens *tokens, const struct kf_module *module,
                       const CK_TOKEN_INFO *raw) {
    for (size_t i = 0; i < tokens->count; i++) {
        kf_token *token = tokens->items[i];
        if (!token->present && token->module == module && same(&token->raw, raw))
            return token;
    }
    return NULL;
}

/* The empty slots of our own module are places for new containers, not blank tokens. */
static bool is_place(const struct kf_module *module, const CK_TOKEN_INFO *raw) {
    return module->own != NULL && !(raw->flags & CKF_TOKEN_INITIALIZED);
}

/* A container that is damaged, of a newer format, or somebody else's: in the module's own words. */
static void note_slot(struct kf_module *module, CK_RV rv) {
    struct kf_message said = {0};
    if (module->own == NULL || kf_own_said(module->own, &said) == KF_OK) {
        kf_module_note(module, "reading a slot", rv);
        return;
    }
    free(module->error);
    module->error = kf_str("%s%s%s", said.sentence, said.hint[0] != '\0' ? ". " : "", said.hint);
}

static kf_err take_slot(kf_tokens *tokens, struct kf_module *module, CK_SLOT_ID slot) {
    CK_TOKEN_INFO raw = {0};
    CK_RV rv = module->p11->C_GetTokenInfo(slot, &raw);
    if (rv != CKR_OK) {
        if (rv != CKR_TOKEN_NOT_PRESENT)
            note_slot(module, rv);
        return KF_OK;
    }
    if (shown_by_other(tokens, module, &raw) || is_place(module, &raw))
        return KF_OK;
    kf_token *token = known(tokens, module, &raw);
    if (token == NULL)
        KF_TRY(kf_tokens_grow(tokens, &token));
    token->module = module;
    token->slot = slot;
    token->raw = raw;
    token->present = true;
    token->lost = false;
    kf_token_describe(token);
    return KF_OK;
}

/* Software containers are files: there may be many. Asking for their number makes slots for those
 * that came since. */
static CK_RV list_slots(const struct kf_module *module, CK_SLOT_ID **ret_slots,
                        CK_ULONG *ret_count) {
    CK_ULONG most = module->own != NULL ? KF_P11_OWN_SLOTS_MAX : KF_P11_SLOTS_MAX, count = most;
    if (module->own != NULL)
        module->p11->C_GetSlotList(CK_TRUE, NULL, &count);
    CK_SLOT_ID *slots = calloc(most, sizeof(*slots));
    if (slots == NULL)
        return CKR_HOST_MEMORY;
    count = most;
    CK_RV rv = module->p11->C_GetSlotList(CK_TRUE, slots, &count);
    if (rv == CKR_OK && count > most)
        rv = CKR_BUFFER_TOO_SMALL;
    if (rv != CKR_OK) {
        free(slots);
        return rv;
    }
    *ret_slots = slots;
    *ret_count = count;
    return CKR_OK;
}

static kf_err read_module(kf_tokens *tokens, struct kf_module *module) {
    KF_AUTO_FREE CK_SLOT_ID *slots = NULL;
    CK_ULONG count = 0;
    CK_RV rv = list_slots(module, &slots, &count);
    ERR_clear_error();
    if (rv != CKR_OK) {
        kf_module_note(module, "reading its slots", rv);
        return KF_OK;
    }
    module->slots = count;
    for (CK_ULONG i = 0; i < count; i++)
        KF_TRY(take_slot(tokens, module, slots[i]));
    ERR_clear_error();
    return KF_OK;
}

kf_err kf_tokens_look(kf_tokens *tokens, struct kf_module *module) {
    for (size_t i = 0; i < tokens->count; i++)
        tokens->items[i]->present &= tokens->items[i]->module != module;
    return module->p11 != NULL ? read_module(tokens, module) : KF_OK;
}

static kf_err read_slots(kf_tokens *tokens) {
    for (size_t i = 0; i < tokens->count; i++)
        tokens->items[i]->present = false;
    for (size_t i = 0; i < tokens->modules.count; i++)
        if (tokens->modules.items[i].p11 != NULL && !tokens->modules.items[i].hidden)
            KF_TRY(read_module(tokens, &tokens->modules.items[i]));
    return KF_OK;
}

kf_err kf_tokens_reread(kf_tokens *tokens, bool *ret_restarted) {
    *ret_restarted = false;
    for (size_t i = 0; i < tokens->count; i++)
        if (tokens->items[i]->sessions > 0)
            return KF_OK; /* a restart would cut them off */
    for (size_t i = 0; i < tokens->modules.count; i++) {
        struct kf_module *module = &tokens->modules.items[i];
        if (module->p11 != NULL && module->slots > 0 && module->own == NULL)
            *ret_restarted |= kf_module_restart(module) == KF_OK;
    }
    return read_slots(tokens);
}

/* A slot of a reader announces what is put into it. */
static bool is_software(const struct kf_module *module) {
    KF_AUTO_FREE CK_SLOT_ID *slots = NULL;
    CK_ULONG count = 0;
    CK_SLOT_INFO info = {0};
    if (module->own != NULL || list_slots(module, &slots, &count) != CKR_OK)
        return false;
    for (CK_ULONG i = 0; i < count; i++)
        if (module->p11->C_GetSlotInfo == NULL ||
            module->p11->C_GetSlotInfo(slots[i], &info) != CKR_OK ||
            info.flags & (CKF_REMOVABLE_DEVICE | CKF_HW_SLOT))
            return false;
    return count > 0;
}

kf_err kf_tokens_look_again(kf_tokens *tokens, bool restart) {
    for (size_t i = 0; i < tokens->count; i++)
        restart &= tokens->items[i]->sessions == 0;
    for (size_t i = 0; restart && i < tokens->modules.count; i++) {
        struct kf_module *module = &tokens->modules.items[i];
        if (module->p11 != NULL && !module->hidden && is_software(module))
            (void)kf_module_restart(module); /* one that fails has a note now */
    }
    kf_error_clear();
    return read_slots(tokens);
}

/* C_Finalize closes the others. */
static void close_spares(kf_tokens *tokens) {
    for (size_t i = 0; i < tokens->count; i++)
        if (tokens->items[i]->has_spare && !tokens->items[i]->lost &&
            tokens->items[i]->module->p11 != NULL && kf_module_lives_on(tokens->items[i]->module))
            kf_token_close_all(tokens->items[i]);
}

kf_err kf_tokens_open(kf_context *context, kf_tokens **ret_tokens) {
    KF_AUTO_PTR(kf_tokens) tokens = calloc(1, sizeof(*tokens));
    if (tokens == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for the list of tokens");
    tokens->context = context;
    KF_TRY(kf_modules_load(context, &tokens->modules));
    KF_TRY(read_slots(tokens));
    *ret_tokens = KF_MOVE(tokens);
    return KF_OK;
}

void kf_tokens_free(kf_tokens *tokens) {
    if (tokens == NULL)
        return;
    close_spares(tokens);
    kf_modules_clear(&tokens->modules);
    for (size_t i = 0; i < tokens->count; i++) {
        pthread_mutex_destroy(&tokens->items[i]->lock);
        free(tokens->items[i]);
    }
    free(tokens->items);
    free(tokens);
}

/* --- looking at them --- */

size_t kf_tokens_count(const kf_tokens *tokens) {
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++)
        count += tokens->items[i]->present;
    return count;
}

kf_token *kf_tokens_at(const kf_tokens *tokens, size_t index) {
    for (size_t i = 0; i < tokens->count; i++)
        if (tokens->items[i]->present && index-- == 0)
            return tokens->items[i];
    return NULL;
}

size_t kf_tokens_note_count(const kf_tokens *tokens) {
    size_t count = 0;
    for (size_t i = 0; i < tokens->modules.count; i++)
        count += tokens->modules.items[i].error != NULL;
    return count;
}

const char *kf_tokens_note(const kf_tokens *tokens, size_t index) {
    for (size_t i = 0; i < tokens->modules.count; i++)
        if (tokens->modules.items[i].error != NULL && index-- == 0)
            return tokens->modules.items[i].error;
    return NULL;
}
