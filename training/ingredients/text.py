"""Text of ingredient names: limits, normal form, key, and token ids.

Agrees with shared/ingredient/name.ts and shared/model/encode.ts to the last id; the fixtures that
`python -m scripts.make_fixtures` writes hold the two together.
"""

from __future__ import annotations

import copy
import hashlib
import re
import unicodedata
from pathlib import Path

from transformers import BertTokenizerFast

MAX_CODE_POINTS = 120
KEY_PREFIX = "n1-"

# One control token a task, in the order in which they follow the name. They have rows of their own in the vocabulary, in
# brackets, which the tokenizer splits off: no typed text can ever become one, a literal ">" least of all.
CONTROL_TOKENS = {"ingredient": "[>]", "source": "[+]", "categories": "[|]"}

# The Unicode property White_Space, which Python's str.isspace and str.strip do not follow (they take U+001C to U+001F).
_WHITE_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WHITE_SPACE_RUN = re.compile(f"[{_WHITE_SPACE}]+")
_TRIM = re.compile(f"^[{_WHITE_SPACE}\ufeff]+|[{_WHITE_SPACE}\ufeff]+$")
_PLAIN = str.maketrans(
    {
        **{code: "'" for code in range(0x2018, 0x201C)},
        **{code: '"' for code in range(0x201C, 0x2020)},
        **{code: "-" for code in (*range(0x2010, 0x2016), 0x2212)},
    }
)


class InvalidName(ValueError):
    """A text that cannot be an ingredient's name; the message says why."""


def trim_name(text: str) -> str:
    """Trims White_Space and U+FEFF and checks the limits of a name.

    Raises InvalidName for a lone surrogate, a control character (Cc), and fewer than 1 or more than 120 code points after NFC.
    """
    name = _TRIM.sub("", text)
    if any(0xD800 <= ord(c) <= 0xDFFF for c in name):
        raise InvalidName("the name holds a lone surrogate")
    if any(unicodedata.category(c) == "Cc" for c in name):
        raise InvalidName("the name holds a control character")
    length = len(unicodedata.normalize("NFC", name))
    if not 1 <= length <= MAX_CODE_POINTS:
        raise InvalidName(f"the name has {length} characters, not 1 to {MAX_CODE_POINTS}")
    return name


def normal_form(name: str) -> str:
    """NFKC, lower case, runs of White_Space to one space, plain quotes and dashes, repeated until stable."""
    while True:
        # Repeated: lower-casing undoes NFKC for "H" with U+0331, and NFKC makes new spaces of U+00A8.
        text = unicodedata.normalize("NFKC", name).lower()
        text = _WHITE_SPACE_RUN.sub(" ", text).translate(_PLAIN)
        if text == name:
            return text
        name = text


def key_of(normal_name: str) -> str:
    """The key of a normal form: `n1-` and the first 32 hex digits of its SHA-256."""
    return KEY_PREFIX + hashlib.sha256(normal_name.encode("utf-8")).hexdigest()[:32]


def write_vocab(base_vocab: Path, target: Path) -> None:
    """Writes vocab.txt: the base model's, its first unused rows renamed to the control tokens."""
    tokens = base_vocab.read_text(encoding="utf-8").splitlines()
    for index, control in enumerate(CONTROL_TOKENS.values()):
        tokens[tokens.index(f"[unused{index}]")] = control
    target.write_text("\n".join(tokens) + "\n", encoding="utf-8")


def load_tokenizer(vocab: Path) -> BertTokenizerFast:
    """The reference tokenizer over `vocab`; a typed "[SEP]" or "[MASK]" is plain text to it."""
    return BertTokenizerFast(vocab=str(vocab), do_lower_case=True, split_special_tokens=True)


class Encoder:
    """Turns normal forms into token ids: [CLS], the name's tokens, one control token a task, [SEP]."""

    def __init__(self, vocab: Path, max_tokens: int) -> None:
        self.tokenizer = load_tokenizer(vocab)
        self.max_tokens = max_tokens
        ids = self.tokenizer.convert_tokens_to_ids
        self.cls, self.sep, self.pad = ids("[CLS]"), ids("[SEP]"), ids("[PAD]")
        self.control = [ids(token) for token in CONTROL_TOKENS.values()]

    def shortened(self, max_tokens: int) -> Encoder:
        """The same encoder with another bound."""
        other = copy.copy(self)
        other.max_tokens = max_tokens
        return other

    def ids(self, normal_names: list[str]) -> list[list[int]]:
        """Unpadded ids, a list for each name; long names are cut before the control tokens."""
        room = self.max_tokens - 2 - len(self.control)
        rows = self.tokenizer(normal_names, add_special_tokens=False)["input_ids"]
        return [[self.cls, *row[:room], *self.control, self.sep] for row in rows]
