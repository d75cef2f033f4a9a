// SPDX-License-Identifier: GPL-2.0-only
/*
 * Module parameters. Values of the five standard types are parsed and written here; for any other
 * type the driver's own set function must run, which only the domain may do (lxd_rt_params).
 */
#include "internal.h"

/* struct kernel_param, linux/moduleparam.h, 64-bit, without CONFIG_MODULES-independent holes. */
struct kernel_parameter {
	u64 name, mod, ops;
	__u16 perm;
	__s8 level;
	u8 flags;
	u32 pad;
	u64 arg;
};

static const struct param_type {
	const char *ops;
	u8 size;
	bool is_signed, is_bool;
} types[] = {
	{ "param_ops_bool", 1, false, true },	{ "param_ops_byte", 1, false, false },
	{ "param_ops_int", 4, true, false },	{ "param_ops_uint", 4, false, false },
	{ "param_ops_ulong", 8, false, false },
};

static const struct param_type *type_of(const struct lxd_module *mod, u64 ops)
{
	u32 i;
	size_t t;

	for (i = 1; i < mod->nr_symbols; i++) {
		if (mod->symbols[i].st_shndx != SHN_UNDEF || mod->values[i].address != ops)
			continue;
		for (t = 0; t < LXD_COUNT(types); t++)
			if (!strcmp(lxd_symbol_name(mod, i), types[t].ops))
				return &types[t];
	}
	return NULL;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* Decimal, 0x hexadecimal or 0 octal, as kstrtoull() with base 0. */
static bool parse_number(const char *text, u64 *out)
{
	u64 value = 0;
	u32 base = 10;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && text[1]) {
		base = 8;
		text++;
	}
	if (!*text)
		return false;
	for (; *text; text++) {
		u32 d = digit(*text);

		if (d >= base || value > (~0ull - d) / base)
			return false;
		value = value * base + d;
	}
	*out = value;
	return true;
}

static bool parse(const struct param_type *type, const char *text, u64 *out)
{
	bool minus = *text == '-';
	u64 limit = type->size == 8 ? ~0ull : (1ull << (type->size * 8)) - 1;

	if (type->is_bool) {
		*out = strchr("yY1", *text) ? 1 : 0;
		if (*text && !text[1])
			return strchr("yY1nN0", *text);
		*out = !strcmp(text, "on");
		return *out || !strcmp(text, "off");
	}
	if (minus && !type->is_signed)
		return false;
	if (!parse_number(text + minus, out))
		return false;
	if (type->is_signed)
		limit = (limit >> 1) + minus;
	if (*out > limit)
		return false;
	if (minus)
		*out = -*out;
	return true;
}

/* In file names '-' and in modules '_': both mean the same (as modprobe has it). */
static bool same_name(const char *a, const char *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (a[i] != b[i] && !((a[i] == '-' || a[i] == '_') && (b[i] == '-' || b[i] == '_')))
			return false;
	return !b[n];
}

static int defer(struct lxd_loader *ld, const char *param, const char *value, u64 address)
{
	u64 calls = lxd_image_find(ld->image, 0, "lxd_rt_params");
	u32 i;

	for (i = 0; calls; i++) {
		struct lxd_load_param_call *call;

		/* The array ends with its object; the last entry stays 0. */
		if (lxd_image_name(ld->image, calls + (i + 2) * sizeof(*call) - 1) !=
		    lxd_image_name(ld->image, calls))
			break;
		call = lxd_at(ld, calls + i * sizeof(*call), sizeof(*call));
		if (!call)
			break;
		if (call->kernel_param)
			continue;
		if (strlen(value) >= sizeof(call->value))
			return lxd_refuse(ld, -EINVAL, "parameter '%s': value is too long", param);
		call->kernel_param = address;
		strcpy(call->value, value); /* fits: checked above */
		return 0;
	}
	return lxd_refuse(
		ld, -EINVAL,
		"parameter '%s': only the driver can set it, and the runtime has no room for that",
		param);
}

static int set(struct lxd_loader *ld, struct lxd_module *mod, const char *param,
	       const struct kernel_parameter *kp, u64 address, const char *value)
{
	const struct param_type *type = type_of(mod, kp->ops);
	const struct lxd_section *s;
	u64 number;

	if (!type)
		return defer(ld, param, value, address);
	if (!parse(type, value, &number))
		return lxd_refuse(ld, -EINVAL, "parameter '%s': '%s' is not a value of type %s",
				  param, value, type->ops + sizeof("param_ops_") - 1);
	s = lxd_section_of(mod, kp->arg, type->size);
	if (!s)
		return lxd_refuse(ld, -ENOEXEC, "%s: parameter '%s' points outside of the module",
				  mod->file->name, param);
	memcpy(s->bytes + (kp->arg - s->address), &number, type->size);
	return 0;
}

static int set_in(struct lxd_loader *ld, struct lxd_module *mod, const char *param,
		  const char *name, size_t name_length, const char *value)
{
	const struct lxd_section *s = &mod->sections[lxd_find_section(mod, "__param")];
	u64 i;

	for (i = 0; s->bytes && i < s->size / sizeof(struct kernel_parameter); i++) {
		const struct lxd_section *strings;
		struct kernel_parameter kp;
		const char *text;

		memcpy(&kp, s->bytes + i * sizeof(kp), sizeof(kp));
		strings = lxd_section_of(mod, kp.name, 1);
		if (!strings)
			return lxd_refuse(ld, -ENOEXEC, "%s: parameter %llu has a bad name",
					  mod->file->name, i);
		text = (const char *)strings->bytes + (kp.name - strings->address);
		if (!memchr(text, 0, strings->size - (kp.name - strings->address)))
			return lxd_refuse(ld, -ENOEXEC, "%s: parameter %llu has a bad name",
					  mod->file->name, i);
		if (same_name(name, text, name_length))
			return set(ld, mod, param, &kp, s->address + i * sizeof(kp), value);
	}
	return lxd_refuse(ld, -EINVAL, "parameter '%s': module %s has no such parameter", param,
			  mod->name);
}

int lxd_set_params(struct lxd_loader *ld)
{
	u32 i, m;
	int err;

	for (i = 0; i < ld->request->nr_params; i++) {
		const char *param = ld->request->params[i];
		const char *equals = strchr(param, '=');
		const char *dot = strchr(param, '.');

		if (!equals || !dot || dot > equals)
			return lxd_refuse(ld, -EINVAL, "parameter '%s': MODULE.NAME=VALUE expected",
					  param);
		for (m = 1; m < ld->nr_modules; m++)
			if (same_name(param, ld->modules[m].name, dot - param))
				break;
		if (m >= ld->nr_modules)
			return lxd_refuse(ld, -EINVAL,
					  "parameter '%s': no such module is being loaded", param);
		err = set_in(ld, &ld->modules[m], param, dot + 1, equals - dot - 1, equals + 1);
		if (err)
			return err;
	}
	return 0;
}
