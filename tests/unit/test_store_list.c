// SPDX-License-Identifier: Apache-2.0
// Lists, states by the clock, and what needs renewal.
#include "store_fixture.h"

static const struct {
    int64_t left; /* seconds */
    const char *status;
    int days;
} moments[] = {
    {29 * DAY, "valid", 29},      {28 * DAY + 1, "valid", 28}, {28 * DAY, "expires_soon", 28},
    {DAY - 1, "expires_soon", 0}, {0, "expires_soon", 0},      {-1, "expired", -1},
    {-DAY, "expired", -1},        {-DAY - 1, "expired", -2},   {400 * DAY, "not_yet_valid", 400},
};

static void the_state_follows_the_clock(void **state) {
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca"});
    for (size_t i = 0; i < KF_COUNT(moments); i++) {
        KF_AUTO_PTR(json_t) document = NULL;
        store_now = NOW + 180 * DAY - moments[i].left;
        assert_int_equal(kf_store_json(store, "c-1", &document), KF_OK);
        assert_string_equal(json_string_value(json_object_get(document, "status")),
                            moments[i].status);
        assert_int_equal(json_integer_value(json_object_get(document, "days_left")),
                         moments[i].days);
    }
}

static void a_list_has_its_kind_only_in_order_of_arrival(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca"});
    put_made(KF_STORE_OTHER, &(struct recipe){.cn = "b", .issuer = "ca"});
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "c", .issuer = "ca"});
    assert_int_equal(kf_store_list_json(store, KF_STORE_PERSONAL, &list), KF_OK);
    assert_int_equal(json_array_size(list), 2);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(list, i), "id")),
                            i ? "c-3" : "c-1");
}

static void an_empty_store_gives_empty_lists(void **state) {
    for (int kind = KF_STORE_PERSONAL; kind <= KF_STORE_OTHER; kind++)
        assert_int_equal(count_of((enum kf_store_kind)kind), 0);
}

static const char *renewal_id(const json_t *list, size_t i) {
    return json_string_value(json_object_get(json_array_get(list, i), "id"));
}

static void current_personal_ones_need_renewal_soonest_first(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    struct recipe late = {.cn = "late", .issuer = "ca", .not_after = NOW + 20 * DAY};
    struct recipe soon = {.cn = "soon", .issuer = "ca", .not_after = NOW + 2 * DAY};
    struct recipe gone = {.cn = "gone", .issuer = "ca", .not_after = NOW - DAY};
    struct recipe far = {.cn = "far", .issuer = "ca", .not_after = NOW + 20 * DAY + 1};
    put_made(KF_STORE_PERSONAL, &late);
    put_made(KF_STORE_PERSONAL, &soon);
    put_made(KF_STORE_PERSONAL, &gone);
    put_made(KF_STORE_PERSONAL, &far);
    put_made(KF_STORE_OTHER, &soon);
    assert_int_equal(kf_store_needs_renewal(store, 20 * DAY, &list), KF_OK);
    assert_int_equal(json_array_size(list), 3);
    assert_string_equal(renewal_id(list, 0), "c-3");
    assert_string_equal(renewal_id(list, 1), "c-2");
    assert_string_equal(renewal_id(list, 2), "c-1");
}

static void a_superseded_one_needs_no_renewal(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca", .not_after = NOW + 1});
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "b", .issuer = "ca"});
    assert_int_equal(kf_store_supersede(store, "c-1", "c-2"), KF_OK);
    assert_int_equal(kf_store_needs_renewal(store, 28 * DAY, &list), KF_OK);
    assert_int_equal(json_array_size(list), 0);
}

/* Status, "revoked_at" and "revoked_reason" of c-1, in one text. */
static void assert_revocation(const char *wanted) {
    KF_AUTO_PTR(json_t) document = NULL;
    char seen[128];
    assert_int_equal(kf_store_json(store, "c-1", &document), KF_OK);
    const char *at = json_string_value(json_object_get(document, "revoked_at"));
    const char *reason = json_string_value(json_object_get(document, "revoked_reason"));
    const char *asked =
        json_string_value(json_object_get(json_object_get(document, "revocation"), "text"));
    snprintf(seen, sizeof seen, "%s %s %s %s",
             json_string_value(json_object_get(document, "status")), at ? at : "-",
             reason ? reason : "-", asked ? asked : "-");
    assert_string_equal(seen, wanted);
}

static void a_revocation_that_was_asked_for_is_shown_until_it_is_decided(void **state) {
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca"});
    assert_revocation("valid - - -");
    assert_int_equal(kf_store_revocation_asked(store, "c-1", 1, "an approver decides"), KF_OK);
    assert_revocation("valid - keyCompromise an approver decides");
    assert_int_equal(kf_store_revoked(store, "c-1", 4), KF_OK);
    assert_revocation("revoked 2027-01-15T08:00:00Z superseded -");
    store_now += DAY;
    assert_int_equal(kf_store_revoked(store, "c-1", 1), KF_OK);
    assert_int_equal(kf_store_revocation_asked(store, "c-1", 1, "again"), KF_OK);
    assert_revocation("revoked 2027-01-15T08:00:00Z superseded -");
}

static void revoked_wins_over_every_other_state(void **state) {
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca", .not_after = NOW + 1});
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "b", .issuer = "ca"});
    assert_int_equal(kf_store_supersede(store, "c-1", "c-2"), KF_OK);
    assert_int_equal(kf_store_revoked(store, "c-1", 0), KF_OK);
    store_now = NOW + 2;
    assert_revocation("revoked 2027-01-15T08:00:00Z unspecified -");
    assert_int_equal(kf_store_revoked(store, "c-9", 0), KF_E_NOT_FOUND);
}

static void a_revoked_one_needs_no_renewal(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca", .not_after = NOW + 1});
    assert_int_equal(kf_store_revoked(store, "c-1", 5), KF_OK);
    assert_int_equal(kf_store_needs_renewal(store, 28 * DAY, &list), KF_OK);
    assert_int_equal(json_array_size(list), 0);
}

static void any_length_of_time_may_be_asked_for(void **state) {
    KF_AUTO_PTR(json_t) list = NULL;
    put_made(KF_STORE_PERSONAL, &(struct recipe){.cn = "a", .issuer = "ca"});
    assert_int_equal(kf_store_needs_renewal(store, -1, &list), KF_E_USAGE);
    assert_int_equal(kf_store_needs_renewal(store, INT64_MAX, &list), KF_OK);
    assert_int_equal(json_array_size(list), 1);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        IN_STORE(the_state_follows_the_clock),
        IN_STORE(a_list_has_its_kind_only_in_order_of_arrival),
        IN_STORE(an_empty_store_gives_empty_lists),
        IN_STORE(current_personal_ones_need_renewal_soonest_first),
        IN_STORE(a_superseded_one_needs_no_renewal),
        IN_STORE(a_revocation_that_was_asked_for_is_shown_until_it_is_decided),
        IN_STORE(revoked_wins_over_every_other_state),
        IN_STORE(a_revoked_one_needs_no_renewal),
        IN_STORE(any_length_of_time_may_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
