"""The files that are read, held against data/sources.tsv before anything is read from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ..labels import read_tsv
from ..lexicon import DataError


def verify(folder: Path, files: Iterable[str], sources: Path) -> None:
    """Raises DataError that lists every file that `sources` does not name, that is missing, or that has another SHA-256."""
    known = {row["file"]: row["sha256"] for row in read_tsv(sources)}
    problems = []
    for file in sorted(set(files)):
        path = folder / file
        if file not in known:
            problems.append(f"{file}: {sources.name} does not name it")
        elif not path.is_file():
            problems.append(f"{file}: missing")
        elif (found := hashlib.sha256(path.read_bytes()).hexdigest()) != known[file]:
            problems.append(f"{file}: its sha256 is {found}, not {known[file]}")
    if problems:
        raise DataError(problems)
