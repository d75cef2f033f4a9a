// SPDX-License-Identifier: GPL-2.0-only
/* What the stand-in answers to ethtool's questions: nonsense, the truth about a device that it pretends, or one lie at a time. */
#include <linux/delay.h>
#include <linux/ethtool.h>
#include <linux/module.h>
#include <linux/random.h>
#include <klcd/net/ethtool.h>
#include <klcd/net/net.h>
#include "netloop.h"

#define ENTRIES 128
#define KEY 40
#define TESTS 3

enum {
	NONSENSE,
	TRUTH,
	QUEUES, /* the table names one that does not exist */
	SIZES, /* one entry, one result more than at registration */
	SHORT, /* less than there should be */
	FAILED, /* the second test */
	FUNCTION, /* a hash that the kernel has no name for */
	HASTY, /* the light is to blink a thousand times a second */
	DRIBBLE, /* a byte in each piece of the statistics */
};

static unsigned int asked;
module_param_named(net_asked, asked, uint, 0444);
/* Calls of the host's about counters or addresses; those while a self-test ran that was long enough for the former. */
static unsigned int others, disturbed;
module_param_named(net_others, others, uint, 0444);
module_param_named(net_disturbed, disturbed, uint, 0444);
static bool in_test;
static int tell;
module_param_named(net_tell, tell, int, 0644);

static u8 table[ENTRIES], key[KEY];
static u64 fields = RXH_IP_SRC | RXH_IP_DST;

/* As much as an answer to @code may have. */
static u16 most(u32 code)
{
	switch (code) {
	case NET_ET_COUNT: case NET_ET_REGS_LEN: case NET_ET_GET_MSGLEVEL:
	case NET_ET_GET_PRIV_FLAGS: case NET_ET_EEPROM_LEN: case NET_ET_PHYS_ID:
		return 4;
	case NET_ET_GET_HASH:
		return 8;
	case NET_ET_SET_LINK: case NET_ET_SET_RING: case NET_ET_SET_CHANNELS: case NET_ET_SET_COALESCE:
	case NET_ET_SET_PAUSE: case NET_ET_SET_MSGLEVEL: case NET_ET_NWAY_RESET: case NET_ET_SET_PRIV_FLAGS:
	case NET_ET_SET_RXFH: case NET_ET_SET_HASH:
		return 0;
	}
	return LXD_NET_TEXT;
}

static u32 tell_table(u8 *to)
{
	struct net_rss head = { .entries = ENTRIES, .key = KEY, .function = ETH_RSS_HASH_TOP };
	u32 *entry = (u32 *)(to + sizeof(head)), i;

	if (tell == SIZES)
		head.entries++;
	if (tell == FUNCTION)
		head.function = 64;
	for (i = 0; i < head.entries; i++)
		entry[i] = i < ENTRIES ? table[i] : 0;
	if (tell == QUEUES)
		entry[ENTRIES - 1] = 2;
	memcpy(to, &head, sizeof(head));
	memcpy(entry + head.entries, key, KEY);
	return sizeof(head) + head.entries * 4 + KEY - (tell == SHORT);
}

static u32 tell_test(u8 *to, u32 flags)
{
	struct ethtool_test *test = (void *)to;

	if (flags & ETH_TEST_FL_OFFLINE) {
		WRITE_ONCE(in_test, true);
		msleep(2500);
		WRITE_ONCE(in_test, false);
	}
	test->flags = flags | (tell == FAILED ? ETH_TEST_FL_FAILED | 0xf0 : 0);
	test->len = TESTS + (tell == SIZES);
	memset(test->data, 0, 64);
	test->data[1] = tell == FAILED ? 13 : 0;
	return sizeof(*test) + test->len * 8 - (tell == SHORT);
}

static int keep_table(const struct lxd_net_ethtool_in *in)
{
	struct net_rss head;

	memcpy(&head, in->input, sizeof(head));
	if (in->n != sizeof(head) + head.entries + head.key || (head.entries && head.entries != ENTRIES) ||
	    (head.key && head.key != KEY))
		return -EINVAL;
	memcpy(table, in->input + sizeof(head), head.entries);
	memcpy(key, in->input + sizeof(head) + head.entries, head.key);
	return 0;
}

int netloop_ethtool(const struct lxd_net_ethtool_in *in, struct lxd_net_ethtool_out *out)
{
	u32 number = 0;

	asked++;
	out->total = 3000;
	out->len = most(in->code);
	get_random_bytes(out->data, sizeof(out->data));
	if (!READ_ONCE(tell))
		return 0;
	switch (in->code) {
	case NET_ET_COUNT:
		number = in->argument == ETH_SS_TEST ? TESTS : 4;
		memcpy(out->data, &number, 4);
		break;
	case NET_ET_STATS:
		out->len = tell == DRIBBLE ? 1 : out->len;
		break;
	case NET_ET_RXFH:
		out->total = tell_table(out->data);
		out->len = out->total;
		break;
	case NET_ET_TEST:
		out->total = tell_test(out->data, in->argument);
		out->len = out->total;
		break;
	case NET_ET_PHYS_ID:
		number = in->argument != ETHTOOL_ID_ACTIVE ? 0 : tell == HASTY ? 1000 : 2;
		memcpy(out->data, &number, 4);
		break;
	case NET_ET_SET_RXFH:
		return keep_table(in);
	case NET_ET_GET_HASH:
		memcpy(out->data, &fields, 8);
		break;
	case NET_ET_SET_HASH:
		memcpy(&fields, in->input, 8);
		break;
	}
	return 0;
}

void netloop_other(void)
{
	others++;
	if (READ_ONCE(in_test))
		disturbed++;
}

/* As a driver does when it makes its queues; CPUs and queues that are not there too. */
void netloop_xps(struct lxd_domain *dom, u32 device)
{
	struct lxd_net_set_xps_in in = { .dev = device };

	for (in.queue = 0; in.queue < 16; in.queue++) {
		in.cpus = tell == QUEUES ? ~0ull : 1ull << (in.queue & 1);
		netloop_say(dom, LXD_NET_SET_XPS, -1, 1, &in, sizeof(in));
	}
}
