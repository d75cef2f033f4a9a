// SPDX-License-Identifier: GPL-2.0-only
/* The ring code that both sides share. */
#include "../ring/ring.c"
