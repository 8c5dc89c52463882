// SPDX-License-Identifier: Apache-2.0
// Is this very certificate on the token?
#pragma once

#include "token/attribute.h"

static bool session_has_cert(kf_session *session, const uint8_t *der, size_t len) {
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE pattern[] = {{CKA_CLASS, &class, sizeof(class)}};
    KF_AUTO(kf_handles) handles = {0};
    bool there = false;
    assert_int_equal(kf_objects_find(session, pattern, KF_COUNT(pattern), &handles), KF_OK);
    for (size_t i = 0; i < handles.count; i++) {
        KF_AUTO(kf_object) object = {0};
        assert_int_equal(kf_object_read(session, handles.items[i], &object), KF_OK);
        there |= object.value.len == len && memcmp(object.value.data, der, len) == 0;
    }
    return there;
}
