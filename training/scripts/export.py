"""Writes the release: the int8 graph, its calibration and bounds, scores, manifest and model card.

    python -m scripts.export --model build/model --version 2026.11.1 [--output ../model-artifacts]
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from ingredients.calibrate import calibrate
from ingredients.labels import SIZES
from ingredients.lexicon import load_evaluation
from ingredients.model import load_model
from ingredients.onnx_graph import GraphWriter
from ingredients.release import write_card, write_manifest
from ingredients.runtime import Classifier, Session
from ingredients.scores import release_scores

ARTIFACTS = Path(__file__).resolve().parents[2] / "model-artifacts"


def main() -> None:
    """Exports, calibrates on dev, scores on test, writes everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=Path, default=ARTIFACTS)
    args = parser.parse_args()

    model = load_model(args.model, SIZES)
    max_tokens = model.encoder.config.max_position_embeddings
    args.output.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(args.model / "vocab.txt", args.output / "vocab.txt")
    GraphWriter(model).write(args.output / "model.onnx")
    GraphWriter(model, int8=False).write(args.model / "float32.onnx")

    dev = load_evaluation("dev")
    session = Session(args.output / "model.onnx", args.output / "vocab.txt", max_tokens)
    tasks = calibrate(session.logits([example.name for example in dev]), dev)
    manifest = write_manifest(args.output, args.version, max_tokens, tasks, scores=None)
    seen = (args.model / "seen.txt").read_text(encoding="utf-8").splitlines()
    scores = release_scores(Classifier(args.output), args.model / "float32.onnx", seen)
    manifest = write_manifest(args.output, args.version, max_tokens, tasks, scores)
    write_card(args.output, manifest)
    print((args.output / "MODEL_CARD.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
