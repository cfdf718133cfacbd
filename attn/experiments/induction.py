"""Names and values, paired anew in every text: who looks a value up, and where idle heads look."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor, nn

from attn.data.batch import BOS
from attn.masks import causal_mask
from attn.pretraining import causal_loss
from attn.relative import RelativeBias
from attn.rms_norm import RMSNorm
from attn.t5 import T5Block
from attn.train import History, seeded, train

SYMBOLS = 8  # names there are, and values
PRESENT = 4  # of each in one text
PAIRS = 10
FIRST_NAME, FIRST_VALUE = 3, 3 + SYMBOLS
H = 4
SIZES = {"D": 64, "H": H, "d": 16, "F": 128}
STEPS = 300

NAMES = [*"ABCDEFGH"]
VALUES = [*"stuvwxyz"]


class Text(NamedTuple):
    """BOS, then name, value, name, value, …; ``known`` are the values that can be looked up."""

    tokens: Int[Tensor, "B T"]
    known: Bool[Tensor, "B T"]

    def letters(self, row: int) -> list[str]:
        """Names as capital letters, values as small ones.

        >>> "".join(text(1, Generator().manual_seed(0)).letters(0))
        '^CwCwEyDxEyGuGuEyCwDx'
        """
        return [("·", "^", "·", *NAMES, *VALUES)[token] for token in self.tokens[row].tolist()]


def text(n: int, rng: Generator) -> Text:
    """n texts: in each, four names have a value each, and ten pairs are drawn from these."""

    def chosen(first: int) -> Tensor:
        return torch.rand(n, SYMBOLS, generator=rng).argsort(-1)[:, :PRESENT] + first

    names, values = chosen(FIRST_NAME), chosen(FIRST_VALUE)
    which = torch.randint(PRESENT, (n, PAIRS), generator=rng)
    pairs = torch.stack([names.gather(1, which), values.gather(1, which)], -1).flatten(1)
    before = (which[:, :, None] == which[:, None, :]).tril(-1).any(-1)
    known = torch.zeros(n, 1 + 2 * PAIRS, dtype=torch.bool)
    known[:, 2::2] = before
    return Text(torch.cat([torch.full((n, 1), BOS), pairs], 1), known)


class Decoder(nn.Module):
    """A causal stack of T5's blocks, without an encoder.

    >>> Decoder(depth=1)(torch.tensor([[BOS, 3, 11]])).shape
    torch.Size([1, 3, 19])
    """

    def __init__(self, depth: int) -> None:
        super().__init__()
        D = SIZES["D"]
        self.embedding = nn.Embedding(FIRST_VALUE + SYMBOLS, D)
        self.past = RelativeBias(H, buckets=16, longest=24, both_ways=False)
        nn.init.normal_(self.past.table, std=D**-0.5)
        self.blocks = nn.ModuleList(T5Block(D, H, SIZES["d"], SIZES["F"]) for _ in range(depth))
        self.norm = RMSNorm(D)

    def read(
        self, tokens: Int[Tensor, "B T"], hide: str = ""
    ) -> tuple[Float[Tensor, "B T V"], Float[Tensor, "B depth H T T"]]:
        """The next token's scores, and where each head looked.

        ``hide`` takes something from the heads: "first", and none may look at BOS; "previous", and
        in the first layer none may look at the position just before its own.
        """
        X, T = self.embedding(tokens), tokens.shape[1]
        so_far = causal_mask(T, T, tokens.device)[None].clone()
        if hide == "first":
            so_far[:, 1:, 0] = False
        lower = so_far.clone()
        if hide == "previous":
            lower.diagonal(-1, dim1=-2, dim2=-1).fill_(False)
        bias, seen = self.past(T, T), []
        for layer, block in enumerate(self.blocks):
            X, weights = block(X, bias, so_far if layer else lower)
            seen.append(weights)
        scores = self.norm(X) @ self.embedding.weight.T
        return scores * X.shape[-1] ** -0.5, torch.stack(seen, 1)

    def forward(self, tokens: Int[Tensor, "B T"]) -> Float[Tensor, "B T V"]:
        return self.read(tokens)[0]


def asked(n: int = 256) -> Text:
    """The texts of every test."""
    return text(n, Generator().manual_seed(9_000))


@torch.no_grad()
def accuracy(model: Decoder, hide: str = "") -> float:
    """The share of right values, where the name has stood before."""
    of = asked()
    said = model.read(of.tokens, hide)[0][:, :-1].argmax(-1)
    known = of.known[:, 1:]
    return (said == of.tokens[:, 1:])[known].double().mean().item()


def learn(depth: int, seed: int, steps: int = STEPS) -> tuple[Decoder, History]:
    """A decoder of this depth that was asked for known values; its accuracy every 25 steps.

    >>> model, history = learn(1, 0, steps=1)
    """
    with seeded(seed):
        model = Decoder(depth)
    rng = Generator().manual_seed(seed)
    batches: Iterator[Text] = (text(64, rng) for _ in range(steps))

    def loss(model: Decoder, of: Text) -> Tensor:
        return causal_loss(model(of.tokens), of.tokens, of.known)

    return model, train(
        model, batches, loss, lr=3e-3, measure=lambda m: {"right": accuracy(m)}, every=25
    )


class Looks(NamedTuple):
    """For each layer and head, the mean weight of certain queries on certain keys."""

    before: Float[Tensor, "depth H"]  # of a value, on the name before it
    successor: Float[Tensor, "depth H"]  # of a known name, on all values that followed it
    sink_busy: Float[Tensor, "depth H"]  # of a known name, on BOS
    sink_idle: Float[Tensor, "depth H"]  # of a name that is new, on BOS


@torch.no_grad()
def looks(model: Decoder) -> Looks:
    """Where every head looks, on the texts of the test."""
    of = asked()
    weights = model.read(of.tokens)[1]
    names, values = torch.arange(1, 2 * PAIRS, 2), torch.arange(2, 2 * PAIRS + 1, 2)
    of_names = weights[:, :, :, names]
    said = of.tokens[:, names]
    same = (said[:, :, None] == said[:, None, :]).tril(-1)
    successor = (of_names[..., values] * same[:, None, None]).sum(-1)
    known = same.any(-1)

    def mean(table: Tensor, places: Tensor) -> Tensor:
        return table.permute(0, 3, 1, 2)[places].mean(0)

    on_first = of_names[..., 0]
    before = weights[:, :, :, values, values - 1].mean((0, -1))
    return Looks(before, mean(successor, known), mean(on_first, known), mean(on_first, ~known))


def switched_off(model: Decoder, layer: int, heads: tuple[int, ...]) -> float:
    """The accuracy when these heads of a layer hand nothing on."""
    d = SIZES["d"]

    def without(_: object, args: tuple[Tensor, ...]) -> tuple[Tensor]:
        read = args[0].clone()
        for head in heads:
            read[..., head * d : (head + 1) * d] = 0
        return (read,)

    handle = model.blocks[layer].attend.W_o.register_forward_pre_hook(without)  # type: ignore
    try:
        return accuracy(model)
    finally:
        handle.remove()


@torch.no_grad()
def value_lengths(model: Decoder) -> Float[Tensor, "depth H 2"]:
    """The mean length of the value vector of BOS, and of all other positions, for each head."""
    found: list[Tensor] = []
    handles = [
        block.attend.W_v.register_forward_hook(lambda _, __, out: found.append(out))  # type: ignore
        for block in model.blocks
    ]
    model(asked().tokens)
    for handle in handles:
        handle.remove()
    lengths = torch.stack(found).unflatten(-1, (H, -1)).norm(dim=-1)  # depth B T H
    return torch.stack([lengths[:, :, 0].mean(1), lengths[:, :, 1:].mean((1, 2))], -1)
