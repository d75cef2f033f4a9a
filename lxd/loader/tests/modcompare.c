// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs as root on a machine whose own kernel has loaded a module: relocates the module's file with
 * our loader to the addresses the kernel chose and compares every byte of code and constants with
 * /proc/kcore. usage: modcompare FILE.ko...
 *
 * What the kernel patches by its own choice of mitigations and switches is told apart and counted;
 * only at places that the module's tables name.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../internal.h"

#define PT_LOAD_SEGMENT 1

struct symbol {
	u64 address;
	char type;
	char name[120];
};

static struct symbol *symbols;
static size_t nr_symbols;
static int kcore;
static struct elf64_phdr segments[256];
static unsigned int nr_segments;

static void die(const char *what, const char *detail)
{
	fprintf(stderr, "modcompare: %s: %s\n", what, detail);
	exit(2);
}

static void *grab(void *context, size_t size)
{
	(void)context;
	return calloc(1, size);
}

static void drop(void *context, void *memory)
{
	(void)context;
	free(memory);
}

static int by_name(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	/* Global ones first: imports are never static. */
	return order ? order : !!islower((unsigned char)x->type) - !!islower((unsigned char)y->type);
}

static void read_symbols(void)
{
	FILE *in = fopen("/proc/kallsyms", "r");
	size_t room = 0;
	char line[512];

	if (!in)
		die("/proc/kallsyms", strerror(errno));
	while (fgets(line, sizeof(line), in)) {
		if (nr_symbols == room) {
			room = room ? room * 2 : 65536;
			symbols = realloc(symbols, room * sizeof(*symbols));
			if (!symbols)
				die("kallsyms", "out of memory");
		}
		if (sscanf(line, "%llx %c %119s", &symbols[nr_symbols].address, &symbols[nr_symbols].type,
			   symbols[nr_symbols].name) == 3)
			nr_symbols++;
	}
	fclose(in);
	qsort(symbols, nr_symbols, sizeof(*symbols), by_name);
}

static const struct symbol *find_symbol(const char *name)
{
	size_t low = 0, high = nr_symbols;

	while (low < high) { /* the first of that name */
		size_t middle = (low + high) / 2;

		if (strcmp(symbols[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < nr_symbols && !strcmp(symbols[low].name, name) ? &symbols[low] : NULL;
}

static void open_kcore(void)
{
	struct elf64_hdr header;

	kcore = open("/proc/kcore", O_RDONLY);
	if (kcore < 0 || pread(kcore, &header, sizeof(header), 0) != sizeof(header))
		die("/proc/kcore", strerror(errno));
	nr_segments = header.e_phnum < LXD_COUNT(segments) ? header.e_phnum : LXD_COUNT(segments);
	if (pread(kcore, segments, nr_segments * sizeof(segments[0]), header.e_phoff) < 0)
		die("/proc/kcore", strerror(errno));
}

static void read_kernel(u64 address, void *to, size_t size)
{
	unsigned int i;

	for (i = 0; i < nr_segments; i++) {
		const struct elf64_phdr *p = &segments[i];

		if (p->p_type != PT_LOAD_SEGMENT || address < p->p_vaddr || address - p->p_vaddr + size > p->p_memsz)
			continue;
		if (pread(kcore, to, size, p->p_offset + (address - p->p_vaddr)) != (ssize_t)size)
			die("/proc/kcore: read", strerror(errno));
		return;
	}
	die("/proc/kcore", "no segment has the module's address");
}

static u64 section_address(const char *module, const char *section)
{
	char path[256], text[64] = "";
	FILE *in;

	snprintf(path, sizeof(path), "/sys/module/%s/sections/%s", module, section);
	in = fopen(path, "r");
	if (!in)
		return 0;
	if (!fgets(text, sizeof(text), in))
		text[0] = 0;
	fclose(in);
	return strtoull(text, NULL, 16);
}

/* Which bytes of a section the kernel may have patched, and for what. */
enum reason { R_NONE, R_RETURN, R_RETPOLINE, R_LOCK, R_STATIC_CALL, R_JUMP_LABEL, R_ALTERNATIVE, REASONS };
static const char *const reason_names[REASONS] = {
	"", "return thunks", "retpolines", "lock prefixes", "static calls", "jump labels", "alternatives",
};

static void mark(struct lxd_module *mod, u8 **marks, u64 address, u32 size, u8 reason)
{
	const struct lxd_section *s = lxd_section_of(mod, address, size);

	if (s && s->part == LXD_PART_RX)
		memset(marks[s - mod->sections] + (address - s->address), reason, size);
}

static void mark_table(struct lxd_module *mod, u8 **marks, const char *table, u32 entry, u32 size, u8 reason)
{
	const struct lxd_section *s = &mod->sections[lxd_find_section(mod, table)];
	u64 i;

	for (i = 0; s->bytes && i < s->size / entry; i++) {
		s32 offset;

		memcpy(&offset, s->bytes + i * entry, 4);
		mark(mod, marks, s->address + i * entry + (s64)offset, size, reason);
	}
}

static void resolve(struct lxd_module *mod)
{
	u32 i;

	for (i = 1; i < mod->nr_symbols; i++) {
		const struct elf64_sym *sym = &mod->symbols[i];
		struct lxd_value *v = &mod->values[i];
		const struct symbol *found;

		v->class_ = LXD_CLASSES;
		v->resolved = true;
		if (sym->st_shndx == SHN_ABS) {
			v->address = sym->st_value;
		} else if (sym->st_shndx != SHN_UNDEF) {
			v->resolved = mod->sections[sym->st_shndx].part != LXD_PART_NONE;
			v->address = mod->sections[sym->st_shndx].address + sym->st_value;
		} else if (lxd_is_patched_symbol(lxd_symbol_name(mod, i))) {
			v->class_ = LXD_CLASS_PATCHED;
		} else {
			found = find_symbol(lxd_symbol_name(mod, i));
			if (!found)
				die("no such kernel symbol", lxd_symbol_name(mod, i));
			v->address = found->address;
		}
	}
}

static void load_sections(struct lxd_module *mod)
{
	u32 i;

	for (i = 1; i < mod->nr_sections; i++) {
		const struct elf64_shdr *h = &mod->headers[i];
		struct lxd_section *s = &mod->sections[i];
		const char *name = lxd_section_name(mod, i);

		s->part = LXD_PART_NONE;
		if (!(h->sh_flags & SHF_ALLOC) || !h->sh_size || !strncmp(name, ".orc", 4) ||
		    !strcmp(name, "__versions") || !strcmp(name, ".modinfo"))
			continue;
		s->address = section_address(mod->name, name);
		if (!s->address)
			die("not in /sys/module", name);
		s->size = h->sh_size;
		s->bytes = calloc(1, h->sh_size);
		if (!s->bytes)
			die(name, "out of memory");
		if (h->sh_type != LXD_SHT_NOBITS)
			memcpy(s->bytes, mod->data + h->sh_offset, h->sh_size);
		if (h->sh_flags & SHF_EXECINSTR)
			s->part = LXD_PART_RX;
		else
			s->part = h->sh_flags & SHF_WRITE ? LXD_PART_RW : LXD_PART_RO;
	}
}

static u64 compare(struct lxd_module *mod, u8 **marks, u64 *total)
{
	u64 normal[REASONS] = { 0 };
	u64 differ = 0, compared = 0;
	u32 i;
	int r;

	for (i = 1; i < mod->nr_sections; i++) {
		const struct lxd_section *s = &mod->sections[i];
		const char *name = lxd_section_name(mod, i);
		u64 bad = 0, k;
		u8 *live;

		/* Writable data changes, init sections are gone, ftrace sorts its table. */
		if (s->part != LXD_PART_RX && s->part != LXD_PART_RO)
			continue;
		if (!strncmp(name, ".init", 5) || !strcmp(name, "__mcount_loc"))
			continue;
		live = malloc(s->size);
		read_kernel(s->address, live, s->size);
		for (k = 0; k < s->size; k++) {
			if (live[k] == s->bytes[k])
				continue;
			if (marks[i] && marks[i][k]) {
				normal[marks[i][k]]++;
				continue;
			}
			if (bad++ < 8)
				printf("  %s+%#llx: kernel %02x, ours %02x\n", name, k, live[k], s->bytes[k]);
		}
		if (bad)
			printf("  %s: %llu of %llu bytes differ\n", name, bad, s->size);
		differ += bad;
		compared += s->size;
		free(live);
	}
	printf("%s: %llu bytes compared, %llu differ;", mod->name, compared, differ);
	for (r = 1; r < REASONS; r++)
		if (normal[r])
			printf(" %s: %llu,", reason_names[r], normal[r]);
	printf(" %u relocations, %u returns, %u fentry\n", mod->counts.relocations, mod->counts.returns,
	       mod->counts.fentries);
	*total += compared;
	return differ;
}

static u64 one_module(const char *path, u64 *total)
{
	static const struct lxd_load_ops ops = { grab, drop, NULL, NULL };
	static char error[4096];
	struct lxd_load_request request = { .ops = &ops, .error = error, .error_size = sizeof(error) };
	struct lxd_loader ld = { .request = &request };
	struct lxd_load_file file = { .name = path };
	struct lxd_module *mod = &ld.modules[0];
	struct stat st;
	u8 **marks;
	u8 *data;
	u32 i;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		die(path, strerror(errno));
	data = malloc(st.st_size);
	if (read(fd, data, st.st_size) != st.st_size)
		die(path, "short read");
	close(fd);
	file.data = data;
	file.size = st.st_size;
	mod->file = &file;
	if (lxd_elf_check(&ld, mod))
		die("bad file", error);
	mod->sections = calloc(mod->nr_sections, sizeof(*mod->sections));
	mod->values = calloc(mod->nr_symbols, sizeof(*mod->values));
	load_sections(mod);
	resolve(mod);
	if (lxd_relocate(&ld, mod, NULL))
		die("relocation", error);
	if (lxd_patch(&ld, mod))
		die("patching", error);
	marks = calloc(mod->nr_sections, sizeof(*marks));
	for (i = 1; i < mod->nr_sections; i++)
		if (mod->sections[i].part == LXD_PART_RX)
			marks[i] = calloc(1, mod->sections[i].size);
	mark_table(mod, marks, ".return_sites", 4, 5, R_RETURN);
	mark_table(mod, marks, ".retpoline_sites", 4, 6, R_RETPOLINE);
	mark_table(mod, marks, ".smp_locks", 4, 1, R_LOCK);
	mark_table(mod, marks, ".static_call_sites", 8, 5, R_STATIC_CALL);
	mark_table(mod, marks, "__jump_table", 16, 5, R_JUMP_LABEL);
	/* Only prefetches of three bytes pass the loader, see patch.c. */
	mark_table(mod, marks, ".altinstructions", 12, 3, R_ALTERNATIVE);
	/* Trampolines of the module's own static calls. */
	i = lxd_find_section(mod, ".static_call.text");
	if (marks[i])
		memset(marks[i], R_STATIC_CALL, mod->sections[i].size);
	return compare(mod, marks, total);
}

int main(int argc, char **argv)
{
	u64 differ = 0, total = 0;
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: modcompare FILE.ko...\n");
		return 2;
	}
	read_symbols();
	open_kcore();
	for (i = 1; i < argc; i++)
		differ += one_module(argv[i], &total);
	printf("modcompare: %llu bytes, %llu differing\n", total, differ);
	return differ ? 1 : 0;
}
