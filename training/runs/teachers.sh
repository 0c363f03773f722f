#!/usr/bin/env bash
# The teachers: which weak labels they doubt, and what they make of every name, written to model-artifacts/teacher/. Needs an NVIDIA GPU: on two cores it
# would take days. Each step is skipped where its result is there.
#   training/runs/teachers.sh OPEN_DATA_FOLDER TEACHER_BASE_FOLDER [PYTHON]
# TEACHER_BASE_FOLDER holds all-mpnet-base-v2 and BERT's vocab.txt, as training/README.md says.
set -euo pipefail
open_data="$(realpath "${1:?give the folder of the open data, see training/README.md}")"
base="$(realpath "${2:?give the folder that the teachers start from, see training/README.md}")"
python="$(realpath -s "${3:-python3}")"
cd "$(dirname "$0")/.."
export TOKENIZERS_PARALLELISM=false
source runs/inputs.sh
build="$(build_of "${data_read[@]}" "${teacher_code[@]}" runs/teachers.sh)"
output=../model-artifacts/teacher
mkdir -p "$build" "$output"

# Before every resumed step too: a file that changed since is found, whatever is built already.
"$python" -m scripts.check_data --open-data "$open_data"
# Without --joined: names are put together anew, from today's lexicon, and kept beside the labels.
[ -f "$build/data/texts.jsonl" ] || "$python" -m scripts.prepare --open-data "$open_data" --output "$build/data"
[ -f "$build/doubts/weak_doubts.tsv" ] || "$python" -m scripts.crossfit --data "$build/data" --base "$base" --folds 3 --epochs 4 --batch-size 256 --learning-rate 6e-5 \
  --workers 6 --output "$build/doubts"
cp "$build/doubts/weak_doubts.tsv" "$output/weak-doubts.tsv"
[ -f "$build/mpnet/seen.txt" ] || "$python" -m scripts.finetune --data "$build/data" --doubts "$output/weak-doubts.tsv" --base "$base" --epochs 12 --batch-size 256 \
  --learning-rate 8e-5 --workers 4 --output "$build/mpnet"
[ -f "$build/minilm/seen.txt" ] || "$python" -m scripts.finetune --data "$build/data" --doubts "$output/weak-doubts.tsv" --epochs 11 --batch-size 256 \
  --learning-rate 5e-4 --workers 4 --output "$build/minilm"
"$python" -m scripts.teach --data "$build/data" --teacher "$build/mpnet" --teacher "$build/minilm" --output "$output/labels.npz"
