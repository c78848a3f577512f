#!/usr/bin/env bash
# tests/tidy.sh - what a reviewer would say every time, said by a machine: tidy.sh ROOT CHECK, where
# CHECK is a function below whose name starts with check_. Prints each problem; status 1 if there is one.
set -u -o pipefail
export LC_ALL=C
cd "$1" || exit 2
what=$2
bad=0

fail() {
	echo "tidy: $*"
	bad=1
}

# Tracked files; without git (a source archive), all that are not built.
files() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files -co --exclude-standard -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done
	else
		find . -name build -prune -o -name .git -prune -o -type f -print | sed 's,^\./,,' | sort |
			while read -r f; do
				[ $# -eq 0 ] && echo "$f"
				for pattern in "$@"; do
					# shellcheck disable=SC2254
					case $f in $pattern) echo "$f" ;; esac
				done
			done
	fi
}

# Files over 400 lines get a word, files over 800 fail.
check_lengths() {
	while read -r f; do
		n=$(wc -l <"$f")
		[ "$n" -gt 800 ] && fail "$f has $n lines: more than 800"
		[ "$n" -gt 400 ] && [ "$n" -le 800 ] && echo "warning: $f has $n lines: split it along the question it answers"
	done < <(files '*.c' '*.h')
}

# db is the bottom; ingest, analyzers and report see it and themselves, never one another. The sandbox knows db/base.h alone.
check_borders() {
	for layer in db sandbox ingest analyzers report; do
		while read -r line; do
			case $layer/$line in
			sandbox/*"#include \"db/base.h\""*) ;;
			sandbox/*"#include \"db/"*) fail "$line: sandbox/ may include db/base.h and sandbox/ alone" ;;
			ingest/*"#include \"sandbox/sandbox.h\""*) ;;
			*"#include \"db/"* | *"#include \"$layer/"*) ;;
			*) fail "$line: $layer may include db/ and $layer/ alone" ;;
			esac
		done < <(grep -n '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$layer"/*.c "$layer"/*.h /dev/null)
	done
	while read -r line; do # fleet: db <- report <- fleet
		case $line in
		*"#include \"db/"* | *"#include \"report/"* | *"#include \"fleet/"*) ;;
		*) fail "$line: fleet may include db/, report/ and fleet/ alone" ;;
		esac
	done < <(grep -n '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' fleet/*.c fleet/*.h /dev/null)
	while read -r line; do
		fail "$line: speaks SQLite; rows.h is for that"
	done < <(grep -n 'sqlite3_\|<sqlite3' ingest/*.[ch] report/*.[ch] /dev/null)
}

# Each const ops struct is in its list, and the list has nothing else.
listed() { # listed STRUCT FOLDER LIST-FILE
	defined=$(sed -n "s/^\(static \)\{0,1\}const struct $1 \([a-z0-9_]*\) = {.*/\2/p" "$2"/*.c | sort -u)
	names=$(sed -n '/\[\] = {/,/};/p' "$3" | grep -o '&[a-z0-9_]*' | tr -d '&' | sort)
	for d in $defined; do
		grep -qx "$d" <<<"$names" || fail "$d is not listed in $3"
	done
	for n in $names; do
		grep -qx "$n" <<<"$defined" || fail "$3 lists $n, which no file of $2/ defines"
	done
}

check_lists() {
	listed hu_reader_ops ingest ingest/readers.c
	! grep -q 'struct cli_command' cli/main.c || listed cli_command cli cli/main.c
	[ ! -f analyzers/analyzers.c ] || ! grep -q hu_analyzer_ops analyzers/analyzers.c ||
		listed hu_analyzer_ops analyzers analyzers/analyzers.c
	for f in analyzers/known/*.json; do
		[ -f "$f" ] && [ "$(basename "$f")" != families.json ] || continue
		id=$(sed -n 's/^[[:space:]]*"id"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' "$f" | head -n 1)
		[ "$id" = "$(basename "$f" .json)" ] || fail "$f has the id \"$id\""
	done
}

check_fixtures() {
	for dir in fixtures/*/*/; do
		case $dir in fixtures/lab/*) continue ;; esac # scripts that make captures, and no capture
		[ -d "$dir" ] || continue
		for f in ORIGIN truth.json; do
			[ -s "$dir$f" ] || fail "$dir has no $f"
		done
		case $dir in fixtures/incidents/*) most=2621440 ;; *) most=314572 ;; esac
		while read -r size path; do
			[ "$size" -le "$most" ] || fail "$path has $size bytes: more than $most"
		done < <(find "$dir" -type f -not -path '*/golden/*' -not -name golden.tar.zst -printf '%s %p\n')
	done
	room fixtures/incidents 40000000 # all labelled incidents
	room fixtures 52428800
}

room() {
	local all

	all=$(find "$1" -type f -printf '%s\n' 2>/dev/null | awk '{n += $1} END {print n + 0}')
	[ "$all" -le "$2" ] || fail "$1/ has $all bytes: more than $2"
}

# Tables and views are in docs/store.md, commands in README.md and in a man page, names in the documents exist.
check_docs() {
	[ -f docs/store.md ] || fail "docs/store.md is missing"
	while read -r table; do
		grep -q "\`$table\`" docs/store.md 2>/dev/null || fail "docs/store.md does not name \`$table\`"
	done < <(sed -n 's/^CREATE \(TABLE\|VIEW\) "\{0,1\}\([a-z_0-9]*\)"\{0,1\}.*/\2/p' db/*.sql)
	while read -r command; do
		grep -q "holdup $command" README.md || grep -rqs "holdup $command" --include='*.1' . ||
			fail "neither README.md nor a man page names holdup $command"
	done < <(commands)
	while read -r reader; do
		grep -q "\`$reader\`" README.md || fail "README.md does not name the reader \`$reader\`"
	done < <(sed -n '/^const struct hu_reader_ops /,/^};/s/^[[:space:]]*\.name = "\([a-z0-9]*\)".*/\1/p' ingest/*.c)
	while read -r doc; do
		while read -r name; do
			case $name in
			*/*.c | */*.h | */*.sql | */*.json | */*.sh | */*.md | */*.css)
				# shellcheck disable=SC2086
				[ -e "$name" ] || [ -e "$(dirname "$doc")/$name" ] || ls $name >/dev/null 2>&1 ||
					[[ $name == *foo* || $name == *'<'* ]] || fail "$doc names $name, which is not there"
				;;
			hu_*)
				word=${name%%[!a-z0-9_]*}
				[[ $name == *'<'* || $name == *foo* ]] ||
					grep -rqw "$word" --include='*.[ch]' --include=CMakeLists.txt . || fail "$doc names $name, which is not there"
				;;
			HU_*)
				word=${name%%[!A-Z0-9_]*}
				[[ $word == *_ ]] || grep -rqw "$word" --include='*.[ch]' --include=CMakeLists.txt --include=CMakePresets.json . ||
					fail "$doc names $name, which is not there"
				;;
			esac
		done < <(grep -o '`[^`]*`' "$doc" | tr -d '`' | grep -v ' ' | sort -u)
	done < <(files '*.md' | grep -v '^fixtures/')
}

# The names of the commands.
commands() {
	sed -n '/^const struct cli_command /,/^};/s/^[[:space:]]*\.name = "\([a-z]*\)".*/\1/p' cli/*.c | sort -u
}

# Nothing of the machine or the place where it was written. This file has to spell the words, broken up.
check_words() {
	words='/wor''k/|/tmp/c''ap|clau''de|anthro''pic|chat''gpt'
	while read -r line; do
		fail "forbidden word: $line"
	done < <(files | grep -v '/golden/' | tr '\n' '\0' | xargs -0 -r grep -nIiE "$words" -- /dev/null | cut -c 1-200)
}

check_format() {
	if ! command -v clang-format >/dev/null; then
		echo "skipped: no clang-format here"
		exit 77
	fi
	files '*.c' '*.h' | tr '\n' '\0' | xargs -0 -r clang-format --dry-run --Werror --ferror-limit=1 ||
		fail "run: clang-format -i on the files named above"
}

# Scripts run; what CMake looks for, needed or not, is what scripts/setup installs.
check_scripts() {
	while read -r module; do
		case $module in
		zlib) package=zlib1g-dev ;;
		lib*) package=$module-dev ;;
		*) package=lib$module-dev ;;
		esac
		grep -qw -- "$package" scripts/setup || fail "CMake looks for $module, and scripts/setup does not install $package"
	done < <(sed -n 's/^hu_library([A-Z0-9]* \([a-z0-9]*\) .*/\1/p' cmake/libraries.cmake)
	while read -r f; do
		[ -x "$f" ] || fail "$f cannot be executed"
		head -n 1 "$f" | grep -q '^#!' || fail "$f has no #! line"
		bash -n "$f" 2>/dev/null || head -n 1 "$f" | grep -q python || fail "$f is no shell"
	done < <(files 'scripts/*' '.ci/run' 'tests/*.sh')
}

declare -F "check_$what" >/dev/null || fail "no such check: $what"
"check_$what"
exit "$bad"
