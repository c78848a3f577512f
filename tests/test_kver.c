/*
 * Release strings to base version and train. All of the first table were printed by real machines:
 * beside each group stands where strings of its kind were seen in public text.
 */
#include "analyzers/kver.h"
#include "tests/test.h"

/* clang-format off */
struct row {
	const char *release;
	int major, minor, patch, rc;
	enum hu_train train;
};

static const struct row real[] = {
	/* Debian: login banners and `uname -a` in write-ups, SNMP walks, bug reports; the ".bpo."
	 * form in a btrfs list mail; the "+deb" form since Debian 12's later updates */
	{"6.1.0-22-cloud-amd64", 6, 1, HU_NONE, 0, HU_TRAIN_DEBIAN},
	{"4.19.0-10-cloud-amd64", 4, 19, HU_NONE, 0, HU_TRAIN_DEBIAN},
	{"5.10.0-4-rt-amd64", 5, 10, HU_NONE, 0, HU_TRAIN_DEBIAN},
	{"6.12.0-1-rt-amd64", 6, 12, HU_NONE, 0, HU_TRAIN_DEBIAN},
	{"4.19.0-0.bpo.2-amd64", 4, 19, HU_NONE, 0, HU_TRAIN_DEBIAN},
	{"6.12.107+deb13-amd64", 6, 12, 107, 0, HU_TRAIN_DEBIAN},
	{"6.12.95+deb12-amd64", 6, 12, 95, 0, HU_TRAIN_DEBIAN},
	/* Ubuntu: headers of performance and oops reports, CI logs (the azure ones are hosted
	 * runners); "#26~22.04.1-Ubuntu" behind the release marks the hwe builds */
	{"3.13.0-85-generic", 3, 13, HU_NONE, 0, HU_TRAIN_UBUNTU},
	{"5.15.0-100-generic", 5, 15, HU_NONE, 0, HU_TRAIN_UBUNTU},
	{"5.0.0-29-generic", 5, 0, HU_NONE, 0, HU_TRAIN_UBUNTU},
	{"6.14.0-37-generic", 6, 14, HU_NONE, 0, HU_TRAIN_UBUNTU},
	{"6.8.0-1012-aws", 6, 8, HU_NONE, 0, HU_TRAIN_UBUNTU},
	{"4.15.0-1028-gcp", 4, 15, HU_NONE, 0, HU_TRAIN_UBUNTU},
	{"6.5.0-1025-azure", 6, 5, HU_NONE, 0, HU_TRAIN_AZURE},
	{"6.17.0-1015-azure", 6, 17, HU_NONE, 0, HU_TRAIN_AZURE},
	{"5.4.0-1051-gke", 5, 4, HU_NONE, 0, HU_TRAIN_GKE},
	{"6.8.0-1055-gke", 6, 8, HU_NONE, 0, HU_TRAIN_GKE},
	/* Proxmox: login banners and cluster listings */
	{"4.10.17-1-pve", 4, 10, 17, 0, HU_TRAIN_PROXMOX},
	{"6.2.16-19-pve", 6, 2, 16, 0, HU_TRAIN_PROXMOX},
	{"7.0.14-4-pve", 7, 0, 14, 0, HU_TRAIN_PROXMOX},
	/* Red Hat, CentOS, Rocky, Alma (all of one form): Slurm node lists, storage lists' oopses */
	{"3.10.0-1160.92.1.el7.x86_64", 3, 10, HU_NONE, 0, HU_TRAIN_RHEL},
	{"4.18.0-513.24.1.el8_9.x86_64", 4, 18, HU_NONE, 0, HU_TRAIN_RHEL},
	{"5.14.0-427.18.1.el9_4.x86_64", 5, 14, HU_NONE, 0, HU_TRAIN_RHEL},
	{"6.12.0-84.el10.x86_64", 6, 12, HU_NONE, 0, HU_TRAIN_RHEL},
	{"6.11.0-0.rc5.22.el10.x86_64", 6, 11, HU_NONE, 5, HU_TRAIN_RHEL},
	/* Oracle UEK: `uname -a` of database hosts, list mails */
	{"5.4.17-2136.312.3.4.el8uek.x86_64", 5, 4, 17, 0, HU_TRAIN_UEK},
	{"5.15.0-308.179.6.3.el9uek.x86_64", 5, 15, HU_NONE, 0, HU_TRAIN_UEK},
	{"6.12.0-101.33.4.3.el9uek.x86_64", 6, 12, HU_NONE, 0, HU_TRAIN_UEK},
	/* SUSE: the headers of the Linux Test Project's reports, configuration management output */
	{"5.14.21-150500.55.39-default", 5, 14, 21, 0, HU_TRAIN_SUSE},
	{"6.4.0-150600.23.73-default", 6, 4, HU_NONE, 0, HU_TRAIN_SUSE},
	{"6.13.1-1-default", 6, 13, 1, 0, HU_TRAIN_SUSE},
	{"6.13.0-2.g0127a37-default", 6, 13, HU_NONE, 0, HU_TRAIN_SUSE},
	{"6.14.0-rc3-1.gb6b4102-default", 6, 14, HU_NONE, 3, HU_TRAIN_SUSE},
	/* Amazon Linux 1, 2 and 2023: EC2 login sessions, exporters' logs */
	{"4.14.121-85.96.amzn1.x86_64", 4, 14, 121, 0, HU_TRAIN_AMAZON},
	{"5.10.235-227.919.amzn2.x86_64", 5, 10, 235, 0, HU_TRAIN_AMAZON},
	{"6.1.140-154.222.amzn2023.x86_64", 6, 1, 140, 0, HU_TRAIN_AMAZON},
	/* Azure Linux: the vendor's own documentation, container logs ("mshv": its nested hosts) */
	{"6.6.92.2-2.azl3", 6, 6, 92, 0, HU_TRAIN_AZURE_LINUX},
	{"6.6.137.mshv1-1.azl3", 6, 6, 137, 0, HU_TRAIN_AZURE_LINUX},
	/* Container-Optimized OS: `kubectl get nodes -o wide`, iperf result files */
	{"5.4.89+", 5, 4, 89, 0, HU_TRAIN_COS},
	{"5.15.146+", 5, 15, 146, 0, HU_TRAIN_COS},
	/* Alibaba and Anolis: `uname -a` in issues; "kangaroo" and "ali5000" are its internal lines */
	{"5.10.134-19.1.al8.x86_64", 5, 10, 134, 0, HU_TRAIN_ALIBABA},
	{"5.10.134-013.5.kangaroo.al8.x86_64", 5, 10, 134, 0, HU_TRAIN_ALIBABA},
	{"5.10.112-005.ali5000.al8.x86_64", 5, 10, 112, 0, HU_TRAIN_ALIBABA},
	{"5.10.134-19.3.1.an8.x86_64", 5, 10, 134, 0, HU_TRAIN_ANOLIS},
	/* TencentOS: cluster listings, a list mail's oops */
	{"5.4.241-1-tlinux4-0017.3", 5, 4, 241, 0, HU_TRAIN_TENCENT},
	{"6.6.98-40.2.tl4.x86_64", 6, 6, 98, 0, HU_TRAIN_TENCENT},
	/* openEuler: hardware lists; EulerOS: package lists of security checks */
	{"5.10.0-216.0.0.115.oe2203sp4.aarch64", 5, 10, HU_NONE, 0, HU_TRAIN_OPENEULER},
	{"4.18.0-147.5.1.6.h729.eulerosv2r9", 4, 18, HU_NONE, 0, HU_TRAIN_EULEROS},
	/* Android: phones' kernels named in reports */
	{"6.1.128-android14-11-g213d628eb429-ab13297919", 6, 1, 128, 0, HU_TRAIN_ANDROID},
	{"5.15.170-android14-11-g0552e0fe0b84-ab17825", 5, 15, 170, 0, HU_TRAIN_ANDROID},
	/* Arch and its zen build, Gentoo, Fedora: `uname -a` in list mails, hardware statistics */
	{"7.2.9-arch1-1", 7, 2, 9, 0, HU_TRAIN_ARCH},
	{"6.11.3-zen1-1-zen", 6, 11, 3, 0, HU_TRAIN_ARCH},
	{"6.12.3-gentoo-x86_64", 6, 12, 3, 0, HU_TRAIN_GENTOO},
	{"5.14.15-gentoo", 5, 14, 15, 0, HU_TRAIN_GENTOO},
	{"5.9.0-rc2-Gentoo", 5, 9, HU_NONE, 2, HU_TRAIN_GENTOO},
	{"6.8.5-201.fc39.x86_64", 6, 8, 5, 0, HU_TRAIN_FEDORA},
	{"7.0.9-205.fc44.x86_64", 7, 0, 9, 0, HU_TRAIN_FEDORA},
	/* Mainline candidates and linux-next: oopses of fuzzers and developers in list mails */
	{"6.7.0-rc7+", 6, 7, 0, 7, HU_TRAIN_MAINLINE},
	{"6.7.0-rc2-dirty", 6, 7, 0, 2, HU_TRAIN_MAINLINE},
	{"6.7.0-rc5-00042-g88035e5694a8", 6, 7, 0, 5, HU_TRAIN_MAINLINE},
	{"6.7.0-rc5-syzkaller-00047-g5bd7ef53ffe5", 6, 7, 0, 5, HU_TRAIN_MAINLINE},
	{"6.6.0-rc1-next-20230914-syzkaller", 6, 6, HU_NONE, 1, HU_TRAIN_NEXT},
	{"6.18.0-rc1-next-20251016-00042-gde32b6002bba", 6, 18, HU_NONE, 1, HU_TRAIN_NEXT},
};

/* Other forms of the same vendors, and what must not be taken for one. */
static const struct row forms[] = {
	{"6.7.0-rc3", 6, 7, 0, 3, HU_TRAIN_MAINLINE},
	{"6.6.0-rc7+", 6, 6, 0, 7, HU_TRAIN_MAINLINE},
	{"5.4.251", 5, 4, 251, 0, HU_TRAIN_MAINLINE},
	{"6.1.58", 6, 1, 58, 0, HU_TRAIN_MAINLINE},
	{"3.10.0", 3, 10, 0, 0, HU_TRAIN_MAINLINE},
	{"2.6.32", 2, 6, 32, 0, HU_TRAIN_MAINLINE},
	{"6.1.0-56-amd64", 6, 1, HU_NONE, 0, HU_TRAIN_DEBIAN},
	{"5.10.0-32-cloud-amd64", 5, 10, HU_NONE, 0, HU_TRAIN_DEBIAN},
	{"6.12.95+deb12-amd64", 6, 12, 95, 0, HU_TRAIN_DEBIAN},
	{"7.3.4+deb13-amd64", 7, 3, 4, 0, HU_TRAIN_DEBIAN},
	{"6.1.0-0.deb11.21-rt-amd64", 6, 1, HU_NONE, 0, HU_TRAIN_DEBIAN},
	{"4.19.0-27-686-pae", 4, 19, HU_NONE, 0, HU_TRAIN_DEBIAN},
	{"6.7-rc4-amd64", 6, 7, HU_NONE, 4, HU_TRAIN_DEBIAN},
	{"5.15.0-91-generic", 5, 15, HU_NONE, 0, HU_TRAIN_UBUNTU},
	{"6.8.0-1012-aws", 6, 8, HU_NONE, 0, HU_TRAIN_UBUNTU},
	{"5.4.0-174-lowlatency", 5, 4, HU_NONE, 0, HU_TRAIN_UBUNTU},
	{"6.4.0-060400rc3-generic", 6, 4, HU_NONE, 3, HU_TRAIN_UBUNTU},
	{"5.15.0-1053-azure", 5, 15, HU_NONE, 0, HU_TRAIN_AZURE},
	{"5.15.0-1048-gke", 5, 15, HU_NONE, 0, HU_TRAIN_GKE},
	{"5.10.176+", 5, 10, 176, 0, HU_TRAIN_COS},
	{"6.5.11-7-pve", 6, 5, 11, 0, HU_TRAIN_PROXMOX},
	{"6.8.4-2-pve", 6, 8, 4, 0, HU_TRAIN_PROXMOX},
	{"3.10.0-1160.el7.x86_64", 3, 10, HU_NONE, 0, HU_TRAIN_RHEL},
	{"4.18.0-513.5.1.el8_9.x86_64", 4, 18, HU_NONE, 0, HU_TRAIN_RHEL},
	{"5.14.0-362.8.1.el9_3.aarch64", 5, 14, HU_NONE, 0, HU_TRAIN_RHEL},
	{"6.12.0-55.9.1.el10_0.x86_64", 6, 12, HU_NONE, 0, HU_TRAIN_RHEL},
	{"5.4.17-2136.300.7.el8uek.x86_64", 5, 4, 17, 0, HU_TRAIN_UEK},
	{"5.15.0-101.103.2.1.el9uek.x86_64", 5, 15, HU_NONE, 0, HU_TRAIN_UEK},
	{"6.1.55-1.el8.elrepo.x86_64", 6, 1, 55, 0, HU_TRAIN_ELREPO},
	{"4.18.0-477.27.2.lve.el8.x86_64", 4, 18, HU_NONE, 0, HU_TRAIN_CLOUDLINUX},
	{"3.10.0-1160.53.1.vz7.185.3", 3, 10, HU_NONE, 0, HU_TRAIN_VIRTUOZZO},
	{"6.5.6-300.fc39.x86_64", 6, 5, 6, 0, HU_TRAIN_FEDORA},
	{"6.4.0-0.rc3.20230524git9d646009f65d.27.fc39.x86_64", 6, 4, HU_NONE, 3, HU_TRAIN_FEDORA},
	{"5.14.21-150500.55.31-default", 5, 14, 21, 0, HU_TRAIN_SUSE},
	{"4.12.14-122.136-default", 4, 12, 14, 0, HU_TRAIN_SUSE},
	{"5.14.21-150500.33.23-azure", 5, 14, 21, 0, HU_TRAIN_SUSE},
	{"6.6.3-1-default", 6, 6, 3, 0, HU_TRAIN_SUSE},
	{"5.10.199-190.747.amzn2.x86_64", 5, 10, 199, 0, HU_TRAIN_AMAZON},
	{"6.1.61-85.141.amzn2023.x86_64", 6, 1, 61, 0, HU_TRAIN_AMAZON},
	{"5.15.138.1-1.cm2", 5, 15, 138, 0, HU_TRAIN_AZURE_LINUX},
	{"6.6.43.1-7.azl3", 6, 6, 43, 0, HU_TRAIN_AZURE_LINUX},
	{"4.19.91-27.6.al7.x86_64", 4, 19, 91, 0, HU_TRAIN_ALIBABA},
	{"5.10.134-16.1.al8.x86_64", 5, 10, 134, 0, HU_TRAIN_ALIBABA},
	{"5.10.134-13.an8.x86_64", 5, 10, 134, 0, HU_TRAIN_ANOLIS},
	{"5.4.119-1-tlinux4-0010.3", 5, 4, 119, 0, HU_TRAIN_TENCENT},
	{"4.19.90-2112.8.0.0131.oe1.x86_64", 4, 19, 90, 0, HU_TRAIN_OPENEULER},
	{"5.10.0-136.12.0.86.oe2203sp1.x86_64", 5, 10, HU_NONE, 0, HU_TRAIN_OPENEULER},
	{"4.18.0-147.5.1.6.h841.eulerosv2r9.x86_64", 4, 18, HU_NONE, 0, HU_TRAIN_EULEROS},
	{"4.19.90-24.4.v2101.ky10.x86_64", 4, 19, 90, 0, HU_TRAIN_KYLIN},
	{"5.10.157-android13-4-00003-gabc0123", 5, 10, 157, 0, HU_TRAIN_ANDROID},
	{"4.19.191-perf-g1a2b3c4d5e6f", 4, 19, 191, 0, HU_TRAIN_ANDROID},
	{"5.15.90.1-microsoft-standard-WSL2", 5, 15, 90, 0, HU_TRAIN_WSL},
	{"6.6.8-arch1-1", 6, 6, 8, 0, HU_TRAIN_ARCH},
	{"6.1.69-1-lts", 6, 1, 69, 0, HU_TRAIN_ARCH},
	{"5.15.129-flatcar", 5, 15, 129, 0, HU_TRAIN_FLATCAR},
	{"6.1.58-talos", 6, 1, 58, 0, HU_TRAIN_TALOS},
	{"6.1.21-v8+", 6, 1, 21, 0, HU_TRAIN_RASPBERRY},
	{"4.19.283-3.ph3", 4, 19, 283, 0, HU_TRAIN_PHOTON},
	{"5.4.56.bsk.6-amd64", 5, 4, 56, 0, HU_TRAIN_CUSTOM},
	{"5.4.251-myhost", 5, 4, 251, 0, HU_TRAIN_CUSTOM},
};
/* clang-format on */

static void test_releases(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hu_kver v;
		TEST_CASE("%s", rows[i].release);
		if (!CHECK(hu_kver_parse(hu_str(rows[i].release), &v)))
			continue;
		CHECK_INT(v.major, rows[i].major);
		CHECK_INT(v.minor, rows[i].minor);
		CHECK_INT(v.patch, rows[i].patch);
		CHECK_INT(v.rc, rows[i].rc);
		CHECK_STR(hu_train_id(v.train), hu_train_id(rows[i].train));
	}
}

static void test_bad(void)
{
	static const char *const bad[] = {"",	  "6",	 "6.", "linux", "x.y.z", "99999999999.1",
					  ".1.2", "-1.2"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct hu_kver v;
		CHECK(!hu_kver_parse(hu_str(bad[i]), &v));
	}
}

static int compare(const char *a, const char *b)
{
	struct hu_kver x, y;

	CHECK(hu_kver_mainline(hu_str(a), &x) && hu_kver_mainline(hu_str(b), &y));
	return hu_kver_compare(&x, &y);
}

static void test_order(void)
{
	CHECK(compare("6.7", "6.10") < 0);
	CHECK(compare("6.7-rc8", "6.7") < 0);
	CHECK(compare("6.7-rc2", "6.7-rc10") < 0);
	CHECK(compare("6.7.0", "6.7") == 0);
	CHECK(compare("4.19.152", "4.19.16") > 0);
	struct hu_kver v;
	CHECK(!hu_kver_mainline(hu_str("6.7 or so"), &v));
	CHECK(!hu_kver_mainline(hu_str("6.7.x"), &v));
	CHECK(hu_kver_numbers(hu_str("4.18.0-513.5.1.el8_9"), hu_str("4.18.0-477.10.1")) > 0);
	CHECK(hu_kver_numbers(hu_str("4.18.0-80.el8"), hu_str("4.18.0-477")) < 0);
	CHECK(hu_kver_numbers(hu_str("4.18.0-477.el8"), hu_str("4.18.0-477")) >= 0);
}

int main(void)
{
	test_releases(real, sizeof(real) / sizeof(real[0]));
	test_releases(forms, sizeof(forms) / sizeof(forms[0]));
	test_bad();
	test_order();
	return test_end();
}
