"""Listeners that write down tones: without attention, by content, and by the last look too."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attn.data.tones import TONES, Melodies, melodies
from attn.location_aware import LocationAwareAttention, LocationAwareScore
from attn.train import seeded, train

WIDTH, M, K = 32, 16, 16
FILTERS, TAPS = 4, 15  # two of the longest tones fit into a filter
ARMS = ("no attention", "content", "content, context", "location")
FEWEST, MOST = 3, 6  # tones in training


class Heard(NamedTuple):
    """Scores of each step's tone, and where the listener looked."""

    scores: Float[Tensor, "B L V"]
    weights: Float[Tensor, "B L T"]


class Listener(nn.Module):
    """A frame is known by itself alone; a GRU writes one tone a step, told the one before.

    ``arm``: "no attention" reads the mean of all frames; "content" scores a frame by what it is;
    "location" also by where the last weights lay. In "content, context" the score is by content,
    but a GRU both ways has gone over the frames, so that they are no longer known by themselves.

    >>> some = melodies(2, 3, 3, Generator().manual_seed(0))
    >>> Listener("location")(some).scores.shape
    torch.Size([2, 4, 5])
    """

    def __init__(self, arm: str) -> None:
        super().__init__()
        if arm not in ARMS:
            raise ValueError(f"arm is {arm!r}; it can be {', '.join(ARMS)}")
        self.arm = arm
        if arm == "content, context":
            self.rnn = nn.GRU(len(TONES) + 1, M // 2, batch_first=True, bidirectional=True)
        else:
            self.linear = nn.Linear(len(TONES) + 1, M)
        score = LocationAwareScore(WIDTH, M, K, FILTERS if arm == "location" else 0, TAPS)
        self.attend = LocationAwareAttention(score)
        self.embedding = nn.Embedding(len(TONES) + 2, M)  # the last begins
        self.cell = nn.GRUCell(2 * M, WIDTH)
        self.out = nn.Linear(WIDTH + M, len(TONES) + 1)

    def annotate(self, some: Melodies) -> Float[Tensor, "B T m"]:
        """What is known of each frame."""
        if self.arm != "content, context":
            return self.linear(some.frames).tanh()
        lengths = some.mask.sum(-1).cpu()
        packed = pack_padded_sequence(some.frames, lengths, True, enforce_sorted=False)
        return pad_packed_sequence(self.rnn(packed)[0], True, total_length=some.mask.shape[1])[0]

    def forward(self, some: Melodies) -> Heard:
        """Every step is told the right tone before it."""
        annotations, mask = self.annotate(some), some.mask
        mean = mask / mask.sum(-1, keepdim=True)
        # Before the first step the look lies on the first frame, which is silent.
        weights = torch.zeros_like(mean)
        weights[:, 0] = 1
        state = annotations.new_zeros(len(mask), WIDTH)
        context = annotations[:, 0]
        before = torch.full_like(some.tones[:, 0], len(TONES) + 1)
        scores, looks = [], []
        for t in range(some.tones.shape[1]):
            state = self.cell(torch.cat([self.embedding(before), context], -1), state)
            if self.arm == "no attention":
                weights = mean
                context = (mean[:, None] @ annotations)[:, 0]
            else:
                context, weights = self.attend(state, annotations, mask, weights)
            scores.append(self.out(torch.cat([state, context], -1)))
            looks.append(weights)
            before = some.tones[:, t].clamp(min=0)
        return Heard(torch.stack(scores, 1), torch.stack(looks, 1))


def loss(model: Listener, some: Melodies) -> Float[Tensor, ""]:
    """Mean cross-entropy of the tones and the end."""
    scores = model(some).scores
    return nn.functional.cross_entropy(scores.flatten(0, 1), some.tones.flatten(), ignore_index=-1)


def learn(arm: str, seed: int, steps: int = 500) -> Listener:
    """A listener trained on 64 new melodies a step."""
    rng = Generator().manual_seed(seed)
    with seeded(seed):
        model = Listener(arm)
    train(model, (melodies(64, FEWEST, MOST, rng) for _ in range(steps)), loss, lr=5e-3)
    return model


@torch.no_grad()
def heard(model: Listener, fewest: int, most: int, n: int = 400) -> dict[str, float]:
    """How the model does on new melodies, when it is told the right tone before each.

    ``all right``: melodies with every tone right and the end; ``tones``: tones right; ``mass``: the
    weight on the frames of the tone that is written; ``one of several``: that weight as a share of
    what lies on all frames of the same kind of tone, where the tone comes more than once.
    """
    some = melodies(n, fewest, most, Generator().manual_seed(10_000 + most))
    out = model(some)
    there = some.tones >= 0
    right = (out.scores.argmax(-1) == some.tones) | ~there
    sounds = there & (some.tones < len(TONES))
    steps = torch.arange(some.tones.shape[1])
    own = some.owner[:, None] == steps[:, None]
    kind = some.tones.gather(1, some.owner.clamp(min=0)).where(some.owner >= 0, -2)
    alike = kind[:, None] == some.tones[..., None]
    mass, equal = (out.weights * own).sum(-1), (out.weights * alike).sum(-1)
    several = sounds & ((some.tones[:, :, None] == some.tones[:, None]).sum(-1) > 1)
    return {
        "all right": right.all(-1).float().mean().item(),
        "tones": right[sounds].float().mean().item(),
        "mass": mass[sounds].mean().item(),
        "one of several": (mass / equal.clamp(min=1e-9))[several].mean().item(),
    }
