// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where each section goes. The image has three parts, each in pages of its own: RX of all modules,
 * then RO, then RW, so that a page never has two rights.
 */
#include "internal.h"

/* Read by the loader from the file, or not needed to run; ORC alone is a third of a module. */
static const char *const left_out[] = {
	"__versions", ".modinfo", ".orc_unwind", ".orc_unwind_ip", ".comment",
};

/* Needs work that this loader does not do: refuse by name, never run half-patched code. */
static const char *const refused[] = {
	".parainstructions", ".ibt_endbr_seal", ".call_sites", ".data..percpu", ".init_array",
	".fini_array",	     ".ctors",		".dtors",      ".got",		".got.plt",
	".plt",		     ".tdata",		".tbss",
};

static bool listed(const char *const *list, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

static int classify(struct lxd_loader *ld, struct lxd_module *mod, u32 i)
{
	const struct elf64_shdr *s = &mod->headers[i];
	const char *name = lxd_section_name(mod, i);
	const char *file = mod->file->name;
	struct lxd_section *out = &mod->sections[i];

	out->part = LXD_PART_NONE;
	if (!(s->sh_flags & SHF_ALLOC) || !s->sh_size)
		return 0;
	if (listed(refused, LXD_COUNT(refused), name))
		return lxd_refuse(ld, -ENOEXEC, "%s: section %s is not supported", file, name);
	if (listed(left_out, LXD_COUNT(left_out), name))
		return 0;
	if (s->sh_type == SHT_RELA || s->sh_type == SHT_REL || s->sh_type == SHT_SYMTAB)
		return lxd_refuse(ld, -ENOEXEC, "%s: section %s: a table that wants to be loaded",
				  file, name);
	if ((s->sh_flags & (SHF_WRITE | SHF_EXECINSTR)) == (SHF_WRITE | SHF_EXECINSTR))
		return lxd_refuse(ld, -ENOEXEC, "%s: section %s is writable and executable", file,
				  name);
	if (s->sh_flags & SHF_EXECINSTR && s->sh_type == LXD_SHT_NOBITS)
		return lxd_refuse(ld, -ENOEXEC, "%s: section %s is executable without contents",
				  file, name);
	if (s->sh_flags & SHF_EXECINSTR)
		out->part = LXD_PART_RX;
	else
		out->part = s->sh_flags & SHF_WRITE ? LXD_PART_RW : LXD_PART_RO;
	out->size = s->sh_size;
	return 0;
}

int lxd_layout(struct lxd_loader *ld)
{
	const struct lxd_load_request *request = ld->request;
	u64 at = request->base;
	u32 m, i;
	u8 part;
	int err;

	for (m = 0; m < ld->nr_modules; m++) {
		struct lxd_module *mod = &ld->modules[m];

		for (i = 1; i < mod->nr_sections; i++) {
			err = classify(ld, mod, i);
			if (err)
				return err;
		}
	}
	for (part = 0; part < LXD_PARTS; part++) {
		for (m = 0; m < ld->nr_modules; m++) {
			struct lxd_module *mod = &ld->modules[m];

			for (i = 1; i < mod->nr_sections; i++) {
				u64 align = mod->headers[i].sh_addralign;

				if (mod->sections[i].part != part)
					continue;
				at = LXD_ALIGN(at, align ? align : 1);
				mod->sections[i].address = at;
				/* Sums stay small: each section is at most LXD_LOAD_MAX_FILE_SIZE. */
				at += mod->sections[i].size;
				if (at - request->base > request->max_size)
					return lxd_refuse(
						ld, -E2BIG,
						"%s: too large: more than the %llu bytes of room",
						mod->file->name, request->max_size);
			}
		}
		at = LXD_ALIGN(at, LXD_PAGE);
	}
	ld->image->base = request->base;
	ld->image->size = at - request->base;
	if (ld->image->size > request->max_size)
		return lxd_refuse(ld, -E2BIG, "too large: %llu bytes, room for %llu",
				  ld->image->size, request->max_size);
	return 0;
}

static const u8 part_rights[LXD_PARTS] = {
	[LXD_PART_RX] = 0x1 | 0x4, /* LXD_MAP_R | LXD_MAP_X of lxd/hv.h */
	[LXD_PART_RO] = 0x1,
	[LXD_PART_RW] = 0x1 | 0x2,
};

/* Copies the sections into the image. */
int lxd_place(struct lxd_loader *ld)
{
	struct lxd_image *image = ld->image;
	u32 m, i;

	image->bytes = lxd_alloc(ld, image->size);
	image->rights = lxd_alloc(ld, image->size / LXD_PAGE);
	if (!image->bytes || !image->rights)
		return -ENOMEM;
	for (m = 0; m < ld->nr_modules; m++) {
		struct lxd_module *mod = &ld->modules[m];

		for (i = 1; i < mod->nr_sections; i++) {
			struct lxd_section *s = &mod->sections[i];
			u64 first = (s->address - image->base) / LXD_PAGE;
			u64 last = (s->address + s->size - 1 - image->base) / LXD_PAGE;

			if (s->part == LXD_PART_NONE)
				continue;
			/* Gaps between functions trap: int3, and no VMFUNC tail by chance. */
			for (; first <= last; first++) {
				if (!image->rights[first] && s->part == LXD_PART_RX)
					memset(image->bytes + first * LXD_PAGE, 0xcc, LXD_PAGE);
				image->rights[first] = part_rights[s->part];
			}
			s->bytes = image->bytes + (s->address - image->base);
			if (mod->headers[i].sh_type != LXD_SHT_NOBITS)
				memcpy(s->bytes, mod->data + mod->headers[i].sh_offset, s->size);
		}
	}
	return 0;
}

void *lxd_at(const struct lxd_loader *ld, u64 address, u64 size)
{
	return lxd_image_at(ld->image, address, size);
}

void *lxd_image_at(const struct lxd_image *image, __u64 address, __u64 size)
{
	u64 offset = address - image->base;

	if (address < image->base || offset > image->size || size > image->size - offset)
		return NULL;
	return image->bytes + offset;
}

const struct lxd_section *lxd_section_of(const struct lxd_module *mod, u64 address, u64 size)
{
	u32 i;

	for (i = 1; i < mod->nr_sections; i++) {
		const struct lxd_section *s = &mod->sections[i];

		if (s->part != LXD_PART_NONE && address >= s->address &&
		    address - s->address <= s->size && size <= s->size - (address - s->address))
			return s;
	}
	return NULL;
}
