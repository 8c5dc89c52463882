// SPDX-License-Identifier: Apache-2.0
// State: tokens as files in the folder named by FAKE_TOKEN_STATE, shared by processes.
//
// A file is text: one "name value" a line, bytes in hexadecimal, "-" for none.
#include "fakes/state.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PATH = 4096 };

static const char *folder(void) {
    const char *path = getenv("FAKE_TOKEN_STATE");
    return path != NULL && path[0] != '\0' ? path : NULL;
}

static void path_of(const struct token *token, const char *suffix, char path[MAX_PATH]) {
    char serial[sizeof token->serial];
    memcpy(serial, token->serial, sizeof serial);
    for (char *c = serial; *c != '\0'; c++)
        *c = isalnum((unsigned char)*c) ? *c : '_';
    snprintf(path, MAX_PATH, "%s/slot%zu-%s.token%s", folder(), token->slot + 1, serial, suffix);
}

int state_lock(void) {
    if (folder() == NULL)
        return -1;
    char path[MAX_PATH];
    snprintf(path, sizeof path, "%s/lock", folder());
    mkdir(folder(), 0700);
    const int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock >= 0 && flock(lock, LOCK_EX) != 0)
        perror("fake-token: cannot lock the state");
    return lock;
}

void state_unlock(int lock) {
    if (lock >= 0)
        close(lock);
}

static void write_hex(FILE *file, const char *name, const void *bytes, size_t len) {
    fprintf(file, "%s ", name);
    for (size_t i = 0; i < len; i++)
        fprintf(file, "%02x", ((const unsigned char *)bytes)[i]);
    fputs(len == 0 ? "-\n" : "\n", file);
}

static void write_pin(FILE *file, const char *name, const struct pin *pin) {
    fprintf(file, "%s-wrong %lu\n", name, pin->wrong);
    write_hex(file, name, pin->digest, pin->set ? sizeof pin->digest : 0);
}

static void write_object(FILE *file, const struct object *object) {
    fprintf(file, "object %lu\n", object->handle & 0xfffff);
    for (size_t i = 0; i < object->attrs.count; i++) {
        char name[40];
        snprintf(name, sizeof name, "attr 0x%lx", object->attrs.items[i].type);
        write_hex(file, name, object->attrs.items[i].value, object->attrs.items[i].len);
    }
}

static void write_token(FILE *file, const struct token *token) {
    fprintf(file, "generation %lu\n", token->generation);
    fprintf(file, "initialized %d\n", token->initialized);
    fprintf(file, "pin-renewed %d\n", token->pin_renewed);
    fprintf(file, "next-object %lu\n", token->next_object);
    write_hex(file, "label", token->label, sizeof token->label);
    write_pin(file, "pin", &token->user);
    write_pin(file, "so-pin", &token->so);
    for (const struct object *object = token->objects; object != NULL; object = object->next) {
        if (object->owner == 0)
            write_object(file, object);
    }
    fputs("end -\n", file);
}

static bool write_file(const struct token *token, const char *path) {
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL)
        return false;
    write_token(file, token);
    const bool whole = fflush(file) == 0 && fsync(fd) == 0;
    return fclose(file) == 0 && whole;
}

static int nibble(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Bytes of a hexadecimal word, into a buffer of at least half its length.
static size_t read_hex(const char *hex, unsigned char *bytes) {
    size_t len = 0;
    for (; nibble(hex[0]) >= 0 && nibble(hex[1]) >= 0; hex += 2)
        bytes[len++] = (unsigned char)(nibble(hex[0]) << 4 | nibble(hex[1]));
    return len;
}

static void read_attr(struct token *token, struct object *object, const char *value) {
    char *hex = NULL;
    const CK_ATTRIBUTE_TYPE type = strtoul(value, &hex, 0);
    while (*hex == ' ')
        hex++;
    unsigned char *bytes = attrs_alloc(strlen(hex) / 2 + 1, 1);
    attrs_set(&object->attrs, type, bytes, read_hex(hex, bytes));
    free(bytes);
}

static struct object *read_object(struct token *token, const char *value) {
    struct object *object = attrs_alloc(1, sizeof *object);
    object->handle = token->number << 20 | strtoul(value, NULL, 10);
    token_append(token, object);
    return object;
}

static void read_line(struct token *token, struct object **object, const char *name,
                      const char *value) {
    const struct {
        const char *name;
        unsigned long *number;
    } numbers[] = {
        {"next-object", &token->next_object},
        {"generation", &token->generation},
        {"pin-wrong", &token->user.wrong},
        {"so-pin-wrong", &token->so.wrong},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) == 0)
            *numbers[i].number = strtoul(value, NULL, 10);
    }
    if (strcmp(name, "initialized") == 0)
        token->initialized = value[0] == '1';
    else if (strcmp(name, "pin-renewed") == 0)
        token->pin_renewed = value[0] == '1';
    else if (strcmp(name, "label") == 0 && strlen(value) == 2 * sizeof token->label)
        read_hex(value, token->label);
    else if (strcmp(name, "pin") == 0)
        token->user.set = strlen(value) == 2 * TOKEN_DIGEST && read_hex(value, token->user.digest);
    else if (strcmp(name, "so-pin") == 0)
        token->so.set = strlen(value) == 2 * TOKEN_DIGEST && read_hex(value, token->so.digest);
    else if (strcmp(name, "object") == 0)
        *object = read_object(token, value);
    else if (strcmp(name, "attr") == 0 && *object != NULL)
        read_attr(token, *object, value);
}

static void read_token(struct token *token, FILE *file) {
    struct object *object = NULL;
    char *line = NULL;
    size_t size = 0;
    token_drop_owned(token, 0);
    while (getline(&line, &size, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        char *value = strchr(line, ' ');
        if (value == NULL)
            continue;
        *value = '\0';
        read_line(token, &object, line, value + 1);
    }
    free(line);
    token->changed = false;
}

void state_load(struct token *token) {
    if (folder() == NULL)
        return;
    char path[MAX_PATH];
    path_of(token, "", path);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    unsigned long generation = 0;
    if (fscanf(file, "generation %lu\n", &generation) == 1 && generation != token->generation) {
        rewind(file);
        read_token(token, file);
    }
    fclose(file);
}

bool state_save(struct token *token) {
    if (!token->changed || folder() == NULL) {
        token->changed = false;
        return true;
    }
    char path[MAX_PATH], fresh[MAX_PATH];
    path_of(token, "", path);
    path_of(token, ".new", fresh);
    token->generation++;
    token->changed = false;
    if (write_file(token, fresh) && rename(fresh, path) == 0)
        return true;
    token->generation = (unsigned long)-1;
    state_load(token);
    return false;
}
