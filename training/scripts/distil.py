"""Trains a student on people's labels and a teacher's: fewer layers, a smaller vocabulary.

    python -m scripts.distil --data build/data --teacher-labels labels.npz --encoder build/adapted --layers 0,2,5 --vocabulary 16000 --output build/student
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from ingredients.base import VOCAB_FILE, best_device, saved_model, student_of
from ingredients.dataset import TrainingData
from ingredients.lexicon import Example
from ingredients.pool import load_labels
from ingredients.prepared import read_texts
from ingredients.train import TrainingSettings, train
from ingredients.vocabulary import count_pieces, cut_vocabulary
from scripts.finetune import labelled, sample, save_names

# The lexicon is what people type; the open data's words come after it.
LEXICON_WEIGHT = 5.0
# An edit of the lexicon brings a few names that no teacher has labelled; a tenth of all is another pool than the teachers'.
MOST_UNLABELLED = 0.1


def soft_labels(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    """The teachers' logits of N names, as load_labels gives them. Prints how many names have none; exits where they are more than MOST_UNLABELLED."""
    soft = load_labels(path, names)
    missing = int(np.isnan(soft["ingredient"][:, 0]).sum())
    print(f"{missing} of {len(names)} names have no label of the teachers")
    if missing > MOST_UNLABELLED * len(names):
        sys.exit(
            f"{path} labels {len(names) - missing} of {len(names)} names, too few: run scripts.prepare with --joined and the joined.txt.gz beside the labels, "
            "and the open data of data/sources.tsv; or label all names anew with runs/teachers.sh"
        )
    return soft


def main() -> None:
    """Cuts, trains, saves to --output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--doubts", type=Path)
    parser.add_argument("--teacher-labels", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, required=True, help="a folder of scripts.finetune or scripts.pretrain: the student starts from it")
    parser.add_argument("--layers", default="0,1,2,3,4,5", help="which layers of the encoder the student starts from")
    parser.add_argument("--vocabulary", type=int, default=0, help="words to keep; 0 keeps all")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=5e-4)
    parser.add_argument("--epoch-share", type=float, default=1.0, help="share of the names without labels by hand that an epoch draws")
    parser.add_argument("--share", type=float, default=1.0, help="share of the names to use, for smoke runs")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--seconds", type=float, help="a bound on training's time, by which its rate falls")
    parser.add_argument("--plain", action="store_true", help="do not record steps on a GPU")
    args = parser.parse_args()

    known = labelled(args.data, args.doubts)
    pool = [Example(name, None, None, None, "pool", 0.0) for name in read_texts(args.data / "pool.jsonl")]
    chosen = sample([*known, *pool], args.share)
    soft = soft_labels(args.teacher_labels, [example.name for example in chosen])
    words = None
    if args.vocabulary:
        _, encoder = saved_model(args.encoder)
        by_hand = [e.name for e in known if e.weight == 1.0]
        counts = count_pieces(encoder, [(by_hand, LEXICON_WEIGHT), ([e.name for e in [*known, *pool]], 1.0)])
        words = cut_vocabulary((args.encoder / VOCAB_FILE).read_text(encoding="utf-8").splitlines(), counts, args.vocabulary)
    model, encoder = student_of(args.encoder, tuple(map(int, args.layers.split(","))), words, args.output)
    settings = replace(
        TrainingSettings(), epochs=args.epochs, batch_size=args.batch_size, learning_rate=args.learning_rate, seconds=args.seconds, record=not args.plain
    )
    data = TrainingData(
        chosen, encoder, settings.batch_size, settings.seed, soft=soft, share=args.epoch_share, workers=args.workers
    )
    train(model, data, settings, args.output, best_device())
    save_names(chosen, args.output)


if __name__ == "__main__":
    main()
