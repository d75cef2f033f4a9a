/* SPDX-License-Identifier: GPL-2.0-only */
/* Which admin commands a user may have sent to the device of an isolated disk; see klcd/tests. */
#ifndef KLCD_BLOCK_HEALTH_H
#define KLCD_BLOCK_HEALTH_H

#include "../pure.h"

struct nvme_passthru_cmd;

/* Bytes of the longest answer, and of the pieces in which it comes. */
#define KLCD_HEALTH_MOST 4096
#define KLCD_HEALTH_PIECE 1024
/* How long a user waits when it is his turn, whatever he asks. */
#define KLCD_HEALTH_SECONDS 30

enum klcd_health_op {
	KLCD_GET_LOG = 0x02,
	KLCD_IDENTIFY = 0x06,
	KLCD_GET_FEATURES = 0x0a,
};

/* All that reaches the domain of a command; every other field of it is zero. */
struct klcd_health {
	u8 op; /* enum klcd_health_op */
	u32 nsid, cdw10, cdw11, cdw12;
	u32 length; /* of the answer */
};

/**
 * klcd_health_allowed() - composes the command that a user asks for
 * @cmd: the user's
 * @out: filled in when the command is allowed
 *
 * Only what reads, and nothing that changes the device, its namespaces or its firmware.
 * Return: 0; -EINVAL when the fields contradict each other; -EACCES when the list has no such command.
 */
int klcd_health_allowed(const struct nvme_passthru_cmd *cmd, struct klcd_health *out);

/* The SMART log page, and what identifies the controller. */
extern const struct klcd_health klcd_health_smart, klcd_health_controller;

/* Bytes of the piece of an answer that begins at @from. */
u32 klcd_health_piece(u32 length, u32 from);

/**
 * klcd_health_kelvin() - a temperature out of an answer
 * @kelvin: as the domain has it, little endian
 * @celsius: out, in thousandths of a degree
 *
 * Return: 0; -ENODATA when the device has none, or one that no device has (below -100 or above 250 degrees).
 */
int klcd_health_kelvin(const u8 *kelvin, long *celsius);

/* The error of a user's call: the driver's own where users know it, else -EIO. */
int klcd_health_error(int err);

#endif
