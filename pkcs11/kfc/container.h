// SPDX-License-Identifier: Apache-2.0
// A container on its medium: the latest generation that was read, and how to read another one.
#pragma once

#include "kfc/image.h"

struct kfc {
    kf_medium *medium;
    char *name;
    struct kfc_info info; /* of the image; here, so that it stays where it is */
    kfc_image *image;
};

/* Reads header and index; again when another process replaces the blob meanwhile. */
kf_err kfc_load(const kfc *container, kfc_image **ret_image);
/* Takes the image over. */
void kfc_show(kfc *container, kfc_image *image);
/* Has the blob been replaced since `image` was read? A blob that is gone has. */
kf_err kfc_has_changed(const kfc *container, const kfc_image *image, bool *ret_changed);
/* Loads what is on the medium now and calls `work` with it, again when it fails with KF_E_INPUT
 * because the blob was replaced meanwhile. Adds name and place to the sentence. */
kf_err kfc_steady(const kfc *container, kf_err (*work)(void *arg, kfc_image *image), void *arg);
/* KF_E_INPUT when an image is of another container, or older than what was seen already. */
kf_err kfc_check_successor(const kfc *container, const kfc_image *image);
/* As kfc_image_verify(), with name and place in the sentence. */
kf_err kfc_verify(const kfc *container, kfc_image *image, const kf_locked *master);
/* One body, its length, checksum and attributes checked: KF_E_INPUT. */
kf_err kfc_body_read(const kfc *container, const kfc_image *image, size_t index, kf_buf *ret_body);

/* The container's name and place before the sentence; names a ".bak" that could help as hint. */
kf_err kfc_fail_in(const kfc *container, kf_err code);
