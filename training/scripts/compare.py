"""Compares students: accuracy against latency, size and memory, as a table and a plot.

    python -m scripts.compare --student build/students/6-30522 --student build/students/3-16000 … --teacher build/teacher-1 …

Each is exported to int8 and asked one name at a time by ONNX Runtime on one thread; scores are on dev, after calibration on dev.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from ingredients.base import best_device, saved_model
from ingredients.calibrate import calibrate
from ingredients.figures import draw_students
from ingredients.lexicon import load_evaluation
from ingredients.metrics import Scored
from ingredients.runtime import Classifier, Decoder
from ingredients.train import predict
from scripts.evaluate import FIGURES
from scripts.export import export

COLUMNS = ("model", "layers", "vocabulary", "megabytes", "p50Ms", "rssMb", "ingredient", "source", "microF1", "exact")
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
options.enable_cpu_mem_arena = False
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


def row_of(scored: Scored) -> dict[str, float | None]:
    """The scores of a row of the table."""
    values = scored.values(np.arange(len(scored.examples)))
    return {
        "ingredient": values["ingredient accuracy"],
        "source": values["source accuracy"],
        "microF1": values["categories micro-F1"],
        "exact": values["categories exact set"],
    }


def student_row(folder: Path) -> dict:
    """Exports a student beside its checkpoint and measures it."""
    dev = load_evaluation("dev")
    manifest = export(folder, "0.0.1", folder / "artifacts")
    scored = Scored(Classifier(folder / "artifacts").classify([example.name for example in dev]), dev)
    probe = subprocess.run(
        [sys.executable, "-c", PROBE, str(folder / "artifacts"), str(ROUNDS)], capture_output=True, text=True, check=True
    )
    shape = manifest["architecture"]
    size = round(manifest["files"]["model.onnx"]["bytes"] / 1e6, 1)
    return {"model": folder.name, "layers": shape["layers"], "vocabulary": shape["vocabulary"], "megabytes": size, **json.loads(probe.stdout), **row_of(scored)}


def teacher_row(folders: list[Path]) -> dict:
    """The ensemble's scores, calibrated on dev as the students are."""
    dev = load_evaluation("dev")
    logits: dict[str, np.ndarray] = {}
    for folder in folders:
        model, encoder = saved_model(folder)
        for task, values in predict(model, encoder.ids([example.name for example in dev]), encoder.pad, best_device()).items():
            logits[task] = logits.get(task, 0) + values.numpy() / len(folders)
    decoder = Decoder(calibrate(logits, dev))
    answers = decoder.decode(decoder.probabilities(logits))
    return {"model": f"teacher ({len(folders)} models)", **row_of(Scored([{"name": e.name, **a} for e, a in zip(dev, answers, strict=True)], dev))}


def main() -> None:
    """Writes docs/model/students.tsv and .svg."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--student", type=Path, action="append", required=True)
    parser.add_argument("--teacher", type=Path, action="append", default=[])
    parser.add_argument("--output", type=Path, default=FIGURES)
    args = parser.parse_args()
    students = [student_row(folder) for folder in args.student]
    rows = ([teacher_row(args.teacher)] if args.teacher else []) + students
    args.output.mkdir(parents=True, exist_ok=True)
    with (args.output / "students.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    draw_students(students, args.output / "students.svg")
    print((args.output / "students.tsv").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
