#!/usr/bin/env bash
# An array job on a real Slurm, as samples/operations/slurm-array.sbatch has it: four tasks write to one destination, one of them is
# killed and requeued, one gets SIGTERM and requeues itself. Then the destination has to be that of one undisturbed run, byte for
# byte. Writes one line a test, "ok …" or "not ok …", or "skip …" where no Slurm can be started; exits with 1 where a test failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
root=$PWD
. tests/slurm/cluster.sh

shards=${EGRESS_SLURM_SHARDS:-4} pictures=${EGRESS_SLURM_PICTURES:-80}
failures=0
test_is() { if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: '$2' and not '$3'"; failures=1; fi; }

reason=$(cluster_missing)
if [ -n "$reason" ]; then
    echo "skip the Slurm array: $reason"
    exit 0
fi

shell=$(ls -t artifacts/bin/EgressShell/*/EgressShell.dll 2>/dev/null | head -n 1)
[ -n "$shell" ] || { echo 'not ok the shell is not built: dotnet build Egress.slnx'; exit 1; }

folder=$(mktemp -d /tmp/egress-slurm.XXXXXX)
finish() {
    stop_cluster 2>/dev/null
    if [ "$failures" -ne 0 ]; then tail -n 30 "$folder"/*.out "$folder"/cluster/slurmctld.log 2>/dev/null; fi
    rm -rf "$folder"
}
trap finish EXIT

# The job asks for pwsh; this machine may have only the shell that the build makes.
mkdir "$folder/bin" "$folder/pictures"
printf '#!/bin/sh\nexec dotnet exec "%s" "$@"\n' "$root/$shell" >"$folder/bin/pwsh"
chmod +x "$folder/bin/pwsh"
export PATH=$folder/bin:$PATH EGRESS=$root
for number in $(seq -w "$pictures"); do ln "$root/samples/pictures/cat.png" "$folder/pictures/$number.png" 2>/dev/null || cp "$root/samples/pictures/cat.png" "$folder/pictures/$number.png"; done

masks=$folder/masks log=$folder/run.log
options=(-Path "$folder/pictures/*.png" -ImageSize 32 -BatchSize 1)

pwsh -NonInteractive -File "$root/samples/operations/segment-job.ps1" "${options[@]}" -Destination "$folder/reference" \
    -Device simulated:compute=0,copy=0,processing=0 >"$folder/reference.out" 2>&1
test_is 'the undisturbed run ends with 0' $? 0

start_cluster "$folder/cluster" "$shards" || { echo 'not ok the cluster starts'; failures=1; exit 1; }
job=$(sbatch --parsable --array=0-$((shards - 1)) --gres=none --cpus-per-task=1 --chdir="$folder" --output="$folder/%a.out" \
    samples/operations/slurm-array.sbatch "${options[@]}" -Destination "$masks" -Device simulated:compute=400,copy=1,processing=1 -LogPath "$log") || exit 1

# runs SHARD: the ids of the runs of a shard so far, in order.
runs() { grep '"event":"run.ready"' "$log" 2>/dev/null | grep "\"shardIndex\":$1," | grep -o '"run":"[0-9a-f]*"'; }
# written RUN
written() { grep '"event":"image.written"' "$log" | grep -c "$1"; }
state() { scontrol show job "${job}_$1" 2>/dev/null | grep -o 'JobState=[A-Z]*' | cut -d= -f2; }
# wait_for SECONDS COMMAND…
wait_for() {
    local tries=$(($1 * 5))
    shift
    while [ $((tries--)) -gt 0 ]; do "$@" && return; sleep 0.2; done
    echo "not ok waiting for: $*"
    failures=1
    exit 1
}
has_written() { local run; run=$(runs "$1" | head -n 1); [ -n "$run" ] && [ "$(written "$run")" -ge 3 ]; }
is() { [ "$(state "$1")" = "$2" ]; }

# Task 2 loses its process as the system's out-of-memory killer would take it; task 1 is told that its time is up.
wait_for 120 has_written 2
kill -KILL "$(grep '"event":"run.ready"' "$log" | grep '"shardIndex":2,' | grep -o '"process":[0-9]*' | cut -d: -f2)"
wait_for 120 has_written 1
scancel --batch --signal=TERM "${job}_1"
wait_for 60 is 2 FAILED
test_is 'a task that was killed has failed with 137' "$(scontrol show job "${job}_2" | grep -o 'ExitCode=[0-9:]*')" 'ExitCode=137:0'
scontrol requeue "${job}_2"

for task in $(seq 0 $((shards - 1))); do wait_for 180 is "$task" COMPLETED; done
echo 'ok all tasks complete, the killed one after its requeue'
test_is 'the killed task ran twice' "$(runs 2 | wc -l)" 2
test_is 'the task that got SIGTERM ran twice' "$(runs 1 | wc -l)" 2
test_is 'the killed run left no end in the log' "$(grep '"event":"run.ended"' "$log" | grep -c "$(runs 2 | head -n 1)")" 0
test_is 'the run that got SIGTERM said that it was stopped' \
    "$(grep '"event":"run.ended"' "$log" | grep "$(runs 1 | head -n 1)" | grep -o '"outcome":"[A-Za-z]*"')" '"outcome":"Stopped"'

test_is 'the masks of all tasks are those of one undisturbed run' \
    "$(diff -r --exclude=.egress "$folder/reference" "$masks" 2>&1 | head -n 5)" ''
test_is 'none is missing' "$(find "$masks" -name '*.png' | wc -l)" "$pictures"
test_is 'no shard had to do it all' "$(grep '"event":"run.ended"' "$log" | grep -c '"otherShards":0,')" 0
test_is 'no partial file is left' "$(find "$masks" -name '*.partial*' -type f | wc -l)" 0

# A shard that is run alone mends the whole: what was lost of it comes back, and nothing of the others is touched.
lost=$(grep '"event":"image.written"' "$log" | grep "$(runs 2 | tail -n 1)" | grep -o '"output":"[^"]*"' | tail -n 1 | cut -d'"' -f4)
rm "$lost" && touch "$folder/before"
again=$(EGRESS_SHARD_COUNT=$shards sbatch --parsable --array=2 --gres=none --cpus-per-task=1 --chdir="$folder" --output="$folder/again.out" \
    samples/operations/slurm-array.sbatch "${options[@]}" -Destination "$masks" -Device simulated:compute=0,copy=0,processing=0 -LogPath "$log")
job=$again
wait_for 60 is 2 COMPLETED
test_is 'a shard that is run alone mends the whole' "$(diff -r --exclude=.egress "$folder/reference" "$masks" 2>&1 | head -n 5)" ''
test_is 'and writes only what was lost' "$(find "$masks" -name '*.png' -newer "$folder/before")" "$lost"

# The journals of all shards are one: a run of everything finds nothing to do.
pwsh -NonInteractive -File "$root/samples/operations/segment-job.ps1" "${options[@]}" -Destination "$masks" \
    -Device simulated:compute=0,copy=0,processing=0 >"$folder/joined.out" 2>&1
test_is 'a run of everything ends with 0' $? 0
test_is 'and finds each picture in one of the journals' "$(grep -o '[0-9]* written, [0-9]* skipped' "$folder/joined.out")" "0 written, $pictures skipped"
exit $failures
