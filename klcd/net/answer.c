// SPDX-License-Identifier: GPL-2.0-only
#include "answer.h"

/* ETH_TEST_FL_FAILED, ETH_TEST_FL_EXTERNAL_LB_DONE: what a test may add to its flags. */
#define TEST_FAILED 2
#define TEST_TOLD (TEST_FAILED | 8)
/* ETH_RSS_HASH_TOP, _XOR, _CRC32: the kernel has names for these. */
#define FUNCTIONS 7

void klcd_rss_sizes(struct net_rss *sizes, const void *answer, u32 n)
{
	const struct net_rss *told = answer;

	memset(sizes, 0, sizeof(*sizes));
	if (n < sizeof(*told) || told->entries > KLCD_RSS_ENTRIES || told->key > KLCD_RSS_KEY)
		return;
	sizes->entries = told->entries;
	sizes->key = told->key;
}

int klcd_rss_take(const struct net_rss *sizes, const void *answer, u32 n, u32 rings, u32 *table, u8 *key,
		  u32 *function)
{
	const struct net_rss *told = answer;
	const u32 *entry = (const u32 *)(told + 1);
	u32 i;

	if (n != sizeof(*told) + sizes->entries * sizeof(u32) + sizes->key || told->entries != sizes->entries ||
	    told->key != sizes->key || told->function & ~FUNCTIONS)
		return -EPROTO;
	for (i = 0; i < sizes->entries; i++)
		if (entry[i] >= rings)
			return -EPROTO;
	if (table)
		memcpy(table, entry, sizes->entries * sizeof(u32));
	if (key)
		memcpy(key, entry + sizes->entries, sizes->key);
	*function = told->function;
	return 0;
}

u32 klcd_rss_wish(const struct net_rss *sizes, const u32 *table, const u8 *key, u32 function, u8 *to)
{
	const struct net_rss head = {
		.entries = table ? sizes->entries : 0, .key = key ? sizes->key : 0, .function = function,
	};
	u32 i;

	memcpy(to, &head, sizeof(head));
	to += sizeof(head);
	for (i = 0; i < head.entries; i++)
		*to++ = table[i];
	if (key)
		memcpy(to, key, head.key);
	return sizeof(head) + head.entries + head.key;
}

int klcd_test_take(const void *answer, u32 n, u32 count, u32 *flags, u64 *results)
{
	/* struct ethtool_test: command, flags, one that is reserved, number of results. */
	const u32 *head = answer;
	u32 i;

	if (n != 4 * sizeof(u32) + count * sizeof(u64) || head[3] != count) {
		for (i = 0; i < count; i++)
			results[i] = 1;
		*flags |= TEST_FAILED;
		return -EPROTO;
	}
	memcpy(results, head + 4, count * sizeof(u64));
	*flags |= head[1] & TEST_TOLD;
	return 0;
}
