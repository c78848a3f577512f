/* Locks of single filesystems and of their journals. */
#include "analyzers/lockmap_places.h"

#define W HU_MODE_WRITE
#define R HU_MODE_READ

const struct hu_lock_place hu_lock_places_filesystems[] = {
	/* fs/ext4/file.c, inode.c, extents.c */
	{"ext4_buffered_write_iter", "i_rwsem", W, HU_LOCK_RWSEM},
	{"ext4_fallocate", "i_rwsem", W, HU_LOCK_RWSEM},
	{"ext4_punch_hole", "i_rwsem", W, HU_LOCK_RWSEM},
	{"ext4_zero_range", "i_rwsem", W, HU_LOCK_RWSEM},
	/* fs/ext4/file.c */
	{"ext4_dio_write_iter", "i_rwsem", 0, HU_LOCK_RWSEM},
	{"ext4_file_write_iter", "i_rwsem", 0, HU_LOCK_RWSEM},
	{"ext4_dio_write_checks", "i_rwsem", 0, HU_LOCK_RWSEM},
	{"ext4_llseek", "i_rwsem", 0, HU_LOCK_RWSEM},
	/* fs/ext4/file.c */
	{"ext4_file_read_iter", "i_rwsem", R, HU_LOCK_RWSEM},
	{"ext4_dio_read_iter", "i_rwsem", R, HU_LOCK_RWSEM},
	/* fs/ext4/inode.c */
	{"ext4_map_blocks", "ext4 i_data_sem", 0, HU_LOCK_RWSEM},
	{"ext4_truncate", "ext4 i_data_sem", 0, HU_LOCK_RWSEM},
	{"ext4_setattr", "ext4 i_data_sem", 0, HU_LOCK_RWSEM},
	/* fs/ext4/inode.c */
	{"ext4_da_map_blocks", "ext4 i_data_sem", R, HU_LOCK_RWSEM},
	{"ext4_da_get_block_prep", "ext4 i_data_sem", R, HU_LOCK_RWSEM},
	/* fs/ext4/inode.c */
	{"ext4_release_file", "ext4 i_data_sem", W, HU_LOCK_RWSEM},
	/* fs/ext4/xattr.c */
	{"ext4_xattr_get", "ext4 xattr_sem", R, HU_LOCK_RWSEM},
	{"ext4_xattr_list", "ext4 xattr_sem", R, HU_LOCK_RWSEM},
	{"ext4_listxattr", "ext4 xattr_sem", R, HU_LOCK_RWSEM},
	/* fs/ext4/xattr.c */
	{"ext4_xattr_set_handle", "ext4 xattr_sem", W, HU_LOCK_RWSEM},
	{"ext4_try_add_inline_entry", "ext4 xattr_sem", W, HU_LOCK_RWSEM},
	/* fs/ext4/orphan.c, namei.c */
	{"ext4_orphan_add", "s_orphan_lock", W, HU_LOCK_MUTEX},
	{"ext4_orphan_del", "s_orphan_lock", W, HU_LOCK_MUTEX},
	/* fs/jbd2/transaction.c */
	{"jbd2_journal_lock_updates", "j_barrier", W, HU_LOCK_MUTEX},
	/* fs/jbd2/checkpoint.c, commit.c */
	{"__jbd2_log_wait_for_space", "j_checkpoint_mutex", W, HU_LOCK_MUTEX},
	{"jbd2_journal_commit_transaction", "j_checkpoint_mutex", W, HU_LOCK_MUTEX},
	{"jbd2_journal_flush", "j_checkpoint_mutex", W, HU_LOCK_MUTEX},
	{"jbd2_journal_destroy", "j_checkpoint_mutex", W, HU_LOCK_MUTEX},
	{"jbd2_update_log_tail", "j_checkpoint_mutex", W, HU_LOCK_MUTEX},
	/* fs/xfs/xfs_inode.c */
	{"xfs_ilock", "xfs inode lock", 0, HU_LOCK_RWSEM},
	/* fs/xfs/xfs_buf.c */
	{"xfs_buf_lock", "xfs buffer lock", W, HU_LOCK_SEMAPHORE},
	{"xfs_buf_find_lock", "xfs buffer lock", W, HU_LOCK_SEMAPHORE},
	/* fs/xfs/xfs_log_cil.c */
	{"xlog_cil_commit", "xc_ctx_lock", R, HU_LOCK_RWSEM},
	{"xfs_log_commit_cil", "xc_ctx_lock", R, HU_LOCK_RWSEM},
	/* fs/xfs/xfs_log_cil.c */
	{"xlog_cil_push_work", "xc_ctx_lock", W, HU_LOCK_RWSEM},
	/* fs/xfs/xfs_qm.c, xfs_dquot.c */
	{"xfs_qm_dqget", "xfs dquot lock", W, HU_LOCK_MUTEX},
	{"xfs_qm_dqget_inode", "xfs dquot lock", W, HU_LOCK_MUTEX},
	/* fs/btrfs/locking.c */
	{"btrfs_tree_lock", "btrfs tree block lock", W, HU_LOCK_RWSEM},
	{"__btrfs_tree_lock", "btrfs tree block lock", W, HU_LOCK_RWSEM},
	{"btrfs_tree_lock_nested", "btrfs tree block lock", W, HU_LOCK_RWSEM},
	/* fs/btrfs/locking.c */
	{"btrfs_tree_read_lock", "btrfs tree block lock", R, HU_LOCK_RWSEM},
	{"__btrfs_tree_read_lock", "btrfs tree block lock", R, HU_LOCK_RWSEM},
	{"btrfs_tree_read_lock_nested", "btrfs tree block lock", R, HU_LOCK_RWSEM},
	/* fs/btrfs/inode.c */
	{"btrfs_inode_lock", "i_rwsem", 0, HU_LOCK_RWSEM},
	/* fs/btrfs/file.c */
	{"btrfs_sync_file", "i_rwsem", W, HU_LOCK_RWSEM},
	{"btrfs_file_write_iter", "i_rwsem", W, HU_LOCK_RWSEM},
	/* fs/f2fs/file.c */
	{"f2fs_file_write_iter", "i_rwsem", W, HU_LOCK_RWSEM},
	/* fs/nfs/io.c */
	{"nfs_start_io_read", "i_rwsem", R, HU_LOCK_RWSEM},
	{"nfs_start_io_direct", "i_rwsem", R, HU_LOCK_RWSEM},
	/* fs/nfs/io.c */
	{"nfs_start_io_write", "i_rwsem", W, HU_LOCK_RWSEM},
	/* fs/fuse/file.c */
	{"fuse_file_write_iter", "i_rwsem", W, HU_LOCK_RWSEM},
	{"fuse_cache_write_iter", "i_rwsem", W, HU_LOCK_RWSEM},
	{"fuse_direct_write_iter", "i_rwsem", W, HU_LOCK_RWSEM},
	/* fs/fuse/inode.c */
	{"fuse_lock_inode", "fuse_inode.mutex", W, HU_LOCK_MUTEX},
	/* fs/overlayfs/file.c, dir.c, super.c */
	{"ovl_write_iter", "i_rwsem", W, HU_LOCK_RWSEM},
	{"ovl_workdir_create", "i_rwsem", W, HU_LOCK_RWSEM},
	{"ovl_workdir_cleanup", "i_rwsem", W, HU_LOCK_RWSEM},
	/* fs/overlayfs/util.c */
	{"ovl_copy_up_start", "ovl_inode.lock", W, HU_LOCK_MUTEX},
	{"ovl_nlink_start", "ovl_inode.lock", W, HU_LOCK_MUTEX},
	{"ovl_inode_lock_interruptible", "ovl_inode.lock", W, HU_LOCK_MUTEX},
	{NULL, NULL, 0, 0},
};
