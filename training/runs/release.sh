#!/usr/bin/env bash
# From the sources to model-artifacts/, its card and the parity fixtures, with one command. Each step is skipped where its result is there.
#   training/runs/release.sh OPEN_DATA_FOLDER VERSION [PYTHON]
# The teachers' labels are kept in model-artifacts/teacher/ (training/runs/teachers.sh makes them, on an NVIDIA GPU); the student needs none.
set -euo pipefail
open_data="$(realpath "${1:?give the folder of the open data, see training/README.md}")"
version="${2:?give a version, such as 2026.11.1}"
python="$(realpath -s "${3:-python3}")"
cd "$(dirname "$0")/.."
export TOKENIZERS_PARALLELISM=false
teacher=../model-artifacts/teacher
# Named by what goes in, so that changed data or code never meets an old checkpoint.
inputs="$(cat data/labels.tsv data/sources.tsv data/*ingredients/*.tsv "$teacher"/* ingredients/*.py ingredients/open_data/*.py scripts/*.py runs/release.sh requirements.txt | sha256sum | cut -c 1-12)"
build="build/$inputs"
mkdir -p "$build"

# Before every resumed step too: a file that changed since is found, whatever is built already.
"$python" -m scripts.check_data --open-data "$open_data"
[ -f "$build/data/texts.jsonl" ] || "$python" -m scripts.prepare --open-data "$open_data" --joined "$teacher/joined.txt.gz" --output "$build/data"
[ -f "$build/start/seen.txt" ] || "$python" -m scripts.finetune --data "$build/data" --doubts "$teacher/weak-doubts.tsv" --epochs 3 --batch-size 128 \
  --learning-rate 4e-4 --workers 1 --output "$build/start"
[ -f "$build/student/seen.txt" ] || "$python" -m scripts.distil --data "$build/data" --doubts "$teacher/weak-doubts.tsv" --teacher-labels "$teacher/labels.npz" \
  --encoder "$build/start" --layers 0,2,3,5 --vocabulary 16000 --epochs 12 --epoch-share 0.3 --batch-size 128 --learning-rate 4e-4 --workers 1 \
  --output "$build/student"
"$python" -m scripts.export --model "$build/student" --version "$version"
"$python" -m scripts.compare_precision --float-model "$build/student/float32.onnx"
"$python" -m scripts.make_fixtures --open-data "$open_data" --float-model "$build/student/float32.onnx"
(cd .. && npm ci --no-audit --no-fund)
"$python" -m scripts.evaluate
