// SPDX-License-Identifier: GPL-2.0-only
/* Two runs of the suite side by side, and the list of named exceptions. */
#define _GNU_SOURCE
#include <err.h>
#include <fnmatch.h>
#include <stdlib.h>
#include "ring3.h"

#define MAX_FIELDS 48

struct lines {
	char **line;
	size_t count;
};

struct field {
	char name[8], value[24];
};

struct fields {
	struct field field[MAX_FIELDS];
	int count;
};

struct exception {
	char *name, *field, *reason;
	unsigned int used;
};

static struct lines read_lines(const char *path)
{
	struct lines all = { NULL, 0 };
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t room = 0;

	if (!f)
		err(2, "%s", path);
	while (getline(&line, &room, f) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (!line[0] || line[0] == '#')
			continue;
		all.line = realloc(all.line, (all.count + 1) * sizeof(*all.line));
		all.line[all.count++] = strdup(line);
	}
	free(line);
	fclose(f);
	return all;
}

/* "NAME ran" or "NAME trap 13", then more pairs of field and value. */
static void split(const char *line, struct fields *out)
{
	const char *at = line + strcspn(line, " ");
	int length;

	out->count = 0;
	while (*at && out->count < MAX_FIELDS) {
		struct field *f = &out->field[out->count];

		if (sscanf(at, " ran%n", &length) == 0 && !strncmp(at, " ran", 4)) {
			strcpy(f->name, "ran");
			f->value[0] = 0;
			at += 4;
		} else if (sscanf(at, " %7s %23s%n", f->name, f->value, &length) == 2) {
			at += length;
		} else {
			errx(2, "not a result: %s", line);
		}
		out->count++;
	}
}

static const char *value_of(const struct fields *all, const char *name)
{
	for (int i = 0; i < all->count; i++)
		if (!strcmp(all->field[i].name, name))
			return all->field[i].value;
	return NULL;
}

/* The names of the fields that are not the same; returns how many. */
static int differing(const struct fields *a, const struct fields *b, const char *names[MAX_FIELDS * 2])
{
	int count = 0;

	for (int i = 0; i < a->count; i++) {
		const char *other = value_of(b, a->field[i].name);

		if (!other || strcmp(other, a->field[i].value))
			names[count++] = a->field[i].name;
	}
	for (int i = 0; i < b->count; i++)
		if (!value_of(a, b->field[i].name))
			names[count++] = b->field[i].name;
	return count;
}

/*
 * FIELD of an exception: "rcx^20", the two differ in these bits of this register and in nothing else;
 * "trap=13", under the hypervisor the field is this, and the rest may differ; "cr0=same", under the
 * hypervisor this register alone has not changed.
 */
static int covers(const struct exception *e, const struct fields *bare, const struct fields *under,
		  const char **names, int count)
{
	char name[8];
	unsigned long long bits;
	const char *a, *b;

	if (sscanf(e->field, "%7[a-z0-9]^%llx", name, &bits) == 2) {
		a = value_of(bare, name);
		b = value_of(under, name);
		return count == 1 && !strcmp(names[0], name) && a && b &&
		       (strtoull(a, NULL, 16) ^ strtoull(b, NULL, 16)) == bits;
	}
	if (sscanf(e->field, "%7[a-z0-9]=", name) != 1 || !strchr(e->field, '='))
		errx(2, "exception of %s: '%s' is neither FIELD^BITS nor FIELD=VALUE", e->name, e->field);
	b = value_of(under, name);
	if (!strcmp(strchr(e->field, '=') + 1, "same"))
		return count == 1 && !strcmp(names[0], name) && !b;
	return b && !strcmp(b, strchr(e->field, '=') + 1);
}

static struct exception *read_exceptions(const char *path, size_t *count)
{
	struct lines all = read_lines(path);
	struct exception *list = calloc(all.count + 1, sizeof(*list));

	for (size_t i = 0; i < all.count; i++) {
		struct exception *e = &list[i];

		if (sscanf(all.line[i], "%ms %ms %m[^\n]", &e->name, &e->field, &e->reason) != 3)
			errx(2, "%s: not 'NAME FIELD REASON': %s", path, all.line[i]);
	}
	*count = all.count;
	return list;
}

static unsigned int compare_line(const char *bare, const char *under, struct exception *list, size_t exceptions)
{
	const char *names[MAX_FIELDS * 2];
	struct fields a, b;
	char *name;
	int count;

	if (strcspn(bare, " ") != strcspn(under, " ") || strncmp(bare, under, strcspn(bare, " ")))
		errx(2, "not the same probes: %s, %s", bare, under);
	if (!strcmp(bare, under))
		return 0;
	split(bare, &a);
	split(under, &b);
	count = differing(&a, &b, names);
	name = strndup(bare, strcspn(bare, " "));
	for (size_t i = 0; i < exceptions; i++) {
		if (!fnmatch(list[i].name, name, 0) && covers(&list[i], &a, &b, names, count)) {
			list[i].used++;
			free(name);
			return 0;
		}
	}
	printf("different: bare:  %s\n           under: %s\n", bare, under);
	free(name);
	return 1;
}

int compare(const char *bare, const char *under, const char *exceptions)
{
	struct lines a = read_lines(bare), b = read_lines(under);
	unsigned int different = 0, unused = 0, named = 0;
	size_t count;
	struct exception *list = read_exceptions(exceptions, &count);

	if (!a.count || a.count != b.count)
		errx(2, "%zu results of the bare machine, %zu under the hypervisor", a.count, b.count);
	for (size_t i = 0; i < a.count; i++)
		different += compare_line(a.line[i], b.line[i], list, count);
	for (size_t i = 0; i < count; i++) {
		named += list[i].used;
		if (list[i].used)
			continue;
		printf("exception that no longer occurs: %s %s (%s)\n", list[i].name, list[i].field, list[i].reason);
		unused++;
	}
	printf("differential: %zu probes, %u different, %u named exceptions, %u exceptions without use\n", a.count,
	       different, named, unused);
	return different || unused;
}
