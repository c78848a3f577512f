#!/usr/bin/env bash
# tests/injection.sh ROOT CHECK HOLDUP [TERMINAL|FOLDER]: names of tasks, locks, files, mounts, hosts, kernel messages and manifest
# values that are markup, SQL, terminal sequences, formulas and paths, in a bundle, through every output of the real program.
# What single renderers do with such texts is tests/test_page_odd.c's. CHECK "pages" leaves HTML pages in FOLDER, for a browser.
set -u -o pipefail
export LC_ALL=C
root=$1 what=$2 holdup=$3 extra=${4:-}
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
mkdir "$work/inside" && cd "$work/inside" || exit 1
command -v perl >/dev/null || { echo "skipped: no perl here" && exit 77; }

fail() {
	echo "injection: $*" | tr -d '\000-\011\013-\037\177-\377'
	bad=1
}

payloads=(
	'<script>zq()</script>' '"><img src=x onerror=zq()>' "'><svg/onload=zq()>" '</title><iframe src=//zq.invalid>' '<a href="javascript:zq()">x'
	'[x](javascript:zq())' '![i](http://zq.invalid/i.png)' '<http://zq.invalid> @zq #1' '`a` **b** | c | ~~d~~ $e$'
	$'\033]0;zq-title\007' $'\033]52;c;enEK\007' $'\033[38;5;201mpink' $'\033[2J\033[Hgone' $'\302\23331mc1' $'\23331mraw' $'\033Pq\033\\' $'\033_zq\033\\' $'over\b\b\bwrite\rbegin' $'\342\200\256live\342\200\254' $'\033c' $'\033[?1049h'
	"=cmd|' /C calc'!A0" '+1+zq' '-2+zq' '@SUM(1)' $'\t=1+1' $'\r=1+1' '=HYPERLINK("http://zq.invalid")'
	"'; DROP TABLE name; --" '" OR 1=1 --' "x'); DELETE FROM source; --"
	'../../../../tmp/zq' '/etc/zq' '$(touch zq-ran)' '`touch zq-ran`' '; touch zq-ran' '-rf' '%n%s%s%s' '\\zq\\share'
)
json() { printf %s "$1" | perl -0777 -pe 's/([\\"\x00-\x1f])/sprintf("\\u%04x", ord $1)/ge'; }

make_bundle() { # make_bundle FOLDER
	local b=$1 i=0 p file
	mkdir -p "$b"
	for p in "${payloads[@]}"; do
		i=$((i + 1))
		printf '[  %d.000000] INFO: task %s:%d blocked for more than 120 seconds.\n' $((100 + i)) "$p" $((1000 + i)) >>"$b/dmesg.txt"
		printf '[  %d.000000]       Not tainted 6.1.0 #1\n' $((100 + i)) >>"$b/dmesg.txt"
		printf '[  %d.000000] task:%s state:D stack:0 pid:%d ppid:1 flags:0x00004000\n' $((100 + i)) "$p" $((1000 + i)) >>"$b/dmesg.txt"
		printf '[  %d.000000] Call Trace:\n[  %d.000000]  <TASK>\n' $((100 + i)) $((100 + i)) >>"$b/dmesg.txt"
		for f in '__schedule+0x34d/0x9e0' 'schedule+0x5a/0xd0' 'rwsem_down_write_slowpath+0x2a5/0x5b0' 'down_write+0x5b/0x60' 'unregister_shrinker+0x1e/0x70' \
			'cleanup_mnt+0xbd/0x150' 'entry_SYSCALL_64_after_hwframe+0x64/0xce'; do
			printf '[  %d.000000]  %s\n' $((100 + i)) "$f" >>"$b/dmesg.txt"
		done
		printf '[  %d.000000]  </TASK>\n' $((100 + i)) >>"$b/dmesg.txt"
		printf '[  %d.500000] zqdrv: device %s reports "%s"\n' $((100 + i)) "$p" "$p" >>"$b/dmesg.txt"
		printf '[%d.401973041] write lock waited, cost=%dms, comm=%s tid=%d\n[%d.501973041] lock %s held for %d ms (pid %d)\n' \
			$((100 + i)) $((200 + i)) "$p" $((1000 + i)) $((100 + i)) "$p" $((300 + i)) $((1000 + i)) >>"$b/bpftrace.txt"
		printf '%d   17953097%02d.357988 mount("%s", "/mnt/%s", "overlay", 0, "lowerdir=%s") = 0 <0.301274>\n' \
			$((1000 + i)) $((10 + i)) "$p" "$p" "$p" >>"$b/strace.txt"
		file=${p//\//_}
		printf 'procs -----------memory----------\n' >"$b/$file.txt"
		printf '\037\213\010\000broken' >"$b/$file.gz"
	done
	sed -i '1i Attaching 3 probes...' "$b/bpftrace.txt"
	printf 'Linux %s 6.1.0-50-amd64 #1 SMP %s x86_64 GNU/Linux\n' '<script>zq()</script>' '=1+1' >"$b/uname.txt"
	printf 'PRETTY_NAME="%s"\nID=%s\n' '<img src=x onerror=zq()>' '=cmd' >"$b/os-release.txt"
	{
		printf '{"schema": "holdup.capture.v1", "generator": {"name": "holdup-capture", "version": "0.1.0"}, "profile": "mounts", "arguments": "%s",\n' "$(json "${payloads[9]}")"
		printf '"host": {"hostname": "%s", "kernel": "6.1.0-50-amd64", "arch": "x86_64", "cpus": 2, "memory_kb": 983460}, "uid": 0, "lockdown": null, "btf": true,\n' "$(json "${payloads[1]}")"
		printf '"tags": {'
		i=0
		for p in "${payloads[@]}"; do printf '%s"k%d %s": "%s"' "$([ $i -gt 0 ] && echo ,)" $((i += 1)) "$(json "$p")" "$(json "$p")"; done
		printf '},\n"window": {"clock": "monotonic", "start_ns": null, "end_ns": null, "trigger_ns": null, "ended_by": "%s"}, "trace": null, "tools": [], "recorded": [],\n' "$(json "${payloads[11]}")"
		printf '"missing": [{"what": "%s", "why": "%s"}], "notes": ["%s"]}\n' "$(json "${payloads[2]}")" "$(json "${payloads[10]}")" "$(json "${payloads[0]}")"
	} >"$b/manifest.json"
}
analyse() { # analyse BUNDLE FOLDER ARGUMENTS…: 0 or 1, because some members are broken on purpose
	local from=$1 to=$2
	shift 2
	timeout 120 "$holdup" analyze "$from" -o "$to" "$@" >out 2>err
	[ $? -le 1 ] || fail "analyze: $(head -c 300 err)"
}

# No tag, attribute or address of a stranger's in a page: all that is left of them is text.
page_is_clean() {
	local hit
	hit=$(grep -a -i -o -E '<(script|img|svg/|iframe|object|embed|form|base|link|meta http-equiv=.refresh)[^>]{0,40}|<[a-z][^<>]*[ /"'"'"']on[a-z]+=[^<>]{0,30}|<[a-z][^<>]*(href|src|action)="?(javascript|data|//|http://zq)[^">]{0,30}' "$1" | head -n 3)
	[ -z "$hit" ] || fail "$1: $hit"
	[ "$2" = diff ] || grep -q -a -F '&lt;script&gt;zq()' "$1" || fail "$1 does not show the names: the check would find nothing"
	! grep -q -a -P '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]' "$1" || fail "$1 has characters that act"
}
check_html() {
	make_bundle '<img src=x onerror=zq()>'
	analyse '<img src=x onerror=zq()>' made -f html,md,json,plain
	page_is_clean made/report.html report
	"$holdup" diff made made -f html -o diff.html 2>err || fail "diff: $(head -n 2 err)"
	page_is_clean diff.html diff
	make_fleet
	page_is_clean fleet/fleet.html fleet
}
check_markdown() {
	local name='<img src=x onerror=zq()> [x](javascript:zq())'
	make_bundle "$name"
	analyse "$name" made -f md,plain
	! grep -q -a -P '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]' made/report.md made/report.txt || fail "characters that act"
	grep -q -a -F 'script' made/report.md || fail "the names are not there"
	command -v cmark-gfm >/dev/null || { echo "skipped: no cmark-gfm here" && exit 77; }
	cmark-gfm --unsafe -e table -e strikethrough -e autolink -e tasklist made/report.md >shown.html
	hit=$(grep -i -o -E '<(script|img|svg|iframe|del|em|input)[ />][^>]{0,40}|href="?(javascript|data|//|http://zq)[^">]{0,30}' shown.html | head -n 3)
	[ -z "$hit" ] || fail "report.md shows $hit"
}

# Cells that a spreadsheet would compute, and rows that a name would make.
cells_are_safe() {
	perl -e '
		local $/; $_ = <STDIN>; my ($cell, $quoted, $columns, $n, $bad, $cells) = ("", 0, undef, 0, 0, 0);
		sub cell { $cells++; $n++; if ($cell =~ /^[=+\-@\t\r]/ && $cell !~ /^-?\d+(\.\d+)?(e[-+]?\d+)?$/) { print "a formula: ", substr($cell, 0, 40), "\n"; $bad = 1 }
			if ($cell =~ /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/) { print "a control: ", substr($cell, 0, 40), "\n"; $bad = 1 } $cell = "" }
		sub row { cell(); $columns //= $n; if ($n != $columns) { print "a row of $n cells, not $columns\n"; $bad = 1 } $n = 0 }
		while (/\G(.)/sgc) { my $c = $1;
			if ($quoted) { if ($c eq "\"") { if (/\G"/gc) { $cell .= "\"" } else { $quoted = 0 } } else { $cell .= $c } }
			elsif ($c eq "\"" && $cell eq "") { $quoted = 1 } elsif ($c eq ",") { cell() } elsif ($c eq "\n") { $cell =~ s/\r$//; row() } else { $cell .= $c } }
		print "no cells\n" if $cells < 50; exit($bad || $cells < 50)' <"$1" >said || fail "$1: $(head -n 3 said)"
}
make_fleet() {
	local i=0 p
	mkdir in
	for p in "${payloads[0]}" "${payloads[9]}" "${payloads[11]}" "${payloads[21]}" "${payloads[22]}" "${payloads[28]}" '-rf' '$(touch zq-ran)' $'new\nline'; do
		i=$((i + 1))
		mkdir "in/${p//\//_}"
		printf 'Linux %s 6.1.0-50-amd64 #1 SMP x86_64 GNU/Linux\n' "${p//[ $'\n']/_}" >"in/${p//\//_}/uname.txt"
		printf '[   1%d.000000] INFO: task %s:%d blocked for more than 120 seconds.\n[   1%d.000000]       Not tainted 6.1.0 #1\n[   1%d.000000] task:%s state:D stack:0 pid:%d ppid:1 flags:0x0\n[   1%d.000000] Call Trace:\n[   1%d.000000]  schedule+0x5a/0xd0\n[   1%d.000000]  rwsem_down_write_slowpath+0x2a5/0x5b0\n[   1%d.000000]  down_write+0x5b/0x60\n[   1%d.000000]  unregister_shrinker+0x1e/0x70\n[   1%d.000000]  cleanup_mnt+0xbd/0x150\n' \
			$i "$p" $((100 + i)) $i $i "$p" $((100 + i)) $i $i $i $i $i $i >"in/${p//\//_}/dmesg.txt"
		printf '\001%s' "$i" >"in/${p//\//_}.junk"
	done
	timeout 120 "$holdup" batch in -o fleet -j 1 -f html,json >out 2>err
	[ $? -le 1 ] || fail "batch: $(head -c 300 err)"
}
check_csv() {
	make_bundle b
	analyse b made -f json
	for sql in 'SELECT * FROM task_v' 'SELECT * FROM message_v' 'SELECT * FROM source_v' 'SELECT * FROM fact' 'SELECT text, text FROM name' 'SELECT * FROM span_v' \
		'SELECT * FROM snapshot_v' 'SELECT * FROM syscall_v' 'SELECT -1.5 AS "=1+1", -7, 3 UNION ALL SELECT '"'=1'"', 2, 3 UNION ALL SELECT text, 1, 1 FROM name'; do
		"$holdup" query --csv made "$sql" >cells.csv 2>err || fail "$sql: $(head -n 1 err)"
		cells_are_safe cells.csv
	done
	make_fleet
	cells_are_safe fleet/fleet-incidents.csv
}
check_json() {
	command -v jq >/dev/null || { echo "skipped: no jq here" && exit 77; }
	make_bundle b
	analyse b made -f json
	make_fleet
	"$holdup" query --json made 'SELECT * FROM name' >names.json
	"$holdup" inspect --json b >inspect.json 2>/dev/null
	"$holdup" diff made made -f json -o diff.json 2>/dev/null
	for f in made/report.json names.json inspect.json diff.json fleet/fleet.json fleet/fleet.ndjson; do
		jq -e . "$f" >parsed 2>err || fail "$f: $(head -n 1 err)"
		! grep -q -P '[\x00-\x08\x0b-\x1f\x7f]' "$f" || fail "$f has control bytes"
	done
	# A name comes out as it went in.
	for p in "${payloads[0]}" "${payloads[9]}" "${payloads[21]}" "${payloads[28]}"; do
		jq -e --arg p "$p" 'any(.[]; .text == $p)' names.json >/dev/null || fail "the name $p did not come through"
	done
}
# Names with quotes and semicolons are data: in the loading, in questions, in the fleet's database.
check_sql() {
	make_bundle b
	analyse b made -f json
	for p in "${payloads[@]}"; do
		case $p in *[$'\r\t\x9b\033']* | *'%'*) continue ;; esac # blanks are trimmed, colours taken off; bytes that are no UTF-8
		q=${p//\'/\'\'}
		n=$("$holdup" query --csv made "SELECT count(*) > 0 FROM snapshot_v WHERE comm = '$q'" 2>err | tail -n 1)
		[ "$n" = 1 ] || fail "no task $p: $n $(head -n 1 err)"
	done
	[ "$("$holdup" query --csv made 'SELECT count(*) > 20 FROM source' | tail -n 1)" = 1 ] || fail "sources are missing"
	for sql in 'DROP TABLE name' 'DELETE FROM source' "SELECT 1; DROP TABLE name" "ATTACH 'zq-ran' AS x" "SELECT writefile('zq-ran', 'x')" 'PRAGMA journal_mode = WAL' "VACUUM INTO 'zq-ran'"; do
		"$holdup" query made "$sql" >out 2>err && fail "a query may not: $sql"
	done
	"$holdup" analyze b -o narrow -q --task "'; DROP TABLE name; --" >/dev/null 2>&1
	[ $? -le 1 ] || fail "--task with a quote"
	"$holdup" report made --lock "' OR 1=1 --" >/dev/null 2>err || fail "--lock with a quote: $(head -n 1 err)"
	"$holdup" export made --perfetto t -q || fail "export"
	make_fleet
	[ "$(grep -c . fleet/fleet.ndjson)" -eq 18 ] || fail "$(grep -c . fleet/fleet.ndjson) cards of 18 bundles"
}
# Nothing is written but where it was told to be, and nothing of a name is run.
check_paths() {
	make_bundle b
	analyse b made -f json,html,md
	make_fleet
	"$holdup" export made --perfetto t -q
	"$holdup" inspect b >/dev/null 2>&1
	[ "$(cd .. && ls)" = inside ] || fail "something was made outside: $(cd .. && ls)"
	left=$(ls -A | grep -v -x -E 'b|made|in|fleet|t|out|err|said')
	[ -z "$left" ] || fail "something was made: $left"
	find . -name 'zq-ran' -not -path './b/*' -not -path './in/*' | grep . && fail "something was run, or named so"
	find fleet | grep -v -E '^fleet(/bundles(/[A-Za-z0-9._+=-]+(/report\.(html|json))?)?|/[a-z.-]+)?$' && fail "a folder has a stranger's name"
	[ ! -e /tmp/zq ] && [ ! -e /etc/zq ] || fail "a path climbed"
}
# What people see: on a terminal of its own, through a real emulator's parser.
check_terminal() {
	make_bundle b
	make_bundle $'b\033]0;zq\007'
	make_fleet
	on() {
		"$extra" "$holdup" "$@" >seen
		local got=$?
		[ $got -eq 0 ] || fail "status $got: $* : $(head -n 3 seen)"
	}
	on analyze b -o made
	on analyze $'b\033]0;zq\007' -o "made2"
	on analyze $'b\033]0;zq\007'
	on inspect b
	on inspect -v b
	on inspect --json b
	on report made
	on report made -f md
	on report made --plain
	on report made -f json
	for f in '' --csv --json; do
		on query $f made 'SELECT * FROM name'
		on query $f made 'SELECT text AS "'$'\033''[7m" FROM name LIMIT 3'
	done
	on diff made made2
	on export made --perfetto t
	on known new made --incident 1
	rm -rf fleet
	on batch in -o fleet
	on merge fleet -o merged
	# Complaints that repeat what was typed.
	"$extra" "$holdup" analyze $'no\033]0;zq\007' >seen
	[ $? -gt 100 ] || fail "a bundle that is not there: $(head -n 2 seen)"
	"$extra" "$holdup" query made $'SELECT \033[7mx' >seen
	[ $? -gt 100 ] || fail "SQL that is none: $(head -n 2 seen)"
	"$extra" "$holdup" analyze b --limit $'\033]0;zq\007=1' >seen
	[ $? -gt 100 ] || fail "a limit: $(head -n 2 seen)"
	# The emulator sees what it should.
	"$extra" printf '\033]0;x\007' >seen && fail "the emulator sees no title"
	"$extra" printf '\033[38;5;201mx' >seen && fail "the emulator sees no colour"
	"$extra" printf '\033[1;31mx\033[0m\n' >seen || fail "the emulator refuses our own colours"
}
check_pages() {
	make_bundle '<img src=x onerror=zq()>'
	analyse '<img src=x onerror=zq()>' made -f html
	make_fleet
	"$holdup" diff made made -f html -o diff.html 2>/dev/null
	cp made/report.html "$extra/injected-report.html"
	cp fleet/fleet.html "$extra/injected-fleet.html"
	cp diff.html "$extra/injected-diff.html"
}

case $what in
html | markdown | csv | json | sql | paths | terminal | pages) "check_$what" ;;
*) fail "no such check: $what" ;;
esac
exit $bad
