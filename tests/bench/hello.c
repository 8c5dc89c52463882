// SPDX-License-Identifier: Apache-2.0
// hello: what the system takes to start any program that prints a line.

#include <stdio.h>

int main(void) {
    return puts("hello") < 0;
}
