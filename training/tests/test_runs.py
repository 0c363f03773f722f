"""The scripts of runs/, each on a copy of the project with a Python that only writes down what it is asked."""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

TRAINING = Path(__file__).resolve().parents[1]
PYTHON = """#!/usr/bin/env bash
echo "$*" >>"$CALLS"
module="$2"
while (($#)); do
  [ "$1" = --output ] && output="$2"
  [ "$1" = --seen ] && touch "$2"
  shift
done
case "$module" in
  scripts.prepare) mkdir -p "$output" && touch "$output/texts.jsonl" ;;
  scripts.crossfit) mkdir -p "$output" && touch "$output/weak_doubts.tsv" ;;
  scripts.finetune | scripts.distil) mkdir -p "$output" && touch "$output/seen.txt" ;;
  scripts.export) mkdir -p "$output" && for file in model.onnx vocab.txt taught.txt manifest.json; do echo new >"$output/$file"; done ;;
  scripts.compare_precision) mkdir -p "$output" && touch "$output/precision.tsv" && exit "${REFUSED:-0}" ;;
esac
"""


class Project:
    """A copy of what the scripts read, with its own Python and npm."""

    def __init__(self, folder):
        self.folder, self.calls_file = folder, folder / "calls.txt"
        ignored = shutil.ignore_patterns("build", "tests", "__pycache__", ".pytest_cache")
        shutil.copytree(TRAINING, folder / "training", ignore=ignored)
        for name in ("model.onnx", "teacher/labels.npz", "teacher/joined.txt.gz", "teacher/weak-doubts.tsv"):
            (folder / "model-artifacts" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "model-artifacts" / name).write_text("old\n", encoding="utf-8")
        for name in ("docs/model", "open-data", "base", "bin"):
            (folder / name).mkdir(parents=True)
        for name, text in (("python", PYTHON), ("npm", "#!/bin/sh\n")):
            (folder / "bin" / name).write_text(text, encoding="utf-8")
            (folder / "bin" / name).chmod(0o755)

    def run(self, script, *arguments, path="", **environment):
        """Runs a script; its exit status and the calls of Python, in order, with the build folder as BUILD."""
        self.calls_file.write_text("", encoding="utf-8")
        done = subprocess.run(
            ["bash", self.folder / "training/runs" / script, self.folder / "open-data", *arguments, self.folder / "bin/python"],
            env={"PATH": path or f"{self.folder / 'bin'}:{os.environ['PATH']}", "CALLS": str(self.calls_file), **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        calls = self.calls_file.read_text(encoding="utf-8").splitlines()
        for build in self.builds():
            calls = [call.replace(f"build/{build}", "BUILD") for call in calls]
        return done, calls

    def builds(self):
        return sorted(path.name for path in self.folder.glob("training/build/*"))

    def change(self, name):
        path = self.folder / name
        path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def imported(path):
    """The project's modules that a module imports, those of packages on the way too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            start = path.parents[node.level - 1] if node.level else TRAINING
            names = [f"{node.module}." if node.module else "", *(f"{node.module or ''}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            start, names = TRAINING, [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            places = [start.joinpath(*name.strip(".").split(".")[:depth]) for depth in range(name.strip(".").count(".") + 2)]
            yield from (file for place in places for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file())


def read_by(*scripts):
    """All modules that some scripts import, in however many steps, relative to training/."""
    found, left = set(), [TRAINING / "scripts" / f"{script}.py" for script in scripts]
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            left += imported(path)
    return sorted(str(path.relative_to(TRAINING)) for path in found)


@pytest.mark.parametrize(
    ("name", "scripts"),
    [("student_code", ("prepare", "finetune", "distil")), ("teacher_code", ("prepare", "finetune", "crossfit", "teach"))],
)
def test_a_build_is_named_by_all_code_that_training_reads_and_by_no_other(name, scripts):
    listed = subprocess.run(
        ["bash", "-c", f'source runs/inputs.sh; printf "%s\\n" "${{{name}[@]}}"'], cwd=TRAINING, capture_output=True, text=True, check=True
    ).stdout.split()

    assert sorted(listed) == read_by(*scripts)
    assert {"ingredients/open_data/words.py", "ingredients/text.py"} <= set(listed)
    assert "ingredients/card.py" not in listed


@pytest.mark.parametrize(("script", "arguments"), [("release.sh", ["1.0"]), ("tasks.sh", []), ("teachers.sh", ["."])])
def test_the_data_is_checked_before_any_step_is_skipped(project, script, arguments):
    first, again = (project.run(script, *arguments)[1] for _ in range(2))

    assert first[0] == again[0] == f"-m scripts.check_data --open-data {project.folder / 'open-data'}"
    assert len(again) < len(first)


def test_a_mended_card_throws_away_no_training_and_changed_data_or_settings_do(project):
    _, first = project.run("release.sh", "1.0")

    project.change("training/ingredients/card.py")
    project.change("training/runs/release.sh")
    _, after_card = project.run("release.sh", "1.0")
    builds = len(project.builds())
    project.change("training/data/ingredients/fish.tsv")
    _, after_data = project.run("release.sh", "1.0")
    project.change("training/runs/student.sh")
    _, after_settings = project.run("release.sh", "1.0")

    [prepared] = [call for call in first if "scripts.prepare" in call]
    assert "--joined ../model-artifacts/teacher/joined.txt.gz" in prepared
    trained = [[call.split()[1] for call in calls if call.split()[1] in ("scripts.prepare", "scripts.finetune", "scripts.distil")] for calls in (first, after_card)]
    assert trained == [["scripts.prepare", "scripts.finetune", "scripts.distil"], []]
    assert (builds, len(project.builds())) == (1, 3)
    assert sum("scripts.distil" in call for call in [*after_data, *after_settings]) == 2


def test_a_release_that_int8_loses_too_much_of_leaves_the_last_one_as_it_is(project):
    seen = project.folder / "training/data/evaluation/seen.json"
    before = seen.read_bytes()

    refused, calls = project.run("release.sh", "1.0", REFUSED="1")

    assert refused.returncode == 1
    assert calls[-1].startswith("-m scripts.compare_precision")
    assert [path.name for path in (project.folder / "model-artifacts").iterdir() if path.is_file()] == ["model.onnx"]
    assert (project.folder / "model-artifacts/model.onnx").read_text(encoding="utf-8") == "old\n"
    assert seen.read_bytes() == before

    passed, calls = project.run("release.sh", "1.0")

    assert passed.returncode == 0
    assert calls[-1].startswith("-m scripts.evaluate")
    assert (project.folder / "model-artifacts/model.onnx").read_text(encoding="utf-8") == "new\n"
    assert (project.folder / "docs/model/precision.tsv").is_file()
    assert seen.read_bytes() == b""


def test_a_release_without_npm_stops_before_hours_of_training(project):
    (project.folder / "bin/npm").unlink()
    for tool in ("bash", "realpath"):
        (project.folder / "bin" / tool).symlink_to(shutil.which(tool))

    done, calls = project.run("release.sh", "1.0", path=str(project.folder / "bin"))

    assert done.returncode == 1
    assert done.stderr.startswith("npm is missing")
    assert calls == []


def test_the_build_of_the_teachers_is_named_by_what_they_read(project):
    _, calls = project.run("teachers.sh", str(project.folder / "base"))
    project.change("training/data/ingredients/fish.tsv")
    _, again = project.run("teachers.sh", str(project.folder / "base"))

    for called in (calls, again):
        assert [call.split()[1].removeprefix("scripts.") for call in called] == ["check_data", "prepare", "crossfit", "finetune", "finetune", "teach"]
    assert "--joined" not in calls[1]
    assert len(project.builds()) == 2


def test_three_models_of_a_task_are_trained_as_the_one_is_which_a_release_trains_first(project):
    _, release = project.run("release.sh", "1.0")
    _, calls = project.run("tasks.sh")

    [one] = [call for call in release if "scripts.finetune" in call]
    trained = [call for call in calls if "scripts.finetune" in call]
    assert trained == [one.replace("--output BUILD/start", f"--task {task} --output BUILD/{task}-alone") for task in ("ingredient", "source", "categories")]
    assert calls[-1] == (
        "-m scripts.compare_tasks --one BUILD/start --ingredient BUILD/ingredient-alone --source BUILD/source-alone --categories BUILD/categories-alone"
    )
    assert not any("scripts.prepare" in call for call in calls)


def test_the_readme_says_what_each_command_does():
    readme = (TRAINING / "README.md").read_text(encoding="utf-8")

    for path in TRAINING.glob("scripts/[a-z]*.py"):
        assert re.search(rf"^\| `python -m scripts\.{path.stem}[` ]", readme, flags=re.M), path.stem
    for path in TRAINING.glob("runs/*.sh"):
        assert f"runs/{path.name}" in readme
