#!/usr/bin/env bash
# All of training on a tiny model in a minute: data checks, fine-tuning, export, scores, fixtures.
#   training/runs/smoke.sh [PYTHON]
set -euo pipefail
python="$(realpath -s "${1:-python3}")"
cd "$(dirname "$0")/.."
build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT

"$python" -m scripts.check_data
"$python" -m scripts.finetune --tiny --share 0.05 --epochs 2 --output "$build/model"
"$python" -m scripts.export --model "$build/model" --version 0.0.1 --output "$build/artifacts" > "$build/card.md"
head -n 1 "$build/card.md"
(cd "$build/artifacts" && ls -l)
echo 'the smoke training ran to its end'
