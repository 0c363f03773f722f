#!/usr/bin/env bash
# Every step of a release on a tiny model and a few names, on a CPU in two minutes: checks, adaptation, doubts, teacher, student, export, scores, fixtures'
# golden labels are left to the release.
#   training/runs/smoke.sh [PYTHON]
set -euo pipefail
python="$(realpath -s "${1:-python3}")"
cd "$(dirname "$0")/.."
export TOKENIZERS_PARALLELISM=false
build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT

"$python" -m scripts.check_data
"$python" -m scripts.smoke_data --output "$build/data"
"$python" -m scripts.pretrain --tiny --data "$build/data" --epochs 1 --output "$build/adapted"
"$python" -m scripts.crossfit --tiny --data "$build/data" --share 0.01 --folds 2 --epochs 1 --output "$build/doubts"
"$python" -m scripts.finetune --data "$build/data" --doubts "$build/doubts/weak_doubts.tsv" --encoder "$build/adapted" --share 0.05 --epochs 2 --workers 1 --output "$build/teacher"
for task in ingredient source categories; do
  "$python" -m scripts.finetune --task "$task" --encoder "$build/adapted" --share 0.01 --epochs 1 --output "$build/$task-alone"
done
"$python" -m scripts.compare_tasks --one "$build/teacher" --ingredient "$build/ingredient-alone" --source "$build/source-alone" --categories "$build/categories-alone" \
  --output "$build/figures"
"$python" -m scripts.teach --data "$build/data" --teacher "$build/teacher" --output "$build/labels.npz"
"$python" -m scripts.distil --data "$build/data" --teacher-labels "$build/labels.npz" --encoder "$build/adapted" --layers 1 --vocabulary 6000 --share 0.05 --epochs 2 --output "$build/student"
"$python" -m scripts.export --model "$build/student" --version 0.0.1 --output "$build/artifacts" --seen "$build/seen.json"
# A model that has learned little changes many answers when it is rounded: what it loses proves nothing.
"$python" -m scripts.compare_precision --float-model "$build/student/float32.onnx" --artifacts "$build/artifacts" --output "$build/figures" --most 100 --names 500
"$python" -m scripts.evaluate --reference --artifacts "$build/artifacts" --seen "$build/seen.json" --figures "$build/figures"
head -n 1 "$build/artifacts/MODEL_CARD.md"
ls -l "$build/artifacts" "$build/figures"
echo 'the smoke training ran to its end'
