"""Fine-tunes one classifier for the three tasks, or with --task for one alone, on the lexicon and the weak labels.

    python -m scripts.finetune --data build/data --encoder build/adapted --output build/model --epochs 8
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ingredients.base import best_device, minilm_folder, saved_model, start_model, tiny_model
from ingredients.confident import without_doubts
from ingredients.dataset import TrainingData
from ingredients.doubts_file import read_doubts
from ingredients.labels import SIZES
from ingredients.lexicon import Example, load_lexicon
from ingredients.model import MultiTaskTokenClassifier
from ingredients.pool import name_hash
from ingredients.prepared import read_examples
from ingredients.train import TrainingSettings, train

SEEN_FILE = "seen.txt"


def labelled(data: Path | None, doubts: Path | None) -> list[Example]:
    """The lexicon, and the weak labels of the open data less those in doubt."""
    lexicon = load_lexicon()
    if data is None:
        return lexicon
    weak = read_examples(data / "weak.tsv")
    kept = weak if doubts is None else without_doubts(weak, read_doubts(doubts, weak))
    print(f"{len(lexicon)} names labelled by hand, {len(kept)} of {len(weak)} from open data")
    return lexicon + kept


def sample(items: list[Example], share: float) -> list[Example]:
    """A share of the examples, chosen by a hash of their names."""
    return [e for e in items if name_hash(e.name) < share * 2**64]


def save_names(chosen: list[Example], folder: Path) -> None:
    """Writes the names that the model has seen: scores part them from the others."""
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted({example.name for example in chosen})
    (folder / SEEN_FILE).write_text("\n".join(names) + "\n", encoding="utf-8")


def main() -> None:
    """Reads the data, builds the encoder, trains, saves to --output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="what scripts.prepare wrote; without it only the lexicon is used")
    parser.add_argument("--doubts", type=Path, help="the weak labels to leave out")
    parser.add_argument("--base", type=Path, help="a folder with a published encoder; the package's MiniLM where none is given")
    parser.add_argument("--encoder", type=Path, help="a folder of scripts.pretrain, in the place of --base")
    parser.add_argument("--task", choices=list(SIZES), help="one task alone, to compare with")
    parser.add_argument("--epochs", type=int, default=TrainingSettings.epochs)
    parser.add_argument("--batch-size", type=int, default=TrainingSettings.batch_size)
    parser.add_argument("--learning-rate", type=float, default=TrainingSettings.learning_rate)
    parser.add_argument("--seed", type=int, default=TrainingSettings.seed)
    parser.add_argument("--share", type=float, default=1.0, help="share of the examples to use, for smoke runs")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--seconds", type=float, help="a bound on training's time, by which its rate falls")
    parser.add_argument("--plain", action="store_true", help="do not record steps on a GPU")
    parser.add_argument("--tiny", action="store_true", help="a random encoder of 2 layers, for smoke runs")
    args = parser.parse_args()

    settings = replace(
        TrainingSettings(), epochs=args.epochs, batch_size=args.batch_size, learning_rate=args.learning_rate, seed=args.seed,
        seconds=args.seconds, record=not args.plain,
    )
    if args.tiny:
        model, encoder = tiny_model(args.output)
    elif args.encoder:
        model, encoder = saved_model(args.encoder)
        args.output.mkdir(parents=True, exist_ok=True)
        (args.output / "vocab.txt").write_bytes((args.encoder / "vocab.txt").read_bytes())
    else:
        model, encoder = start_model(args.base or minilm_folder(), args.output)
    if args.task:
        model = MultiTaskTokenClassifier(model.encoder, {args.task: SIZES[args.task]})
    chosen = sample(labelled(args.data, args.doubts), args.share)
    data = TrainingData(chosen, encoder, settings.batch_size, settings.seed, workers=args.workers)
    train(model, data, settings, args.output, best_device())
    save_names(chosen, args.output)


if __name__ == "__main__":
    main()
