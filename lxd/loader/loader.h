/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loader for stock module files into a domain: takes file images, gives back one laid-out, relocated
 * and patched image. The same C files run in lxd.ko and in user space (tests/harness, unit tests).
 * Every byte of a file is hostile: nothing is read before it is checked, nothing outside the file.
 *
 * Files come in dependency order; number 0 is the runtime (lxd_rt.ko), whose section .lxd_exports
 * is what the others resolve against.
 */
#ifndef LXD_LOADER_H
#define LXD_LOADER_H

#include <lxd/context.h>
#ifndef __KERNEL__
#include <stdbool.h>
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
#endif

#define LXD_LOAD_MAX_FILES 16
#define LXD_LOAD_MAX_FILE_SIZE (64u << 20)
#define LXD_LOAD_NAME 56
#define LXD_LOAD_SHA256 32
/* Enough for the longest honest message: every unresolved symbol of a driver. */
#define LXD_LOAD_ERROR_SIZE 16384

struct lxd_load_file {
	const char *name; /* for messages: the file's base name */
	const __u8 *data; /* aligned to 8 bytes */
	__u64 size;
};

/* Where the running kernel keeps a per-CPU symbol: offset from the GS base. */
struct lxd_load_percpu {
	const char *name;
	__u64 offset;
};

/* Memory of the caller. Context: whatever the caller of lxd_load() is in; alloc may sleep. */
struct lxd_load_ops {
	void *(*alloc)(void *context, size_t size); /* zeroed, at least 16-byte aligned; or NULL */
	void (*free)(void *context, void *memory); /* NULL does nothing */
	void (*sha256)(const __u8 *data, size_t size, __u8 digest[LXD_LOAD_SHA256]);
	void *context;
};

struct lxd_load_request {
	const struct lxd_load_file *files;
	unsigned int nr_files;
	__u64 base; /* page-aligned address of the image in the domain */
	__u64 max_size; /* room there */
	const struct lxd_load_percpu *percpu;
	unsigned int nr_percpu;
	const char *const *params; /* "nvme_core.multipath=0" */
	unsigned int nr_params;
	const char *vermagic; /* of the running kernel; NULL: that of file 0 */
	const struct lxd_load_ops *ops;
	char *error; /* receives one message without a newline */
	size_t error_size;
};

/* Classes of imported symbols. The first six are also what .lxd_exports says. */
enum lxd_load_class {
	LXD_CLASS_FORWARDED,
	LXD_CLASS_RUNTIME,
	LXD_CLASS_LIBRARY,
	LXD_CLASS_DATA,
	LXD_CLASS_STUB,
	LXD_CLASS_PERCPU,
	LXD_CLASS_MODULE, /* export of a module loaded before */
	LXD_CLASS_PATCHED, /* every use was patched away: __fentry__, __x86_return_thunk */
	LXD_CLASSES
};

/* Entry of the runtime's section .lxd_exports. */
struct lxd_export {
	__u64 address;
	char name[LXD_LOAD_NAME];
	__u32 crc;
	__u32 class_; /* enum lxd_load_class */
};

/*
 * A parameter whose type is not one of the five standard ones: the driver's own set function must
 * be called, in the domain. The loader writes these into the runtime's array lxd_rt_params.
 */
struct lxd_load_param_call {
	__u64 kernel_param; /* address of the struct kernel_param; 0 ends the array */
	char value[LXD_LOAD_NAME];
};

/* An imported symbol and how it was resolved. */
struct lxd_load_symbol {
	char name[LXD_LOAD_NAME];
	__u64 address;
	__u32 uses; /* relocations */
	__u8 class_;
	__u8 module; /* who imports */
	__u8 provider; /* whose export it is; the importer for PERCPU and PATCHED */
	__u8 pad;
};

/* A function or object, for fault reports and for lookups by name. Sorted by address. */
struct lxd_load_name {
	__u64 address;
	__u32 size;
	__u32 name; /* offset into lxd_image.names */
	__u8 module;
};

struct lxd_load_counts {
	__u32 relocations, returns, fentries, retpolines, jump_labels, static_calls, locks, alternatives;
};

struct lxd_load_module {
	struct lxd_load_counts counts;
	__u64 file_size; /* with its signature, if any */
	__u8 sha256[LXD_LOAD_SHA256]; /* of the whole file, as the package ships it */
	bool had_signature;
};

/* The result. Owned by the caller; ends with lxd_image_free(). */
struct lxd_image {
	__u64 base, size; /* whole pages */
	__u8 *bytes; /* size bytes */
	__u8 *rights; /* one a page: LXD_MAP_R | LXD_MAP_X, LXD_MAP_R or LXD_MAP_R | LXD_MAP_W */
	unsigned int nr_modules;
	struct lxd_module_info modules[LXD_LOAD_MAX_FILES];
	struct lxd_load_module details[LXD_LOAD_MAX_FILES];
	struct lxd_load_symbol *symbols; /* all imports of all modules */
	unsigned int nr_symbols;
	struct lxd_load_name *functions;
	unsigned int nr_functions;
	char *names;
	size_t names_size;
	struct lxd_load_ops ops;
};

/**
 * lxd_load() - lay out, relocate and patch a runtime and its driver modules
 * @request: files, place, parameters
 * @out: the image; untouched on an error
 *
 * Return: 0; -ENOEXEC a file is not what it should be; -ENOENT unresolved symbols; -EBADMSG a CRC or
 * vermagic differs; -EINVAL a parameter; -E2BIG too large; -EACCES VMFUNC in executable bytes;
 * -ENOMEM. request->error then holds the reason.
 */
int lxd_load(const struct lxd_load_request *request, struct lxd_image **out);
void lxd_image_free(struct lxd_image *image);

/* Address of a defined symbol of module @module by name; 0: none. */
__u64 lxd_image_find(const struct lxd_image *image, unsigned int module, const char *name);
/* The function that holds @address, or NULL. */
const struct lxd_load_name *lxd_image_name(const struct lxd_image *image, __u64 address);
/* The image's bytes behind a domain address, or NULL unless all @size bytes lie inside. */
void *lxd_image_at(const struct lxd_image *image, __u64 address, __u64 size);
const char *lxd_class_name(unsigned int class_);

/* VMFUNC scan, also for pages that are not the loader's (the gate, a library snapshot). */
struct lxd_scan_page {
	const __u8 *bytes; /* 4096 */
	__u64 address;
};

enum lxd_scan_kind {
	LXD_SCAN_NONE,
	LXD_SCAN_INSIDE, /* within a page */
	LXD_SCAN_ACROSS /* tail of page @first, head of page @second, which a domain can map side by side */
};

struct lxd_scan_hit {
	enum lxd_scan_kind kind;
	unsigned int first, second; /* indices of pages */
	unsigned int offset; /* in the first page */
};

/* Looks for 0f 01 d4 at any offset of the pages, in any order of them. The first hit is returned. */
struct lxd_scan_hit lxd_scan_vmfunc(const struct lxd_scan_page *pages, unsigned int nr);

#ifndef __KERNEL__
#ifdef __cplusplus
}
#endif
#endif
#endif
