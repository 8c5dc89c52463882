// SPDX-License-Identifier: Apache-2.0
// Prints the moves that the journal allows, "FROM TO BY" a line, for journal_model.py.
#include <stdio.h>

#include "enroll/states.h"

int main(void) {
    static const char *const by[] = {[KF_MOVE_FLOW] = "flow", [KF_MOVE_PERSON] = "person"};
    for (size_t i = 0; i < kf_move_count; i++)
        printf("%s %s %s\n", kf_request_state_name(kf_moves[i].from),
               kf_request_state_name(kf_moves[i].to), by[kf_moves[i].by]);
    return fflush(stdout) == 0 ? 0 : 1;
}
