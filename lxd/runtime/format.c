// SPDX-License-Identifier: GPL-2.0-only
/*
 * vsnprintf as far as drivers use it: the usual conversions, and of the kernel's %p extensions
 * %pad, %ph[CDN], %pU[bBlL], %pV, %pe. Anything else prints as an address.
 */
#include <linux/uuid.h>
#include "rt.h"

struct out {
	char *buf;
	size_t size, n;
};

struct spec {
	bool left, zero, plus, space, alt;
	int width, precision; /* precision -1: none */
	int length; /* -2 hh, -1 h, 0, 1 l, 2 ll */
};

static void put(struct out *o, char c)
{
	if (o->n + 1 < o->size)
		o->buf[o->n] = c;
	o->n++;
}

static void pad(struct out *o, int n, char c)
{
	while (n-- > 0)
		put(o, c);
}

static void put_string(struct out *o, const char *s, const struct spec *sp)
{
	size_t n;

	if (!s)
		s = "(null)";
	n = strnlen(s, sp->precision < 0 ? (size_t)-1 >> 1 : sp->precision);
	if (!sp->left)
		pad(o, sp->width - (int)n, ' ');
	for (size_t i = 0; i < n; i++)
		put(o, s[i]);
	if (sp->left)
		pad(o, sp->width - (int)n, ' ');
}

static void put_number(struct out *o, u64 value, bool minus, unsigned int base, bool upper, const struct spec *sp)
{
	char digits[24];
	const char *prefix = minus ? "-" : sp->plus ? "+" : sp->space ? " " : "";
	bool zero = !value;
	int n = 0, zeros = 0, room;

	do {
		digits[n++] = (upper ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
		value /= base;
	} while (value);
	if (sp->alt && base == 16)
		prefix = upper ? "0X" : "0x";
	else if (sp->alt && base == 8 && !zero)
		prefix = "0";
	if (sp->precision > n)
		zeros = sp->precision - n;
	room = sp->width - n - zeros - (int)strlen(prefix);
	if (sp->zero && !sp->left && sp->precision < 0 && room > 0) {
		zeros += room;
		room = 0;
	}
	if (!sp->left)
		pad(o, room, ' ');
	while (*prefix)
		put(o, *prefix++);
	pad(o, zeros, '0');
	while (n)
		put(o, digits[--n]);
	if (sp->left)
		pad(o, room, ' ');
}

static void put_hex(struct out *o, u64 value, int digits)
{
	struct spec sp = { .zero = true, .width = digits, .precision = -1 };

	put_number(o, value, false, 16, false, &sp);
}

static void put_uuid(struct out *o, const u8 *uuid, char how)
{
	static const u8 little[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	bool swap = how == 'l' || how == 'L';

	for (int i = 0; i < 16; i++) {
		put_hex(o, uuid[swap ? little[i] : i], 2);
		if (i == 3 || i == 5 || i == 7 || i == 9)
			put(o, '-');
	}
}

static void put_bytes(struct out *o, const u8 *p, int n, char how)
{
	char separator = how == 'C' ? ':' : how == 'D' ? '-' : how == 'N' ? 0 : ' ';

	for (int i = 0; i < min(n, 64); i++) {
		if (i && separator)
			put(o, separator);
		put_hex(o, p[i], 2);
	}
}

/* Returns what follows the extension letters. */
static const char *put_pointer(struct out *o, const char *f, const void *p, struct spec *sp)
{
	switch (*f) {
	case 'U':
		put_uuid(o, p, f[1]);
		return f + 1 + (f[1] && strchr("bBlL", f[1]) ? 1 : 0);
	case 'h':
		put_bytes(o, p, sp->width > 0 ? sp->width : 1, f[1]);
		return f + 1 + (f[1] && strchr("CDN", f[1]) ? 1 : 0);
	case 'M': case 'm':
		put_bytes(o, p, 6, *f == 'M' ? 'C' : 'N');
		return f + 1;
	case 'a':
		put(o, '0');
		put(o, 'x');
		put_hex(o, *(const u64 *)p, 16);
		return f + 1 + (f[1] == 'd' || f[1] == 'p');
	case 'V': {
		const struct va_format *v = p;
		va_list args;
		int n;

		va_copy(args, *v->va);
		n = rt_vsnprintf(o->buf + min(o->n, o->size), o->n < o->size ? o->size - o->n : 0, v->fmt, args);
		va_end(args);
		o->n += n;
		return f + 1;
	}
	case 'e':
		put_number(o, -(s64)p, (s64)p < 0, 10, false, sp);
		return f + 1;
	}
	put_hex(o, (u64)p, 16);
	return f;
}

static u64 next_number(va_list *args, int length, bool sign, bool *minus)
{
	s64 value;

	if (length >= 1)
		value = va_arg(*args, s64);
	else
		value = sign ? (s64)va_arg(*args, int) : (s64)va_arg(*args, unsigned int);
	if (length == -1)
		value = sign ? (s16)value : (u16)value;
	else if (length == -2)
		value = sign ? (s8)value : (u8)value;
	*minus = sign && value < 0;
	return *minus ? -(u64)value : (u64)value;
}

static const char *take_spec(const char *f, struct spec *sp, va_list *args)
{
	*sp = (struct spec){ .precision = -1 };
	for (;; f++) {
		if (*f == '-')
			sp->left = true;
		else if (*f == '0')
			sp->zero = true;
		else if (*f == '+')
			sp->plus = true;
		else if (*f == ' ')
			sp->space = true;
		else if (*f == '#')
			sp->alt = true;
		else
			break;
	}
	if (*f == '*') {
		sp->width = va_arg(*args, int);
		f++;
	}
	while (*f >= '0' && *f <= '9')
		sp->width = sp->width * 10 + *f++ - '0';
	if (sp->width < 0) {
		sp->left = true;
		sp->width = -sp->width;
	}
	if (*f == '.') {
		sp->precision = 0;
		if (*++f == '*') {
			sp->precision = va_arg(*args, int);
			f++;
		}
		while (*f >= '0' && *f <= '9')
			sp->precision = sp->precision * 10 + *f++ - '0';
	}
	for (;; f++) {
		if (*f == 'h')
			sp->length--;
		else if (*f == 'l')
			sp->length++;
		else if (*f == 'z' || *f == 't' || *f == 'L')
			sp->length = 2;
		else
			break;
	}
	return f;
}

int rt_vsnprintf(char *buf, size_t size, const char *fmt, va_list list)
{
	struct out o = { .buf = buf, .size = size };
	va_list args;

	va_copy(args, list);
	while (*fmt) {
		struct spec sp;
		bool minus;
		u64 value;

		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		fmt = take_spec(fmt + 1, &sp, &args);
		switch (*fmt++) {
		case 'd': case 'i':
			value = next_number(&args, sp.length, true, &minus);
			put_number(&o, value, minus, 10, false, &sp);
			break;
		case 'u':
			put_number(&o, next_number(&args, sp.length, false, &minus), false, 10, false, &sp);
			break;
		case 'x': case 'X':
			put_number(&o, next_number(&args, sp.length, false, &minus), false, 16, fmt[-1] == 'X', &sp);
			break;
		case 'o':
			put_number(&o, next_number(&args, sp.length, false, &minus), false, 8, false, &sp);
			break;
		case 'c':
			put(&o, va_arg(args, int));
			break;
		case 's':
			put_string(&o, va_arg(args, const char *), &sp);
			break;
		case 'p':
			fmt = put_pointer(&o, fmt, va_arg(args, void *), &sp);
			break;
		case '%':
			put(&o, '%');
			break;
		default:
			/* Unknown: what follows cannot be trusted to match the arguments. */
			fmt = "";
		}
	}
	va_end(args);
	if (size)
		buf[min(o.n, size - 1)] = 0;
	return o.n;
}

int rt_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = rt_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

static int sprintf_rt(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = rt_vsnprintf(buf, INT_MAX, fmt, args);
	va_end(args);
	return n;
}

static int sysfs_emit_rt(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = rt_vsnprintf(buf, 4096, fmt, args);
	va_end(args);
	return min(n, 4095);
}

char *rt_vasprintf(const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, args);
	n = rt_vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = rt_alloc(n + 1);
	if (text)
		rt_vsnprintf(text, n + 1, fmt, args);
	return text;
}

static char *kasprintf_rt(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = rt_vasprintf(fmt, args);
	va_end(args);
	return text;
}

LXD_EXPORT(LIBRARY, snprintf, rt_snprintf);
LXD_EXPORT(LIBRARY, sprintf, sprintf_rt);
LXD_EXPORT(LIBRARY, sysfs_emit, sysfs_emit_rt);
LXD_EXPORT(RUNTIME, kasprintf, kasprintf_rt);
