// SPDX-License-Identifier: Apache-2.0
// The list of connectors: a new built-in one is one line here.
#include "ca/connectors.h"

#include <pthread.h>

#include "base/auto.h"
#include "base/text.h"

static const struct kf_connector *const built_in[] = {
    &kf_connector_local,
    &kf_connector_manual,
    &kf_connector_privacyidea,
    &kf_connector_digicert,
    &kf_connector_cryptopro,
};

#define REGISTERED_MAX 32
#define NAME_LEN_MAX   32

static struct {
    pthread_mutex_t lock;
    const struct kf_connector *items[REGISTERED_MAX];
    size_t count; /* never shrinks */
} registered = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const struct kf_connector *registered_at(size_t index) {
    pthread_mutex_lock(&registered.lock);
    const struct kf_connector *found = index < registered.count ? registered.items[index] : NULL;
    pthread_mutex_unlock(&registered.lock);
    return found;
}

size_t kf_connector_count(void) {
    pthread_mutex_lock(&registered.lock);
    size_t count = KF_COUNT(built_in) + registered.count;
    pthread_mutex_unlock(&registered.lock);
    return count;
}

const struct kf_connector *kf_connector_at(size_t index) {
    return index < KF_COUNT(built_in) ? built_in[index] : registered_at(index - KF_COUNT(built_in));
}

const struct kf_connector *kf_connector_find(const char *name) {
    const struct kf_connector *connector;
    for (size_t i = 0; name && (connector = kf_connector_at(i)); i++) {
        if (kf_str_equal(connector->name, name))
            return connector;
    }
    return NULL;
}

static bool is_name(const char *name) {
    size_t len = 0;
    for (; name && name[len]; len++) {
        char c = name[len];
        bool ok = (c >= 'a' && c <= 'z') || (len && ((c >= '0' && c <= '9') || c == '-'));
        if (!ok || len == NAME_LEN_MAX)
            return false;
    }
    return len > 0;
}

static kf_err check_options(const struct kf_connector *connector) {
    if (connector->option_count && !connector->options)
        return kf_fail(KF_E_USAGE, "the connector \"%s\" counts options but has none",
                       connector->name);
    for (size_t i = 0; i < connector->option_count; i++) {
        const struct kf_ca_option *option = &connector->options[i];
        if (!is_name(option->name) || !option->title)
            return kf_fail(KF_E_USAGE, "option %zu of the connector \"%s\" has no name or title", i,
                           connector->name);
        if (option->kind == KF_OPTION_CHOICE && !option->choices)
            return kf_fail(KF_E_USAGE, "the option \"%s\" of the connector \"%s\" has no choices",
                           option->name, connector->name);
    }
    return KF_OK;
}

static kf_err check(const struct kf_connector *connector) {
    if (!connector || !is_name(connector->name) || !connector->title)
        return kf_fail(KF_E_USAGE, "a connector needs a title and a name of a-z, 0-9 and \"-\"");
    const struct {
        const char *name;
        bool there;
    } needed[] = {
        {"open", connector->open},
        {"close", connector->close},
        {"submit", connector->submit},
        {"lookup", connector->lookup || connector->duplicates != KF_CA_LOOKUP},
        {"form", connector->form || !connector->register_user},
        {"records", connector->records || !connector->kind_count},
        {"act", connector->act || !connector->action_count},
    };
    for (size_t i = 0; i < KF_COUNT(needed); i++) {
        if (!needed[i].there)
            return kf_fail(KF_E_USAGE, "the connector \"%s\" has no \"%s\"", connector->name,
                           needed[i].name);
    }
    return check_options(connector);
}

kf_err kf_connector_register(const struct kf_connector *connector) {
    KF_TRY(check(connector));
    if (kf_connector_find(connector->name))
        return kf_fail(KF_E_EXISTS, "there is already a connector \"%s\"", connector->name);
    pthread_mutex_lock(&registered.lock);
    bool room = registered.count < REGISTERED_MAX;
    if (room)
        registered.items[registered.count++] = connector;
    pthread_mutex_unlock(&registered.lock);
    return room ? KF_OK
                : kf_fail(KF_E_TOO_LARGE, "more than %d connectors are registered", REGISTERED_MAX);
}
