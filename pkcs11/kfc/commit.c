// SPDX-License-Identifier: Apache-2.0
// Changing a container: lock, read what is there now, write the next generation, read it back.
#include "kfc/body.h"
#include "kfc/container.h"
#include "kfc/draft.h"
#include "kfc/seal.h"
#include "kfc/slot.h"

enum { LOCK_WAIT_MS = 10000, COMPARE_PIECE = 1 << 20 };

/* What becomes of an object that is there. */
struct fate {
    bool removed;
    const struct kfc_object *put; /* in its place */
};

typedef struct kfc_rewrite {
    kfc *container;
    kf_arena *arena;
    const struct kfc_change *change;
    const kf_locked *old_master; /* NULL only when all is erased */
    const kf_locked *master;     /* of the next generation */
    kf_locked fresh;             /* master key after `erase` */
    uint8_t slot[KFC_SLOT_LEN];  /* for `set_slot` */
    kf_medium_lock lock;
    kf_buf old;         /* the whole blob as it is now */
    kfc_image *base;    /* its head: the container's image, or `loaded` */
    kfc_image *loaded;  /* when another process wrote meanwhile */
    struct fate *fates; /* of the objects of `base` */
    size_t kept;
    kfc_draft draft;
    kfc_image *next;
} kfc_rewrite;

static void kfc_rewrite_clear(kfc_rewrite *rewrite) {
    kf_medium_lock_clear(&rewrite->lock);
    kf_locked_clear(&rewrite->fresh);
    kfc_image_free(rewrite->loaded);
    free(rewrite->fates);
    kf_buf_clear(&rewrite->old);
    kfc_draft_clear(&rewrite->draft);
    kfc_image_free(rewrite->next);
}

/* --- before the lock --- */

static kf_err check_change(const kfc_rewrite *rewrite) {
    const struct kfc_change *change = rewrite->change;
    if (change->erase && (!change->set_slot || change->slot != KFC_SO || change->removed_count))
        return kf_fail(KF_E_STATE, "a container that is erased needs a new unblock secret");
    if (!change->erase && !rewrite->old_master)
        return kf_fail(KF_E_STATE, "container \"%s\" is not open", rewrite->container->name);
    if (change->log_n && (change->log_n < KFC_LOGN_MIN || change->log_n > KFC_LOGN_MAX))
        return kf_fail(KF_E_INPUT, "scrypt takes N = 2^%d to 2^%d, not 2^%d", KFC_LOGN_MIN,
                       KFC_LOGN_MAX, change->log_n);
    return KF_OK;
}

static kf_err choose_master(kfc_rewrite *rewrite) {
    rewrite->master = rewrite->old_master;
    if (!rewrite->change->erase)
        return KF_OK;
    KF_TRY(kf_locked_new(rewrite->arena, KFC_MASTER_LEN, &rewrite->fresh));
    rewrite->master = &rewrite->fresh;
    return kfc_random(rewrite->fresh.data, rewrite->fresh.len);
}

/* As this slot has it, else as the other one. */
static int present_log_n(const kfc_image *image, enum kfc_slot slot) {
    const uint8_t *same = kfc_image_slot(image, slot);
    const uint8_t *other = kfc_image_slot(image, slot == KFC_USER ? KFC_SO : KFC_USER);
    return kfc_slot_is_empty(same) ? other[KFC_SLOT_LOGN] : same[KFC_SLOT_LOGN];
}

/* Slow, so before the lock is taken. */
static kf_err seal_slot(kfc_rewrite *rewrite) {
    const struct kfc_change *change = rewrite->change;
    if (!change->set_slot)
        return KF_OK;
    return kfc_slot_seal(&(struct kfc_slot_pin){.uuid = rewrite->container->info.uuid,
                                                .slot = change->slot,
                                                .pin = change->pin,
                                                .len = change->pin_len},
                         change->log_n ? change->log_n
                                       : present_log_n(rewrite->container->image, change->slot),
                         rewrite->master, rewrite->slot);
}

/* --- what is there --- */

/* In one read, so that head and bodies are of one generation. */
static kf_err read_old(kfc_rewrite *rewrite, size_t *ret_head_len) {
    const kfc *container = rewrite->container;
    struct kfc_measure measure;
    rewrite->old.max = KF_BLOB_MAX;
    KF_TRY(kf_medium_read(container->medium, container->name, 0, KF_BLOB_MAX, &rewrite->old));
    KF_TRY(kfc_measure(rewrite->old.data, rewrite->old.len, &measure));
    if (rewrite->old.len != measure.total_len)
        return kf_fail(KF_E_INPUT, "it has %zu bytes instead of %zu", rewrite->old.len,
                       measure.total_len);
    *ret_head_len = measure.head_len;
    return KF_OK;
}

static kf_err load_old(kfc_rewrite *rewrite) {
    const kf_buf *known = &rewrite->container->image->head;
    KF_AUTO(kf_buf) head = {0};
    size_t len = 0;
    KF_TRY(read_old(rewrite, &len));
    rewrite->base = rewrite->container->image;
    if (len == known->len && memcmp(rewrite->old.data, known->data, len) == 0)
        return KF_OK;
    KF_TRY(kf_buf_set(&head, rewrite->old.data, len));
    KF_TRY(kfc_image_read(&head, &rewrite->loaded));
    rewrite->base = rewrite->loaded;
    return KF_OK;
}

/* Asks the bytes and not the stamp: a write that was missed would be lost. */
static kf_err choose_base(kfc_rewrite *rewrite) {
    kfc *container = rewrite->container;
    KF_TRY(kf_medium_lock_take(container->medium, container->name, LOCK_WAIT_MS, &rewrite->lock));
    kf_err err = load_old(rewrite);
    if (err == KF_E_INPUT || err == KF_E_UNSUPPORTED)
        return kfc_fail_in(container, err);
    KF_TRY(err);
    KF_TRY(kfc_check_successor(container, rewrite->base));
    return rewrite->change->erase ? KF_OK
                                  : kfc_verify(container, rewrite->base, rewrite->old_master);
}

static kf_err find_fate(const kfc_rewrite *rewrite, uint32_t number, struct fate **ret_fate) {
    size_t index;
    if (!kfc_image_find(rewrite->base, number, &index))
        return kf_fail(KF_E_NOT_FOUND, "object %u is not in container \"%s\" any more", number,
                       rewrite->container->name);
    if (rewrite->fates[index].removed || rewrite->fates[index].put)
        return kf_fail(KF_E_INPUT, "object %u is changed twice", number);
    *ret_fate = &rewrite->fates[index];
    return KF_OK;
}

static kf_err decide_fates(kfc_rewrite *rewrite) {
    const struct kfc_change *change = rewrite->change;
    struct fate *fate = NULL;
    rewrite->fates = calloc(rewrite->base->info.objects + 1, sizeof *rewrite->fates);
    if (!rewrite->fates)
        return kf_fail(KF_E_MEMORY, "out of memory");
    rewrite->kept = rewrite->base->info.objects;
    for (size_t i = 0; change->erase && i < rewrite->base->info.objects; i++, rewrite->kept--)
        rewrite->fates[i].removed = true;
    for (size_t i = 0; i < change->removed_count; i++, rewrite->kept--) {
        KF_TRY(find_fate(rewrite, change->removed[i], &fate));
        fate->removed = true;
    }
    for (size_t i = 0; i < change->put_count; i++) {
        if (change->put[i].number == 0)
            continue;
        KF_TRY(find_fate(rewrite, change->put[i].number, &fate));
        fate->put = &change->put[i];
    }
    return KF_OK;
}

/* --- the next generation --- */

static kf_err change_header(kfc_rewrite *rewrite) {
    const struct kfc_change *change = rewrite->change;
    kfc_draft *draft = &rewrite->draft;
    kfc_draft_follow(draft, rewrite->base, rewrite->master);
    if (change->label)
        KF_TRY(kfc_draft_set_label(draft, change->label));
    if (change->erase)
        memset(draft->slots, 0, sizeof draft->slots);
    if (change->set_slot)
        memcpy(draft->slots[change->slot], rewrite->slot, KFC_SLOT_LEN);
    else if (change->clear_slot)
        memset(draft->slots[change->slot], 0, KFC_SLOT_LEN);
    if (kfc_slot_is_empty(draft->slots[KFC_USER]) && kfc_slot_is_empty(draft->slots[KFC_SO]))
        return kf_fail(KF_E_STATE, "nothing would open container \"%s\" any more",
                       rewrite->container->name);
    return KF_OK;
}

static kf_err seal(kfc_rewrite *rewrite, const struct kfc_object *put, uint32_t number,
                   const uint8_t *sealed, size_t sealed_len) {
    return kfc_draft_seal(&rewrite->draft,
                          &(struct kfc_entry){.number = number,
                                              .object_class = put->object_class,
                                              .is_private = put->is_private,
                                              .id_tag = put->id_tag,
                                              .label_tag = put->label_tag},
                          &(struct kfc_parts){.open = put->open,
                                              .open_len = put->open_len,
                                              .sealed = sealed,
                                              .sealed_len = sealed_len});
}

static kf_err put_again(kfc_rewrite *rewrite, size_t index, const uint8_t *body) {
    const uint8_t *entry = kfc_image_raw(rewrite->base, index);
    const struct kfc_object *put = rewrite->fates[index].put;
    KF_AUTO(kf_locked) sealed = {0};
    if (!put->keep_sealed)
        return seal(rewrite, put, put->number, put->sealed, put->sealed_len);
    struct kfc_ring ring = {.master = rewrite->old_master, .uuid = rewrite->base->info.uuid};
    kf_err err = kfc_body_check(entry, body, kfc_body_len(entry));
    if (err == KF_OK)
        err = kfc_body_open(&ring, entry, body, rewrite->arena, &sealed);
    if (err != KF_OK)
        return err == KF_E_INPUT ? kfc_fail_in(rewrite->container, err) : err;
    return seal(rewrite, put, put->number, sealed.data, sealed.len);
}

static kf_err write_old(kfc_rewrite *rewrite) {
    const kfc_image *base = rewrite->base;
    for (size_t i = 0; i < base->info.objects; i++) {
        if (rewrite->fates[i].removed)
            continue;
        const uint8_t *body = rewrite->old.data + base->offsets[i];
        if (rewrite->fates[i].put)
            KF_TRY(put_again(rewrite, i, body));
        else
            KF_TRY(kfc_draft_copy(&rewrite->draft, kfc_image_raw(base, i), body));
    }
    return KF_OK;
}

static size_t count_new(const struct kfc_change *change) {
    size_t count = 0;
    for (size_t i = 0; i < change->put_count; i++)
        count += change->put[i].number == 0;
    return count;
}

static kf_err write_new(kfc_rewrite *rewrite) {
    const struct kfc_change *change = rewrite->change;
    for (size_t i = 0; i < change->put_count; i++) {
        const struct kfc_object *put = &change->put[i];
        if (put->number)
            continue;
        if (rewrite->draft.next == KFC_NUMBER_END)
            return kf_fail(KF_E_TOKEN_FULL, "the container has no more numbers for objects");
        KF_TRY(seal(rewrite, put, rewrite->draft.next, put->sealed, put->sealed_len));
        rewrite->draft.next++;
    }
    return KF_OK;
}

static kf_err build(kfc_rewrite *rewrite) {
    KF_TRY(change_header(rewrite));
    KF_TRY(kfc_draft_begin(&rewrite->draft, rewrite->kept + count_new(rewrite->change)));
    KF_TRY(write_old(rewrite));
    KF_TRY(write_new(rewrite));
    return kfc_draft_end(&rewrite->draft);
}

/* --- onto the medium --- */

static kf_err compare(const kfc_rewrite *rewrite) {
    const kfc *container = rewrite->container;
    const kf_buf *blob = &rewrite->draft.blob;
    for (size_t at = 0, piece; at < blob->len; at += piece) {
        KF_AUTO(kf_buf) back = {0};
        KF_TRY(kf_medium_read(container->medium, container->name, at, COMPARE_PIECE, &back));
        piece = blob->len - at < COMPARE_PIECE ? blob->len - at : COMPARE_PIECE;
        if (back.len != piece || memcmp(back.data, blob->data + at, piece) != 0)
            return kf_fail(KF_E_IO, "container \"%s\" in \"%s\" reads back otherwise than written",
                           container->name, container->medium->place);
    }
    return KF_OK;
}

static bool changes_slots(const struct kfc_change *change) {
    return change->set_slot || change->clear_slot;
}

/* A medium may keep the version before (".bak"), and that one opens with the old PIN. Written once
 * more, the version before is this one. The change is done already, whatever comes of it. */
static void bury_old(const kfc_rewrite *rewrite) {
    const kfc *container = rewrite->container;
    const kf_buf *blob = &rewrite->draft.blob;
    if (kf_medium_write(container->medium, container->name, blob->data, blob->len, false) != KF_OK)
        kf_error_clear();
}

static kf_err write_out(kfc_rewrite *rewrite) {
    const kfc *container = rewrite->container;
    const kf_buf *blob = &rewrite->draft.blob;
    KF_AUTO(kf_buf) head = {0};
    KF_TRY(kf_buf_set(&head, blob->data, kfc_head_len(rewrite->draft.count)));
    KF_TRY(kfc_image_read(&head, &rewrite->next));
    KF_TRY(kf_medium_write(container->medium, container->name, blob->data, blob->len, false));
    KF_TRY(compare(rewrite));
    if (changes_slots(rewrite->change))
        bury_old(rewrite);
    atomic_store(&rewrite->next->is_verified, true);
    return kf_medium_stamp(container->medium, container->name, &rewrite->next->stamp);
}

static void tell_numbers(const kfc_image *base, struct kfc_change *change) {
    uint32_t number = base->next;
    for (size_t i = 0; i < change->put_count; i++)
        if (change->put[i].number == 0)
            change->put[i].number = number++;
}

kf_err kfc_commit(kfc *container, kf_arena *arena, const kf_locked *master,
                  struct kfc_change *change) {
    KF_AUTO(kfc_rewrite)
    rewrite = {.container = container, .arena = arena, .change = change, .old_master = master};
    KF_TRY(check_change(&rewrite));
    KF_TRY(choose_master(&rewrite));
    KF_TRY(seal_slot(&rewrite));
    KF_TRY(choose_base(&rewrite));
    KF_TRY(decide_fates(&rewrite));
    KF_TRY(build(&rewrite));
    KF_TRY(write_out(&rewrite));
    tell_numbers(rewrite.base, change);
    kfc_show(container, KF_MOVE(rewrite.next));
    return KF_OK;
}
