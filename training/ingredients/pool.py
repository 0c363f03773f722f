"""The unlabelled names that a teacher labels for its students: every name of the open data, and names put together from others.

A teacher's labels are kept by a hash of each name's normal form, so that they can be shared without the names of the open data. The names that were put
together are kept beside them (JOINED_FILE): drawn anew from a lexicon with one food more, four in five would be others, which no teacher has labelled.
"""

from __future__ import annotations

import gzip
import hashlib
import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .augment import AFTER, AMOUNTS, BEFORE, DISH_WORDS
from .dataset import JOKE_THINGS
from .labels import SIZES
from .lexicon import Example
from .open_data import MODULES
from .text import normal_form

MAX_WORDS = 7
JOINED_FILE = "joined.txt.gz"
SEED = 20260603
# Logits are kept in steps of an eighth within what 8 bits hold: finer than a teacher's own noise.
LOGIT_STEP = 0.125
_JOINS = (
    "{food} {food2}", "{food} and {food2}", "{food} with {food2}", "{food} in {food2}", "{food} {dish}", "{food} and {food2} {dish}",
    "{thing} {dish}", "{food} {thing}", "{thing} {food}", "{food} {thing2}", "{thing} and {thing2}", "{thing} flavoured {food}",
    "{food} flavoured {thing}", "vegan {food}", "{food} shaped {thing}", "{amount} {thing}", "{before} {thing}", "{thing}{after}",
    "{food} for {thing}", "{food} from {thing}", "no {food}", "{food} or {food2}", "{food}, {food2}, {thing}", "{before} {food} {dish}",
)  # fmt: skip


def open_names(folder: Path) -> list[str]:
    """Normal forms of all names in the open data with at most MAX_WORDS words, in order, once each."""
    names = {row.name for module in MODULES for row in module.rows(folder)}
    return sorted(name for name in names if len(name.split()) <= MAX_WORDS and len(name) <= 80)


def joined_names(lexicon: list[Example], count: int) -> list[str]:
    """`count` names put together from the lexicon's: dishes of two foods, jokes, foods said with things; what they are, a teacher says."""
    rng = random.Random(SEED)
    foods = [e.name for e in lexicon if e.ingredient == "ingredient" and len(e.name) < 22]
    things = [e.name for e in lexicon if e.group in JOKE_THINGS and len(e.name) < 24]
    names = set()
    while len(names) < count:
        values = {
            "food": rng.choice(foods), "food2": rng.choice(foods), "thing": rng.choice(things), "thing2": rng.choice(things),
            "dish": rng.choice(DISH_WORDS), "amount": rng.choice(AMOUNTS), "before": rng.choice(BEFORE), "after": rng.choice(AFTER),
        }  # fmt: skip
        names.add(normal_form(rng.choice(_JOINS).format(**values))[:120])
    return sorted(names)


def write_joined(path: Path, names: list[str]) -> None:
    """Writes names put together, a line each: the same bytes for the same names."""
    path.write_bytes(gzip.compress("".join(f"{name}\n" for name in names).encode("utf-8"), mtime=0))


def read_joined(path: Path) -> list[str]:
    """What `write_joined` wrote."""
    return gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")[:-1]


def unlabelled(lexicon: list[Example], weak: Iterable[Example], folder: Path, joined: list[str]) -> list[Example]:
    """Examples without labels, for the names of the open data and those put together that neither the lexicon nor the weak labels hold."""
    known = {example.name for example in lexicon} | {example.name for example in weak}
    names = [*open_names(folder), *joined]
    return [Example(name, None, None, None, "pool", 0.0) for name in dict.fromkeys(names) if name not in known]


def name_hash(name: str) -> int:
    """64 bits of a normal form's SHA-256."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8")).digest()[:8], "big")


def save_labels(path: Path, names: list[str], logits: dict[str, np.ndarray]) -> None:
    """Writes a teacher's logits {task: (N, labels)} for N names, by hash, in steps of LOGIT_STEP."""
    hashes = np.array([name_hash(name) for name in names], dtype=np.uint64)
    order = np.argsort(hashes)
    steps = {task: np.clip(np.rint(values / LOGIT_STEP), -127, 127).astype(np.int8)[order] for task, values in logits.items()}
    np.savez_compressed(path, hashes=hashes[order], **steps)


def load_labels(path: Path, names: list[str]) -> dict[str, np.ndarray]:
    """The teacher's logits {task: (N, labels)} for N names; NaN in the rows of names that it did not label."""
    kept = np.load(path)
    hashes = kept["hashes"]
    wanted = np.array([name_hash(name) for name in names], dtype=np.uint64)
    place = np.minimum(np.searchsorted(hashes, wanted), len(hashes) - 1)
    found = hashes[place] == wanted
    result = {}
    for task, size in SIZES.items():
        result[task] = np.full((len(names), size), np.nan, dtype=np.float32)
        result[task][found] = kept[task][place[found]] * LOGIT_STEP
    return result
