#!/usr/bin/env bash
# tests/guards.sh [--there] [NAME...] - takes each guard of the sandbox and of the limits out of a copy of the sources, one at a time,
# builds, and expects the test that is about it, which passes with all guards, to fail. If one still passes, the status is 1.
# Takes half an hour, and needs what a build needs; no part of the tests that run each time. --there only looks whether each guard is found.
set -u -o pipefail
export LC_ALL=C
root=$(cd "$(dirname "$0")/.." && pwd)
there=
if [ "${1:-}" = --there ]; then
	git -C "$root" rev-parse >/dev/null 2>&1 || exit 77
	there=1
	shift
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
(cd "$root" && git ls-files -co --exclude-standard -z | xargs -0 cp --parents -t "$copy") 2>/dev/null
# Objects of another copy are as good, where ccache keeps them.
[ -z "${CCACHE_DIR:-}" ] || export CCACHE_BASEDIR=$copy CCACHE_NOHASHDIR=1
[ -n "$there" ] || cmake -S "$copy" -B "$copy/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE='-O1 -g' >/dev/null || exit 2
pkg-config --exists vterm 2>/dev/null && terminal=terminal || terminal=
build() { cmake --build "$copy/build" --target "$@" "-j${JOBS:-2}" >"$copy/log" 2>&1; }
[ -n "$there" ] || build test_sandbox hostile holdup_faults holdup test_redact $terminal || { tail "$copy/log"; exit 2; }

bad=0
wanted=" $* "
declare -A sound
targets_of() {
	case $1 in
	hardening) echo holdup ;;
	faults:* | inject:*) echo holdup inject inject_preload ;;
	test_redact | "redact "* | "injection "*) echo holdup test_redact $terminal ;;
	*) echo test_sandbox hostile holdup_faults ;;
	esac
}
# try TEST: "sandbox", "hardening", "test_redact", "injection CHECK", "redact CHECK" (tests/*.sh), the name of a folder of
# fixtures/hostile, faults:STRIDE:CAMPAIGN[:LAST] of tests/inject_main.c, or inject:CHECK of tests/inject.sh.
try() {
	local stride campaign last

	case $1 in
	test_redact) timeout 60 "$copy/build/tests/test_redact" ;;
	"injection "* | "redact "*) timeout 300 "$copy/tests/${1% *}.sh" "$copy" "${1#* }" "$copy/build/holdup" "$copy/build/tests/terminal" ;;
	faults:*)
		IFS=: read -r _ stride campaign last <<<"$1"
		timeout 300 "$copy/build/tests/inject" -s "$stride" -l "${last:-1000000000}" "$copy/build/holdup" "$copy/build/tests/libinject_preload.so" \
			"$copy/fixtures" "$campaign"
		;;
	inject:*) timeout 120 bash "$copy/tests/inject.sh" "$copy" "${1#inject:}" "$copy/build/holdup" ;;
	sandbox) timeout 120 "$copy/build/tests/test_sandbox" ;;
	hardening) "$copy/tests/hardening.sh" "$copy/build/holdup" ;;
	*) timeout 150 "$copy/build/tests/hostile" "$copy/build/tests/holdup_faults" "$copy/fixtures/hostile/$1" ;;
	esac >"$copy/out" 2>&1
}
# The first words that a test said when it failed.
said() {
	if grep -a -m 1 -E '\.c:[0-9]*: |^(injection|redact|hardening|inject):' "$copy/out" >"$copy/first"; then
		sed 's/^[^ ]* //' "$copy/first" | tr -cd '\12\40-\176' | cut -c 1-110
	elif [ "$1" -eq 124 ]; then
		echo "never ends"
	else
		echo "status $1, and nothing said: $(tail -n 1 "$copy/out")"
	fi
}
# guard NAME FILE PERL TEST
guard() {
	local targets status

	[ "$wanted" = "  " ] || [[ $wanted == *" $1 "* ]] || return
	read -r -a targets <<<"$(targets_of "$4")"
	# With all guards in their places the test passes.
	if [ -z "$there${sound[$4]:-}" ]; then
		sound[$4]=yes
		build "${targets[@]}" && try "$4"
		status=$?
		case $status in
		0 | 77) ;;
		*)
			echo "UNSOUND    $1: $4 fails with it, too: $(said "$status")"
			bad=1
			;;
		esac
	fi
	cp "$copy/$2" "$copy/kept"
	perl -0pi -e "$3" "$copy/$2"
	if cmp -s "$copy/$2" "$copy/kept"; then
		echo "NOT THERE  $1: nothing in $2 matches"
		bad=1
		return
	fi
	if [ -n "$there" ]; then
		cp "$copy/kept" "$copy/$2"
		return
	fi
	if ! build "${targets[@]}"; then
		echo "NO BUILD   $1"
		grep error: "$copy/log" | head -n 3
		bad=1
	else
		try "$4"
		status=$?
		case $status in
		0 | 77)
			echo "PASSES     $1: $4 passes without it"
			bad=1
			;;
		*) printf 'fails      %-28s %s: %s\n' "$1" "$4" "$(said "$status")" ;;
		esac
	fi
	cp "$copy/kept" "$copy/$2"
}

# The walls.
guard no-new-privs sandbox/confine.c 's/prctl\(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0\) < 0/0/' sandbox
guard not-dumpable sandbox/confine.c 's/prctl\(PR_SET_DUMPABLE, 0, 0, 0, 0\) < 0/0/' sandbox
guard capabilities sandbox/confine.c 's/err = drop_capabilities\(\)/(void)drop_capabilities/' sandbox
guard landlock sandbox/landlock.c 's/if \(!version\)/if (version)/' sandbox
guard landlock-read-only sandbox/landlock.c 's/walls->read_only, READS/walls->read_only, WRITES/' sandbox
guard seccomp sandbox/filter.c 's/if \(hu_filter_lacks\(\)\)/if (!hu_filter_lacks())/' sandbox
guard seccomp-default sandbox/filter.c 's/SCMP_ACT_ERRNO\(EPERM\)/SCMP_ACT_ALLOW/' sandbox
guard seccomp-exec sandbox/filter.c 's/"execve",//' sandbox
guard seccomp-socket sandbox/filter.c 's/"socket",//' sandbox
guard seccomp-ptrace sandbox/filter.c 's/"ptrace",//' sandbox
guard seccomp-fork sandbox/filter.c 's/"clone",/"vfork",/' sandbox
guard seccomp-code sandbox/filter.c 's/SCMP_SYS\(mmap\), SCMP_A2\(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0\)/SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, 0, 0)/' sandbox
guard seccomp-protect sandbox/filter.c 's/SCMP_SYS\(mprotect\), SCMP_A2\(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0\)/SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, 0, 0)/' sandbox
guard limit-core sandbox/rlimits.c 's/\{RLIMIT_CORE, 0/{RLIMIT_CORE, -1/' sandbox
guard limit-cpu sandbox/rlimits.c 's/\{RLIMIT_CPU, or_none\(walls->cpu_s\)/{RLIMIT_CPU, -1/' sandbox
guard limit-file-size sandbox/rlimits.c 's/\{RLIMIT_FSIZE, or_none\(walls->file_bytes\)/{RLIMIT_FSIZE, -1/' sandbox
guard limit-files sandbox/rlimits.c 's/\{RLIMIT_NOFILE, or_none\(walls->files\)/{RLIMIT_NOFILE, -1/' sandbox
guard limit-memory sandbox/rlimits.c 's/walls->memory > 0 && !HU_SANITIZED/false/' sandbox
guard descriptors sandbox/child.c 's/close_others\(3, out\);//; s/static void close_others/__attribute__((unused)) static void close_others/' sandbox
guard terminal sandbox/child.c 's/silence\(STDOUT_FILENO, O_WRONLY\);//' sandbox
guard dies-with-parent sandbox/child.c 's/prctl\(PR_SET_PDEATHSIG, SIGKILL\) < 0 \|\|/0 ||/' sandbox

# The border.
guard own-process cli/case.c 's/err = hu_bundle_open_boxed\(/err = hu_bundle_open(/' reader-crash
guard goes-on ingest/load_boxed.c 's/give_up\(p, why\);/p->next = p->bundle->count; (void)give_up;/' reader-crash
guard no-noise ingest/wire.c 's/\*odd = [^;]*;/*odd = false;/; s/in->to > in->from \? HU_HEARD_ODD : HU_HEARD_END/HU_HEARD_END/' reader-lies
guard end-is-said ingest/load_boxed.c 's/\(p->done && last == HU_HEARD_END\)/last == HU_HEARD_END/' reader-leaves
guard time ingest/wire.c 's/hu_child_cpu\(in->child\) - in->since > in->limit/false/g; s/(?<!>)cpu - in->since > in->limit \|\|//; s/at - s->began > in->limit \* 10/false/' reader-spins
guard silence ingest/wire.c 's/at - s->idle > in->limit \|\|//; s/at - s->began > in->limit \* 10/false/' reader-sleeps
guard memory ingest/box.c 's/\.memory = limits->memory,//' reader-eats
guard crashes ingest/load_boxed.c 's/ends \+ 1 >= limits->crashes/false/' many-crashes
guard symbols ingest/load_symbols.c 's/\|\| \(to->no_symbols && to->no_symbols\[i\]\)//g; s/(?<=part_count)\s*\|\|\s*\(to->no_symbols && to->no_symbols\[i\]\)//g' symbols-crash
guard walls-are-entered ingest/box.c 's/return hu_sandbox_enter\(&walls\);/(void)walls; return NULL;/' reader-outside
guard says-no-sandbox analyzers/run.c 's/c\.err = say_unconfined\(&c\)/(void)say_unconfined/' no-sandbox

# Unpacking and listing.
guard ratio ingest/unpack.c 's/gauge->file \/ limits->ratio > gauge->packed/false/' bomb-bzip2
guard ratio-of-members ingest/unpack.c 's/gauge->file \/ limits->ratio > gauge->packed/false/' packed-member
guard ratio-of-holes ingest/unpack.c 's/gauge->file \/ limits->ratio > gauge->packed/limits->bytes < 0/; s/gauge->file > limits->ratio_from/limits->bytes < 0/' sparse
guard unpacked ingest/unpack.c 's/gauge->unpacked > limits->bytes/false/' unpacked-limit
guard disk ingest/unpack.c 's/gauge->unpacked - gauge->asked >= ASK_DISK/false/' disk-left
guard members ingest/bundle_archive.c 's/\(int64_t\)f->count >= f->bundle->limits\.files/false/' million-members
guard members-of-folders ingest/bundle_folder.c 's/\(int64_t\)f->count >= f->bundle->limits\.files/false/' many-files
guard depth ingest/bundle_folder.c 's/depth >= most \|\| fd < 0/fd < 0/' deep-folder
guard climbing ingest/bundle_path.c 's/\*climbs = true/*climbs = false/' paths-out
guard absolute ingest/bundle_path.c 's/if \(raw\.len && raw\.at\[0\] == .\/.\) \{/if (false) {/' paths-out
guard links ingest/bundle_archive.c 's/case AE_IFLNK:\n\t\treturn "[^"]*";//' links-out
guard hard-links ingest/bundle_archive.c 's/if \(target\) \{/if (false) {/' links-out
guard devices ingest/bundle_archive.c 's/return "a device: not read"/return NULL/' devices
guard pipes ingest/bundle_folder.c 's/S_ISREG\(st\.st_mode\)/(S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode))/g' special-files
guard links-of-folders ingest/bundle_folder.c 's/AT_SYMLINK_NOFOLLOW/0/; s/O_NOFOLLOW \| //g' special-files
guard names ingest/bundle_path.c 's/if \(n && !hu_utf8_control\(c\)\)/if (n)/' names
guard cut-archive ingest/bundle_archive.c 's/rest\(w, "the archive is cut or damaged", why\);//; s/rest\(w, "the archive is cut or damaged", damage\);//' cut-gzip
guard huge-member ingest/bundle_archive.c 's/rest\(w, "the archive is cut or damaged", damage\);//' claims-8-eib
guard cut-member ingest/bundle_archive.c 's/size > m->bytes \?/false ?/' claims-more
guard changes ingest/load_members.c 's/tell_change\(to, job->member, sink\);/(void)tell_change;/' changes

# Reading.
guard line db/str.c 's/if \(line\.len > line_max\)/if (false)/' long-line
guard tasks db/census.c 's/c->tasks >= c->caps->tasks/false/' limit-tasks
guard records db/census.c 's/c->rows >= c->caps->rows/false/' limit-records
guard names-of-store db/intake.c 's/all->count >= in->store->caps\.names/false/; s/in->name_count >= \(uint64_t\)in->store->caps\.names/false/g' limit-names
guard stacks db/intake.c 's/in->store->frames\.count >= in->store->caps\.stacks/false/; s/in->stack_count >= \(uint64_t\)in->store->caps\.stacks/false/g' limit-stacks
guard stack-depth db/intake.c 's/bool deep = [^;]*;/bool deep = false;/' limit-depth

guard sums-of-ages analyzers/states.c 's/CAST\(total\(to_ns - from_ns\) AS INTEGER\)/sum(to_ns - from_ns)/' ages-apart

# Building. What this compiler and linker do by themselves is turned off; what they do not is left out.
guard pie cmake/hardening.cmake 's/-fPIE -pie/-fno-pie -no-pie/; s/-pie\)/-(no-)?pie)/g' hardening
guard relro cmake/hardening.cmake 's/-z,relro/-z,norelro/' hardening
guard bind-now cmake/hardening.cmake 's/-Wl,-z,now//' hardening
guard no-code-on-stack cmake/hardening.cmake 's/-z,noexecstack/-z,execstack/' hardening
guard separate-code cmake/hardening.cmake 's/-z,separate-code/-z,noseparate-code/' hardening
guard stack-protector cmake/hardening.cmake 's/-fstack-protector-strong//' hardening
guard stack-clash cmake/hardening.cmake 's/-fstack-clash-protection//' hardening
guard branch-targets cmake/hardening.cmake 's/-fcf-protection=full/-fcf-protection=none/' hardening
guard no-old-values cmake/hardening.cmake 's/-ftrivial-auto-var-init=zero//' hardening
guard fortify cmake/hardening.cmake 's/_FORTIFY_SOURCE=3/_FORTIFY_SOURCE=0/' hardening
# Machines that fail.
guard memory-is-checked cli/memory.c 's/if \(!at && bytes/if (false \&\& !at \&\& bytes/' faults:2321:memory-workers
guard memory-is-checked-in-the-program cli/memory.c 's/if \(!at && bytes/if (false \&\& !at \&\& bytes/' faults:997:memory-each
guard store-says-analysing analyzers/run.c 's/set_state\(store, "analysing"\)/NULL/' faults:9:kill
guard killed-runs-are-swept ingest/scratch.c 's/remove_folder\(folder\);/(void)folder;/' faults:31:kill
guard others-files-are-carried cli/outdir.c 's/struct hu_err \*err = carry_over\(folder, output\);/struct hu_err *err = NULL;/' inject:leftovers
guard the-living-are-not-swept ingest/scratch.c 's/flock\(fd, LOCK_EX \| LOCK_NB\) == 0 &&/true \&\&/' inject:leftovers
guard other-hosts-are-not-swept ingest/scratch.c 's/\(this_boot \|\| age > DAY\)/(this_boot || age > -DAY)/' inject:leftovers
guard files-that-may-not-grow cli/main.c 's/signal\(SIGXFSZ, SIG_IGN\);//' inject:sizes
guard writes-are-checked db/store.c 's/if \(rc != SQLITE_DONE && rc != SQLITE_ROW\)/if (rc == 12345)/; s/if \(sqlite3_exec\(store->db, sql, NULL, NULL, NULL\) != SQLITE_OK\)/if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == 12345)/' faults:7:full
guard batch-knows-a-store-that-cannot-be-written cli/batch_run.c 's/, "readonly database"//' faults:1:full-batch-workers:7
guard batch-blames-no-bundle cli/batch_work.c 's/bool disk = /bool disk = false \&\& /' faults:1:full-batch-workers:7

# Names on their way out.
guard html report/escape.c 's/hu_out_puts\(to, "&lt;"\)/hu_out_putc(to, (char)c)/' "injection html"
guard html-quotes report/escape.c 's/hu_out_puts\(to, "&quot;"\)/hu_out_putc(to, (char)c)/; s/hu_out_puts\(to, "&#39;"\)/hu_out_putc(to, (char)c)/; s/hu_out_puts\(to, "&lt;"\)/hu_out_putc(to, (char)c)/' "injection html"
guard markdown report/escape.c 's/(static void markdown_text.*?)hu_out_puts\(to, "&lt;"\)(.*?)hu_out_puts\(to, "&gt;"\)/$1hu_out_putc(to, (char)c)$2hu_out_putc(to, (char)c)/s' "injection markdown"
guard markdown-brackets report/escape.c "s/\tcase '\[':\n\t\tcase '\]':/\tcase 1:/" "injection markdown"
guard controls report/escape.c 's/return c < 0x20 \|\| \(c >= 0x7f && c <= 0x9f\)/return c < 0x0b/' "injection terminal"
guard controls-of-commands cli/voice.c 's/valid && !hu_utf8_control\(c\) && !reorders\(c\)/valid/' "injection terminal"
guard turned-text cli/voice.c 's/valid && !hu_utf8_control\(c\) && !reorders\(c\)/valid \&\& !hu_utf8_control(c)/' "injection terminal"
guard controls-in-json cli/voice.c 's/hu_utf8_control\(c\) \|\|\s*reorders\(c\)/(unsigned char)*c.at < 0x20/' "injection terminal"
guard formulas cli/query.c 's/formula && !number/false \&\& formula \&\& !number/' "injection csv"
guard controls-in-csv cli/query.c 's/cli_put_safe\(&safe,/hu_out_str(\&safe,/' "injection csv"
guard formulas-of-fleets fleet/export.c 's/if \(formula\)/if (false \&\& formula)/' "injection csv"
guard controls-of-fleets fleet/export.c 's/!hu_utf8_control\(c\) \|\|/true ||/' "injection csv"

# Names that are not to get out.
guard redact-words db/redact_text.c 's/hu_redact_pseudonym\(r, "word", s, to\)/hu_out_str(to, s)/' "redact planted"
guard redact-tasks db/redact_names.c 's/hu_redact_pseudonym\(r, "task", name, to\)/hu_out_str(to, name)/' "redact planted"
guard redact-members db/redact_columns.c 's/path = redact\(0, path\)/path = path/' "redact planted"
guard redact-hashes db/redact_columns.c 's/sha256 = "\s*"redact\(2, sha256\)|sha256 = redact\(2, sha256\)/sha256 = sha256/' "redact planted"
guard redact-facts db/redact_columns.c 's/struct hu_err \*err = facts\(store, r\)/(void)facts; struct hu_err *err = NULL/' "redact planted"
guard redact-splits db/redact_rows.c 's/err = write_splits\(&n\)/(void)write_splits/' test_redact
guard redact-free-pages db/redact.c 's/secure_delete = ON/secure_delete = OFF/; s/err = write_anew\(&store, path\);/(void)write_anew;/' "redact planted"
guard redact-columns db/redact.c 's/struct hu_err \*err = know_columns\(store\)/(void)know_columns; struct hu_err *err = NULL/' test_redact
guard redact-addresses db/redact_columns.c 's/%s = %s \+ \(%lld\)/%s = %s + 0 * (%lld)/' "redact same"
guard redact-key db/redact_key.c 's/hu_sha256_add\(&sha, key\.at, key\.len\)/(void)key/' "redact stable"
guard redact-batch cli/batch_run.c 's/hu_redact_name\(run->batch->redact, "path", input->shown\)/hu_strdup(hu_str(input->shown))/' "redact batch"

exit "$bad"
