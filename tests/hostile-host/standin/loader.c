// SPDX-License-Identifier: GPL-2.0-only
/* The loader: one module of one page, whatever the file holds. */
#include <linux/err.h>
#include <linux/string.h>

#include "loader/loader.h"
#include "domain/internal.h"

int lxd_load(const struct lxd_load_request *request, struct lxd_image **out)
{
	struct lxd_image *image = request->ops->alloc(request->ops->context, sizeof(*image));

	if (!image)
		return -ENOMEM;
	image->ops = *request->ops;
	image->base = request->base;
	image->size = PAGE_SIZE;
	image->nr_modules = 1;
	strscpy(image->modules[0].name, "hostile", sizeof(image->modules[0].name));
	image->bytes = request->ops->alloc(request->ops->context, PAGE_SIZE);
	image->rights = request->ops->alloc(request->ops->context, 1);
	if (!image->bytes || !image->rights) {
		lxd_image_free(image);
		return -ENOMEM;
	}
	image->rights[0] = LXD_MAP_R | LXD_MAP_W;
	*out = image;
	return 0;
}

void lxd_image_free(struct lxd_image *image)
{
	struct lxd_load_ops ops = image->ops;

	ops.free(ops.context, image->bytes);
	ops.free(ops.context, image->rights);
	ops.free(ops.context, image);
}

/* Each name has a word of the page. */
__u64 lxd_image_find(const struct lxd_image *image, unsigned int module, const char *name)
{
	return image->base + strlen(name) * sizeof(u64);
}

void *lxd_image_at(const struct lxd_image *image, __u64 address, __u64 size)
{
	u64 offset = address - image->base;

	return offset < image->size && size <= image->size - offset ? image->bytes + offset : NULL;
}

const struct lxd_load_name *lxd_image_name(const struct lxd_image *image, __u64 address)
{
	return NULL;
}

const char *lxd_class_name(unsigned int class_)
{
	return "none";
}
