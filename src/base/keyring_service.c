// SPDX-License-Identifier: Apache-2.0
// The Secret Service of the desktop session, through libsecret.
#include "base/keyring_service.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/libsecret.h"
#include "base/text.h"

#define PROBE_MS  2000
#define ALONE_MS  5000  /* for a call when nobody can be asked to unlock the keyring */
#define PERSON_MS 60000 /* when a window may have opened */
#define SLICE_MS  50
#define LABEL_MAX 160

static const char *variable(const char *name) {
    const char *value = secure_getenv(name);
    return value && *value ? value : NULL;
}

/* Without a bus that is named or at its usual place libsecret would start one. */
static bool has_bus(void) {
    struct stat st;
    const char *folder = variable("XDG_RUNTIME_DIR");
    if (variable("DBUS_SESSION_BUS_ADDRESS"))
        return true;
    KF_AUTO_FREE char *path = folder ? kf_str("%s/bus", folder) : NULL;
    return path && stat(path, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_uid == geteuid();
}

static bool has_screen(void) {
    return variable("DISPLAY") || variable("WAYLAND_DISPLAY");
}

/* --- one call, in a thread of its own, so that it can be given up --- */

struct call {
    void (*run)(struct call *call);
    const struct kf_libsecret *lib;
    void *cancel; /* GCancellable */
    const char *owner, *name;
    const kf_secret *secret;

    /* what came of it */
    bool ok;      /* what that means is the call's to say */
    bool is_held; /* the service has it, and did not do what was asked: it is locked */
    struct kf_g_error *error;
    void *value; /* SecretValue */

    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool is_over;
};

static void *run_thread(void *arg) {
    struct call *call = arg;
    call->run(call);
    pthread_mutex_lock(&call->lock);
    call->is_over = true;
    pthread_cond_signal(&call->ended);
    pthread_mutex_unlock(&call->lock);
    return NULL;
}

/* True when the call ended within SLICE_MS. */
static bool wait_slice(struct call *call) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += SLICE_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&call->lock);
    while (!call->is_over && pthread_cond_timedwait(&call->ended, &call->lock, &until) == 0)
        continue;
    bool is_over = call->is_over;
    pthread_mutex_unlock(&call->lock);
    return is_over;
}

/* The thread ends soon after it is told to: every call of libsecret's listens to it. */
static kf_err watch(kf_context *context, struct call *call, int64_t ms) {
    kf_err err = KF_OK;
    int64_t deadline = kf_monotonic_ms() + ms;
    while (!wait_slice(call)) {
        if (err != KF_OK)
            continue;
        if (kf_context_interrupted(context))
            err = kf_fail(KF_E_INTERRUPTED, "interrupted while the keyring was asked");
        else if (kf_monotonic_ms() > deadline)
            err = kf_fail(KF_E_PERMISSION, "the keyring of the desktop session does not answer");
        if (err != KF_OK)
            call->lib->g_cancellable_cancel(call->cancel);
    }
    return err;
}

/* The program's signals are for its own threads: neither this one nor GLib's take them. */
static int start_thread(struct call *call, pthread_t *ret_thread) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int error = pthread_create(ret_thread, NULL, run_thread, call);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static kf_err start(kf_context *context, struct call *call, int64_t ms) {
    pthread_t thread;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&call->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&call->lock, NULL);
    if (start_thread(call, &thread) != 0)
        return kf_fail(KF_E_MEMORY, "no thread could be made to ask the keyring");
    kf_err err = watch(context, call, ms);
    pthread_join(thread, NULL);
    return err;
}

static void release(struct call *call) {
    if (call->value)
        call->lib->secret_value_unref(call->value);
    if (call->error)
        call->lib->g_error_free(call->error);
    if (call->cancel)
        call->lib->g_object_unref(call->cancel);
    pthread_cond_destroy(&call->ended);
    pthread_mutex_destroy(&call->lock);
    *call = (struct call){0};
}

static kf_err fail_service(const char *why) {
    kf_fail(KF_E_PERMISSION, "the keyring of the desktop session cannot be used: %s", why);
    kf_error_hint("Run it in the desktop session with the keyring unlocked. To keep secrets in "
                  "files instead, write \"store = files\" below [secrets] in keyfob.conf and set "
                  "the secret again.");
    return KF_E_PERMISSION;
}

/* Runs the call; whatever it says, release() it. */
static kf_err perform(kf_context *context, struct call *call, int64_t ms) {
    const char *why = NULL;
    if (!has_bus())
        return fail_service("there is no session bus here");
    call->lib = kf_libsecret(&why);
    if (!call->lib)
        return fail_service(why);
    call->cancel = call->lib->g_cancellable_new();
    kf_err err = start(context, call, ms);
    if (err == KF_E_PERMISSION)
        return fail_service("it does not answer");
    KF_TRY(err);
    if (call->error)
        return fail_service(call->error->message);
    return call->is_held ? fail_service("it is locked") : KF_OK;
}

static kf_err perform_for(kf_context *context, struct call *call) {
    return perform(context, call, has_screen() ? PERSON_MS : ALONE_MS);
}

/* --- the calls --- */

static const struct kf_secret_schema schema = {
    .name = "org.keyfob.Secret",
    .attributes = {{"owner", KF_SECRET_SCHEMA_STRING}, {"name", KF_SECRET_SCHEMA_STRING}},
};

/* GLib's default is to end the whole process when the session's bus goes away. */
static void keep_alive(struct call *call) {
    void *bus = call->lib->g_bus_get_sync(KF_G_BUS_SESSION, call->cancel, &call->error);
    if (!bus)
        return;
    call->lib->g_dbus_connection_set_exit_on_close(bus, 0);
    call->lib->g_object_unref(bus);
}

/* A keyring that is locked can be used where a window can ask for its password. */
static void probe_default(struct call *call, void *service) {
    void *collection = call->lib->secret_collection_for_alias_sync(
        service, KF_SECRET_COLLECTION_DEFAULT, KF_SECRET_NONE, call->cancel, &call->error);
    if (!collection)
        return;
    call->ok = !call->lib->secret_collection_get_locked(collection) || has_screen();
    call->lib->g_object_unref(collection);
}

static void run_probe(struct call *call) {
    keep_alive(call);
    if (call->error)
        return;
    void *service = call->lib->secret_service_get_sync(KF_SECRET_NONE, call->cancel, &call->error);
    if (!service)
        return;
    probe_default(call, service);
    call->lib->g_object_unref(service);
}

/* Where nobody unlocks it, libsecret says of a locked secret that there is none. */
static void look_whether_held(struct call *call) {
    const struct kf_libsecret *lib = call->lib;
    void *list =
        call->name
            ? lib->secret_password_search_sync(&schema, KF_SECRET_NONE, call->cancel, &call->error,
                                               "owner", call->owner, "name", call->name, NULL)
            : lib->secret_password_search_sync(&schema, KF_SECRET_NONE, call->cancel, &call->error,
                                               "owner", call->owner, NULL);
    call->is_held = list != NULL;
    lib->g_list_free_full(list, lib->g_object_unref);
}

static void run_get(struct call *call) {
    keep_alive(call);
    if (call->error)
        return;
    call->value = call->lib->secret_password_lookup_binary_sync(
        &schema, call->cancel, &call->error, "owner", call->owner, "name", call->name, NULL);
    if (!call->value && !call->error)
        look_whether_held(call);
}

static void run_put(struct call *call) {
    char label[LABEL_MAX];
    keep_alive(call);
    if (call->error)
        return;
    snprintf(label, sizeof label, "keyfob: %s of %s", call->name, call->owner);
    void *value = call->lib->secret_value_new(
        (const char *)kf_secret_data((kf_secret *)(uintptr_t)call->secret),
        (long)kf_secret_len(call->secret), "application/octet-stream");
    call->ok = call->lib->secret_password_store_binary_sync(
        &schema, KF_SECRET_COLLECTION_DEFAULT, label, value, call->cancel, &call->error, "owner",
        call->owner, "name", call->name, NULL);
    call->lib->secret_value_unref(value);
}

static void run_forget(struct call *call) {
    const struct kf_libsecret *lib = call->lib;
    keep_alive(call);
    if (call->error)
        return;
    if (call->name)
        lib->secret_password_clear_sync(&schema, call->cancel, &call->error, "owner", call->owner,
                                        "name", call->name, NULL);
    else
        lib->secret_password_clear_sync(&schema, call->cancel, &call->error, "owner", call->owner,
                                        NULL);
    if (!call->error)
        look_whether_held(call);
}

/* --- the doors --- */

static struct {
    pthread_mutex_t lock;
    bool was_asked, answers;
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool kf_ring_service_answers(kf_context *context) {
    pthread_mutex_lock(&known.lock);
    if (!known.was_asked) {
        struct call call = {.run = run_probe};
        kf_err err = perform(context, &call, PROBE_MS);
        known.was_asked = err != KF_E_INTERRUPTED;
        known.answers = err == KF_OK && call.ok;
        release(&call);
        kf_error_clear();
    }
    bool answers = known.answers;
    pthread_mutex_unlock(&known.lock);
    return answers;
}

static kf_err take(const struct call *call, kf_secret **ret_secret) {
    size_t len = 0;
    *ret_secret = NULL;
    if (!call->value)
        return KF_OK;
    const char *bytes = call->lib->secret_value_get(call->value, &len);
    return kf_secret_copy(bytes, len, ret_secret);
}

kf_err kf_ring_service_get(kf_context *context, const char *owner, const char *name,
                           kf_secret **ret_secret) {
    struct call call = {.run = run_get, .owner = owner, .name = name};
    kf_err err = perform_for(context, &call);
    if (err == KF_OK)
        err = take(&call, ret_secret);
    release(&call);
    return err;
}

/* Some services say yes to what they do not keep; some secrets are shown to us only once. */
static kf_err check_kept(kf_context *context, const char *owner, const char *name,
                         const kf_secret *secret) {
    KF_AUTO_PTR(kf_secret) kept = NULL;
    KF_TRY(kf_ring_service_get(context, owner, name, &kept));
    return kept && kf_secret_equal(kept, secret) ? KF_OK
                                                 : fail_service("it did not keep the secret");
}

kf_err kf_ring_service_put(kf_context *context, const char *owner, const char *name,
                           const kf_secret *secret) {
    struct call call = {.run = run_put, .owner = owner, .name = name, .secret = secret};
    kf_err err = perform_for(context, &call);
    if (err == KF_OK && !call.ok)
        err = fail_service("it did not take the secret");
    release(&call);
    KF_TRY(err);
    return check_kept(context, owner, name, secret);
}

kf_err kf_ring_service_forget(kf_context *context, const char *owner, const char *name) {
    struct call call = {.run = run_forget, .owner = owner, .name = name};
    kf_err err = perform_for(context, &call);
    release(&call);
    return err;
}
