// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the module built for this kernel? vermagic must be equal, and the CRC that the module's build saw
 * for each import must be the one the provider has: that is the check of structure layouts.
 */
#include "internal.h"

struct version {
	u64 crc; /* struct modversion_info, linux/module.h */
	char name[LXD_LOAD_NAME];
};

int lxd_check_vermagic(struct lxd_loader *ld, struct lxd_module *mod)
{
	const char *has = lxd_modinfo(mod, "vermagic");
	const char *wanted = ld->request->vermagic;

	if (!has)
		return lxd_refuse(ld, -EBADMSG, "%s: no vermagic: not built for a kernel",
				  mod->file->name);
	if (!wanted)
		wanted = lxd_modinfo(&ld->modules[0], "vermagic");
	if (!wanted || strcmp(has, wanted))
		return lxd_refuse(ld, -EBADMSG,
				  "%s: wrong vermagic: the module has '%s', this kernel '%s'",
				  mod->file->name, has, wanted ? wanted : "");
	return 0;
}

static bool find_version(const struct lxd_module *mod, const char *name, u32 *crc)
{
	u32 section = lxd_find_section(mod, "__versions");
	const struct elf64_shdr *s = &mod->headers[section];
	u64 i;

	if (!section || s->sh_type == LXD_SHT_NOBITS)
		return false;
	for (i = 0; i < s->sh_size / sizeof(struct version); i++) {
		struct version v;

		memcpy(&v, mod->data + s->sh_offset + i * sizeof(v), sizeof(v));
		if (strncmp(v.name, name, sizeof(v.name)))
			continue;
		*crc = (u32)v.crc;
		return true;
	}
	return false;
}

/* The provider's CRC of an import; false: it has none. */
static bool provided_crc(const struct lxd_loader *ld, const struct lxd_module *mod,
			 const char *name, u32 *crc)
{
	const struct lxd_export *export;
	u64 address;
	u8 provider;

	if (lxd_find_module_export(ld, mod->index, name, &address, crc, &provider))
		return true;
	export = lxd_find_runtime_export(ld, name);
	if (!export || !export->crc)
		return false;
	*crc = export->crc;
	return true;
}

static int compare(struct lxd_loader *ld, const struct lxd_module *mod, const char *name,
		   u32 wanted)
{
	u32 has;

	if (!find_version(mod, name, &has))
		return lxd_refuse(ld, -EBADMSG, "%s: no CRC for %s in __versions", mod->file->name,
				  name);
	if (has != wanted)
		return lxd_refuse(
			ld, -EBADMSG,
			"%s: CRC of %s differs: the module was built with %#010x, this kernel has %#010x",
			mod->file->name, name, has, wanted);
	return 0;
}

int lxd_check_versions(struct lxd_loader *ld, struct lxd_module *mod)
{
	u32 crc;
	u32 i;
	int err;

	if (!mod->index) /* what the others are measured against */
		return 0;
	if (!find_version(&ld->modules[0], "module_layout", &crc))
		return lxd_refuse(ld, -EBADMSG, "%s: no CRC for module_layout",
				  ld->modules[0].file->name);
	err = compare(ld, mod, "module_layout", crc);
	for (i = 1; !err && i < mod->nr_symbols; i++) {
		const char *name = lxd_symbol_name(mod, i);

		if (mod->symbols[i].st_shndx != SHN_UNDEF)
			continue;
		if (provided_crc(ld, mod, name, &crc))
			err = compare(ld, mod, name, crc);
		else if (mod->values[i].class_ != LXD_CLASS_PATCHED &&
			 mod->values[i].class_ != LXD_CLASS_PERCPU)
			err = lxd_refuse(ld, -EBADMSG, "%s: %s: its provider has no CRC",
					 mod->file->name, name);
	}
	return err;
}
