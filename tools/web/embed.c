// SPDX-License-Identifier: Apache-2.0
// Makes one C file of the page's files: embed OUTPUT FOLDER FILE...
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, const char *name) {
    fprintf(stderr, "embed: %s \"%s\"\n", what, name);
    exit(1);
}

/* The bytes as an array, sixteen a line; how many there are, and their hash. */
static size_t write_bytes(FILE *out, size_t index, const char *path, unsigned char *ret_hash) {
    static unsigned char data[4 * 1024 * 1024];
    FILE *in = fopen(path, "rb");
    if (!in)
        fail("cannot read", path);
    size_t len = fread(data, 1, sizeof data, in);
    if (ferror(in) || !feof(in))
        fail("too large or unreadable:", path);
    fclose(in);
    fprintf(out, "static const unsigned char file_%zu[] = {", index);
    for (size_t i = 0; i < len; i++)
        fprintf(out, "%s%u,", i % 16 == 0 ? "\n    " : " ", data[i]);
    fprintf(out, "%s\n};\n", len ? "" : "0");
    SHA256(data, len, ret_hash);
    return len;
}

/* "../openapi.json" is served as "openapi.json". */
static const char *served_name(const char *name) {
    return strncmp(name, "../", 3) == 0 ? name + 3 : name;
}

int main(int argc, char **argv) {
    FILE *out = argc > 3 ? fopen(argv[1], "w") : NULL;
    if (!out)
        fail("cannot write", argc > 1 ? argv[1] : "");
    size_t count = (size_t)argc - 3;
    size_t *lens = calloc(count, sizeof *lens);
    unsigned char(*hashes)[SHA256_DIGEST_LENGTH] = calloc(count, sizeof *hashes);
    fprintf(out, "/* SPDX-License-Identifier: Apache-2.0\n * Made by embed. */\n"
                 "#include \"web/front/page.h\"\n\n");
    for (size_t i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[2], argv[i + 3]);
        lens[i] = write_bytes(out, i, path, hashes[i]);
    }
    fprintf(out, "\nconst struct page_file page_files[] = {\n");
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "    {\"/%s\", file_%zu, %zu, \"\\\"", served_name(argv[i + 3]), i, lens[i]);
        for (size_t k = 0; k < 16; k++)
            fprintf(out, "%02x", hashes[i][k]);
        fprintf(out, "\\\"\"},\n");
    }
    fprintf(out, "};\nconst size_t page_file_count = %zu;\n", count);
    free(lens);
    free(hashes);
    if (fclose(out) != 0)
        fail("cannot write", argv[1]);
    return 0;
}
