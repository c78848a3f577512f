/* Networking: rtnetlink, network namespaces, netlink, netfilter, sockets. */
#include "analyzers/lockmap_places.h"

#define W HU_MODE_WRITE
#define R HU_MODE_READ

const struct hu_lock_place hu_lock_places_net[] = {
	/* net/core/rtnetlink.c */
	{"rtnl_lock", "rtnl_mutex", W, HU_LOCK_MUTEX},
	{"rtnl_lock_killable", "rtnl_mutex", W, HU_LOCK_MUTEX},
	{"rtnl_lock_interruptible", "rtnl_mutex", W, HU_LOCK_MUTEX},
	{"rtnetlink_rcv_msg", "rtnl_mutex", W, HU_LOCK_MUTEX},
	{"rtnetlink_rcv", "rtnl_mutex", W, HU_LOCK_MUTEX},
	{"rtnl_lock_unregistering", "rtnl_mutex", W, HU_LOCK_MUTEX},
	/* net/core/net_namespace.c, dev.c */
	{"copy_net_ns", "pernet_ops_rwsem", R, HU_LOCK_RWSEM},
	{"cleanup_net", "pernet_ops_rwsem", R, HU_LOCK_RWSEM},
	/* net/core/net_namespace.c, dev.c */
	{"register_pernet_subsys", "pernet_ops_rwsem", W, HU_LOCK_RWSEM},
	{"unregister_pernet_subsys", "pernet_ops_rwsem", W, HU_LOCK_RWSEM},
	{"register_pernet_device", "pernet_ops_rwsem", W, HU_LOCK_RWSEM},
	{"unregister_pernet_device", "pernet_ops_rwsem", W, HU_LOCK_RWSEM},
	{"register_netdevice_notifier", "pernet_ops_rwsem", W, HU_LOCK_RWSEM},
	{"unregister_netdevice_notifier", "pernet_ops_rwsem", W, HU_LOCK_RWSEM},
	{"rtnl_link_unregister", "pernet_ops_rwsem", W, HU_LOCK_RWSEM},
	/* net/core/net_namespace.c, before 4.17 */
	{"copy_net_ns", "net_mutex", W, HU_LOCK_MUTEX},
	{"cleanup_net", "net_mutex", W, HU_LOCK_MUTEX},
	{"register_pernet_subsys", "net_mutex", W, HU_LOCK_MUTEX},
	{"unregister_pernet_subsys", "net_mutex", W, HU_LOCK_MUTEX},
	{"register_pernet_device", "net_mutex", W, HU_LOCK_MUTEX},
	{"unregister_pernet_device", "net_mutex", W, HU_LOCK_MUTEX},
	/* net/netlink/af_netlink.c */
	{"netlink_dump", "a netlink socket's cb_mutex", W, HU_LOCK_MUTEX},
	{"__netlink_dump_start", "a netlink socket's cb_mutex", W, HU_LOCK_MUTEX},
	/* net/netlink/genetlink.c */
	{"genl_lock", "genl_mutex", W, HU_LOCK_MUTEX},
	{"genl_rcv_msg", "genl_mutex", W, HU_LOCK_MUTEX},
	/* net/netlink/genetlink.c */
	{"genl_rcv", "cb_lock", R, HU_LOCK_RWSEM},
	/* net/netlink/genetlink.c */
	{"genl_register_family", "cb_lock", W, HU_LOCK_RWSEM},
	{"genl_unregister_family", "cb_lock", W, HU_LOCK_RWSEM},
	{"genl_lock_all", "cb_lock", W, HU_LOCK_RWSEM},
	/* net/netfilter/nf_tables_api.c */
	{"nf_tables_valid_genid", "nftables commit_mutex", W, HU_LOCK_MUTEX},
	{"nf_tables_netdev_event", "nftables commit_mutex", W, HU_LOCK_MUTEX},
	/* net/netfilter/nfnetlink.c */
	{"nfnl_lock", "nfnl_mutex", W, HU_LOCK_MUTEX},
	/* net/netfilter/x_tables.c */
	{"xt_find_table_lock", "xtables mutex", W, HU_LOCK_MUTEX},
	{"xt_request_find_table_lock", "xtables mutex", W, HU_LOCK_MUTEX},
	{"xt_find_match", "xtables mutex", W, HU_LOCK_MUTEX},
	{"xt_find_target", "xtables mutex", W, HU_LOCK_MUTEX},
	/* net/unix/af_unix.c */
	{"unix_stream_read_generic", "a unix socket's iolock", W, HU_LOCK_MUTEX},
	{"unix_dgram_recvmsg", "a unix socket's iolock", W, HU_LOCK_MUTEX},
	{"__unix_dgram_recvmsg", "a unix socket's iolock", W, HU_LOCK_MUTEX},
	/* net/core/sock.c */
	{"lock_sock_nested", "a socket's lock", W, HU_LOCK_UNKNOWN},
	{"lock_sock", "a socket's lock", W, HU_LOCK_UNKNOWN},
	{"__lock_sock_fast", "a socket's lock", W, HU_LOCK_UNKNOWN},
	{NULL, NULL, 0, 0},
};
