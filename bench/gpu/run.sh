#!/usr/bin/env bash
# Runs the GPU tests, the throughput benchmark and its Python peer on a GPU machine with PyTorch; nothing else is needed there.
# Each step has a time limit of its own and leaves a log; a step that fails does not keep the others from running.
set -uo pipefail

usage() {
    cat <<'USAGE'
Usage: run.sh [options]
  --kit FILE        the kit, as bench/gpu/pack.sh made it (default: artifacts/gpu-kit/kit.tar.xz; inside a kit, that kit)
  --work FOLDER     where to unpack it; a kit that was unpacked there before is used again (default: a temporary folder)
  --out FOLDER      where results go (default: results in the folder that the kit was unpacked to)
  --only STEPS      the steps to run, in this order, separated by commas (default: tests,parity,bench,peer,table);
                    programs, which compiles packages and takes minutes, endurance, which sends a million batches, and encoders
                    and embedding, which need transformers, only where they are named
  --bench COMMAND   the benchmark: a command line for bash, run in the module's folder with egress-shell on the path and
                    OUT set (default: throughput.ps1, which measures what BENCHMARKS.md lists)
  --peer ARGUMENTS  arguments for peers/article.py (default: --strategy all)
  --limit SECONDS   the time limit of a step (default: 540)
  --python PROGRAM  the Python that has PyTorch (default: python3)
EGRESS_LIBTORCH names another libtorch than that Python's.
USAGE
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
archive=$here/../../artifacts/gpu-kit/kit.tar.xz
work=
out=
steps=tests,parity,bench,peer,table
bench='egress-shell -File "$KIT/throughput.ps1" -Module ./Egress.psd1 -Pictures "$KIT/pictures" -Out "$OUT/figures.csv"'
peer='--strategy all'
limit=540
python=python3

while (( $# > 0 )); do
    case $1 in
        --help) usage; exit 0 ;;
        --kit | --work | --out | --only | --bench | --peer | --limit | --python)
            (( $# > 1 )) || { usage >&2; exit 2; }
            case $1 in
                --kit) archive=$2 ;;
                --work) work=$2 ;;
                --out) out=$2 ;;
                --only) steps=$2 ;;
                --bench) bench=$2 ;;
                --peer) peer=$2 ;;
                --limit) limit=$2 ;;
                --python) python=$2 ;;
            esac
            shift 2 ;;
        *) usage >&2; exit 2 ;;
    esac
done

fail() {
    echo "run.sh: $*" >&2
    exit 2
}

if [[ -d $here/dotnet ]]; then
    kit=$here
else
    [[ -f $archive ]] || fail "there is no kit at $archive"
    work=${work:-$(mktemp -d)}
    mkdir -p "$work"
    kit=$(cd "$work" && pwd)/kit
    if [[ ! -e $kit/.unpacked || $archive -nt $kit/.unpacked ]]; then
        rm -rf "$kit"
        # Where there is no xz, Python has one.
        if command -v xz > /dev/null; then
            xz -dc "$archive" | tar -x -C "$work"
        else
            "$python" -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$archive" "$work"
        fi || fail "$archive could not be unpacked"
        touch "$kit/.unpacked"
    fi
fi
find "$kit/tests" -name '*.runtimeconfig.json' -exec sed -i "s|@KIT@|$kit|" {} +
out=${out:-$kit/results}
mkdir -p "$out" || exit 2
out=$(cd "$out" && pwd)

if [[ -z ${EGRESS_LIBTORCH:-} ]]; then
    # Found without importing it, which takes seconds.
    EGRESS_LIBTORCH=$("$python" -c '
import importlib.util, os
spec = importlib.util.find_spec("torch")
print(os.path.join(os.path.dirname(spec.origin), "lib") if spec else "")')
    [[ $EGRESS_LIBTORCH ]] || fail "$python has no PyTorch; EGRESS_LIBTORCH is not set either"
fi
export EGRESS_LIBTORCH KIT=$kit OUT=$out PATH=$kit/bin:$kit/dotnet:$PATH
export DOTNET_ROOT=$kit/dotnet DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

run_tests() {
    local project status=0 code ran=0
    for project in "$kit"/tests/*.Tests; do
        local name
        name=$(basename "$project")
        # 8: this program has no GPU test.
        EGRESS_REQUIRE_GPU=1 dotnet "$project/$name.dll" --filter-trait Category=GPU --ignore-exit-code 8 \
            --no-ansi --output Detailed --show-stdout All --show-stderr All \
            --report-xunit-trx --report-xunit-trx-filename "$name.trx" --results-directory "$out/tests" > "$out/$name.log" 2>&1
        code=$?
        cat "$out/$name.log"
        (( code == 0 )) || status=1
        grep -qE '^ *succeeded: [1-9]' "$out/$name.log" && ran=1
    done
    (( ran == 1 )) || { echo 'no GPU test passed'; status=1; }
    return "$status"
}

run_parity() {
    "$python" "$kit/parity/parity.py" --module "$kit/egress/Egress.psd1" --out "$out"
}

run_bench() {
    cd "$kit/egress" && bash -c "$bench"
}

run_peer() {
    # Word splitting is wanted: these are several arguments.
    # shellcheck disable=SC2086
    "$python" "$kit/peers/article.py" $peer --json "$out/peer.json" &&
        "$python" "$kit/peers/pinning.py" --json "$out/pinning.json"
}

# Exports and compiles the article's network, measures it beside the built-in one, and compares what they compute.
run_programs() {
    local folder=$kit/programs status=0
    mkdir -p "$folder"
    "$python" "$kit/peers/export.py" --out "$folder/deeplab.safetensors" &
    "$python" "$kit/peers/export.py" --out "$folder/deeplab.pt" --device cuda --dtype bfloat16 &
    # The smallest packages for a CPU: what the tests of the reader are about.
    "$python" "$kit/peers/export.py" --out "$out/pointwise.pt2" --network pointwise --size 32 --batch 2 &
    "$python" "$kit/peers/export.py" --out "$out/pointwise-any.pt2" --network pointwise --size 32 --batch 2 --dynamic-batch --wrap tuple &
    "$python" "$kit/peers/export.py" --out "$folder/deeplab.pt2" --device cuda --dtype bfloat16 --batch 64 || status=1
    wait
    ( cd "$kit/egress" && egress-shell -File "$kit/programs.ps1" -Module ./Egress.psd1 -Folder "$folder" -Out "$out/programs.csv" ) || status=1
    "$python" "$kit/parity/programs.py" --scores "$folder" || status=1
    "$python" "$kit/parity/programs.py" --module "$kit/egress/Egress.psd1" || status=1
    return "$status"
}

# Tokens and vectors beside those of transformers.
run_encoders() {
    "$python" "$kit/parity/encoders.py" --module "$kit/egress/Egress.psd1" --out "$out" --programs
}

run_embedding() {
    "$python" "$kit/peers/embedding.py" --json "$out/embedding.json"
}

# A million small batches, looked at ten times.
run_endurance() {
    dotnet "$kit/tests/LongRuns/LongRuns.dll" batches 1000000 cuda
}

run_table() {
    "$python" "$kit/table.py" "$out"
}

# Runs one step, with all the processes that it starts, under the time limit.
run_step() {
    local step=$1 start=$SECONDS code
    echo "== $step"
    timeout --kill-after=10 "$limit" bash -uo pipefail -c "run_$step" 2>&1 | tee "$out/$step.log"
    code=${PIPESTATUS[0]}
    case $code in
        124 | 137) echo "== $step: ended after its $limit seconds" ;;
        *) echo "== $step: exit code $code after $((SECONDS - start)) s" ;;
    esac
    echo "$step $code $((SECONDS - start))" >> "$out/steps.txt"
    return "$code"
}
export -f run_tests run_parity run_bench run_peer run_programs run_encoders run_embedding run_endurance run_table
export kit out bench peer python

: > "$out/steps.txt"
{ nvidia-smi || echo 'nvidia-smi is not here'; } > "$out/nvidia-smi.txt" 2>&1
status=0
for step in ${steps//,/ }; do
    case $step in
        tests | parity | bench | peer | programs | encoders | embedding | endurance | table) run_step "$step" || status=1 ;;
        *) fail "there is no step '$step'" ;;
    esac
done
exit $status
