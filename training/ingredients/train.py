"""Fine-tuning: the losses of the three tasks and the loop."""

from __future__ import annotations

import json
import random
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch.nn import functional

from .dataset import IGNORE, Batch, TrainingData
from .model import MultiTaskTokenClassifier, save_model


@dataclass(frozen=True)
class TrainingSettings:
    """What a run is made of; saved beside its checkpoint."""

    epochs: int = 8
    """Passes over the examples."""
    batch_size: int = 64
    """Names a step."""
    learning_rate: float = 4e-4
    """Peak of AdamW's rate, reached after the warm-up, then linear to zero."""
    head_rate: float = 10.0
    """The heads' rate as a multiple: they start from nothing, and Adam moves a weight by at most its rate a step."""
    warmup: float = 0.06
    """Share of the steps before the peak."""
    weight_decay: float = 0.01
    """AdamW's decay, on matrices alone."""
    max_grad_norm: float = 1.0
    """Gradients are clipped to this norm."""
    label_smoothing: float = 0.02
    """Of the two softmax tasks."""
    categories_weight: float = 0.4
    """Of the summed binary cross-entropy against the two softmax losses."""
    bfloat16: bool = True
    """Matrix products of the forward and backward pass in bfloat16: 2.5 times faster where the CPU has AVX-512 BF16."""
    seed: int = 20260601
    """Of weights, order and noise."""


def losses(logits: dict[str, torch.Tensor], batch: Batch, settings: TrainingSettings) -> dict[str, torch.Tensor]:
    """Each task's loss over the names that have a label for it, in nats a name, weighted by the names' weights."""
    total = batch.weight.sum()
    result = {}
    for task in ("ingredient", "source"):
        per_name = functional.cross_entropy(
            logits[task], getattr(batch, task), ignore_index=IGNORE, reduction="none", label_smoothing=settings.label_smoothing
        )
        result[task] = (per_name * batch.weight).sum() / total
    known = ~torch.isnan(batch.categories)
    targets = torch.nan_to_num(batch.categories)
    entropy = functional.binary_cross_entropy_with_logits(logits["categories"], targets, reduction="none")
    result["categories"] = settings.categories_weight * ((entropy * known).sum(dim=1) * batch.weight).sum() / total
    return result


def _optimizer(model: MultiTaskTokenClassifier, settings: TrainingSettings) -> torch.optim.AdamW:
    encoder = [p for name, p in model.named_parameters() if not name.startswith("heads.")]
    groups = [
        {"params": [p for p in encoder if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in encoder if p.ndim <= 1], "weight_decay": 0.0},
        {"params": list(model.heads.parameters()), "weight_decay": 0.0, "lr": settings.head_rate * settings.learning_rate},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate)


def _rate(step: int, steps: int, warmup: float) -> float:
    rising = max(1, int(warmup * steps))
    return (step + 1) / rising if step < rising else max(0.0, (steps - step) / max(1, steps - rising))


def train(model: MultiTaskTokenClassifier, data: TrainingData, settings: TrainingSettings, folder: Path) -> None:
    """Fine-tunes `model` in place, saves it with its settings to `folder`, and prints a line each hundred steps."""
    torch.manual_seed(settings.seed)
    random.seed(settings.seed)
    optimizer = _optimizer(model, settings)
    steps = settings.epochs * len(data)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, steps, settings.warmup))
    step, began, running = 0, time.monotonic(), {}
    model.train()
    for epoch in range(settings.epochs):
        for batch in data.epoch():
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.bfloat16):
                logits = model(batch.input_ids, batch.attention_mask)
            task_losses = losses({task: values.float() for task, values in logits.items()}, batch, settings)
            torch.stack(list(task_losses.values())).sum().backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), settings.max_grad_norm)
            optimizer.step()
            scheduler.step()
            step += 1
            for task, loss in task_losses.items():
                running[task] = 0.98 * running.get(task, loss.item()) + 0.02 * loss.item()
            if step % 100 == 0 or step == steps:
                parts = " ".join(f"{task} {value:.4f}" for task, value in running.items())
                print(f"epoch {epoch + 1} step {step}/{steps} {parts} {time.monotonic() - began:.0f} s", flush=True)
    model.eval()
    save_model(model, folder)
    record = {"settings": asdict(settings), "examples": len(data.examples), "commit": _commit()}
    (folder / "settings.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _commit() -> str | None:
    """The commit of the code that runs; None outside a checkout."""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or None
