"""The scores of a release: the shipped file on the test and development sets, seen and unseen names apart."""

from __future__ import annotations

from pathlib import Path

from .lexicon import Example, fold, load_evaluation
from .metrics import score
from .runtime import Classifier, Session


def split_by_seen(examples: list[Example], seen_names: list[str]) -> dict[str, list[int]]:
    """Indices of all names, of those that training held (near-duplicates too), and of the others."""
    known = {fold(name) for name in seen_names}
    seen = [i for i, example in enumerate(examples) if fold(example.name) in known]
    unseen = [i for i in range(len(examples)) if i not in set(seen)]
    return {"all": list(range(len(examples))), "seen": seen, "unseen": unseen}


def set_scores(answers: list[dict], examples: list[Example], seen_names: list[str]) -> dict:
    """Scores of one evaluation set: all names, those seen in training, those not."""
    parts = split_by_seen(examples, seen_names)
    return {part: score([answers[i] for i in rows], [examples[i] for i in rows]) for part, rows in parts.items() if rows}


def release_scores(classifier: Classifier, float_model: Path, seen_names: list[str]) -> dict:
    """Test and dev scores of the shipped file, and how often its labels differ from the float32 model's."""
    result = {}
    for name in ("test", "dev"):
        examples = load_evaluation(name)
        names = [example.name for example in examples]
        answers = classifier.classify(names)
        result[name] = set_scores(answers, examples, seen_names)
        exact = replace_session(classifier, float_model).classify(names)
        result[name]["int8Differs"] = differing(answers, exact)
    return result


def replace_session(classifier: Classifier, model: Path) -> Classifier:
    """The same classifier on another model file."""
    other = object.__new__(Classifier)
    other.manifest, other.decoder = classifier.manifest, classifier.decoder
    other.session = Session(model, model.parent / "vocab.txt", classifier.manifest["maxTokens"])
    return other


def differing(answers: list[dict], others: list[dict]) -> dict[str, int]:
    """How many answers differ in each task's labels."""

    def labels(answer: dict, task: str):
        value = answer[task]
        return {c["label"] for c in value} if isinstance(value, list) else value and value["label"]

    pairs = list(zip(answers, others, strict=True))
    return {task: sum(labels(a, task) != labels(b, task) for a, b in pairs) for task in ("ingredient", "source", "categories")}
