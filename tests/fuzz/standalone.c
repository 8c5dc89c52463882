// SPDX-License-Identifier: Apache-2.0
// A main() for fuzz targets without libFuzzer: TARGET ROUNDS SEED FILE|FOLDER...
// Runs every file as it is, then ROUNDS simple mutations of them. The same seed gives the same
// inputs. An input that ends the process is left in "crash-input" of the present folder when a
// sanitizer finds it.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX ((size_t)64 * 1024)
#define SEEDS_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

struct input {
    uint8_t *data;
    size_t len;
};
static struct input seeds[SEEDS_MAX];
static size_t seed_count;
static uint8_t work[INPUT_MAX];
static size_t work_len;
static uint64_t state;

/* xorshift64*, so that every machine makes the same inputs */
static uint64_t next_random(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717u;
}

static size_t below(size_t bound) {
    return bound ? (size_t)(next_random() % bound) : 0;
}

static void keep_input(void) {
    FILE *file = fopen("crash-input", "wb");
    if (!file)
        return;
    fwrite(work, 1, work_len, file);
    fclose(file);
}

/* From a copy of exactly this size, so that a read past its end is seen. */
static void run(void) {
    uint8_t *copy = malloc(work_len ? work_len : 1);
    if (!copy)
        abort();
    memcpy(copy, work, work_len);
    LLVMFuzzerTestOneInput(copy, work_len);
    free(copy);
}

static void add_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file || seed_count == SEEDS_MAX) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    struct input *seed = &seeds[seed_count++];
    work_len = fread(work, 1, sizeof work, file);
    fclose(file);
    seed->data = malloc(work_len ? work_len : 1);
    if (!seed->data)
        abort();
    memcpy(seed->data, work, work_len);
    seed->len = work_len;
    run();
}

static int is_file(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static void add_path(const char *path) {
    struct dirent **entries = NULL;
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode)) {
        add_file(path);
        return;
    }
    int count = scandir(path, &entries, is_file, alphasort);
    for (int i = 0; i < count; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        add_file(name);
        free(entries[i]);
    }
    free(entries);
}

static void change_byte(void) {
    static const uint8_t odd[] = {0,    1,   0x7f, 0x80, 0xff, 0x30, 0x0c,
                                  '\\', ',', '+',  '=',  '#',  '\n', '-'};
    if (work_len)
        work[below(work_len)] = below(2) ? odd[below(sizeof odd)] : (uint8_t)next_random();
}

static void flip_bit(void) {
    if (work_len)
        work[below(work_len)] ^= (uint8_t)(1u << below(8));
}

static void remove_range(void) {
    size_t at = below(work_len), len = below(work_len - at < 32 ? work_len - at : 32);
    memmove(work + at, work + at + len, work_len - at - len);
    work_len -= len;
}

static void insert(const uint8_t *data, size_t len) {
    size_t at = below(work_len + 1);
    if (len > INPUT_MAX - work_len)
        return;
    memmove(work + at + len, work + at, work_len - at);
    memcpy(work + at, data, len);
    work_len += len;
}

static void repeat_range(void) {
    uint8_t part[64];
    size_t at = below(work_len), len = work_len - at < sizeof part ? work_len - at : sizeof part;
    len = below(len + 1);
    memcpy(part, work + at, len);
    insert(part, len);
}

static void splice(void) {
    const struct input *other = &seeds[below(seed_count)];
    size_t at = below(other->len), len = below(other->len - at < 256 ? other->len - at + 1 : 256);
    insert(other->data + at, len);
}

static void cut(void) {
    work_len = below(work_len + 1);
}

static void (*const changes[])(void) = {change_byte,  change_byte,  flip_bit, flip_bit,
                                        remove_range, repeat_range, splice,   cut};

static void mutate(void) {
    const struct input *seed = &seeds[below(seed_count)];
    memcpy(work, seed->data, seed->len);
    work_len = seed->len;
    for (size_t i = 1 + below(6); i > 0; i--)
        changes[below(sizeof changes / sizeof changes[0])]();
    run();
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: %s ROUNDS SEED FILE|FOLDER...\n", argv[0]);
        return 2;
    }
    unsigned long rounds = strtoul(argv[1], NULL, 10);
    state = strtoull(argv[2], NULL, 10) + 1;
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(keep_input);
    for (int i = 3; i < argc; i++)
        add_path(argv[i]);
    if (seed_count == 0) {
        fprintf(stderr, "there is nothing to start from\n");
        return 2;
    }
    for (unsigned long i = 0; i < rounds; i++)
        mutate();
    printf("%zu files and %lu mutations\n", seed_count, rounds);
    for (size_t i = 0; i < seed_count; i++)
        free(seeds[i].data);
    return 0;
}
