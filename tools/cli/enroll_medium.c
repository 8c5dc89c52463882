// SPDX-License-Identifier: Apache-2.0
// enroll --medium registry|disk: the software container that the key is made in.
#include <string.h>

#include "enroll_order.h"
#include "medium.h"

#define LABEL_BYTES 32 /* of a token, PKCS#11 2.40, 3.2 */
#define NUMBER_ROOM 3  /* "-99" */
#define NUMBERS_MAX 99

static kf_err refuse_together(const struct run *run) {
    if (run_has(run, OPT_TOKEN))
        return kf_fail(KF_E_USAGE, "--medium makes a container of its own, --token names one that "
                                   "is there: use one of them");
    if (run_has(run, OPT_CSR))
        return kf_fail(KF_E_USAGE, "--csr makes no key, so it needs no --medium");
    return KF_OK;
}

static bool ca_says_subject(const enroll_input *enroll) {
    const char *subject = enroll->order.spec.subject;
    return enroll->connector && enroll->connector->prepare && !(subject && *subject);
}

/* What can be known before the container is made is checked before. */
static kf_err check_order(struct run *run, const enroll_input *enroll) {
    const struct kf_enroll_order *order = &enroll->order;
    KF_AUTO_PTR(json_t) connection = NULL;
    KF_AUTO_PTR(kf_profile) profile = NULL;
    struct kf_csr_spec spec = order->spec;
    if (order->from || ca_says_subject(enroll))
        return KF_OK;
    KF_TRY(kf_connection_json(run->context, order->connection, &connection));
    KF_TRY(kf_profile_load(run->context, order->profile ? order->profile : "tls-client", &profile));
    spec.profile = profile;
    return kf_csr_spec_check(&spec);
}

/* With --from it is the old request's subject; where only the CA knows it, the connection's name.
 */
static kf_err make_name(struct run *run, const enroll_input *enroll, char **ret_name) {
    KF_AUTO_PTR(json_t) old = NULL;
    KF_AUTO(kf_buf) subject = {0};
    struct kf_csr_spec spec = enroll->order.spec;
    if (ca_says_subject(enroll) && spec.san_count == 0) {
        KF_TRY(names_common(enroll->order.connection, &subject));
        spec.subject = kf_buf_str(&subject);
    }
    if (enroll->order.from && !spec.subject) {
        KF_TRY(kf_request_json(run->context, enroll->order.from, &old));
        spec.subject = json_text(old, "subject_text");
    }
    return kf_enroll_name(run->context, &spec, LABEL_BYTES - NUMBER_ROOM, ret_name);
}

/* A name that was made up is numbered when it is taken. */
static kf_err find_free(struct run *run, const char *base, enroll_input *enroll) {
    kf_err code = KF_E_EXISTS;
    for (int n = 1; n <= NUMBERS_MAX && code == KF_E_EXISTS; n++) {
        snprintf(enroll->name, sizeof enroll->name, n == 1 ? "%s" : "%s-%d", base, n);
        code = medium_look(run, &enroll->medium, &enroll->found);
    }
    return code;
}

static kf_err choose_name(struct run *run, enroll_input *enroll) {
    KF_AUTO_FREE char *base = NULL;
    const char *given = enroll->order.container;
    enroll->medium.name = given ? given : enroll->name;
    if (given)
        return medium_look(run, &enroll->medium, &enroll->found);
    KF_TRY(make_name(run, enroll, &base));
    KF_TRY(find_free(run, base, enroll));
    enroll->order.container = enroll->name;
    return KF_OK;
}

kf_err enroll_medium(struct run *run, enroll_input *enroll) {
    if (!medium_is_software(run))
        return medium_refuse_options(run);
    KF_TRY(refuse_together(run));
    KF_TRY(medium_order(run, NULL, &enroll->medium, enroll->folder));
    KF_TRY(check_order(run, enroll));
    return choose_name(run, enroll);
}

kf_err enroll_open_medium(struct run *run, enroll_input *enroll) {
    kf_token *token = NULL;
    bool made = false;
    if (!medium_is_software(run))
        return KF_OK;
    KF_TRY(medium_open(run, &enroll->medium, &token, &made));
    snprintf(enroll->token_uri, sizeof enroll->token_uri, "%s", kf_token_info(token)->uri);
    enroll->order.token = enroll->token_uri;
    kf_tokens_free(run->tokens); /* the flow opens the modules for itself */
    run->tokens = NULL;
    return KF_OK;
}
