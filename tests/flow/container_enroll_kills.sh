#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# "enroll --medium" is killed at each call that changes a file: the container opens and holds no half pair, and going on
# ends with one certificate, one key that signs, and one order.
# labels: slow
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/container_lib.sh"
. "$(dirname "$0")/container_fault_lib.sh"

# enrolls_in MEDIUM STEP
enrolls_in() {
    medium=$1 resumed=0 between=0
    killed_everywhere "$2" goes_on_to_one_of_each $(enrollment)
    echo "$medium: killed at $points calls, $resumed resumed, $((points - resumed)) enrolled again, 0 torn," \
        "$between between two ids"
}

use_software
password=$(cat "$pin")
make_ca lab
made_before=no
keep_home
test_that "an enrollment that makes its container on the disk is killed" enrolls_in disk 2
test_that "an enrollment that makes its container in the registry is killed" enrolls_in registry 6
made_before=yes
go_back_home
make_empty_container disk
keep_home
test_that "an enrollment in a container on the disk is killed" enrolls_in disk 4
go_back_home
exits 0 kf container move anna --medium registry
keep_home
test_that "an enrollment in a container in the registry is killed" enrolls_in registry 9
