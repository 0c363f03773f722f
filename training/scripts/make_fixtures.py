"""Writes what the parity tests expect: test/fixtures/*.jsonl, from the reference tokenizer and the shipped model.

    python -m scripts.make_fixtures [--artifacts ../model-artifacts] [--open-data FOLDER] [--float-model build/…/float32.onnx]

Open data is not copied: its strings stand in their fixture as SHA-256 alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import unicodedata
from pathlib import Path

from ingredients.augment import perturb
from ingredients.labels import TASKS
from ingredients.lexicon import by_hash, load_evaluation, load_lexicon
from ingredients.metrics import label_of
from ingredients.open_data import SOURCES, notfood
from ingredients.open_data.files import verify
from ingredients.runtime import Classifier
from ingredients.scores import replace_session
from ingredients.text import Encoder, InvalidName, key_of, normal_form, trim_name

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "test" / "fixtures"
LEXICON_NAMES = 6000
NOISY_NAMES = 1500
BLOCK = 64
ANSWERS = 1200
GOLDEN = 500
GOLDEN_FILE = "golden.jsonl"
EMOJI = ("🍎", "🌶️", "👩‍🍳", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽", "🇮🇹", "1️⃣", "❤️", "🥕🥔", "☕️")
TYPED = (
    "[SEP]", "[MASK]", "[CLS] salt [PAD]", "salt > pepper", "a+b|c", ">+|", "[>]", "[unused5]", "##ing", "smoked ## paprika", "[UNK]",
    "İstanbul ıspanak", "ΟΔΟΣ", "ǅ", "Ⅷ Ⓐ", "ﬁne ﬂour", "½ cup", "㎏ of rice", "ﷺ", "H\u0331", "\ufb2c", "\u00a8", "e\u0301clair", "naı\u0308ve",
    "a\u200db", "a\u00adb", "soft\u2060join", "\ufeffbom", "50/50 butter", "crème brûlée", "Ørsted Æble", "straße", "ﾊﾝｶｸ", "한글 김치", "김치", "寿司",
    "𠀀𪜀𫝀𫠠丽", "ไข่เจียว", "पनीर", "שקשוקה", "حمص", "ខ្មែរ", "ქართული", "հայերեն", "ኢትዮጵያ", "x" * 100, "x" * 101, "x" * 120, "don’t “quote” – dash —",
)  # fmt: skip


def scripts() -> list[str]:
    """A few strings of each block of 64 assigned code points: alone, inside a word, between words."""
    rng = random.Random(7)
    result = []
    for start in range(0x20, 0x32000, BLOCK):
        letters = [chr(c) for c in range(start, start + BLOCK) if unicodedata.category(chr(c)) not in ("Cc", "Cn", "Co", "Cs")]
        if letters:
            picked = [rng.choice(letters) for _ in range(6)]
            result += ["".join(picked), f"a{picked[0]}b {picked[1]}", f"{picked[2]}{picked[3]} rice"]
    return result


def marks() -> list[str]:
    """Letters joined with combining marks, where normal forms are least stable."""
    rng = random.Random(8)
    combining = [chr(c) for c in range(0x300, 0x1E000) if unicodedata.category(chr(c)) in ("Mn", "Mc", "Me")]
    letters = "aeiouhtwyßıſ" + "AHTWYİΣ" + "αωάשאكाकか"
    return ["".join(rng.choice(letters) + "".join(rng.choices(combining, k=rng.randrange(3))) for _ in range(4)) for _ in range(1500)]


def own_strings() -> list[str]:
    """More than 10,000 strings of our own: names, noisy names, scripts, marks, emoji, and what people might try."""
    rng = random.Random(9)
    names = by_hash({example.name for example in load_lexicon()})
    noisy = [perturb(name, rng) for name in names[:NOISY_NAMES]]
    capital = [name.upper() for name in names[NOISY_NAMES : 2 * NOISY_NAMES : 5]]
    return list(dict.fromkeys([*names[:LEXICON_NAMES], *noisy, *capital, *scripts(), *marks(), *EMOJI, *TYPED]))


def text_row(text: str, encoder: Encoder, whole: bool = True) -> dict:
    """The reference's ids of a text, and its name's normal form where it is one: null where it is none, left out where it is the text.

    `whole` adds the key and the ids that the model gets.
    """
    row = {"text": text, "ids": encoder.tokenizer(text, add_special_tokens=False)["input_ids"]}
    try:
        normal = normal_form(trim_name(text))
    except InvalidName:
        return {**row, "normalName": None}
    if normal != text:
        row["normalName"] = normal
    return {**row, "key": key_of(normal), "inputIds": encoder.ids([normal])[0]} if whole or normal != text else row


def naughty_rows(open_data: Path, encoder: Encoder) -> list[dict]:
    """The reference's ids of the strings that people try, by SHA-256. Raises DataError where their file is missing or is another one."""
    verify(open_data, [notfood.NAUGHTY], SOURCES)
    rows = [text_row(text, encoder) for text in json.loads((open_data / notfood.NAUGHTY).read_text(encoding="utf-8"))]
    return [{"sha256": hashlib.sha256(row["text"].encode()).hexdigest(), "ids": row["ids"]} for row in rows]


def golden_labels(classifier: Classifier, float_model: Path) -> list[dict]:
    """The labels that the float32 model gives to GOLDEN names chosen by their hash."""
    names = by_hash({e.name for e in load_lexicon()} | {e.name for s in ("test", "dev") for e in load_evaluation(s)})[:GOLDEN]
    return [labels_of(answer) for answer in replace_session(classifier, float_model).classify(names)]


def kept_golden_labels() -> list[dict]:
    """Those that stand in the fixture: for a graph written anew from the same weights."""
    return [json.loads(line) for line in (FIXTURES / GOLDEN_FILE).read_text(encoding="utf-8").splitlines()]


def labels_of(answer: dict) -> dict:
    """An answer's name and labels, as a golden row has them."""
    single = {task: label_of(answer, task) for task in ("ingredient", "source")}
    return {"name": answer["name"], **single, "categories": sorted(c["label"] for c in answer["categories"])}


def golden_row(exact: dict, answer: dict) -> dict:
    """The float32 labels of a name, and in which tasks the int8 file's answer has others."""
    labels = labels_of(answer)
    return {**exact, "int8Differs": [task for task in TASKS if labels[task] != exact[task]]}


def write(name: str, rows: list[dict]) -> None:
    """Writes JSON lines and says how many."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    (FIXTURES / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{name}: {len(rows)} rows")


def main() -> None:
    """Writes all fixtures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artifacts", type=Path, default=ROOT / "model-artifacts")
    parser.add_argument("--open-data", type=Path)
    parser.add_argument("--float-model", type=Path, help="the release in float32, whose labels the int8 file must give; without it, the golden labels stay")
    args = parser.parse_args()
    classifier = Classifier(args.artifacts)
    encoder = classifier.session.encoder

    write("tokens.jsonl", [text_row(text, encoder, whole=index % 5 == 0) for index, text in enumerate(own_strings())])
    if args.open_data:
        write("naughty-tokens.jsonl", naughty_rows(args.open_data, encoder))
    names = [e.name for name in ("test", "dev") for e in load_evaluation(name)]
    chosen = by_hash(set(names))[:ANSWERS]
    write("answers.jsonl", classifier.classify([*chosen, *(text for text in TYPED if len(text) <= 120)]))
    golden = golden_labels(classifier, args.float_model) if args.float_model else kept_golden_labels()
    answers = classifier.classify([row["name"] for row in golden])
    write(GOLDEN_FILE, [golden_row(exact, answer) for exact, answer in zip(golden, answers, strict=True)])


if __name__ == "__main__":
    main()
