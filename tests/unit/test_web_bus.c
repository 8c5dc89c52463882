// SPDX-License-Identifier: Apache-2.0
// The bus: who hears what, and what is told to who comes back.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/auto.h"
#include "web/calls/bus.h"

struct ear {
    char heard[8192];
    uint64_t last;
    bus *leaves; /* at the next event */
};

static void hear(void *arg, uint64_t id, const char *type, const char *data) {
    struct ear *ear = arg;
    size_t len = strlen(ear->heard);
    snprintf(ear->heard + len, sizeof ear->heard - len, "%s%s ", type, data);
    ear->last = id;
    if (ear->leaves)
        bus_leave(ear->leaves, hear, ear);
}

static bus *new_bus(void) {
    bus *made = NULL;
    assert_int_equal(bus_new(&made), KF_OK);
    return made;
}

static void join(bus *to, struct ear *ear, const char *owner, uint64_t last) {
    ear->heard[0] = '\0';
    assert_int_equal(bus_join(to, owner, last, hear, ear), KF_OK);
}

static void publish(bus *to, const char *owner, const char *type, int number) {
    bus_publish(to, owner, type, json_pack("{s:i}", "n", number));
}

static void everybody_hears_what_is_for_everybody(void **state) {
    bus *events = new_bus();
    struct ear a = {0}, b = {0};
    (void)state;
    join(events, &a, "a", 0);
    join(events, &b, "b", 0);
    publish(events, NULL, "x", 1);
    assert_string_equal(a.heard, "x{\"n\":1} ");
    assert_string_equal(b.heard, a.heard);
    bus_free(events);
}

static void only_its_owner_hears_what_is_for_one(void **state) {
    bus *events = new_bus();
    struct ear a = {0}, b = {0}, again = {0};
    (void)state;
    join(events, &a, "a", 0);
    join(events, &b, "b", 0);
    publish(events, NULL, "x", 1);
    publish(events, "a", "secret", 2);
    assert_string_equal(a.heard, "x{\"n\":1} secret{\"n\":2} ");
    assert_string_equal(b.heard, "x{\"n\":1} ");
    join(events, &again, "b", 1);
    assert_string_equal(again.heard, "");
    bus_free(events);
}

static void who_comes_back_hears_what_was_missed(void **state) {
    bus *events = new_bus();
    struct ear a = {0};
    (void)state;
    join(events, &a, "a", 0);
    publish(events, NULL, "x", 1);
    bus_leave(events, hear, &a);
    uint64_t last = a.last;
    publish(events, NULL, "x", 2);
    publish(events, "b", "x", 3);
    publish(events, NULL, "x", 4);
    join(events, &a, "a", last);
    assert_string_equal(a.heard, "x{\"n\":2} x{\"n\":4} ");
    bus_free(events);
}

static void who_was_away_too_long_reads_all_again(void **state) {
    bus *events = new_bus();
    struct ear a = {0};
    (void)state;
    for (int i = 0; i < BUS_KEPT + 2; i++)
        publish(events, NULL, "x", i);
    join(events, &a, "a", 1);
    assert_string_equal(a.heard, "reset{} ");
    assert_int_equal(a.last, BUS_KEPT + 2);
    bus_leave(events, hear, &a);
    join(events, &a, "a", 2);
    assert_null(strstr(a.heard, "reset"));
    bus_free(events);
}

static void who_comes_from_another_server_reads_all_again(void **state) {
    bus *events = new_bus();
    struct ear a = {0};
    (void)state;
    publish(events, NULL, "x", 1);
    join(events, &a, "a", 77);
    assert_string_equal(a.heard, "reset{} ");
    bus_free(events);
}

static void events_are_kept_by_their_size_too(void **state) {
    bus *events = new_bus();
    struct ear a = {0};
    KF_AUTO_FREE char *text = malloc(1024 * 1024 + 1);
    (void)state;
    memset(text, 'x', 1024 * 1024);
    text[1024 * 1024] = '\0';
    for (int i = 0; i < 12; i++)
        bus_publish(events, NULL, "x", json_pack("{s:s}", "text", text));
    join(events, &a, "a", 2);
    assert_string_equal(a.heard, "reset{} ");
    bus_free(events);
}

static void one_may_leave_while_it_is_told(void **state) {
    bus *events = new_bus();
    struct ear a = {.leaves = events}, b = {0};
    (void)state;
    join(events, &b, "b", 0);
    join(events, &a, "a", 0);
    publish(events, NULL, "x", 1);
    publish(events, NULL, "x", 2);
    assert_string_equal(a.heard, "x{\"n\":1} ");
    assert_string_equal(b.heard, "x{\"n\":1} x{\"n\":2} ");
    bus_free(events);
}

static void there_is_an_end_to_listeners(void **state) {
    bus *events = new_bus();
    struct ear a = {0};
    int joined = 0;
    (void)state;
    while (joined < 5000 && bus_join(events, "a", 0, hear, &a) == KF_OK)
        joined++;
    assert_int_equal(joined, 1024);
    bus_leave(events, hear, &a);
    join(events, &a, "a", 0);
    bus_free(events);
}

static void data_is_one_line(void **state) {
    bus *events = new_bus();
    struct ear a = {0};
    (void)state;
    join(events, &a, "a", 0);
    bus_publish(events, NULL, "x", json_pack("{s:s}", "text", "one\ntwo\r\ndata: three"));
    assert_null(strchr(a.heard, '\n'));
    assert_null(strchr(a.heard, '\r'));
    bus_free(events);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_hears_what_is_for_everybody),
        cmocka_unit_test(only_its_owner_hears_what_is_for_one),
        cmocka_unit_test(who_comes_back_hears_what_was_missed),
        cmocka_unit_test(who_was_away_too_long_reads_all_again),
        cmocka_unit_test(who_comes_from_another_server_reads_all_again),
        cmocka_unit_test(events_are_kept_by_their_size_too),
        cmocka_unit_test(one_may_leave_while_it_is_told),
        cmocka_unit_test(there_is_an_end_to_listeners),
        cmocka_unit_test(data_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
