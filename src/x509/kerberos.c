// SPDX-License-Identifier: Apache-2.0
// KRB5PrincipalName (RFC 4556 3.2.2): "user/instance@REALM" to DER and back.
#include "x509/general_name.h"

#include <string.h>

#include "x509/der.h"

#define NAME_MAX_BYTES 1024

enum { NT_PRINCIPAL = 1, NT_SRV_INST = 2 }; /* RFC 4120 6.2 */

struct principal {
    char text[NAME_MAX_BYTES + 1]; /* the components, each with a NUL at its end */
    const char *parts[8], *realm;
    size_t count;
};

static kf_err bad(const char *text) {
    return kf_fail(KF_E_USAGE, "\"%s\" is not a Kerberos principal such as \"anna@EXAMPLE.ORG\"",
                   text);
}

/* Cut at "/" and "@"; a backslash takes the next character as it is. */
static bool split(const char *text, struct principal *principal) {
    char *to = principal->text, *start = to;
    size_t len = strlen(text);
    if (len == 0 || len > NAME_MAX_BYTES - 1)
        return false;
    for (const char *c = text; *c; c++) {
        bool ends_part = !principal->realm && (*c == '/' || *c == '@');
        /* KerberosString is IA5 in practice (RFC 4120 5.2.1). */
        if ((uint8_t)*c < 0x20 || (uint8_t)*c >= 0x7f ||
            (principal->realm && (*c == '@' || *c == '/')))
            return false;
        if (!ends_part) {
            if (*c == '\\' && (uint8_t) * ++c <= 0x20)
                return false;
            if ((uint8_t)*c >= 0x7f)
                return false;
            *to++ = *c;
            continue;
        }
        if (to == start || principal->count == 8)
            return false;
        principal->parts[principal->count++] = start;
        *to++ = '\0';
        start = to;
        if (*c == '@')
            principal->realm = start;
    }
    *to = '\0';
    return principal->realm && *principal->realm;
}

kf_err kf_kerberos_encode(const char *text, kf_buf *ret_der) {
    struct principal principal = {0};
    if (!split(text, &principal))
        return bad(text);
    bool service = strcmp(principal.parts[0], "krbtgt") == 0;
    KF_AUTO(kf_buf) strings = {0}, name = {0}, der = {0};
    for (size_t i = 0; i < principal.count; i++)
        KF_TRY(
            kf_der_add(&strings, KF_DER_GENERAL, principal.parts[i], strlen(principal.parts[i])));
    KF_TRY(kf_der_wrap(&strings, KF_DER_SEQUENCE));
    KF_TRY(kf_der_add_number(&name, service ? NT_SRV_INST : NT_PRINCIPAL));
    KF_TRY(kf_der_wrap(&name, KF_DER_EXPLICIT_0));
    KF_TRY(kf_der_add(&name, KF_DER_EXPLICIT_1, strings.data, strings.len));
    KF_TRY(kf_der_wrap(&name, KF_DER_SEQUENCE));
    KF_TRY(kf_der_add(&der, KF_DER_GENERAL, principal.realm, strlen(principal.realm)));
    KF_TRY(kf_der_wrap(&der, KF_DER_EXPLICIT_0));
    KF_TRY(kf_der_add(&der, KF_DER_EXPLICIT_1, name.data, name.len));
    KF_TRY(kf_der_wrap(&der, KF_DER_SEQUENCE));
    kf_buf_move(ret_der, &der);
    return KF_OK;
}

static kf_err add_part(kf_buf *text, const struct kf_der_view *part) {
    for (size_t i = 0; i < part->len; i++) {
        if (part->data[i] && strchr("/@\\", part->data[i]))
            KF_TRY(kf_buf_add_str(text, "\\"));
        KF_TRY(kf_buf_add(text, part->data + i, 1));
    }
    return KF_OK;
}

kf_err kf_kerberos_decode(const uint8_t *der, size_t len, kf_buf *ret_text) {
    struct kf_der_view rest = {der, len}, both, realm, name, type, strings, part, realm_text;
    uint32_t name_type = 0;
    KF_AUTO(kf_buf) text = {0};
    bool good = kf_der_take(&rest, KF_DER_SEQUENCE, &both) && rest.len == 0 &&
                kf_der_take(&both, KF_DER_EXPLICIT_0, &realm) &&
                kf_der_take(&realm, KF_DER_GENERAL, &realm_text) && realm.len == 0 &&
                kf_der_take(&both, KF_DER_EXPLICIT_1, &rest) && both.len == 0 &&
                kf_der_take(&rest, KF_DER_SEQUENCE, &name) && rest.len == 0 &&
                kf_der_take(&name, KF_DER_EXPLICIT_0, &type) &&
                kf_der_take_number(&type, &name_type) &&
                kf_der_take(&name, KF_DER_EXPLICIT_1, &rest) && name.len == 0 &&
                kf_der_take(&rest, KF_DER_SEQUENCE, &strings) && rest.len == 0;
    while (good && strings.len) {
        good = kf_der_take(&strings, KF_DER_GENERAL, &part);
        if (good && text.len)
            KF_TRY(kf_buf_add_str(&text, "/"));
        if (good)
            KF_TRY(add_part(&text, &part));
    }
    if (!good || text.len == 0)
        return kf_fail(KF_E_INPUT, "the Kerberos name is malformed");
    KF_TRY(kf_buf_add_str(&text, "@"));
    KF_TRY(kf_buf_add(&text, realm_text.data, realm_text.len));
    kf_buf_move(ret_text, &text);
    return KF_OK;
}
