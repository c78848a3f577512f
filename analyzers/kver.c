/*
 * Release strings to base version and train. Called a few times per bundle, with text of any shape:
 * one pass over the numbers, then a search for each train's marks in the order of the table.
 */
#include "analyzers/kver.h"

#include <ctype.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *id, *text;
	bool backports;
} trains[HU_TRAIN_COUNT] = {
	[HU_TRAIN_MAINLINE] = {"stable", "a mainline or stable kernel", false},
	[HU_TRAIN_CUSTOM] = {"custom", "a kernel with a suffix of its own", false},
	[HU_TRAIN_NEXT] = {"next", "a kernel of linux-next", true},
	[HU_TRAIN_DEBIAN] = {"debian", "a Debian kernel", false},
	[HU_TRAIN_UBUNTU] = {"ubuntu", "an Ubuntu kernel", false},
	[HU_TRAIN_PROXMOX] = {"proxmox", "a Proxmox kernel", false},
	[HU_TRAIN_FEDORA] = {"fedora", "a Fedora kernel", false},
	[HU_TRAIN_ELREPO] = {"elrepo", "an ELRepo kernel", false},
	[HU_TRAIN_ARCH] = {"arch", "an Arch kernel", false},
	[HU_TRAIN_GENTOO] = {"gentoo", "a Gentoo kernel", false},
	[HU_TRAIN_FLATCAR] = {"flatcar", "a Flatcar kernel", false},
	[HU_TRAIN_TALOS] = {"talos", "a Talos kernel", false},
	[HU_TRAIN_RASPBERRY] = {"raspberry", "a Raspberry Pi kernel", false},
	[HU_TRAIN_WSL] = {"wsl", "a WSL kernel", false},
	[HU_TRAIN_PHOTON] = {"photon", "a Photon kernel", false},
	[HU_TRAIN_AMAZON] = {"amazon", "an Amazon Linux kernel", false},
	[HU_TRAIN_AZURE] = {"azure", "an Ubuntu kernel for Azure", false},
	[HU_TRAIN_AZURE_LINUX] = {"azurelinux", "an Azure Linux kernel", false},
	[HU_TRAIN_GKE] = {"gke", "an Ubuntu kernel for GKE", false},
	[HU_TRAIN_COS] = {"cos", "a Container-Optimized OS kernel", true},
	[HU_TRAIN_RHEL] = {"rhel", "a Red Hat kernel or a rebuild of it", true},
	[HU_TRAIN_UEK] = {"uek", "an Oracle UEK kernel", true},
	[HU_TRAIN_VIRTUOZZO] = {"virtuozzo", "a Virtuozzo kernel", true},
	[HU_TRAIN_CLOUDLINUX] = {"cloudlinux", "a CloudLinux kernel", true},
	[HU_TRAIN_SUSE] = {"suse", "a SUSE kernel", true},
	[HU_TRAIN_ALIBABA] = {"alibaba", "an Alibaba Cloud kernel", true},
	[HU_TRAIN_ANOLIS] = {"anolis", "an Anolis kernel", true},
	[HU_TRAIN_TENCENT] = {"tencent", "a Tencent kernel", true},
	[HU_TRAIN_OPENEULER] = {"openeuler", "an openEuler kernel", true},
	[HU_TRAIN_EULEROS] = {"euleros", "an EulerOS kernel", true},
	[HU_TRAIN_KYLIN] = {"kylin", "a Kylin kernel", true},
	[HU_TRAIN_ANDROID] = {"android", "an Android kernel", true},
};

/*
 * The first mark found in the suffix decides, so the narrow ones stand above the wide: "el8uek"
 * above ".el8", Alibaba's and ByteDance's own names above "-amd64". '#' stands for one digit.
 */
static const struct {
	const char *mark;
	enum hu_train train;
} marks[] = {
	{"-next-20######", HU_TRAIN_NEXT},
	{"uek", HU_TRAIN_UEK},
	{".elrepo", HU_TRAIN_ELREPO},
	{".vz#", HU_TRAIN_VIRTUOZZO},
	{".lve", HU_TRAIN_CLOUDLINUX},
	{".amzn", HU_TRAIN_AMAZON},
	{".al#", HU_TRAIN_ALIBABA},
	{".alios", HU_TRAIN_ALIBABA},
	{".an#", HU_TRAIN_ANOLIS},
	{".oe#", HU_TRAIN_OPENEULER},
	{"eulerosv#", HU_TRAIN_EULEROS},
	{".ky#", HU_TRAIN_KYLIN},
	{".kangaroo.", HU_TRAIN_ALIBABA},
	{"tlinux", HU_TRAIN_TENCENT},
	{".tl#", HU_TRAIN_TENCENT},
	{"-android", HU_TRAIN_ANDROID},
	{"-perf", HU_TRAIN_ANDROID},
	{".fc#", HU_TRAIN_FEDORA},
	{".el#", HU_TRAIN_RHEL},
	{".cm#", HU_TRAIN_AZURE_LINUX},
	{".azl#", HU_TRAIN_AZURE_LINUX},
	{".ph#", HU_TRAIN_PHOTON},
	{"-pve", HU_TRAIN_PROXMOX},
	{"-microsoft-standard", HU_TRAIN_WSL},
	{"-flatcar", HU_TRAIN_FLATCAR},
	{"-talos", HU_TRAIN_TALOS},
	{"-rpi", HU_TRAIN_RASPBERRY},
	{"-arch#", HU_TRAIN_ARCH},
	{"-zen#-", HU_TRAIN_ARCH},
	{"-hardened#-", HU_TRAIN_ARCH},
	{"-gentoo", HU_TRAIN_GENTOO},
	{"-Gentoo", HU_TRAIN_GENTOO},
	{".bsk.", HU_TRAIN_CUSTOM},
	{"-azure", HU_TRAIN_AZURE},
	{"-gke", HU_TRAIN_GKE},
	{"-generic", HU_TRAIN_UBUNTU},
	{"-lowlatency", HU_TRAIN_UBUNTU},
	{"-aws", HU_TRAIN_UBUNTU},
	{"-gcp", HU_TRAIN_UBUNTU},
	{"-oracle", HU_TRAIN_UBUNTU},
	{"-kvm", HU_TRAIN_UBUNTU},
	{"-ibm", HU_TRAIN_UBUNTU},
	{"-oem", HU_TRAIN_UBUNTU},
	{"-nvidia", HU_TRAIN_UBUNTU},
	{"-raspi", HU_TRAIN_UBUNTU},
	{"-xilinx", HU_TRAIN_UBUNTU},
	{"-intel-iotg", HU_TRAIN_UBUNTU},
	{".bpo.", HU_TRAIN_DEBIAN},
	{"+deb", HU_TRAIN_DEBIAN},
	{"~deb", HU_TRAIN_DEBIAN},
	{".deb#", HU_TRAIN_DEBIAN},
	{"-amd64", HU_TRAIN_DEBIAN},
	{"-arm64", HU_TRAIN_DEBIAN},
	{"-686", HU_TRAIN_DEBIAN},
	{"-armmp", HU_TRAIN_DEBIAN},
	{"-powerpc64le", HU_TRAIN_DEBIAN},
	{"-s390x", HU_TRAIN_DEBIAN},
	{"-riscv64", HU_TRAIN_DEBIAN},
};
/* clang-format on */

const char *hu_train_id(enum hu_train train)
{
	return trains[train].id;
}

const char *hu_train_text(enum hu_train train)
{
	return trains[train].text;
}

bool hu_train_backports(enum hu_train train)
{
	return trains[train].backports;
}

/* Takes up to nine digits off *s; false if there is none, or more than that. */
static bool number(struct hu_str *s, int32_t *ret)
{
	int32_t value = 0;
	size_t n = 0;

	while (n < s->len && isdigit((unsigned char)s->at[n])) {
		if (n == 9)
			return false;
		value = value * 10 + (s->at[n++] - '0');
	}
	if (!n)
		return false;
	*s = hu_str_skip(*s, n);
	*ret = value;
	return true;
}

static bool take(struct hu_str *s, const char *prefix)
{
	if (!hu_str_starts(*s, prefix))
		return false;
	*s = hu_str_skip(*s, strlen(prefix));
	return true;
}

/* "-rc3" of mainline, "-0.rc3.2023…" of Fedora, "-060400rc3" of Ubuntu's mainline builds. */
static int32_t candidate(struct hu_str suffix)
{
	for (ptrdiff_t at; (at = hu_str_find(suffix, "rc")) >= 0;) {
		bool edge = at && (suffix.at[at - 1] == '-' || suffix.at[at - 1] == '.' ||
				   isdigit((unsigned char)suffix.at[at - 1]));
		int32_t rc;
		suffix = hu_str_skip(suffix, (size_t)at + 2);
		struct hu_str rest = suffix;
		if (edge && number(&rest, &rc) && rc > 0 && rc < 100)
			return rc;
	}
	return 0;
}

static bool marked_at(struct hu_str s, const char *mark)
{
	size_t n = strlen(mark);

	if (s.len < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (mark[i] == '#' ? !isdigit((unsigned char)s.at[i]) : s.at[i] != mark[i])
			return false;
	return true;
}

static bool marked(struct hu_str s, const char *mark)
{
	for (; s.len; s = hu_str_skip(s, 1))
		if (marked_at(s, mark))
			return true;
	return false;
}

/* SUSE: "-150500.55.31-default", "-122.136-azure", Tumbleweed's "-1-default" and
 * "-rc3-1.gb6b4102-default"; Ubuntu has no dot before its flavour. */
static bool suse(struct hu_str suffix)
{
	static const char *const flavours[] = {"-default", "-preempt", "-kvmsmall", "-64kb",
					       "-azure",   "-rt",      "-vanilla",  "-longterm"};

	if (hu_str_starts(suffix, "-rc")) {
		ptrdiff_t dash = hu_str_find(hu_str_skip(suffix, 3), "-");
		suffix = hu_str_skip(suffix, dash < 0 ? suffix.len : (size_t)dash + 3);
	}
	if (!suffix.len || suffix.at[0] != '-')
		return false;
	ptrdiff_t second = hu_str_find(hu_str_skip(suffix, 1), "-");
	if (second < 0)
		return false;
	struct hu_str flavour = hu_str_skip(suffix, (size_t)second + 1);
	bool dotted = memchr(suffix.at, '.', (size_t)second + 1) != NULL;
	for (size_t i = 0; i < sizeof(flavours) / sizeof(flavours[0]); i++)
		if (hu_str_is(flavour, flavours[i]))
			return dotted || !i || !strcmp(flavours[i], "-longterm");
	return false;
}

static enum hu_train train_of(struct hu_str suffix, const struct hu_kver *base)
{
	if (!suffix.len)
		return HU_TRAIN_MAINLINE;
	if (suse(suffix))
		return HU_TRAIN_SUSE;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (marked(suffix, marks[i].mark))
			return marks[i].train;
	if (hu_str_is(suffix, "+")) /* COS builds "5.10.176+"; a mainline tree with changes has no
				       patch level */
		return base->patch > 0 ? HU_TRAIN_COS : HU_TRAIN_MAINLINE;
	if (hu_str_ends(suffix, "-lts") || hu_str_ends(suffix, "-zen"))
		return HU_TRAIN_ARCH;
	if (hu_str_is(suffix, "-v7+") || hu_str_is(suffix, "-v7l+") || hu_str_is(suffix, "-v8+"))
		return HU_TRAIN_RASPBERRY;
	if (hu_str_starts(suffix, "-rc")) {
		struct hu_str rest = hu_str_skip(suffix, 3);
		int32_t n;
		if (number(&rest, &n) && (!rest.len || rest.at[0] == '+' || rest.at[0] == '-'))
			return HU_TRAIN_MAINLINE;
	}
	return HU_TRAIN_CUSTOM;
}

bool hu_kver_parse(struct hu_str release, struct hu_kver *ret)
{
	struct hu_kver v = {.patch = HU_NONE};
	struct hu_str s = hu_str_trim(release);

	if (!number(&s, &v.major) || !take(&s, ".") || !number(&s, &v.minor))
		return false;
	struct hu_str third = s;
	int32_t patch;
	if (take(&third, ".") && number(&third, &patch)) {
		v.patch = patch;
		s = third;
	}
	v.rc = candidate(s);
	v.train = train_of(s, &v);
	/* These number their packages behind a fixed ".0": the stable series' patch level is not in
	 * the string. */
	if (v.patch == 0 && v.train != HU_TRAIN_MAINLINE)
		v.patch = HU_NONE;
	*ret = v;
	return true;
}

bool hu_kver_mainline(struct hu_str version, struct hu_kver *ret)
{
	struct hu_kver v = {.patch = HU_NONE};

	if (!number(&version, &v.major) || !take(&version, ".") || !number(&version, &v.minor))
		return false;
	if (take(&version, ".") && !number(&version, &v.patch))
		return false;
	if (take(&version, "-rc") && !number(&version, &v.rc))
		return false;
	if (version.len)
		return false;
	*ret = v;
	return true;
}

static int order(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int hu_kver_compare(const struct hu_kver *a, const struct hu_kver *b)
{
	int by = order(a->major, b->major);

	if (!by)
		by = order(a->minor, b->minor);
	if (!by)
		by = order(a->patch < 0 ? 0 : a->patch, b->patch < 0 ? 0 : b->patch);
	if (!by)
		by = order(a->rc ? a->rc : INT32_MAX, b->rc ? b->rc : INT32_MAX);
	return by;
}

int hu_kver_numbers(struct hu_str a, struct hu_str b)
{
	for (;;) {
		int32_t x = -1, y = -1;
		while (a.len && !isdigit((unsigned char)a.at[0]))
			a = hu_str_skip(a, 1);
		while (b.len && !isdigit((unsigned char)b.at[0]))
			b = hu_str_skip(b, 1);
		if (!a.len && !b.len)
			return 0;
		if (a.len && !number(&a, &x))
			return 0; /* a number that long is no version */
		if (b.len && !number(&b, &y))
			return 0;
		if (x != y)
			return order(x, y);
	}
}

/* The next number of a package's version; false at its end, or where a word begins. */
static bool package_number(struct hu_str *s, int32_t *ret)
{
	if (s->len > 1 && strchr(".-+:", s->at[0]))
		*s = hu_str_skip(*s, 1);
	return number(s, ret);
}

int hu_kver_package(struct hu_str a, struct hu_str b, size_t *common)
{
	int32_t x, y;

	a = hu_str_trim(a);
	b = hu_str_trim(b);
	for (*common = 0; package_number(&a, &x) && package_number(&b, &y); ++*common)
		if (x != y)
			return order(x, y);
	return 0;
}

void hu_kver_learn_patch(struct hu_kver *v, struct hu_str version)
{
	ptrdiff_t at = hu_str_find(version, "Debian ");
	struct hu_kver full;

	if (v->patch == HU_NONE && v->train == HU_TRAIN_DEBIAN && at >= 0 &&
	    hu_kver_parse(hu_str_skip(version, (size_t)at + strlen("Debian ")), &full) &&
	    full.major == v->major && full.minor == v->minor)
		v->patch = full.patch;
}
