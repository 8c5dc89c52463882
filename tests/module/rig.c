// SPDX-License-Identifier: Apache-2.0
#include "module/rig.h"

#include <limits.h>
#include <openssl/rand.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

static const struct module *under_test;

void rig_use(const struct module *module) {
    under_test = module;
}

void rig_assert_ok(kf_err error, const char *file, int line) {
    if (error != KF_OK)
        fprintf(stderr, "%s: %s\n", kf_error_info(error)->code, kf_error_sentence(error));
    _assert_int_equal(error, KF_OK, file, line);
}

bool rig_makes(const struct rig *rig, enum kf_key_type type) {
    return rig->module->facts.makes & (1U << type);
}

/* --- the folder and the token --- */

static kf_err answer_pin(void *arg, const struct kf_pin_question *question, kf_secret **ret_pin) {
    const struct rig *rig = arg;
    const char *pins[] = {[KF_PIN_USER] = rig->user_pin,
                          [KF_PIN_SO] = rig->so_pin,
                          [KF_PIN_KEY] = rig->user_pin,
                          [KF_PIN_NEW_USER] = rig->new_user_pin,
                          [KF_PIN_NEW_SO] = rig->so_pin};
    const char *pin = pins[question->kind];
    return kf_secret_copy(pin, strlen(pin), ret_pin);
}

/* `text` with the folder for @DIR@. */
static char *in_folder(const struct rig *rig, const char *text) {
    const char *at = strstr(text, "@DIR@");
    char *full =
        at == NULL ? strdup(text) : kf_str("%.*s%s%s", (int)(at - text), text, rig->dir, at + 5);
    assert_non_null(full);
    return full;
}

/* Root cannot give p11-kit arguments for a module, see as-user. A module that finds its tokens by a
 * variable needs none. */
static void set_for_others(const struct rig *rig) {
    bool plain = rig->reserved == NULL || rig->module->environment != NULL;
    KF_AUTO_FREE char *provider = kf_str("--provider=%s", rig->module->path);
    setenv("MODULE", plain ? rig->module->path : "p11-kit-proxy.so", 1);
    setenv("PROVIDER", plain ? provider : "", 1);
    setenv("PKCS11", plain ? "" : KF_TEST_SOURCE "/tests/module/as-user", 1);
}

static void set_environment(const struct rig *rig) {
    const char *text = rig->module->environment;
    char name[64], path[512];
    assert_int_equal(setenv("RIG", rig->dir, 1), 0);
    assert_int_equal(setenv("SOURCE", KF_TEST_SOURCE, 1), 0);
    set_for_others(rig);
    if (text == NULL)
        return;
    const char *equals = strchr(text, '=');
    snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
    snprintf(path, sizeof(path), "%s/%s", rig->dir, equals + 1);
    assert_int_equal(setenv(name, path, 1), 0);
}

static void make_folder(struct rig *rig) {
    const char *tmp = getenv("TMPDIR");
    snprintf(rig->dir, sizeof(rig->dir), "%s/keyfob-module-XXXXXX", tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(rig->dir));
    if (rig->module->reserved != NULL)
        rig->reserved = in_folder(rig, rig->module->reserved);
    rig_write(rig, "pin", USER_PIN, strlen(USER_PIN));
    set_environment(rig);
    rig_run(rig, "%s", rig->module->make);
}

/* keyfob.conf for keyfob, a p11-kit configuration for the others. */
static void configure(struct rig *rig) {
    KF_AUTO_FREE char *ours =
        kf_str("[module %s]\npath = %s\n%s%s\n", rig->module->name, rig->module->path,
               rig->reserved ? "reserved = " : "", rig->reserved ? rig->reserved : "");
    KF_AUTO_FREE char *theirs = kf_str("module: %s\nx-init-reserved: %s\n", rig->module->path,
                                       rig->reserved ? rig->reserved : "");
    rig_write(rig, "keyfob.conf", ours, strlen(ours));
    rig_run(rig, "mkdir -p home/.config/pkcs11/modules");
    rig_write(rig, "home/.config/pkcs11/modules/tested.module", theirs, strlen(theirs));
}

int rig_set_up(void **state) {
    struct rig *rig = calloc(1, sizeof(*rig));
    assert_non_null(rig);
    *state = rig;
    rig->module = under_test;
    rig->user_pin = rig->new_user_pin = USER_PIN;
    rig->so_pin = SO_PIN;
    make_folder(rig);
    configure(rig);
    struct kf_ui ui = {.arg = rig, .pin = answer_pin};
    struct kf_context_options options = {.home = rig->dir, .module = rig->module->name, .ui = &ui};
    assert_ok(kf_context_new(&options, &rig->context));
    return 0;
}

int rig_tear_down(void **state) {
    struct rig *rig = *state;
    rig_close(rig);
    kf_context_free(rig->context);
    rig_run(rig, "cd / && rm -rf -- \"$RIG\"");
    free(rig->reserved);
    free(rig);
    return 0;
}

void rig_open(struct rig *rig) {
    assert_ok(kf_tokens_open(rig->context, &rig->tokens));
    assert_ok(kf_tokens_select(rig->tokens, rig->module->label, &rig->token));
    assert_ok(kf_session_open(rig->token, &rig->session));
    assert_ok(kf_session_login(rig->session, KF_PIN_USER, NULL, "to test"));
}

void rig_close(struct rig *rig) {
    kf_session_free(rig->session);
    kf_tokens_free(rig->tokens);
    rig->session = NULL;
    rig->tokens = NULL;
    rig->token = NULL;
}

kf_key *rig_key(struct rig *rig, const char *label, enum kf_key_type type, unsigned use) {
    uint8_t id[20];
    assert_int_equal(RAND_bytes(id, sizeof(id)), 1);
    struct kf_key_order order = {
        .label = label, .type = type, .use = use, .id = id, .id_len = sizeof(id)};
    kf_key *key = NULL;
    assert_ok(kf_key_generate(rig->session, &order, &key));
    return key;
}

void rig_destroy(struct rig *rig, const kf_key *key) {
    size_t len = 0;
    const uint8_t *id = kf_key_id(key, &len);
    assert_ok(kf_objects_destroy(rig->session, id, len));
}

/* --- other programs --- */

void rig_write(const struct rig *rig, const char *name, const void *data, size_t len) {
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", rig->dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void show_out(const struct rig *rig) {
    char path[512], line[512];
    snprintf(path, sizeof(path), "%s/out", rig->dir);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        fputs(line, stderr);
    if (file != NULL)
        fclose(file);
}

void rig_run(const struct rig *rig, const char *format, ...) {
    char text[4096], command[5000];
    va_list args;
    va_start(args, format);
    assert_true(vsnprintf(text, sizeof(text), format, args) < (int)sizeof(text));
    va_end(args);
    snprintf(command, sizeof(command), "cd \"$RIG\" && exec >out 2>&1 </dev/null && { %s\n}", text);
    int status = system(command);
    if (status != 0) {
        fprintf(stderr, "failed: %s\n", text);
        show_out(rig);
    }
    assert_int_equal(status, 0);
}

void rig_assert_said(const struct rig *rig, const char *text) {
    char path[512], out[16 * 1024] = "";
    snprintf(path, sizeof(path), "%s/out", rig->dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(out, 1, sizeof(out) - 1, file) > 0);
    fclose(file);
    if (strstr(out, text) == NULL)
        fail_msg("\"%s\" is not in: %s", text, out);
}
