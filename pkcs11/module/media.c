// SPDX-License-Identifier: Apache-2.0
// The media that slots come from, in the order of their slots.
#include "module/table.h"

#include <errno.h>
#include <limits.h>

#include "base/file.h"
#include "base/text.h"
#include "media/folders.h"

kf_err kfm_media_add(struct kfm_slots *slots, kf_medium *medium, const char *folder,
                     bool is_default) {
    if (slots->media_count == KFM_MEDIA_MAX) {
        kf_medium_free(medium);
        return kf_fail(KF_E_TOO_LARGE, "there are more than %d folders with containers",
                       KFM_MEDIA_MAX);
    }
    slots->scanned = 0; /* not looked at yet */
    slots->media[slots->media_count++] = (struct kfm_medium){
        .medium = medium, .folder = folder ? medium->place : NULL, .is_default = is_default};
    return KF_OK;
}

void kfm_media_free(struct kfm_slots *slots) {
    for (size_t i = 0; i < slots->media_count; i++)
        kf_medium_free(slots->media[i].medium);
    slots->media_count = 0;
}

static kf_err open_disk(struct kfm_slots *slots, const char *data_dir) {
    kf_medium *medium = NULL;
    KF_AUTO_FREE char *folder = kf_str("%s/containers", data_dir);
    if (!folder)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_disk_medium_new(folder, true, &medium));
    return kfm_media_add(slots, medium, folder, true);
}

static kf_err open_registry(struct kfm_slots *slots, const char *data_dir) {
    kf_medium *medium = NULL;
    KF_AUTO_FREE char *path = kf_str("%s/registry.db", data_dir);
    if (!path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_registry_medium_new(path, &medium));
    return kfm_media_add(slots, medium, NULL, true);
}

static kf_err open_memory(struct kfm_slots *slots) {
    kf_medium *medium = NULL;
    KF_TRY(kf_memory_medium_new(&medium));
    return kfm_media_add(slots, medium, NULL, true);
}

kf_err kfm_media_open(struct kfm_slots *slots) {
    const struct kfm_options *options = &slots->module->options;
    if (options->data_dir) {
        KF_TRY(open_disk(slots, options->data_dir));
        KF_TRY(open_registry(slots, options->data_dir));
    }
    return options->memory ? open_memory(slots) : KF_OK;
}

static struct kfm_medium *find_folder(struct kfm_slots *slots, const char *folder) {
    for (size_t i = 0; i < slots->media_count; i++)
        if (slots->media[i].folder && kf_str_equal(slots->media[i].folder, folder))
            return &slots->media[i];
    return NULL;
}

static kf_err add_folder(struct kfm_slots *slots, const char *folder) {
    kf_medium *medium = NULL;
    KF_TRY(kf_disk_medium_new(folder, false, &medium));
    return kfm_media_add(slots, medium, folder, false);
}

/* A folder that cannot be taken is no reason to do without the others. */
static bool take_folder(void *arg, const char *folder) {
    struct kfm_slots *slots = arg;
    if (!find_folder(slots, folder))
        add_folder(slots, folder);
    return slots->media_count < KFM_MEDIA_MAX;
}

void kfm_media_find_folders(struct kfm_slots *slots) {
    const char *data_dir = slots->module->options.data_dir;
    if (data_dir)
        kf_folders_each(data_dir, NULL, take_folder, slots);
}

static kf_err find_kind(struct kfm_slots *slots, const char *kind, kf_medium **ret_medium) {
    for (size_t i = 0; i < slots->media_count; i++)
        if (slots->media[i].is_default && kf_str_equal(slots->media[i].medium->kind->name, kind)) {
            *ret_medium = slots->media[i].medium;
            return KF_OK;
        }
    return kf_fail(KF_E_INPUT, "there is no medium \"%s\" here", kind);
}

/* The same by their real paths: the default one may lie behind a link. */
static struct kfm_medium *find_real_folder(struct kfm_slots *slots, const char *real) {
    for (size_t i = 0; i < slots->media_count; i++) {
        const char *folder = slots->media[i].folder;
        KF_AUTO_FREE char *own = folder ? realpath(folder, NULL) : NULL;
        if (own && kf_str_equal(own, real))
            return &slots->media[i];
    }
    return NULL;
}

/* By its real path, so that one folder is not two media. */
static kf_err find_or_add_folder(struct kfm_slots *slots, const char *folder,
                                 struct kfm_medium **ret_medium) {
    const char *data_dir = slots->module->options.data_dir;
    *ret_medium = find_folder(slots, folder);
    if (*ret_medium)
        return KF_OK;
    KF_AUTO_FREE char *real = realpath(folder, NULL);
    if (!real)
        return kf_fail_errno(errno, "finding", folder);
    *ret_medium = find_real_folder(slots, real);
    if (*ret_medium)
        return KF_OK;
    if (data_dir)
        KF_TRY(kf_folders_remember(data_dir, real));
    KF_TRY(add_folder(slots, real));
    *ret_medium = find_folder(slots, real);
    return KF_OK;
}

static kf_err find_or_add(struct kfm_slots *slots, const char *kind, const char *folder,
                          kf_medium **ret_medium) {
    struct kfm_medium *found = NULL;
    if (!folder)
        return find_kind(slots, kind, ret_medium);
    if (!kf_str_equal(kind, "disk"))
        return kf_fail(KF_E_INPUT, "only the medium \"disk\" has folders, not \"%s\"", kind);
    KF_TRY(find_or_add_folder(slots, folder, &found));
    *ret_medium = found->medium;
    return KF_OK;
}

CK_RV kfm_medium_find(struct kfm_module *module, const char *medium, const char *folder,
                      kf_medium **ret_medium) {
    if (!medium)
        return CKR_ARGUMENTS_BAD;
    pthread_mutex_lock(&module->slots->lock);
    kf_err err = find_or_add(module->slots, medium, folder, ret_medium);
    pthread_mutex_unlock(&module->slots->lock);
    return kfm_rv(err, CKR_ARGUMENTS_BAD);
}
