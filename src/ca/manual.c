// SPDX-License-Identifier: Apache-2.0
// The connector without a wire: the request goes to a file, a person carries it to the CA and puts
// the certificate beside it.
#include "ca/connectors.h"

#include <string.h>

#include "base/text.h"
#include "ca/ca.h"
#include "base/file.h"
#include "x509/csr.h"

#define ID_LEN_MAX 128

struct manual {
    char *dir;
};

static const struct kf_ca_option options[] = {
    {.name = "dir",
     .title = "Folder",
     .help = "Where requests are written and certificates are looked for; a relative one is inside "
             "keyfob's data folder.",
     .fallback = "outbox",
     .kind = KF_OPTION_TEXT},
};

static void close_manual(void *state) {
    struct manual *manual = state;
    if (!manual)
        return;
    free(manual->dir);
    free(manual);
}

static kf_err open_manual(const struct kf_ca_setup *setup, void **ret_state) {
    const char *dir = setup->option(setup->arg, "dir");
    if (!dir || !*dir)
        return kf_fail(KF_E_USAGE, "the option \"dir\" of the connection \"%s\" is empty",
                       setup->connection);
    struct manual *manual = calloc(1, sizeof *manual);
    if (!manual)
        return kf_fail(KF_E_MEMORY, "out of memory");
    manual->dir =
        dir[0] == '/' ? strdup(dir) : kf_str("%s/%s", kf_context_data_dir(setup->context), dir);
    if (!manual->dir) {
        close_manual(manual);
        return kf_fail(KF_E_MEMORY, "out of memory");
    }
    *ret_state = manual;
    return KF_OK;
}

/* A folder that is there is taken as it is: it may be shared with those who carry the files. */
static kf_err ready_dir(const struct manual *manual) {
    return kf_file_exists(manual->dir) ? KF_OK : kf_dir_make(manual->dir);
}

static kf_err test(void *state, char **ret_text) {
    const struct manual *manual = state;
    KF_TRY(ready_dir(manual));
    if (access(manual->dir, W_OK | X_OK) != 0)
        return kf_fail(KF_E_PERMISSION, "the folder \"%s\" cannot be written to", manual->dir);
    char *text = kf_str("requests are written to \"%s\"", manual->dir);
    if (!text)
        return kf_fail(KF_E_MEMORY, "out of memory");
    *ret_text = text;
    return KF_OK;
}

/* The id becomes a file's name. */
static kf_err check_id(const char *id) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._-";
    size_t len = id ? strlen(id) : 0;
    if (len == 0 || len > ID_LEN_MAX || id[0] == '.' || strspn(id, allowed) != len)
        return kf_fail(KF_E_INPUT, "the order's id \"%.140s\" cannot be a file's name",
                       id ? id : "");
    return KF_OK;
}

static kf_err write_csr(const kf_csr *csr, enum kf_csr_format format, const char *path) {
    KF_AUTO_FREE uint8_t *data = NULL;
    size_t len = 0;
    KF_TRY(kf_csr_export(csr, format, &data, &len));
    return kf_file_write(path, data, len, 0644);
}

/* Some CAs want the one label, some the other. */
static kf_err write_both(const struct kf_ca_order *order, const char *path, const char *new_path) {
    KF_AUTO_PTR(kf_csr) csr = NULL;
    KF_TRY(kf_csr_read(order->csr, order->csr_len, &csr));
    KF_TRY(write_csr(csr, KF_CSR_PEM, path));
    return write_csr(csr, KF_CSR_PEM_NEW, new_path);
}

/* `problem` may be NULL. */
static kf_err ask_person(struct kf_ca_answer *answer, const char *ticket, const char *problem) {
    answer->outcome = KF_CA_NEEDS_PERSON;
    answer->who = strdup("you");
    if (!answer->who)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(kf_ca_answer_ticket(answer, ticket));
    return kf_ca_answer_text(answer,
                             "%s%sgive the request \"%s\" to the CA, then put its certificate "
                             "beside it (same name, .crt) or name it to `keyfob request import`",
                             problem ? problem : "", problem ? "; " : "", ticket);
}

static kf_err submit(void *state, const struct kf_ca_order *order, struct kf_ca_answer *answer) {
    const struct manual *manual = state;
    KF_TRY(check_id(order->client_id));
    KF_AUTO_FREE char *path = kf_str("%s/%s.csr", manual->dir, order->client_id);
    KF_AUTO_FREE char *new_path = kf_str("%s/%s.new.csr", manual->dir, order->client_id);
    if (!path || !new_path)
        return kf_fail(KF_E_MEMORY, "out of memory");
    KF_TRY(ready_dir(manual));
    KF_TRY(write_both(order, path, new_path));
    return ask_person(answer, path, NULL);
}

/* A file that is there but no certificate (half copied, the wrong one) is a thing to say, not an
 * answer of the CA. */
static kf_err take_file(const char *path, struct kf_ca_answer *answer, char **ret_problem) {
    KF_AUTO(kf_buf) bytes = {0};
    KF_AUTO(kf_certs) certs = {0};
    kf_err err = kf_file_read(path, KF_CA_BODY_MAX, &bytes);
    if (err == KF_OK)
        err = kf_certs_read(bytes.data, bytes.len, &certs);
    if (err == KF_E_MEMORY)
        return err;
    if (err == KF_OK) {
        answer->outcome = KF_CA_ISSUED;
        return kf_ca_answer_body(answer, bytes.data, bytes.len);
    }
    free(*ret_problem);
    *ret_problem = kf_str("\"%s\" cannot be used: %s", path, kf_error_sentence(err));
    return *ret_problem ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory");
}

/* The ticket names the file where it was written, whatever the connection's folder is now. */
static kf_err check_ticket(const struct kf_ca_order *order, const char *ticket,
                           size_t *ret_base_len) {
    KF_TRY(check_id(order->client_id));
    KF_AUTO_FREE char *end = kf_str("/%s.csr", order->client_id);
    if (!end)
        return kf_fail(KF_E_MEMORY, "out of memory");
    size_t len = ticket ? strlen(ticket) : 0, end_len = strlen(end);
    if (len < end_len || strcmp(ticket + len - end_len, end) != 0)
        return kf_fail(KF_E_NOT_FOUND, "the ticket belongs to another order");
    *ret_base_len = len - strlen(".csr");
    return KF_OK;
}

static kf_err poll(void *state, const struct kf_ca_order *order, const char *ticket,
                   struct kf_ca_answer *answer) {
    static const char *const endings[] = {"crt", "cer", "pem", "p7b", "der"};
    KF_AUTO_FREE char *problem = NULL;
    size_t base_len = 0;
    (void)state;
    kf_err err = check_ticket(order, ticket, &base_len);
    if (err == KF_E_NOT_FOUND) {
        answer->outcome = KF_CA_NOT_FOUND;
        return KF_OK;
    }
    KF_TRY(err);
    for (size_t i = 0; i < KF_COUNT(endings); i++) {
        KF_AUTO_FREE char *path = kf_str("%.*s.%s", (int)base_len, ticket, endings[i]);
        if (!path)
            return kf_fail(KF_E_MEMORY, "out of memory");
        if (!kf_file_exists(path))
            continue;
        KF_TRY(take_file(path, answer, &problem));
        if (answer->body)
            return KF_OK;
    }
    return ask_person(answer, ticket, problem);
}

const struct kf_connector kf_connector_manual = {
    .name = "manual",
    .title = "By hand, with files",
    .options = options,
    .option_count = KF_COUNT(options),
    .duplicates = KF_CA_SAME,
    .ca_sets_subject = true, /* foreign CAs often write the subject anew */
    .open = open_manual,
    .close = close_manual,
    .test = test,
    .submit = submit,
    .poll = poll,
};
