"""Writes a release's graph anew, as the code of today writes it, from the weights of its file: for a graph that is faster or more exact.

    python -m scripts.requantise --version 2026.11.3 [--artifacts ../model-artifacts]

Weights, vocabulary and calibration stay; the model's labels may move where its products are rounded otherwise. Then run `scripts.make_fixtures`
(which says what moved among the golden names) and `scripts.evaluate`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ingredients.activations import write_int8
from ingredients.release import load_manifest, write_manifest
from ingredients.released import load_released
from ingredients.seen import SEEN_NAMES
from scripts.export import ARTIFACTS


def requantise(artifacts: Path, version: str, seen: Path) -> None:
    """Replaces model.onnx, and the version in the manifest and in what says which evaluation names training held."""
    manifest = load_manifest(artifacts)
    write_int8(load_released(artifacts / "model.onnx", manifest), artifacts)
    write_manifest(artifacts, version, manifest["maxTokens"], manifest["architecture"], manifest["tasks"])
    kept = json.loads(seen.read_text(encoding="utf-8"))
    seen.write_text(json.dumps({**kept, "version": version}) + "\n", encoding="utf-8")


def main() -> None:
    """Writes the release anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", required=True)
    parser.add_argument("--artifacts", type=Path, default=ARTIFACTS)
    parser.add_argument("--seen", type=Path, default=SEEN_NAMES)
    args = parser.parse_args()
    requantise(args.artifacts, args.version, args.seen)
    print(f"model {args.version}: {(args.artifacts / 'model.onnx').stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
