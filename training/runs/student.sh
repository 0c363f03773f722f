# The data of a student and where it starts from, for release.sh and tasks.sh, which source it in training/ with `open_data` and `python` set: so both train
# with the same settings, and what one has built the other has too.
export TOKENIZERS_PARALLELISM=false
teacher=../model-artifacts/teacher
source runs/inputs.sh
build="$(build_of "${data_read[@]}" "${student_code[@]}" "$teacher"/* runs/student.sh)"
first_stage=(--data "$build/data" --doubts "$teacher/weak-doubts.tsv" --epochs 3 --batch-size 128 --learning-rate 4e-4 --workers 1)
second_stage=(--data "$build/data" --doubts "$teacher/weak-doubts.tsv" --teacher-labels "$teacher/labels.npz" --encoder "$build/start" --layers 0,2,3,5
  --vocabulary 16000 --epochs 12 --epoch-share 0.3 --batch-size 128 --learning-rate 4e-4 --workers 1)

prepare_start() {
  mkdir -p "$build"
  # Before every resumed step too: a file that changed since is found, whatever is built already.
  "$python" -m scripts.check_data --open-data "$open_data"
  [ -f "$build/data/texts.jsonl" ] || "$python" -m scripts.prepare --open-data "$open_data" --joined "$teacher/joined.txt.gz" --output "$build/data"
  [ -f "$build/start/seen.txt" ] || "$python" -m scripts.finetune "${first_stage[@]}" --output "$build/start"
}
