// SPDX-License-Identifier: GPL-2.0-only
/* Kbuild wants its objects beside the Kbuild file. */
#include "../build.c"
