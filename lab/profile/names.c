// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions of a domain's image with their addresses, as the loader lays them out: the files are
 * the runtime's and the modules', in the order of their loading.
 */
#include <loader/loader.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lxd/context.h>

static void *get(void *context, size_t size)
{
	return calloc(1, size);
}

static void give(void *context, void *memory)
{
	free(memory);
}

static void no_sum(const __u8 *data, size_t size, __u8 digest[LXD_LOAD_SHA256])
{
}

static const struct lxd_load_ops ops = { .alloc = get, .free = give, .sha256 = no_sum };

int main(int argc, char **argv)
{
	/* Offsets of per-CPU variables do not move functions. */
	static const char *percpu_names[] = { "this_cpu_off", "__preempt_count", "cpu_number", "current_task",
					      "numa_node", "fixed_percpu_data", "softnet_data", "bpf_redirect_info" };
	struct lxd_load_percpu percpu[8];
	struct lxd_load_file files[8];
	static char error[65536];
	struct lxd_image *image;
	int i;

	if (argc < 3 || argc > 9) {
		fprintf(stderr, "usage: names VERMAGIC RUNTIME MODULE...\n");
		return 2;
	}
	for (i = 0; i < 8; i++)
		percpu[i] = (struct lxd_load_percpu){ percpu_names[i], 64 * i };
	for (i = 2; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY);
		struct stat st;

		if (fd < 0 || fstat(fd, &st)) {
			perror(argv[i]);
			return 1;
		}
		files[i - 2] = (struct lxd_load_file){ argv[i], mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0),
						       st.st_size };
		close(fd);
	}
	struct lxd_load_request request = {
		.files = files, .nr_files = argc - 2, .base = LXD_D_IMAGE, .max_size = LXD_D_IMAGE_MAX, .percpu = percpu,
		.nr_percpu = 8, .vermagic = argv[1], .ops = &ops, .error = error, .error_size = sizeof(error),
	};
	if (lxd_load(&request, &image)) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	for (i = 0; i < (int)image->nr_functions; i++) {
		const struct lxd_load_name *f = &image->functions[i];

		printf("%llx %x %s [%s]\n", f->address, f->size, image->names + f->name, image->modules[f->module].name);
	}
	return 0;
}
