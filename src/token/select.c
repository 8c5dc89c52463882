// SPDX-License-Identifier: Apache-2.0
// Naming a token: by URI (RFC 7512), serial number or label, never by slot number.
#include "token/medium.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include <p11-kit/uri.h>

#include "base/text.h"

struct selector {
    const char *text; /* serial or label; NULL: the only initialised token */
    P11KitUri *uri;
    bool blank;
};

static void selector_clear(struct selector *selector) {
    if (selector->uri != NULL)
        p11_kit_uri_free(selector->uri);
}

/* p11-kit takes unknown query attributes silently. */
static bool query_is_known(const char *text) {
    static const char *const names[] = {"pin-source=", "module-name=", "module-path="};
    for (const char *at = strchr(text, '?'); at != NULL; at = strchr(at, '&')) {
        bool found = *++at == '\0';
        for (size_t i = 0; i < KF_COUNT(names); i++)
            found |= kf_str_starts(at, names[i]);
        if (!found)
            return false;
    }
    return true;
}

static kf_err check_uri(P11KitUri *uri, const char *text) {
    if (p11_kit_uri_get_pin_value(uri) != NULL)
        return kf_fail(KF_E_USAGE, "the URI holds a PIN (\"pin-value\"), which others can read");
    if (p11_kit_uri_any_unrecognized(uri) || !query_is_known(text))
        return kf_fail(KF_E_USAGE, "the URI \"%s\" has an attribute that is not in RFC 7512", text);
    if (p11_kit_uri_get_slot_id(uri) != (CK_SLOT_ID)-1)
        return kf_fail(KF_E_USAGE, "the URI \"%s\" names a slot number, which changes by itself",
                       text);
    return KF_OK;
}

static kf_err parse(const char *text, struct selector *ret_selector) {
    if (text == NULL || strcmp(text, "auto") == 0)
        return KF_OK;
    ret_selector->text = text;
    if (strncasecmp(text, "pkcs11:", strlen("pkcs11:")) != 0)
        return KF_OK;
    /* before anything else, as later sentences show the URI */
    if (strcasestr(text, "pin-value=") != NULL)
        return kf_fail(KF_E_USAGE, "the URI holds a PIN (\"pin-value\"), which others can read");
    ret_selector->uri = p11_kit_uri_new();
    if (ret_selector->uri == NULL)
        return kf_fail(KF_E_MEMORY, "out of memory for a URI");
    int result = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, ret_selector->uri);
    if (result != P11_KIT_URI_OK)
        return kf_fail(KF_E_USAGE, "\"%s\" is not a PKCS#11 URI: %s", text,
                       p11_kit_uri_message(result));
    return check_uri(ret_selector->uri, text);
}

/* A blank-padded field and a plain string. */
static bool equal(const CK_UTF8CHAR *field, size_t size, const char *text) {
    size_t len = strlen(text);
    if (len == 0 || len > size || memcmp(field, text, len) != 0)
        return false;
    for (size_t i = len; i < size; i++)
        if (field[i] != ' ' && field[i] != '\0')
            return false;
    return true;
}

static bool matches(const struct selector *selector, kf_token *token) {
    if (!token->present || selector->blank)
        return token->present && !token->info.initialized;
    if (selector->uri != NULL)
        return p11_kit_uri_match_token_info(selector->uri, &token->raw) == 1;
    if (selector->text == NULL)
        return token->info.initialized;
    const CK_TOKEN_INFO *raw = &token->raw;
    return equal(raw->serialNumber, sizeof(raw->serialNumber), selector->text) ||
           equal(raw->label, sizeof(raw->label), selector->text);
}

#define LISTED_MAX 6 /* then "and 12 more": a sentence, not a table */

static kf_err list_token(kf_buf *list, kf_token *token) {
    struct kf_medium_info info;
    const char *serial = token->info.serial;
    KF_TRY(kf_buf_printf(list, "%s\"%s\"%s%s%s", list->len > 0 ? ", " : "", token->info.label,
                         *serial ? " (" : "", serial, *serial ? ")" : ""));
    if (kf_token_own(token) == NULL || kf_medium_info(token, &info) != KF_OK)
        return KF_OK;
    return kf_buf_printf(list, " in %s", info.where);
}

static kf_err fail_ambiguous(const kf_tokens *tokens, const struct selector *selector,
                             size_t count) {
    KF_AUTO(kf_buf) list = {0};
    const kf_token *first = NULL;
    bool twice = false;
    size_t listed = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        kf_token *token = tokens->items[i];
        if (!matches(selector, token))
            continue;
        if (listed++ < LISTED_MAX)
            KF_TRY(list_token(&list, token));
        twice |= first != NULL && strcmp(first->info.serial, token->info.serial) == 0;
        first = first ? first : token;
    }
    if (count > LISTED_MAX)
        KF_TRY(kf_buf_printf(&list, ", and %zu more", count - LISTED_MAX));
    kf_err error =
        selector->text == NULL
            ? kf_fail(KF_E_TOKEN_AMBIGUOUS, "%zu tokens are there: %s", count, kf_buf_str(&list))
            : kf_fail(KF_E_TOKEN_AMBIGUOUS, "%zu tokens match \"%s\": %s", count, selector->text,
                      kf_buf_str(&list));
    if (twice && kf_token_own(first) != NULL)
        kf_error_hint(
            "It is one container in two places, as an interrupted move leaves it: `keyfob "
            "container move` once more finishes it, and `keyfob container delete` with "
            "--medium (and --dir) removes one of them.");
    else if (first->info.serial[0] != '\0')
        kf_error_hint("Name one by its serial number, such as `--token %s`.", first->info.serial);
    return error;
}

static kf_err fail_absent(const kf_tokens *tokens, const struct selector *selector) {
    kf_err error = selector->blank ? kf_fail(KF_E_TOKEN_ABSENT, "there is no blank token")
                   : selector->text != NULL
                       ? kf_fail(KF_E_TOKEN_ABSENT, "token \"%s\" is not inserted", selector->text)
                   : kf_tokens_count(tokens) > 0
                       ? kf_fail(KF_E_TOKEN_BLANK, "no token is initialised")
                       : kf_fail(KF_E_TOKEN_ABSENT, "no token is inserted");
    if (kf_tokens_count(tokens) == 0 && kf_tokens_note_count(tokens) > 0)
        kf_error_hint("%s. `keyfob module list` shows the modules.", kf_tokens_note(tokens, 0));
    return error;
}

static size_t count_matches(const kf_tokens *tokens, const struct selector *selector,
                            kf_token **ret_first) {
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++)
        if (matches(selector, tokens->items[i]) && count++ == 0)
            *ret_first = tokens->items[i];
    return count;
}

/* SoftHSM2 hides a token while another process writes its token.object, and never shows new ones
 * before it is restarted. */
static kf_err look(kf_tokens *tokens, const struct selector *selector, kf_token **ret_token) {
    static const long pauses_ms[] = {0, 50, 100};
    kf_token *first = NULL;
    size_t count = count_matches(tokens, selector, &first);
    bool again = true;
    for (size_t i = 0; count == 0 && again && i < KF_COUNT(pauses_ms); i++) {
        nanosleep(&(struct timespec){.tv_nsec = pauses_ms[i] * 1000000}, NULL);
        KF_TRY(kf_tokens_reread(tokens, &again));
        count = count_matches(tokens, selector, &first);
    }
    if (count == 0)
        return fail_absent(tokens, selector);
    if (count > 1 && !selector->blank)
        return fail_ambiguous(tokens, selector, count);
    *ret_token = first;
    return KF_OK;
}

kf_err kf_tokens_select(kf_tokens *tokens, const char *selector, kf_token **ret_token) {
    __attribute__((cleanup(selector_clear))) struct selector parsed = {0};
    KF_TRY(parse(selector, &parsed));
    return look(tokens, &parsed, ret_token);
}

kf_err kf_tokens_blank(kf_tokens *tokens, kf_token **ret_token) {
    return look(tokens, &(struct selector){.blank = true}, ret_token);
}
