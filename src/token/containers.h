// SPDX-License-Identifier: Apache-2.0
// The insides of kf_containers: the objects of a token, and which of them belong together.
#pragma once

#include "token/keys.h"

#define KF_NOWHERE ((size_t)-1)

struct kf_container {
    struct kf_container_info info;
    size_t private_key, public_key; /* indices into the objects, or KF_NOWHERE */
    size_t certificate;             /* the first one that matches */
    kf_buf id, spki;
    kf_buf label; /* as on the token */
};

struct kf_containers {
    kf_token *token;
    kf_object *objects;
    size_t object_count;
    size_t *owners; /* container of each object, or KF_NOWHERE */
    struct kf_container *items;
    size_t count;
};

/* Groups `objects`: private keys, their public halves by id, certificates by public key. */
kf_err kf_containers_group(kf_containers *containers);
/* In a session that is logged in where private keys are wanted. */
kf_err kf_containers_read_in(kf_session *session, kf_containers **ret_containers);
