"""Adapts the published encoder to text about food by masked language modelling.

    python -m scripts.pretrain --data build/data --output build/adapted
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ingredients.base import best_device, minilm_folder, start_model, tiny_model
from ingredients.mlm import PretrainingSettings, pretrain
from ingredients.model import save_model
from ingredients.prepared import read_texts


def main() -> None:
    """Trains, saves the encoder with untrained heads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="what scripts.prepare wrote")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--base", type=Path, help="a folder with the published encoder; the package's MiniLM where none is given")
    parser.add_argument("--epochs", type=int, default=PretrainingSettings.epochs, help="0 saves the published encoder as it is")
    parser.add_argument("--batch-size", type=int, default=PretrainingSettings.batch_size)
    parser.add_argument("--learning-rate", type=float, default=PretrainingSettings.learning_rate)
    parser.add_argument("--tiny", action="store_true", help="a random encoder of 2 layers, for smoke runs")
    args = parser.parse_args()
    model, encoder = tiny_model(args.output) if args.tiny else start_model(args.base or minilm_folder(), args.output)
    if args.epochs:
        settings = PretrainingSettings(epochs=args.epochs, batch_size=args.batch_size, learning_rate=args.learning_rate)
        pretrain(model.encoder, encoder, read_texts(args.data / "texts.jsonl"), settings, best_device())
    save_model(model.to("cpu"), args.output)


if __name__ == "__main__":
    main()
