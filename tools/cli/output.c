// SPDX-License-Identifier: Apache-2.0
// Documents, files and sentences as results; errors and notes beside them.
#include "output.h"

#include <errno.h>
#include <string.h>

#include "hints.h"
#include "results.h"

kf_err out_json(struct run *run, const json_t *document) {
    size_t flags = run->term.out ? JSON_INDENT(2) : JSON_COMPACT;
    progress_pause(&run->progress);
    results_begin();
    bool whole = json_dumpf(document, stdout, flags) == 0 || ferror(stdout);
    putchar('\n');
    results_end();
    run->printed = true;
    return whole ? KF_OK : kf_fail(KF_E_MEMORY, "out of memory for a document");
}

kf_err out_line(struct run *run, const char *format, ...) {
    va_list args;
    progress_pause(&run->progress);
    va_start(args, format);
    results_begin();
    vprintf(format, args);
    putchar('\n');
    results_end();
    va_end(args);
    return KF_OK;
}

void note(struct run *run, const char *format, ...) {
    if (run->progress.quiet)
        return;
    progress_pause(&run->progress);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static void print_done(struct run *run, const char *format, va_list args) {
    bool color = run->term.err_color;
    if (run->progress.quiet)
        return;
    progress_pause(&run->progress);
    fprintf(stderr, "%s%s%s ", term_paint(color, MARK_DONE), term_mark(&run->term, MARK_DONE),
            term_plain(color));
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

kf_err out_done(struct run *run, json_t *document, const char *format, ...) {
    KF_AUTO_PTR(json_t) owned = document;
    va_list args;
    va_start(args, format);
    print_done(run, format, args);
    va_end(args);
    return owned && run_has(run, OPT_JSON) ? out_json(run, owned) : KF_OK;
}

static kf_err write_file(struct run *run, const char *path, const void *data, size_t len,
                         unsigned mode) {
    if (run_has(run, OPT_YES))
        return kf_file_write(path, data, len, mode);
    kf_err code = kf_file_write_new(path, data, len, mode);
    if (code == KF_E_EXISTS)
        kf_error_hint("Choose another name, or overwrite it with --yes.");
    return code;
}

kf_err out_write(struct run *run, const char *path, const void *data, size_t len) {
    return write_file(run, path, data, len, 0644);
}

kf_err out_write_private(struct run *run, const char *path, const void *data, size_t len) {
    return write_file(run, path, data, len, 0600);
}

kf_err out_file(struct run *run, const void *data, size_t len, bool binary) {
    const char *path = run_option(run, OPT_OUT);
    if (path && strcmp(path, "-") != 0) {
        KF_TRY(out_write(run, path, data, len));
        return out_done(run, NULL, "Written: %s", path);
    }
    if (binary && !path && run->term.out) {
        kf_fail(KF_E_USAGE, "binary data is not sent to a terminal");
        kf_error_hint("Name a file with --out FILE.");
        return KF_E_USAGE;
    }
    progress_pause(&run->progress);
    results_begin();
    fwrite(data, 1, len, stdout);
    results_end();
    run->printed = true;
    return KF_OK;
}

static void print_error_json(struct run *run, kf_err code) {
    const struct kf_error_info *info = kf_error_info(code);
    KF_AUTO_PTR(json_t)
    document = json_pack("{s:s, s:s, s:i, s:s, s:s, s:[{s:s}]}", "schema", "keyfob.error/1", "code",
                         info->code, "exit", info->exit, "message", kf_error_sentence(code), "key",
                         kf_error_key_state(code), "next", "text", kf_error_next(code));
    if (document && run->request[0])
        json_object_set_new(document, "request", json_string(run->request));
    if (document)
        out_json(run, document);
}

static void print_error(struct run *run, kf_err code) {
    bool color = run->term.err_color;
    progress_pause(&run->progress);
    fprintf(stderr, "keyfob: %serror:%s %s  [%s]\n", term_paint(color, MARK_FAILED),
            term_plain(color), kf_error_sentence(code), kf_error_info(code)->code);
    if (*kf_error_key_state(code))
        fprintf(stderr, "  %s\n", kf_error_key_state(code));
    if (run->request[0] && run->line->command->id == CMD_ENROLL)
        fprintf(stderr, "  The request is kept: %s\n", run->request);
    if (*kf_error_next(code))
        fprintf(stderr, "keyfob: hint: %s\n", kf_error_next(code));
}

int tell_error(struct run *run, kf_err code) {
    hint_for_command(run, code);
    if (!run->told)
        print_error(run, code);
    if (run_has(run, OPT_JSON) && !run->printed)
        print_error_json(run, code);
    return kf_error_info(code)->exit;
}
