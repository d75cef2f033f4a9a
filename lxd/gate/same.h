/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SAME a, b: the assembler refuses ("negative value") if two offsets differ. Unlike .if it also
 * works for what is only known once the sections are laid out. The section is not linked.
 */
.macro SAME a, b
	.pushsection .discard.lxd_same, ""
	.skip	(\a) - (\b)
	.skip	(\b) - (\a)
	.popsection
.endm
