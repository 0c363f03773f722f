"""Puts the sources' rows together: one Example a name, with what the sources do not disagree on."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from typing import Any

from ..lexicon import Example, fold
from .heads import HEADS
from .names import base
from .rules import by_head, fits, guarded, is_hedged
from .weak import Weak, parts
from .wordlists import tool

WEIGHT, AGREED = 0.3, 0.5
# Two of these settle a name that another list holds as no food.
_KITCHENS = {"openfoodfacts", "usda", "ciqual", "flavorgraph", "schollz", "tandoor", "faker", "wordnet"}
# Lists of one kind of food, and how many of the names that only they hold are taken: else a quarter of all foods were fish.
MOST = {"foodon seafood": 2500, "corpora cheeses": 900, "corpora apples": 250, "corpora teas": 200}
# The lists of no foods that matter most to a kitchen, all taken; then those of things and people; the rest by its share.
_FIRST = """shopify near|openfoodfacts packaging|openfoodfacts cosmetics|openfoodfacts pet food|openfoodfacts|wordnet tool|wordnet drug|
wordnet poison|wordnet fuel|wordnet feed|wordnet dog|corpora drugs|corpora toxic_plants|corpora toxic_chemicals|
corpora abridged-body-fluids|corpora packaging|corpora appliances|corpora objects|corpora clothing|corpora containers|faker|
quickdraw|naughty-strings|flavorgraph|schollz"""
FIRST = set(parts(_FIRST))
_THEN = ("wordnet artifact", "wordnet person", "shopify", "corpora")
_REST_SHARE = 0.1
_HOLDS_FOOD = re.compile(r"^(can|bottle|box|jar|bag|glass|cup|loaf|slice|piece|bowl|bar|carton|tube|stick|twister|container|plate|"
    r"pot|basket)s? of\b")
# Names on both sides that are foods, and no foods that are too near to one.
_EATEN = set(
    parts(
        """sodium bicarbonate|folic acid|calcium chloride|crabs|donuts|custard pie|ice cube|dripping|calcium gluconate|charcuterie|
        birthday cake|leavening agent|wine cooler|acorn|honeycomb|chow chow|masa|juniper|mocha|salade|crêpe|bread and butter|
        chips|zest|swiss|appenzeller|phosphoric acid|mannitol|cellulose|chokecherry|flavor|flavour|natal plum|brawn|cajun|boule"""
    )
)
_LEFT_OUT = set(
    parts(
        """dole|planters|special k|philadelphia|carnation|hula hoops|yule log|berliner|idahoan|amora|rapunzel|garden asparagus|
        horse bean|wild onion|cotton candy sugar|powdered mustard|may apple|big fish"""
    )
)
# Lists whose names are no foods though a plant or an animal has the same name.
_SURE = {"corpora toxic_plants", "corpora dogs", "wordnet dog", "wordnet feed", "wordnet poison", "flavorgraph", "schollz"}
# Names that are no foods to anyone but the list that holds them.
_NEVER = set(
    """white red black green blue brown grey gray mix mixed various other assorted plain original regular junior kids mcdonald's centre
    herbal produce mould mold pods proteins dope distilled hard proof diet chilly kilos enzyme hygiene bishop breakfast brussels
    caribbean creamy halal irish julienne meal ramekin rapunzel round saddle saute savoury slug smoked sour geneva delicious emperor
    oreo american dutch""".split()
) | {"cough drops", "cough drop", "magic mushroom", "cape cod", "low sodium", "rabbit food", "side dish", "bird seed", "scotch bonnet"}


@dataclass
class Merged:
    """The examples, and how much was dropped on the way: "source", "categories", "sides" (a food here, none there), "clash", "cap"."""

    examples: list[Example]
    dropped: Counter[str] = field(default_factory=Counter)


def order(name: str) -> bytes:
    """A key that shuffles names the same way everywhere."""
    return hashlib.sha256(name.encode("utf-8")).digest()


def _agree(rows: list[Weak], labels: list[tuple[Weak, Any]]) -> tuple[Any, bool, bool]:
    """The one label of a task or None, whether labels disagreed, and whether two sources gave it."""
    found = {label for _, label in labels}
    if len(found) != 1:
        return None, len(found) > 1, False
    return found.pop(), False, len({row.origin.split()[0] for row, _ in labels}) > 1


def _food(name: str, rows: list[Weak], dropped: Counter[str]) -> Example:
    source, conflict, agreed = _agree(rows, [(row, row.source) for row in rows if row.source])
    dropped["source"] += conflict
    sets, conflict, _ = _agree(rows, [(row, frozenset(row.categories)) for row in rows if row.categories])
    dropped["categories"] += conflict
    categories = next((row.categories for row in rows if row.categories and frozenset(row.categories) == sets), None)
    origins = "+".join(sorted({row.origin.split()[0] for row in rows}))
    return Example(name, "ingredient", source, categories, origins, AGREED if agreed else WEIGHT)


def _is_food(name: str, foods: list[Weak]) -> bool | None:
    """For a name on both sides: a food, none, or None where neither is sure."""
    if tool(name):
        return False
    return True if name in _EATEN or len({row.origin.split()[0] for row in foods} & _KITCHENS) >= 2 else None


def _is_lone(name: str, foods: list[Weak]) -> bool:
    """Whether no more than one source beside FoodOn holds a food that the rules do not know."""
    return len({row.origin.split()[0] for row in foods} - {"foodon"}) < 2 and not by_head(name)[0]


def _spread(foods: dict[str, Example]) -> None:
    """Gives names without a label that of the name without its words of state ("frozen chopped spinach")."""
    known: dict[str, set[tuple]] = defaultdict(set)
    for example in foods.values():
        if example.source and example.categories:
            known[base(example.name)].add((example.source, frozenset(example.categories), example.categories))
    for name, example in foods.items():
        found = known.get(base(name), set())
        if name in HEADS or is_hedged(name) or (example.source and example.categories) or len({entry[:2] for entry in found}) != 1:
            continue
        source, _, categories = next(iter(sorted(found, key=str)))
        if example.source not in (None, source) or not fits(name, categories):
            continue
        foods[name] = Example(name, "ingredient", guarded(name, source), example.categories or categories, example.group, example.weight)


def _cap(examples: list[Example], tiers: dict[str, int], room: int) -> list[Example]:
    """`room` examples: all of tier 0, a share of tier 2, the rest of tier 1; which ones hangs on their names alone."""
    by_tier: dict[int, list[Example]] = defaultdict(list)
    for example in sorted(examples, key=lambda example: order(example.name)):
        by_tier[tiers[example.name]].append(example)
    kept = by_tier[0][:room]
    rest = by_tier[2][: int(room * _REST_SHARE)]
    kept += by_tier[1][: max(0, room - len(kept) - len(rest))]
    return kept + rest[: max(0, room - len(kept))]


def _tier(rows: list[Weak]) -> int:
    return min(0 if row.origin in FIRST else 1 if row.origin.startswith(_THEN) and row.origin != "corpora adverbs" else 2 for row in rows)


def merge(rows: Iterable[Weak], clashes: Set[str] = frozenset(), edible: Set[str] = frozenset()) -> Merged:
    """One Example a name, in the order of the names, as many no foods as foods at most.

    A task on which sources disagree is dropped, and so is a name that is a food in one list and none in another, unless two
    kitchens' lists hold it or its words tell a tool. `clashes` are words that mean something else to most people: as the
    name of a fish, or out of a single list, they are dropped. `edible` are words with a sense that may be eaten, which only a
    list of poisons makes a no food.
    """
    groups: dict[str, list[Weak]] = defaultdict(list)
    for row in rows:
        groups[row.name].append(row)
    dropped: Counter[str] = Counter()
    foods: dict[str, Example] = {}
    others: list[tuple[str, list[Weak]]] = []
    only: dict[str, list[str]] = defaultdict(list)
    for name, group in groups.items():
        eaten = [row for row in group if row.ingredient == "ingredient"]
        not_eaten = [row for row in group if row.ingredient != "ingredient"]
        verdict = _is_food(name, eaten) if eaten and not_eaten else bool(eaten)
        if verdict is False and name in edible and not any(row.origin in _SURE for row in not_eaten):
            verdict = None
        if verdict is None:
            dropped["sides"] += 1
        elif not verdict:
            others.append((name, not_eaten))
        elif name in _NEVER or tool(name) or (name in clashes and _is_lone(name, eaten)):
            dropped["clash"] += 1
        else:
            foods[name] = _food(name, eaten, dropped)
            origins = {row.origin for row in eaten}
            if len(origins) == 1:
                only[origins.pop()].append(name)
    for origin, most in MOST.items():
        for name in sorted(only[origin], key=order)[most:]:
            del foods[name]
            dropped["cap"] += 1
    _spread(foods)
    # A food in another spelling or number is no negative, whether it was taken or not.
    folds = {fold(name) for name, group in groups.items() if any(row.ingredient == "ingredient" for row in group) and not tool(name)}
    negatives, tiers = [], {}
    for name, group in others:
        if (fold(name) in folds and not tool(name)) or _HOLDS_FOOD.search(name) or name in _LEFT_OUT:
            dropped["sides"] += 1
            continue
        origins = sorted({row.origin.split()[0] for row in group})
        negatives.append(Example(name, "not_ingredient", None, None, "+".join(origins), AGREED if len(origins) > 1 else WEIGHT))
        tiers[name] = _tier(group)
    kept = _cap(negatives, tiers, len(foods))
    dropped["cap"] += len(negatives) - len(kept)
    return Merged(sorted([*foods.values(), *kept], key=lambda example: example.name), dropped)
