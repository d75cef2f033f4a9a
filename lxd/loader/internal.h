/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loader's own files share. */
#ifndef LXD_LOADER_INTERNAL_H
#define LXD_LOADER_INTERNAL_H

#include "loader.h"
#ifdef __KERNEL__
#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <linux/elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef __u8 u8;
typedef __u32 u32;
typedef __s32 s32;
typedef __u64 u64;
typedef __s64 s64;
#endif

#define LXD_PAGE 4096ull
#define LXD_ALIGN(x, a) (((x) + (a) - 1) & ~((u64)(a) - 1))
#define LXD_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* psABI, "Relocation types"; only those that kernel modules may have. */
#define LXD_R_NONE 0
#define LXD_R_64 1
#define LXD_R_PC32 2
#define LXD_R_PLT32 4
#define LXD_R_32 10
#define LXD_R_32S 11
#define LXD_R_PC64 24

#define LXD_EM_X86_64 62
#define LXD_SHT_NOBITS 8
#define LXD_SHF_COMPRESSED 0x800
#define LXD_STT_FUNC 2
#define LXD_STT_OBJECT 1
#define LXD_STB_WEAK 2

/* Parts of the image in their order; each starts on a page. */
enum lxd_part { LXD_PART_RX, LXD_PART_RO, LXD_PART_RW, LXD_PARTS };
#define LXD_PART_NONE 0xff

struct lxd_section {
	u64 address; /* in the domain; 0: not part of the image */
	u64 size;
	u8 *bytes; /* in the image */
	u8 part; /* enum lxd_part or LXD_PART_NONE */
};

/* One value a symbol-table entry, and how it came about. */
struct lxd_value {
	u64 address;
	u32 uses;
	u8 class_; /* enum lxd_load_class; LXD_CLASSES: defined by the module itself */
	u8 provider;
	u8 resolved;
};

struct lxd_module {
	const struct lxd_load_file *file;
	const u8 *data;
	u64 size; /* without the signature */
	bool had_signature;
	u32 index;
	const struct elf64_hdr *header;
	const struct elf64_shdr *headers;
	u32 nr_sections;
	const char *section_names;
	u64 section_names_size;
	const struct elf64_sym *symbols;
	u32 nr_symbols;
	const char *strings;
	u64 strings_size;
	struct lxd_section *sections;
	struct lxd_value *values;
	char name[LXD_LOAD_NAME];
	struct lxd_load_counts counts;
};

struct lxd_loader {
	const struct lxd_load_request *request;
	struct lxd_module modules[LXD_LOAD_MAX_FILES];
	u32 nr_modules;
	struct lxd_image *image;
	size_t error_length;
};

/* error.c: the first message wins; lxd_more() adds to it. Returns @code. */
int lxd_refuse(struct lxd_loader *ld, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
void lxd_more(struct lxd_loader *ld, const char *format, ...) __attribute__((format(printf, 2, 3)));
void *lxd_alloc(struct lxd_loader *ld, size_t size);
void lxd_release(struct lxd_loader *ld, void *memory);

/* elf.c */
int lxd_elf_check(struct lxd_loader *ld, struct lxd_module *mod);
const char *lxd_section_name(const struct lxd_module *mod, u32 index);
/* Index of the section of that name, or 0. */
u32 lxd_find_section(const struct lxd_module *mod, const char *name);
const char *lxd_symbol_name(const struct lxd_module *mod, u32 index);
/* Value of "key=" in .modinfo, or NULL. */
const char *lxd_modinfo(const struct lxd_module *mod, const char *key);

/* layout.c */
int lxd_layout(struct lxd_loader *ld);
int lxd_place(struct lxd_loader *ld);
void *lxd_at(const struct lxd_loader *ld, u64 address, u64 size);
/* The section of @mod that holds all of [address, address + size), or NULL. */
const struct lxd_section *lxd_section_of(const struct lxd_module *mod, u64 address, u64 size);

/* resolve.c */
int lxd_resolve(struct lxd_loader *ld, struct lxd_module *mod);
int lxd_list_unresolved(struct lxd_loader *ld);
bool lxd_is_patched_symbol(const char *name);
/* Finds an export in modules before @before, then in the runtime. NULL provider: not wanted. */
const struct lxd_export *lxd_find_runtime_export(const struct lxd_loader *ld, const char *name);
bool lxd_find_module_export(const struct lxd_loader *ld, u32 before, const char *name, u64 *address, u32 *crc,
			    u8 *provider);

/* versions.c */
int lxd_check_vermagic(struct lxd_loader *ld, struct lxd_module *mod);
int lxd_check_versions(struct lxd_loader *ld, struct lxd_module *mod);

/* relocate.c */
int lxd_relocate_section(struct lxd_loader *ld, struct lxd_module *mod, u32 rela);
int lxd_relocate(struct lxd_loader *ld, struct lxd_module *mod, const char *only);

/* patch.c */
int lxd_patch(struct lxd_loader *ld, struct lxd_module *mod);

/* params.c */
int lxd_set_params(struct lxd_loader *ld);

/* report.c */
int lxd_describe(struct lxd_loader *ld);
int lxd_scan_image(struct lxd_loader *ld);

#endif
