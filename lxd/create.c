// SPDX-License-Identifier: GPL-2.0-only
/* LXD_IOC_CREATE: what user space says of a domain, copied once, checked, bounded. */
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "chardev.h"
#include "domain/control.h"
#include "../klcd/klcd.h"

static bool plain_name(const char *name)
{
	for (; *name; name++)
		if (!islower(*name) && !isdigit(*name) && *name != '_' && *name != '-')
			return false;
	return true;
}

bool lxd_plain_device(const char *device)
{
	unsigned int domain, bus, slot, fn;
	char end;

	return !*device || sscanf(device, "%x:%x:%x.%x%c", &domain, &bus, &slot, &fn, &end) == 4;
}

static int check_create(const struct lxd_ioc_create *c, struct lxd_textbuf *error)
{
	if (c->flags & ~(LXD_CREATE_SHARE_RX | LXD_CREATE_TAKE | LXD_CREATE_FORCE | LXD_CREATE_RESTART) || c->pad)
		return -EINVAL;
	if (c->flags & LXD_CREATE_FORCE && !(c->flags & LXD_CREATE_TAKE))
		return -EINVAL;
	if (!c->name[0] || !memchr(c->name, 0, sizeof(c->name)) || !plain_name(c->name)) {
		lxd_say(error, "the name must have 1 to %d of a-z 0-9 _ -\n", LXD_NAME_LEN - 1);
		return -EINVAL;
	}
	if (!memchr(c->device, 0, sizeof(c->device)) || !lxd_plain_device(c->device)) {
		lxd_say(error, "the device must be a PCI address such as 0000:00:02.0\n");
		return -EINVAL;
	}
	if (!c->nr_modules || c->nr_modules > LXD_MAX_MODULES) {
		lxd_say(error, "1 to %d modules, the runtime first\n", LXD_MAX_MODULES);
		return -EINVAL;
	}
	if (c->params_size > LXD_MAX_PARAMS || c->queues > LXD_MAX_QUEUES || c->queue_depth > 1024) {
		lxd_say(error, "parameters up to %d bytes, %d queues, a depth of 1024\n",
			LXD_MAX_PARAMS, LXD_MAX_QUEUES);
		return -EINVAL;
	}
	if (c->heap_bytes && (c->heap_bytes < LXD_HEAP_MIN || c->heap_bytes > LXD_HEAP_MAX ||
			      c->heap_bytes & (LXD_HEAP_MIN - 1))) {
		lxd_say(error, "the heap must be a multiple of 2 MiB, up to 1 GiB\n");
		return -EINVAL;
	}
	return 0;
}

/* "pci,block" to their bits. */
static int classes_get(const struct lxd_ioc_create *c, unsigned long *classes, struct lxd_textbuf *error)
{
	char names[LXD_CLASSES_LEN], *rest = names, *one;
	int iface, pci = lxd_class_find("pci");

	if (strscpy(names, c->classes, sizeof(names)) < 0) {
		lxd_say(error, "the names of the classes must have less than %d bytes\n", LXD_CLASSES_LEN);
		return -EINVAL;
	}
	while ((one = strsep(&rest, ","))) {
		if (!*one)
			continue;
		iface = lxd_class_find(one);
		if (iface < 0) {
			lxd_say(error, "there is no class \"%s\"; there are pci, block and net\n", one);
			return -EINVAL;
		}
		*classes |= BIT(iface);
	}
	if (*c->device && (pci < 0 || !(*classes & BIT(pci)))) {
		lxd_say(error, "a domain with a device needs the class pci\n");
		return -EINVAL;
	}
	return 0;
}

struct images {
	struct lxd_ioc_module *list;
	struct lxd_image_source src[LXD_MAX_MODULES];
	unsigned int nr;
	char *params;
};

static void images_free(struct images *im)
{
	while (im->nr--)
		kvfree(im->src[im->nr].data);
	kfree(im->params);
	kfree(im->list);
}

static int images_get(struct images *im, const struct lxd_ioc_create *c, struct lxd_textbuf *error)
{
	unsigned int i;
	void *data;

	im->list = memdup_user(u64_to_user_ptr(c->modules), c->nr_modules * sizeof(*im->list));
	if (IS_ERR(im->list)) {
		data = im->list;
		im->list = NULL;
		return PTR_ERR(data);
	}
	if (c->params_size) {
		data = memdup_user_nul(u64_to_user_ptr(c->params), c->params_size);
		if (IS_ERR(data))
			return PTR_ERR(data);
		im->params = data;
	}
	for (i = 0; i < c->nr_modules; i++) {
		struct lxd_ioc_module *m = &im->list[i];

		if (!memchr(m->name, 0, sizeof(m->name)) || !m->image_size || m->image_size > LXD_MAX_IMAGE) {
			lxd_say(error, "module %u: a name and 1 byte to 16 MiB\n", i);
			return -EINVAL;
		}
		data = vmemdup_user(u64_to_user_ptr(m->image), m->image_size);
		if (IS_ERR(data))
			return PTR_ERR(data);
		im->src[im->nr++] = (struct lxd_image_source){ m->name, data, m->image_size };
	}
	return 0;
}

int lxd_ioctl_create(struct file *file, struct lxd_ioc_create *c)
{
	struct lxd_textbuf error;
	struct images *im = kzalloc(sizeof(*im), GFP_KERNEL);
	struct lxd_create args = {
		.heap_bytes = c->heap_bytes, .queues = c->queues, .depth = c->queue_depth,
		.share_rx = c->flags & LXD_CREATE_SHARE_RX, .restart = c->flags & LXD_CREATE_RESTART,
		.take = (c->flags & LXD_CREATE_TAKE ? LXD_TAKE : 0) |
			(c->flags & LXD_CREATE_FORCE ? LXD_TAKE_FORCE : 0),
		.maker = c->flags & LXD_CREATE_TAKE ? file : NULL,
	};
	int err;

	if (!im)
		return -ENOMEM;
	err = lxd_text_open(&error, &c->error);
	if (err) {
		kfree(im);
		return err;
	}
	err = check_create(c, &error);
	if (!err)
		err = classes_get(c, &args.classes, &error);
	if (!err)
		err = images_get(im, c, &error);
	if (!err) {
		strscpy(args.name, c->name, sizeof(args.name));
		strscpy(args.device, c->device, sizeof(args.device));
		args.images = im->src;
		args.nr_images = im->nr;
		args.params = im->params;
		err = lxd_domain_create(&args, &error, &c->id);
	}
	/* The device that the attempt took has been given back. */
	if (err)
		klcd_pci_settle();
	images_free(im);
	kfree(im);
	return lxd_text_close(&error, &c->error, err);
}
