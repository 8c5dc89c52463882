// SPDX-License-Identifier: Apache-2.0
// The kinds of subject alternative names: words, and the checks of each kind's text.
#include "x509/general_name.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static const struct {
    const char *word, *title;
} kinds[] = {
    [KF_SAN_EMAIL] = {"email", "e-mail address"},
    [KF_SAN_DNS] = {"dns", "DNS name"},
    [KF_SAN_IP] = {"ip", "IP address"},
    [KF_SAN_URI] = {"uri", "URI"},
    [KF_SAN_UPN] = {"upn", "user principal name"},
    [KF_SAN_KERBEROS] = {"kerberos", "Kerberos principal"},
    [KF_SAN_SID] = {"sid", "security identifier"},
    [KF_SAN_OTHER] = {"other", "other name"},
};
_Static_assert(KF_COUNT(kinds) == KF_SAN_KINDS, "a row for each kind");

const char *kf_san_word(enum kf_san_kind kind) {
    return (size_t)kind < KF_COUNT(kinds) ? kinds[kind].word : "?";
}

const char *kf_san_title(enum kf_san_kind kind) {
    return (size_t)kind < KF_COUNT(kinds) ? kinds[kind].title : "?";
}

kf_err kf_san_kind_parse(const char *word, size_t len, enum kf_san_kind *ret_kind) {
    for (size_t i = 0; i < KF_COUNT(kinds); i++) {
        if (strlen(kinds[i].word) != len || strncasecmp(kinds[i].word, word, len) != 0)
            continue;
        *ret_kind = (enum kf_san_kind)i;
        return KF_OK;
    }
    kf_fail(KF_E_USAGE, "\"%.*s\" is not a kind of alternative name", (int)(len < 64 ? len : 64),
            word);
    kf_error_hint("Write KIND:VALUE with one of email, dns, ip, uri, upn, kerberos, sid and other, "
                  "such as \"email:anna@example.org\".");
    return KF_E_USAGE;
}

kf_err kf_san_parse(const char *text, struct kf_san *ret_san) {
    enum kf_san_kind kind = KF_SAN_OTHER;
    size_t len = strcspn(text, ":");
    KF_TRY(kf_san_kind_parse(text, len, &kind));
    if (text[len] != ':' || !text[len + 1])
        return kf_fail(KF_E_USAGE, "\"%s\" has no value; write \"%s:VALUE\"", text,
                       kinds[kind].word);
    *ret_san = (struct kf_san){.kind = kind, .value = text + len + 1};
    return KF_OK;
}

static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static bool is_alnum(char c) {
    return c && strchr(alnum, c);
}

/* Labels of letters, digits and inner hyphens (RFC 1123 2.1); at most 253 characters. */
static bool is_host(const char *text) {
    size_t len = strlen(text);
    if (len == 0 || len > 253)
        return false;
    for (const char *label = text;;) {
        size_t here = strcspn(label, ".");
        if (here < 1 || here > 63 || !is_alnum(label[0]) || !is_alnum(label[here - 1]))
            return false;
        for (size_t i = 0; i < here; i++)
            if (!is_alnum(label[i]) && label[i] != '-')
                return false;
        if (!label[here])
            return true;
        label += here + 1;
    }
}

static bool is_ascii(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)text[i] >= 0x80)
            return false;
    return true;
}

/* Shows as it is: UTF-8 without controls and without what turns the reading direction. */
static bool is_plain(const char *text) {
    char shown[KF_SAN_VALUE_MAX + 1];
    size_t len = strnlen(text, sizeof shown);
    kf_text_escape_into(shown, sizeof shown, text, len);
    return len < sizeof shown && strcmp(shown, text) == 0;
}

static kf_err add_lower(kf_buf *buf, const char *text) {
    for (; *text; text++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text | 0x20) : *text;
        KF_TRY(kf_buf_add(buf, &c, 1));
    }
    return KF_OK;
}

/* Dot-atom (RFC 5321 4.1.2, RFC 6531 3.3); nobody has a quoted mailbox in a certificate. */
static bool is_mailbox(const char *text, size_t len) {
    if (len < 1 || len > 64 || text[0] == '.' || text[len - 1] == '.')
        return false;
    for (size_t i = 0; i < len; i++) {
        bool atom = is_alnum(text[i]) || (uint8_t)text[i] >= 0x80 ||
                    (text[i] && strchr("!#$%&'*+-/=?^_`{|}~.", text[i]));
        if (!atom || (text[i] == '.' && text[i + 1] == '.'))
            return false;
    }
    return true;
}

kf_err kf_check_email(const char *text, kf_buf *ret_address) {
    const char *at = strrchr(text, '@');
    size_t local = at ? (size_t)(at - text) : 0;
    if (!at || !is_plain(text) || !is_mailbox(text, local))
        return kf_fail(KF_E_USAGE, "\"%s\" is not an e-mail address", text);
    if (!is_ascii(at, strlen(at)))
        return kf_fail(KF_E_USAGE, "write the domain of \"%s\" in its ASCII form (xn--...)", text);
    if (!is_host(at + 1))
        return kf_fail(KF_E_USAGE, "\"%s\" has no domain name after the @", text);
    KF_AUTO(kf_buf) address = {0};
    KF_TRY(kf_buf_add(&address, text, local));
    KF_TRY(add_lower(&address, at));
    kf_buf_move(ret_address, &address);
    return KF_OK;
}

kf_err kf_check_dns(const char *text, kf_buf *ret_name) {
    const char *host = kf_str_starts(text, "*.") ? text + 2 : text;
    if (!is_ascii(text, strlen(text)))
        return kf_fail(KF_E_USAGE, "write the DNS name \"%s\" in its ASCII form (xn--...)", text);
    if (!is_host(host))
        return kf_fail(KF_E_USAGE, "\"%s\" is not a DNS name", text);
    const char *last = strrchr(host, '.');
    if (strspn(last ? last + 1 : host, "0123456789") == strlen(last ? last + 1 : host))
        return kf_fail(KF_E_USAGE, "\"%s\" is an address and not a DNS name; write \"ip:%s\"", text,
                       text);
    KF_AUTO(kf_buf) name = {0};
    KF_TRY(add_lower(&name, text));
    kf_buf_move(ret_name, &name);
    return KF_OK;
}

const char *kf_uri_sid(const char *uri) {
    static const char tag[] = "tag:microsoft.com,2022-09-14:sid:";
    return strncasecmp(uri, tag, sizeof tag - 1) == 0 ? uri + sizeof tag - 1 : NULL;
}

/* A scheme, a colon and something after it (RFC 3986 3.1, absolute as RFC 5280 4.2.1.6 wants). */
kf_err kf_check_uri(const char *text) {
    size_t scheme = strspn(text, alnum);
    scheme +=
        strspn(text + scheme, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");
    bool starts_well = scheme && (text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z';
    bool ends_well = text[scheme] == ':' && text[scheme + 1] && strlen(text) <= KF_SAN_VALUE_MAX;
    if (!starts_well || !ends_well || !is_ascii(text, strlen(text)) || !is_plain(text) ||
        strpbrk(text, " \"<>\\^`{|}"))
        return kf_fail(KF_E_USAGE, "\"%s\" is not a URI", text);
    const char *sid = kf_uri_sid(text);
    return sid ? kf_check_sid(sid) : KF_OK;
}

kf_err kf_check_upn(const char *text) {
    const char *at = strchr(text, '@');
    if (!at || at == text || !at[1] || strchr(at + 1, '@') || !is_plain(text) ||
        strchr(text, ' ') || strlen(text) > 1024)
        return kf_fail(KF_E_USAGE,
                       "\"%s\" is not a user principal name such as \"anna@example.org\"", text);
    return KF_OK;
}

/* MS-DTYP 2.4.2.1 with decimal parts: S-1-5-21-... */
kf_err kf_check_sid(const char *text) {
    const char *at = kf_str_starts(text, "S-1-") ? text + 4 : "";
    size_t parts = 0, digits = 0;
    while ((digits = strspn(at, "0123456789")) > 0 && digits <= 15 &&
           (parts == 0 || digits <= 10)) {
        parts++;
        at += digits;
        if (*at != '-')
            break;
        at++;
    }
    if (*at || digits == 0 || parts < 2 || parts > 16)
        return kf_fail(KF_E_USAGE,
                       "\"%s\" is not a security identifier such as \"S-1-5-21-1-2-3-1104\"", text);
    return KF_OK;
}
