# SPDX-License-Identifier: GPL-2.0-only
# Joined into lxd.ko by lxd/Kbuild; paths are relative to lxd/.
lxd-y += ../klcd/main.o ../klcd/split.o
lxd-y += $(addprefix ../klcd/pci/, driver.o take.o hold.o life.o calls.o config.o filter.o bar.o vectors.o dma.o nvme.o sleep.o)
lxd-y += $(addprefix ../klcd/block/, class.o keep.o tagset.o queue.o complete.o map.o disk.o capacity.o freeze.o watch.o ctrl.o numbers.o \
	 slots.o limits.o names.o health.o admin.o hwmon.o)
lxd-y += $(addprefix ../klcd/net/, class.o register.o netdev.o ask.o budget.o transmit.o pieces.o poll.o receive.o rxmem.o share.o lent.o headers.o ethtool.o rss.o selftest.o \
	 answer.o arena.o)
