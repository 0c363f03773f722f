"""One row of an open source, before the sources are put together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Weak:
    """A name with what one source says of it by rule; None where the rule is not safe."""

    name: str
    """The normal form."""
    ingredient: str
    """"ingredient" or "not_ingredient"."""
    source: str | None
    categories: tuple[str, ...] | None
    origin: str
    """The source, with the list in it where that matters: "usda", "wordnet artifact"."""


def other(name: str, origin: str) -> Weak:
    """A row that says that a name is no ingredient."""
    return Weak(name, "not_ingredient", None, None, origin)


def parts(text: str) -> list[str]:
    """The entries of a table written as one text with "|" between them; line breaks count as spaces."""
    return [" ".join(part.split()) for part in text.split("|")]
