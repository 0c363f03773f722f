#!/usr/bin/env bash
# From the sources to model-artifacts/ and the parity fixtures, with one command. Each step is skipped where its result is there.
#   training/runs/release.sh OPEN_DATA_FOLDER VERSION [PYTHON]
set -euo pipefail
open_data="$(realpath "${1:?give the folder of the open data, see training/README.md}")"
version="${2:?give a version, such as 2026.11.1}"
python="$(realpath -s "${3:-python3}")"
cd "$(dirname "$0")/.."
# Named by what goes in, so that changed data or code never meets an old checkpoint.
inputs="$(cat data/labels.tsv data/sources.tsv data/*ingredients/*.tsv ingredients/*.py ingredients/open_data/*.py scripts/finetune.py runs/release.sh requirements.txt | sha256sum | cut -c 1-12)"
build="build/$inputs"
mkdir -p "$build"

"$python" -m scripts.check_data
[ -f "$build/weak/seen.txt" ] || "$python" -m scripts.finetune --open-data "$open_data" --epochs 2 --output "$build/weak"
[ -f "$build/model/seen.txt" ] || "$python" -m scripts.finetune --from "$build/weak" --epochs 8 --learning-rate 2e-4 --output "$build/model"
[ -f "$build/final/seen.txt" ] || "$python" -m scripts.finetune --from "$build/model" --epochs 5 --learning-rate 1.5e-4 --output "$build/final"
[ -f "$build/longer/seen.txt" ] || "$python" -m scripts.finetune --from "$build/final" --epochs 10 --learning-rate 2e-4 --output "$build/longer"
"$python" -m scripts.export --model "$build/longer" --version "$version"
"$python" -m scripts.make_fixtures --open-data "$open_data"
