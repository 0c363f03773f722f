"""Labels by the words of a name, and the guard that holds a group's label against them."""

from __future__ import annotations

import re

from .heads import EXACT, HEADS
from .weak import Weak
from .words import (
    ANY_MEAT,
    DEAD_EXTRA,
    DISHES,
    EGG_OR_MILK_OF,
    FAMILIES,
    FUNGI,
    HARMLESS_FREE,
    HEDGED,
    KEPT_MILK,
    MIXED,
    MORE,
    OTHER_FLOUR,
    PLANT_PHRASES,
    PRODUCT,
    VEGAN,
)


def animals(name: str) -> tuple[set[str], bool]:
    """The families of killed animals that a name's words tell, and whether they tell milk, egg or honey."""
    plain = PLANT_PHRASES.sub(" ", name)
    words = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", plain))
    words |= {part for word in words for part in word.split("-")}
    families = {family for family, members in FAMILIES.items() if words & members}
    if len(families) > 1 and not words & (FAMILIES["meat"] - ANY_MEAT):
        families.discard("meat")
    if words & DEAD_EXTRA:
        families.add("extract")
    return families, bool(words & PRODUCT) or bool(EGG_OR_MILK_OF.search(name))


def is_hedged(name: str) -> bool:
    """Whether a name holds a word ("vegan", "flavoured", "mix") past which no rule is safe."""
    return bool(HEDGED.search(HARMLESS_FREE.sub(" ", name)))


def source_by_words(name: str) -> str | None:
    """dead_animal or animal_product by the words of the name, else None."""
    if is_hedged(name):
        return None
    families, product = animals(name)
    if families:
        return "dead_animal"
    # "Egg roll", "cheese soup": what else is in them the name does not say.
    return "animal_product" if product and not MIXED.search(name) else None


def by_head(name: str) -> tuple[str | None, tuple[str, ...] | None]:
    """Source and categories by the longest known head that ends the name; (None, None) where it tells nothing."""
    words = name.split()
    for start in range(max(0, len(words) - 4), len(words)):
        head = " ".join(words[start:])
        if head in HEADS and not (start and head in EXACT):
            if start and animals(head) != (set(), False) and animals(name) == (set(), False):
                return None, None
            if start and (is_hedged(name) or DISHES.search(" ".join(words[:start]))):
                return None, None
            source, categories = HEADS[head]
            if head == "flour" and OTHER_FLOUR.search(name):
                return source, None
            if head == "milk" and KEPT_MILK.search(name):
                return source, ("dairy",)
            return source, categories
    return None, None


def guarded(name: str, source: str | None) -> str | None:
    """The source, if the words of the name do not gainsay it."""
    families, product = animals(name)
    if source is None:
        return None
    if is_hedged(name) and (families or product):
        # "Vegetarian sausage": only a label from a source that names it, and never one for a killed animal.
        return source if source in ("plant", "other") and VEGAN.search(name) else None
    if source == "plant" and name not in HEADS and MIXED.search(name):
        return None
    if source == "plant" and FUNGI.search(name):
        return None
    if source in ("plant", "other"):
        return None if families or product else source
    if source == "animal_product":
        return None if families else source
    if not families and (product or PLANT_PHRASES.search(name)):
        return None
    return source


def label(name: str, source: str | None, categories: tuple[str, ...] | None, origin: str) -> Weak:
    """A food's row: the head's labels where it has any, else the source's own, both held against the words of the name."""
    head_source, head_categories = by_head(name)
    by_words = source_by_words(name)
    if head_source and by_words and head_source != by_words:
        strictest = "dead_animal" if "dead_animal" in (head_source, by_words) else "animal_product"
        head_source = strictest
        if by_words == "dead_animal":
            head_categories = None
    if head_categories == ("mushroom",) and source == "plant":
        source = None  # The tables put mushrooms with the vegetables.
    if head_categories and not head_source and set(head_categories) & {"dish", "pasta", "bakery"}:
        source = None
    if source and head_source and source != head_source:
        source = None
    else:
        source = head_source or source or by_words
    source = guarded(name, source)
    if head_categories and categories and not set(head_categories) & set(categories):
        categories = None
    else:
        categories = head_categories or categories
    if categories and not fits(name, categories):
        categories = None
    return Weak(name, "ingredient", source, categories, origin)


def fits(name: str, categories: tuple[str, ...]) -> bool:
    """Whether no word of the name asks for a category beside those given."""
    families, _ = animals(name)
    families -= {"extract"}
    if not families and set(FAMILIES) & set(categories) and PLANT_PHRASES.search(name):
        return False
    if categories == ("spice",) and re.search(r"\b(leaf|leaves)$", name):
        return False
    _, product = animals(name)
    if any(categories == (only,) and words.search(name) for only, words in MORE.items()):
        return False
    if product and categories in (("condiment",), ("bakery",), ("confectionery",)) and name not in HEADS:
        return False
    if re.search(r"\bjuices?\b", name) and "beverage" not in categories:
        return False
    if re.search(r"\bfats?$", name) and "fat_oil" not in categories:
        return False
    if re.search(r"\bpickled\b", name) and {"vegetable", "fruit", "spice"} & set(categories) and "condiment" not in categories:
        return False
    if re.search(r"salicornia|glasswort|samphire", name):
        return False
    if is_hedged(name) and "substitute" not in categories and name not in HEADS:
        return False
    if families and not families & set(categories):
        return False
    if len(families) > 1 and "dish" not in categories:
        return False
    return "dish" in categories or not DISHES.search(PLANT_PHRASES.sub(" ", name)) or name in HEADS


def dish_categories(name: str) -> tuple[str, ...] | None:
    """Categories of a finished dish: the one animal it is built on and "dish"; "dish" alone for a dish of many foods."""
    if is_hedged(name):
        return None
    families, _ = animals(name)
    families -= {"extract"}
    if re.search(r"\b(pizza|sandwich|sandwiches|burger|burgers|lasagn[ea]|burrito|burritos|taco|tacos|sushi|wrap|paella|"
        r"enchiladas?)$", name):
        return ("dish",)
    if len(families) == 1:
        return (*families, "dish")
    return ("dish",) if len(families) > 1 else None
