"""Writes shared/model/unicode-classes.ts: how the reference tokenizer treats each code point.

    python -m scripts.make_unicode_tables

The reference carries Unicode tables of its own, older than those of any Node.js in use, and Node.js releases differ from
each other; asking it once pins all of them to the same tokens.
"""

from __future__ import annotations

from pathlib import Path

from transformers import BertTokenizerFast

TARGET = Path(__file__).resolve().parents[2] / "shared" / "model" / "unicode-classes.ts"
HEADER = """/**
 * How BERT's reference tokenizer treats each code point: made by `python -m scripts.make_unicode_tables` in training/, not by hand.
 *
 * It asks the reference itself, because that one's Unicode tables are older than Node's, and Node's releases differ.
 */

"""


def classes() -> tuple[list[int], list[int]]:
    """Code points that the reference drops, and those that it makes words of their own."""
    backend = BertTokenizerFast(vocab={"[UNK]": 0}, do_lower_case=True).backend_tokenizer
    dropped, isolated = [], []
    for code in range(0x80, 0x110000):
        if 0xD800 <= code <= 0xDFFF:
            continue
        words = [word for word, _ in backend.pre_tokenizer.pre_tokenize_str(backend.normalizer.normalize_str(f"a{chr(code)}b"))]
        if words == ["ab"]:
            dropped.append(code)
        elif len(words) == 3 and words[0] == "a" and words[2] == "b":
            isolated.append(code)
    return dropped, isolated


def character_class(codes: list[int]) -> str:
    """The codes as ranges of a regular expression's character class."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\u{{{a:x}}}" + (f"-\\u{{{b:x}}}" if b > a else "") for a, b in ranges)


def main() -> None:
    """Writes the file."""
    dropped, isolated = classes()
    ascii_dropped, ascii_isolated = r"\0-\x08\x0b\x0c\x0e-\x1f\x7f", r"!-\/:-@\[-`{-~"
    TARGET.write_text(
        HEADER
        + "/** Control and format characters, private use, and the combining marks that NFD parts from their letters. */\n"
        + f"// prettier-ignore\nexport const DROPPED = /[{ascii_dropped}{character_class(dropped)}]/gu;\n\n"
        + "/** Punctuation and CJK ideographs. */\n"
        + f"// prettier-ignore\nexport const ISOLATED = /[{ascii_isolated}{character_class(isolated)}]/gu;\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
