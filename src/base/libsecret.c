// SPDX-License-Identifier: Apache-2.0
// Loading libsecret.
#include "base/libsecret.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"

#define FILE_NAME "libsecret-1.so.0"

static struct {
    pthread_mutex_t lock;
    pid_t process; /* that loaded it; 0 = nobody yet */
    bool is_there;
    struct kf_libsecret functions;
} loaded = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The names are looked for in the libraries that it brings along as well. */
static bool find_all(void *library, struct kf_libsecret *functions) {
#define FIND(name)                                                                                 \
    { #name, &functions->name }
    const struct {
        const char *name;
        void *place;
    } wanted[] = {
        FIND(secret_service_get_sync),
        FIND(secret_collection_for_alias_sync),
        FIND(secret_collection_get_locked),
        FIND(secret_password_lookup_binary_sync),
        FIND(secret_password_store_binary_sync),
        FIND(secret_password_clear_sync),
        FIND(secret_password_search_sync),
        FIND(secret_value_new),
        FIND(secret_value_get),
        FIND(secret_value_unref),
        FIND(g_bus_get_sync),
        FIND(g_dbus_connection_set_exit_on_close),
        FIND(g_cancellable_new),
        FIND(g_cancellable_cancel),
        FIND(g_object_unref),
        FIND(g_list_free_full),
        FIND(g_error_free),
    };
#undef FIND
    for (size_t i = 0; i < KF_COUNT(wanted); i++) {
        void *found = dlsym(library, wanted[i].name);
        if (!found)
            return false;
        memcpy(wanted[i].place, &found, sizeof found); /* POSIX: a function pointer fits */
    }
    return true;
}

/* Never unloaded: GLib's types and threads stay. */
static void load(void) {
    void *library = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    loaded.process = getpid();
    loaded.is_there = library && find_all(library, &loaded.functions);
    if (library && !loaded.is_there)
        dlclose(library);
}

const struct kf_libsecret *kf_libsecret(const char **ret_why) {
    pthread_mutex_lock(&loaded.lock);
    if (!loaded.process)
        load();
    bool is_ours = loaded.process == getpid(), is_there = loaded.is_there;
    pthread_mutex_unlock(&loaded.lock);
    if (is_there && is_ours)
        return &loaded.functions;
    *ret_why =
        is_there ? "this process is the child of one that uses it" : FILE_NAME " is not installed";
    return NULL;
}
