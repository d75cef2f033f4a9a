/* SPDX-License-Identifier: GPL-2.0-only */
/* Generated stubs and prototypes of what the domain implements. */
#ifndef LXD_RT_GLUE_H
#define LXD_RT_GLUE_H

#include <lxd/msg.h>
#include <domain.h>
#include <pci.h>
#include <block.h>
#include <net.h>

#define LXD_FN_PING LXD_DOMAIN_PING

#endif
