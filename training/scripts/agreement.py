"""Agreement of the lexicon with a blind second labelling: `python -m scripts.agreement [--list]`.

data/agreement/second.tsv holds 1,500 names of the lexicon, drawn by a hash of the name and labelled again by annotators who saw the guide
and the names alone. Cohen's kappa (1960) corrects the two single-label tasks for chance.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Collection

from ingredients.lexicon import Example, load_agreement, load_lexicon


def kappa(pairs: list[tuple[str | None, str | None]]) -> float:
    """Cohen's kappa of (first, second) labels."""
    observed = sum(a == b for a, b in pairs) / len(pairs)
    first, second = (Counter(pair[i] for pair in pairs) for i in (0, 1))
    expected = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return (observed - expected) / (1 - expected)


def report(pairs: list[tuple[Example, Example]]) -> list[str]:
    """Lines with the agreement in each task; source and categories over what both call an ingredient."""
    foods = [(a, b) for a, b in pairs if a.ingredient == b.ingredient == "ingredient"]
    sets = [(set(a.categories or ()), set(b.categories or ())) for a, b in foods]
    common = sum(len(a & b) for a, b in sets)
    total = sum(len(a) + len(b) for a, b in sets)
    single = {"ingredient": pairs, "source": foods}
    lines = []
    for task, both in single.items():
        labels = [(getattr(a, task), getattr(b, task)) for a, b in both]
        lines.append(f"{task}: {sum(a == b for a, b in labels)} of {len(labels)} alike, kappa {kappa(labels):.3f}")
    lines.append(f"categories: {sum(a == b for a, b in sets)} of {len(sets)} sets alike, micro-F1 {2 * common / total:.3f}")
    return lines


def left_out(first: Collection[str], second: list[Example]) -> str:
    """A line with how many names are compared, and which cannot be since they left the lexicon."""
    gone = [example.name for example in second if example.name not in first]
    line = f"{len(second) - len(gone)} of {len(second)} names compared, {len(gone)} have left the lexicon since"
    return f"{line}: {', '.join(gone)}" if gone else line


def main() -> None:
    """Prints the agreement, and with --list every name that was labelled otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    first = {example.name: example for example in load_lexicon()}
    second = load_agreement()
    pairs = [(first[example.name], example) for example in second if example.name in first]
    print(left_out(first, second))
    print("\n".join(report(pairs)))
    if args.list:
        for a, b in pairs:
            if a.labels != b.labels:
                print(f"{a.name}\t{a.source} {','.join(a.categories or ())}\t{b.source} {','.join(b.categories or ())}")


if __name__ == "__main__":
    main()
