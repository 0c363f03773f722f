"""From the names of food tables to what people type."""

from __future__ import annotations

import re

from ..text import InvalidName, normal_form, trim_name
from .weak import parts

MAX_WORDS = 6
_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_BAD = re.compile(r"""[;:/=*"<>{}\[\]()_|\\+#@?!~^$€…]|\d{3,}|\bn\.?[fs]\.?s?\b|\be\.g|\bknown as\b|californium|\bi\.e""")
_LATIN = re.compile(r"^[a-z\u00df-\u024f0-9 '&.,%-]+$")
_CAPITALS = re.compile(r"\b[A-Z][A-Z'&-]{2,}\b")
_COMMON_CAPITALS = {"UHT", "BBQ", "USDA", "MSG", "NFS", "TVP", "BLT", "USA", "GMO", "AOP", "AOC", "PDO", "PGI"}

_STATES = """raw|uncooked|cooked|boiled|steamed|baked|roasted|grilled|braised|fried|broiled|stewed|drained|fresh|frozen|canned|tinned|
bottled|
dried|dehydrated|dry|thawed|chopped|diced|sliced|minced|grated|shredded|crushed|peeled|unpeeled|shelled|pitted|seeded|seedless|
halved|ground|whole|prepacked|ripe|mature|immature|plain|regular|commercial|unsalted|salted|unsweetened|sweetened|organic|large|
small|medium|big|jumbo|extra|low|reduced|fat|free|fat-free|low-fat|lowfat|nonfat|non-fat|reduced-fat|skinless|boneless|bone-in|
lean|extra-lean|low-sodium|sodium|reduced-sodium|natural|pure|young|tender|thick|thin|thick-cut|fine|coarse|finely|coarsely|
freshly|thinly|cubed|cut|torn|prepared|quality|good|best|light|lite|unpasteurized|pasteurized|pasteurised|precooked|pre-cooked|
ready-to-eat|instant|quick|old-fashioned|packed|washed|trimmed|toasted|leftover|hard|soft|cored|quartered|rinsed|squeezed"""
STATES = frozenset(parts(_STATES))


def tidy(text: str) -> str | None:
    """The name as a person would type it: normal form, no brackets; None for what nobody types (long, signs, no Latin letters)."""
    text = _BRACKETS.sub(" ", normal_form(text)).strip(" ,.-'")
    text = re.sub(r"\s+", " ", text)
    if not 2 <= len(text) <= 60 or len(text.split()) > MAX_WORDS or _BAD.search(text) or not _LATIN.match(text):
        return None
    if "," in text or not any("a" <= letter <= "z" for letter in text):
        return None
    return text


def typed(text: str) -> str | None:
    """The normal form of a text that is taken as it is, or None if it is no valid name."""
    try:
        return normal_form(trim_name(text)).strip() or None
    except InvalidName:
        return None


def is_brand(description: str) -> bool:
    """Whether a description of a food table holds a word in capitals beside others, which is how they write brands."""
    words = _CAPITALS.findall(description)
    return any(word not in _COMMON_CAPITALS for word in words)


# What stands first in a table only to sort it.
_SORTERS = set(
    """fish mollusks crustaceans finfish shellfish spices nuts seeds beverages alcoholic-beverage alcoholic-beverages game-meat
    fast-foods snacks candies snack leavening-agents sweetener sweeteners cereals cereal poultry-food-products vegetable-oil dessert
    desserts luncheon-meat mushroom-type puddings animal-fat fruit fruits vegetable vegetables""".split()
)
_MEATS = set(
    "beef pork lamb veal chicken turkey duck goose ostrich emu bison ham egg eggs quail pheasant rabbit goat venison horse".split()
)
_DROPPED = re.compile(
    r"^(\w+ )?(raw|fresh|cooked|boiled|drained|baked|roasted|broiled|fried|pan-fried|canned|frozen|bottled|unprepared|prepared|"
    r"stewed|braised|simmered|dry heat|moist heat|nfs|regular|commercial|commercially prepared|enriched|unenriched|mature seeds|all types|"
    r"all varieties|all areas|mixed species|all classes|boneless|bone-in|separable .*|trimmed .*|choice|select|prime|all grades|"
    r"meat only|meat and skin|flesh and skin|flesh|with skin|without skin|peeled|unpeeled|year round average|refrigerated|unheated|"
    r"heated|shelf stable|shelf-stable|dried|dehydrated|domestic|imported.*|domesticated|composite.*|retail.*|fortified.*|plain|ripe|"
    r"home recipe|home-prepared|from concentrate|ready-to-eat|ready-to-drink|ready-to-serve|powdered|condensed|solids and liquids|"
    r"regular pack|farmed|wild|toasted|microwaved|steamed|grilled|immature seeds|without salt|with salt( added)?|salt added|no salt added|"
    r"fresh or frozen|no added fat|fat added|skin eaten|skin not eaten|year-round|variety meats and by-products|broilers or fryers|"
    r"as ingredient|made from.*|sulfured|pared|flavor|average|industrial|table|low sodium|reduced sodium|uncooked|unspecified.*|"
    r"ns as to.*|retail parts|cured|unsalted|salted|all commercial varieties|commercial varieties|unsweetened|sweetened|cooked.*|"
    r"meatless|mixed varieties|with peel|without peel|with ice|lean only|lean and fat|and .*|\d.*|.*%.*)$"
)
_UNSURE = re.compile(r"\b(with|and|or|made|no|not|without|from|in|includes?|including|excluding|added|style|type|to|for|as|mix|"
    r"than|sauce|filled)\b")


def turn_round(description: str) -> str | None:
    """"Beans, kidney, red, mature seeds, raw" as "red kidney beans"; None where the parts do not make a typed name."""
    head, *parts = (part.strip() for part in _BRACKETS.sub("", description).lower().split(",") if part.strip())
    kept = []
    for part in parts:
        if _DROPPED.match(part):
            continue
        if _UNSURE.search(part) or len(part.split()) > 3:
            return None
        kept.append(part)
    if len(kept) > 2 or re.search(r"\b(or|and/or|ns|nfs)\b", " ".join([head, *kept])):
        return None
    key = head.replace(" ", "-").removesuffix("-")
    if key in _SORTERS:
        if not kept:
            return None
        head = kept.pop(0)
    if head in _MEATS and kept:
        # A cut follows its animal ("pork loin"); a state goes before it ("ground pork").
        last = kept[-1]
        words = [last, head, *kept[:-1]] if last in ("ground", "smoked", "corned", "minced") else [head, *kept]
        return tidy(" ".join(words))
    noun = head.split()[-1].rstrip("s")
    front = [part for part in reversed(kept) if part.split()[-1].rstrip("s") != noun]
    whole = [part for part in kept if part.split()[-1].rstrip("s") == noun]
    return tidy(" ".join(front + (whole[-1:] or [head])))


def singular(word: str) -> str:
    """A word without its plural ending, good enough to compare ("berries" and "berry")."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("oes", "shes", "ches", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def base(name: str) -> str:
    """The name without words of state and plural endings: what the label hangs on."""
    words = [singular(word) for word in name.split() if word not in STATES and not re.match(r"^\d", word)]
    return " ".join(words) or name
