/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/lxd: what main.c sees of it, and what its files share. */
#ifndef LXD_CHARDEV_H
#define LXD_CHARDEV_H
#include <lxd/hv.h>

struct file;
struct lxd_ioc_create;
struct lxd_text;
struct lxd_textbuf;

int lxd_chardev_init(enum lxd_gate_mode mode);
void lxd_chardev_exit(void);

/*
 * chardev.c: a buffer for messages to the user, sent back whatever the result is. Close passes @err on, or -EFAULT.
 * Context: process; sleeps.
 */
int lxd_text_open(struct lxd_textbuf *buf, const struct lxd_text *user);
int lxd_text_close(struct lxd_textbuf *buf, const struct lxd_text *user, int err);

/* create.c: LXD_IOC_CREATE of a file of /dev/lxd. Context: process; sleeps. */
int lxd_ioctl_create(struct file *file, struct lxd_ioc_create *c);
/* "0000:00:02.0" or nothing. */
bool lxd_plain_device(const char *device);
#endif
