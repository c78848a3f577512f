/*
 * Does this very kernel have the fix? In this order: its own symbols (kallsyms, then BTF), its
 * configuration, the vendor's changelog, releases that were verified to have it, last the version.
 * The sentence says by which, and where the answer stays unknown, what to look for.
 */
#include "analyzers/knownlib.h"

#include <string.h>

static struct hu_decision decision(enum hu_applies applies, const char *by)
{
	return (struct hu_decision){applies, by, NULL};
}

static const char *first_of(const cJSON *list)
{
	return list && list->child ? list->child->valuestring : NULL;
}

struct seen {				 /* by kallsyms, or by BTF */
	const char *new_name, *old_name; /* the first of either list that is there; NULL: none */
};

static const char *present(const cJSON *symbols, bool (*has)(void *context, const char *symbol),
			   void *context)
{
	for (const cJSON *item = hu_known_first(symbols); item; item = item->next)
		if (has(context, item->valuestring))
			return item->valuestring;
	return NULL;
}

static struct seen look(const cJSON *entry, const struct hu_kernel *kernel, bool in_btf)
{
	bool (*has)(void *context, const char *symbol) = in_btf ? kernel->btf : kernel->has;
	const cJSON *symbols = hu_known_item(entry, "symbols");

	if (in_btf ? !kernel->have_btf : !kernel->have_symbols)
		return (struct seen){NULL, NULL};
	return (struct seen){
		present(hu_known_item(symbols, "fixed"), has, kernel->context),
		present(hu_known_item(symbols, "affected"), has, kernel->context),
	};
}

bool hu_known_contradicts(const cJSON *entry, const struct hu_kernel *kernel, struct hu_out *text)
{
	struct seen listed = look(entry, kernel, false), btf = look(entry, kernel, true);
	const char *against = listed.old_name && !listed.new_name   ? btf.new_name
			      : listed.new_name && !listed.old_name ? btf.old_name
								    : NULL;

	/* What both list is no contradiction between the two. */
	if (!against || kernel->has(kernel->context, against))
		return false;
	hu_out_printf(text,
		      "kallsyms has %s, while the BTF lists %s: one of the two files is of "
		      "another kernel",
		      listed.old_name ? listed.old_name : listed.new_name, against);
	return true;
}

/* Which of the two a name was seen in decides nothing more: BTF only ever says that one is there.
 */
static bool by_presence(struct seen seen, const char *where, struct hu_out *text,
			struct hu_decision *ret)
{
	if (seen.new_name && seen.old_name) {
		hu_out_printf(text,
			      "%s has both %s and %s, which no mainline kernel has: "
			      "the vendor changed something here",
			      where, seen.old_name, seen.new_name);
		*ret = decision(HU_UNKNOWN, where);
	} else if (seen.new_name) {
		hu_out_printf(text, "%s is in %s, and only kernels with the fix have it",
			      seen.new_name, where);
		*ret = decision(HU_FIXED, where);
	} else if (seen.old_name) {
		hu_out_printf(text, "%s is in %s", seen.old_name, where);
		*ret = decision(HU_AFFECTED, where);
	} else {
		return false;
	}
	return true;
}

static bool by_kallsyms(const cJSON *entry, const struct hu_kernel *kernel, struct hu_out *text,
			struct hu_decision *ret)
{
	const cJSON *symbols = hu_known_item(entry, "symbols");
	const char *new_name = first_of(hu_known_item(symbols, "fixed"));
	struct seen seen = look(entry, kernel, false);

	if (by_presence(seen, "kallsyms", text, ret)) {
		HU_CLEANUP(hu_out_deinit) struct hu_out against = {0};
		if (ret->applies == HU_AFFECTED && new_name)
			hu_out_printf(text, ", %s is not%s", new_name,
				      kernel->whole_symbols ? "" : " (though this list is cut)");
		if (hu_known_contradicts(entry, kernel, &against))
			hu_out_printf(text, "; but %s", against.at);
		return true;
	}
	/* Whether a list is whole is a guess; what BTF shows is none. */
	if (!kernel->have_symbols || !new_name || !kernel->whole_symbols ||
	    !hu_known_flag(symbols, "absence_decides") || look(entry, kernel, true).new_name)
		return false;
	hu_out_printf(text, "%s, which came with the fix, is not in kallsyms", new_name);
	*ret = decision(HU_AFFECTED, "kallsyms");
	return true;
}

static bool by_symbols(const cJSON *entry, const struct hu_kernel *kernel, struct hu_out *text,
		       struct hu_decision *ret)
{
	if (by_kallsyms(entry, kernel, text, ret))
		return true;
	if (!by_presence(look(entry, kernel, true), "BTF", text, ret))
		return false;
	ret->by = "btf";
	return true;
}

/* The first option of the list that is set; NULL: none is. */
static const char *option_set(const cJSON *options, const struct hu_kernel *kernel)
{
	for (const cJSON *item = hu_known_first(options); item; item = item->next)
		if (kernel->set(kernel->context, item->valuestring))
			return item->valuestring;
	return NULL;
}

/* Without what it takes there is no such trouble, whatever symbols the kernel has. */
static bool by_needs(const cJSON *entry, const struct hu_kernel *kernel, struct hu_out *text,
		     struct hu_decision *ret)
{
	const cJSON *config = hu_known_item(entry, "config");

	if (!config || !kernel->have_config)
		return false;
	for (const cJSON *item = hu_known_first(hu_known_item(config, "needs")); item;
	     item = item->next)
		if (!kernel->set(kernel->context, item->valuestring)) {
			hu_out_printf(text, "this kernel was built without %s, which it takes",
				      item->valuestring);
			*ret = decision(HU_NOT_CONCERNED, "config");
			return true;
		}
	return false;
}

static bool by_config(const cJSON *entry, const struct hu_kernel *kernel, struct hu_out *text,
		      struct hu_decision *ret)
{
	const cJSON *config = hu_known_item(entry, "config");

	if (!config || !kernel->have_config)
		return false;
	const char *fixed = option_set(hu_known_item(config, "fixed"), kernel);
	const char *affected = option_set(hu_known_item(config, "affected"), kernel);
	if (!fixed == !affected)
		return false;
	hu_out_printf(text, "this kernel was built with %s, as only kernels %s the fix are",
		      fixed ? fixed : affected, fixed ? "with" : "without");
	*ret = decision(fixed ? HU_FIXED : HU_AFFECTED, "config");
	return true;
}

/* How to read the changelog of the kernel that runs, where its train tells. */
static const char *changelog_command(const struct hu_kernel *kernel)
{
	struct hu_kver v;

	if (!kernel->release || !hu_kver_parse(hu_str(kernel->release), &v))
		return NULL;
	switch (v.train) {
	case HU_TRAIN_DEBIAN:
	case HU_TRAIN_UBUNTU:
	case HU_TRAIN_PROXMOX:
	case HU_TRAIN_AZURE:
	case HU_TRAIN_GKE:
		return "zcat /usr/share/doc/linux-image-$(uname -r)/changelog.Debian.gz";
	case HU_TRAIN_RHEL:
	case HU_TRAIN_FEDORA:
	case HU_TRAIN_ELREPO:
	case HU_TRAIN_UEK:
	case HU_TRAIN_CLOUDLINUX:
	case HU_TRAIN_VIRTUOZZO:
	case HU_TRAIN_SUSE:
	case HU_TRAIN_AMAZON:
	case HU_TRAIN_AZURE_LINUX:
	case HU_TRAIN_PHOTON:
	case HU_TRAIN_ALIBABA:
	case HU_TRAIN_ANOLIS:
	case HU_TRAIN_TENCENT:
	case HU_TRAIN_OPENEULER:
	case HU_TRAIN_EULEROS:
	case HU_TRAIN_KYLIN:
		return "rpm -q --changelog -f /boot/vmlinuz-$(uname -r)";
	default:
		return NULL;
	}
}

/* What to look for where a number decides nothing, or little. */
static void what_to_grep(const cJSON *entry, const struct hu_kernel *kernel, bool symbols_too,
			 struct hu_out *text)
{
	const cJSON *symbols = hu_known_item(entry, "symbols");
	const char *symbol = symbols_too ? first_of(hu_known_item(symbols, "fixed")) : NULL;
	const char *old = symbols_too ? first_of(hu_known_item(symbols, "affected")) : NULL;
	const char *command = changelog_command(kernel);
	const char *subject = NULL;

	for (const cJSON *commit = hu_known_first(hu_known_item(entry, "commits")); commit;
	     commit = commit->next)
		if (!subject && (!strcmp(hu_known_text(commit, "does"), "fixes") ||
				 !strcmp(hu_known_text(commit, "does"), "helps")))
			subject = hu_known_text(commit, "subject");
	if (symbol)
		hu_out_printf(text, "; to be sure, look for %s in /proc/kallsyms", symbol);
	else if (old)
		hu_out_printf(text, "; to be sure, look whether %s is gone from /proc/kallsyms",
			      old);
	if (!subject)
		return;
	hu_out_printf(text, "%s \"%s\" in the kernel package's changelog",
		      symbol || old ? " or for" : "; to be sure, look for", subject);
	if (command)
		hu_out_printf(text, " (`%s`)", command);
}

/* The next backport behind `item` (NULL: the first) that is of this kernel's series. */
static const cJSON *next_backport(const cJSON *entry, const cJSON *item, const struct hu_kver *v,
				  struct hu_kver *ret)
{
	item = item ? item->next : hu_known_first(hu_known_item(entry, "backports"));
	for (; item; item = item->next) {
		const char *vendor = hu_known_text(item, "vendor");
		if (!hu_kver_parse(hu_str(hu_known_text(item, "version")), ret) ||
		    ret->major != v->major || ret->minor != v->minor)
			continue;
		if (!strcmp(vendor, "stable") ? !hu_train_backports(v->train)
					      : !strcmp(vendor, hu_train_id(v->train)))
			return item;
	}
	return NULL;
}

static const char *in_series(const cJSON *entry, const struct hu_kver *v)
{
	struct hu_kver b;

	for (const cJSON *item = NULL; (item = next_backport(entry, item, v, &b));)
		if (b.patch != HU_NONE || strcmp(hu_known_text(item, "vendor"), "stable") != 0)
			return hu_known_text(item, "version");
	return NULL;
}

/* Debian's uname -v has the stable release that its uname -r leaves out. */
static bool by_backport(const cJSON *entry, const struct hu_kernel *kernel, const struct hu_kver *v,
			struct hu_out *text, struct hu_decision *ret)
{
	struct hu_kver b;
	const cJSON *item = next_backport(entry, NULL, v, &b);

	if (item) {
		const char *vendor = hu_known_text(item, "vendor");
		const char *version = hu_known_text(item, "version");
		bool stable = !strcmp(vendor, "stable");
		if (stable && b.patch == HU_NONE) {
			hu_out_printf(text,
				      "%s: some release of the %d.%d stable series has the "
				      "fix, and which one was not verified",
				      kernel->release, b.major, b.minor);
			*ret = decision(HU_UNKNOWN, "backport");
			return true;
		}
		if (stable && v->patch == HU_NONE) {
			hu_out_printf(text,
				      "stable has the fix from %s on, but %s does not say "
				      "which stable release it was made from: see "
				      "/proc/version or the package's changelog",
				      version, kernel->release);
			*ret = decision(HU_UNKNOWN, "backport");
			return true;
		}
		bool has = stable ? v->patch >= b.patch
				  : hu_kver_numbers(hu_str(kernel->release), hu_str(version)) >= 0;
		hu_out_printf(text, "%s: %s kernels have the fix from %s on", kernel->release,
			      stable ? "stable" : vendor, version);
		*ret = decision(has ? HU_FIXED : HU_AFFECTED, "backport");
		return true;
	}
	return false;
}

static struct hu_decision by_version(const cJSON *entry, const struct hu_kernel *kernel,
				     const struct hu_kver *v, struct hu_out *text)
{
	const cJSON *affects = hu_known_item(entry, "affects");
	const char *from = hu_known_text(affects, "introduced");
	const char *fixed = hu_known_text(affects, "fixed_in");
	bool backports = hu_train_backports(v->train);
	struct hu_kver edge;

	if (*fixed && hu_kver_mainline(hu_str(fixed), &edge) && hu_kver_compare(v, &edge) >= 0) {
		hu_out_printf(text, "%s is %s or newer, and the %s came with %s", kernel->release,
			      fixed,
			      !strcmp(hu_known_text(affects, "status"), "reduced") ? "improvement"
										   : "fix",
			      fixed);
		return decision(HU_FIXED, "version");
	}
	if (*fixed && v->rc && edge.major == v->major && edge.minor == v->minor && !edge.rc) {
		hu_out_printf(text, "%s is a candidate of the release that brought the fix",
			      kernel->release);
		return decision(HU_UNKNOWN, "version");
	}
	if (backports) {
		hu_out_printf(text,
			      "%s is %s: its vendor brings many later changes into this base "
			      "version, so the number says neither yes nor no",
			      kernel->release, hu_train_text(v->train));
		return decision(HU_UNKNOWN, "nothing");
	}
	if (*from && hu_kver_mainline(hu_str(from), &edge) && hu_kver_compare(v, &edge) < 0) {
		hu_out_printf(text, "%s is older than %s, which brought the fault", kernel->release,
			      from);
		return decision(HU_NOT_CONCERNED, "version");
	}
	hu_out_printf(text,
		      "%s is below %s, where the fix arrived; a number is a prior, because "
		      "vendors backport",
		      kernel->release, fixed);
	return decision(HU_AFFECTED, "version");
}

static struct hu_decision decide(const cJSON *entry, const struct hu_kernel *kernel,
				 struct hu_out *text)
{
	const char *status = hu_known_text(hu_known_item(entry, "affects"), "status");
	const char *from = hu_known_text(hu_known_item(entry, "affects"), "introduced");
	struct hu_decision ret;
	struct hu_kver v, edge;
	bool known = kernel->release && hu_kver_parse(hu_str(kernel->release), &v);

	if (by_needs(entry, kernel, text, &ret) || by_symbols(entry, kernel, text, &ret) ||
	    by_config(entry, kernel, text, &ret))
		return ret;
	if (hu_known_by_changelog(entry, kernel->changelog, text))
		return decision(HU_FIXED, "changelog");
	if (!strcmp(status, "open") || !strcmp(status, "by_design")) {
		bool open = !strcmp(status, "open");
		if (known && *from && !hu_train_backports(v.train) &&
		    hu_kver_mainline(hu_str(from), &edge) && hu_kver_compare(&v, &edge) < 0) {
			hu_out_printf(text, "%s is older than %s, which brought it",
				      kernel->release, from);
			return decision(HU_NOT_CONCERNED, "version");
		}
		/* "affected" would promise that another kernel is not. */
		hu_out_puts(text,
			    open ? "no kernel release with a fix is known to this library"
				 : "there is no fix to look for: no kernel release takes this "
				   "away");
		return decision(HU_UNKNOWN, "nothing");
	}
	if (!known) {
		hu_out_puts(text, kernel->release
					  ? "the kernel's release string cannot be understood"
					  : "the bundle does not say, or not with one voice, which "
					    "kernel this was");
		return decision(HU_UNKNOWN, "nothing");
	}
	hu_kver_learn_patch(&v, hu_str(kernel->version));
	if (by_backport(entry, kernel, &v, text, &ret))
		return ret;
	return by_version(entry, kernel, &v, text);
}

struct hu_decision hu_known_decide(const cJSON *entry, const struct hu_kernel *kernel,
				   struct hu_out *text)
{
	struct hu_decision ret = decide(entry, kernel, text);
	const char *status = hu_known_text(hu_known_item(entry, "affects"), "status");
	bool a_fix = !strcmp(status, "fixed") || !strcmp(status, "reduced");
	struct hu_kver v;
	if (kernel->release && hu_kver_parse(hu_str(kernel->release), &v))
		ret.here = in_series(entry, &v);
	bool by_number = ret.applies == HU_AFFECTED && !strcmp(ret.by, "version");
	if (a_fix && (ret.applies == HU_UNKNOWN || by_number)) {
		what_to_grep(entry, kernel, strcmp(ret.by, "kallsyms") != 0, text);
		hu_known_changelog_hints(entry, kernel->changelog, text);
	}
	return ret;
}
