// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's self-patching tables. Return thunks become `ret; int3...`, calls of __fentry__ NOPs.
 * Retpolines, static calls, jump labels and lock prefixes work as the compiler left them: their
 * tables are checked and counted. Every use of a patched symbol must be in a table. Alternatives keep
 * their first form, which must be right on every processor.
 */
#include "internal.h"

static const u8 return_code[5] = { 0xc3, 0xcc, 0xcc, 0xcc, 0xcc };
static const u8 fentry_nop[5] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 }; /* the kernel's x86_nops[5] */

/* @size bytes of executable image at @address, or NULL. */
static u8 *text_at(const struct lxd_module *mod, u64 address, u64 size)
{
	const struct lxd_section *s = lxd_section_of(mod, address, size);

	return s && s->part == LXD_PART_RX ? s->bytes + (address - s->address) : NULL;
}

static int bad_site(struct lxd_loader *ld, const struct lxd_module *mod, const char *table,
		    u64 entry, u64 site)
{
	return lxd_refuse(ld, -ENOEXEC, "%s: %s entry %llu: no such instruction at %#llx",
			  mod->file->name, table, entry, site);
}

/* Walks a table whose entries begin with a 32-bit offset relative to the entry. */
static int each_site(struct lxd_loader *ld, struct lxd_module *mod, const char *table,
		     u32 entry_size, u32 *count, int (*patch)(u8 *site))
{
	const struct lxd_section *s = &mod->sections[lxd_find_section(mod, table)];
	u64 i;

	if (!s->bytes)
		return 0;
	if (s->size % entry_size)
		return lxd_refuse(ld, -ENOEXEC, "%s: %s: %#llx bytes are not whole entries",
				  mod->file->name, table, s->size);
	for (i = 0; i < s->size / entry_size; i++) {
		u64 at = s->address + i * entry_size;
		u8 *site;
		s32 offset;

		memcpy(&offset, s->bytes + i * entry_size, sizeof(offset));
		site = text_at(mod, at + (s64)offset, 5);
		if (!site || patch(site))
			return bad_site(ld, mod, table, i, at + (s64)offset);
		++*count;
	}
	return 0;
}

static int patch_return(u8 *site)
{
	static const u8 jump[5] = { 0xe9 };

	if (memcmp(site, jump, 5)) /* unrelocated: its symbol is of class PATCHED */
		return -1;
	memcpy(site, return_code, 5);
	return 0;
}

static int keep_retpoline(u8 *site)
{
	if (*site == 0x2e) /* cs prefix: room for the longer direct form */
		site++;
	return !(site[0] == 0xe8 || site[0] == 0xe9 ||
		 (site[0] == 0x0f && (site[1] & 0xf0) == 0x80));
}

static int keep_static_call(u8 *site)
{
	return !(*site == 0xe8 || *site == 0xe9);
}

static int keep_any(u8 *site)
{
	(void)site;
	return 0;
}

static int patch_fentries(struct lxd_loader *ld, struct lxd_module *mod)
{
	static const u8 call[5] = { 0xe8 };
	const struct lxd_section *s = &mod->sections[lxd_find_section(mod, "__mcount_loc")];
	u64 i;

	for (i = 0; s->bytes && i < s->size / sizeof(u64); i++) {
		u64 address;
		u8 *site;

		memcpy(&address, s->bytes + i * sizeof(u64), sizeof(address));
		site = text_at(mod, address, 5);
		if (!site || memcmp(site, call, 5))
			return bad_site(ld, mod, "__mcount_loc", i, address);
		memcpy(site, fentry_nop, 5);
		mod->counts.fentries++;
	}
	return 0;
}

/* Each use of a patched symbol had one relocation; each must have met its table entry. */
static int check_all_patched(struct lxd_loader *ld, const struct lxd_module *mod)
{
	u32 returns = 0, fentries = 0;
	u32 i;

	for (i = 1; i < mod->nr_symbols; i++) {
		const char *name = lxd_symbol_name(mod, i);

		if (mod->symbols[i].st_shndx != SHN_UNDEF ||
		    mod->values[i].class_ != LXD_CLASS_PATCHED)
			continue;
		if (!strcmp(name, "__fentry__"))
			fentries += mod->values[i].uses;
		else
			returns += mod->values[i].uses;
	}
	if (returns != mod->counts.returns)
		return lxd_refuse(ld, -ENOEXEC,
				  "%s: %u jumps to __x86_return_thunk, .return_sites names %u",
				  mod->file->name, returns, mod->counts.returns);
	if (fentries != mod->counts.fentries)
		return lxd_refuse(ld, -ENOEXEC, "%s: %u calls of __fentry__, __mcount_loc names %u",
				  mod->file->name, fentries, mod->counts.fentries);
	return 0;
}

/* struct alt_instr of 6.1. */
struct alternative {
	s32 instruction, replacement;
	__u16 feature;
	u8 length, replacement_length;
} __attribute__((packed));

/* Features whose absence the first form stands for and whose presence only makes it faster. */
static bool optional_feature(__u16 feature)
{
	return feature == 6 * 32 + 8; /* X86_FEATURE_3DNOWPREFETCH */
}

static int check_alternatives(struct lxd_loader *ld, struct lxd_module *mod)
{
	const struct lxd_section *s = &mod->sections[lxd_find_section(mod, ".altinstructions")];
	const char *file = mod->file->name;
	u64 i;

	if (!s->bytes)
		return 0;
	if (s->size % sizeof(struct alternative))
		return lxd_refuse(ld, -ENOEXEC, "%s: .altinstructions: %#llx bytes are not whole entries",
				  file, s->size);
	for (i = 0; i < s->size / sizeof(struct alternative); i++) {
		u64 at = s->address + i * sizeof(struct alternative);
		struct alternative a;

		memcpy(&a, s->bytes + i * sizeof(a), sizeof(a));
		if (!a.length || a.replacement_length > a.length ||
		    !text_at(mod, at + (s64)a.instruction, a.length) ||
		    !text_at(mod, at + 4 + (s64)a.replacement, a.replacement_length))
			return bad_site(ld, mod, ".altinstructions", i, at + (s64)a.instruction);
		if (!optional_feature(a.feature))
			return lxd_refuse(ld, -ENOEXEC,
					  "%s: .altinstructions entry %llu: feature %u is not known to be optional",
					  file, i, a.feature);
		mod->counts.alternatives++;
	}
	return 0;
}

int lxd_patch(struct lxd_loader *ld, struct lxd_module *mod)
{
	struct lxd_load_counts *n = &mod->counts;
	int err;

	err = each_site(ld, mod, ".return_sites", 4, &n->returns, patch_return);
	if (!err)
		err = patch_fentries(ld, mod);
	if (!err)
		err = check_all_patched(ld, mod);
	if (!err)
		err = each_site(ld, mod, ".retpoline_sites", 4, &n->retpolines, keep_retpoline);
	if (!err)
		err = each_site(ld, mod, ".static_call_sites", 8, &n->static_calls,
				keep_static_call);
	if (!err)
		err = each_site(ld, mod, "__jump_table", 16, &n->jump_labels, keep_any);
	if (!err)
		err = each_site(ld, mod, ".smp_locks", 4, &n->locks, keep_any);
	if (!err)
		err = check_alternatives(ld, mod);
	return err;
}
