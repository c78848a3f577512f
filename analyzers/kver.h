/*
 * analyzers/kver.h - what `uname -r` says: the mainline version that a kernel was made from, and
 * whose train it rides. A release string is a prior, never an answer: vendors backport.
 */
#ifndef HU_KVER_H
#define HU_KVER_H

#include "db/base.h"

enum hu_train {
	HU_TRAIN_MAINLINE, /* plain "6.7.0-rc3", "5.4.251": mainline or a stable series */
	HU_TRAIN_CUSTOM,   /* a suffix that no train below uses */
	HU_TRAIN_NEXT,	   /* linux-next: holds what the next release will bring */
	HU_TRAIN_DEBIAN,
	HU_TRAIN_UBUNTU, /* generic, hwe, aws, gcp, oracle …; those below have names of their own */
	HU_TRAIN_PROXMOX,
	HU_TRAIN_FEDORA,
	HU_TRAIN_ELREPO, /* mainline or stable, packed for RHEL */
	HU_TRAIN_ARCH,
	HU_TRAIN_GENTOO,
	HU_TRAIN_FLATCAR,
	HU_TRAIN_TALOS,
	HU_TRAIN_RASPBERRY,
	HU_TRAIN_WSL,
	HU_TRAIN_PHOTON,
	HU_TRAIN_AMAZON,
	HU_TRAIN_AZURE,	      /* Ubuntu's kernel for Azure */
	HU_TRAIN_AZURE_LINUX, /* CBL-Mariner, Azure Linux */
	HU_TRAIN_GKE,	      /* Ubuntu's kernel for GKE */
	HU_TRAIN_COS,	      /* Container-Optimized OS */
	HU_TRAIN_RHEL,	      /* and its rebuilds, and CentOS Stream */
	HU_TRAIN_UEK,	      /* Oracle's own kernel */
	HU_TRAIN_VIRTUOZZO,
	HU_TRAIN_CLOUDLINUX,
	HU_TRAIN_SUSE,
	HU_TRAIN_ALIBABA,
	HU_TRAIN_ANOLIS,
	HU_TRAIN_TENCENT,
	HU_TRAIN_OPENEULER,
	HU_TRAIN_EULEROS,
	HU_TRAIN_KYLIN,
	HU_TRAIN_ANDROID,
	HU_TRAIN_COUNT
};

struct hu_kver {
	int32_t major, minor;
	int32_t patch; /* HU_NONE: the string does not tell it (Debian's "6.1.0-56-amd64") */
	int32_t rc;    /* 0: a release */
	enum hu_train train;
};

/* Whole strings as uname -r prints them; false if it does not begin with a version. */
bool hu_kver_parse(struct hu_str release, struct hu_kver *ret);

/* Debian's release string has no patch level; its version string does: "#1 SMP … Debian 6.1.192-2
 * (2026-11-16)". */
void hu_kver_learn_patch(struct hu_kver *v, struct hu_str version);

/* "6.7", "6.4-rc1", "4.19.16": a mainline version as entries name it; false for anything else. */
bool hu_kver_mainline(struct hu_str version, struct hu_kver *ret);

/* <0, 0, >0 by major, minor, patch and rc; a patch that is not told counts as 0. */
int hu_kver_compare(const struct hu_kver *a, const struct hu_kver *b);

/* Compares the numbers in two version strings one after the other ("4.18.0-477.10.1" and
 * "4.18.0-513"). */
int hu_kver_numbers(struct hu_str a, struct hu_str b);

/*
 * Compares the versions of two packages, or of a package and a release, as far as both are numbers:
 * "5.15.0-91.101" and "5.15.0-91-generic" are equal, "4.18.0-513.el8" is above "4.18.0-477.27.1".
 * What begins with a letter ("el8", "~bpo12") ends the comparison. *common gets how many numbers
 * were compared.
 */
int hu_kver_package(struct hu_str a, struct hu_str b, size_t *common);

const char *hu_train_id(enum hu_train train);	/* "rhel": as entries name it */
const char *hu_train_text(enum hu_train train); /* "Red Hat or a rebuild": as a sentence does */
/* The vendor brings fixes of newer kernels into an old base version on a large scale, so that the
 * base version says nothing of one fix. */
bool hu_train_backports(enum hu_train train);

#endif
