"""What every answer to ``DecoderBlock`` must satisfy."""

import torch
from torch import nn

from attn import transformer
from attn.multi_head import MultiHead
from autograder import sample
from autograder.checks.transformer.encoder_block import parameters
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def sentences(rng: Rng):
    yield _written("one word, one source word", rng, 1, [[True]], D=2, H=1, F=2)
    yield _written("three words", rng, 3, [[True, True]], D=4, H=2, F=6)
    yield _written("fewer words than the source", rng, 2, [[True] * 4] * 2, D=4, H=2, F=3)
    yield _written("as many words as the source", rng, 3, [[True] * 3] * 2, D=4, H=2, F=6)
    padded = [[True, True, True], [True, False, False]]
    yield _written("a padded source", rng, 4, padded, D=4, H=2, F=6)
    yield _written("gradients", rng, 3, padded, D=4, H=2, F=6).backward(sample.seed(rng))


def _written(name: str, rng: Rng, T: int, real: list[list[bool]], D: int, H: int, F: int) -> Case:
    mask = torch.tensor(real)
    args = {
        "X": sample.tensor(rng, len(mask), T, D),
        "memory": sample.tensor(rng, *mask.shape, D),
        "real": mask,
    }
    state = parameters(rng, D, F, ("attend", "look"), norms=3)
    return Case.of(name, Program((Call(args),), init={"D": D, "H": H, "F": F}, state=state))


class _Block(nn.Module):
    """The parts that the task names."""

    def __init__(self, D, H, F):
        super().__init__()
        self.sizes = D, H, F
        self.attend, self.look = MultiHead(D, H), MultiHead(D, H)
        self.W_1, self.W_2 = nn.Linear(D, F), nn.Linear(F, D)
        self.norm_1, self.norm_2, self.norm_3 = (nn.LayerNorm(D) for _ in range(3))

    def so_far(self, X):
        T = X.shape[1]
        return torch.ones(T, T, dtype=torch.bool, device=X.device).tril()

    def read(self, X, mask):
        return self.attend(X, mask=mask)[0]

    def source(self, X, memory, real):
        return self.look(X, memory, mask=None if real is None else real[:, None])[0]

    def feed(self, X):
        return self.W_2(self.W_1(X).relu())


class _Reference(_Block):
    """The block of ``attn``, around the parts that the task names."""

    def forward(self, X, memory, real):
        block = transformer.DecoderBlock(*self.sizes, norm="pre")
        block.attend, block.look = self.attend, self.look
        block.feed.W_1, block.feed.W_2 = self.W_1, self.W_2
        block.around_attention.norm = self.norm_1
        block.around_look.norm = self.norm_2
        block.around_feed.norm = self.norm_3
        return block(X, memory, real)[0]


DecoderBlock = Exercise(
    "DecoderBlock",
    points=5,
    reference=_Reference,
    cases=sentences,
    forbids=("TransformerDecoderLayer", "MultiheadAttention"),
)


@DecoderBlock.fact
def no_position_sees_a_later_one(f: Answers, case: Case) -> None:
    """Changing the last position changes no other: what comes later has not been written yet."""
    X = case["X"].clone()
    X[:, -1] += 3
    agree(f(case.but(X=X))[:, :-1], f(case)[:, :-1], what="the earlier positions")


@DecoderBlock.fact
def padding_of_the_source_is_not_read(f: Answers, case: Case) -> None:
    """What stands where the source is padded changes nothing."""
    memory = torch.where(case["real"][..., None], case["memory"], case["memory"] + 5)
    agree(f(case.but(memory=memory)), f(case))


@DecoderBlock.fact
def all_of_the_source_is_read(f: Answers, case: Case) -> None:
    """Changing the source's last real word changes what the *first* position says."""
    memory = case["memory"].clone()
    last = case["real"].sum(1) - 1
    memory[torch.arange(len(memory)), last] += 3
    changed = case.but(memory=memory)
    moved, right = (
        (answer(changed)[:, 0] - answer(case)[:, 0]).abs().amax(-1) for answer in (f, f.expected)
    )
    # Where the softmax is at its end, even the right answer hardly moves.
    says_the_same = (moved < 1e-6) & (right > 1e-4)
    ensure(not says_the_same.any(), "it says the same", f(case), f.expected(case))


@DecoderBlock.mistake(
    "sees what is to come",
    "The decoder's self-attention has no causal mask. In training all words stand there at once, "
    "and a position could simply read the word that it is to say.",
)
class NotCausal(_Block):
    def forward(self, X, memory, real):
        X = X + self.read(self.norm_1(X), None)
        X = X + self.source(self.norm_2(X), memory, real)
        return X + self.feed(self.norm_3(X))


@DecoderBlock.mistake(
    "the source is read causally too",
    "The source is there as a whole before the first word is written. Only self-attention is "
    "causal; cross-attention masks nothing but padding.",
)
class CausalLook(_Block):
    def forward(self, X, memory, real):
        X = X + self.read(self.norm_1(X), self.so_far(X))
        T, S = X.shape[1], memory.shape[1]
        early = torch.ones(T, S, dtype=torch.bool, device=X.device).tril()
        X = X + self.look(self.norm_2(X), memory, mask=real[:, None] & early)[0]
        return X + self.feed(self.norm_3(X))


@DecoderBlock.mistake(
    "reads itself twice",
    "The second attention is called without the memory, so that keys and values are the decoder's "
    "own. Queries come from the stream, keys and values from the memory.",
)
class ItselfTwice(_Block):
    def forward(self, X, memory, real):
        X = X + self.read(self.norm_1(X), self.so_far(X))
        X = X + self.look(self.norm_2(X), mask=self.so_far(X))[0]
        return X + self.feed(self.norm_3(X))


@DecoderBlock.mistake(
    "the source's padding is read",
    "Cross-attention is called without `real`. It needs a row for every query: real[:, None, :].",
)
class PaddingRead(_Block):
    def forward(self, X, memory, real):
        X = X + self.read(self.norm_1(X), self.so_far(X))
        X = X + self.source(self.norm_2(X), memory, None)
        return X + self.feed(self.norm_3(X))


@DecoderBlock.mistake(
    "the memory is normalised again",
    "norm_2 is for what the stream asks. The memory comes from the end of the encoder, which has "
    "normalised it already.",
)
class NormedMemory(_Block):
    def forward(self, X, memory, real):
        X = X + self.read(self.norm_1(X), self.so_far(X))
        X = X + self.source(self.norm_2(X), self.norm_2(memory), real)
        return X + self.feed(self.norm_3(X))


@DecoderBlock.mistake(
    "looks at the source before it has read itself",
    "The order is self-attention, cross-attention, feed-forward: what is asked of the source "
    "should depend on what has been written.",
)
class LookFirst(_Block):
    def forward(self, X, memory, real):
        X = X + self.source(self.norm_2(X), memory, real)
        X = X + self.read(self.norm_1(X), self.so_far(X))
        return X + self.feed(self.norm_3(X))


@DecoderBlock.mistake(
    "no residual around the look at the source",
    "What is found in the source replaces the stream: what was written so far is lost.",
)
class NoResidual(_Block):
    def forward(self, X, memory, real):
        X = X + self.read(self.norm_1(X), self.so_far(X))
        X = self.source(self.norm_2(X), memory, real)
        return X + self.feed(self.norm_3(X))


@DecoderBlock.mistake(
    "normalises the sums",
    "norm(X + sublayer(X)) is the paper's post-norm. This block is pre-norm: norm stands inside.",
)
class PostNorm(_Block):
    def forward(self, X, memory, real):
        X = self.norm_1(X + self.read(X, self.so_far(X)))
        X = self.norm_2(X + self.source(X, memory, real))
        return self.norm_3(X + self.feed(X))
