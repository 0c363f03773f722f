"""From examples to batches of tensors; noise is drawn anew in each epoch, by worker processes where there are some."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from .augment import joke, perturb
from .labels import SIZES, TASKS
from .lexicon import Example
from .text import Encoder, normal_form

IGNORE = -100
JOKE_THINGS = ("object", "gross", "chemical", "being", "cosmetic")
JOKE_WEIGHT = 0.5
# Longer names are rare and cost every row of their batch; a release's `maxTokens` is what inference takes.
MAX_TRAINING_TOKENS = 48
# Names of this many batches are sorted by length together: less padding, and still a new mix each epoch.
WINDOW_BATCHES = 50


@dataclass(frozen=True)
class Batch:
    """input_ids, attention_mask: (B, T) int64; ingredient, source: (B,) int64, IGNORE where unknown; categories: (B, 27) float, NaN
    where unknown; weight: (B,) float, of these labels; soft: a teacher's logits {task: (B, labels)}, NaN where it gave none, or None."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    ingredient: torch.Tensor
    source: torch.Tensor
    categories: torch.Tensor
    weight: torch.Tensor
    soft: dict[str, torch.Tensor] | None = None


@dataclass(frozen=True)
class Targets:
    """The labels of N examples as tensors, in the shapes of Batch with N for B."""

    ingredient: torch.Tensor
    source: torch.Tensor
    categories: torch.Tensor
    weight: torch.Tensor
    soft: dict[str, torch.Tensor] | None = None

    @staticmethod
    def of(examples: list[Example], soft: dict[str, np.ndarray] | None = None) -> Targets:
        """Labels of `examples`; `soft`: a teacher's logits {task: (N, labels)}, in their order."""
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
        tensors = None if soft is None else {task: torch.from_numpy(values.astype(np.float32)) for task, values in soft.items()}
        return Targets(single["ingredient"], single["source"], categories, weight, tensors)

    def to(self, device: torch.device | str) -> Targets:
        """The same targets on a device."""
        soft = None if self.soft is None else {task: values.to(device) for task, values in self.soft.items()}
        return Targets(self.ingredient.to(device), self.source.to(device), self.categories.to(device), self.weight.to(device), soft)

    def rows(self, index: torch.Tensor) -> tuple:
        """The labels of some rows, in the order of Batch's fields after the mask."""
        soft = None if self.soft is None else {task: values[index] for task, values in self.soft.items()}
        return self.ingredient[index], self.source[index], self.categories[index], self.weight[index], soft


def pad(rows: list[list[int]], padding: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids as (B, T) int64 tensors of ids and mask, padded on the right to the longest row."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [padding] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask


def to_batch(examples: list[Example], encoder: Encoder) -> Batch:
    """Encodes examples with their targets, without noise."""
    ids, mask = pad(encoder.ids([example.name for example in examples]), encoder.pad)
    return Batch(ids, mask, *Targets.of(examples).rows(torch.arange(len(examples))))


@dataclass(frozen=True)
class _Epoch:
    """An epoch's names as the model sees them: ids (N, T) int32 padded on the right, lengths (N,), rows (N,) of the targets."""

    ids: np.ndarray
    lengths: np.ndarray
    rows: np.ndarray


class _Noise:
    """Draws an epoch; made once in each worker."""

    def __init__(
        self, names: list[str], by_hand: list[bool], things: list[str], foods: list[str], jokes: int, encoder: Encoder, share: float
    ) -> None:
        self.names, self.by_hand, self.things, self.foods = names, by_hand, things, foods
        self.jokes, self.encoder, self.share = jokes, encoder, share

    def epoch(self, seed: str) -> _Epoch:
        rng = random.Random(seed)
        rows = [row for row, by_hand in enumerate(self.by_hand) if by_hand or self.share >= 1.0 or rng.random() < self.share]
        noisy = [normal_form(perturb(self.names[row], rng)) or self.names[row] for row in rows]
        noisy += [normal_form(joke(self.things, self.foods, rng)) for _ in range(self.jokes)]
        # A joke's labels stand behind those of the examples.
        rows += [len(self.names)] * self.jokes
        encoded = self.encoder.ids(noisy)
        lengths = np.array([len(ids) for ids in encoded], dtype=np.int32)
        ids = np.full((len(encoded), int(lengths.max())), self.encoder.pad, dtype=np.int32)
        for row, values in enumerate(encoded):
            ids[row, : len(values)] = values
        return _Epoch(ids, lengths, np.array(rows))


_worker: _Noise | None = None


def _start_worker(*parameters) -> None:
    global _worker  # noqa: PLW0603 - a pool's initializer has no other place
    _worker = _Noise(*parameters)


def _draw(seed: str) -> _Epoch:
    assert _worker is not None
    return _worker.epoch(seed)


class TrainingData:
    """Shuffled batches with fresh noise an epoch; names of similar length share a batch, which saves padding."""

    def __init__(
        self,
        examples: list[Example],
        encoder: Encoder,
        batch_size: int,
        seed: int,
        jokes: float = 0.04,
        soft: dict[str, np.ndarray] | None = None,
        share: float = 1.0,
        workers: int = 0,
    ) -> None:
        """`jokes`: made-up names as a share of the examples; `share`: how many of the names that nobody labelled by hand (weight below 1)
        an epoch draws; `soft`: see Targets."""
        self.examples, self.batch_size, self.seed, self.workers = examples, batch_size, seed, workers
        things = [e.name for e in examples if e.group in JOKE_THINGS and len(e.name) < 30]
        foods = [e.name for e in examples if e.ingredient == "ingredient" and e.weight == 1.0 and len(e.name) < 25]
        count = int(jokes * len(examples)) if things and foods else 0
        behind = [Example("joke", "not_ingredient", None, None, "template", JOKE_WEIGHT)]
        if soft is not None:
            soft = {task: np.concatenate([values, np.full((1, values.shape[1]), np.nan)]) for task, values in soft.items()}
        self.targets = Targets.of([*examples, *behind], soft)
        by_hand = [example.weight == 1.0 for example in examples]
        self._size = sum(by_hand) + int(share * (len(examples) - sum(by_hand))) + count
        short = encoder.shortened(min(encoder.max_tokens, MAX_TRAINING_TOKENS))
        self._noise = ([example.name for example in examples], by_hand, things, foods, count, short, share)
        self._padding = encoder.pad

    def __len__(self) -> int:
        """Batches an epoch; where only a share is drawn, about so many."""
        return -(-self._size // self.batch_size)

    def epochs(self, count: int, device: torch.device | str = "cpu") -> Iterator[Iterator[Batch]]:
        """`count` epochs, each an iterator of batches on `device`; the noise of an epoch depends on its number and the seed alone."""
        targets = self.targets.to(device)
        for number, epoch in enumerate(self._epochs(count)):
            yield self._batches(epoch, targets, number, device)

    def batches(self, epochs: int, device: torch.device | str = "cpu") -> Iterator[tuple[int, Batch]]:
        """The batches of `epochs`, each with the number of its epoch."""
        for number, epoch in enumerate(self.epochs(epochs, device)):
            for batch in epoch:
                yield number, batch

    def _epochs(self, count: int) -> Iterator[_Epoch]:
        seeds = [f"{self.seed} {number}" for number in range(count)]
        if self.workers == 0:
            noise = _Noise(*self._noise)
            yield from (noise.epoch(seed) for seed in seeds)
            return
        pool = ProcessPoolExecutor(self.workers, initializer=_start_worker, initargs=self._noise)
        try:
            waiting = deque(pool.submit(_draw, seed) for seed in seeds[: 2 * self.workers])
            for seed in [*seeds[2 * self.workers :], *[None] * min(count, 2 * self.workers)]:
                yield waiting.popleft().result()
                if seed is not None:
                    waiting.append(pool.submit(_draw, seed))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _batches(self, epoch: _Epoch, targets: Targets, number: int, device: torch.device | str) -> Iterator[Batch]:
        rng = np.random.default_rng([self.seed, number])
        order = rng.permutation(len(epoch.rows))
        window = WINDOW_BATCHES * self.batch_size
        batches = []
        for start in range(0, len(order), window):
            chunk = order[start : start + window]
            chunk = chunk[np.argsort(epoch.lengths[chunk], kind="stable")]
            batches += [chunk[i : i + self.batch_size] for i in range(0, len(chunk), self.batch_size)]
        ids = torch.from_numpy(epoch.ids).to(device)
        lengths = torch.from_numpy(epoch.lengths).to(device)
        rows = torch.from_numpy(epoch.rows).to(device)
        for place in rng.permutation(len(batches)):
            width = int(epoch.lengths[batches[place]].max())
            index = torch.from_numpy(batches[place]).to(device)
            mask = (torch.arange(width, device=device)[None, :] < lengths[index][:, None]).long()
            yield Batch(ids[index, :width].long(), mask, *targets.rows(rows[index]))
