"""Exchanging annotations: what is fed is what is judged, and who reads nothing follows nothing."""

import math

import torch

from attn.data.sequences import reversal
from attn.experiments.exchange import PLACES, follows, taught
from attn.experiments.reversal import build
from attn.seq2seq import Encoder, Memory, Seq2Seq


def test_on_its_own_annotations_it_is_the_model():
    model = build("additive", seed=0, n=8)
    batch = reversal(3, 5, torch.Generator().manual_seed(0))
    memory = model.encoder(batch.source, batch.source_lengths)
    own = taught(model, memory, batch.target)
    for got, expected in zip(
        own, model(batch.source, batch.source_lengths, batch.target), strict=True
    ):
        torch.testing.assert_close(got, expected)


class Pointer:
    """Reads one place and nothing else, and writes the letter that stands there."""

    def __init__(self, beside: int) -> None:
        self.beside = beside

    def start(self, memory):
        return memory.annotations.shape[1] - 1

    def step(self, token, own, memory):
        T = memory.annotations.shape[1]
        place = max(0, min(T - 1, own + self.beside))
        weights = torch.zeros(len(token), T)
        weights[:, place] = 1
        return memory.annotations[:, place], own - 1, weights


class Letters(Encoder):
    """Annotations that hold the letter ``beside`` places off."""

    def __init__(self, beside: int) -> None:
        super().__init__(13, 2, 2)
        self.beside = beside

    def forward(self, tokens, lengths):
        letters = torch.nn.functional.one_hot(tokens, 13).float().roll(self.beside, 1)
        return Memory(letters, torch.ones_like(tokens, dtype=torch.bool), letters[:, 0])


def reader(beside: int) -> Seq2Seq:
    return Seq2Seq(Letters(beside), Pointer(beside))


def test_a_model_that_reads_beside_follows_the_place_beside():
    followed = follows(reader(1), length=6, n=20)
    assert followed == {"most read": 1.0, "the letter's own": 0.0, "elsewhere": 0.0}


def test_where_the_places_never_differ_there_is_nothing_to_count():
    assert all(math.isnan(x) for x in follows(reader(0), length=6, n=20).values())
    assert set(follows(reader(0), length=6, n=20)) == set(PLACES)
