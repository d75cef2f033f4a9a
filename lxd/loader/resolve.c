// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses of symbols. An import is looked for in the exports of modules loaded before, then in the
 * runtime's .lxd_exports, then among the kernel's per-CPU symbols. All that is missing is listed.
 */
#include "internal.h"

/* Their uses are patched away, so they need no address. */
static const char *const patched[] = { "__fentry__", "__x86_return_thunk" };

/* A __ksymtab entry: offsets relative to the fields themselves (CONFIG_HAVE_ARCH_PREL32_RELOCATIONS). */
struct ksym {
	s32 value, name, namespace_;
};

bool lxd_is_patched_symbol(const char *name)
{
	size_t i;

	for (i = 0; i < LXD_COUNT(patched); i++)
		if (!strcmp(name, patched[i]))
			return true;
	return false;
}

/* A string in the image, bounded by its section; NULL if it does not end there. */
static const char *image_string(const struct lxd_module *mod, u64 address)
{
	const struct lxd_section *s = lxd_section_of(mod, address, 1);
	const char *text;

	if (!s)
		return NULL;
	text = (const char *)s->bytes + (address - s->address);
	return memchr(text, 0, s->size - (address - s->address)) ? text : NULL;
}

static bool find_in(const struct lxd_module *mod, const char *table, const char *crcs,
		    const char *name, u64 *address, u32 *crc)
{
	const struct lxd_section *s = &mod->sections[lxd_find_section(mod, table)];
	const struct lxd_section *c = &mod->sections[lxd_find_section(mod, crcs)];
	u64 i;

	if (!s->bytes || !c->bytes)
		return false;
	for (i = 0; i < s->size / sizeof(struct ksym); i++) {
		u64 at = s->address + i * sizeof(struct ksym);
		const char *text;
		struct ksym sym;

		memcpy(&sym, s->bytes + i * sizeof(sym), sizeof(sym));
		text = image_string(mod, at + offsetof(struct ksym, name) + (s64)sym.name);
		if (!text || strcmp(text, name))
			continue;
		if (i >= c->size / sizeof(*crc))
			return false;
		memcpy(crc, c->bytes + i * sizeof(*crc), sizeof(*crc));
		*address = at + (s64)sym.value;
		return lxd_section_of(mod, *address, 0);
	}
	return false;
}

bool lxd_find_module_export(const struct lxd_loader *ld, u32 before, const char *name, u64 *address,
			    u32 *crc, u8 *provider)
{
	u32 m;

	/* Number 0, the runtime, hands out what is in .lxd_exports and nothing else. */
	for (m = 1; m < before; m++) {
		if (!find_in(&ld->modules[m], "__ksymtab", "__kcrctab", name, address, crc) &&
		    !find_in(&ld->modules[m], "__ksymtab_gpl", "__kcrctab_gpl", name, address, crc))
			continue;
		*provider = m;
		return true;
	}
	return false;
}

const struct lxd_export *lxd_find_runtime_export(const struct lxd_loader *ld, const char *name)
{
	const struct lxd_module *rt = &ld->modules[0];
	const struct lxd_section *s = &rt->sections[lxd_find_section(rt, ".lxd_exports")];
	const struct lxd_export *exports = (const struct lxd_export *)s->bytes;
	u64 i;

	for (i = 0; exports && i < s->size / sizeof(*exports); i++)
		if (!strncmp(exports[i].name, name, sizeof(exports[i].name)))
			return &exports[i];
	return NULL;
}

static const struct lxd_load_percpu *find_percpu(const struct lxd_loader *ld, const char *name)
{
	u32 i;

	for (i = 0; i < ld->request->nr_percpu; i++)
		if (!strcmp(ld->request->percpu[i].name, name))
			return &ld->request->percpu[i];
	return NULL;
}

static void resolve_import(const struct lxd_loader *ld, const struct lxd_module *mod,
			   const struct elf64_sym *sym, const char *name, struct lxd_value *v)
{
	const struct lxd_load_percpu *percpu = find_percpu(ld, name);
	const struct lxd_export *export = lxd_find_runtime_export(ld, name);
	u32 crc;

	v->resolved = true;
	v->provider = mod->index;
	if (lxd_find_module_export(ld, mod->index, name, &v->address, &crc, &v->provider)) {
		v->class_ = LXD_CLASS_MODULE;
	} else if (lxd_is_patched_symbol(name)) {
		v->class_ = LXD_CLASS_PATCHED;
	} else if (percpu) {
		v->class_ = LXD_CLASS_PERCPU;
		v->address = percpu->offset;
	} else if (export && export->class_ < LXD_CLASS_PERCPU) {
		v->class_ = export->class_;
		v->provider = 0;
		v->address = export->address;
	} else if (sym->st_info >> 4 == LXD_STB_WEAK) {
		v->class_ = LXD_CLASS_DATA; /* address 0, as everywhere */
	} else {
		v->resolved = false;
	}
}

/* Values for all symbols of @mod. Missing ones are left for lxd_list_unresolved(). */
int lxd_resolve(struct lxd_loader *ld, struct lxd_module *mod)
{
	u32 i;

	for (i = 1; i < mod->nr_symbols; i++) {
		const struct elf64_sym *sym = &mod->symbols[i];
		struct lxd_value *v = &mod->values[i];

		v->class_ = LXD_CLASSES;
		if (sym->st_shndx == SHN_UNDEF) {
			const char *name = lxd_symbol_name(mod, i);

			if (strlen(name) >= LXD_LOAD_NAME)
				return lxd_refuse(ld, -ENOEXEC, "%s: name of symbol %u is too long",
						  mod->file->name, i);
			resolve_import(ld, mod, sym, name, v);
		} else if (sym->st_shndx == SHN_ABS) {
			v->address = sym->st_value;
			v->resolved = true;
		} else if (mod->sections[sym->st_shndx].part != LXD_PART_NONE) {
			v->address = mod->sections[sym->st_shndx].address + sym->st_value;
			v->resolved = true;
		}
	}
	return 0;
}

int lxd_list_unresolved(struct lxd_loader *ld)
{
	u32 missing = 0;
	u32 m, i;

	for (m = 0; m < ld->nr_modules; m++)
		for (i = 1; i < ld->modules[m].nr_symbols; i++)
			missing += ld->modules[m].symbols[i].st_shndx == SHN_UNDEF &&
				   !ld->modules[m].values[i].resolved;
	if (!missing)
		return 0;
	lxd_refuse(ld, -ENOENT, "%u unresolved symbol%s:", missing, missing == 1 ? "" : "s");
	for (m = 0; m < ld->nr_modules; m++) {
		const struct lxd_module *mod = &ld->modules[m];

		for (i = 1; i < mod->nr_symbols; i++)
			if (mod->symbols[i].st_shndx == SHN_UNDEF && !mod->values[i].resolved)
				lxd_more(ld, " %s (%s)", lxd_symbol_name(mod, i), mod->name);
	}
	return -ENOENT;
}
