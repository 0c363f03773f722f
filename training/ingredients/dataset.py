"""From examples to batches of tensors; noise is drawn anew in each epoch."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from .augment import joke, perturb
from .labels import SIZES, TASKS
from .lexicon import Example
from .text import Encoder, normal_form

IGNORE = -100
JOKE_THINGS = ("object", "gross", "chemical", "being", "cosmetic")


@dataclass(frozen=True)
class Batch:
    """input_ids, attention_mask: (B, T) int64; ingredient, source: (B,) int64, IGNORE where unknown;
    categories: (B, 27) float, NaN where unknown; weight: (B,) float."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    ingredient: torch.Tensor
    source: torch.Tensor
    categories: torch.Tensor
    weight: torch.Tensor


def pad(rows: list[list[int]], padding: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids as (B, T) int64 tensors of ids and mask, padded on the right to the longest row."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [padding] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask


def to_batch(examples: list[Example], encoder: Encoder) -> Batch:
    """Encodes examples with their targets."""
    ids, mask = pad(encoder.ids([example.name for example in examples]), encoder.pad)
    single = {
        task: torch.tensor([TASKS[task].index(label) if (label := getattr(e, task)) else IGNORE for e in examples])
        for task in ("ingredient", "source")
    }
    categories = torch.full((len(examples), SIZES["categories"]), float("nan"))
    for row, example in enumerate(examples):
        if example.categories is not None:
            categories[row] = 0.0
            categories[row, [TASKS["categories"].index(label) for label in example.categories]] = 1.0
    weight = torch.tensor([example.weight for example in examples])
    return Batch(ids, mask, single["ingredient"], single["source"], categories, weight)


class TrainingData:
    """Shuffled batches with fresh noise an epoch; names of similar length share a batch, which saves padding."""

    def __init__(self, examples: list[Example], encoder: Encoder, batch_size: int, seed: int, jokes: float = 0.04) -> None:
        self.examples, self.encoder, self.batch_size = examples, encoder, batch_size
        self.rng = random.Random(seed)
        self.jokes = int(jokes * len(examples))
        self._things = [e.name for e in examples if e.group in JOKE_THINGS and len(e.name) < 30]
        self._foods = [e.name for e in examples if e.ingredient == "ingredient" and e.weight == 1.0 and len(e.name) < 25]

    def __len__(self) -> int:
        return -(-(len(self.examples) + self.jokes) // self.batch_size)

    def epoch(self) -> Iterator[Batch]:
        """All examples once, some of them noisy, with made-up jokes among them."""
        rng = self.rng
        noisy = [replace(example, name=normal_form(perturb(example.name, rng))) for example in self.examples]
        if self._things and self._foods:
            names = (normal_form(joke(self._things, self._foods, rng)) for _ in range(self.jokes))
            noisy += [Example(name, "not_ingredient", None, None, "template", weight=0.5) for name in names]
        rng.shuffle(noisy)
        window = 50 * self.batch_size
        batches = []
        for start in range(0, len(noisy), window):
            chunk = sorted(noisy[start : start + window], key=lambda example: len(example.name))
            batches += [chunk[i : i + self.batch_size] for i in range(0, len(chunk), self.batch_size)]
        rng.shuffle(batches)
        for batch in batches:
            yield to_batch(batch, self.encoder)
