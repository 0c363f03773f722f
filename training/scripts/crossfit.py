"""Predicts each name by models that did not train on it, and says which labels they doubt.

    python -m scripts.crossfit --data build/data --base FOLDER --output build/doubts

Writes logits.npz (all lexicon names, then all weak ones, in their order), weak_doubts.tsv, and lexicon_doubts.tsv for a person to read.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ingredients.base import best_device, minilm_folder, start_model, tiny_model
from ingredients.confident import find_doubts
from ingredients.dataset import TrainingData
from ingredients.doubts_file import write_doubts
from ingredients.labels import SIZES, TASKS
from ingredients.lexicon import Example, fold, load_evaluation, load_lexicon
from ingredients.pool import name_hash
from ingredients.prepared import read_examples
from ingredients.runtime import sigmoid, softmax
from ingredients.train import TrainingSettings, predict, train
from scripts.finetune import sample


def by_fold(examples: list[Example], folds: int) -> np.ndarray:
    """The fold of each example (N,); near-duplicates share one."""
    return np.array([name_hash(fold(example.name)) % folds for example in examples])


def main() -> None:
    """Trains a model a fold, predicts, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--base", type=Path)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=256)
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0, help="share of the names to use, for smoke runs")
    parser.add_argument("--tiny", action="store_true", help="a random encoder of 2 layers, for smoke runs")
    args = parser.parse_args()
    device = best_device()
    lexicon, weak = sample(load_lexicon(), args.share), sample(read_examples(args.data / "weak.tsv"), args.share)
    examples = lexicon + weak
    place = by_fold(examples, args.folds)
    logits = {task: np.zeros((len(examples), size), np.float32) for task, size in SIZES.items()}
    dev = load_evaluation("dev")
    for number in range(args.folds):
        model, encoder = tiny_model(args.output) if args.tiny else start_model(args.base or minilm_folder(), args.output)
        settings = TrainingSettings(epochs=args.epochs, batch_size=args.batch_size, learning_rate=args.learning_rate)
        rest = [example for example, fold_of in zip(examples, place, strict=True) if fold_of != number]
        data = TrainingData(rest, encoder, settings.batch_size, settings.seed + number, workers=args.workers)
        train(model, data, settings, None, device)
        held = np.flatnonzero(place == number)
        short = encoder.shortened(48)
        for task, values in predict(model, short.ids([examples[i].name for i in held]), encoder.pad, device).items():
            logits[task][held] = values.numpy()
        found = predict(model, short.ids([example.name for example in dev]), encoder.pad, device)
        right = (found["ingredient"].argmax(1).numpy() == [TASKS["ingredient"].index(e.ingredient) for e in dev]).mean()
        print(f"fold {number + 1}: ingredient accuracy on dev {right:.4f}", flush=True)
    np.savez_compressed(args.output / "logits.npz", **{task: values.astype(np.float16) for task, values in logits.items()})
    count = len(lexicon)
    write_doubts(args.output / "weak_doubts.tsv", weak, find_doubts(weak, {task: values[count:] for task, values in logits.items()}))
    doubts = find_doubts(lexicon, {task: values[:count] for task, values in logits.items()})
    with (args.output / "lexicon_doubts.tsv").open("w", encoding="utf-8") as file:
        for row, e in enumerate(lexicon):
            tasks = [task for task in TASKS if getattr(doubts, task)[row]]
            if tasks:
                p = {task: (sigmoid if task == "categories" else softmax)(values[row].astype(np.float64)) for task, values in logits.items()}
                likely = [f"{TASKS['categories'][c]} {p['categories'][c]:.2f}" for c in np.argsort(-p["categories"])[:4]]
                source = TASKS["source"][int(p["source"].argmax())]
                said = f"{p['ingredient'][1]:.2f}\t{source} {p['source'].max():.2f}\t{', '.join(likely)}"
                file.write(f"{','.join(tasks)}\t{e.name}\t{e.group}\t{e.ingredient}\t{e.source}\t{','.join(e.categories or ())}\t{said}\n")


if __name__ == "__main__":
    main()
