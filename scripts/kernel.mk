# SPDX-License-Identifier: GPL-2.0-only
# For each makefile that needs the kernel: KVER, KROOT (what /lib/modules, /boot and /usr/src are below) and KDIR (its
# headers). TOP is the tree. KVER=VERSION or KVER=6.12 chooses another one; scripts/kernel has the rules.
ifeq ($(KDIR),)
ifneq ($(filter-out clean deps,$(or $(MAKECMDGOALS),all)),)
KERNEL_MK := $(TOP)/build/kernel-$(or $(KVER),6.1).mk
ifneq ($(shell mkdir -p $(TOP)/build && $(TOP)/scripts/kernel make $(KVER) >$(KERNEL_MK) && echo ok),ok)
$(error no kernel to build for)
endif
# What was asked for has become a version; makes below get that.
override undefine KVER
MAKEOVERRIDES := $(filter-out KVER=%,$(MAKEOVERRIDES))
include $(KERNEL_MK)
export KVER KROOT KDIR
endif
endif
