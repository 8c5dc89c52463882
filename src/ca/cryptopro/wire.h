// SPDX-License-Identifier: Apache-2.0
// The answers of a CryptoPro UC 2.0 service: bytes in, structs out. Members that are not known are
// ignored, null is like absent, an unknown letter waits.
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "x509/json.h"

#define KF_CP_ID_MAX        128
#define KF_CP_FIELDS_MAX    64
#define KF_CP_TEMPLATES_MAX 256
#define KF_CP_LIST_MAX      10000

/* The status letters of requests, in either case. */
enum kf_cp_letter {
    KF_CP_UNKNOWN,
    KF_CP_QUEUED,       /* Q */
    KF_CP_ACCEPTED,     /* A, by an operator */
    KF_CP_PENDING,      /* P, sent to the CA */
    KF_CP_COMPLETE,     /* C */
    KF_CP_ACKNOWLEDGED, /* K, the user has told that the certificate arrived */
    KF_CP_REJECTED,     /* R, by an operator */
    KF_CP_DENIED,       /* D, by the CA */
    KF_CP_ERRORED       /* E */
};
enum kf_cp_letter kf_cp_letter(const char *status); /* NULL is unknown */
/* "queued: an operator of the CA has not looked at it yet"; static. */
const char *kf_cp_letter_words(enum kf_cp_letter letter);

/* What the service asks of a new user. Texts live as long as the list. */
struct kf_cp_field {
    const char *oid, *name, *title; /* `name` is short ("CN"), or the OID */
    const char *value;              /* default, or NULL */
    const json_t *choices;          /* array, may hold other things than texts; or NULL */
    int max;                        /* characters, 0 = no limit */
    bool required, read_only, closed;
};
typedef struct kf_cp_fields {
    json_t *json;
    struct kf_cp_field items[KF_CP_FIELDS_MAX];
    size_t count;
} kf_cp_fields;
void kf_cp_fields_clear(kf_cp_fields *fields);
kf_err kf_cp_read_fields(const void *data, size_t len, kf_cp_fields *ret_fields);

/* A registration: what is shown once, and how it stands. Wipes its texts. */
typedef struct kf_cp_registration {
    json_t *json;
    const char *id, *token, *password; /* NULL when absent */
    enum kf_cp_letter letter;
} kf_cp_registration;
void kf_cp_registration_clear(kf_cp_registration *registration);
kf_err kf_cp_read_registration(const void *data, size_t len, kf_cp_registration *ret_registration);

/* The registered names: an array of {oid, value} in the service's order. */
kf_err kf_cp_read_profile(const void *data, size_t len, json_t **ret_names);

struct kf_cp_template {
    const char *oid, *name, *title;
    int key_spec; /* 0 no rule, 1 signature, 2 exchange; -1 when the service does not say */
    bool automatic;
};
typedef struct kf_cp_templates {
    json_t *json;
    struct kf_cp_template *items;
    size_t count;
} kf_cp_templates;
void kf_cp_templates_clear(kf_cp_templates *templates);
kf_err kf_cp_read_templates(const void *data, size_t len, kf_cp_templates *ret_templates);

/* A certificate request at the service. */
struct kf_cp_request {
    char id[KF_CP_ID_MAX + 1];
    enum kf_cp_letter letter;
};
kf_err kf_cp_read_request(const void *data, size_t len, struct kf_cp_request *ret_request);
/* The objects of a list answer ("CertRequest", "Certificate", "RevokeRequest"); one object that
 * stands alone is a list of one. */
kf_err kf_cp_read_list(const void *data, size_t len, const char *member, json_t **ret_list);
/* One object of the list. False when it has no id that can be used. */
bool kf_cp_request_of(const json_t *object, struct kf_cp_request *ret_request);
/* An id under `key`: a text or a number. False when there is none, or one that is too long. */
bool kf_cp_id_of(const json_t *object, const char *key, char ret_id[static KF_CP_ID_MAX + 1]);

/* What an error's body says to a person, one line: the message of a JSON object, or plain text;
 * nothing for a page. */
kf_err kf_cp_read_words(const void *data, size_t len, kf_buf *ret_words);
