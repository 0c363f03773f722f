"""Writes the release: the int8 graph, its calibration and bounds, the names it was taught, the manifest, and which evaluation names training held.

    python -m scripts.export --model build/model --version 2026.11.1 [--output ../model-artifacts]

`python -m scripts.evaluate` then scores it and writes its card.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from ingredients.activations import write_int8
from ingredients.calibrate import calibrate
from ingredients.lexicon import load_calibration
from ingredients.model import load_model
from ingredients.onnx_graph import GraphWriter
from ingredients.release import write_manifest, write_taught
from ingredients.runtime import Session
from ingredients.seen import SEEN_NAMES, write_seen
from scripts.finetune import SEEN_FILE

ARTIFACTS = Path(__file__).resolve().parents[2] / "model-artifacts"


def export(model_folder: Path, version: str, output: Path) -> dict:
    """Writes model.onnx, vocab.txt, taught.txt and manifest.json to `output`, and float32.onnx beside the checkpoint. Returns the manifest."""
    model = load_model(model_folder)
    config = model.encoder.config
    output.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model_folder / "vocab.txt", output / "vocab.txt")
    write_taught(output)
    write_int8(model, output)
    GraphWriter(model, None).write(model_folder / "float32.onnx")
    names = load_calibration()
    session = Session(output / "model.onnx", output / "vocab.txt", config.max_position_embeddings)
    tasks = calibrate(session.logits([example.name for example in names]), names)
    architecture = {
        "layers": config.num_hidden_layers,
        "hidden": config.hidden_size,
        "heads": config.num_attention_heads,
        "vocabulary": config.vocab_size,
    }
    return write_manifest(output, version, config.max_position_embeddings, architecture, tasks)


def main() -> None:
    """Exports, calibrates, writes everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=Path, default=ARTIFACTS)
    parser.add_argument("--seen", type=Path, default=SEEN_NAMES, help="where to write which evaluation names training held")
    args = parser.parse_args()
    manifest = export(args.model, args.version, args.output)
    write_seen(args.version, (args.model / SEEN_FILE).read_text(encoding="utf-8").splitlines(), args.seen)
    size = manifest["files"]["model.onnx"]["bytes"] / 1e6
    print(f"model {args.version}: {manifest['architecture']}, {size:.1f} MB")


if __name__ == "__main__":
    main()
