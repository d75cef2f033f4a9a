// SPDX-License-Identifier: GPL-2.0-only
#include "health.h"
#include <linux/nvme_ioctl.h>

/* Where a command has what; the NVMe base specification's figures of the three commands. */
#define CNS 0xffu /* identify, cdw10 */
#define LID 0xffu /* get log page, cdw10 */
#define RAE 0x8000u
#define NUMDL_SHIFT 16
#define FID 0xffu /* get features, cdw10 */
#define SEL 0x300u
#define TEMPERATURE_SELECT 0x3f0000u /* cdw11 of the temperature threshold */

const struct klcd_health klcd_health_smart = {
	.op = KLCD_GET_LOG, .nsid = ~0u, .cdw10 = 2 | (512 / 4 - 1) << NUMDL_SHIFT, .length = 512,
};

const struct klcd_health klcd_health_controller = { .op = KLCD_IDENTIFY, .cdw10 = 1, .length = KLCD_HEALTH_MOST };

/* Namespace, controller, active namespaces, descriptors of a namespace. */
static int identify(const struct nvme_passthru_cmd *cmd)
{
	if (cmd->cdw10 & ~CNS || cmd->cdw10 > 3 || cmd->cdw11 || cmd->cdw12)
		return -EACCES;
	return cmd->data_len == KLCD_HEALTH_MOST ? 0 : -EINVAL;
}

/* Errors, health, firmware slots, self-tests; a piece of one, too. */
static int get_log(const struct nvme_passthru_cmd *cmd)
{
	u32 lid = cmd->cdw10 & LID;

	if (cmd->cdw10 & ~(LID | RAE | 0xffffu << NUMDL_SHIFT) || cmd->cdw11)
		return -EACCES;
	if (lid != 1 && lid != 2 && lid != 3 && lid != 6)
		return -EACCES;
	if (((u64)(cmd->cdw10 >> NUMDL_SHIFT) + 1) * 4 != cmd->data_len || cmd->data_len > KLCD_HEALTH_MOST ||
	    cmd->cdw12 % 4)
		return -EINVAL;
	return 0;
}

/* Those that come in the result: features with data tell more than health. */
static int get_features(const struct nvme_passthru_cmd *cmd)
{
	/* Power, temperature, error recovery, write cache, queues, interrupts, events, heat, idle power. */
	static const u8 known[] = { 0x01, 0x02, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0b, 0x10, 0x11 };
	u32 fid = cmd->cdw10 & FID, i;

	if (cmd->cdw10 & ~(FID | SEL) || cmd->cdw11 & ~(fid == 0x04 ? TEMPERATURE_SELECT : 0) || cmd->cdw12)
		return -EACCES;
	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i] == fid)
			return cmd->data_len ? -EINVAL : 0;
	return -EACCES;
}

int klcd_health_allowed(const struct nvme_passthru_cmd *cmd, struct klcd_health *out)
{
	int err = -EACCES;

	if (cmd->flags || cmd->rsvd1)
		return -EINVAL;
	if (cmd->cdw2 || cmd->cdw3 || cmd->metadata || cmd->metadata_len || cmd->cdw13 || cmd->cdw14 || cmd->cdw15)
		return -EACCES;
	if (cmd->opcode == KLCD_IDENTIFY)
		err = identify(cmd);
	else if (cmd->opcode == KLCD_GET_LOG)
		err = get_log(cmd);
	else if (cmd->opcode == KLCD_GET_FEATURES)
		err = get_features(cmd);
	if (err)
		return err;
	*out = (struct klcd_health){
		.op = cmd->opcode, .nsid = cmd->nsid, .cdw10 = cmd->cdw10, .cdw11 = cmd->cdw11, .cdw12 = cmd->cdw12,
		.length = cmd->data_len,
	};
	return 0;
}

u32 klcd_health_piece(u32 length, u32 from)
{
	if (from >= length)
		return 0;
	return length - from < KLCD_HEALTH_PIECE ? length - from : KLCD_HEALTH_PIECE;
}

int klcd_health_kelvin(const u8 *kelvin, long *celsius)
{
	long value = kelvin[0] | kelvin[1] << 8;

	*celsius = value * 1000 - 273150;
	return *celsius < -100000 || *celsius > 250000 ? -ENODATA : 0;
}

int klcd_health_error(int err)
{
	switch (err) {
	case 0:
	case -EBUSY:
	case -EINTR:
	case -EINVAL:
	case -ENODEV:
	case -ENOMEM:
	case -ETIMEDOUT:
		return err;
	case -EAGAIN:
		return -EBUSY;
	case -ESTALE: /* of a disk that goes */
	case -ESHUTDOWN:
		return -ENODEV;
	}
	return -EIO;
}
