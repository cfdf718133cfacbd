"""What every answer to ``EncoderBlock`` must satisfy."""

import torch
from torch import nn

from attn import transformer
from attn.multi_head import MultiHead
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def sentences(rng: Rng):
    yield _read("one position", rng, 1, 1, D=2, H=1, F=2)
    yield _read("a sentence", rng, 1, 3, D=4, H=2, F=6)
    yield _read("a batch", rng, 2, 3, D=4, H=2, F=3)
    padding = torch.tensor([[[True, True, True]], [[True, False, False]]])
    yield _read("padded", rng, 2, 3, D=4, H=2, F=6, mask=padding)
    yield _read(
        "a mask for each position", rng, 2, 3, D=4, H=2, F=6, mask=sample.mask(rng, 2, 3, 3)
    )
    gradients = _read("gradients", rng, 2, 3, D=4, H=2, F=6, mask=padding)
    yield gradients.backward(sample.seed(rng))


def parameters(rng: Rng, D: int, F: int, heads: tuple[str, ...], norms: int) -> dict:
    """Random values for the parts of a block, by the names that the task gives them."""
    state = {}
    for name in heads:
        for part in ("W_q", "W_k", "W_v", "W_o"):
            state[f"{name}.{part}.weight"] = sample.tensor(rng, D, D)
            state[f"{name}.{part}.bias"] = sample.tensor(rng, D)
    state |= {"W_1.weight": sample.tensor(rng, F, D), "W_1.bias": sample.tensor(rng, F)}
    state |= {"W_2.weight": sample.tensor(rng, D, F), "W_2.bias": sample.tensor(rng, D)}
    for number in range(1, norms + 1):
        state[f"norm_{number}.weight"] = 1 + 0.5 * sample.tensor(rng, D)
        state[f"norm_{number}.bias"] = sample.tensor(rng, D)
    return state


def _read(name: str, rng: Rng, B: int, T: int, D: int, H: int, F: int, mask=None) -> Case:
    mask = torch.ones(B, 1, T, dtype=torch.bool) if mask is None else mask
    call = Call({"X": sample.tensor(rng, B, T, D), "mask": mask})
    state = parameters(rng, D, F, ("attend",), norms=2)
    return Case.of(name, Program((call,), init={"D": D, "H": H, "F": F}, state=state))


class _Block(nn.Module):
    """The parts that the task names."""

    def __init__(self, D, H, F):
        super().__init__()
        self.sizes = D, H, F
        self.attend = MultiHead(D, H)
        self.W_1, self.W_2 = nn.Linear(D, F), nn.Linear(F, D)
        self.norm_1, self.norm_2 = nn.LayerNorm(D), nn.LayerNorm(D)

    def read(self, X, mask):
        return self.attend(X, mask=mask)[0]

    def feed(self, X):
        return self.W_2(self.W_1(X).relu())


class _Reference(_Block):
    """The block of ``attn``, around the parts that the task names."""

    def forward(self, X, mask):
        block = transformer.EncoderBlock(*self.sizes, norm="pre")
        block.attend, block.feed.W_1, block.feed.W_2 = self.attend, self.W_1, self.W_2
        for around, norm in (
            (block.around_attention, self.norm_1),
            (block.around_feed, self.norm_2),
        ):
            around.norm = norm
        return block(X, mask)[0]


EncoderBlock = Exercise(
    "EncoderBlock",
    points=4,
    reference=_Reference,
    cases=sentences,
    forbids=("TransformerEncoderLayer", "MultiheadAttention"),
)


@EncoderBlock.fact
def sublayers_that_say_nothing_leave_the_stream_alone(f: Answers, case: Case) -> None:
    """With W_o and W_2 at zero, X comes out as it went in: the stream is never normalised."""
    silent = _with(case, "attend.W_o", "W_2")
    agree(f(silent), case["X"], what="the stream")


@EncoderBlock.fact
def hidden_positions_change_nothing(f: Answers, case: Case) -> None:
    """What the mask hides from every position changes none of the others."""
    seen = case["mask"].any(1)
    X = torch.where(seen[..., None], case["X"], case["X"] + 5)
    agree(f(case.but(X=X))[seen], f(case)[seen], what="the positions that may be seen")


def _with(case: Case, *zero: str) -> Case:
    """The case with these maps at zero."""
    state = {
        name: torch.zeros_like(value) if name.rpartition(".")[0] in zero else value
        for name, value in (case.program.state or {}).items()
    }
    program = Program(case.program.calls, init=case.program.init, state=state)
    return Case.of(case.name, program)


@EncoderBlock.mistake(
    "normalises the sum",
    "norm(X + sublayer(X)) is post-norm, the paper's. This block is pre-norm: norm stands inside, "
    "and nothing ever touches the stream itself.",
)
class PostNorm(_Block):
    def forward(self, X, mask):
        X = self.norm_1(X + self.read(X, mask))
        return self.norm_2(X + self.feed(X))


@EncoderBlock.mistake(
    "adds to the normalised stream",
    "You overwrite X with norm_1(X) and add to that. What is added to is the stream as it was; "
    "only what the sublayer reads is normalised.",
)
class NormedStream(_Block):
    def forward(self, X, mask):
        X = self.norm_1(X)
        X = X + self.read(X, mask)
        X = self.norm_2(X)
        return X + self.feed(X)


@EncoderBlock.mistake(
    "no residual around attention",
    "What attention finds replaces the stream instead of being added to it.",
)
class NoFirstResidual(_Block):
    def forward(self, X, mask):
        X = self.read(self.norm_1(X), mask)
        return X + self.feed(self.norm_2(X))


@EncoderBlock.mistake(
    "no residual around the feed-forward",
    "What the feed-forward finds replaces the stream instead of being added to it.",
)
class NoSecondResidual(_Block):
    def forward(self, X, mask):
        X = X + self.read(self.norm_1(X), mask)
        return self.feed(self.norm_2(X))


@EncoderBlock.mistake(
    "both sublayers read the same stream",
    "The feed-forward reads X before attention has added to it. First attention, then the new "
    "stream goes through norm_2 to the feed-forward.",
)
class SideBySide(_Block):
    def forward(self, X, mask):
        return X + self.read(self.norm_1(X), mask) + self.feed(self.norm_2(X))


@EncoderBlock.mistake(
    "the mask is not handed on",
    "Attention is called without the mask, so that padding is read like a word.",
)
class NoMask(_Block):
    def forward(self, X, mask):
        X = X + self.read(self.norm_1(X), None)
        return X + self.feed(self.norm_2(X))


@EncoderBlock.mistake(
    "the encoder reads only what stands before",
    "In the encoder every position reads all of the sentence, itself too. The causal mask belongs "
    "to the decoder's self-attention.",
)
class Causal(_Block):
    def forward(self, X, mask):
        T = X.shape[1]
        so_far = torch.ones(T, T, dtype=torch.bool, device=X.device).tril()
        X = X + self.read(self.norm_1(X), mask & so_far)
        return X + self.feed(self.norm_2(X))


@EncoderBlock.mistake(
    "one norm for both",
    "norm_1 stands before attention and norm_2 before the feed-forward: each has a gain and a "
    "bias of its own.",
)
class OneNorm(_Block):
    def forward(self, X, mask):
        X = X + self.read(self.norm_1(X), mask)
        return X + self.feed(self.norm_1(X))
