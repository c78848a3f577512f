#!/usr/bin/env bash
# tests/valgrind.sh build|replay ROOT BUILD - two small inputs of every fuzz target under valgrind, which sees what sanitizers do not: values that
# were never set. Needs a program without sanitizers: that of BUILD, if it is one, else one built for it in BUILD/plain.
set -u -o pipefail
what=$1 root=$2 build=$3

if ! command -v valgrind >/dev/null; then
	echo "skipped: valgrind is not installed (scripts/setup --test)"
	exit 77
fi
plain=$build
if grep -q '^HU_SANITIZE:BOOL=ON\|^HU_COVERAGE:BOOL=ON' "$build/CMakeCache.txt"; then
	plain=$build/plain
fi

case $what in
build)
	[ "$plain" != "$build" ] || exit 0
	cmake -S "$root" -B "$plain" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g" >/dev/null &&
		cmake --build "$plain" --target replay | tail -n 3
	;;
replay)
	# A vast stack of frames is nothing that it need tell of. What libraries keep until the end is no leak of ours.
	valgrind -q --error-exitcode=9 --num-callers=20 "$plain/tests/replay" -s "$root/fixtures" "$root/analyzers/known" 2>&1 | tail -n 60
	;;
esac
