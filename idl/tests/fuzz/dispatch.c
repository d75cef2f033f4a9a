// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: any bytes as messages into the generated host side of golden/full.idl, and as the
 * domain's answers to the host's calls. The implementations are those of the generated test: they
 * abort on anything that the contract forbids.
 */
#define main test_main
#include "full_test.c"
#undef main

struct step {
	__u16 fn;
	__u16 call;
	__s8 queue;
	__u8 length; /* of the data that follows, in units of 2 bytes */
	__u8 state, object;
};

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct step step;

	(void)test_main;
	hostile = 1;
	test_name = "fuzz";
	lxd_full_contract_init(&contract);
	memset(objects, 0, sizeof(objects));
	while (size >= sizeof(step)) {
		struct lxd_msg msg = { 0 };
		__u8 padded[4096] = { 0 };
		size_t n;
		int err;

		memcpy(&step, data, sizeof(step));
		data += sizeof(step);
		size -= sizeof(step);
		n = step.length * 2u < size ? step.length * 2u : size;
		memcpy(padded, data, n);
		data += n;
		size -= n;
		if (step.state & 0x80)
			objects[LXD_FULL_HANDLE_PORT % 16][step.object % 32].object.state = step.state % 6;
		seed = (step.object + 1) * 0x9e3779b97f4a7c15ull;
		ran = domain.violations = 0;
		if (step.state & 0x40) {
			/* The host calls; the domain's answer has some of these bytes in it. */
			memcpy(&seed, padded, sizeof(seed));
			seed |= 1;
			round_h_look();
			random_h_look();
			round_h_stats();
			random_h_stats();
			round_h_command();
			random_h_command();
			continue;
		}
		msg.fn = step.fn % 4 ? (__u16)LXD_FN(7, step.fn / 4 % (LXD_FULL_NR_HOST_FNS + 1)) : step.fn;
		msg.call = step.call % 2;
		msg.queue = step.queue % 4 ? -1 : step.queue / 4;
		msg.len = n > 56 ? n : 56;
		msg.data = exactly(padded, msg.len);
		err = to_host(&msg);
		CHECK(err == 0 || err == -EPROTO);
		CHECK(err == 0 || (ran == 0 && domain.violations));
		free(msg.data);
	}
	return 0;
}
