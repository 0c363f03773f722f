#!/usr/bin/env bash
# From the sources to model-artifacts/, its card and the parity fixtures, with one command. Each step is skipped where its result is there.
#   training/runs/release.sh OPEN_DATA_FOLDER VERSION [PYTHON]
# On 2 cores and 24 GB it takes under 3 hours: the teachers' labels are kept in model-artifacts/teacher/ (training/runs/teachers.sh makes them, on an
# accelerator), and the student learns from them. Where an accelerator is there, the student sees more epochs.
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
if "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
  pretrain=(--epochs 6 --batch-size 256 --learning-rate 4e-4)
  distil=(--epochs 40 --batch-size 256 --learning-rate 5e-4 --workers 8)
else
  pretrain=(--epochs 1 --batch-size 64 --learning-rate 2e-4)
  distil=(--epochs 12 --epoch-share 0.5 --batch-size 64 --learning-rate 4e-4 --workers 1)
fi

"$python" -m scripts.check_data
[ -f "$build/data/texts.jsonl" ] || "$python" -m scripts.prepare --open-data "$open_data" --output "$build/data"
[ -f "$build/adapted/model.pt" ] || "$python" -m scripts.pretrain --data "$build/data" --output "$build/adapted" "${pretrain[@]}"
[ -f "$build/student/seen.txt" ] || "$python" -m scripts.distil --data "$build/data" --doubts "$teacher/weak-doubts.tsv" --teacher-labels "$teacher/labels.npz" \
  --encoder "$build/adapted" --layers STUDENT_LAYERS --vocabulary STUDENT_WORDS --output "$build/student" "${distil[@]}"
"$python" -m scripts.export --model "$build/student" --version "$version"
"$python" -m scripts.make_fixtures --open-data "$open_data" --float-model "$build/student/float32.onnx"
(cd .. && npm ci --no-audit --no-fund)
"$python" -m scripts.evaluate
