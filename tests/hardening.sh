#!/usr/bin/env bash
# tests/hardening.sh PROGRAM - what cmake/hardening.cmake asks for, read in the finished program. Prints what is missing; status 1 if
# anything is. tests/guards.sh takes each flag away and expects that. Only readelf and objdump, which came with the compiler.
set -u -o pipefail
export LC_ALL=C
program=$1
bad=0
missing() {
	echo "hardening: $*"
	bad=1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readelf -hldW "$program" >"$work/elf" || exit 2
readelf -W --dyn-syms "$program" | awk '$7 == "UND" { sub(/@.*/, "", $8); print $8 }' >"$work/imports"
objdump -d --no-show-raw-insn "$program" >"$work/code" || exit 2
machine=$(sed -n 's/^ *Machine: *//p' "$work/elf")

# The linker.
grep -q '^ *Type: *DYN' "$work/elf" && grep -q 'FLAGS_1).*PIE' "$work/elf" || missing "no PIE: it is loaded at one address"
grep -q '^ *GNU_RELRO ' "$work/elf" || missing "no RELRO: the table of imported functions can be written"
grep -q 'FLAGS_1).*NOW' "$work/elf" || missing "no BIND_NOW: RELRO is partial"
grep -q '^ *GNU_STACK .* RW  ' "$work/elf" || missing "the stack is executable"
grep -q '^ *LOAD .* RWE ' "$work/elf" && missing "a segment is both writable and executable"
grep -m 1 '^ *LOAD ' "$work/elf" | grep -q ' R E ' && missing "headers and data are in an executable segment"
grep -q '(TEXTREL)' "$work/elf" && missing "code is changed when it is loaded (TEXTREL)"
grep -Eq '\((RPATH|RUNPATH)\)' "$work/elf" && missing "libraries are looked for in a folder that the program names"

# The compiler, seen in the code.
grep -qx __stack_chk_fail "$work/imports" || missing "no stack protector"
fortified=$(grep -c '^__[a-z]*_chk$' "$work/imports")
[ "$fortified" -ge 5 ] || missing "_FORTIFY_SOURCE: $fortified checked functions, and not 5 or more"
case $machine in
*X86-64*)
	grep -A 1 '<main>:$' "$work/code" | grep -q endbr64 || missing "no -fcf-protection: main() has no endbr64"
	grep -q 'orq  *\$0x0,(%rsp)' "$work/code" || missing "no -fstack-clash-protection: no page of a large frame is touched"
	;;
esac

# The compiler, by what gcc writes of its flags beside the lines of the source: every file of ours, and not just some. A program
# without that (stripped, or built without -g, or by clang) was looked at in the code alone.
readelf --debug-dump=info --dwarf-depth=1 "$program" 2>/dev/null | sed -n 's/.*DW_AT_producer.*: \(GNU C[0-9]* .*\)/\1/p' | sort | uniq -c >"$work/producers"
if [ -s "$work/producers" ]; then
	flags="-fPIE -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero"
	case $machine in *X86-64*) flags="$flags -fcf-protection=full" ;; esac
	for flag in $flags; do
		without=$(grep -vwe "$flag" "$work/producers" | awk '{n += $1} END {print n + 0}')
		[ "$without" -eq 0 ] || missing "$without files are compiled without $flag"
	done
fi
exit "$bad"
