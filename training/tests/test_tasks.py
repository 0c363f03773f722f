"""One model for three tasks against three of a task each. Expected values by hand."""

import json

import numpy as np
import pytest

from ingredients.calibrate import task_settings
from ingredients.labels import SIZES, TASKS
from ingredients.lexicon import Example
from ingredients.train import SETTINGS_FILE
from scripts import compare, compare_tasks

NAMES = [
    Example("fig", "ingredient", "plant", ("fruit",), "a"),
    Example("eel", "ingredient", "dead_animal", ("fish",), "a"),
    Example("nail", "not_ingredient", None, None, "object"),
]


def sure_of(task, labels):
    """Logits (3, labels of the task) that are sure of one label a name."""
    logits = np.full((len(labels), SIZES[task]), -5.0)
    logits[np.arange(len(labels)), [TASKS[task].index(label) for label in labels]] = 5.0
    return logits


RIGHT = {
    "ingredient": sure_of("ingredient", ["ingredient", "ingredient", "not_ingredient"]),
    "source": sure_of("source", ["plant", "dead_animal", "other"]),
    "categories": sure_of("categories", ["fruit", "fish", "additive"]),
}


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Checkpoints whose logits are known: the one model takes the eel for a plant, the models of one task are right."""
    settings = task_settings()
    settings["source"] |= {"riskLabels": [], "reviewRiskFrom": 1.0}
    settings["categories"]["thresholds"] = dict.fromkeys(TASKS["categories"], 0.5)
    logits = {"start": {**RIGHT, "source": sure_of("source", ["plant", "plant", "other"])}, **{task: {task: RIGHT[task]} for task in SIZES}}
    monkeypatch.setattr(compare, "load_calibration", lambda: NAMES)
    monkeypatch.setattr(compare, "calibrate", lambda logits, examples: settings)
    monkeypatch.setattr(compare_tasks, "teacher_logits", lambda folder: logits[folder.name])
    for number, name in enumerate(logits):
        (tmp_path / name).mkdir()
        (tmp_path / name / SETTINGS_FILE).write_text(json.dumps({"steps": 100 + number}), encoding="utf-8")
    return tmp_path


def test_three_models_are_merged_and_scored_as_the_one_is(folders, monkeypatch):
    asked = [part for task in SIZES for part in (f"--{task}", str(folders / task))]
    monkeypatch.setattr("sys.argv", ["compare_tasks", "--one", str(folders / "start"), *asked, "--output", str(folders / "docs")])

    compare_tasks.main()

    assert (folders / "docs/tasks.tsv").read_text(encoding="utf-8").splitlines() == [
        "model\tsteps\tingredient\tsource\tmicroF1\texact",
        "one model, three tasks\t100\t1.0\t0.5\t1.0\t1.0",
        "three models, a task each\t101 + 102 + 103\t1.0\t1.0\t1.0\t1.0",
    ]


def test_a_model_of_another_task_or_of_several_is_refused(folders):
    with pytest.raises(ValueError, match="start has a model for ingredient, source, categories, not for source alone"):
        compare_tasks.merged_logits({"ingredient": folders / "ingredient", "source": folders / "start"})
    with pytest.raises(ValueError, match="source has a model for source, not for ingredient alone"):
        compare_tasks.merged_logits({"ingredient": folders / "source"})
