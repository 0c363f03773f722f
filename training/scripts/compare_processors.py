"""Compares the shipped model's answers on this processor with those on an older one, which an emulator plays.

    python -m scripts.compare_processors --emulator "qemu-x86_64 -cpu Haswell"

Haswell has AVX2 and neither AVX-512 nor VNNI, as the least that Cloud Run promises. Prints how many labels differ, and by how much logits do.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parents[2]
NAMES = 500


def inputs() -> list[list[int]]:
    """Token ids of the first names of the tokens' fixture."""
    lines = (ROOT / "test/fixtures/tokens.jsonl").read_text(encoding="utf-8").split("\n")
    rows = (json.loads(line) for line in lines if '"inputIds"' in line)
    return [row["inputIds"] for row, _ in zip(rows, range(NAMES), strict=False)]


def logits(model: Path) -> dict[str, np.ndarray]:
    """Logits {task: (N, labels)} of the fixture's names, one name at a time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    rows = []
    for ids in inputs():
        array = np.array([ids], dtype=np.int64)
        rows.append(session.run(None, {"input_ids": array, "attention_mask": np.ones_like(array)}))
    return {output.name: np.concatenate([row[i] for row in rows]) for i, output in enumerate(session.get_outputs())}


def main() -> None:
    """Runs the model here and under the emulator, and compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emulator", help="a command that runs a program on another processor")
    parser.add_argument("--write", type=Path, help="write this processor's logits there and end")
    parser.add_argument("--model", type=Path, default=ROOT / "model-artifacts" / "model.onnx")
    args = parser.parse_args()
    mine = logits(args.model)
    if args.write:
        np.savez(args.write, **mine)
        return
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "logits.npz"
        command = [*shlex.split(args.emulator), sys.executable, "-m", "scripts.compare_processors", "--write", str(other), "--model", str(args.model)]
        subprocess.run(command, check=True, cwd=Path(__file__).resolve().parents[1])
        theirs = dict(np.load(other))
    for task, values in mine.items():
        labels = [(v > 0 if task == "categories" else v.argmax(axis=1)) for v in (values, theirs[task])]
        differ = int((labels[0] != labels[1]).reshape(len(values), -1).any(axis=1).sum())
        print(f"{task}: {differ} of {len(values)} names differ, logits by at most {np.abs(values - theirs[task]).max():.2e}")


if __name__ == "__main__":
    main()
