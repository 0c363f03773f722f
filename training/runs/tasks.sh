#!/usr/bin/env bash
# One model for the three tasks against three models of a task each, from the same names and base, with the same seed, passes, batches and rate: trains the three
# beside the one that release.sh trains first, and writes docs/model/tasks.tsv. Each step is skipped where its result is there.
#   training/runs/tasks.sh OPEN_DATA_FOLDER [PYTHON]
set -euo pipefail
open_data="$(realpath "${1:?give the folder of the open data, see training/README.md}")"
python="$(realpath -s "${2:-python3}")"
cd "$(dirname "$0")/.."
source runs/student.sh

prepare_start
for task in ingredient source categories; do
  [ -f "$build/$task-alone/seen.txt" ] || "$python" -m scripts.finetune "${first_stage[@]}" --task "$task" --output "$build/$task-alone"
done
"$python" -m scripts.compare_tasks --one "$build/start" --ingredient "$build/ingredient-alone" --source "$build/source-alone" --categories "$build/categories-alone"
