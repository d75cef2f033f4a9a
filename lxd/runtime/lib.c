// SPDX-License-Identifier: GPL-2.0-only
/* Small pure functions of the kernel, written again: they touch their arguments and nothing else. */
#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/scatterlist.h>
#include <linux/blk_types.h>
#include "rt.h"

/* The compiler calls these four by their names. */
void *memcpy(void *to, const void *from, size_t n)
{
	void *start = to;
	size_t words = n / 8;

	/* Messages and small structures: the string instructions take longer to begin than this. */
	if (n <= 64) {
		for (; words; words--, to += 8, from += 8)
			*(u64 *)to = *(const u64 *)from;
	} else {
		asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	}
	for (n &= 7; n; n--)
		*(u8 *)to++ = *(const u8 *)from++;
	return start;
}

void *memset(void *to, int byte, size_t n)
{
	u64 word = (u8)byte * 0x0101010101010101ull;
	void *start = to;
	size_t words = n / 8;

	if (n <= 64) {
		for (; words; words--, to += 8)
			*(u64 *)to = word;
	} else {
		asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(word) : "memory");
	}
	for (n &= 7; n; n--)
		*(u8 *)to++ = byte;
	return start;
}

void *memmove(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	if (t <= f || t >= f + n)
		return memcpy(to, from, n);
	while (n--)
		t[n] = f[n];
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b)
			return (u8)*a - (u8)*b;
		if (!*a)
			return 0;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

static ssize_t strscpy_rt(char *to, const char *from, size_t size)
{
	size_t i;

	if (!size)
		return -E2BIG;
	for (i = 0; i < size; i++) {
		to[i] = from[i];
		if (!from[i])
			return i;
	}
	to[size - 1] = 0;
	return -E2BIG;
}

static void *memchr_inv_rt(const void *start, int c, size_t n)
{
	const u8 *p = start;

	for (; n; n--, p++)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}

static bool sysfs_streq_rt(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return true;
	if (!*a && *b == '\n' && !b[1])
		return true;
	return *a == '\n' && !a[1] && !*b;
}

static u32 digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* @limit: largest value without the sign. */
static int parse(const char *s, unsigned int base, bool sign, u64 limit, s64 *out)
{
	bool minus = false;
	u64 value = 0;
	int digits = 0;

	if (*s == '+' || (sign && *s == '-'))
		minus = *s++ == '-';
	if ((!base || base == 16) && s[0] == '0' && (s[1] | 32) == 'x') {
		base = 16;
		s += 2;
	} else if (!base) {
		base = *s == '0' ? 8 : 10;
	}
	for (; *s && *s != '\n'; s++, digits++) {
		u32 digit = digit_of(*s);

		if (digit >= base)
			return -EINVAL;
		value = value * base + digit;
		if (value > limit + minus)
			return -ERANGE;
	}
	if (!digits || (*s == '\n' && s[1]))
		return -EINVAL;
	*out = minus ? -(s64)value : (s64)value;
	return 0;
}

static int kstrtoint_rt(const char *s, unsigned int base, int *out)
{
	s64 value;
	int err = parse(s, base, true, INT_MAX, &value);

	if (!err)
		*out = value;
	return err;
}

static int kstrtouint_rt(const char *s, unsigned int base, unsigned int *out)
{
	s64 value;
	int err = parse(s, base, false, UINT_MAX, &value);

	if (!err)
		*out = value;
	return err;
}

int rt_parse_uint(const char *text, unsigned int *out)
{
	return kstrtouint_rt(text, 0, out);
}

static int kstrtobool_rt(const char *s, bool *out)
{
	if (!s)
		return -EINVAL;
	switch (*s) {
	case 'y': case 'Y': case '1':
		*out = true;
		return 0;
	case 'n': case 'N': case '0':
		*out = false;
		return 0;
	case 'o': case 'O':
		if ((s[1] | 32) == 'n' || (s[1] | 32) == 'f') {
			*out = (s[1] | 32) == 'n';
			return 0;
		}
	}
	return -EINVAL;
}

static unsigned long find_next_bit_rt(const unsigned long *bits, unsigned long size, unsigned long at)
{
	for (; at < size; at++)
		if (bits[at / 64] & 1ul << at % 64)
			return at;
	return size;
}

static unsigned long find_first_bit_rt(const unsigned long *bits, unsigned long size)
{
	return find_next_bit_rt(bits, size, 0);
}

static unsigned int bitmap_weight_rt(const unsigned long *bits, unsigned int size)
{
	unsigned int i, n = 0;

	for (i = 0; i < size; i++)
		n += bits[i / 64] >> i % 64 & 1;
	return n;
}

static bool list_add_valid(struct list_head *new, struct list_head *prev, struct list_head *next)
{
	if (next->prev != prev || prev->next != next || new == prev || new == next)
		rt_die("list is broken", (u64)new);
	return true;
}

static bool list_del_valid(struct list_head *entry)
{
	if (entry->prev->next != entry || entry->next->prev != entry)
		rt_die("list is broken", (u64)entry);
	return true;
}

static void sg_init_table_rt(struct scatterlist *sg, unsigned int n)
{
	memset(sg, 0, sizeof(*sg) * n);
	sg[n - 1].page_link |= SG_END;
}

static struct scatterlist *sg_next_rt(struct scatterlist *sg)
{
	if (sg->page_link & SG_END)
		return NULL;
	sg++;
	if (sg->page_link & SG_CHAIN)
		sg = (struct scatterlist *)(sg->page_link & ~(SG_CHAIN | SG_END));
	return sg;
}

static int blk_status_to_errno_rt(u8 status)
{
	static const s16 errnos[] = {
		0, -EOPNOTSUPP, -ETIMEDOUT, -ENOSPC, -ENOLINK, -EREMOTEIO, -EBADE, -ENODATA, -EILSEQ, -ENOMEM, -EIO,
		-EREMCHG, -EAGAIN, -EBUSY, -EBUSY, -ETOOMANYREFS, -EOVERFLOW, -ENODEV
	};

	return status < ARRAY_SIZE(errnos) ? errnos[status] : -EIO;
}

static unsigned long compat_align(void)
{
	return 0x1000000; /* 2 MiB section on x86: 16 MiB is what ZONE_DEVICE asks for */
}

LXD_EXPORT(LIBRARY, memset, memset);
LXD_EXPORT(LIBRARY, memcmp, memcmp);
LXD_EXPORT(LIBRARY, strlen, strlen);
LXD_EXPORT(LIBRARY, strnlen, strnlen);
LXD_EXPORT(LIBRARY, strcmp, strcmp);
LXD_EXPORT(LIBRARY, strncmp, strncmp);
LXD_EXPORT(LIBRARY, strscpy, strscpy_rt);
LXD_EXPORT(LIBRARY, memchr_inv, memchr_inv_rt);
LXD_EXPORT(LIBRARY, sysfs_streq, sysfs_streq_rt);
LXD_EXPORT(LIBRARY, kstrtoint, kstrtoint_rt);
LXD_EXPORT(LIBRARY, kstrtouint, kstrtouint_rt);
LXD_EXPORT(LIBRARY, kstrtobool, kstrtobool_rt);
LXD_EXPORT(LIBRARY, _find_next_bit, find_next_bit_rt);
LXD_EXPORT(LIBRARY, _find_first_bit, find_first_bit_rt);
LXD_EXPORT(LIBRARY, __bitmap_weight, bitmap_weight_rt);
LXD_EXPORT(LIBRARY, __list_add_valid, list_add_valid);
LXD_EXPORT(LIBRARY, __list_del_entry_valid, list_del_valid);
LXD_EXPORT(LIBRARY, sg_init_table, sg_init_table_rt);
LXD_EXPORT(LIBRARY, sg_next, sg_next_rt);
LXD_EXPORT(LIBRARY, blk_status_to_errno, blk_status_to_errno_rt);
LXD_EXPORT(LIBRARY, memremap_compat_align, compat_align);

static unsigned long find_first_zero_bit_rt(const unsigned long *bits, unsigned long size)
{
	unsigned long at;

	for (at = 0; at < size; at++)
		if (!(bits[at / 64] & 1ul << at % 64))
			return at;
	return size;
}

static bool bitmap_subset_rt(const unsigned long *part, const unsigned long *whole, unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < bits; i++)
		if ((part[i / 64] & ~whole[i / 64]) >> i % 64 & 1)
			return false;
	return true;
}

static unsigned int local_spread(unsigned int i, int node)
{
	return i % lxd_rt_boot->nr_cpus;
}

LXD_EXPORT(LIBRARY, memcpy, memcpy);
LXD_EXPORT(LIBRARY, _find_first_zero_bit, find_first_zero_bit_rt);
LXD_EXPORT(LIBRARY, __bitmap_subset, bitmap_subset_rt);
LXD_EXPORT(RUNTIME, cpumask_local_spread, local_spread);
