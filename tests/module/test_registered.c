// SPDX-License-Identifier: Apache-2.0
// A module that is registered with p11-kit gets the arguments that its .module file has for it.
#define P11_KIT_FUTURE_UNSTABLE_API
#include <p11-kit/p11-kit.h>

#include "module/rig.h"

static void a_registered_module_gets_its_arguments(void **state) {
    struct rig *rig = *state;
    char modules[512], none[512];
    snprintf(modules, sizeof(modules), "%s/home/.config/pkcs11/modules", rig->dir);
    snprintf(none, sizeof(none), "%s/none", rig->dir);
    p11_kit_override_system_files(none, none, modules, none, none);
    rig_run(rig, "rm keyfob.conf");
    struct kf_context_options options = {.home = rig->dir};
    kf_context_free(rig->context);
    assert_ok(kf_context_new(&options, &rig->context));
    assert_ok(kf_tokens_open(rig->context, &rig->tokens));
    assert_int_equal(kf_tokens_note_count(rig->tokens), 0);
    assert_ok(kf_tokens_select(rig->tokens, rig->module->label, &rig->token));
    assert_string_equal(kf_token_info(rig->token)->module, "tested");
    assert_true(kf_token_info(rig->token)->user_pin_set); /* a fresh database has no PIN */
}

int main(void) {
    const struct CMUnitTest tests[] = {RIG_TEST(a_registered_module_gets_its_arguments)};
    rig_use(module_find("nss"));
    return cmocka_run_group_tests_name("module/registered", tests, NULL, NULL);
}
