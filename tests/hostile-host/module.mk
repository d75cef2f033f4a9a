# SPDX-License-Identifier: GPL-2.0-only
# Kbuild of build/hostile-host/tree/lxd; see Makefile. The list of files is the product's own, without gate and loader.
include $(src)/product.mk
standin := root.o gate.o loader.o rings.o device.o fault.o
lxd-y := $(filter-out gate/% loader/%,$(lxd-y)) $(addprefix standin/,$(standin))
ccflags-y += -I$(src)/../hostile
# Each of the product's allocations asks first. What only says so to the compiler comes before the file.
$(foreach o,$(filter-out standin/%,$(lxd-y)),$(eval CFLAGS_$(o) += -include $(src)/standin/fault.h))
