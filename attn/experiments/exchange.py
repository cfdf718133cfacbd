"""Does a decoder write what it reads most? One annotation at a time is exchanged to find out."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from attn.data.sequences import FIRST_SYMBOL, SYMBOLS, reversal
from attn.seq2seq import Memory, Seq2Seq, shift_right

PLACES = ("most read", "the letter's own", "elsewhere")


def taught(
    model: Seq2Seq, memory: Memory, target: Int[Tensor, "B Tt"]
) -> tuple[Float[Tensor, "B Tt V"], Float[Tensor, "B Tt Ts"]]:
    """Scores and weights of every step under teacher forcing, on annotations from anywhere."""
    state = model.decoder.start(memory)
    scores, looked = [], []
    for token in shift_right(target).unbind(1):
        score, state, weight = model.decoder.step(token, state, memory)
        scores.append(score)
        looked.append(weight)
    return torch.stack(scores, 1), torch.stack(looked, 1)


@torch.no_grad()
def follows(model: Seq2Seq, length: int, n: int = 300) -> dict[str, float]:
    """How often the letter that is written follows one exchanged annotation.

    The annotation comes from a copy of the sequence in which the letter to be written is another
    one. It is exchanged where the decoder reads most, at the letter's own place, or half a sequence
    from there. Only steps at which the first two differ are counted; nan where there are none.

    >>> from attn.experiments.reversal import build
    >>> sorted(follows(build("additive", seed=0, n=8), length=4, n=2)) == sorted(PLACES)
    True
    """
    batch = reversal(n, length, torch.Generator().manual_seed(40_000 + length))
    memory = model.encoder(batch.source, batch.source_lengths)
    _, looked = taught(model, memory, batch.target)
    rows = torch.arange(n)
    followed: dict[str, list[Tensor]] = {name: [] for name in PLACES}
    for step in range(length):
        own = length - 1 - step
        changed = batch.source.clone()
        changed[:, own] = (changed[:, own] - FIRST_SYMBOL + 1) % SYMBOLS + FIRST_SYMBOL
        donor = model.encoder(changed, batch.source_lengths).annotations
        most = looked[:, step].argmax(-1)
        places = (most, torch.full_like(most, own), (most + length // 2) % length)
        for name, at in zip(PLACES, places, strict=True):
            patched = memory.annotations.clone()
            patched[rows, at] = donor[rows, at]
            scores, _ = taught(model, memory._replace(annotations=patched), batch.target)
            wrote = scores[:, step].argmax(-1)
            followed[name].append((wrote == changed[:, own])[most != own])
    return {name: torch.cat(hits).double().mean().item() for name, hits in followed.items()}
