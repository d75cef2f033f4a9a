// SPDX-License-Identifier: GPL-2.0-only
/* Is the file an ELF module at all? After lxd_elf_check() every table and string lies inside it. */
#include "internal.h"

#define SIGNATURE "~Module signature appended~\n"

/* What the kernel appends before the marker: struct module_signature (linux/module_signature.h). */
struct signature_trailer {
	u8 algo, hash, id_type, signer_len, key_id_len, pad[3];
	u8 sig_len[4]; /* big endian */
};

static int strip_signature(struct lxd_loader *ld, struct lxd_module *mod)
{
	const u64 marker = sizeof(SIGNATURE) - 1;
	struct signature_trailer trailer;
	u64 length;

	if (mod->size < marker || memcmp(mod->data + mod->size - marker, SIGNATURE, marker))
		return 0;
	mod->size -= marker;
	if (mod->size < sizeof(trailer))
		return lxd_refuse(ld, -ENOEXEC, "%s: truncated: no room for its signature",
				  mod->file->name);
	mod->size -= sizeof(trailer);
	memcpy(&trailer, mod->data + mod->size, sizeof(trailer));
	length = (u64)trailer.sig_len[0] << 24 | trailer.sig_len[1] << 16 |
		 trailer.sig_len[2] << 8 | trailer.sig_len[3];
	if (length > mod->size)
		return lxd_refuse(ld, -ENOEXEC,
				  "%s: bad signature: %llu bytes long, the file has %llu",
				  mod->file->name, length, mod->size);
	mod->size -= length;
	mod->had_signature = true;
	return 0;
}

static bool inside(const struct lxd_module *mod, u64 offset, u64 size)
{
	return offset <= mod->size && size <= mod->size - offset;
}

static int check_header(struct lxd_loader *ld, struct lxd_module *mod)
{
	const char *file = mod->file->name;
	const struct elf64_hdr *h = (const void *)mod->data;

	if (mod->size >= 6 && !memcmp(mod->data,
				      "\xfd"
				      "7zXZ",
				      6))
		return lxd_refuse(ld, -ENOEXEC, "%s: compressed (xz): decompress it first", file);
	if (mod->size < SELFMAG || memcmp(mod->data, ELFMAG, SELFMAG))
		return lxd_refuse(ld, -ENOEXEC, "%s: not an ELF file", file);
	if (mod->size < sizeof(*h))
		return lxd_refuse(ld, -ENOEXEC,
				  "%s: truncated: %llu bytes are less than an ELF header", file,
				  mod->size);
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
	    h->e_machine != LXD_EM_X86_64)
		return lxd_refuse(
			ld, -ENOEXEC,
			"%s: wrong machine: ELF class %u, data %u, machine %u; x86-64 needed", file,
			h->e_ident[EI_CLASS], h->e_ident[EI_DATA], h->e_machine);
	if (h->e_type != ET_REL)
		return lxd_refuse(ld, -ENOEXEC,
				  "%s: not a module: ELF type %u, relocatable (1) needed", file,
				  h->e_type);
	if (h->e_shentsize != sizeof(struct elf64_shdr))
		return lxd_refuse(ld, -ENOEXEC, "%s: bad section header size %u", file,
				  h->e_shentsize);
	/* More than 0xff00 sections would use the escape in section 0: no module does. */
	if (h->e_shnum < 2 || h->e_shnum >= SHN_LORESERVE)
		return lxd_refuse(ld, -ENOEXEC, "%s: bad number of sections %u", file, h->e_shnum);
	if (h->e_shoff % 8)
		return lxd_refuse(ld, -ENOEXEC, "%s: section headers at %#llx are not aligned",
				  file, h->e_shoff);
	if (!inside(mod, h->e_shoff, (u64)h->e_shnum * h->e_shentsize))
		return lxd_refuse(ld, -ENOEXEC,
				  "%s: truncated: section headers at %#llx, the file ends at %#llx",
				  file, h->e_shoff, mod->size);
	mod->header = h;
	mod->headers = (const void *)(mod->data + h->e_shoff);
	mod->nr_sections = h->e_shnum;
	return 0;
}

/* A string table must lie inside the file (checked before) and end with a zero byte. */
static bool good_strings(const struct lxd_module *mod, u32 index)
{
	const struct elf64_shdr *s;

	if (!index || index >= mod->nr_sections)
		return false;
	s = &mod->headers[index];
	return s->sh_type == SHT_STRTAB && s->sh_size && !mod->data[s->sh_offset + s->sh_size - 1];
}

static int check_section(struct lxd_loader *ld, const struct lxd_module *mod, u32 i)
{
	const struct elf64_shdr *s = &mod->headers[i];
	const char *file = mod->file->name;

	if (s->sh_type != LXD_SHT_NOBITS && !inside(mod, s->sh_offset, s->sh_size))
		return lxd_refuse(
			ld, -ENOEXEC,
			"%s: bad section offset: section %u is %#llx bytes at %#llx, the file ends at %#llx",
			file, i, s->sh_size, s->sh_offset, mod->size);
	if (s->sh_addralign & (s->sh_addralign - 1) || s->sh_addralign > LXD_PAGE)
		return lxd_refuse(ld, -ENOEXEC, "%s: section %u: bad alignment %#llx", file, i,
				  s->sh_addralign);
	if (s->sh_size > LXD_LOAD_MAX_FILE_SIZE)
		return lxd_refuse(ld, -E2BIG, "%s: too large: section %u has %#llx bytes", file, i,
				  s->sh_size);
	if (s->sh_flags & LXD_SHF_COMPRESSED)
		return lxd_refuse(ld, -ENOEXEC, "%s: section %u is compressed", file, i);
	return 0;
}

static int check_tables(struct lxd_loader *ld, struct lxd_module *mod)
{
	const char *file = mod->file->name;
	u32 symtab = 0;
	u32 i;

	if (!good_strings(mod, mod->header->e_shstrndx))
		return lxd_refuse(ld, -ENOEXEC, "%s: bad section name table (section %u)", file,
				  mod->header->e_shstrndx);
	mod->section_names =
		(const char *)mod->data + mod->headers[mod->header->e_shstrndx].sh_offset;
	mod->section_names_size = mod->headers[mod->header->e_shstrndx].sh_size;
	for (i = 1; i < mod->nr_sections; i++) {
		const struct elf64_shdr *s = &mod->headers[i];

		if (s->sh_name >= mod->section_names_size)
			return lxd_refuse(ld, -ENOEXEC, "%s: section %u: bad name offset %#x", file,
					  i, s->sh_name);
		if ((s->sh_type == SHT_SYMTAB || s->sh_type == SHT_RELA) && s->sh_offset % 8)
			return lxd_refuse(ld, -ENOEXEC, "%s: section %s at %#llx is not aligned",
					  file, lxd_section_name(mod, i), s->sh_offset);
		if (s->sh_type == SHT_SYMTAB) {
			if (symtab)
				return lxd_refuse(ld, -ENOEXEC, "%s: two symbol tables", file);
			symtab = i;
		}
	}
	if (!symtab)
		return lxd_refuse(ld, -ENOEXEC, "%s: no symbol table", file);
	if (mod->headers[symtab].sh_entsize != sizeof(struct elf64_sym) ||
	    !good_strings(mod, mod->headers[symtab].sh_link))
		return lxd_refuse(ld, -ENOEXEC, "%s: bad symbol table", file);
	mod->symbols = (const void *)(mod->data + mod->headers[symtab].sh_offset);
	mod->nr_symbols = mod->headers[symtab].sh_size / sizeof(struct elf64_sym);
	mod->strings =
		(const char *)mod->data + mod->headers[mod->headers[symtab].sh_link].sh_offset;
	mod->strings_size = mod->headers[mod->headers[symtab].sh_link].sh_size;
	return 0;
}

static int check_symbols(struct lxd_loader *ld, const struct lxd_module *mod)
{
	u32 i;

	for (i = 1; i < mod->nr_symbols; i++) {
		const struct elf64_sym *s = &mod->symbols[i];

		if (s->st_name >= mod->strings_size)
			return lxd_refuse(ld, -ENOEXEC, "%s: symbol %u: bad name offset %#x",
					  mod->file->name, i, s->st_name);
		if (s->st_shndx == SHN_COMMON)
			return lxd_refuse(ld, -ENOEXEC,
					  "%s: symbol %s is common: compile with -fno-common",
					  mod->file->name, lxd_symbol_name(mod, i));
		if (s->st_shndx == SHN_UNDEF || s->st_shndx == SHN_ABS)
			continue;
		if (s->st_shndx >= mod->nr_sections)
			return lxd_refuse(ld, -ENOEXEC, "%s: symbol %s: bad section %u",
					  mod->file->name, lxd_symbol_name(mod, i), s->st_shndx);
		if (s->st_value > mod->headers[s->st_shndx].sh_size)
			return lxd_refuse(ld, -ENOEXEC,
					  "%s: symbol %s lies at %#llx, outside of section %s",
					  mod->file->name, lxd_symbol_name(mod, i), s->st_value,
					  lxd_section_name(mod, s->st_shndx));
	}
	return 0;
}

int lxd_elf_check(struct lxd_loader *ld, struct lxd_module *mod)
{
	const char *name;
	int err;
	u32 i;

	mod->data = mod->file->data;
	mod->size = mod->file->size;
	if (mod->size > LXD_LOAD_MAX_FILE_SIZE)
		return lxd_refuse(ld, -E2BIG, "%s: too large: %llu bytes, at most %u",
				  mod->file->name, mod->size, LXD_LOAD_MAX_FILE_SIZE);
	if ((unsigned long)mod->data % 8)
		return lxd_refuse(ld, -EINVAL, "%s: file image is not aligned to 8 bytes",
				  mod->file->name);
	err = strip_signature(ld, mod);
	if (!err)
		err = check_header(ld, mod);
	for (i = 1; !err && i < mod->nr_sections; i++)
		err = check_section(ld, mod, i);
	if (!err)
		err = check_tables(ld, mod);
	if (!err)
		err = check_symbols(ld, mod);
	if (err)
		return err;
	name = lxd_modinfo(mod, "name");
	if (!name || !*name || strlen(name) >= sizeof(mod->name))
		return lxd_refuse(ld, -ENOEXEC,
				  "%s: no module name in .modinfo: not a kernel module",
				  mod->file->name);
	strcpy(mod->name, name); /* fits: checked above */
	return 0;
}

const char *lxd_section_name(const struct lxd_module *mod, u32 index)
{
	return mod->section_names + mod->headers[index].sh_name;
}

u32 lxd_find_section(const struct lxd_module *mod, const char *name)
{
	u32 i;

	for (i = 1; i < mod->nr_sections; i++)
		if (!strcmp(lxd_section_name(mod, i), name))
			return i;
	return 0;
}

const char *lxd_symbol_name(const struct lxd_module *mod, u32 index)
{
	return mod->strings + mod->symbols[index].st_name;
}

const char *lxd_modinfo(const struct lxd_module *mod, const char *key)
{
	u32 section = lxd_find_section(mod, ".modinfo");
	const char *at, *end;
	size_t length = strlen(key);

	if (!section || mod->headers[section].sh_type == LXD_SHT_NOBITS ||
	    !mod->headers[section].sh_size)
		return NULL;
	at = (const char *)mod->data + mod->headers[section].sh_offset;
	end = at + mod->headers[section].sh_size;
	if (end[-1])
		return NULL; /* an unterminated last entry */
	while (at < end) {
		if (!strncmp(at, key, length) && at[length] == '=')
			return at + length + 1;
		at += strlen(at) + 1;
	}
	return NULL;
}
