// SPDX-License-Identifier: Apache-2.0
// Host: what the tests of the fake share: a private folder, the module, a script, short calls.
#include "fakes/test_host.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

CK_FUNCTION_LIST *p11;
char host_folder[64];
static void *module;

static CK_BBOOL yes = CK_TRUE;
static CK_UTF8CHAR id[] = {'i', 'd'};

void host_load(void) {
    module = dlopen(KF_TEST_FAKE_TOKEN, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL)
        fail_msg("%s", dlerror());
    CK_C_GetFunctionList get = NULL;
    *(void **)&get = dlsym(module, "C_GetFunctionList");
    assert_non_null(get);
    assert_int_equal(get(&p11), CKR_OK);
}

void host_unload(void) {
    assert_int_equal(dlclose(module), 0);
    module = NULL;
}

void host_restart(void) {
    p11->C_Finalize(NULL);
    host_unload();
    host_load();
    assert_int_equal(p11->C_Initialize(NULL), CKR_OK);
}

const char *host_path(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", host_folder, name);
    return path;
}

int host_setup(void **state) {
    const char *base = getenv("TMPDIR");
    snprintf(host_folder, sizeof host_folder, "%.40s/fake-token-XXXXXX", base ? base : "/tmp");
    if (mkdtemp(host_folder) == NULL)
        return -1;
    unsetenv("FAKE_TOKEN_STATE");
    unsetenv("FAKE_TOKEN_TRACE");
    setenv("FAKE_TOKEN", host_path("script"), 1);
    host_load();
    return p11->C_Initialize(NULL) == CKR_OK ? 0 : -1;
}

static void remove_folder(const char *folder) {
    DIR *dir = opendir(folder);
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry != NULL; entry = readdir(dir)) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        if (entry->d_type == DT_DIR)
            remove_folder(path);
        else
            unlink(path);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(folder);
}

int host_teardown(void **state) {
    host_script("");
    p11->C_Finalize(NULL);
    host_unload();
    remove_folder(host_folder);
    return 0;
}

void host_script(const char *text) {
    char fresh[128];
    snprintf(fresh, sizeof fresh, "%s/script.new", host_folder);
    FILE *file = fopen(fresh, "we");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(fresh, host_path("script")), 0);
}

void host_keep_state(void) {
    setenv("FAKE_TOKEN_STATE", host_path("state"), 1);
}

CK_SESSION_HANDLE host_session(void) {
    CK_SESSION_HANDLE session = 0;
    assert_int_equal(
        p11->C_OpenSession(1, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session), CKR_OK);
    return session;
}

CK_RV host_pin(CK_SESSION_HANDLE session, const char *pin) {
    return p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin));
}

CK_SESSION_HANDLE host_login(void) {
    const CK_SESSION_HANDLE session = host_session();
    assert_int_equal(host_pin(session, "1234"), CKR_OK);
    return session;
}

CK_FLAGS host_token_flags(void) {
    CK_TOKEN_INFO info;
    assert_int_equal(p11->C_GetTokenInfo(1, &info), CKR_OK);
    return info.flags;
}

CK_RV host_generate(CK_SESSION_HANDLE session, enum host_kind kind, struct host_pair *ret_pair) {
    static unsigned char p256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
    static unsigned char p384[] = {6, 5, 0x2b, 0x81, 4, 0, 0x22};
    static unsigned char p521[] = {6, 5, 0x2b, 0x81, 4, 0, 0x23};
    static unsigned char ed25519[] = {6, 3, 0x2b, 0x65, 0x70};
    static CK_ULONG bits = 2048;
    const struct {
        CK_MECHANISM mechanism;
        CK_ATTRIBUTE size;
    } kinds[] = {
        [HOST_RSA] = {{CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0}, {CKA_MODULUS_BITS, &bits, sizeof bits}},
        [HOST_P256] = {{CKM_EC_KEY_PAIR_GEN, NULL, 0}, {CKA_EC_PARAMS, p256, sizeof p256}},
        [HOST_P384] = {{CKM_EC_KEY_PAIR_GEN, NULL, 0}, {CKA_EC_PARAMS, p384, sizeof p384}},
        [HOST_P521] = {{CKM_EC_KEY_PAIR_GEN, NULL, 0}, {CKA_EC_PARAMS, p521, sizeof p521}},
        [HOST_ED25519] = {{CKM_EC_EDWARDS_KEY_PAIR_GEN, NULL, 0},
                          {CKA_EC_PARAMS, ed25519, sizeof ed25519}},
    };
    CK_MECHANISM mechanism = kinds[kind].mechanism;
    CK_ATTRIBUTE public[] = {{CKA_TOKEN, &yes, 1}, {CKA_ID, id, sizeof id}, kinds[kind].size};
    CK_ATTRIBUTE private[] = {
        {CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_ID, id, sizeof id}};
    return p11->C_GenerateKeyPair(session, &mechanism, public, 3, private, 3, &ret_pair->public,
                                  &ret_pair->private);
}

struct host_pair host_keys(CK_SESSION_HANDLE session, enum host_kind kind) {
    struct host_pair pair = {0};
    assert_int_equal(host_generate(session, kind, &pair), CKR_OK);
    return pair;
}

CK_RV host_sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE type,
                struct host_bytes *ret_signature) {
    CK_BYTE data[32] = "thirty-two bytes to be signed !";
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
    CK_MECHANISM mechanism = {type, NULL, 0};
    if (type == CKM_RSA_PKCS_PSS) {
        mechanism.pParameter = &pss;
        mechanism.ulParameterLen = sizeof pss;
    }
    const CK_RV rv = p11->C_SignInit(session, &mechanism, key);
    if (rv != CKR_OK)
        return rv;
    ret_signature->len = sizeof ret_signature->data;
    return p11->C_Sign(session, data, sizeof data, ret_signature->data, &ret_signature->len);
}

struct host_bytes host_get(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                           CK_ATTRIBUTE_TYPE type) {
    struct host_bytes bytes = {0};
    CK_ATTRIBUTE attribute = {type, bytes.data, sizeof bytes.data};
    assert_int_equal(p11->C_GetAttributeValue(session, object, &attribute, 1), CKR_OK);
    bytes.len = attribute.ulValueLen;
    return bytes;
}

bool host_flag(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    return host_get(session, object, type).data[0] == CK_TRUE;
}

CK_ULONG host_count(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class) {
    CK_OBJECT_HANDLE found[64];
    CK_ULONG count = 0;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    assert_int_equal(p11->C_FindObjectsInit(session, &template, 1), CKR_OK);
    assert_int_equal(p11->C_FindObjects(session, found, 64, &count), CKR_OK);
    assert_int_equal(p11->C_FindObjectsFinal(session), CKR_OK);
    return count;
}

CK_RV host_write_certificate(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *ret_object) {
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BYTE value[] = "certificate, as the token sees it: bytes";
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_CERTIFICATE_TYPE, &type, sizeof type},
        {CKA_TOKEN, &yes, 1},
        {CKA_VALUE, value, sizeof value - 1},
        {CKA_SUBJECT, value, 10},
        {CKA_ID, id, sizeof id},
    };
    return p11->C_CreateObject(session, template, 6, ret_object);
}

int host_child(void (*work)(void)) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        work();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}
