// SPDX-License-Identifier: GPL-2.0-only
/* The steps of a load in their order. */
#include "internal.h"

static int open_module(struct lxd_loader *ld, u32 index)
{
	struct lxd_module *mod = &ld->modules[index];
	u32 m;
	int err;

	mod->file = &ld->request->files[index];
	mod->index = index;
	ld->nr_modules = index + 1;
	err = lxd_elf_check(ld, mod);
	if (!err)
		err = lxd_check_vermagic(ld, mod);
	if (err)
		return err;
	for (m = 0; m < index; m++)
		if (!strcmp(ld->modules[m].name, mod->name))
			return lxd_refuse(ld, -EINVAL, "%s: module %s is there twice",
					  mod->file->name, mod->name);
	mod->sections = lxd_alloc(ld, mod->nr_sections * sizeof(*mod->sections));
	mod->values = lxd_alloc(ld, mod->nr_symbols * sizeof(*mod->values));
	return mod->sections && mod->values ? 0 : -ENOMEM;
}

/*
 * Modules resolve against the relocated tables of those before them; the runtime against its own
 * export table, which therefore goes first.
 */
static int link_module(struct lxd_loader *ld, struct lxd_module *mod)
{
	int err = lxd_resolve(ld, mod);

	if (!err && !mod->index) {
		err = lxd_relocate(ld, mod, ".lxd_exports");
		if (!err)
			err = lxd_resolve(ld, mod);
	}
	return err;
}

static int link_all(struct lxd_loader *ld)
{
	u32 m;
	int err = 0;

	for (m = 0; !err && m < ld->nr_modules; m++) {
		struct lxd_module *mod = &ld->modules[m];

		err = link_module(ld, mod);
		/* Export tables refer to the module itself only: relocated before the list of gaps is known. */
		if (!err && m)
			err = lxd_relocate(ld, mod, "__ksymtab");
		if (!err && m)
			err = lxd_relocate(ld, mod, "__ksymtab_gpl");
	}
	if (!err)
		err = lxd_list_unresolved(ld);
	for (m = 0; !err && m < ld->nr_modules; m++)
		err = lxd_check_versions(ld, &ld->modules[m]);
	return err;
}

static bool early(const struct lxd_module *mod, const char *section)
{
	if (!mod->index)
		return !strcmp(section, ".lxd_exports");
	return !strcmp(section, "__ksymtab") || !strcmp(section, "__ksymtab_gpl");
}

static int relocate_rest(struct lxd_loader *ld, struct lxd_module *mod)
{
	u32 i;
	int err = 0;

	for (i = 1; !err && i < mod->nr_sections; i++)
		if (mod->sections[i].part != LXD_PART_NONE && !early(mod, lxd_section_name(mod, i)))
			err = lxd_relocate(ld, mod, lxd_section_name(mod, i));
	return err;
}

static int steps(struct lxd_loader *ld)
{
	const struct lxd_load_request *request = ld->request;
	u32 m;
	int err = 0;

	if (!request->nr_files || request->nr_files > LXD_LOAD_MAX_FILES)
		return lxd_refuse(ld, -EINVAL, "%u module files: 1 to %u expected",
				  request->nr_files, LXD_LOAD_MAX_FILES);
	if (request->base % LXD_PAGE)
		return lxd_refuse(ld, -EINVAL, "base address %#llx is not a page's", request->base);
	for (m = 0; !err && m < request->nr_files; m++)
		err = open_module(ld, m);
	if (!err)
		err = lxd_layout(ld);
	if (!err)
		err = lxd_place(ld);
	if (!err)
		err = link_all(ld);
	for (m = 0; !err && m < ld->nr_modules; m++) {
		err = relocate_rest(ld, &ld->modules[m]);
		if (!err)
			err = lxd_patch(ld, &ld->modules[m]);
	}
	if (!err)
		err = lxd_describe(ld);
	if (!err)
		err = lxd_set_params(ld);
	if (!err)
		err = lxd_scan_image(ld);
	return err;
}

int lxd_load(const struct lxd_load_request *request, struct lxd_image **out)
{
	const struct lxd_load_ops *ops = request->ops;
	struct lxd_loader *ld;
	int err = -ENOMEM;
	u32 m;

	if (request->error && request->error_size)
		request->error[0] = 0;
	ld = ops->alloc(ops->context, sizeof(*ld));
	if (!ld)
		return -ENOMEM;
	ld->request = request;
	ld->image = lxd_alloc(ld, sizeof(*ld->image));
	if (ld->image) {
		ld->image->ops = *ops;
		err = steps(ld);
	}
	for (m = 0; m < ld->nr_modules; m++) {
		lxd_release(ld, ld->modules[m].sections);
		lxd_release(ld, ld->modules[m].values);
	}
	if (!err)
		*out = ld->image;
	else
		lxd_image_free(ld->image);
	ops->free(ops->context, ld);
	return err;
}

void lxd_image_free(struct lxd_image *image)
{
	struct lxd_load_ops ops;

	if (!image)
		return;
	ops = image->ops;
	ops.free(ops.context, image->bytes);
	ops.free(ops.context, image->rights);
	ops.free(ops.context, image->symbols);
	ops.free(ops.context, image->functions);
	ops.free(ops.context, image->names);
	ops.free(ops.context, image);
}
