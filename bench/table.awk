# bench/table.awk - the lines that bench/run wrote, as tables in Markdown (-v as=markdown) or as JSON (-v as=json).
BEGIN { FS = "\t"; one = "trace perf ctf text"; split(one, formats, " ")
	called["trace"] = "trace.dat"; called["perf"] = "perf.data"; called["ctf"] = "CTF (LTTng)"; called["text"] = "ftrace text"
	peers["trace"] = "trace-cmd report"; peers["perf"] = "perf script"; peers["ctf"] = "babeltrace2"
	peers["text"] = "trace-cmd report of the same events" }
function put(key, value) { all[key, ++runs[key]] = value + 0 }
function median(key, i, j, v, n, t) {
	n = runs[key]
	if (!n)
		return -1
	for (i = 1; i <= n; i++)
		v[i] = all[key, i]
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
function learn(list, value) { if (!((list, value) in known)) { known[list, value] = 1; lists[list, ++counts[list]] = value } }
$1 == "run" {
	learn("ids", $2); learn("sizes", $3)
	put($2 SUBSEP $3 SUBSEP "wall", $4); put($2 SUBSEP $3 SUBSEP "cpu", $5)
	put($2 SUBSEP $3 SUBSEP "own", $6); put($2 SUBSEP $3 SUBSEP "peak", $7)
}
$1 == "stage" { learn("stages", $4); put("stage" SUBSEP $2 SUBSEP $3 SUBSEP $4, $6); if (!($2 in largest) || $3 + 0 > largest[$2]) largest[$2] = $3 + 0 }
$1 == "size" { store[$2, $3] = $4; capture[$2, $3] = $5 }
$1 == "count" { learn("parts", $4); counted[$2, $4, $3] += $5; learn("counts", $3); learn("counted", $2) }
$1 == "note" { notes[++notes_n] = $2 }
$1 == "about" { learn("about", $2); about[$2] = $3 }

function of(id, size, what) { return median(id SUBSEP size SUBSEP what) }
function ratio(a, b) { return a >= 0 && b > 0 ? sprintf("%.3f", a / b) : "" }
function grouped(n, s) { s = sprintf("%d", n); while (match(s, /[0-9][0-9][0-9][0-9]($|,)/)) s = substr(s, 1, RSTART) "," substr(s, RSTART + 1); return s }
function mib(kb) { return kb >= 0 ? sprintf("%.0f", kb / 1024) : "" }
function seconds(s) { return s >= 0 ? sprintf(s < 10 ? "%.2f" : "%.1f", s) : "" }

function markdown(i, j, f, id, size, a, b, c, first, last, line, p) {
	printf "Measured by `bench/run`: medians of %s runs in turn on %s processors (%s),\n", about["repeats"], about["processors"], about["processor"]
	printf "load %s; trace-cmd %s, perf %s, babeltrace2 %s. Seconds are of processor time, with all children.\n\n", about["load before and after"], about["trace-cmd"], about["perf"], about["babeltrace2"]
	print "### The whole job against printing\n"
	print "| capture | events | MB | `analyze`, s | peer | peer, s | ratio | ratio by the clock | memory, MiB | with mapped files | peer's | store / capture |"
	print "|---|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|"
	for (f = 1; f <= 4; f++)
		for (j = 1; j <= counts["sizes"]; j++) {
			id = formats[f]; size = lists["sizes", j]
			a = of(id " analyze", size, "cpu"); b = of(id " peer", size, "cpu")
			if (a < 0)
				continue
			printf "| %s | %s | %.0f | %s | `%s` | %s | **%s** | %s | %s | %s | %s | %s |\n", called[id], grouped(size),
				capture[id, size] / 1e6, seconds(a), peers[id], seconds(b), ratio(a, b),
				ratio(of(id " analyze", size, "wall"), of(id " peer", size, "wall")), mib(of(id " analyze", size, "own")),
				mib(of(id " analyze", size, "peak")), mib(of(id " peer", size, "peak")), ratio(store[id, size], capture[id, size])
		}
	print "\n### An event's cost as the capture grows\n"
	print "| capture | events | `analyze`, µs an event | `ingest` alone | memory, MiB |"
	print "|---|---:|---:|---:|---:|"
	for (f = 1; f <= 4; f++)
		for (j = 1; j <= counts["sizes"]; j++) {
			id = formats[f]; size = lists["sizes", j]
			a = of(id " analyze", size, "cpu"); c = of(id " ingest", size, "cpu")
			if (a >= 0)
				printf "| %s | %s | %.3f | %.3f | %s |\n", called[id], grouped(size), a / size * 1e6, c / size * 1e6, mib(of(id " analyze", size, "own"))
		}
	print "\n### Where the time goes: stages, ms of processor time\n"
	line = "| stage |"; p = "|---|"
	for (f = 1; f <= 4; f++)
		if (formats[f] in largest) { line = line " " called[formats[f]] ", " grouped(largest[formats[f]]) " |"; p = p "---:|" }
	print line "\n" p
	for (i = 1; i <= counts["stages"]; i++) {
		line = "| " lists["stages", i] " |"; c = 0
		for (f = 1; f <= 4; f++)
			if (formats[f] in largest) {
				a = median("stage" SUBSEP formats[f] SUBSEP largest[formats[f]] SUBSEP lists["stages", i])
				c = a > c ? a : c
				line = line " " (a >= 0 ? sprintf("%.0f", a) : "") " |"
			}
		if (c >= 1)
			print line
	}
	line = ""
	for (i = 1; i <= counts["ids"]; i++) {
		id = lists["ids", i]
		if (id !~ /^(report|query) /)
			continue
		if (line == "") {
			print "\n### From a finished store\n"
			line = "| |"; p = "|---|"
			for (j = 1; j <= counts["sizes"]; j++) { line = line " " grouped(lists["sizes", j]) " events: s | by the clock | MiB |"; p = p "---:|---:|---:|" }
			print line "\n" p
		}
		line = "| " id " |"
		for (j = 1; j <= counts["sizes"]; j++) {
			size = lists["sizes", j]
			line = line " " seconds(of(id, size, "cpu")) " | " seconds(of(id, size, "wall")) " | " mib(of(id, size, "own")) " |"
		}
		print line
	}
	if (counts["counted"]) {
		print "\n### Instructions an event\n"
		print "Callgrind's count for the larger of two small captures less the smaller, so without what a run costs whatever its size.\n"
		print "| capture | part | an event | a run |\n|---|---|---:|---:|"
		first = lists["counts", 1]; last = lists["counts", 2]
		for (i = 1; i <= counts["counted"]; i++)
			for (j = 1; j <= counts["parts"]; j++) {
				id = lists["counted", i]; p = lists["parts", j]
				a = (counted[id, p, last] - counted[id, p, first]) / (last - first)
				if ((id, p, last) in counted)
					printf "| %s | %s | %s | %s |\n", called[id], p, grouped(a), grouped(counted[id, p, first] - a * first)
			}
		print "\n`hash` is counted without the processor's instructions for SHA-256, which Valgrind does not have."
	}
	for (i = 1; i <= notes_n; i++)
		print (i == 1 ? "\n" : "") "- " notes[i]
}

function quoted(s) { gsub(/[\\"]/, "\\\\&", s); return "\"" s "\"" }
function json(i, j, id, size, a, sep) {
	print "{\n  \"schema\": \"holdup.bench.v1\","
	printf "  \"about\": {"
	for (i = 1; i <= counts["about"]; i++)
		printf "%s%s: %s", (i > 1 ? ", " : ""), quoted(lists["about", i]), quoted(about[lists["about", i]])
	print "},\n  \"runs\": ["
	for (i = 1; i <= counts["ids"]; i++)
		for (j = 1; j <= counts["sizes"]; j++) {
			id = lists["ids", i]; size = lists["sizes", j]; a = of(id, size, "cpu")
			if (a < 0)
				continue
			printf "%s    {\"what\": %s, \"events\": %d, \"cpu_s\": %.4f, \"wall_s\": %.4f, \"own_kib\": %d, \"peak_kib\": %d}", sep, quoted(id), size, a,
				of(id, size, "wall"), of(id, size, "own"), of(id, size, "peak")
			sep = ",\n"
		}
	print "\n  ],\n  \"stages\": ["; sep = ""
	for (i = 1; i <= counts["stages"]; i++)
		for (j = 1; j <= 4; j++)
			if (formats[j] in largest && (a = median("stage" SUBSEP formats[j] SUBSEP largest[formats[j]] SUBSEP lists["stages", i])) >= 0) {
				printf "%s    {\"stage\": %s, \"capture\": %s, \"events\": %d, \"cpu_ms\": %.3f}", sep, quoted(lists["stages", i]), quoted(formats[j]), largest[formats[j]], a
				sep = ",\n"
			}
	print "\n  ],\n  \"sizes\": ["; sep = ""
	for (i = 1; i <= 4; i++)
		for (j = 1; j <= counts["sizes"]; j++)
			if ((formats[i], lists["sizes", j]) in store) {
				printf "%s    {\"capture\": %s, \"events\": %d, \"capture_bytes\": %d, \"store_bytes\": %d}", sep, quoted(formats[i]), lists["sizes", j],
					capture[formats[i], lists["sizes", j]], store[formats[i], lists["sizes", j]]
				sep = ",\n"
			}
	print "\n  ],\n  \"instructions\": ["; sep = ""
	for (i = 1; i <= counts["counted"]; i++)
		for (j = 1; j <= counts["parts"]; j++) {
			id = lists["counted", i]; size = lists["parts", j]
			if (!((id, size, lists["counts", 2]) in counted))
				continue
			printf "%s    {\"capture\": %s, \"part\": %s, \"an_event\": %.1f}", sep, quoted(id), quoted(size),
				(counted[id, size, lists["counts", 2]] - counted[id, size, lists["counts", 1]]) / (lists["counts", 2] - lists["counts", 1])
			sep = ",\n"
		}
	print "\n  ],\n  \"notes\": ["; sep = ""
	for (i = 1; i <= notes_n; i++) { printf "%s    %s", sep, quoted(notes[i]); sep = ",\n" }
	print "\n  ]\n}"
}
END { if (as == "json") json(); else markdown() }
