/* Tables of prefixes: asked of each frame of some dozen stacks. */
#include "analyzers/filesystems.h"

#include <string.h>

static const struct {
	const char *prefix, *fs;
} prefixes[] = {
	/* fs/<name>/: the prefix of the functions, which is not always the folder's name */
	{"ext4_", "ext4"},
	{"__ext4_", "ext4"},
	{"jbd2_", "ext4"},
	{"__jbd2_", "ext4"},
	{"start_this_handle", "ext4"},
	{"add_transaction_credits", "ext4"},
	{"ext3_", "ext3"},
	{"ext2_", "ext2"},
	{"xfs_", "xfs"},
	{"xlog_", "xfs"},
	{"btrfs_", "btrfs"},
	{"__btrfs_", "btrfs"},
	{"f2fs_", "f2fs"},
	{"__f2fs_", "f2fs"},
	{"fat_", "fat"},
	{"__fat_", "fat"},
	{"fat12_", "fat"},
	{"fat16_", "fat"},
	{"fat32_", "fat"},
	{"msdos_", "fat"},
	{"vfat_", "fat"},
	{"exfat_", "exfat"},
	{"__exfat_", "exfat"},
	{"ntfs_", "ntfs"},
	{"nfs_", "nfs"},
	{"nfs3_", "nfs"},
	{"nfs4_", "nfs"},
	{"nfsd_", "nfsd"},
	{"cifs_", "cifs"},
	{"smb2_", "cifs"},
	{"ceph_", "ceph"},
	{"ovl_", "overlay"},
	{"fuse_", "fuse"},
	{"gfs2_", "gfs2"},
	{"ocfs2_", "ocfs2"},
	{"jfs_", "jfs"},
	{"nilfs_", "nilfs2"},
	{"reiserfs_", "reiserfs"},
	{"ubifs_", "ubifs"},
	{"jffs2_", "jffs2"},
	{"bch2_", "bcachefs"},
	{"zfs_", "zfs"},
	{"zpl_", "zfs"},
	{"erofs_", "erofs"},
	{"squashfs_", "squashfs"},
	{"isofs_", "iso9660"},
	{"udf_", "udf"},
	{"hfsplus_", "hfsplus"},
	{"hfs_", "hfs"},
	{"minix_", "minix"},
	{"ufs_", "ufs"},
	{"affs_", "affs"},
	{"shmem_", "tmpfs"},
	{"proc_", "proc"},
	{"kernfs_", "kernfs"},
	{"v9fs_", "9p"},
	{"lustre_", "lustre"},
	{"ll_", "lustre"},
	{"gpfs", "gpfs"},
};

/* What only a filesystem's own function is called. */
static const char *const suffixes[] = {"_evict_inode", "_destroy_inode", "_drop_inode",
				       "_writepage",   "_writepages",	 "_put_super"};

const char *hu_filesystem_of(const char *symbol)
{
	struct hu_str s = hu_str(symbol);

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (hu_str_starts(s, prefixes[i].prefix))
			return prefixes[i].fs;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (hu_str_ends(s, suffixes[i]) && !hu_str_starts(s, "do_") &&
		    !hu_str_starts(s, "generic_") && !hu_str_starts(s, "bdev_") &&
		    !hu_str_starts(s, "swap_"))
			return "a filesystem";
	return NULL;
}

const char *hu_filesystem_frame(const struct hu_stacks *s, hu_stack_id id, size_t from, size_t to,
				const char **fs)
{
	const char *found = NULL;

	*fs = NULL;
	for (size_t depth = from; depth < to; depth++) {
		const char *f = hu_stack_frame(s, id, depth);
		if (!f)
			break;
		const char *of = hu_filesystem_of(f);
		if (of) {
			found = f;
			*fs = of;
		}
	}
	return found;
}

static bool starts_any(const char *symbol, const char *const *list)
{
	for (; *list; list++)
		if (hu_str_starts(hu_str(symbol), *list))
			return true;
	return false;
}

bool hu_is_allocation(const char *symbol)
{
	static const char *const starts[] = {
		"__alloc_pages",
		"alloc_pages",
		"__alloc_frozen_pages",
		"alloc_frozen_pages",
		"__alloc_from",
		"folio_alloc",
		"__folio_alloc",
		"vma_alloc_folio",
		"kmem_cache_alloc",
		"__kmem_cache_alloc",
		"__kmalloc",
		"kmalloc",
		"kvmalloc",
		"__kvmalloc",
		"___slab_alloc",
		"__slab_alloc",
		"new_slab",
		"allocate_slab",
		"try_charge",
		"mem_cgroup_charge",
		"__mem_cgroup_charge",
		"warn_alloc",
		"__get_free_pages",
		"get_zeroed_page",
		NULL,
	};

	return starts_any(symbol, starts);
}

bool hu_is_reclaim(const char *symbol)
{
	static const char *const names[] = {
		"kswapd",
		"balance_pgdat",
		"shrink_node",
		"shrink_zone",
		"shrink_zones",
		"shrink_slab",
		"shrink_slab_memcg",
		"do_shrink_slab",
		"shrink_lruvec",
		"shrink_one",
		"shrink_many",
		"shrink_inactive_list",
		"shrink_page_list",
		"shrink_folio_list",
		"evict_folios",
		"super_cache_scan",
		"prune_icache_sb",
		"prune_super",
		"do_try_to_free_pages",
		"try_to_free_pages",
		"try_to_free_mem_cgroup_pages",
		"__perform_reclaim",
		"__node_reclaim",
		"__alloc_pages_direct_reclaim",
		NULL,
	};

	for (const char *const *n = names; *n; n++)
		if (hu_symbol_is(symbol, *n))
			return true;
	return false;
}
