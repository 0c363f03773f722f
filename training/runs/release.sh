#!/usr/bin/env bash
# From the sources to model-artifacts/, its card and the parity fixtures, with one command. Each step is skipped where its result is there.
#   training/runs/release.sh OPEN_DATA_FOLDER VERSION [PYTHON]
# The teachers' labels are kept in model-artifacts/teacher/ (training/runs/teachers.sh makes them, on an NVIDIA GPU); the student needs none.
set -euo pipefail
open_data="$(realpath "${1:?give the folder of the open data, see training/README.md}")"
version="${2:?give a version, such as 2026.11.1}"
python="$(realpath -s "${3:-python3}")"
# The scores are asked of `npm run classify`, hours from here.
command -v npm >/dev/null || { echo 'npm is missing: install Node.js first, the model is scored by npm run classify' >&2; exit 1; }
cd "$(dirname "$0")/.."
source runs/student.sh

prepare_start
[ -f "$build/student/seen.txt" ] || "$python" -m scripts.distil "${second_stage[@]}" --output "$build/student"
"$python" -m scripts.export --model "$build/student" --version "$version" --output "$build/artifacts" --seen "$build/seen.json"
"$python" -m scripts.compare_precision --float-model "$build/student/float32.onnx" --artifacts "$build/artifacts" --output "$build/figures"
# Only what int8 has not lost too much of takes the place of the last release.
cp "$build"/artifacts/{model.onnx,vocab.txt,taught.txt,manifest.json} ../model-artifacts/
cp "$build/seen.json" data/evaluation/seen.json
cp "$build/figures/precision.tsv" ../docs/model/precision.tsv
"$python" -m scripts.make_fixtures --open-data "$open_data" --float-model "$build/student/float32.onnx"
(cd .. && npm ci --no-audit --no-fund)
"$python" -m scripts.evaluate
