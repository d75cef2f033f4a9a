// SPDX-License-Identifier: GPL-2.0-only
/* The runtime and the driver's modules: laid out by the loader, copied into pages of the domain. */
#include <linux/filter.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>
#include <crypto/sha2.h>
#define INCLUDE_VERMAGIC
#include <linux/vermagic.h>

#include "internal.h"
#include "loader/loader.h"

#define MAX_PARAMS 64

static void *load_alloc(void *context, size_t size)
{
	return kvzalloc(size, GFP_KERNEL);
}

static void load_free(void *context, void *memory)
{
	kvfree(memory);
}

static void load_sha256(const u8 *data, size_t size, u8 digest[LXD_LOAD_SHA256])
{
	sha256(data, size, digest);
}

static const struct lxd_load_ops load_ops = {
	.alloc = load_alloc, .free = load_free, .sha256 = load_sha256,
};

#define PERCPU(symbol) { #symbol, (unsigned long)&(symbol) }

/* Splits "a.b=1 c.d=2" in place. */
static unsigned int split_params(char *text, const char **params)
{
	unsigned int n = 0;
	char *one;

	while ((one = strsep(&text, " \n")) && n < MAX_PARAMS)
		if (*one)
			params[n++] = one;
	return n;
}

static int run_loader(struct lxd_domain *dom, const struct lxd_load_file *files, unsigned int nr,
		      const char *params, char *reason, size_t size)
{
	const struct lxd_load_percpu percpu[] = {
		PERCPU(this_cpu_off), PERCPU(__preempt_count), PERCPU(cpu_number), PERCPU(current_task),
#ifdef CONFIG_NUMA
		PERCPU(numa_node),
#endif
		PERCPU(fixed_percpu_data), PERCPU(softnet_data), PERCPU(bpf_redirect_info),
	};
	const char **list = kcalloc(MAX_PARAMS, sizeof(*list), GFP_KERNEL);
	char *copy = kstrdup(params ?: "", GFP_KERNEL);
	struct lxd_load_request request = {
		.files = files, .nr_files = nr, .base = LXD_D_IMAGE, .max_size = LXD_D_IMAGE_MAX,
		.percpu = percpu, .nr_percpu = ARRAY_SIZE(percpu), .params = list,
		.vermagic = VERMAGIC_STRING, .ops = &load_ops, .error = reason, .error_size = size,
	};
	int err = -ENOMEM;

	if (list && copy) {
		request.nr_params = split_params(copy, list);
		err = lxd_load(&request, &dom->image);
	}
	kfree(copy);
	kfree(list);
	return err;
}

/* The list of modules for the domain, behind its image. */
static int add_module_list(struct lxd_domain *dom)
{
	size_t bytes = dom->image->nr_modules * sizeof(struct lxd_module_info);
	unsigned long nr = PAGE_ALIGN(bytes) >> PAGE_SHIFT;
	u64 address = PAGE_ALIGN(dom->image->base + dom->image->size) + PAGE_SIZE;
	void *host;
	int err;

	err = lxd_mem_alloc(dom, address, nr, LXD_MAP_R, LXD_MEM_IMAGE, NULL, &host);
	if (err)
		return err;
	memcpy(host, dom->image->modules, bytes);
	dom->boot->modules = address;
	dom->boot->nr_modules = dom->image->nr_modules;
	return 0;
}

static int copy_pages(struct lxd_domain *dom)
{
	const struct lxd_image *image = dom->image;
	unsigned long pages = image->size >> PAGE_SHIFT, first, end;
	int err;

	for (first = 0; first < pages; first = end) {
		end = first + 1;
		while (end < pages && image->rights[end] == image->rights[first])
			end++;
		err = lxd_mem_alloc(dom, image->base + (first << PAGE_SHIFT), end - first, image->rights[first],
				    LXD_MEM_IMAGE, image->bytes + (first << PAGE_SHIFT), NULL);
		if (err)
			return err;
	}
	return 0;
}

int lxd_domain_load(struct lxd_domain *dom, const struct lxd_image_source *src, unsigned int nr,
		    const char *params, struct lxd_textbuf *error)
{
	struct lxd_load_file *files = kcalloc(nr, sizeof(*files), GFP_KERNEL);
	char *reason = kvzalloc(LXD_LOAD_ERROR_SIZE, GFP_KERNEL);
	u64 boot, *pointer;
	unsigned int i;
	int err = -ENOMEM;

	if (!files || !reason)
		goto out;
	for (i = 0; i < nr; i++)
		files[i] = (struct lxd_load_file){ src[i].name, src[i].data, src[i].size };
	err = run_loader(dom, files, nr, params, reason, LXD_LOAD_ERROR_SIZE);
	if (err) {
		lxd_say(error, "%s\n", *reason ? reason : "the loader ran out of memory");
		goto out;
	}
	dom->entry = lxd_image_find(dom->image, 0, "lxd_rt_entry");
	dom->vectors = lxd_image_find(dom->image, 0, "lxd_rt_vectors");
	boot = lxd_image_find(dom->image, 0, "lxd_rt_boot");
	pointer = boot ? lxd_image_at(dom->image, boot, sizeof(*pointer)) : NULL;
	if (!dom->entry || !dom->vectors || !pointer) {
		lxd_say(error, "%s is not LXD's runtime: it has no lxd_rt_entry, lxd_rt_vectors or lxd_rt_boot\n",
			src[0].name);
		err = -ENOEXEC;
		goto out;
	}
	*pointer = LXD_D_SHARED; /* the boot block is the first page there */
	err = copy_pages(dom);
	if (!err)
		err = add_module_list(dom);
	if (err)
		lxd_say(error, "the image (%llu KiB) could not be mapped: error %d\n", dom->image->size >> 10, err);
out:
	kvfree(reason);
	kfree(files);
	return err;
}

void lxd_domain_unload(struct lxd_domain *dom)
{
	if (dom->image)
		lxd_image_free(dom->image);
	dom->image = NULL;
}

unsigned int lxd_domain_modules(struct lxd_domain *dom)
{
	return dom->image ? dom->image->nr_modules : 0;
}

void lxd_domain_symbols(struct lxd_domain *dom, struct lxd_textbuf *buf)
{
	unsigned int i;

	for (i = 0; dom->image && i < dom->image->nr_symbols; i++) {
		const struct lxd_load_symbol *s = &dom->image->symbols[i];

		lxd_say(buf, "%s %s %s\n", lxd_class_name(s->class_), s->name, dom->image->modules[s->module].name);
	}
}

void lxd_domain_symbol(struct lxd_domain *dom, u64 address, char *text, size_t size)
{
	const struct lxd_load_name *f = dom->image ? lxd_image_name(dom->image, address) : NULL;

	if (f)
		snprintf(text, size, "%s+0x%llx/0x%x [%s]", dom->image->names + f->name, address - f->address,
			 f->size, dom->image->modules[f->module].name);
	else
		snprintf(text, size, "%#llx", address);
}
