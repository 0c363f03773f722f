"""The file that is shipped: its weights, and what its manifest says of it."""

import hashlib
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, numpy_helper

from ingredients.card import NOTES, limits, percent, release_note
from ingredients.labels import TASKS
from ingredients.release import TAUGHT_FILE, load_manifest
from ingredients.seen import read_seen
from ingredients.text import normal_form

ARTIFACTS = Path(__file__).resolve().parents[2] / "model-artifacts"


@pytest.fixture(scope="module")
def graph():
    return onnx.load(ARTIFACTS / "model.onnx").graph


def test_every_8_bit_weight_lies_in_the_range_that_saturates_nowhere(graph):
    weights = {t.name: numpy_helper.to_array(t) for t in graph.initializer if t.data_type == TensorProto.INT8}

    # 255 * 64 * 2 = 32,640 fits the 16-bit sums of vpmaddubsw; 255 * 65 * 2 does not
    assert all(weight.min() >= -64 and weight.max() <= 63 for weight in weights.values())
    assert max(weight.max() for weight in weights.values()) == 63


def test_the_taught_names_are_those_of_the_manifest_in_their_normal_form():
    data = (ARTIFACTS / TAUGHT_FILE).read_bytes()
    names = data.decode("utf-8").split("\n")

    assert load_manifest(ARTIFACTS)["files"][TAUGHT_FILE] == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    assert names.pop() == ""
    assert len(names) == len(set(names)) > 50_000
    assert [name for name in names if normal_form(name) != name] == []


def test_every_large_matrix_is_8_bit(graph):
    large = {t.name: t for t in graph.initializer if len(t.dims) == 2 and t.dims[0] * t.dims[1] > 128 * 512}

    assert {t.data_type for t in large.values()} == {TensorProto.INT8}


def test_no_scale_of_an_activation_depends_on_what_is_asked(graph):
    constants = {t.name for t in graph.initializer}
    # The places of the input's scale and zero point among the inputs of a product.
    places = {"MatMulIntegerToFloat": (2, 4), "QAttention": (3, 6)}
    products = [node for node in graph.node if node.op_type in places]
    quantizers = {node.output[0]: node for node in graph.node if node.op_type == "QuantizeLinear"}

    assert len(products) == 3 * 4 + 5
    for product in products:
        levels = [product.input[place] for place in places[product.op_type]]
        assert set(levels) <= constants
        assert list(quantizers[product.input[0]].input[1:]) == levels
    assert not {node.op_type for node in graph.node} & {"DynamicQuantizeLinear", "DynamicQuantizeMatMul", "MatMulInteger", "MatMul", "Attention"}


def test_the_manifest_names_the_file_and_its_shape(graph):
    manifest = load_manifest(ARTIFACTS)
    layers = {t.name.split("encoder.layer.")[1].split(".")[0] for t in graph.initializer if "encoder.layer." in t.name}
    words = next(t for t in graph.initializer if t.name == "words.int8")

    assert manifest["files"]["model.onnx"]["sha256"] == hashlib.sha256((ARTIFACTS / "model.onnx").read_bytes()).hexdigest()
    assert manifest["architecture"]["layers"] == len(layers)
    assert [manifest["architecture"]["vocabulary"], manifest["architecture"]["hidden"]] == list(words.dims)
    assert len((ARTIFACTS / "vocab.txt").read_text(encoding="utf-8").splitlines()) == words.dims[0]
    assert {task: tuple(settings["labels"]) for task, settings in manifest["tasks"].items()} == TASKS


@pytest.mark.parametrize("note", sorted(NOTES.glob("*.md")), ids=lambda note: note.stem)
def test_the_card_holds_the_notes_as_they_are_but_those_of_other_versions(note):
    card = (ARTIFACTS / "MODEL_CARD.md").read_text(encoding="utf-8")
    _, *version = note.stem.split("-")

    assert (note.read_text(encoding="utf-8").strip() in card) == (version in ([], [load_manifest(ARTIFACTS)["version"]]))


def test_the_card_says_of_this_version_what_it_would_say_if_it_were_written_today():
    card = (ARTIFACTS / "MODEL_CARD.md").read_text(encoding="utf-8")
    version = load_manifest(ARTIFACTS)["version"]

    assert f"</details>\n\n{release_note(version)}\n\n## Limits\n{limits(version)}\n\n## Data and licences\n" in card


def test_the_card_shows_the_scores_of_the_manifest():
    card = (ARTIFACTS / "MODEL_CARD.md").read_text(encoding="utf-8")
    manifest = load_manifest(ARTIFACTS)

    assert card.startswith(f"# Model card: ingredient classifier {manifest['version']}\n")
    for part, scores in manifest["scores"]["test"].items():
        if "names" in scores:
            assert f"{part} ({scores['names']})" in card
    assert f"| `source` accuracy | ≥ 97.0 % | {percent(manifest['scores']['test']['all']['source accuracy'])} (" in card
    assert all(f"| {row['name']} | {row['address']} | {row['licence']} |" in card for row in manifest["trainingData"])


def test_what_training_held_is_written_down_for_this_release():
    for rows in read_seen(load_manifest(ARTIFACTS)["version"]).values():
        assert rows["seen"].isdisjoint(rows["noise"])
        assert len(rows["seen"]) > 600
