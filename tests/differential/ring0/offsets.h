/* SPDX-License-Identifier: GPL-2.0-only */
/* What enter.S and machine.c share. */
#ifndef LXD_DIFFERENTIAL_OFFSETS_H
#define LXD_DIFFERENTIAL_OFFSETS_H

#define STUBS 32
#define STUB_SIZE 16
#define ERROR_CODES 0x00227d00 /* 8, 10 to 14, 17, 21 */

/* struct caught, after its 16 registers */
#define CAUGHT_TRAP 128
#define CAUGHT_ERROR 136
#define CAUGHT_IP 144
#define CAUGHT_FLAGS 152
#define CAUGHT_SIZE 160

#endif
