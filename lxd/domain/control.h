/* SPDX-License-Identifier: GPL-2.0-only */
/* What main.c and the character device ask of domains. */
#ifndef LXD_DOMAIN_CONTROL_H
#define LXD_DOMAIN_CONTROL_H

#include <uapi/lxd.h>

#include "domain.h"

/* A buffer for the user that grows line by line; never overflows. */
struct lxd_textbuf {
	char *text;
	size_t size, len;
};

__printf(2, 3) void lxd_say(struct lxd_textbuf *buf, const char *fmt, ...);

struct file;
struct lxd_image_source {
	const char *name;
	const u8 *data;
	size_t size;
};

struct lxd_create {
	char name[LXD_NAME_LEN], device[LXD_DEVICE_LEN];
	const struct lxd_image_source *images;
	unsigned int nr_images;
	const char *params;
	unsigned long classes; /* granted, by interface */
	u64 heap_bytes;
	unsigned int queues, depth;
	bool share_rx, restart;
	unsigned int take; /* LXD_TAKE... */
	const struct file *maker; /* lxd_domain_abandon(); may be NULL, is never followed */
};

int lxd_domain_create(const struct lxd_create *args, struct lxd_textbuf *error, u32 *id);
int lxd_domain_start(struct lxd_domain *dom, struct lxd_textbuf *error);
/**
 * lxd_domain_stop() - ends a domain
 * @dom: with a reference of the caller's
 * @force: without asking its driver
 * @ready: asked if the domain runs, when neither start nor another stop is at work; an error is returned, and
 *         nothing has ended. NULL: not asked
 * @data: for @ready
 * @error: what to say
 *
 * Context: process. Waits for a start or another stop that is at work; without @ready a forced one ends them.
 * Return: 0; what @ready said; what its driver said; -ETIMEDOUT.
 */
int lxd_domain_stop(struct lxd_domain *dom, bool force, int (*ready)(void *data), void *data,
		    struct lxd_textbuf *error);
/**
 * lxd_domain_restart() - ends the driver of a domain, which then is restarted below its users
 *
 * Does not count as one of its ends. Context: process; waits for the end and the next start, interruptible.
 * Return: 0; -EOPNOTSUPP: its policy is to end; -EBUSY: it does not run; -ENODEV: it was not restarted; -EINTR.
 */
int lxd_domain_restart(struct lxd_domain *dom, struct lxd_textbuf *error);
int lxd_domain_destroy(struct lxd_domain *dom, struct lxd_textbuf *error);
/* Ends and forgets it unless it was started, if @maker made it. False: it stays. */
bool lxd_domain_abandon(struct lxd_domain *dom, const struct file *maker);
int lxd_domains_init(void);
void lxd_domains_exit(void); /* module unload: what is dead is forgotten */

/* class.c: the number of a class's interface, or -ENOENT */
int lxd_class_find(const char *name);

/* registry.c */
struct lxd_domain *lxd_domain_find(u32 id); /* with a reference */
unsigned int lxd_domain_ids(u32 *ids, unsigned int max);
/* Each domain that is there now and still there when its turn comes, with a reference and no lock. @visit may sleep. */
void lxd_domains_each(void (*visit)(struct lxd_domain *dom, void *data), void *data);

/* stats.c */
void lxd_domain_fill_status(struct lxd_domain *dom, struct lxd_ioc_status *st);
/* Why it ended, or nothing. */
void lxd_domain_report(struct lxd_domain *dom, struct lxd_textbuf *buf);
/* The classes' own lines. */
void lxd_domain_class_status(struct lxd_domain *dom, struct lxd_textbuf *buf);

/* image.c: the report of imported symbols, line by line */
void lxd_domain_symbols(struct lxd_domain *dom, struct lxd_textbuf *buf);

/* base.c */
int lxd_base_ping(struct lxd_domain *dom, u64 value, u64 *echo);

/* thread.c */
int lxd_threads_init(void);
void lxd_threads_exit(void);

/* processor.c */
int lxd_processor_init(void);
/* On @cpu itself, online: domains that are made from now on run there, too. Does not sleep. */
void lxd_processor_came(unsigned int cpu);
unsigned int lxd_processor_count(void); /* contexts of a domain */
#endif
