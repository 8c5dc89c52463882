// SPDX-License-Identifier: Apache-2.0
// Objects: finding them.
#include "fakes/objects.h"

#include <stdlib.h>

#include "fakes/fake.h"

enum { BOGUS_HANDLE = 0x7f000000 };

CK_RV objects_find_init(struct fake *fake, CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template,
                        CK_ULONG count) {
    struct session *session = NULL;
    struct token *token = NULL;
    const CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    if (template == NULL && count > 0)
        return CKR_ARGUMENTS_BAD;
    if (session->search.active)
        return CKR_OPERATION_ACTIVE;
    size_t most = 0;
    for (const struct object *object = token->objects; object != NULL; object = object->next)
        most++;
    struct search *search = &session->search;
    *search = (struct search){.active = true};
    search->handles = attrs_alloc(most, sizeof *search->handles);
    for (const struct object *object = token->objects; object != NULL; object = object->next) {
        if (token_shows(token, object) && attrs_match(&object->attrs, template, count))
            search->handles[search->count++] = object->handle;
    }
    return CKR_OK;
}

// How many objects the search shall seem to have found.
static size_t count_of(const struct fake *fake, const struct search *search) {
    if (fake->script.objects_forever)
        return (size_t)-1;
    return fake->script.objects.set ? fake->script.objects.number : search->count;
}

CK_RV objects_find(struct fake *fake, CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *objects,
                   CK_ULONG max, CK_ULONG *ret_count) {
    struct session *session = NULL;
    struct token *token = NULL;
    const CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    struct search *search = &session->search;
    if (!search->active)
        return CKR_OPERATION_NOT_INITIALIZED;
    if (ret_count == NULL || (objects == NULL && max > 0))
        return CKR_ARGUMENTS_BAD;
    const size_t count = count_of(fake, search);
    CK_ULONG given = 0;
    for (; given < max && search->next < count; search->next++)
        objects[given++] = search->next < search->count ? search->handles[search->next]
                                                        : BOGUS_HANDLE + search->next;
    *ret_count = fake->script.objects_overcount ? max + 1 : given;
    return CKR_OK;
}

CK_RV objects_find_final(struct fake *fake, CK_SESSION_HANDLE handle) {
    struct session *session = NULL;
    struct token *token = NULL;
    const CK_RV rv = session_find(fake, handle, &session, &token);
    if (rv != CKR_OK)
        return rv;
    if (!session->search.active)
        return CKR_OPERATION_NOT_INITIALIZED;
    session_end_search(&session->search);
    return CKR_OK;
}
