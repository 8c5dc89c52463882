// SPDX-License-Identifier: Apache-2.0
// Parts made of attributes, tags, and the checksum.
#include "kfc/attribute.h"

#include "kfc_fixture.h"

/* The definition, one bit at a time. */
static uint32_t slow_crc(const uint8_t *data, size_t len) {
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void the_checksum_is_crc_32(void **state) {
    uint8_t data[600];
    assert_int_equal(kfc_crc(0, "123456789", 9), 0xcbf43926u);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 37 + (i >> 3));
    for (size_t len = 0; len < sizeof data; len++)
        assert_int_equal(kfc_crc(0, data, len), slow_crc(data, len));
}

static void the_checksum_goes_on_where_it_stopped(void **state) {
    const char text[] = "the quick brown fox jumps over the lazy dog";
    for (size_t cut = 0; cut < sizeof text; cut++)
        assert_int_equal(kfc_crc(kfc_crc(0, text, cut), text + cut, sizeof text - cut),
                         kfc_crc(0, text, sizeof text));
}

static void equal_values_have_equal_tags_and_none_is_zero(void **state) {
    const uint8_t sums_to_zero[] = {0x9d, 0x0a, 0xd9, 0x6d};
    assert_int_equal(kfc_tag("id", 2), kfc_tag("id", 2));
    assert_int_not_equal(kfc_tag("id", 2), kfc_tag("ie", 2));
    assert_int_not_equal(kfc_tag("", 0), 0);
    assert_int_equal(kfc_crc(0, sums_to_zero, 4), 0);
    assert_int_not_equal(kfc_tag(sums_to_zero, 4), 0);
}

static void attributes_come_back_in_order(void **state) {
    KF_AUTO(kf_buf) part = {0};
    const char *values[] = {"one", "", "three"};
    uint32_t type;
    const uint8_t *value;
    size_t at = 0, len;
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(kfc_attribute_add(&part, 0x80000000u + i, values[i], strlen(values[i])),
                         KF_OK);
    for (uint32_t i = 0; i < 3; i++) {
        assert_true(kfc_attribute_next(part.data, part.len, &at, &type, &value, &len));
        assert_int_equal(type, 0x80000000u + i);
        assert_int_equal(len, strlen(values[i]));
        assert_memory_equal(value, values[i], len);
    }
    assert_false(kfc_attribute_next(part.data, part.len, &at, &type, &value, &len));
}

static void a_part_that_is_cut_is_not_whole(void **state) {
    KF_AUTO(kf_buf) part = {0};
    assert_int_equal(kfc_attribute_add(&part, 1, "abc", 3), KF_OK);
    assert_int_equal(kfc_attribute_add(&part, 2, "", 0), KF_OK);
    for (size_t len = 0; len <= part.len; len++)
        assert_int_equal(kfc_attributes_are_whole(part.data, len),
                         len == 0 || len == 11 || len == part.len);
}

static void a_length_beyond_the_end_is_not_followed(void **state) {
    uint8_t part[12] = {1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff};
    uint32_t type;
    const uint8_t *value;
    size_t at = 0, len;
    assert_false(kfc_attribute_next(part, sizeof part, &at, &type, &value, &len));
    at = SIZE_MAX;
    assert_false(kfc_attribute_next(part, sizeof part, &at, &type, &value, &len));
}

static void a_part_has_a_largest_size(void **state) {
    KF_AUTO(kf_buf) part = {0};
    uint8_t *big = calloc(1, KFC_BODY_MAX);
    assert_int_equal(kfc_attribute_add(&part, 1, big, KFC_BODY_MAX), KF_E_TOO_LARGE);
    assert_int_equal(kfc_attribute_add(&part, 1, big, KFC_BODY_MAX - 8), KF_OK);
    assert_int_equal(kfc_attribute_add(&part, 2, "", 0), KF_E_TOO_LARGE);
    assert_int_equal(part.len, KFC_BODY_MAX);
    free(big);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_crc_32),
        cmocka_unit_test(the_checksum_goes_on_where_it_stopped),
        cmocka_unit_test(equal_values_have_equal_tags_and_none_is_zero),
        cmocka_unit_test(attributes_come_back_in_order),
        cmocka_unit_test(a_part_that_is_cut_is_not_whole),
        cmocka_unit_test(a_length_beyond_the_end_is_not_followed),
        cmocka_unit_test(a_part_has_a_largest_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
