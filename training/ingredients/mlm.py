"""Masked language modelling (Devlin et al. 2019, arXiv:1810.04805, section 3.1) on text about food, to adapt an encoder to the domain
before it is fine-tuned (Gururangan et al. 2020, arXiv:2004.10964)."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import BertModel

from .model import autocast
from .text import Encoder
from .train import rate

IGNORE = -100


@dataclass(frozen=True)
class PretrainingSettings:
    """What a run is made of."""

    epochs: int = 3
    """Passes over the texts."""
    batch_size: int = 128
    """Texts a step."""
    learning_rate: float = 3e-4
    """Peak of AdamW's rate."""
    masked: float = 0.2
    """Share of the tokens to be guessed; of these 8 in 10 are hidden, 1 is another token, 1 stays."""
    max_tokens: int = 48
    """Longer texts are cut."""
    seed: int = 20260602
    """Of masks and order."""


class MaskedLanguageHead(nn.Module):
    """Guesses tokens from hidden states (N, H); its output matrix is the word table."""

    def __init__(self, words: nn.Embedding) -> None:
        super().__init__()
        size = words.embedding_dim
        self.transform = nn.Sequential(nn.Linear(size, size), nn.GELU(), nn.LayerNorm(size))
        self.words = words
        self.bias = nn.Parameter(torch.zeros(words.num_embeddings))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Logits (N, vocabulary)."""
        return functional.linear(self.transform(hidden), self.words.weight, self.bias)


def mask(ids: torch.Tensor, maskable: torch.Tensor, settings: PretrainingSettings, mask_id: int, generator: torch.Generator):
    """ids, maskable: (B, T). Returns the ids as the encoder sees them, and the targets (IGNORE where nothing is guessed)."""
    chance = torch.rand(ids.shape, generator=generator, device=ids.device)
    picked = (chance < settings.masked) & maskable
    targets = torch.where(picked, ids, IGNORE)
    kind = torch.rand(ids.shape, generator=generator, device=ids.device)
    strange = torch.randint(1000, int(ids.max()) + 1, ids.shape, generator=generator, device=ids.device)
    shown = torch.where(picked & (kind < 0.8), mask_id, ids)
    return torch.where(picked & (kind >= 0.9), strange, shown), targets


def pretrain(
    encoder: BertModel, reader: Encoder, texts: list[str], settings: PretrainingSettings, device: torch.device | str = "cpu"
) -> float:
    """Trains `encoder` in place; returns the running loss at the end, in nats a hidden token."""
    device = torch.device(device)
    torch.manual_seed(settings.seed)
    room = settings.max_tokens - 2
    rows = [[reader.cls, *ids[:room], reader.sep] for ids in reader.tokenizer(texts, add_special_tokens=False)["input_ids"]]
    lengths = np.array([len(row) for row in rows])
    table = np.full((len(rows), int(lengths.max())), reader.pad, dtype=np.int32)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    ids_all, lengths_all = torch.from_numpy(table).to(device), torch.from_numpy(lengths).to(device)
    head = MaskedLanguageHead(encoder.embeddings.word_embeddings)
    both = nn.ModuleList([encoder, head]).to(device).train()
    optimizer = torch.optim.AdamW(both.parameters(), lr=settings.learning_rate, weight_decay=0.01, fused=device.type == "cuda")
    rng, generator = np.random.default_rng(settings.seed), torch.Generator(device).manual_seed(settings.seed)
    mask_id = reader.tokenizer.convert_tokens_to_ids("[MASK]")
    steps = settings.epochs * -(-len(rows) // settings.batch_size)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step / steps, 0.06))
    step, running, began = 0, None, time.monotonic()
    for _ in range(settings.epochs):
        # Nearly sorted by length: little padding, and batches that differ from epoch to epoch.
        order = np.argsort(lengths + rng.uniform(0, 4, len(rows)), kind="stable")
        starts = rng.permutation(np.arange(0, len(order), settings.batch_size))
        for start in starts:
            picked = order[start : start + settings.batch_size]
            index = torch.from_numpy(picked).to(device)
            width = int(lengths[picked].max())
            ids = ids_all[index, :width].long()
            place = torch.arange(width, device=device)[None, :]
            attention = (place < lengths_all[index][:, None]).long()
            maskable = (place > 0) & (place < lengths_all[index][:, None] - 1)
            shown, targets = mask(ids, maskable, settings, mask_id, generator)
            optimizer.zero_grad(set_to_none=True)
            with autocast(device):
                hidden = encoder(input_ids=shown, attention_mask=attention).last_hidden_state
                guessed = targets != IGNORE
                logits = head(hidden[guessed])
            loss = functional.cross_entropy(logits.float(), targets[guessed])
            if torch.isfinite(loss):
                loss.backward()
                torch.nn.utils.clip_grad_norm_(both.parameters(), 1.0)
                optimizer.step()
            scheduler.step()
            step += 1
            running = loss.detach() if running is None else 0.98 * running + 0.02 * loss.detach()
            if step % 200 == 0 or step == steps:
                print(f"masked language step {step}/{steps} loss {running.item():.3f} {time.monotonic() - began:.0f} s", flush=True)
    encoder.eval()
    return float(running.item()) if running is not None else float("nan")
