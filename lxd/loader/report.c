// SPDX-License-Identifier: GPL-2.0-only
/* What the caller gets to know about an image: modules, imports, names, the VMFUNC scan's verdict. */
#include "internal.h"

static const char *const class_names[LXD_CLASSES] = {
	"forwarded", "runtime", "library", "data", "stub", "per-CPU", "module", "patched",
};

const char *lxd_class_name(unsigned int class_)
{
	return class_ < LXD_CLASSES ? class_names[class_] : "?";
}

static void describe_module(struct lxd_loader *ld, struct lxd_module *mod)
{
	struct lxd_module_info *info = &ld->image->modules[mod->index];
	struct lxd_load_module *detail = &ld->image->details[mod->index];
	const struct lxd_section *bugs = &mod->sections[lxd_find_section(mod, "__bug_table")];
	const struct lxd_section *ex = &mod->sections[lxd_find_section(mod, "__ex_table")];
	u64 low = ~0ull, high = 0;
	u32 i;

	strcpy(info->name, mod->name); /* same size */
	info->init = lxd_image_find(ld->image, mod->index, "init_module");
	info->exit = lxd_image_find(ld->image, mod->index, "cleanup_module");
	for (i = 1; i < mod->nr_sections; i++) {
		const struct lxd_section *s = &mod->sections[i];

		if (s->part != LXD_PART_RX)
			continue;
		low = s->address < low ? s->address : low;
		high = s->address + s->size > high ? s->address + s->size : high;
	}
	info->text = high ? low : 0;
	info->text_size = high ? high - low : 0;
	if (bugs->bytes) {
		info->bug_table = bugs->address;
		info->bug_table_end = bugs->address + bugs->size;
	}
	if (ex->bytes) {
		info->ex_table = ex->address;
		info->ex_table_end = ex->address + ex->size;
	}
	detail->counts = mod->counts;
	detail->had_signature = mod->had_signature;
	detail->file_size = mod->file->size;
	if (ld->request->ops->sha256)
		ld->request->ops->sha256(mod->file->data, mod->file->size, detail->sha256);
}

static bool wanted_name(const struct lxd_module *mod, u32 i)
{
	const struct elf64_sym *s = &mod->symbols[i];
	u32 type = s->st_info & 0xf;

	return s->st_shndx != SHN_UNDEF && s->st_shndx < mod->nr_sections &&
	       mod->values[i].resolved &&
	       (type == LXD_STT_FUNC || type == LXD_STT_OBJECT || s->st_info >> 4) &&
	       *lxd_symbol_name(mod, i);
}

/* Heap sort by address: a few thousand names, no recursion, no library in the kernel needed. */
static void sift(struct lxd_load_name *a, unsigned int root, unsigned int nr)
{
	for (;;) {
		unsigned int child = 2 * root + 1;
		struct lxd_load_name t;

		if (child >= nr)
			return;
		if (child + 1 < nr && a[child].address < a[child + 1].address)
			child++;
		if (a[root].address >= a[child].address)
			return;
		t = a[root];
		a[root] = a[child];
		a[child] = t;
		root = child;
	}
}

static void sort_names(struct lxd_load_name *a, unsigned int nr)
{
	unsigned int i;

	for (i = nr / 2; i-- > 0;)
		sift(a, i, nr);
	for (i = nr; i > 1; i--) {
		struct lxd_load_name t = a[0];

		a[0] = a[i - 1];
		a[i - 1] = t;
		sift(a, 0, i - 1);
	}
}

static int collect_names(struct lxd_loader *ld)
{
	struct lxd_image *image = ld->image;
	size_t bytes = 0, at = 0;
	unsigned int nr = 0;
	u32 m, i;

	for (m = 0; m < ld->nr_modules; m++) {
		for (i = 1; i < ld->modules[m].nr_symbols; i++) {
			if (!wanted_name(&ld->modules[m], i))
				continue;
			nr++;
			bytes += strlen(lxd_symbol_name(&ld->modules[m], i)) + 1;
			if (bytes >
			    LXD_LOAD_MAX_FILE_SIZE) /* names may overlap in a hostile table */
				return lxd_refuse(ld, -E2BIG, "%s: too large: symbol names",
						  ld->modules[m].file->name);
		}
	}
	image->functions = lxd_alloc(ld, nr * sizeof(*image->functions));
	image->names = lxd_alloc(ld, bytes);
	if (!image->functions || !image->names)
		return -ENOMEM;
	for (m = 0; m < ld->nr_modules; m++) {
		const struct lxd_module *mod = &ld->modules[m];

		for (i = 1; i < mod->nr_symbols; i++) {
			struct lxd_load_name *out = &image->functions[image->nr_functions];
			const char *name = lxd_symbol_name(mod, i);
			size_t length = strlen(name) + 1;

			if (!wanted_name(mod, i))
				continue;
			out->address = mod->values[i].address;
			out->size = mod->symbols[i].st_size;
			out->module = m;
			out->name = at;
			memcpy(image->names + at, name, length);
			at += length;
			image->nr_functions++;
		}
	}
	image->names_size = bytes;
	sort_names(image->functions, nr);
	return 0;
}

static int collect_imports(struct lxd_loader *ld)
{
	struct lxd_image *image = ld->image;
	unsigned int nr = 0;
	u32 m, i;

	for (m = 0; m < ld->nr_modules; m++)
		for (i = 1; i < ld->modules[m].nr_symbols; i++)
			nr += ld->modules[m].symbols[i].st_shndx == SHN_UNDEF;
	image->symbols = lxd_alloc(ld, nr * sizeof(*image->symbols));
	if (!image->symbols)
		return -ENOMEM;
	for (m = 0; m < ld->nr_modules; m++) {
		const struct lxd_module *mod = &ld->modules[m];

		for (i = 1; i < mod->nr_symbols; i++) {
			struct lxd_load_symbol *out = &image->symbols[image->nr_symbols];

			if (mod->symbols[i].st_shndx != SHN_UNDEF)
				continue;
			strcpy(out->name,
			       lxd_symbol_name(mod, i)); /* length checked in lxd_resolve() */
			out->address = mod->values[i].address;
			out->uses = mod->values[i].uses;
			out->class_ = mod->values[i].class_;
			out->provider = mod->values[i].provider;
			out->module = m;
			image->nr_symbols++;
		}
	}
	return 0;
}

int lxd_describe(struct lxd_loader *ld)
{
	int err = collect_names(ld);
	u32 m;

	if (!err)
		err = collect_imports(ld);
	if (err)
		return err;
	ld->image->nr_modules = ld->nr_modules;
	for (m = 0; m < ld->nr_modules; m++)
		describe_module(ld, &ld->modules[m]);
	return 0;
}

__u64 lxd_image_find(const struct lxd_image *image, unsigned int module, const char *name)
{
	unsigned int i;

	for (i = 0; i < image->nr_functions; i++)
		if (image->functions[i].module == module &&
		    !strcmp(image->names + image->functions[i].name, name))
			return image->functions[i].address;
	return 0;
}

const struct lxd_load_name *lxd_image_name(const struct lxd_image *image, __u64 address)
{
	const struct lxd_load_name *best = NULL;
	unsigned int low = 0, high = image->nr_functions;

	while (low < high) { /* first name above @address */
		unsigned int middle = low + (high - low) / 2;

		if (image->functions[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* Of names at one address (a section's start, an alias) take one that covers it. */
	while (low-- > 0) {
		const struct lxd_load_name *n = &image->functions[low];

		if (address - n->address < n->size)
			return n;
		if (best && n->address != best->address)
			break;
		best = n;
	}
	return NULL;
}

static const char *where(const struct lxd_loader *ld, u64 address, const char **section,
			 u64 *offset)
{
	u32 m;

	for (m = 0; m < ld->nr_modules; m++) {
		const struct lxd_module *mod = &ld->modules[m];
		const struct lxd_section *s = lxd_section_of(mod, address, 1);

		if (!s)
			continue;
		*section = lxd_section_name(mod, (u32)(s - mod->sections));
		*offset = address - s->address;
		return mod->file->name;
	}
	*section = "padding";
	*offset = address;
	return "image";
}

int lxd_scan_image(struct lxd_loader *ld)
{
	struct lxd_image *image = ld->image;
	struct lxd_scan_page *pages = lxd_alloc(ld, image->size / LXD_PAGE * sizeof(*pages));
	const char *file, *section;
	struct lxd_scan_hit hit;
	unsigned int nr = 0;
	u64 i, offset;
	int err = 0;

	if (!pages)
		return -ENOMEM;
	for (i = 0; i < image->size / LXD_PAGE; i++) {
		if (!(image->rights[i] & 0x4))
			continue;
		pages[nr].bytes = image->bytes + i * LXD_PAGE;
		pages[nr++].address = image->base + i * LXD_PAGE;
	}
	hit = lxd_scan_vmfunc(pages, nr);
	if (hit.kind != LXD_SCAN_NONE) {
		file = where(ld, pages[hit.first].address + hit.offset, &section, &offset);
		err = lxd_refuse(ld, -EACCES, "%s: VMFUNC bytes (0f 01 d4) in %s+%#llx", file,
				 section, offset);
		if (hit.kind == LXD_SCAN_ACROSS) {
			file = where(ld, pages[hit.second].address, &section, &offset);
			lxd_more(ld, ", a page tail, together with a page head in %s of %s",
				 section, file);
		}
	}
	lxd_release(ld, pages);
	return err;
}
