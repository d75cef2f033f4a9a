// SPDX-License-Identifier: GPL-2.0-only
/*
 * What this system does not offer to network drivers: XDP, SR-IOV, DCA, DCB, FCoE, PTP, IPsec offload, MACVLAN
 * offload, tc offload, debugfs, external PHYs. The quiet ones are reached by a normal start or stop.
 */
#include <linux/phy.h>
#include <refuse.h>
#include "net.h"

QUIET(dca_add_requester, -ENODEV);
QUIET(dca_remove_requester, 0);
QUIET(dca_register_notify, 0);
QUIET(dca_unregister_notify, 0);
QUIET(debugfs_create_dir, -ENODEV);
QUIET(debugfs_create_file, -ENODEV);
QUIET(debugfs_remove, 0);
QUIET(devm_hwmon_device_register_with_groups, -ENODEV);
QUIET(pci_num_vf, 0);
QUIET(pci_vfs_assigned, 0);
QUIET(pci_sriov_set_totalvfs, -ENOSYS);
QUIET(pci_disable_sriov, 0);
QUIET(pci_get_device, 0);
QUIET(pci_get_domain_bus_and_slot, 0);
QUIET(netdev_walk_all_upper_dev_rcu, 0);
QUIET(ptp_clock_register, 0);
QUIET(ptp_clock_unregister, 0);
QUIET(xsk_get_pool_from_qid, 0);
QUIET(eth_platform_get_mac_address, -ENODEV);
QUIET(dev_addr_add, -EOPNOTSUPP);
QUIET(dev_addr_del, -EOPNOTSUPP);
QUIET(xfrm_aead_get_byname, 0);
QUIET(dma_map_sg_attrs, 0);
QUIET(pcie_print_link_status, 0);
QUIET(do_trace_netlink_extack, 0);
QUIET(netif_set_tso_max_size, 0);
QUIET(static_key_count, 0);
QUIET(static_key_enable, 0);
QUIET(secpath_set, 0);
QUIET(__SCT__tp_func_xdp_exception, 0);
QUIET(__mdiobus_register, 0);
QUIET(mdiobus_unregister, 0);
QUIET(netdev_unbind_sb_channel, 0);
QUIET(netdev_set_sb_channel, 0);
QUIET(flow_block_cb_setup_simple, -EOPNOTSUPP);
QUIET(dcb_ieee_getapp_mask, 0);
QUIET(devm_kmalloc, 0);
QUIET(netif_schedule_queue, 0);

STUB(___pskb_trim);
STUB(__alloc_percpu);
STUB(__skb_get_hash_net);
STUB(bpf_dispatcher_xdp_func);
STUB(bpf_prog_put);
STUB(bpf_warn_invalid_xdp_action);
STUB(dca3_get_tag);
STUB(dcb_getapp);
STUB(dcb_ieee_delapp);
STUB(dcb_ieee_setapp);
STUB(dev_uc_add);
STUB(driver_for_each_device);
STUB(eth_validate_addr);
STUB(ethtool_op_get_link);
STUB(free_percpu);
STUB(ipv6_ext_hdr);
STUB(ktime_get_real_ts64);
STUB(mdiobus_read);
STUB(mdiobus_write);
STUB(ndo_dflt_bridge_getlink);
STUB(ndo_dflt_fdb_add);
STUB(netdev_bind_sb_channel_queue);
STUB(netdev_pick_tx);
STUB(nla_find);
STUB(ns_to_timespec64);
STUB(pci_enable_sriov);
STUB(pci_get_dsn);
STUB(pcie_flr);
STUB(pskb_expand_head);
STUB(ptp_clock_event);
STUB(ptp_clock_index);
STUB(simple_open);
STUB(simple_read_from_buffer);
STUB(simple_write_to_buffer);
STUB(skb_checksum_help);
STUB(skb_tstamp_tx);
STUB(sscanf);
STUB(timecounter_cyc2time);
QUIET(timecounter_init, 0);
QUIET(timecounter_read, 0);
STUB(xdp_convert_zc_to_xdp_frame);
STUB(xdp_do_flush);
STUB(xdp_do_redirect);
STUB(xdp_master_redirect);
STUB(xdp_return_frame);
STUB(xdp_warn);
STUB(xp_alloc);
STUB(xp_dma_map);
STUB(xp_dma_sync_for_cpu_slow);
STUB(xp_dma_sync_for_device_slow);
STUB(xp_dma_unmap);
STUB(xp_free);
STUB(xp_raw_get_dma);
STUB(xp_set_rxq_info);
STUB(xsk_clear_rx_need_wakeup);
STUB(xsk_set_rx_need_wakeup);
STUB(xsk_set_tx_need_wakeup);
STUB(xsk_tx_completed);
STUB(xsk_tx_peek_desc);
STUB(xsk_tx_release);
STUB(xsk_uses_need_wakeup);

/* Read through a pointer, or only named in tables. */
static const struct tracepoint tracepoint_off;
static void *static_call_off[2];
static struct static_key_false key_off;
static void *tunnel_ops; /* NULL: no tunnel offload */
static u8 percpu_token;

LXD_EXPORT(DATA, __tracepoint_xdp_exception, tracepoint_off);
LXD_EXPORT(DATA, __SCK__tp_func_xdp_exception, static_call_off);
LXD_EXPORT(DATA, bpf_stats_enabled_key, key_off);
LXD_EXPORT(DATA, bpf_master_redirect_enabled_key, key_off);
LXD_EXPORT(DATA, hugetlb_optimize_vmemmap_key, key_off);
LXD_EXPORT(DATA, udp_tunnel_nic_ops, tunnel_ops);
LXD_EXPORT(PERCPU, softnet_data, percpu_token);
LXD_EXPORT(PERCPU, bpf_redirect_info, percpu_token);

/* ixgbe makes one for every device; nobody outside sees it. Zeroed for each probe, never freed. */
static struct mii_bus *shadow_bus(struct device *dev, int priv)
{
	static struct mii_bus bus;

	memset(&bus, 0, sizeof(bus));
	return priv ? NULL : &bus;
}

LXD_EXPORT(RUNTIME, devm_mdiobus_alloc_size, shadow_bus);
