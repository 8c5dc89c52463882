// SPDX-License-Identifier: Apache-2.0
// Where private numbers lie: in the arena, and nowhere else once a function returned. The whole of
// this process's writable memory is searched for every eight bytes of them.
#include <openssl/evp.h>
#include <pthread.h>

#include "keys_fixture.h"
#include "keys/private.h"
#include "keys_scan.h"

/* One key is looked at at a time. */
static struct {
    enum which which;
    kf_softkey *key;
    kf_operation *operation;
    struct scan scan;
    size_t own; /* pieces that the key itself has in the arena */
} subject;

/* Ed25519 works with the hash of its seed (RFC 8032 5.1.5), which is as good as the seed. */
static void add_expanded_seed(struct kf_span seed) {
    kf_locked hash = {0};
    assert_int_equal(kf_locked_new(arena, 64, &hash), KF_OK);
    assert_true(EVP_Digest(seed.data, seed.len, hash.data, NULL, EVP_sha512(), NULL));
    scan_add(&subject.scan, hash.data, hash.len);
    kf_locked_clear(&hash);
}

static void begin(enum which which) {
    memset(&subject, 0, sizeof subject);
    subject.which = which;
    assert_int_equal(kf_softkey_generate(arena, &kinds[which].order, &subject.key), CKR_OK);
    for (enum kf_part part = KF_D; part < kf_part_count(subject.key); part++) {
        struct kf_span bytes = kf_part(subject.key, part);
        scan_add(&subject.scan, bytes.data, bytes.len);
        subject.own += bytes.len / 8;
    }
    if (which == ED25519)
        add_expanded_seed(kf_part(subject.key, KF_D));
}

static void end(void) {
    kf_operation_free(subject.operation);
    kf_softkey_free(subject.key);
}

/* AddressSanitizer gives functions other frames, in which registers are kept: the stack is searched
 * in the plain build. */
static size_t count_on_stack(const struct scan_result *found) {
#ifdef __SANITIZE_ADDRESS__
    return 0;
#else
    return found->on_stack;
#endif
}

/* What is found in the arena shows that the search finds. */
static void assert_only_in_arena(const char *after) {
    struct scan_result found = scan_memory(&subject.scan);
    if (found.elsewhere || found.on_stack)
        print_error("%s after %s: %zu pieces, and %zu on the stack\n", kinds[subject.which].name,
                    after, found.elsewhere, found.on_stack);
    assert_int_equal(found.elsewhere, 0);
    assert_int_equal(count_on_stack(&found), 0);
    assert_true(found.in_arena >= subject.own);
    assert_true(found.read > (size_t)128 * 1024);
}

static void assert_nowhere(void) {
    struct scan_result found = scan_memory(&subject.scan);
    assert_int_equal(found.in_arena + found.elsewhere + count_on_stack(&found), 0);
}

static void sign(CK_MECHANISM mechanism, const void *data, size_t len) {
    uint8_t signature[512];
    CK_ULONG room = sizeof signature;
    assert_int_equal(
        kf_operation_begin(&subject.operation, KF_OPERATION_SIGN, &mechanism, subject.key), CKR_OK);
    assert_int_equal(kf_operation_finish(subject.operation, data, len, signature, &room), CKR_OK);
}

static void the_search_finds_a_copy_on_the_heap(void **state) {
    for (enum which which = 0; which < KINDS; which++) {
        begin(which);
        struct kf_span bytes = kf_part(subject.key, KF_D);
        uint8_t *copy = malloc(bytes.len);
        memcpy(copy, bytes.data, bytes.len);
        assert_true(scan_memory(&subject.scan).elsewhere >= bytes.len / 8);
        explicit_bzero(copy, bytes.len);
        free(copy);
        end();
    }
}

static void making_a_key_leaves_nothing_behind(void **state) {
    for (enum which which = 0; which < KINDS; which++) {
        begin(which);
        assert_only_in_arena("generating");
        end();
        assert_nowhere();
    }
}

static void writing_and_reading_leaves_nothing_behind(void **state) {
    for (enum which which = 0; which < KINDS; which++) {
        kf_locked der = {0};
        kf_softkey *again = NULL;
        begin(which);
        assert_int_equal(kf_softkey_write(subject.key, arena, &der), CKR_OK);
        assert_int_equal(kf_softkey_read(arena, der.data, der.len, &again), CKR_OK);
        assert_only_in_arena("writing and reading");
        kf_locked_clear(&der);
        kf_softkey_free(again);
        end();
        assert_nowhere();
    }
}

/* Also with what the operation keeps for the next one. */
static void signing_leaves_nothing_behind(void **state) {
    for (enum which which = 0; which < KINDS; which++) {
        begin(which);
        sign((CK_MECHANISM){kinds[which].hashed, NULL, 0}, "abc", 3);
        assert_only_in_arena("signing once");
        for (int i = 0; i < 40; i++) /* OpenSSL renews its blinding every 32 times */
            sign((CK_MECHANISM){kinds[which].plain, NULL, 0}, "abc", 3);
        assert_only_in_arena("signing often");
        kf_softkey_wipe(subject.key);
        assert_nowhere();
        end();
    }
}

static void signing_with_pss_leaves_nothing_behind(void **state) {
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
    begin(RSA2048);
    sign((CK_MECHANISM){CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof pss}, "abc", 3);
    sign((CK_MECHANISM){CKM_RSA_X_509, NULL, 0}, "abc", 3);
    assert_only_in_arena("PSS");
    end();
    assert_nowhere();
}

static void decrypting_leaves_nothing_behind(void **state) {
    static const CK_MECHANISM pkcs1 = {CKM_RSA_PKCS, NULL, 0};
    uint8_t cipher[256], plain[256];
    CK_ULONG cipher_len = sizeof cipher, plain_len = sizeof plain;
    begin(RSA2048);
    assert_int_equal(
        run_with(KF_OPERATION_ENCRYPT, pkcs1, subject.key, "abc", 3, cipher, &cipher_len), CKR_OK);
    assert_int_equal(run_with(KF_OPERATION_DECRYPT, pkcs1, subject.key, cipher, sizeof cipher,
                              plain, &plain_len),
                     CKR_OK);
    assert_only_in_arena("decrypting");
    end();
    assert_nowhere();
}

static void deriving_leaves_nothing_behind(void **state) {
    for (enum which which = P256; which <= P521; which++) {
        kf_buf point = {0};
        kf_locked secret = {0};
        begin(which);
        assert_int_equal(kf_softkey_public_attribute(keys[which], CKA_EC_POINT, &point), CKR_OK);
        assert_int_equal(kf_softkey_derive(subject.key, point.data, point.len, arena, &secret),
                         CKR_OK);
        scan_add(&subject.scan, secret.data, secret.len);
        assert_only_in_arena("deriving");
        kf_locked_clear(&secret);
        kf_buf_clear(&point);
        end();
        assert_nowhere();
    }
}

static void *sign_in_a_thread(void *unused) {
    sign((CK_MECHANISM){kinds[subject.which].hashed, NULL, 0}, "abc", 3);
    return NULL;
}

/* The stack of a thread that has ended is kept by the C library for the next one. */
static void a_thread_leaves_nothing_behind(void **state) {
    for (enum which which = 0; which < KINDS; which++) {
        pthread_t thread;
        begin(which);
        assert_int_equal(pthread_create(&thread, NULL, sign_in_a_thread, NULL), 0);
        pthread_join(thread, NULL);
        assert_only_in_arena("signing in a thread");
        end();
    }
}

/* As a function of OpenSSL's might, deeper than the search itself goes. */
__attribute__((noinline)) static void leave_on_the_stack(void) {
    uint8_t room[10000];
    struct kf_span bytes = kf_part(subject.key, KF_D);
    memcpy(room, bytes.data, bytes.len);
    __asm__ volatile("" : : "r"(room) : "memory"); /* or the compiler would leave it out */
}

static void the_stack_is_wiped_after_private_work(void **state) {
    kf_locked der = {0};
    begin(P256);
    leave_on_the_stack();
    assert_true(scan_memory(&subject.scan).on_stack > 0);
    assert_int_equal(kf_softkey_write(subject.key, arena, &der), CKR_OK);
    assert_int_equal(scan_memory(&subject.scan).on_stack, 0);
    kf_locked_clear(&der);
    end();
}

static int search_in_the_child(void) {
    struct scan_result found = scan_memory(&subject.scan);
    return found.in_arena + found.elsewhere + count_on_stack(&found) == 0 ? 0 : 1;
}

static void the_child_of_a_fork_has_nothing(void **state) {
    for (enum which which = 0; which < KINDS; which++) {
        begin(which);
        sign((CK_MECHANISM){kinds[which].hashed, NULL, 0}, "abc", 3);
        assert_int_equal(in_child(search_in_the_child), 0);
        assert_only_in_arena("forking");
        end();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_a_copy_on_the_heap),
        cmocka_unit_test(making_a_key_leaves_nothing_behind),
        cmocka_unit_test(writing_and_reading_leaves_nothing_behind),
        cmocka_unit_test(signing_leaves_nothing_behind),
        cmocka_unit_test(signing_with_pss_leaves_nothing_behind),
        cmocka_unit_test(decrypting_leaves_nothing_behind),
        cmocka_unit_test(deriving_leaves_nothing_behind),
        cmocka_unit_test(a_thread_leaves_nothing_behind),
        cmocka_unit_test(the_stack_is_wiped_after_private_work),
        cmocka_unit_test(the_child_of_a_fork_has_nothing),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
