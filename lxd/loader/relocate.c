// SPDX-License-Identifier: GPL-2.0-only
/* Relocations of x86-64 modules (psABI 4.4; the kernel's arch/x86/kernel/module.c accepts the same). */
#include "internal.h"

static const char *type_name(u32 type)
{
	switch (type) {
	case LXD_R_64:
		return "R_X86_64_64";
	case LXD_R_PC64:
		return "R_X86_64_PC64";
	case LXD_R_32:
		return "R_X86_64_32";
	case LXD_R_32S:
		return "R_X86_64_32S";
	case LXD_R_PC32:
		return "R_X86_64_PC32";
	case LXD_R_PLT32:
		return "R_X86_64_PLT32";
	}
	return "?";
}

/* Size of the field; 0: not a type that modules have. */
static u32 type_size(u32 type)
{
	switch (type) {
	case LXD_R_64:
	case LXD_R_PC64:
		return 8;
	case LXD_R_32:
	case LXD_R_32S:
	case LXD_R_PC32:
	case LXD_R_PLT32:
		return 4;
	}
	return 0;
}

static bool fits(u32 type, u64 value)
{
	switch (type) {
	case LXD_R_32:
		return value == (u32)value;
	case LXD_R_32S:
	case LXD_R_PC32:
	case LXD_R_PLT32:
		return (s64)value == (s32)value;
	}
	return true;
}

static int apply(struct lxd_loader *ld, struct lxd_module *mod, u32 target,
		 const struct elf64_rela *rela)
{
	static const u8 zero[8];
	const struct lxd_section *s = &mod->sections[target];
	const char *where = lxd_section_name(mod, target);
	u32 type = (u32)rela->r_info;
	u32 symbol = rela->r_info >> 32;
	u32 size = type_size(type);
	struct lxd_value *v;
	u64 value;

	if (type == LXD_R_NONE)
		return 0;
	if (!size)
		return lxd_refuse(ld, -ENOEXEC, "%s: %s+%#llx: relocation type %u is not supported",
				  mod->file->name, where, (u64)rela->r_offset, type);
	if (rela->r_offset > s->size || size > s->size - rela->r_offset)
		return lxd_refuse(
			ld, -ENOEXEC,
			"%s: relocation out of range: %s+%#llx, the section has %#llx bytes",
			mod->file->name, where, (u64)rela->r_offset, s->size);
	if (symbol >= mod->nr_symbols)
		return lxd_refuse(ld, -ENOEXEC, "%s: %s+%#llx: relocation names symbol %u of %u",
				  mod->file->name, where, (u64)rela->r_offset, symbol,
				  mod->nr_symbols);
	v = &mod->values[symbol];
	if (symbol && !v->resolved)
		return lxd_refuse(
			ld, -ENOEXEC, "%s: %s+%#llx: relocation against '%s', which is not loaded",
			mod->file->name, where, (u64)rela->r_offset, lxd_symbol_name(mod, symbol));
	if (memcmp(s->bytes + rela->r_offset, zero, size))
		return lxd_refuse(ld, -ENOEXEC,
				  "%s: %s+%#llx: relocated twice, or bytes there are not zero",
				  mod->file->name, where, (u64)rela->r_offset);
	v->uses++;
	mod->counts.relocations++;
	value = v->address + rela->r_addend;
	if (v->class_ == LXD_CLASS_PATCHED) {
		/* patch.c puts an instruction here; a use that is not patched away is refused there. */
		if (type != LXD_R_PLT32 && type != LXD_R_PC32)
			return lxd_refuse(ld, -ENOEXEC,
					  "%s: %s+%#llx: %s used other than by a call or jump",
					  mod->file->name, where, (u64)rela->r_offset,
					  lxd_symbol_name(mod, symbol));
		return 0;
	}
	if (type == LXD_R_PC32 || type == LXD_R_PLT32 || type == LXD_R_PC64)
		value -= s->address + rela->r_offset;
	if (!fits(type, value))
		return lxd_refuse(
			ld, -ENOEXEC,
			"%s: %s+%#llx: relocation out of range: %s against '%s' gives %#llx",
			mod->file->name, where, (u64)rela->r_offset, type_name(type),
			lxd_symbol_name(mod, symbol), value);
	memcpy(s->bytes + rela->r_offset, &value, size); /* little endian */
	return 0;
}

int lxd_relocate_section(struct lxd_loader *ld, struct lxd_module *mod, u32 index)
{
	const struct elf64_shdr *s = &mod->headers[index];
	const struct elf64_rela *rela = (const void *)(mod->data + s->sh_offset);
	u64 i;
	int err;

	if (s->sh_entsize != sizeof(*rela) || s->sh_size % sizeof(*rela))
		return lxd_refuse(ld, -ENOEXEC, "%s: section %s: bad entry size %#llx",
				  mod->file->name, lxd_section_name(mod, index),
				  (u64)s->sh_entsize);
	for (i = 0; i < s->sh_size / sizeof(*rela); i++) {
		err = apply(ld, mod, s->sh_info, &rela[i]);
		if (err)
			return err;
	}
	return 0;
}

/* All sections, or with @only just that one, or with @only "!name" all but that one. */
int lxd_relocate(struct lxd_loader *ld, struct lxd_module *mod, const char *only)
{
	u32 i;
	int err;

	for (i = 1; i < mod->nr_sections; i++) {
		u32 target = mod->headers[i].sh_info;
		const char *name;

		if (mod->headers[i].sh_type == SHT_REL)
			return lxd_refuse(ld, -ENOEXEC,
					  "%s: section %s: REL relocations are not supported",
					  mod->file->name, lxd_section_name(mod, i));
		if (mod->headers[i].sh_type != SHT_RELA)
			continue;
		if (!target || target >= mod->nr_sections)
			return lxd_refuse(ld, -ENOEXEC,
					  "%s: section %s: relocates section %u of %u",
					  mod->file->name, lxd_section_name(mod, i), target,
					  mod->nr_sections);
		if (mod->sections[target].part == LXD_PART_NONE)
			continue;
		name = lxd_section_name(mod, target);
		if (only && *only == '!' ? !strcmp(name, only + 1) : only && strcmp(name, only))
			continue;
		err = lxd_relocate_section(ld, mod, i);
		if (err)
			return err;
	}
	return 0;
}
