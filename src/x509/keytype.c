// SPDX-License-Identifier: Apache-2.0
// The kinds of keys that keyfob makes: their names, their titles, and how a public key is
// recognised.
#include <keyfob/container.h>

#include <strings.h>

#include "base/text.h"
#include "x509/name.h"

static const struct {
    const char *name, *title;
} types[] = {
    [KF_KEY_NONE] = {"none", "another kind of key"},
    [KF_KEY_RSA_2048] = {"rsa2048", "RSA 2048"},
    [KF_KEY_RSA_3072] = {"rsa3072", "RSA 3072"},
    [KF_KEY_RSA_4096] = {"rsa4096", "RSA 4096"},
    [KF_KEY_P256] = {"p256", "P-256"},
    [KF_KEY_P384] = {"p384", "P-384"},
    [KF_KEY_P521] = {"p521", "P-521"},
    [KF_KEY_ED25519] = {"ed25519", "Ed25519"},
    [KF_KEY_GOST_256] = {"gost2012-256", "GOST R 34.10-2012 256"},
    [KF_KEY_GOST_512] = {"gost2012-512", "GOST R 34.10-2012 512"},
};

const char *kf_key_type_name(enum kf_key_type type) {
    return types[(size_t)type < KF_COUNT(types) ? type : KF_KEY_NONE].name;
}

const char *kf_key_type_title(enum kf_key_type type) {
    return types[(size_t)type < KF_COUNT(types) ? type : KF_KEY_NONE].title;
}

kf_err kf_key_type_parse(const char *name, enum kf_key_type *ret_type) {
    for (size_t i = KF_KEY_NONE + 1; name && i < KF_COUNT(types); i++) {
        if (strcasecmp(name, types[i].name) != 0 && strcasecmp(name, types[i].title) != 0)
            continue;
        *ret_type = (enum kf_key_type)i;
        return KF_OK;
    }
    return kf_fail(KF_E_USAGE,
                   "there is no key type \"%s\"; there are rsa2048, rsa3072, rsa4096, p256, p384, "
                   "p521, ed25519, gost2012-256 and gost2012-512",
                   name ? name : "");
}

/* RSA by its size, the others by OpenSSL's name of the curve or of the algorithm. */
static const struct {
    int bits;
    const char *title;
    enum kf_key_type type;
} rsa_sizes[] = {
    {1024, "RSA 1024", KF_KEY_NONE},     {1536, "RSA 1536", KF_KEY_NONE},
    {2048, "RSA 2048", KF_KEY_RSA_2048}, {3072, "RSA 3072", KF_KEY_RSA_3072},
    {4096, "RSA 4096", KF_KEY_RSA_4096}, {8192, "RSA 8192", KF_KEY_NONE},
};
static const struct {
    const char *name, *title;
    enum kf_key_type type;
} curves[] = {
    {"prime256v1", "P-256", KF_KEY_P256},
    {"P-256", "P-256", KF_KEY_P256},
    {"secp384r1", "P-384", KF_KEY_P384},
    {"P-384", "P-384", KF_KEY_P384},
    {"secp521r1", "P-521", KF_KEY_P521},
    {"P-521", "P-521", KF_KEY_P521},
    {"secp224r1", "P-224", KF_KEY_NONE},
    {"secp256k1", "secp256k1", KF_KEY_NONE},
    {"brainpoolP256r1", "brainpoolP256r1", KF_KEY_NONE},
    {"brainpoolP384r1", "brainpoolP384r1", KF_KEY_NONE},
    {"brainpoolP512r1", "brainpoolP512r1", KF_KEY_NONE},
};
static const struct {
    const char *name, *title;
    enum kf_key_type type;
} others[] = {
    {"ED25519", "Ed25519", KF_KEY_ED25519},
    {"ED448", "Ed448", KF_KEY_NONE},
    {"X25519", "X25519", KF_KEY_NONE},
    {"X448", "X448", KF_KEY_NONE},
    {"DSA", "DSA", KF_KEY_NONE},
};

static enum kf_key_type find_key(const EVP_PKEY *key, const char **ret_title) {
    char curve[64] = "";
    size_t len = 0;
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
        int bits = EVP_PKEY_get_bits(key);
        for (size_t i = 0; i < KF_COUNT(rsa_sizes); i++)
            if (rsa_sizes[i].bits == bits)
                return *ret_title = rsa_sizes[i].title, rsa_sizes[i].type;
        return *ret_title = "RSA of an unusual size", KF_KEY_NONE;
    }
    if (EVP_PKEY_is_a(key, "EC")) {
        EVP_PKEY_get_group_name(key, curve, sizeof curve, &len);
        for (size_t i = 0; i < KF_COUNT(curves); i++)
            if (kf_str_equal(curves[i].name, curve))
                return *ret_title = curves[i].title, curves[i].type;
        return *ret_title = "EC on another curve", KF_KEY_NONE;
    }
    for (size_t i = 0; i < KF_COUNT(others); i++)
        if (EVP_PKEY_is_a(key, others[i].name))
            return *ret_title = others[i].title, others[i].type;
    return *ret_title = "unknown kind of key", KF_KEY_NONE;
}

const char *kf_public_key_title(const EVP_PKEY *key) {
    const char *title = "unknown kind of key";
    if (key)
        find_key(key, &title);
    return title;
}

enum kf_key_type kf_public_key_type(const EVP_PKEY *key) {
    const char *title = NULL;
    return key ? find_key(key, &title) : KF_KEY_NONE;
}
