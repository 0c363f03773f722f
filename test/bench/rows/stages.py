"""The Python stages of the project's history, each in a process of its own: see test/bench/suites/stages.ts.

    python stages.py prepare|three|one|int8 FOLDER

`prepare` writes the models, of random weights: what they answer is not measured, only how soon. The others write `first` at the
first label, then a line of JSON: `p50Ms` of 30 answers, `peakMb` of the process.
"""

import json
import sys
import time
from pathlib import Path

NAME = "red wine and salt"
RUNS = 30
WARM_UP = 5
ROOT = Path(__file__).resolve().parents[3]
VOCAB = ROOT / "model-artifacts/vocab.txt"
MAX_TOKENS = 64


def peak_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no VmHWM")


def measure(answer) -> None:
    answer()
    print("first", flush=True)
    for _ in range(WARM_UP):
        answer()
    durations = []
    for _ in range(RUNS):
        began = time.perf_counter()
        answer()
        durations.append((time.perf_counter() - began) * 1000)
    print(json.dumps({"p50Ms": sorted(durations)[RUNS // 2], "peakMb": peak_mb()}), flush=True)


def prepare(folder: Path) -> None:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    sys.path.insert(0, str(ROOT / "training"))
    from ingredients.activations import observe
    from ingredients.labels import SIZES
    from ingredients.model import MultiTaskTokenClassifier, random_encoder
    from ingredients.onnx_graph import GraphWriter

    torch.manual_seed(0)
    words = sum(1 for _ in VOCAB.open(encoding="utf-8"))
    base = folder / "bert-base"
    BertForSequenceClassification(BertConfig(num_labels=4)).save_pretrained(base)
    (base / "vocab.txt").write_bytes(VOCAB.read_bytes())
    BertTokenizerFast(str(VOCAB)).save_pretrained(base)
    # DistilBERT's size: 6 layers of 768.
    distilled = MultiTaskTokenClassifier(random_encoder(words, 6, 768, 12, MAX_TOKENS), SIZES)
    (folder / "distilbert").mkdir(parents=True, exist_ok=True)
    rows = torch.randint(words, (64, 9)).tolist()
    GraphWriter(distilled, observe(distilled.eval(), rows)).write(folder / "distilbert/model.onnx")


def three(folder: Path) -> None:
    """One pipeline a task, as the founders had it."""
    from transformers import pipeline

    pipelines = [pipeline("text-classification", model=str(folder / "bert-base"), device="cpu") for _ in range(3)]
    measure(lambda: [one(NAME)[0]["label"] for one in pipelines])


def one(folder: Path) -> None:
    """One encoder with three heads."""
    import torch
    from transformers import BertModel, BertTokenizerFast

    tokenizer = BertTokenizerFast.from_pretrained(folder / "bert-base")
    encoder = BertModel.from_pretrained(folder / "bert-base").eval()
    heads = torch.nn.ModuleList(torch.nn.Linear(encoder.config.hidden_size, size) for size in (2, 4, 27)).eval()

    def answer() -> list[int]:
        with torch.no_grad():
            pooled = encoder(**tokenizer(NAME, return_tensors="pt")).last_hidden_state[:, 0]
            return [int(head(pooled).argmax()) for head in heads]

    measure(answer)


def int8(folder: Path) -> None:
    """DistilBERT's size in int8, by ONNX Runtime, without torch."""
    sys.path.insert(0, str(ROOT / "training"))
    from ingredients.runtime import Session
    from ingredients.text import normal_form

    session = Session(folder / "distilbert/model.onnx", VOCAB, MAX_TOKENS)
    measure(lambda: session.logits([normal_form(NAME)])["ingredient"].argmax())


if __name__ == "__main__":
    {"prepare": prepare, "three": three, "one": one, "int8": int8}[sys.argv[1]](Path(sys.argv[2]))
