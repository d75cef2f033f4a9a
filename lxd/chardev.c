// SPDX-License-Identifier: GPL-2.0-only
/* /dev/lxd. Every size, pointer and flag is user space's word: copied once, checked, bounded. */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>

#include "chardev.h"
#include "domain/control.h"
#include "gate/gate.h"
#include "../klcd/klcd.h"

static enum lxd_gate_mode gate_mode;

int lxd_text_open(struct lxd_textbuf *buf, const struct lxd_text *user)
{
	*buf = (struct lxd_textbuf){};
	if (user->pad || user->size > LXD_MAX_TEXT)
		return -EINVAL;
	if (!user->size)
		return 0;
	buf->text = kvzalloc(user->size, GFP_KERNEL);
	buf->size = user->size;
	return buf->text ? 0 : -ENOMEM;
}

int lxd_text_close(struct lxd_textbuf *buf, const struct lxd_text *user, int err)
{
	if (buf->text && copy_to_user(u64_to_user_ptr(user->buffer), buf->text, buf->len + 1))
		err = -EFAULT;
	kvfree(buf->text);
	return err;
}

struct stop {
	struct lxd_domain *dom;
	struct klcd_hold *hold;
	struct lxd_textbuf *error;
};

/* A start is over, so all disks and interfaces that it made are there to be looked at. */
static int hold_for_stop(void *data)
{
	struct stop *stop = data;
	char why[KLCD_WHY];

	stop->hold = klcd_hold(lxd_domain_device(stop->dom), why);
	if (!IS_ERR(stop->hold))
		return 0;
	lxd_say(stop->error, "%s: %s\n", lxd_domain_device(stop->dom), why);
	return PTR_ERR(stop->hold);
}

static int do_stop(struct lxd_domain *dom, u32 flags, struct lxd_textbuf *error)
{
	struct stop stop = { .dom = dom, .error = error };
	int err;

	err = lxd_domain_stop(dom, flags & LXD_STOP_KILL, flags & LXD_STOP_IN_USE ? NULL : hold_for_stop, &stop, error);
	if (!IS_ERR(stop.hold))
		klcd_hold_end(stop.hold);
	return err;
}

static int do_destroy(struct lxd_domain *dom, u32 flags, struct lxd_textbuf *error)
{
	int err = lxd_domain_destroy(dom, error);

	if (!err)
		klcd_pci_forget(lxd_domain_id(dom), flags & LXD_DESTROY_KEEP);
	return err;
}

static int do_control(unsigned int cmd, struct lxd_ioc_control *c)
{
	u32 flags = cmd == LXD_IOC_STOP ? LXD_STOP_KILL | LXD_STOP_IN_USE :
		    cmd == LXD_IOC_DESTROY ? LXD_DESTROY_KEEP : 0;
	struct lxd_textbuf error;
	struct lxd_domain *dom;
	int err;

	if (c->pad || c->flags & ~flags)
		return -EINVAL;
	dom = lxd_domain_find(c->id);
	if (!dom)
		return -ENOENT;
	err = lxd_text_open(&error, &c->error);
	if (!err) {
		if (cmd == LXD_IOC_START)
			err = lxd_domain_start(dom, &error);
		else if (cmd == LXD_IOC_RESTART)
			err = lxd_domain_restart(dom, &error);
		else if (cmd == LXD_IOC_STOP)
			err = do_stop(dom, c->flags, &error);
		else
			err = do_destroy(dom, c->flags, &error);
		err = lxd_text_close(&error, &c->error, err);
	}
	lxd_domain_put(dom);
	return err;
}

static int do_bind(unsigned int cmd, struct lxd_ioc_bind *b)
{
	struct lxd_textbuf error;
	char why[KLCD_WHY] = "";
	int err;

	if (b->flags & ~(cmd == LXD_IOC_BIND ? LXD_BIND_FORCE : 0))
		return -EINVAL;
	if (!memchr(b->device, 0, sizeof(b->device)) || !*b->device || !lxd_plain_device(b->device))
		return -EINVAL;
	err = lxd_text_open(&error, &b->error);
	if (err)
		return err;
	if (cmd == LXD_IOC_BIND)
		err = klcd_pci_bind(b->device, b->flags & LXD_BIND_FORCE, why);
	else
		err = klcd_pci_unbind(b->device, why);
	if (err)
		lxd_say(&error, "%s: %s\n", b->device, why);
	return lxd_text_close(&error, &b->error, err);
}

static int do_query(struct lxd_ioc_query *q)
{
	u32 ids[LXD_MAX_DOMAINS];

	q->abi = LXD_ABI;
	q->hypervisor = lxd_hv_active();
	q->gate_mode = gate_mode;
	q->nr_cpus = lxd_processor_count();
	q->nr_domains = lxd_domain_ids(ids, ARRAY_SIZE(ids));
	memset(q->spare, 0, sizeof(q->spare));
	return 0;
}

static int do_status(struct lxd_ioc_status *s)
{
	struct lxd_domain *dom = lxd_domain_find(s->id);
	struct lxd_ioc_status in = *s;
	struct lxd_textbuf fault, classes;
	int err;

	if (!dom)
		return -ENOENT;
	memset(s, 0, sizeof(*s));
	s->size = in.size;
	s->id = in.id;
	s->fault = in.fault;
	s->classes = in.classes;
	lxd_domain_fill_status(dom, s);
	err = lxd_text_open(&fault, &s->fault);
	if (!err) {
		lxd_domain_report(dom, &fault);
		err = lxd_text_close(&fault, &s->fault, 0);
	}
	if (!err)
		err = lxd_text_open(&classes, &s->classes);
	if (!err) {
		/* It waits for a start or a stop that is at work, so only for who wants to read it. */
		if (classes.size)
			lxd_domain_class_status(dom, &classes);
		err = lxd_text_close(&classes, &s->classes, 0);
	}
	lxd_domain_put(dom);
	return err;
}

static int do_symbols(struct lxd_ioc_symbols *s)
{
	struct lxd_domain *dom = lxd_domain_find(s->id);
	struct lxd_textbuf buf;
	int err;

	if (!dom)
		return -ENOENT;
	err = lxd_text_open(&buf, &s->symbols);
	if (!err) {
		lxd_domain_symbols(dom, &buf);
		s->needed = buf.len + 1;
		err = lxd_text_close(&buf, &s->symbols, 0);
	}
	lxd_domain_put(dom);
	return err;
}

static int do_ping(struct lxd_ioc_ping *p)
{
	struct lxd_domain *dom = lxd_domain_find(p->id);
	u64 begin = ktime_get_ns();
	int err;

	if (!dom)
		return -ENOENT;
	err = lxd_base_ping(dom, p->value, &p->echo);
	p->ns = ktime_get_ns() - begin;
	lxd_domain_put(dom);
	return err;
}

static int do_exits(struct lxd_ioc_exits *e)
{
	struct lxd_hv_cpu_stats *st;
	unsigned int i;
	int err;

	if (e->cpu >= nr_cpu_ids || !cpu_possible(e->cpu))
		return -ENOENT;
	st = kzalloc(sizeof(*st), GFP_KERNEL);
	if (!st)
		return -ENOMEM;
	err = lxd_hv_cpu_stats(e->cpu, st);
	if (!err) {
		BUILD_BUG_ON(sizeof(e->exits) != sizeof(st->exits));
		memcpy(e->exits, st->exits, sizeof(e->exits));
		e->nmi_kicks = st->nmi_kicks;
		e->nmis_injected = st->nmis_injected;
		e->watchdog_expiries = st->watchdog_expiries;
		e->watchdog_kills = st->watchdog_kills;
		e->ud_injected = st->ud_injected;
		for (i = 0; i < 80; i++)
			strscpy(e->names[i], lxd_hv_exit_name(i), sizeof(e->names[i]));
	}
	kfree(st);
	return err;
}

static int do_list(struct lxd_ioc_list *l)
{
	memset(l->ids, 0, sizeof(l->ids));
	l->nr = lxd_domain_ids(l->ids, LXD_MAX_DOMAINS);
	return 0;
}

static int run(struct file *file, unsigned int cmd, void *arg)
{
	switch (cmd) {
	case LXD_IOC_QUERY:
		return do_query(arg);
	case LXD_IOC_CREATE:
		return lxd_ioctl_create(file, arg);
	case LXD_IOC_START:
	case LXD_IOC_RESTART:
	case LXD_IOC_STOP:
	case LXD_IOC_DESTROY:
		return do_control(cmd, arg);
	case LXD_IOC_LIST:
		return do_list(arg);
	case LXD_IOC_STATUS:
		return do_status(arg);
	case LXD_IOC_SYMBOLS:
		return do_symbols(arg);
	case LXD_IOC_PING:
		return do_ping(arg);
	case LXD_IOC_EXITS:
		return do_exits(arg);
	case LXD_IOC_BIND:
	case LXD_IOC_UNBIND:
		return do_bind(cmd, arg);
	default:
		return -ENOTTY;
	}
}

static long lxd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	size_t size = _IOC_SIZE(cmd);
	void *copy;
	long err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (_IOC_TYPE(cmd) != 'L' || size < sizeof(u32) || size > sizeof(struct lxd_ioc_exits))
		return -ENOTTY;
	copy = memdup_user(user, size);
	if (IS_ERR(copy))
		return PTR_ERR(copy);
	/* Each begins with its own size; the number of the ioctl has it too. */
	err = *(u32 *)copy == size ? run(file, cmd, copy) : -EINVAL;
	if (!err && copy_to_user(user, copy, size))
		err = -EFAULT;
	kfree(copy);
	return err;
}

/* A domain that this file made with LXD_CREATE_TAKE and did not start ends with the file. */
static void closed(struct lxd_domain *dom, void *file)
{
	if (lxd_domain_abandon(dom, file))
		klcd_pci_forget(lxd_domain_id(dom), false);
}

static int lxd_release(struct inode *inode, struct file *file)
{
	lxd_domains_each(closed, file);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.release = lxd_release,
	.unlocked_ioctl = lxd_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "lxd",
	.fops = &fops,
	.mode = 0600,
};

int lxd_chardev_init(enum lxd_gate_mode mode)
{
	gate_mode = mode;
	return misc_register(&device);
}

void lxd_chardev_exit(void)
{
	misc_deregister(&device);
}
