/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/hostile: how a program of the guest is the inside of a domain. It posts any slot into the
 * domain's rings, sees what the host sent, and chooses which of root's and the allocator's answers
 * is a failure. Test code: only build/hostile-host/lxd.ko has it.
 */
#ifndef HOSTILE_H
#define HOSTILE_H
#include <linux/ioctl.h>
#include <linux/types.h>

#define HOSTILE_WORDS 7
#define HOSTILE_AREA 4096
#define HOSTILE_STORM 32

/* One slot, as the caller says. With @bytes, @area is copied into the call's area first. */
struct hostile_slot {
	__s32 queue; /* -1: control ring */
	__u16 fn, call;
	__u64 w[HOSTILE_WORDS];
	__u64 area; /* user pointer */
	__u32 bytes;
	__u32 theirs; /* 1: the area of a call of the host's, for a reply; 0: of the domain's */
};

/* All of them are in the rings before anybody looks. */
struct hostile_post {
	__u64 slots; /* struct hostile_slot[nr] */
	__u32 nr;
	__u32 kick;
};

enum hostile_what { HOSTILE_REPLIES, HOSTILE_CALLS, HOSTILE_DATA, HOSTILE_KINDS };

/* The next thing that the host sent; -ETIMEDOUT: there is none, -ESHUTDOWN: the domain is gone. */
struct hostile_take {
	__u32 what; /* enum hostile_what */
	__u32 timeout_ms;
	__u32 call; /* replies: which call's; else out */
	__s32 queue; /* out */
	__u32 fn, pad;
	__u64 w[HOSTILE_WORDS];
	__u64 area; /* user pointer to HOSTILE_AREA bytes, or 0 */
};

/* What becomes of requests and packets by itself. */
enum hostile_data_mode {
	HOSTILE_DONE, /* finished at once */
	HOSTILE_HOLD, /* goes to whoever takes HOSTILE_DATA */
	HOSTILE_REQUEUE, /* of a request: "again, at once" */
};

struct hostile_mode {
	__u32 requests, packets; /* enum hostile_data_mode */
	__u32 fault; /* the next entry ends the domain */
	__u32 nr_storm; /* slots posted at each entry */
	__u32 polls; /* an entry without a budget makes a poll due in its context, which only an entry there with one ends */
	__u32 restless, pad; /* an interrupt that no entry takes */
	struct hostile_slot storm[HOSTILE_STORM];
};

struct hostile_state {
	__u64 requests, packets; /* taken from the data rings */
	__u64 entries;
	__u64 due; /* contexts in which a poll is due, by CPU */
	__u32 violations, alive;
};

enum hostile_action {
	HOSTILE_FAIL, /* what was asked for is not to be had */
	HOSTILE_KILL, /* every domain ends there */
	HOSTILE_PAUSE, /* whoever asked waits a while, if it may sleep */
};

/* Allocations and root's mappings of the product as they are asked for; to kill, entries too. */
struct hostile_fault {
	__u32 at; /* in: the one of those from now on where it happens, 0: none */
	__u32 action; /* in: enum hostile_action */
	__u32 pause_ms; /* in */
	__u32 asked; /* out: how many there were since the last time; at counts from here */
	__u32 hit; /* out: it came to that */
	__u32 line; /* out: where */
	char file[64];
};

#define HOSTILE_BIND _IOW('H', 1, __u32) /* number of the domain */
#define HOSTILE_POST _IOW('H', 2, struct hostile_post)
#define HOSTILE_TAKE _IOWR('H', 3, struct hostile_take)
#define HOSTILE_MODE _IOW('H', 4, struct hostile_mode)
#define HOSTILE_STATE _IOR('H', 5, struct hostile_state)
#define HOSTILE_FAULT _IOWR('H', 6, struct hostile_fault)
/* It came to the step: nothing is changed. */
#define HOSTILE_REACHED _IOR('H', 8, __u32)
/* It lives on whatever it does: its violations are forgotten. */
#define HOSTILE_PARDON _IO('H', 7)
/* The thread runs on while the machine goes to sleep, as a domain does. */
#define HOSTILE_AWAKE _IO('H', 9)
/* As a message to the context of that CPU: its thread, or another that can, enters. */
#define HOSTILE_KICK _IOW('H', 10, __u32)
/* The driver of this device, "0000:00:04.0", has its shutdown, as from device_shutdown(). */
#define HOSTILE_SHUTDOWN _IOW('H', 11, char[16])
/* mmap(): the call areas, first those of the domain's calls, then those of the host's. */
#endif
