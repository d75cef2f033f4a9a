/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain says to ethtool's questions whose answers have an inside: sizes, tables, results. */
#ifndef KLCD_NET_ANSWER_H
#define KLCD_NET_ANSWER_H

#include "../pure.h"
#include "ethtool.h"

/* More of them than any device has that the queues of a domain are enough for. */
#define KLCD_RSS_ENTRIES 512
#define KLCD_RSS_KEY 64
#define KLCD_RSS_ANSWER (sizeof(struct net_rss) + KLCD_RSS_ENTRIES * sizeof(u32) + KLCD_RSS_KEY)
#define KLCD_RSS_WISH (sizeof(struct net_rss) + KLCD_RSS_ENTRIES + KLCD_RSS_KEY)
/* Results of a self-test: all of them in one piece of an answer, or the test would be run for each. */
#define KLCD_TESTS 64
#define KLCD_TEST_ANSWER (4 * sizeof(u32) + KLCD_TESTS * sizeof(u64))

#define KLCD_SPEED_MOST 800000 /* Mbit/s */

/* A link's speed that there may be; 0: none. */
static inline bool klcd_link_speed_ok(u32 speed)
{
	return speed <= KLCD_SPEED_MOST;
}

/* Sizes that may be frozen: those of the first @n bytes of an answer, or none. */
void klcd_rss_sizes(struct net_rss *sizes, const void *answer, u32 n);

/*
 * @n bytes of an answer, with room for KLCD_RSS_ANSWER: into @table and @key, either of which may be NULL. -EPROTO, and
 * nothing is written, if sizes are not those of before, or an entry names none of @rings queues.
 */
int klcd_rss_take(const struct net_rss *sizes, const void *answer, u32 n, u32 rings, u32 *table, u8 *key,
		  u32 *function);

/*
 * The wish for @table and @key, either of which may be NULL: the number of bytes written to @to, KLCD_RSS_WISH at most.
 * Entries are below 256.
 */
u32 klcd_rss_wish(const struct net_rss *sizes, const u32 *table, const u8 *key, u32 function, u8 *to);

/*
 * @n bytes of an answer with @count results. -EPROTO if it is anything else; then all have failed. @flags are those
 * that were asked for, and then what came out.
 */
int klcd_test_take(const void *answer, u32 n, u32 count, u32 *flags, u64 *results);

#endif
