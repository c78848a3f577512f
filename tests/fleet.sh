#!/bin/bash
# A fleet of 60 bundles with known truth, as in bench/fleet but small: one run against parts that were merged, byte for byte, and
# what it says against what the generator knows. tests/fleet.sh SOURCE HOLDUP FLEET_TRUTH
set -eu
source=$1 holdup=$2 truth=$3
dir=$(mktemp -d "${TMPDIR:-/tmp}/holdup-fleet.XXXXXX")
trap 'rm -rf "$dir"' EXIT
fail() { echo "$*" >&2 && exit 1; }

command -v zstd >/dev/null || { echo 'no zstd: the generator would make other bundles' && exit 77; }
"$holdup" batch --help >/dev/null 2>&1 || { echo 'this holdup has no batch' && exit 77; }
"$source/bench/fleet-make" -n 60 -o "$dir/made"
cd "$dir"
batch() { "$holdup" batch -q "$@" >batch.txt 2>&1 || [ $? -eq 1 ] || fail "batch $* ended with: $(cat batch.txt)"; } # 1: some damaged
batch -j2 made/captures -o one
"$truth" made/truth.tsv one

# Three parts, merged in two orders.
for k in 1 2 3; do
	batch -j1 --part $k/3 made/captures -o part-$k
done
"$holdup" merge part-1 part-2 part-3 -o merged-a >/dev/null
"$holdup" merge part-3 part-1/fleet.db part-2 part-1 -o merged-b >/dev/null
for one in fleet.db fleet.html fleet.md fleet.json fleet.ndjson fleet-incidents.csv; do
	for other in merged-a merged-b; do
		cmp "one/$one" "$other/$one" || fail "$one differs"
	done
done
# Links to the single reports lead somewhere.
grep -o 'href="bundles/[^"#]*' merged-a/fleet.html | cut -c7- | sort -u >links.txt
[ -s links.txt ] || fail 'no links'
while read -r link; do
	[ -f "merged-a/$link" ] || fail "merged-a/$link is not there"
done <links.txt
# Nothing of the hostile ones acts.
! grep -q '<img src=x' one/fleet.html one/fleet.md || fail 'markup of a hostile bundle'
! grep -q '^=\|,=' one/fleet-incidents.csv || fail 'a formula in the CSV'
echo 'the same from one run and from parts'
