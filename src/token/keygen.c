// SPDX-License-Identifier: Apache-2.0
// Key generation: templates with every flag explicit, and a fixed ladder down for modules that
// dislike some of it.
#include "token/keys.h"

#include <string.h>

#include <openssl/err.h>

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/* What a row of a template is filled with. */
enum value {
    YES,
    NO,
    CLASS,
    KEY_TYPE,
    LABEL,
    ID,
    PARAMS,
    GOST_PARAMS,
    GOST_HASH,
    BITS,
    EXPONENT,
    ON_TOKEN,
    SIGN,
    DECRYPT,
    DERIVE,
    AUTH,
    EXPORTABLE
};

struct row {
    CK_ATTRIBUTE_TYPE type;
    enum value value;
    int last; /* rung of the ladder on which the row is still there */
};

/* Rung 0 says all, 1 leaves out what says nothing new, 2 the uses that are refused, 3 all but what
 * protects, names and describes the key, 4 the label too. Without the explicit "no", SoftHSM2 lets
 * a signature key decrypt and unwrap. */
enum { RUNGS = 5, ROWS_MAX = 20 };

static const struct row public_rows[] = {
    {CKA_TOKEN, ON_TOKEN, 4},
    {CKA_EC_PARAMS, PARAMS, 4},
    {CKA_GOSTR3410_PARAMS, GOST_PARAMS, 4},
    {CKA_GOSTR3411_PARAMS, GOST_HASH, 4},
    {CKA_MODULUS_BITS, BITS, 4},
    {CKA_PUBLIC_EXPONENT, EXPONENT, 4},
    {CKA_ID, ID, 4},
    {CKA_LABEL, LABEL, 3},
    {CKA_VERIFY, SIGN, 2},
    {CKA_ENCRYPT, DECRYPT, 1},
    {CKA_WRAP, NO, 1},
    {CKA_PRIVATE, NO, 1},
    {CKA_VERIFY_RECOVER, NO, 0},
    {CKA_CLASS, CLASS, 0},
    {CKA_KEY_TYPE, KEY_TYPE, 0},
};
static const struct row private_rows[] = {
    {CKA_TOKEN, ON_TOKEN, 4},
    {CKA_ID, ID, 4},
    {CKA_PRIVATE, YES, 3},
    {CKA_SENSITIVE, YES, 3},
    {CKA_GOSTR3410_PARAMS, GOST_PARAMS, 1}, /* the standard wants it in the public half only */
    {CKA_GOSTR3411_PARAMS, GOST_HASH, 1},
    {CKA_EXTRACTABLE, EXPORTABLE, 2},
    {CKA_LABEL, LABEL, 3},
    {CKA_SIGN, SIGN, 3},
    {CKA_DECRYPT, DECRYPT, 2},
    {CKA_DERIVE, DERIVE, 2},
    {CKA_UNWRAP, NO, 1},
    {CKA_SIGN_RECOVER, NO, 0},
    {CKA_ALWAYS_AUTHENTICATE, AUTH, 0},
    {CKA_CLASS, CLASS, 0},
    {CKA_KEY_TYPE, KEY_TYPE, 0},
};

struct template {
    CK_ATTRIBUTE attributes[ROWS_MAX];
    CK_ULONG count;
};

struct filling {
    const struct kf_pair_order *order;
    CK_OBJECT_CLASS class;
    bool by_name; /* the curve as a PrintableString */
};

static CK_ATTRIBUTE flag(CK_ATTRIBUTE_TYPE type, bool set) {
    return (CK_ATTRIBUTE){type, (void *)(set ? &yes : &no), sizeof(yes)};
}

static CK_ATTRIBUTE bytes(CK_ATTRIBUTE_TYPE type, const void *data, size_t len) {
    return (CK_ATTRIBUTE){type, (void *)data, len};
}

/* The attribute of a row; pValue NULL when the key type has none. */
static CK_ATTRIBUTE fill(const struct row *row, const struct filling *with) {
    static const uint8_t exponent[] = {1, 0, 1};
    const struct kf_pair_order *order = with->order;
    const struct kf_key_spec *spec = order->spec;
    bool rsa = spec->key_type == CKK_RSA, gost = kf_key_spec_is_gost(spec);
    CK_ATTRIBUTE none = {row->type, NULL, 0};
    switch (row->value) {
    case YES:
        return flag(row->type, true);
    case NO:
        return flag(row->type, false);
    case ON_TOKEN:
        return flag(row->type, order->on_token);
    case SIGN:
        return flag(row->type, order->use & KF_USE_SIGN);
    case DECRYPT:
        return flag(row->type, order->use & KF_USE_DECRYPT);
    case DERIVE:
        return flag(row->type, order->use & KF_USE_DERIVE);
    case EXPORTABLE:
        return flag(row->type, order->exportable);
    case AUTH:
        return order->always_authenticate ? flag(row->type, true) : none;
    case CLASS:
        return bytes(row->type, &with->class, sizeof(with->class));
    case KEY_TYPE:
        return bytes(row->type, &spec->key_type, sizeof(spec->key_type));
    case LABEL:
        return bytes(row->type, order->label, strlen(order->label));
    case ID:
        return bytes(row->type, order->id, order->id_len);
    case BITS:
        return rsa ? bytes(row->type, &spec->bits, sizeof(spec->bits)) : none;
    case EXPONENT:
        return rsa ? bytes(row->type, exponent, sizeof(exponent)) : none;
    case GOST_PARAMS:
        return gost ? bytes(row->type, spec->oid, spec->oid_len) : none;
    case GOST_HASH:
        return gost ? bytes(row->type, spec->hash, spec->hash_len) : none;
    case PARAMS:
        break;
    }
    if (rsa || gost)
        return none;
    return with->by_name ? bytes(row->type, spec->name, spec->name_len)
                         : bytes(row->type, spec->oid, spec->oid_len);
}

static void build(const struct row *rows, size_t count, int rung, const struct filling *with,
                  struct template *ret_template) {
    ret_template->count = 0;
    for (size_t i = 0; i < count; i++) {
        CK_ATTRIBUTE attribute = fill(&rows[i], with);
        if (attribute.pValue != NULL && rows[i].last >= rung)
            ret_template->attributes[ret_template->count++] = attribute;
    }
}

bool kf_rv_dislikes_template(CK_RV rv) {
    return rv == CKR_TEMPLATE_INCONSISTENT || rv == CKR_TEMPLATE_INCOMPLETE ||
           rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_VALUE_INVALID ||
           rv == CKR_ATTRIBUTE_READ_ONLY;
}

/* Some modules answer to a curve's name in the other form with these. */
static bool dislikes(CK_RV rv) {
    return kf_rv_dislikes_template(rv) || rv == CKR_DOMAIN_PARAMS_INVALID ||
           rv == CKR_CURVE_NOT_SUPPORTED;
}

static CK_RV generate(kf_session *session, const struct kf_pair_order *order, int rung,
                      bool by_name, CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private) {
    struct template public_half, private_half;
    struct filling public_with = {order, CKO_PUBLIC_KEY, by_name};
    struct filling private_with = {order, CKO_PRIVATE_KEY, by_name};
    build(public_rows, KF_COUNT(public_rows), rung, &public_with, &public_half);
    build(private_rows, KF_COUNT(private_rows), rung, &private_with, &private_half);
    CK_MECHANISM mechanism = {order->spec->generate, NULL, 0};
    *ret_public = *ret_private = CK_INVALID_HANDLE;
    return session->p11->C_GenerateKeyPair(session->handle, &mechanism, public_half.attributes,
                                           public_half.count, private_half.attributes,
                                           private_half.count, ret_public, ret_private);
}

kf_err kf_pair_generate(kf_session *session, const struct kf_pair_order *order,
                        CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private) {
    CK_RV rv = CKR_TEMPLATE_INCONSISTENT;
    CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE, private_key = CK_INVALID_HANDLE;
    int forms = order->spec->key_type == CKK_EC_EDWARDS ? 2 : 1;
    for (int form = 0; form < forms && dislikes(rv); form++)
        for (int rung = (int)order->first_template; rung < RUNGS && dislikes(rv); rung++)
            rv = generate(session, order, rung, form == 1, &public_key, &private_key);
    ERR_clear_error();
    KF_TRY(kf_fail_rv(session->token, rv, "making the key"));
    if (private_key == CK_INVALID_HANDLE || public_key == CK_INVALID_HANDLE)
        return kf_fail(KF_E_TOKEN_ERROR, "making the key: the module gave no key for its success");
    *ret_public = public_key;
    *ret_private = private_key;
    return KF_OK;
}
