// SPDX-License-Identifier: GPL-2.0-only
/*
 * The differential suite in ring 3. As root:
 *   differential run [PATTERN]                a line for each probe whose name matches
 *   differential random SEED COUNT [FROM]     a sum for each 1,000 random probes; each of them from number FROM on
 *   differential compare BARE UNDER LIST      what differs without being an exception of LIST
 */
#include <fnmatch.h>
#include <stdlib.h>
#include "ring3.h"
#include <table.h>

const struct instruction *const table = instructions;
const int table_length = sizeof(instructions) / sizeof(instructions[0]);

static unsigned int run_one(const struct probe *p, const char *pattern)
{
	struct result r;
	struct built b;
	char line[1024];

	probe_name(p, line, sizeof(line));
	if (!probe_exists(p) || (pattern && fnmatch(pattern, line, 0)))
		return 0;
	machine_run(p, &b, &r);
	probe_format(p, &b, &r, line, sizeof(line));
	puts(line);
	return 1;
}

static int run(const char *pattern)
{
	unsigned int count = 0;

	for (int i = 0; i < table_length; i++)
		for (int mode = MODE_64; mode <= MODE_16; mode++)
			for (int c = 0; c < CONTEXTS; c++)
				for (int o = 0; o < OPERANDS; o++)
					count += run_one(&(struct probe){ &table[i], mode, c, o }, pattern);
	fprintf(stderr, "differential: %u probes\n", count);
	return count ? 0 : 2;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "compare"))
		return compare(argv[2], argv[3], argv[4]);
	machine_init();
	if ((argc == 2 || argc == 3) && !strcmp(argv[1], "run"))
		return run(argv[2]);
	if ((argc == 4 || argc == 5) && !strcmp(argv[1], "random"))
		return random_run(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0),
				  argc == 5 ? strtoull(argv[4], NULL, 0) : ~0ull);
	fprintf(stderr, "usage: differential run [PATTERN] | random SEED COUNT [FROM] | compare BARE UNDER LIST\n");
	return 2;
}
