// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the answers of a CryptoPro UC 2.0 service, each reader over the same bytes.
#include <stdlib.h>
#include <string.h>

#include "ca/cryptopro/address.h"
#include "ca/cryptopro/cryptopro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
    if (!holds)
        abort();
}

static void fields(const uint8_t *data, size_t size) {
    KF_AUTO(kf_cp_fields) read = {0};
    KF_AUTO_PTR(json_t) form = NULL;
    if (kf_cp_read_fields(data, size, &read) != KF_OK)
        return;
    require(read.count <= KF_CP_FIELDS_MAX);
    for (size_t i = 0; i < read.count; i++)
        require(read.items[i].oid && read.items[i].name && read.items[i].title);
    require(kf_cp_register_form(&read, &form) == KF_OK);
}

static void registration(const uint8_t *data, size_t size) {
    KF_AUTO(kf_cp_registration) read = {0};
    if (kf_cp_read_registration(data, size, &read) == KF_OK)
        require(kf_cp_letter_words(read.letter) != NULL);
}

static void templates(const uint8_t *data, size_t size) {
    KF_AUTO(kf_cp_templates) read = {0};
    if (kf_cp_read_templates(data, size, &read) != KF_OK)
        return;
    for (size_t i = 0; i < read.count; i++) {
        KF_AUTO_FREE char *help = kf_cp_template_help(&read.items[i]);
        require(help && kf_cp_template_find(&read, read.items[i].oid));
    }
}

static void names(const uint8_t *data, size_t size) {
    KF_AUTO_PTR(json_t) read = NULL;
    size_t i;
    json_t *name;
    if (kf_cp_read_profile(data, size, &read) != KF_OK)
        return;
    json_array_foreach(read, i, name) {
        KF_AUTO(kf_buf) subject = {0};
        char word[64];
        const char *value = json_string_value(json_object_get(name, "value"));
        require(kf_cp_subject_add(&subject, json_string_value(json_object_get(name, "oid")),
                                  value) == KF_OK);
        kf_cp_mixed_word(value, word, sizeof word);
    }
}

static void requests(const uint8_t *data, size_t size) {
    KF_AUTO_PTR(json_t) list = NULL;
    struct kf_cp_request request;
    size_t i;
    json_t *object;
    if (kf_cp_read_request(data, size, &request) == KF_OK)
        require(*request.id && strlen(request.id) <= KF_CP_ID_MAX);
    if (kf_cp_read_list(data, size, "CertRequest", &list) != KF_OK)
        return;
    json_array_foreach(list, i, object) if (kf_cp_request_of(object, &request))
        require(*request.id);
}

static void texts(const uint8_t *data, size_t size) {
    KF_AUTO(kf_buf) words = {0}, text = {0};
    kf_cp_address address = {0};
    require(kf_cp_read_words(data, size, &words) == KF_OK);
    require(memchr(kf_buf_str(&words), '\n', words.len) == NULL);
    if (kf_buf_add(&text, data, size) == KF_OK &&
        kf_cp_address_parse(kf_buf_str(&text), &address) == KF_OK)
        require(strstr(address.base, "/ui/api") && !strpbrk(address.base, "?# "));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fields(data, size);
    registration(data, size);
    templates(data, size);
    names(data, size);
    requests(data, size);
    texts(data, size);
    return 0;
}
