// SPDX-License-Identifier: GPL-2.0-only
/* Messages and memory of one load. */
#include "internal.h"

static __attribute__((format(printf, 2, 0))) void append(struct lxd_loader *ld, const char *format,
							 va_list args)
{
	const struct lxd_load_request *request = ld->request;
	size_t room;
	int n;

	if (!request->error || ld->error_length >= request->error_size)
		return;
	room = request->error_size - ld->error_length;
	n = vsnprintf(request->error + ld->error_length, room, format, args);
	if (n < 0)
		return;
	ld->error_length += (size_t)n < room ? (size_t)n : room - 1;
}

int lxd_refuse(struct lxd_loader *ld, int code, const char *format, ...)
{
	va_list args;

	if (ld->error_length)
		return code;
	va_start(args, format);
	append(ld, format, args);
	va_end(args);
	return code;
}

void lxd_more(struct lxd_loader *ld, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(ld, format, args);
	va_end(args);
}

void *lxd_alloc(struct lxd_loader *ld, size_t size)
{
	void *memory = ld->request->ops->alloc(ld->request->ops->context, size ? size : 1);

	if (!memory)
		lxd_refuse(ld, -ENOMEM, "out of memory: %zu bytes for loading", size);
	return memory;
}

void lxd_release(struct lxd_loader *ld, void *memory)
{
	ld->request->ops->free(ld->request->ops->context, memory);
}
