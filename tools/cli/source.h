// SPDX-License-Identifier: Apache-2.0
// What a CONTAINER on the command line names: a key on a token, or a software container, which is a
// token of its own.
#pragma once

#include "run.h"

typedef struct container_source {
    kf_token *token; /* owned by the run */
    kf_containers *containers;
    bool whole; /* `name` is that of the software container itself: label, serial number or URI */
    bool has_key;
    size_t index;               /* of the key among `containers`, when it has one */
    char id[2 * KF_ID_MAX + 1]; /* names a key without a label */
} container_source;

void container_source_clear(container_source *source);

/* With --token the key `name` on that token; else the software container of that name with the key
 * that has its name, or its only one; else the key on the only token. `login` shows private keys.
 * KF_E_USAGE when a software container has several keys and none of its name. */
kf_err source_find(struct run *run, const char *name, bool login, container_source *ret_source);
/* The software container that `name` names, or NULL: then a key on a token is meant, and nothing
 * was read of it. With --token it always is. */
kf_err source_software(struct run *run, const char *name, kf_token **ret_token);
/* The token of a key on a token: --token, the only one, or the one that shows it. */
kf_err source_key_token(struct run *run, const char *name, kf_token **ret_token);
/* The software container that the first argument (or --token) names, whatever is in it:
 * KF_E_NOT_ON_TOKEN for a token of another kind. */
kf_err source_token(struct run *run, kf_token **ret_token);
/* Has an interrupted rename left a container that is named `name` and lies under `old`? */
bool source_half_renamed(struct run *run, const char *old, const char *name, kf_token **ret_token);
/* Is `name` one container in two places, as an interrupted move leaves it, and one of them `place`?
 * Then the other one is given. */
bool source_elsewhere(struct run *run, const char *name, const char *place, kf_token **ret_token);
/* What the key goes by in the library. KF_E_NOT_FOUND when there is none. */
kf_err source_key(container_source *source, const char **ret_name);
/* KF_E_NOT_ON_TOKEN when it lies on hardware, which it never leaves. */
kf_err source_refuse_hardware(const container_source *source);
/* keyfob.container/1 with token and medium; without a key that of the empty container. */
kf_err source_json(const container_source *source, json_t **ret_json);
/* The same for one of the containers of a token. */
kf_err container_json(kf_token *token, const kf_containers *containers, size_t index,
                      json_t **ret_json);
/* A software container as a whole, with so many keys. */
kf_err container_whole_json(kf_token *token, size_t keys, json_t **ret_json);
/* A container for a person, or its document. */
kf_err container_card(struct run *run, const json_t *document);
