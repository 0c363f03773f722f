"""All that is wrong with the data, gathered before anything is built from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .labels import DATA
from .lexicon import DataError, load_agreement, load_evaluation, load_lexicon
from .open_data import SOURCES, verify_all
from .respelt import load_true_pairs, pair_problems


def check_data(data: Path = DATA, open_data: Path | None = None, sources: Path = SOURCES) -> None:
    """Raises one DataError that lists the problems of the lexicon, both evaluation sets, the second labelling, names that are spelt alike,
    and, where a folder is given, the files of the open data."""
    loaders: list[Callable[[], object]] = [
        lambda: load_evaluation("test", data),
        lambda: load_evaluation("dev", data),
        lambda: load_agreement(data),
        lambda: _check_lexicon(data),
    ]
    if open_data is not None:
        loaders.append(lambda: verify_all(open_data, sources))
    problems = [problem for load in loaders for problem in _problems(load)]
    if problems:
        raise DataError(problems)


def _check_lexicon(data: Path) -> None:
    problems = pair_problems(load_lexicon(data), load_true_pairs(data))
    if problems:
        raise DataError(problems)


def _problems(load: Callable[[], object]) -> list[str]:
    try:
        load()
    except DataError as error:
        return error.problems
    return []
