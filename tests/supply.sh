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

# The preset "release", in a folder of its own.
check_build() {
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
