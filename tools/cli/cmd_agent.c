// SPDX-License-Identifier: Apache-2.0
// keyfob agent: what the agent tells, as lines, as JSON lines, and to a program.
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "output.h"
#include "common/spawn.h"

#define PROGRAM_SECONDS 30 /* then it is ended */
#define LOOK_MS         50

static const struct {
    const char *name;
    enum mark mark;
} kinds[] = {
    [KF_NEWS_ISSUED] = {"issued", MARK_READY},      [KF_NEWS_INSTALLED] = {"installed", MARK_DONE},
    [KF_NEWS_REJECTED] = {"rejected", MARK_FAILED}, [KF_NEWS_NEEDS_YOU] = {"needs_you", MARK_NOTE},
    [KF_NEWS_RENEWING] = {"renewing", MARK_BUSY},   [KF_NEWS_EXPIRING] = {"expiring", MARK_NOTE},
    [KF_NEWS_PROBLEM] = {"problem", MARK_NOTE},
};

/* --- lines --- */

static void print_json(struct run *run, const struct kf_agent_news *news) {
    char at[21];
    kf_time_text(time(NULL), at);
    KF_AUTO_PTR(json_t)
    document = json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s}", "schema", "keyfob.news/1", "at", at,
                         "kind", kinds[news->kind].name, "request", news->request, "certificate",
                         news->certificate, "text", news->text);
    KF_AUTO_FREE char *line = document ? json_dumps(document, JSON_COMPACT) : NULL;
    if (line)
        (void)out_line(run, "%s", line);
    run->printed = true;
}

static void print_line(struct run *run, const struct kf_agent_news *news) {
    const char *name = news->request ? news->request : news->certificate;
    if (name && strncmp(news->text, name, strlen(name)) == 0)
        name = NULL; /* it begins so by itself */
    KF_AUTO(kf_buf) text = {0};
    if (kf_text_escape(&text, news->text, strlen(news->text)) != KF_OK)
        return;
    (void)out_line(run, "%s %s%s%s", term_mark(&run->term, kinds[news->kind].mark),
                   name ? name : "", name ? ": " : "", kf_buf_str(&text));
}

/* --- the program --- */

/* As data, not as words of a shell: the CA's text may be anything. */
static void set_variables(const struct kf_agent_news *news) {
    const char *const variables[][2] = {
        {"KEYFOB_NEWS_KIND", kinds[news->kind].name},
        {"KEYFOB_NEWS_REQUEST", news->request},
        {"KEYFOB_NEWS_CERTIFICATE", news->certificate},
        {"KEYFOB_NEWS_TEXT", news->text},
    };
    for (size_t i = 0; i < KF_COUNT(variables); i++)
        setenv(variables[i][0], variables[i][1] ? variables[i][1] : "", 1);
}

/* The agent goes on without a program that does not end. */
static void wait_for(struct run *run, const char *program, pid_t pid) {
    int status = 0;
    int64_t until = kf_monotonic_ms() + (int64_t)PROGRAM_SECONDS * 1000;
    pid_t ended;
    while ((ended = waitpid(pid, &status, WNOHANG)) == 0 && kf_monotonic_ms() < until)
        if (!kf_context_sleep(run->context, LOOK_MS))
            break;
    if (ended == 0) {
        kill(pid, SIGTERM);
        note(run, "%s \"%s\" did not end and was stopped", term_mark(&run->term, MARK_NOTE),
             program);
        waitpid(pid, &status, 0);
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        note(run, "%s \"%s\" failed", term_mark(&run->term, MARK_NOTE), program);
    }
}

static void tell_program(struct run *run, const struct kf_agent_news *news) {
    const char *program = run_option(run, OPT_NOTIFY);
    const char *const argv[] = {program, NULL};
    posix_spawn_file_actions_t files;
    pid_t pid = 0;
    if (!program)
        return;
    set_variables(news);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    int error = spawn_start(argv, &files, &pid);
    posix_spawn_file_actions_destroy(&files);
    if (error)
        note(run, "%s starting \"%s\": %s", term_mark(&run->term, MARK_NOTE), program,
             strerror(error));
    else
        wait_for(run, program, pid);
}

static void tell(void *arg, const struct kf_agent_news *news) {
    struct run *run = arg;
    if (run_has(run, OPT_JSON))
        print_json(run, news);
    else
        print_line(run, news);
    tell_program(run, news);
}

kf_err cmd_agent(struct run *run) {
    struct kf_agent_options wanted = {
        .once = run_has(run, OPT_ONCE), .renew = run_has(run, OPT_RENEW), .tell = tell, .arg = run};
    if (run_has(run, OPT_WITHIN))
        KF_TRY(
            kf_parse_duration(run_option(run, OPT_WITHIN), "the duration", &wanted.renew_within));
    return kf_agent_run(run->context, &wanted);
}
