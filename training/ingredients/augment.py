"""Noise and templates at training time: what people type around a name, without changing what it is.

The same noise falls on both sides of the line ("2 cups of sand" as well as "2 cups of sugar"), so that an amount, a
preparation, quotation marks or an emoji never become a sign of food by themselves.
"""

from __future__ import annotations

import random
import unicodedata

AMOUNTS = (
    "1", "2", "3", "10", "1/2", "1 cup", "2 cups", "1 cup of", "a cup of", "2 tbsp", "1 tablespoon", "tsp", "1 teaspoon of", "200g", "500 g",
    "100 grams of", "1kg", "2 lbs", "1 lb", "8 oz", "250ml", "1 l", "a pinch of", "a handful of", "a bunch of", "1 can", "a can of", "one jar of",
    "2 slices of", "a bag of", "1 packet", "half a", "a few", "some", "3-4", "2x", "a piece of", "1 bottle of", "a bit of", "1 x", "400g tin",
    "1 1/2 cups", "3 sticks", "half a", "1 sachet", "2 heaped tsp", "1/4 tsp", "a dash of", "1 tub", "6", "1 small", "2 large", "1 med", "3 cloves",
)  # fmt: skip
BEFORE = (
    "fresh", "dried", "frozen", "organic", "chopped", "finely chopped", "sliced", "diced", "minced", "grated", "ground", "whole", "large", "small", "raw",
    "cooked", "ripe", "low fat", "unsalted", "salted", "roasted", "canned", "tinned", "crushed", "peeled", "thinly sliced", "shredded", "homemade",
    "store bought", "warm", "cold", "melted", "leftover", "local", "best quality", "natural", "toasted", "smoked", "boneless", "extra", "fat free", "cubed",
    "lrg", "sm", "freshly", "reduced fat", "good", "cheap", "premium", "mini", "jumbo", "free range", "mashed", "crumbled", "ready made", "pre cut",
)  # fmt: skip
AFTER = (
    ", chopped", ", finely chopped", ", diced", ", sliced", ", to taste", " to taste", " (optional)", ", peeled", ", drained", ", for garnish", " for serving",
    ", divided", ", softened", ", melted", " (fresh)", ", organic", ", large", " 500g", " 1kg", ", minced", ", grated", ".", "!", ",", " x2", " - 200g",
    " chopped", " diced", " sliced", " frozen", " (rinsed)", " drained & rinsed", " 2 tbsp", " x 3", " (large)", " pls", " please", "??", "...", " 250 ml",
    " - fresh", " finely sliced", " in chunks", " (about 200 g)", " or similar", ", cut into pieces", " *", " 🙂", " 😋", " ❤️", " 👍", " #food", " 1 pack",
)  # fmt: skip
EMOJI = ("🍎", "🥕", "🍋", "🧀", "🥩", "🐟", "🍞", "🥚", "🍅", "🌶️", "🔥", "✨", "😀", "🛒", "⭐", "🥦", "🍯", "🧂", "🍗", "🦐", "🚗", "🐶", "💊", "📦")
QUOTES = (('"', '"'), ("'", "'"), ("(", ")"), ("[", "]"), ("<", ">"), ("*", "*"), ("- ", ""), ("# ", ""), ("1. ", ""), ("• ", ""), ("“", "”"), ("`", "`"))
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# How letters are confused by ear and by habit; each way is tried in both directions.
SOUNDS = (
    ("ie", "ei"), ("ph", "f"), ("ck", "k"), ("c", "k"), ("c", "s"), ("s", "z"), ("ee", "ea"), ("ai", "ay"), ("y", "i"), ("a", "e"), ("e", "i"),
    ("o", "a"), ("ou", "u"), ("er", "or"), ("le", "el"), ("an", "en"), ("in", "en"), ("tion", "shun"), ("ch", "sh"), ("que", "k"), ("gh", "g"),
    ("oo", "u"), ("rr", "r"), ("ll", "l"), ("tt", "t"), ("ss", "s"), ("nn", "n"), ("cc", "c"), ("mm", "m"), ("pp", "p"), ("zz", "z"), ("e", ""),
)  # fmt: skip
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


def misheard(name: str, rng: random.Random) -> str:
    """One spelling by ear: a group of letters replaced by another that sounds like it. The first letter stays."""
    if len(name) < 5:
        return name
    for _ in range(6):
        pair = rng.choice(SOUNDS)
        old, new = pair if rng.random() < 0.5 else pair[::-1]
        places = [i for i in range(1, len(name) - len(old) + 1) if old and name.startswith(old, i) and name[i - 1].isalpha()]
        if places:
            i = rng.choice(places)
            return name[:i] + new + name[i + len(old) :]
    return name


def joined(name: str, rng: random.Random) -> str:
    """Two words run together or hyphenated, or accents left out."""
    if " " in name and rng.random() < 0.7:
        i = rng.choice([i for i, c in enumerate(name) if c == " "])
        return name[:i] + rng.choice(("", "", "-", "_")) + name[i + 1 :]
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def decorated(name: str, rng: random.Random) -> str:
    """Quotation marks, brackets, list marks or an emoji around the name."""
    if rng.random() < 0.6:
        before, after = rng.choice(QUOTES)
        return f"{before}{name}{after}"
    emoji = rng.choice(EMOJI)
    return rng.choice((f"{emoji} {name}", f"{name} {emoji}", f"{name}{emoji}", f"{name} {emoji}{emoji}"))


def plural(name: str) -> str:
    """The other number of the last word, as people write it (not always rightly)."""
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith("oes"):
        return name[:-2]
    if name.endswith("s") and not name.endswith("ss"):
        return name[:-1]
    return name + ("es" if name.endswith(("ch", "sh", "x", "s")) else "s")


def misspelt(name: str, rng: random.Random) -> str:
    """One or, now and then, two slips, by hand or by ear."""
    for _ in range(1 if rng.random() < 0.75 else 2):
        name = typo(name, rng) if rng.random() < 0.55 else misheard(name, rng)
    return name


def surrounded(name: str, rng: random.Random) -> str:
    """An amount or a preparation before or after the name, or both."""
    kind = rng.random()
    if kind < 0.3:
        return f"{rng.choice(AMOUNTS)} {name}"
    if kind < 0.55:
        return f"{rng.choice(BEFORE)} {name}"
    if kind < 0.8:
        return f"{name}{rng.choice(AFTER)}"
    if kind < 0.9:
        return f"{rng.choice(AMOUNTS)} {rng.choice(BEFORE)} {name}"
    return f"{rng.choice(AMOUNTS)} {name}{rng.choice(AFTER)}"


def perturb(name: str, rng: random.Random) -> str:
    """A variant of `name` that keeps its labels; some two in five calls return it unchanged."""
    kind = rng.random()
    if kind < 0.4:
        return name
    if kind < 0.56:
        noisy = misspelt(name, rng)
    elif kind < 0.64:
        noisy = plural(name) if name[-1:].isalpha() else name
    elif kind < 0.80:
        noisy = surrounded(name, rng)
    elif kind < 0.90:
        noisy = surrounded(misspelt(name, rng), rng)
    elif kind < 0.94:
        noisy = joined(name, rng)
    else:
        noisy = decorated(surrounded(name, rng) if rng.random() < 0.2 else name, rng)
    return noisy.strip()[:120].strip() or name


def joke(things: list[str], foods: list[str], rng: random.Random) -> str:
    """A name that joins a thing that is no food to a food or a dish word: no ingredient."""
    thing = rng.choice(things)
    return rng.choice(JOKE_FORMS).format(thing=thing, dish=rng.choice(DISH_WORDS), food=rng.choice(foods))[:120]
