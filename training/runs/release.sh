#!/usr/bin/env bash
# From the sources to model-artifacts/ and the parity fixtures, with one command. Each step is skipped where its result is there.
#   training/runs/release.sh OPEN_DATA_FOLDER VERSION [PYTHON]
set -euo pipefail
open_data="$(realpath "${1:?give the folder of the open data, see training/README.md}")"
version="${2:?give a version, such as 2026.11.1}"
python="$(realpath -s "${3:-python3}")"
cd "$(dirname "$0")/.."
build="build/$version"
mkdir -p "$build"

"$python" -m scripts.check_data
[ -f "$build/weak/model.pt" ] || "$python" -m scripts.finetune --open-data "$open_data" --epochs 2 --output "$build/weak"
[ -f "$build/model/model.pt" ] || "$python" -m scripts.finetune --from "$build/weak" --epochs 6 --output "$build/model"
"$python" -m scripts.export --model "$build/model" --version "$version"
"$python" -m scripts.make_fixtures --open-data "$open_data"
