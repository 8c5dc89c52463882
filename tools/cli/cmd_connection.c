// SPDX-License-Identifier: Apache-2.0
// keyfob connection list, show, test, check, remove: CA services that are set up.
#include "connection_view.h"

kf_err cmd_connection_list(struct run *run) {
    KF_AUTO_PTR(json_t) list = NULL;
    KF_TRY(kf_connections_json(run->context, &list));
    return connection_table(run, list);
}

kf_err cmd_connection_show(struct run *run) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_connection_json(run->context, run_argument(run, 0), &document));
    return connection_card(run, document);
}

kf_err cmd_connection_test(struct run *run) {
    const char *name = run_argument(run, 0);
    KF_AUTO_FREE char *text = NULL;
    KF_TRY(kf_connection_test(run->context, name, &text));
    if (!run_has(run, OPT_JSON))
        return out_line(run, "%s %s", term_mark(&run->term, MARK_DONE), text);
    KF_AUTO_PTR(json_t)
    document = json_pack("{s:s, s:s, s:s}", "schema", "keyfob.connection-test/1", "name", name,
                         "text", text);
    return document ? out_json(run, document) : kf_fail(KF_E_MEMORY, "out of memory");
}

/* The exit status says whether an order would go through; the document is printed all the same. */
kf_err cmd_connection_check(struct run *run) {
    KF_AUTO_PTR(json_t) document = NULL;
    KF_TRY(kf_connection_check(run->context, run_argument(run, 0), &document));
    KF_TRY(connection_card(run, document));
    connection_next(run, document);
    kf_err code = connection_standing_code(document);
    run->told = code == KF_E_PENDING;
    return code;
}

kf_err cmd_connection_remove(struct run *run) {
    const char *name = run_argument(run, 0);
    KF_TRY(kf_connection_remove(run->context, name));
    return out_done(
        run,
        json_pack("{s:s, s:s, s:b}", "schema", "keyfob.connection/1", "name", name, "removed", 1),
        "Removed: %s", name);
}
