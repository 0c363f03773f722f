"""Noise and templates at training time: what people type around a name, without changing what it is.

The same noise falls on both sides of the line ("2 cups of sand" as well as "2 cups of sugar"), so that an amount or a
preparation never becomes a sign of food by itself.
"""

from __future__ import annotations

import random

AMOUNTS = (
    "1", "2", "3", "10", "1/2", "1 cup", "2 cups", "1 cup of", "a cup of", "2 tbsp", "1 tablespoon", "tsp", "1 teaspoon of", "200g", "500 g",
    "100 grams of", "1kg", "2 lbs", "1 lb", "8 oz", "250ml", "1 l", "a pinch of", "a handful of", "a bunch of", "1 can", "a can of", "one jar of",
    "2 slices of", "a bag of", "1 packet", "half a", "a few", "some", "3-4", "2x", "a piece of", "1 bottle of", "a bit of",
)  # fmt: skip
BEFORE = (
    "fresh", "dried", "frozen", "organic", "chopped", "finely chopped", "sliced", "diced", "minced", "grated", "ground", "whole", "large", "small", "raw",
    "cooked", "ripe", "low fat", "unsalted", "salted", "roasted", "canned", "tinned", "crushed", "peeled", "thinly sliced", "shredded", "homemade",
    "store bought", "warm", "cold", "melted", "leftover", "local", "best quality", "natural", "toasted", "smoked", "boneless", "extra", "fat free", "cubed",
)  # fmt: skip
AFTER = (
    ", chopped", ", finely chopped", ", diced", ", sliced", ", to taste", " to taste", " (optional)", ", peeled", ", drained", ", for garnish", " for serving",
    ", divided", ", softened", ", melted", " (fresh)", ", organic", ", large", " 500g", " 1kg", ", minced", ", grated", ".", "!", ",", " x2", " - 200g",
)  # fmt: skip
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
DISH_WORDS = (
    "soup", "cake", "pie", "salad", "stew", "sandwich", "smoothie", "curry", "pizza", "burger", "sauce", "jam", "juice", "bread", "pasta", "sausage",
    "cookies", "pudding", "ice cream", "tea", "casserole", "tacos", "omelette", "risotto", "noodles", "muffins", "chips", "steak", "lasagna", "kebab",
)  # fmt: skip
JOKE_FORMS = ("{thing} {dish}", "{dish} of {thing}", "{dish} with {thing}", "{food} and {thing}", "{thing} with {food}", "{food} {thing}")


def _neighbour(letter: str, rng: random.Random) -> str:
    for row in KEYBOARD:
        if letter in row:
            place = row.index(letter)
            return row[max(0, min(len(row) - 1, place + rng.choice((-1, 1))))]
    return letter


def typo(name: str, rng: random.Random) -> str:
    """One slip of the keyboard inside a word: a letter swapped, dropped, doubled or replaced by its neighbour."""
    places = [i for i in range(1, len(name) - 1) if name[i].isalpha() and name[i - 1].isalpha()]
    if len(name) < 5 or not places:
        return name
    i = rng.choice(places)
    kind = rng.randrange(4)
    if kind == 0:
        return name[: i - 1] + name[i] + name[i - 1] + name[i + 1 :] if i > 1 else name
    if kind == 1:
        return name[:i] + name[i + 1 :]
    if kind == 2:
        return name[:i] + name[i] + name[i:]
    return name[:i] + _neighbour(name[i], rng) + name[i + 1 :]


def plural(name: str) -> str:
    """The other number of the last word, as people write it (not always rightly)."""
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith("oes"):
        return name[:-2]
    if name.endswith("s") and not name.endswith("ss"):
        return name[:-1]
    return name + ("es" if name.endswith(("ch", "sh", "x", "s")) else "s")


def perturb(name: str, rng: random.Random) -> str:
    """A variant of `name` that keeps its labels; half of all calls return it unchanged."""
    if rng.random() < 0.5:
        return name
    kind = rng.random()
    if kind < 0.35:
        noisy = typo(name, rng)
    elif kind < 0.5 and name[-1:].isalpha():
        noisy = plural(name)
    elif kind < 0.65:
        noisy = f"{rng.choice(AMOUNTS)} {name}"
    elif kind < 0.82:
        noisy = f"{rng.choice(BEFORE)} {name}"
    elif kind < 0.92:
        noisy = f"{name}{rng.choice(AFTER)}"
    else:
        noisy = f"{rng.choice(AMOUNTS)} {rng.choice(BEFORE)} {name}"
    return noisy[:120]


def joke(things: list[str], foods: list[str], rng: random.Random) -> str:
    """A name that joins a thing that is no food to a food or a dish word: no ingredient."""
    thing = rng.choice(things)
    return rng.choice(JOKE_FORMS).format(thing=thing, dish=rng.choice(DISH_WORDS), food=rng.choice(foods))[:120]
