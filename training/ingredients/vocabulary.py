"""A vocabulary cut to what names of food need: the pieces that names use most, and every single letter, so that nothing is lost.

A word whose row is cut is read in smaller pieces.
"""

from __future__ import annotations

from collections import Counter

from .text import CONTROL_TOKENS, Encoder

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *CONTROL_TOKENS.values())


def count_pieces(encoder: Encoder, weighted: list[tuple[list[str], float]]) -> Counter[int]:
    """How often each token is used in lists of names, each list with a weight."""
    counts: Counter[int] = Counter()
    for names, weight in weighted:
        for row in encoder.tokenizer(names, add_special_tokens=False)["input_ids"]:
            for token in row:
                counts[token] += weight
    return counts


def cut_vocabulary(words: list[str], counts: Counter[int], size: int) -> list[str]:
    """At most `size` of `words`, in their order: special tokens, single letters (also inside a word), then the most used."""
    fixed = {i for i, word in enumerate(words) if word in SPECIAL or len(word.removeprefix("##")) == 1}
    ranked = sorted((i for i in range(len(words)) if i not in fixed and counts[i] > 0), key=lambda i: (-counts[i], i))
    kept = fixed | set(ranked[: max(0, size - len(fixed))])
    return [word for i, word in enumerate(words) if i in kept]
