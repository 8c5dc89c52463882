// SPDX-License-Identifier: Apache-2.0
// web_tasks KEYFOB FRONT_PID RUNS: what a click costs, from the request to the whole answer, beside
// the command that does the same, as rows of a markdown table. They take turns.
//
// The environment says the rest: BENCH_HOME and BENCH_MODULE for the commands, BENCH_PIN_FILE, and
// BENCH_IDLE, for how many seconds the streams are watched.

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "web_client.h"
#include "web_cost.h"

enum {
    RUNS_MAX = 200,
    PAUSE_US = 400000, /* between two clicks: the spare worker is ready again */
    STREAMS = 100,
    STREAMS_A_SESSION = 6
};

extern char **environ;

static struct {
    const char *keyfob, *home, *module, *pin_file;
    pid_t front;
    int runs, idle_s, stream;
    struct web web;
} bench;

struct times {
    double wall[RUNS_MAX];
    double cpu; /* of all runs */
};

static void print_row(const char *task, const char *program, struct times *times) {
    printf("| %s | %s | %.1f | %.1f | %d |\n", task, program, cost_median(times->wall, bench.runs),
           times->cpu / bench.runs, bench.runs);
    fflush(stdout);
}

/* --- the command --- */

static double cpu_of(const struct rusage *used) {
    return (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1e3 +
           (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec) / 1e3;
}

static void run_command(const char *const words[], struct times *times, int run) {
    const char *argv[32] = {bench.keyfob, "--home", bench.home, "--module", bench.module};
    posix_spawn_file_actions_t files;
    struct rusage used;
    int status = 0;
    pid_t pid;

    char name[32];
    snprintf(name, sizeof name, "command-%d", run);
    for (int i = 0; words[i]; i++)
        argv[5 + i] = strcmp(words[i], "NAME") == 0 ? name : words[i];
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    double begin = cost_now_ms();
    if (posix_spawn(&pid, bench.keyfob, &files, NULL, (char *const *)argv, environ) != 0 ||
        wait4(pid, &status, 0, &used) < 0 || status != 0)
        errx(1, "\"keyfob %s %s\" failed", words[0], words[1]);
    times->wall[run] = cost_now_ms() - begin;
    times->cpu += cpu_of(&used);
    posix_spawn_file_actions_destroy(&files);
}

/* --- the page --- */

static void click_tokens(void) {
    json_t *tokens = web_call(&bench.web, "GET", "/tokens", NULL);

    if (json_array_size(json_object_get(tokens, "items")) == 0)
        errx(1, "no token is listed");
    json_decref(tokens);
}

static void click_requests(void) {
    json_t *page = web_call(&bench.web, "GET", "/requests?limit=100", NULL);

    if (json_array_size(json_object_get(page, "items")) != 100)
        errx(1, "no page of 100 requests");
    json_decref(page);
}

static void click_requests_search(void) {
    json_decref(web_call(&bench.web, "GET", "/requests?limit=100&search=Person%207777", NULL));
}

static bool is_state(const json_t *job, const char *state) {
    return strcmp(json_string_value(json_object_get(job, "state")), state) == 0;
}

static void answer_pin(const json_t *job, const char *id) {
    char path[64];
    json_t *question = json_object_get(json_object_get(job, "question"), "question");

    snprintf(path, sizeof path, "/jobs/%s/answer", id);
    json_decref(web_call(&bench.web, "POST", path,
                         json_pack("{s:O, s:s}", "question", question, "secret", "1234")));
}

/* To the event that says it is done; the PIN is typed in no time. */
static void click_enroll(void) {
    static int count;
    char name[32];
    snprintf(name, sizeof name, "page-%d", count++);
    json_t *job = web_call(&bench.web, "POST", "/enroll",
                           json_pack("{s:s, s:s, s:{s:s}, s:s, s:s, s:s}", "connection", "lab",
                                     "profile", "tls-client", "subject", "CN", "bench", "key",
                                     "p256", "token", "bench", "container", name));
    char *id = strdup(json_string_value(json_object_get(job, "id")));

    while (!is_state(job, "done")) {
        json_decref(job);
        job = web_event(bench.stream, "job.changed");
        if (strcmp(json_string_value(json_object_get(job, "id")), id) != 0)
            continue;
        if (is_state(job, "asking"))
            answer_pin(job, id);
        if (is_state(job, "failed"))
            errx(1, "enrolling failed: %s", json_dumps(job, 0));
    }
    json_decref(job);
    free(id);
}

/* --- a task --- */

struct task {
    const char *title;
    void (*click)(void);
    const char *words[24];
};

static void run_task(const struct task *task) {
    static struct times page, command;

    page = command = (struct times){0};
    task->click(); /* both have been here before */
    for (int run = 0; run < bench.runs; run++) {
        usleep(PAUSE_US);
        double before = cost_cpu_ms(bench.front), begin = cost_now_ms();
        task->click();
        page.wall[run] = cost_now_ms() - begin;
        usleep(PAUSE_US);
        page.cpu += cost_cpu_ms(bench.front) - before;
        if (task->words[0])
            run_command(task->words, &command, run);
    }
    print_row(task->title, "page", &page);
    if (task->words[0])
        print_row(task->title, "command", &command);
}

/* --- open streams --- */

/* As a browser that `keyfob open` has opened. */
static struct web sign_in(void) {
    char command[1024], line[256], code[64] = "";
    unsigned port = 0;

    snprintf(command, sizeof command, "'%s' --home '%s' open --print", bench.keyfob, bench.home);
    FILE *out = popen(command, "r");
    while (out && fgets(line, sizeof line, out)) {
        (void)sscanf(line, "address http://127.0.0.1:%u/", &port);
        (void)sscanf(line, "code %63s", code);
    }
    if (!out || pclose(out) != 0 || !port || !*code)
        errx(1, "\"%s\" gives no code", command);
    return web_open((uint16_t)port, code);
}

static void measure_streams(void) {
    int opened = 1, processes = 0;

    while (opened < STREAMS) {
        struct web web = sign_in();
        for (int k = 0; k < STREAMS_A_SESSION && opened < STREAMS; k++, opened++)
            web_stream(&web);
        close(web.fd);
    }
    sleep(3);
    double before = cost_cpu_ms(bench.front);
    sleep((unsigned)bench.idle_s);
    double cpu = cost_cpu_ms(bench.front) - before;
    double memory = cost_pss_mib(bench.front, &processes);
    printf("\n%d open event streams, idle for %d s: %.0f ms of processor time (%.2f %%), %.1f MiB "
           "in %d processes.\n",
           opened, bench.idle_s, cpu, cpu / bench.idle_s / 10, memory, processes);
}

static const char *need(const char *name) {
    const char *value = getenv(name);

    if (!value)
        errx(2, "%s is not set", name);
    return value;
}

int main(int argc, char **argv) {
    if (argc != 4)
        errx(2, "usage: web_tasks KEYFOB FRONT_PID RUNS");
    bench.keyfob = argv[1];
    bench.front = (pid_t)strtol(argv[2], NULL, 10);
    bench.runs = (int)strtol(argv[3], NULL, 10);
    if (bench.runs < 1 || bench.runs > RUNS_MAX)
        errx(2, "RUNS is 1 to %d", RUNS_MAX);
    bench.idle_s = (int)strtol(need("BENCH_IDLE"), NULL, 10);
    if (bench.idle_s < 1)
        errx(2, "BENCH_IDLE is seconds");
    bench.home = need("BENCH_HOME");
    bench.module = need("BENCH_MODULE");
    bench.pin_file = need("BENCH_PIN_FILE");
    bench.web = sign_in();
    bench.stream = web_stream(&bench.web);
    char pin_source[512];
    snprintf(pin_source, sizeof pin_source, "file:%s", bench.pin_file);
    const struct task tasks[] = {
        {"list the token", click_tokens, {"token", "list", "--json"}},
        {"100 of 10,000 requests", click_requests, {"request", "list", "--json"}},
        {"search 10,000 requests", click_requests_search, {NULL}},
        {"EC P-256 enrollment",
         click_enroll,
         {"enroll", "--quiet", "--no-input", "--token", "bench", "--connection", "lab", "--profile",
          "tls-client", "--key", "p256", "--container", "NAME", "--subject", "CN=bench",
          "--pin-source", pin_source}},
    };
    for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++)
        run_task(&tasks[i]);
    measure_streams();
    return EXIT_SUCCESS;
}
