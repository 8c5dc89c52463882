// SPDX-License-Identifier: Apache-2.0
// What keyring_service.c uses of libsecret and GLib, loaded at run time: their headers are not
// needed to build, nor their libraries to run.
#pragma once

#include <stddef.h>

/* As libsecret-1 0.20 and GLib 2.74 declare them; both keep their ABI. */
struct kf_g_error {
    unsigned domain;
    int code;
    char *message;
};
enum { KF_SECRET_SCHEMA_STRING = 0, KF_SECRET_NONE = 0, KF_G_BUS_SESSION = 2 };
#define KF_SECRET_COLLECTION_DEFAULT "default"
struct kf_secret_schema {
    const char *name;
    int flags;
    struct {
        const char *name;
        int type;
    } attributes[32];
    int reserved;
    void *reserved_pointers[7];
};

struct kf_libsecret {
    void *(*secret_service_get_sync)(int flags, void *cancellable, struct kf_g_error **ret_error);
    void *(*secret_collection_for_alias_sync)(void *service, const char *alias, int flags,
                                              void *cancellable, struct kf_g_error **ret_error);
    int (*secret_collection_get_locked)(void *collection);
    void *(*secret_password_lookup_binary_sync)(const struct kf_secret_schema *schema,
                                                void *cancellable, struct kf_g_error **ret_error,
                                                ...);
    int (*secret_password_store_binary_sync)(const struct kf_secret_schema *schema,
                                             const char *collection, const char *label, void *value,
                                             void *cancellable, struct kf_g_error **ret_error, ...);
    int (*secret_password_clear_sync)(const struct kf_secret_schema *schema, void *cancellable,
                                      struct kf_g_error **ret_error, ...);
    /* a GList of objects */
    void *(*secret_password_search_sync)(const struct kf_secret_schema *schema, int flags,
                                         void *cancellable, struct kf_g_error **ret_error, ...);
    void *(*secret_value_new)(const char *bytes, long len, const char *content_type);
    const char *(*secret_value_get)(void *value, size_t *ret_len);
    void (*secret_value_unref)(void *value);
    void *(*g_bus_get_sync)(int type, void *cancellable, struct kf_g_error **ret_error);
    void (*g_dbus_connection_set_exit_on_close)(void *connection, int exit_on_close);
    void *(*g_cancellable_new)(void);
    void (*g_cancellable_cancel)(void *cancellable);
    void (*g_object_unref)(void *object);
    void (*g_list_free_full)(void *list, void (*release)(void *object));
    void (*g_error_free)(struct kf_g_error *error);
};

/* Loaded once and kept. NULL with the reason where it is not installed, and in the child of a fork:
 * GLib's threads stay behind in the parent. */
const struct kf_libsecret *kf_libsecret(const char **ret_why);
