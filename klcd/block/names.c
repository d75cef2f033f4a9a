// SPDX-License-Identifier: GPL-2.0-only
#include "names.h"

static const char *number(const char *s, const char *end, u32 *value)
{
	const char *start = s;

	*value = 0;
	while (s < end && *s >= '0' && *s <= '9' && s - start < 4)
		*value = *value * 10 + (u32)(*s++ - '0');
	if (s == start || (*start == '0' && s - start > 1))
		return NULL;
	return s;
}

int klcd_name_parse(const char *name, size_t max, u32 *instance, u32 *disk)
{
	const char *s = name, *end = name + max;

	if (max < 4 || memcmp(s, "nvme", 4))
		return -EINVAL;
	s = number(s + 4, end, instance);
	if (!s || s == end || *s != 'n')
		return -EINVAL;
	s = number(s + 1, end, disk);
	if (!s || s == end || *s || !*disk)
		return -EINVAL;
	return 0;
}

void klcd_clean_text(char *to, size_t room, const char *from, size_t max)
{
	size_t i;

	if (!room)
		return;
	for (i = 0; i + 1 < room && i < max && from[i]; i++)
		to[i] = from[i] >= ' ' && from[i] < 0x7f ? from[i] : '_';
	while (i && to[i - 1] == ' ')
		i--;
	to[i] = '\0';
}
