#!/usr/bin/env bash
# Measures built-in networks on this machine's CPU beside the same networks in plain libtorch and in ONNX Runtime.
# Needs a Python with PyTorch and torchvision for the export (Debian: python3-torch, python3-torchvision).
#   bench/cpu.sh [NETWORK [SIZE [BATCH [ROUNDS [THREADS]]]]]
# On a machine that does other work too, one thread gives steadier ratios: threads wait for each other.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
network=${1:-deeplabv3_resnet50} size=${2:-512} batch=${3:-1} rounds=${4:-9} threads=${5:-$(nproc)}
folder=$root/artifacts/cpu-peers/$network-$size-$batch
python=${PYTHON:-/usr/bin/python3}
mkdir -p "$folder"
for kind in safetensors onnx; do
    [[ -e $folder/network.$kind ]] || "$python" "$root/bench/peers/export.py" --out "$folder/network.$kind" \
        --network "$network" --size "$size" --batch "$batch" --contiguous --wrap tensor
done
[[ -e $folder/network.pt ]] || "$python" "$root/bench/peers/export.py" --out "$folder/network.pt" \
    --network "$network" --size "$size" --batch "$batch" --contiguous --wrap tensor
dotnet build -c Release -v q -clp:ErrorsOnly "$root/bench/CpuPeers"
OMP_NUM_THREADS=$threads dotnet "$root/artifacts/bin/CpuPeers/release/CpuPeers.dll" "$folder" "$network" "$size" "$batch" "$rounds" "$threads"
