#!/bin/bash
# The files of deploy/: their form, and that they agree with the rest of the repository. tests/deploy.sh SOURCE
set -eu
cd "$1"
wrong=0
fail() { echo "$*" && wrong=1; }

for script in deploy/slurm/*.sbatch deploy/slurm/submit; do bash -n "$script" || fail "$script does not parse"; done

# The number of parts stands twice.
completions=$(sed -n 's/^ *completions: \([0-9]*\).*/\1/p' deploy/kubernetes/parts.yaml)
parts=$(sed -n 's/.*name: PARTS, value: "\([0-9]*\)".*/\1/p' deploy/kubernetes/parts.yaml)
[ -n "$completions" ] && [ "$completions" = "$parts" ] || fail "parts.yaml: $completions completions, and $parts PARTS"

# Built from what scripts/setup installs, and with this version's name.
packages=$(sed -n '/^packages="/,/"$/p' scripts/setup | tr -d '"' | sed 's/^packages=//')
for package in $packages; do grep -q "[ ]$package\\( \\|$\\)" deploy/Containerfile || fail "deploy/Containerfile lacks $package"; done
version=$(sed -n 's/^#define HU_VERSION "\(.*\)"/\1/p' db/base.h)
for file in deploy/Containerfile deploy/kubernetes/*.yaml deploy/kubernetes/README.md; do
	grep -q "holdup:$version" "$file" || fail "$file is of another version than $version"
done

if python3 -c 'import yaml' 2>/dev/null; then
	for file in deploy/kubernetes/*.yaml; do
		python3 - "$file" <<'END' || fail "$file"
import sys, yaml
for job in yaml.safe_load_all(open(sys.argv[1])):
    assert job["apiVersion"] == "batch/v1" and job["kind"] == "Job"
    pod = job["spec"]["template"]["spec"]
    names = {v["name"] for v in pod["volumes"]}
    for c in pod["containers"]:
        assert {m["name"] for m in c["volumeMounts"]} <= names
        assert c["securityContext"]["readOnlyRootFilesystem"] and pod["securityContext"]["runAsNonRoot"]
END
	done
fi
exit $wrong
