// SPDX-License-Identifier: Apache-2.0
// What was asked, as the journal keeps it: a JSON text that holds all that a resume needs, the
// profile included.
#pragma once

#include <jansson.h>

#include "enroll/journal.h"
#include "x509/csr.h"

typedef struct kf_order {
    json_t *json;
    kf_profile *profile; /* as it was when the order was given */
    struct kf_san *sans;
    struct kf_csr_spec spec; /* points into the fields above */
    enum kf_key_type key;
    enum kf_id_style id_style;
    bool exportable;
    char *fields; /* the CA's form, "{}" when none */
} kf_order;

void kf_order_clear(kf_order *order);

/* `profile` is the loaded profile, `key` the key type that was chosen. */
kf_err kf_order_encode(const struct kf_enroll_order *order, const kf_profile *profile,
                       enum kf_key_type key, char **ret_json);
/* The names in a keyfob.csr/1 document, which must outlive them, as far as keyfob can ask for such
 * names itself. Free with free(). */
kf_err kf_order_names(const json_t *document, struct kf_san **ret_sans, size_t *ret_count);
kf_err kf_order_decode(const kf_request *request, kf_order *ret_order);
