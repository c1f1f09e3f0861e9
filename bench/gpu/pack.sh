#!/usr/bin/env bash
# Packs what a GPU machine with PyTorch and no .NET needs to run the GPU tests and benchmarks: artifacts/gpu-kit/kit.tar.xz.
# Usage: bench/gpu/pack.sh [--no-build]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$root/artifacts/gpu-kit
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
kit=$stage/kit
limit=$((60 << 20))

# The programs with tests for a GPU, and the one of the long runs.
programs=("$root"/tests/LongRuns)
for project in "$root"/tests/*.Tests; do
    if grep -rqE '\[GpuFact' --include='*.cs' "$project"; then
        programs+=("$project")
    fi
done

if [[ ${1:-} != --no-build ]]; then
    for project in "$root"/src/EgressCmdlets "$root"/src/EgressBackend "$root"/src/EgressShell "${programs[@]}"; do
        dotnet build --configuration Release --verbosity quiet "$project"
    done
fi

rm -rf "$out"
mkdir -p "$out" "$kit"/{bin,dotnet/shared/Microsoft.NETCore.App,dotnet/host/fxr,egress,parity,peers,shell,tests}

# The runtime, as the SDK's own folder has it and less what only debuggers use.
dotnet_root=$(dirname "$(readlink -f "$(command -v dotnet)")")
version=$(dotnet --list-runtimes | sed -n 's/^Microsoft\.NETCore\.App \(10\.[0-9.]*\) .*/\1/p' | sort -V | tail -n 1)
[[ $version ]] || { echo "no .NET 10 runtime beside $dotnet_root/dotnet" >&2; exit 1; }
cp "$dotnet_root/dotnet" "$kit/dotnet/"
for notice in LICENSE.txt ThirdPartyNotices.txt; do
    [[ -e $dotnet_root/$notice ]] && cp "$dotnet_root/$notice" "$kit/dotnet/"
done
cp -r "$dotnet_root/host/fxr/$version" "$kit/dotnet/host/fxr/"
cp -r "$dotnet_root/shared/Microsoft.NETCore.App/$version" "$kit/dotnet/shared/Microsoft.NETCore.App/"
( cd "$kit/dotnet/shared/Microsoft.NETCore.App/$version"
  rm -f libmscordaccore.so libmscordbi.so libcoreclrtraceptprovider.so createdump )

# The module, and the programs that use it.
cp "$root/Egress.psd1" "$kit/egress/"
cp -r "$root/module" "$kit/egress/"
cp -r "$root/artifacts/bin/EgressShell/release/." "$kit/shell/"
for project in "${programs[@]}"; do
    name=$(basename "$project")
    mkdir "$kit/tests/$name"
    cp -r "$root/artifacts/bin/$name/release/." "$kit/tests/$name/"
done
cp "$root"/bench/peers/*.py "$kit/peers/"
cp "$root"/tests/parity/*.py "$kit/parity/"
cp "$root"/bench/gpu/{run.sh,throughput.ps1,programs.ps1,sweep.ps1,table.py} "$kit/"
mkdir "$kit/pictures"
cp "$root"/samples/pictures/*.jpg "$kit/pictures/"
cat > "$kit/bin/egress-shell" <<'SHELL'
#!/usr/bin/env bash
kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
exec "$kit/dotnet/dotnet" "$kit/shell/EgressShell.dll" "$@"
SHELL
chmod +x "$kit/bin/egress-shell" "$kit/run.sh"

# libtorch is the machine's own: of the libraries that came with the packages, those of libtorch stay behind. So does DuckDB, which no
# test or benchmark there uses and which would be half of the kit.
find "$kit" -type f \( -name 'libtorch*.so*' -o -name 'libc10*.so*' -o -name 'libgomp*.so*' -o -name 'libcud*.so*' \
    -o -name 'libnv*.so*' -o -name 'libduckdb.so' -o -name '*.pdb' -o -name '*.xml' \) -delete
# What is not of this system.
find "$kit" -type d \( -path '*/runtimes/win*' -o -path '*/runtimes/osx*' -o -name __pycache__ -o -name TestResults -o -name results \) -prune -exec rm -rf {} +

# Test programs share most of their files. Linked, each is packed once.
find "$kit" -type f -size +4k -exec sha256sum {} + | sort | while read -r sum file; do
    if [[ $sum == "${previous_sum:-}" ]]; then
        ln -f "$previous_file" "$file"
    else
        previous_sum=$sum
        previous_file=$file
    fi
done

# The place of the module's native libraries is known only where the kit is unpacked: run.sh writes it there.
find "$kit/tests" -name '*.runtimeconfig.json' -exec sed -i 's|\("Egress.DepsFolder": \)"[^"]*"|\1"@KIT@/egress/module/bin/deps"|' {} +

tar -C "$stage" --sort=name --owner=0 --group=0 --numeric-owner -c kit | xz -6 -T0 > "$out/kit.tar.xz"
size=$(stat -c %s "$out/kit.tar.xz")
echo "$out/kit.tar.xz: $((size >> 20)) MiB, .NET $version, $(basename -a "$kit"/tests/* | paste -s -d ' ')"
if (( size > limit )); then
    echo "the kit is larger than $((limit >> 20)) MiB" >&2
    exit 1
fi
