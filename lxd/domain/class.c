// SPDX-License-Identifier: GPL-2.0-only
/* The host sides of the interfaces, by number. Upwards at the start, downwards at the end. */
#include "internal.h"

const struct lxd_class *lxd_classes[LXD_IFACES];

int lxd_class_register(const struct lxd_class *cls)
{
	if (cls->iface >= LXD_IFACES || lxd_classes[cls->iface])
		return -EEXIST;
	lxd_classes[cls->iface] = cls;
	return 0;
}

/* No domain lives any more. */
void lxd_class_unregister(const struct lxd_class *cls)
{
	if (cls->iface < LXD_IFACES && lxd_classes[cls->iface] == cls)
		lxd_classes[cls->iface] = NULL;
}

int lxd_class_find(const char *name)
{
	int i;

	for (i = 0; i < LXD_IFACES; i++)
		if (lxd_classes[i] && !strcmp(lxd_classes[i]->name, name))
			return i;
	return -ENOENT;
}

/*
 * Before each hook that may sleep. A class takes its own locks in its hooks, and calls the core with
 * them held; a lock of the core that is held over a hook would close the circle. The one exception is
 * dom->control, which classes cannot reach. The kernel's own lock checker is not needed to notice.
 */
static void hook_begins(struct lxd_domain *dom)
{
	WARN_ONCE(lxd_mem_held(dom), "lxd: mem.lock is held over a class hook\n");
	WARN_ONCE(!preemptible(), "lxd: a class hook that may sleep, in atomic context\n");
}

int lxd_classes_attach(struct lxd_domain *dom)
{
	int i, err;

	for (i = 0; i < LXD_IFACES; i++) {
		if (!lxd_classes[i] || !(dom->granted & BIT(i)))
			continue;
		hook_begins(dom);
		err = lxd_classes[i]->attach ? lxd_classes[i]->attach(dom) : 0;
		if (err)
			return err;
		dom->attached |= BIT(i);
	}
	return 0;
}

int lxd_classes_chunk(struct lxd_domain *dom, struct page *chunk, size_t size, u64 *bus)
{
	int i, err = 0;

	hook_begins(dom);
	for (i = 0; i < LXD_IFACES && !err; i++)
		if (dom->attached & BIT(i) && lxd_classes[i]->chunk)
			err = lxd_classes[i]->chunk(dom, chunk, size, bus);
	return err;
}

int lxd_classes_start(struct lxd_domain *dom)
{
	int i, err;

	for (i = 0; i < LXD_IFACES; i++) {
		if (!(dom->attached & BIT(i)) || !lxd_classes[i]->start)
			continue;
		hook_begins(dom);
		err = lxd_classes[i]->start(dom);
		if (err)
			return err;
	}
	return 0;
}

int lxd_classes_stop(struct lxd_domain *dom)
{
	int i, err, first = 0;

	for (i = LXD_IFACES - 1; i >= 0; i--) {
		if (!(dom->attached & BIT(i)) || !lxd_classes[i]->stop)
			continue;
		hook_begins(dom);
		err = lxd_classes[i]->stop(dom);
		first = first ?: err;
	}
	return first;
}

bool lxd_classes_renewable(unsigned long granted)
{
	int i;

	for (i = 0; i < LXD_IFACES; i++)
		if (lxd_classes[i] && granted & BIT(i) && !lxd_classes[i]->renew)
			return false;
	return true;
}

int lxd_classes_renew(struct lxd_domain *dom)
{
	int i, err;

	for (i = LXD_IFACES - 1; i >= 0; i--) {
		if (!(dom->attached & BIT(i)))
			continue;
		hook_begins(dom);
		err = lxd_classes[i]->renew(dom);
		if (err)
			return err;
	}
	return 0;
}

void lxd_classes_step(struct lxd_domain *dom, enum lxd_class_step step)
{
	int i;

	for (i = LXD_IFACES - 1; i >= 0; i--) {
		const struct lxd_class *c = lxd_classes[i];
		void (*f)(struct lxd_domain *dom) = NULL;

		if (!(dom->attached & BIT(i)))
			continue;
		switch (step) {
		case LXD_CLASS_DYING:
			f = c->dying;
			break;
		case LXD_CLASS_FLUSH:
			f = c->flush;
			break;
		case LXD_CLASS_SILENCE:
			f = c->silence;
			break;
		case LXD_CLASS_FAIL:
			f = c->fail;
			break;
		case LXD_CLASS_DETACH:
			f = c->detach;
			break;
		}
		if (f) {
			hook_begins(dom);
			f(dom);
		}
	}
	if (step == LXD_CLASS_DETACH)
		dom->attached = 0;
}

/* Hard interrupt: does a class have the domain entered by itself? */
bool lxd_classes_irq(struct lxd_domain *dom, unsigned int vector)
{
	int i;

	for (i = 0; i < LXD_IFACES; i++)
		if (lxd_classes[i] && lxd_classes[i]->irq && dom->attached & BIT(i) && lxd_classes[i]->irq(dom, vector))
			return true;
	return false;
}

/* Bottom halves are off. */
void lxd_classes_polls_due(struct lxd_domain *dom)
{
	int i;

	for (i = 0; i < LXD_IFACES; i++)
		if (lxd_classes[i] && lxd_classes[i]->polls_due && dom->attached & BIT(i))
			lxd_classes[i]->polls_due(dom);
}

void lxd_classes_status(struct lxd_domain *dom, struct lxd_textbuf *buf)
{
	size_t room;
	int i;

	for (i = 0; i < LXD_IFACES; i++) {
		if (!(dom->attached & BIT(i)) || !lxd_classes[i]->status)
			continue;
		room = buf->size - buf->len;
		if (room > 1) {
			hook_begins(dom);
			lxd_classes[i]->status(dom, buf->text + buf->len, room);
			buf->text[buf->size - 1] = 0;
			buf->len += strlen(buf->text + buf->len);
		}
	}
}
