// SPDX-License-Identifier: Apache-2.0
// One line a step. On a terminal a step that goes on is redrawn in place; elsewhere it is printed
// once.
#include "progress.h"

#include <string.h>

#include "base/context.h"
#include "base/text.h"

#define SLOW_MS 500 /* what takes longer shows how long */

static const enum mark marks[] = {
    [KF_STEP_BEGIN] = MARK_BUSY, [KF_STEP_DONE] = MARK_DONE, [KF_STEP_FAILED] = MARK_FAILED,
    [KF_STEP_WAIT] = MARK_WAIT,  [KF_STEP_NOTE] = MARK_NOTE,
};

void progress_pause(struct progress *progress) {
    if (progress->open)
        fputs("\r\033[K", stderr);
    progress->open = false;
}

/* " (4 s)", " (0.7 s)", or nothing for what was quick. */
static void elapsed_text(int64_t ms, char ret_text[static 32]) {
    ret_text[0] = '\0';
    if (ms >= 10000)
        snprintf(ret_text, 32, " (%lld s)", (long long)(ms + 500) / 1000);
    else if (ms >= SLOW_MS)
        snprintf(ret_text, 32, " (%.1f s)", (double)ms / 1000);
}

/* A line that is redrawn must not wrap: it is cut so that mark and time fit beside it. */
static void cut_text(const struct progress *progress, const char *text, char ret_text[static 256]) {
    size_t width = progress->term->err_width, room = width > 32 ? width - 16 : 16;
    snprintf(ret_text, 256, "%.*s", (int)term_fit(text, room), text);
}

static void print(const struct progress *progress, const char *mark, enum mark paint,
                  const char *text, const char *after) {

    bool color = progress->term->err_color;
    /* A line of its own begins with a capital, but "r-1" is a name. */
    bool small = text[0] >= 'a' && text[0] <= 'z' && text[1] != '-';
    fprintf(stderr, "%s%s%s %c%s%s", term_paint(color, paint), mark, term_plain(color),
            small ? text[0] - 'a' + 'A' : text[0], text + 1, after);
}

static void draw_begin(struct progress *progress, const struct kf_step *step) {
    if (!progress->term->err && !progress->verbose)
        return;
    char text[256];
    cut_text(progress, step->text, text);
    print(progress, term_mark(progress->term, MARK_BUSY), MARK_BUSY,
          progress->term->err ? text : step->text, progress->term->err ? "" : "\n");
    progress->open = progress->term->err;
}

/* The spinner turns each time the library comes by. */
static void draw_wait(struct progress *progress, const struct kf_step *step) {
    static const char *const turning[] = {"◴", "◷", "◶", "◵"};
    if (!progress->waiting_since)
        progress->waiting_since = kf_monotonic_ms();
    int64_t ms = kf_monotonic_ms() - progress->waiting_since;
    char after[32] = "";
    if (ms >= SLOW_MS)
        snprintf(after, sizeof after, "  %lld:%02lld", (long long)ms / 60000,
                 (long long)ms / 1000 % 60);
    const char *mark = term_mark(progress->term, MARK_WAIT);
    if (progress->term->utf8 && ms >= SLOW_MS)
        mark = turning[progress->turn++ % 4];
    char text[256];
    cut_text(progress, step->text, text);
    print(progress, mark, MARK_WAIT, text, after);
    progress->open = true;
}

/* Where nothing can be redrawn, each thing that is waited for is printed once. */
static void print_wait(struct progress *progress, const struct kf_step *step) {
    if (strncmp(progress->waits_for, step->text, sizeof progress->waits_for - 1) == 0)
        return;
    snprintf(progress->waits_for, sizeof progress->waits_for, "%s", step->text);
    print(progress, term_mark(progress->term, MARK_WAIT), MARK_WAIT, step->text, "\n");
}

void progress_step(struct progress *progress, const struct kf_step *step) {
    if (progress->noted && step->state == KF_STEP_NOTE)
        return;
    progress->noted = false;
    char after[32];
    if (progress->quiet || !step->text || !step->text[0])
        return;
    progress_pause(progress);
    if (step->state != KF_STEP_WAIT)
        progress->waiting_since = 0;
    if (step->state == KF_STEP_BEGIN) {
        draw_begin(progress, step);
    } else if (step->state == KF_STEP_WAIT && progress->term->err) {
        draw_wait(progress, step);
    } else if (step->state == KF_STEP_WAIT) {
        print_wait(progress, step);
    } else {
        elapsed_text(step->ms, after);
        print(progress, term_mark(progress->term, marks[step->state]), marks[step->state],
              step->text, after);
        fputc('\n', stderr);
    }
    fflush(stderr);
}
