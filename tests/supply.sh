#!/usr/bin/env bash
# tests/supply.sh CHECK SOURCE BUILD - how the program is built, as it would be shipped: BUILD/holdup is made by the check `build`, which
# the others need (fixture `shipped` of CTest). Prints what is wrong; status 1 if anything is, 77 if nothing could be checked.
set -eu -o pipefail
export LC_ALL=C
what=$1
source=$2
build=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
fail() {
	echo "supply: $*"
	bad=1
}

# The preset "release", in a folder of its own. A ccache that makes paths relative, to share objects between folders, would leave traces.
check_build() {
	unset CCACHE_BASEDIR CCACHE_NOHASHDIR
	cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release '-DCMAKE_C_FLAGS_RELEASE=-O2 -g -DNDEBUG' -DHU_WERROR=ON >"$work/log" 2>&1 &&
		cmake --build "$build" --target holdup "-j${JOBS:-2}" >>"$work/log" 2>&1 || {
		tail -n 30 "$work/log"
		fail "the release does not build"
	}
	if grep -A 2 'CMake Warning' "$work/log"; then fail "the configuration warns"; fi
}

check_hardening() {
	"$source/tests/hardening.sh" "$build/holdup" || bad=1
}

# The bill of materials: JSON, with the program's sum, every library that the program loads, no version or licence left open, and the
# same bytes each time.
check_sbom() {
	"$source/scripts/sbom" "$build/holdup" >"$work/one" || fail "scripts/sbom ends with $?"
	"$source/scripts/sbom" "$build/holdup" >"$work/two"
	cmp "$work/one" "$work/two" || fail "two bills of one program differ"
	needed=$(readelf -dW "$build/holdup" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | paste -sd ';')
	sum=$(sha256sum "$build/holdup" | cut -d ' ' -f 1)
	cmake "-DBILL=$work/one" "-DNEEDED=$needed" "-DSUM=$sum" -P "$source/tests/sbom.cmake" || fail "the bill of materials is not complete"
}

# The whole tree through cppcheck; scripts/analyse has three more tools, and takes half an hour.
check_cppcheck() {
	command -v cppcheck >/dev/null || {
		echo "skipped: no cppcheck here"
		exit 77
	}
	BUILD=$build/analyse "$source/scripts/analyse" cppcheck || bad=1
}

# For each library: with a version that is one too old, or with none, the configuration says which is wanted, and ends if it must.
# The versions are faked: pkg-config is shown a folder where a library is older than it is.
check_least() {
	local line prefix module least package loss fake n=0

	while read -r prefix module least package loss; do
		n=$((n + 1))
		mkdir -p "$work/$module"
		fake=0.$((${least%%.*} + 0)).999 # older than any that is asked for
		[ "$module" = libelf ] && fake=0.143
		printf 'Name: %s\nDescription: too old\nVersion: %s\nLibs:\nCflags:\n' "$module" "$fake" >"$work/$module/$module.pc"
		rm -rf "$work/build"
		if PKG_CONFIG_PATH=$work/$module cmake -S "$source" -B "$work/build" -G Ninja -DHU_LIBRARIES_ONLY=ON >"$work/log" 2>&1; then
			[ "$loss" = optional ] || fail "$module $fake is taken"
		else
			[ "$loss" = needed ] || fail "$module $fake, which is optional, ends the configuration"
		fi
		tr '\n' ' ' <"$work/log" | tr -s ' ' >"$work/flat"
		grep -q "$module $least or newer ([^:]*): $fake is here, which is too old. Debian's package is $package" "$work/flat" || {
			cat "$work/log"
			fail "$module $fake: nothing says that $least is wanted"
		}
	done < <(sed -n 's/^hu_library(\([A-Z0-9]*\) \([a-z0-9]*\) \([0-9.]*\) \([a-z0-9-]*\) "[^"]*"\(.*\)/\1 \2 \3 \4 \5/p' "$source/cmake/libraries.cmake" |
		awk '{ print $1, $2, $3, $4, ($5 == ")" ? "needed" : "optional") }')
	[ "$n" -ge 10 ] || fail "cmake/libraries.cmake names $n libraries"
	PKG_CONFIG_LIBDIR=$work/none cmake -S "$source" -B "$work/build2" -G Ninja -DHU_LIBRARIES_ONLY=ON >"$work/log" 2>&1 && fail "no library is needed"
	tr '\n' ' ' <"$work/log" | tr -s ' ' | grep -q 'sqlite3 [0-9.]* or newer ([^:]*): there is none here' || fail "nothing says that sqlite3 is missing"
}

# The library that is loaded may be older than the one that was built with: a program that meets such a SQLite says so, and does nothing.
check_runtime() {
	printf 'int sqlite3_libversion_number(void);\nint sqlite3_libversion_number(void) { return 3038005; }\nconst char *sqlite3_libversion(void);\nconst char *sqlite3_libversion(void) { return "3.38.5"; }\n' >"$work/old.c"
	cc -shared -fPIC -o "$work/old.so" "$work/old.c"
	if LD_PRELOAD=$work/old.so "$build/holdup" query "$work/none.db" 'SELECT 1' >"$work/out" 2>"$work/err"; then fail "an old SQLite is taken"; fi
	grep -q 'SQLite 3\.38\.5.*3\.39\.0' "$work/err" || {
		cat "$work/err"
		fail "nothing says that the SQLite is too old"
	}
	LD_PRELOAD=$work/old.so "$build/holdup" --version >"$work/out" || fail "--version needs no SQLite"
}

# Nothing of the machine, the folder, the day or the person that built it: scripts/reproducible compares two builds byte for byte.
check_traces() {
	for place in "$source" "$build" "$HOME" "$(uname -n)"; do
		[ "${#place}" -gt 5 ] || continue # "/root" and "/src" are in texts that holdup knows
		if grep -qaF -- "$place" "$build/holdup"; then fail "$build/holdup has \"$place\" in it"; fi
	done
	if readelf --debug-dump=info --dwarf-depth=1 "$build/holdup" 2>/dev/null | grep -E 'DW_AT_(name|comp_dir) .*: /' | grep -v '/usr/' | head -n 3 | grep .; then
		fail "$build/holdup has absolute paths of sources"
	fi
	for day in "$(date "+%b %e %Y")" "$(date "+%a %b %e")"; do
		if grep -qaF -- "$day" "$build/holdup"; then fail "$build/holdup has the day in it: $day"; fi
	done
	if grep -rnE '__(DATE|TIME|TIMESTAMP)__' --include='*.[ch]' "$source"/{db,sandbox,ingest,analyzers,report,fleet,cli}; then
		fail "the sources ask for the time of the build"
	fi
}

declare -F "check_$what" >/dev/null || fail "no such check: $what"
"check_$what"
exit "$bad"
