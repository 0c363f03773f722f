#!/usr/bin/env bash
# Training on a tiny model in a minute: data checks, fine-tuning in two runs, export, calibration, scores.
#   training/runs/smoke.sh [PYTHON]
set -euo pipefail
python="$(realpath -s "${1:-python3}")"
cd "$(dirname "$0")/.."
build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT

"$python" -m scripts.check_data
"$python" -m scripts.finetune --tiny --share 0.05 --epochs 2 --output "$build/model"
"$python" -m scripts.finetune --from "$build/model" --share 0.02 --epochs 1 --output "$build/more"
"$python" -m scripts.export --model "$build/more" --version 0.0.1 --output "$build/artifacts" > "$build/card.md"
head -n 1 "$build/card.md"
(cd "$build/artifacts" && ls -l)
echo 'the smoke training ran to its end'
