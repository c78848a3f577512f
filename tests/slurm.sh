#!/bin/bash
# The Slurm path for real: one machine with munge, slurmctld and three slurmd, each a node; the job array of deploy/slurm over 60
# bundles in 6 parts, a node killed in the middle (its daemon, and all that ran on it), its task requeued; the merged fleet is
# the same, byte for byte, as that of one run without Slurm. tests/slurm.sh SOURCE HOLDUP
# 77 (skipped): not root, or no Slurm here. Nothing outside a folder of its own is touched.
set -eu
source=$1 holdup=$2
skip() { echo "$*" && exit 77; }
fail() { echo "$*" >&2 && show && exit 1; }

[ "$(id -u)" -eq 0 ] || skip 'not root: slurmd cannot run jobs'
export PATH=$PATH:/usr/sbin:/sbin
for tool in slurmctld slurmd sbatch squeue scontrol munged zstd; do
	command -v $tool >/dev/null || skip "no $tool"
done
"$holdup" batch --help >/dev/null 2>&1 || skip 'this holdup has no batch'
"$holdup" merge --help >/dev/null 2>&1 || skip 'this holdup has no merge'

dir=$(mktemp -d /tmp/holdup-slurm.XXXXXX) # sockets have short names
daemons=()
show() { tail -n 30 "$dir"/*.log "$dir"/fleet/logs/* >&2 2>/dev/null || true; }
end() {
	scancel --quiet --user=root 2>/dev/null || true
	# Ours alone: each was started here, and its number kept.
	for one in "${daemons[@]}"; do kill "$one" 2>/dev/null || true; done
	sleep 1
	for one in "${daemons[@]}"; do kill -9 "$one" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap end EXIT
start() { # start LOG COMMAND…
	local log=$1
	shift
	"$@" >"$dir/$log" 2>&1 &
	daemons+=($!)
}
wait_for() { # wait_for SECONDS WHAT COMMAND…
	local left=$1 what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || fail "$what: too late"
		sleep 1
	done
}

# munge: a key and a socket of our own.
mkdir -m 755 "$dir/munge" "$dir/state" "$dir/spool"
head -c 1024 /dev/urandom >"$dir/munge/key"
chmod 600 "$dir/munge/key"
start munged.log munged --foreground --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
	--log-file="$dir/munged.log" --seed-file="$dir/munge/seed"
wait_for 30 munge test -S "$dir/munge/socket"

base=$((20000 + $$ % 20000))
host=$(hostname -s)
cat >"$dir/slurm.conf" <<END
ClusterName=holdup
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=5
CryptoType=crypto/munge
SlurmctldPort=$base
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/linear
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1
ReturnToService=0
SlurmdTimeout=8
SlurmctldTimeout=10
KillWait=2
MinJobAge=2000
JobRequeue=1
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 1)) CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 2)) CPUs=1 State=UNKNOWN
NodeName=n3 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 3)) CPUs=1 State=UNKNOWN
PartitionName=main Nodes=n1,n2,n3 Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$dir/slurm.conf
start slurmctld.log slurmctld -D -i -f "$SLURM_CONF"
wait_for 60 slurmctld scontrol ping
for node in n1 n2 n3; do
	mkdir -p "$dir/spool/$node"
	start slurmd-$node.log slurmd -D -N $node -f "$SLURM_CONF"
done
idle() { [ "$(sinfo -h -N -t idle -o %N | wc -l)" -eq 3 ]; }
wait_for 60 'three idle nodes' idle

"$source/bench/fleet-make" -n 60 -s 7 -o "$dir/made"
cd "$dir"
export HOLDUP=$holdup ASAN_OPTIONS=detect_leaks=0
ids=$("$source/deploy/slurm/submit" -n 6 "$dir/made/captures" "$dir/fleet")
array=${ids% *} merge=${ids#* }

# As soon as node n2 is in the middle of a part, with bundles done and bundles to do, it dies.
victim=
for ((i = 0; i < 600 && ${#victim} == 0; i++)); do
	task=$(squeue -h -j "$array" -t running -w n2 -o %K 2>/dev/null | head -n 1)
	[ -n "$task" ] && [ -d "fleet/parts/$task/bundles" ] && [ -n "$(ls "fleet/parts/$task/bundles")" ] && victim=$task
	sleep .1
done
[ -n "$victim" ] || fail 'node n2 never was in the middle of a part'
slurmd=${daemons[3]}
of_n2() { # what runs on this node, by the environment that Slurm gives it: ours alone; and the step daemons above it
	local proc parent
	for proc in /proc/[0-9]*; do
		tr '\0' '\n' 2>/dev/null <"$proc/environ" | grep -qx "SLURM_CONF=$SLURM_CONF" || continue
		tr '\0' '\n' 2>/dev/null <"$proc/environ" | grep -qx SLURMD_NODENAME=n2 || continue
		echo "${proc#/proc/}"
		parent=$(sed -n 's/^PPid:\t//p' "$proc/status" 2>/dev/null) || continue
		! grep -q slurmstepd "/proc/$parent/comm" 2>/dev/null || echo "$parent"
	done | sort -un
}
on_n2=$(of_n2)
# shellcheck disable=SC2086 # numbers
kill -9 $slurmd $on_n2 2>/dev/null || true
done_then=$(find "fleet/parts/$victim/bundles" -mindepth 1 -maxdepth 1 | wc -l)
echo "node n2 killed in part $victim, with $done_then bundles done, and $(echo "$on_n2" | wc -l) processes"
sleep 1
[ -z "$(of_n2)" ] || fail 'something outlived its node'

finished() { [ "$(squeue -h -j "$array,$merge" | wc -l)" -eq 0 ] || [ -f "$dir/fleet/fleet/fleet-incidents.csv" ]; }
wait_for 240 'the array and the merge' finished
[ -f fleet/fleet/fleet.db ] || fail 'no fleet.db'
restarts=$(scontrol show job "${array}_$victim" | sed -n 's/.*Restarts=\([0-9]*\).*/\1/p' | head -n 1)
[ "${restarts:-0}" -ge 1 ] || fail "part $victim was not requeued"
node=$(scontrol show job "${array}_$victim" | sed -n 's/^ *NodeList=//p' | head -n 1)
echo "part $victim requeued ($restarts), finished on $node"

# The same without Slurm.
"$holdup" batch -q -j1 -o one made/captures >one.log 2>&1 || [ $? -eq 1 ] || fail 'the run without Slurm failed'
wait_for 30 'the last file' test -f fleet/fleet/fleet-incidents.csv
for one in fleet.db fleet.html fleet.md fleet.json fleet.ndjson fleet-incidents.csv; do
	cmp "one/$one" "fleet/fleet/$one" || fail "$one differs"
done
echo 'the same as without Slurm'
