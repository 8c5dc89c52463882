// SPDX-License-Identifier: Apache-2.0
// fill_requests HOME N: N more requests like the first one, which was really made, as a helpdesk
// has them after some years.

#include <err.h>
#include <stdlib.h>

#include "base/context.h"

static const char rows[] =
    "INSERT INTO requests (state, seq, created, updated, who, connection, client_id, profile,"
    " profile_hash, order_json, token_uri, token_label, token_serial, container, csr, attempt,"
    " sent_at, ticket, answer, chain, cert_id)"
    " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    " SELECT CASE i % 10 WHEN 0 THEN 'waiting' WHEN 1 THEN 'rejected' ELSE 'done' END, seq,"
    " created - 10 * i, updated - 10 * i, who, connection, client_id || '-' || i, profile,"
    " profile_hash, json_set(order_json, '$.subject', 'CN=Person ' || i || ',O=Example'),"
    " token_uri, token_label, token_serial, 'Person ' || i, csr, attempt, sent_at, ticket,"
    " iif(i % 10 > 1, answer, NULL), iif(i % 10 > 1, chain, NULL), iif(i % 10 > 1, cert_id, NULL)"
    " FROM requests, n WHERE number = 1";

int main(int argc, char **argv) {
    kf_context *context = NULL;
    kf_db *db = NULL;

    if (argc != 3)
        errx(2, "usage: fill_requests HOME N");
    const struct kf_context_options options = {.home = argv[1]};
    if (kf_context_new(&options, &context) != KF_OK || kf_context_db(context, &db) != KF_OK ||
        kf_db_run(db, rows, "i", (int64_t)strtol(argv[2], NULL, 10)) != KF_OK)
        errx(1, "%s", kf_error_sentence(KF_E_FAILED));
    kf_context_free(context);
    return EXIT_SUCCESS;
}
