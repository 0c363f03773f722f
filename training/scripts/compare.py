"""Compares students: accuracy against latency, size and memory, as a table and a plot.

    python -m scripts.compare --student build/students/6-30522 --student build/students/3-16000 … --teacher build/teacher-1 …

Each is exported to int8 and asked one name at a time by ONNX Runtime on one thread; scores are on dev less the names of test, after calibration on
the same names, which flatters all rows alike. Teachers are scored in float. Run it on a machine that does nothing else: it measures latency.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from ingredients.base import best_device, saved_model
from ingredients.calibrate import calibrate
from ingredients.figures import draw_students
from ingredients.lexicon import load_calibration
from ingredients.metrics import Scored
from ingredients.runtime import Classifier, Decoder
from ingredients.scores import short_scores
from ingredients.tables import write_table
from ingredients.train import predict
from scripts.evaluate import FIGURES
from scripts.export import export

COLUMNS = ("model", "layers", "vocabulary", "megabytes", "p50Ms", "rssMb", "ingredient", "source", "microF1", "exact")
TABLE = "students.tsv"
ROUNDS = 200
# Measured in a process of its own: peak memory is a process's.
PROBE = """
import json, re, sys, time
from pathlib import Path
import numpy as np
import onnxruntime
folder = Path(sys.argv[1]); rounds = int(sys.argv[2])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
options.enable_cpu_mem_arena = True
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text()).group(1))
before = peak()
session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
ids = np.array([[5] * 9], dtype=np.int64); mask = np.ones_like(ids); times = []
for _ in range(rounds):
    began = time.perf_counter(); session.run(None, {"input_ids": ids, "attention_mask": mask}); times.append(time.perf_counter() - began)
after = peak()
print(json.dumps({"p50Ms": round(1000 * sorted(times)[rounds // 2], 3), "rssMb": round((after - before) / 1024, 1)}))
"""


def student_row(folder: Path) -> dict:
    """Exports a student beside its checkpoint and measures it."""
    names = load_calibration()
    manifest = export(folder, "0.0.1", folder / "artifacts")
    scored = Scored(Classifier(folder / "artifacts").classify([example.name for example in names]), names)
    shape = manifest["architecture"]
    return {"model": folder.name, "layers": shape["layers"], "vocabulary": shape["vocabulary"], **measured(folder / "artifacts"), **short_scores(scored)}


def measured(folder: Path) -> dict[str, float]:
    """The size of the model.onnx in a folder, the median time of one name and the memory that the session adds, in a process of its own."""
    probe = subprocess.run([sys.executable, "-c", PROBE, str(folder), str(ROUNDS)], capture_output=True, text=True, check=True)
    return {"megabytes": round((folder / "model.onnx").stat().st_size / 1e6, 1), **json.loads(probe.stdout)}


def write_students(rows: list[dict], folder: Path) -> None:
    """Writes students.tsv, and students.svg of the rows that have layers."""
    write_table(folder / TABLE, COLUMNS, rows)
    draw_students([row for row in rows if row.get("layers")], folder / "students.svg")
    print((folder / TABLE).read_text(encoding="utf-8"))


def teacher_logits(folder: Path) -> dict[str, np.ndarray]:
    """What a teacher, in float, makes of the names that students are scored on."""
    model, encoder = saved_model(folder)
    names = [example.name for example in load_calibration()]
    return {task: values.numpy() for task, values in predict(model, encoder.ids(names), encoder.pad, best_device()).items()}


def teacher_row(title: str, logits: list[dict[str, np.ndarray]]) -> dict:
    """The scores of the mean of some teachers' logits, calibrated as the students are."""
    names = load_calibration()
    mean = {task: np.mean([each[task] for each in logits], axis=0) for task in logits[0]}
    decoder = Decoder(calibrate(mean, names))
    answers = decoder.decode(decoder.probabilities(mean))
    return {"model": title, **short_scores(Scored([{"name": e.name, **a} for e, a in zip(names, answers, strict=True)], names))}


def teacher_rows(folders: list[Path]) -> list[dict]:
    """A row for the mean of all teachers, where there are several, and one for each."""
    logits = [teacher_logits(folder) for folder in folders]
    mean = [teacher_row(f"teachers ({', '.join(folder.name for folder in folders)}, mean)", logits)] if len(folders) > 1 else []
    return mean + [teacher_row(f"teacher: {folder.name}", [one]) for folder, one in zip(folders, logits, strict=True)]


def main() -> None:
    """Writes docs/model/students.tsv and .svg."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--student", type=Path, action="append", required=True)
    parser.add_argument("--teacher", type=Path, action="append", default=[])
    parser.add_argument("--output", type=Path, default=FIGURES)
    args = parser.parse_args()
    write_students(teacher_rows(args.teacher) + [student_row(folder) for folder in args.student], args.output)


if __name__ == "__main__":
    main()
