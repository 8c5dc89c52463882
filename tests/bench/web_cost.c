// SPDX-License-Identifier: Apache-2.0
// What keyfob serve costs, from /proc.
#include "web_cost.h"

#include <dirent.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct process {
    pid_t parent;
    unsigned long own, reaped; /* ticks */
};

static bool read_process(const char *pid, struct process *process) {
    char path[64], text[1024];

    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    const char *rest = strrchr(text, ')'); /* the name may hold anything */
    unsigned long user, system, children_user, children_system;
    int parent;
    if (!rest || sscanf(rest + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu",
                        &parent, &user, &system, &children_user, &children_system) != 5)
        return false;
    *process = (struct process){
        .parent = parent, .own = user + system, .reaped = children_user + children_system};
    return true;
}

static double pss_kib(const char *pid) {
    char path[64], line[256];
    double kib = 0;

    snprintf(path, sizeof path, "/proc/%.20s/smaps_rollup", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %lf", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

struct sum {
    unsigned long ticks;
    double kib;
    int processes;
};

static struct sum add_up(pid_t front, bool memory) {
    struct sum sum = {0};
    struct process process;
    DIR *folder = opendir("/proc");

    if (!folder)
        err(1, "/proc");
    for (struct dirent *entry; (entry = readdir(folder));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid <= 0 || !read_process(entry->d_name, &process))
            continue;
        if (pid != front && process.parent != front)
            continue;
        sum.processes++;
        sum.ticks += process.own + process.reaped;
        if (memory)
            sum.kib += pss_kib(entry->d_name);
    }
    closedir(folder);
    return sum;
}

double cost_cpu_ms(pid_t front) {
    return (double)add_up(front, false).ticks * 1000.0 / (double)sysconf(_SC_CLK_TCK);
}

double cost_pss_mib(pid_t front, int *ret_processes) {
    struct sum sum = add_up(front, true);

    *ret_processes = sum.processes;
    return sum.kib / 1024.0;
}

double cost_now_ms(void) {
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

double cost_median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, by_size);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
