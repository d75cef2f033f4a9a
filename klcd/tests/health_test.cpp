// SPDX-License-Identifier: GPL-2.0-only
// Which admin commands of a user are composed for the device, and what of an answer is believed.
#include <gtest/gtest.h>

#include <linux/nvme_ioctl.h>

extern "C" {
#include "block/health.h"
}

namespace {

int allowed(const nvme_passthru_cmd &cmd)
{
	klcd_health out;
	return klcd_health_allowed(&cmd, &out);
}

nvme_passthru_cmd command(u8 opcode, u32 cdw10, u32 length)
{
	nvme_passthru_cmd cmd{};
	cmd.opcode = opcode;
	cmd.cdw10 = cdw10;
	cmd.data_len = length;
	cmd.addr = 0x1000;
	cmd.timeout_ms = 60000;
	return cmd;
}

nvme_passthru_cmd log_page(u32 lid, u32 length) { return command(2, lid | (length / 4 - 1) << 16, length); }

TEST(Health, AllowsWhatToolsAskFirst)
{
	for (u32 cns : {0, 1, 2, 3})
		EXPECT_EQ(allowed(command(6, cns, 4096)), 0) << cns;
	for (u32 lid : {1, 2, 3, 6})
		EXPECT_EQ(allowed(log_page(lid, 512)), 0) << lid;
	EXPECT_EQ(allowed(log_page(1, 4096)), 0);
	EXPECT_EQ(allowed(log_page(2 | 1 << 15, 512)), 0) << "events are kept";
	for (u32 fid : {1, 2, 4, 5, 6, 7, 8, 0xb, 0x10, 0x11})
		for (u32 select : {0, 1, 2, 3})
			EXPECT_EQ(allowed(command(10, fid | select << 8, 0)), 0) << fid;
}

TEST(Health, ComposesFromTheFieldsThatWereLookedAt)
{
	klcd_health out;
	auto cmd = log_page(1, 4096);
	cmd.nsid = ~0u;
	cmd.cdw12 = 4096;
	ASSERT_EQ(klcd_health_allowed(&cmd, &out), 0);
	EXPECT_EQ(out.op, 2);
	EXPECT_EQ(out.nsid, ~0u);
	EXPECT_EQ(out.cdw10, 1u | 1023 << 16);
	EXPECT_EQ(out.cdw12, 4096u);
	EXPECT_EQ(out.length, 4096u);
}

TEST(Health, RefusesEveryOtherOpcode)
{
	for (unsigned opcode = 0; opcode < 256; opcode++) {
		if (opcode == 2 || opcode == 6 || opcode == 10)
			continue;
		for (u32 length : {0u, 512u, 4096u})
			EXPECT_EQ(allowed(command(opcode, 1, length)), -EACCES) << opcode;
	}
}

TEST(Health, RefusesEveryOtherPageAndFeature)
{
	for (u32 n = 0; n < 256; n++) {
		EXPECT_EQ(allowed(command(6, n, 4096)), n > 3 ? -EACCES : 0) << n;
		EXPECT_EQ(allowed(log_page(n, 512)), n == 1 || n == 2 || n == 3 || n == 6 ? 0 : -EACCES) << n;
	}
	// With data of their own, or about more than the device's health: LBA ranges, idle states, time, host memory.
	for (u32 fid : {0, 3, 9, 0xa, 0xc, 0xd, 0xe, 0xf, 0x12, 0x80, 0xff})
		EXPECT_EQ(allowed(command(10, fid, 0)), -EACCES) << fid;
}

TEST(Health, RefusesEachBitThatIsNotLookedAt)
{
	for (auto good : {command(6, 1, 4096), log_page(2, 512), command(10, 6, 0)}) {
		ASSERT_EQ(allowed(good), 0);
		for (auto field : {&nvme_passthru_cmd::cdw2, &nvme_passthru_cmd::cdw3, &nvme_passthru_cmd::metadata_len,
				   &nvme_passthru_cmd::cdw11, &nvme_passthru_cmd::cdw13, &nvme_passthru_cmd::cdw14,
				   &nvme_passthru_cmd::cdw15})
			for (unsigned bit = 0; bit < 32; bit++) {
				auto bad = good;
				bad.*field = 1u << bit;
				EXPECT_EQ(allowed(bad), -EACCES) << int(good.opcode) << " bit " << bit;
			}
		for (unsigned bit = 8; bit < 32; bit++) {
			auto bad = good;
			bad.cdw10 ^= 1u << bit;
			bool known = (good.opcode == 2 && bit == 15) || (good.opcode == 10 && bit < 10);
			EXPECT_EQ(allowed(bad) == 0, known) << int(good.opcode) << " bit " << bit;
		}
		auto bad = good;
		bad.flags = 1;
		EXPECT_EQ(allowed(bad), -EINVAL);
		bad = good;
		bad.rsvd1 = 1;
		EXPECT_EQ(allowed(bad), -EINVAL);
		bad = good;
		bad.metadata = 1;
		EXPECT_EQ(allowed(bad), -EACCES);
	}
}

TEST(Health, LengthsAreTheCommandsOwn)
{
	for (u32 length : {0u, 1u, 4u, 512u, 4095u, 4097u, 8192u, ~0u})
		EXPECT_EQ(allowed(command(6, 1, length)), -EINVAL) << length;
	for (u32 length : {0u, 508u, 516u, 4096u, ~0u}) {
		auto bad = log_page(2, 512);
		bad.data_len = length;
		EXPECT_EQ(allowed(bad), -EINVAL) << length;
	}
	EXPECT_EQ(allowed(log_page(1, 4100)), -EINVAL) << "more than a page";
	EXPECT_EQ(allowed(command(2, 1 | 0xffffu << 16, 0x40000)), -EINVAL);
	EXPECT_EQ(allowed(command(10, 6, 4)), -EINVAL);
	auto odd = log_page(1, 512);
	odd.cdw12 = 2;
	EXPECT_EQ(allowed(odd), -EINVAL);
}

TEST(Health, ThresholdsOfTheTemperatureHaveASelector)
{
	auto cmd = command(10, 4, 0);
	cmd.cdw11 = 0x3f0000;
	EXPECT_EQ(allowed(cmd), 0);
	cmd.cdw11 = 0x400000;
	EXPECT_EQ(allowed(cmd), -EACCES);
	cmd = command(10, 6, 0);
	cmd.cdw11 = 0x10000;
	EXPECT_EQ(allowed(cmd), -EACCES);
}

TEST(Health, TheHostsOwnCommandsAreAllowed)
{
	for (const klcd_health *own : {&klcd_health_smart, &klcd_health_controller}) {
		auto cmd = command(own->op, own->cdw10, own->length);
		cmd.nsid = own->nsid;
		EXPECT_EQ(allowed(cmd), 0);
	}
}

TEST(Health, PiecesEndWhereTheAnswerEnds)
{
	EXPECT_EQ(klcd_health_piece(4096, 0), 1024u);
	EXPECT_EQ(klcd_health_piece(4096, 3072), 1024u);
	EXPECT_EQ(klcd_health_piece(512, 0), 512u);
	EXPECT_EQ(klcd_health_piece(1028, 1024), 4u);
	EXPECT_EQ(klcd_health_piece(512, 512), 0u);
	EXPECT_EQ(klcd_health_piece(512, ~0u), 0u);
	EXPECT_EQ(klcd_health_piece(0, 0), 0u);
}

TEST(Health, TemperaturesNoDeviceHasAreNone)
{
	auto celsius = [](u16 kelvin) {
		const u8 bytes[] = {u8(kelvin), u8(kelvin >> 8)};
		long value = 0;
		int err = klcd_health_kelvin(bytes, &value);
		return err ? long(err) * 1000000 : value;
	};
	EXPECT_EQ(celsius(300), 26850);
	EXPECT_EQ(celsius(258), -15150);
	EXPECT_EQ(celsius(174), -99150);
	EXPECT_EQ(celsius(523), 249850);
	for (u16 kelvin : {0, 1, 173, 524, 0x7fff, 0x8000, 0xffff})
		EXPECT_EQ(celsius(kelvin), long(-ENODATA) * 1000000) << kelvin;
}

TEST(Health, ErrorsOfADomainAreThoseThatUsersKnow)
{
	EXPECT_EQ(klcd_health_error(0), 0);
	EXPECT_EQ(klcd_health_error(-EBUSY), -EBUSY);
	EXPECT_EQ(klcd_health_error(-ETIMEDOUT), -ETIMEDOUT);
	EXPECT_EQ(klcd_health_error(-ESTALE), -ENODEV);
	for (int err : {-1, -512, -513, -516, -530, -4095, -4096, -0x7fffffff})
		EXPECT_EQ(klcd_health_error(err), -EIO) << err;
}

} // namespace
