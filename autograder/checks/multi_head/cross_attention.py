"""What every answer to ``CrossAttention`` must satisfy."""

import math
from dataclasses import replace

import torch

from attn import multi_head
from attn.softmax import masked_softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def translations(rng: Rng):
    yield _crossed("as long as what it reads", rng, [[True, True]], T=2, D=2, Dm=2, H=1)
    yield _crossed("longer memory, wider too", rng, [[True, True, True]], T=2, D=4, Dm=6, H=2)
    yield _crossed("narrower memory", rng, [[True, True]], T=3, D=6, Dm=3, H=3)
    padded = [[True, True, True], [True, False, False]]
    yield _crossed("a padded memory", rng, padded, T=4, D=4, Dm=5, H=2)
    yield _crossed("as many sentences as words", rng, padded, T=2, D=4, Dm=4, H=1)
    square = [[True, False, False], [True, True, False], [True, True, True]]
    yield _crossed("all lengths alike", rng, square, T=3, D=6, Dm=6, H=3)
    yield _crossed("an empty memory", rng, [[True, True], [False, False]], T=2, D=4, Dm=3, H=2)
    yield _crossed("gradients", rng, padded, T=2, D=4, Dm=5, H=2).backward(sample.seed(rng))


def _crossed(name: str, rng: Rng, real: list[list[bool]], T: int, D: int, Dm: int, H: int) -> Case:
    mask = torch.tensor(real)
    widths = {"W_q": D, "W_k": Dm, "W_v": Dm, "W_o": D}
    state = {f"{part}.weight": sample.tensor(rng, D, w) for part, w in widths.items()}
    state |= {f"{part}.bias": sample.tensor(rng, D) for part in widths}
    args = {
        "X": sample.tensor(rng, len(mask), T, D),
        "memory": sample.tensor(rng, *mask.shape, Dm),
        "real": mask,
    }
    calls = (Call(args, method="weights"), Call(args))
    return Case.of(name, Program(calls, init={"D": D, "Dm": Dm, "H": H}, state=state))


class _Reference(multi_head.MultiHead):
    """The module of ``attn`` reading a memory, its weights and its output asked for one by one."""

    def __init__(self, D, Dm, H):
        super().__init__(D, H, Dk=Dm, Dv=Dm)

    def weights(self, X, memory, real):
        return self.heads(X, memory, memory, real[:, None])[1]

    def forward(self, X, memory, real):
        return super().forward(X, memory, mask=real[:, None])[0]


CrossAttention = Exercise(
    "CrossAttention",
    points=4,
    reference=_Reference,
    cases=translations,
    forbids=("MultiheadAttention", "scaled_dot_product_attention", "multi_head_attention_forward"),
)


def _changed(case: Case, **args: torch.Tensor) -> Case:
    """The case with other arguments in both of its calls, and no gradients asked."""
    calls = tuple(replace(c, args=c.args | args, backward=None) for c in case.program.calls)
    return Case.of(case.name, replace(case.program, calls=calls), **case.about)


@CrossAttention.fact
def padding_is_not_read(f: Answers, case: Case) -> None:
    """Padding gets a weight of exactly zero from every word, in every head."""
    weights, _ = f(case)
    hidden = ~case["real"][:, None, None].expand_as(weights)
    ensure((weights[hidden] == 0).all(), "padding has a weight", weights, f.expected(case)[0])


@CrossAttention.fact
def weights_sum_to_one(f: Answers, case: Case) -> None:
    """The weights of every word sum to one over the memory, wherever it holds something."""
    sums = f(case)[0].sum(-1)[case["real"].any(-1)]
    agree(sums, torch.ones_like(sums), what="the sums of the weights")


@CrossAttention.fact
def words_do_not_meet(f: Answers, case: Case) -> None:
    """A word reads the memory, not the other words: changing the last leaves the rest alone."""
    X = case["X"].clone()
    X[:, -1] += 1
    agree(f(_changed(case, X=X))[1][:, :-1], f(case)[1][:, :-1], what="the other words' output")


@CrossAttention.fact
def the_order_of_the_memory_does_not_matter(f: Answers, case: Case) -> None:
    """Turning the memory and its mask round changes no output."""
    turned = _changed(case, memory=case["memory"].flip(1), real=case["real"].flip(1))
    agree(f(turned)[1], f(case)[1], what="the output", rtol=1e-3, atol=1e-4)


class _Variant(_Reference):
    """A wrong module: its parts in the order in which they are called."""

    def split(self, X):
        return multi_head.split_heads(X, self.H)

    def scale(self, Q, memory):
        return math.sqrt(Q.shape[-1])

    def widen(self, real, scores):
        return real[:, None, None]

    def share(self, scores, mask):
        return masked_softmax(scores, mask)

    def projected(self, X, memory):
        return self.W_q(X), self.W_k(memory), self.W_v(memory)

    def weights(self, X, memory, real):
        Q, K, _ = map(self.split, self.projected(X, memory))
        scores = Q @ K.transpose(-1, -2) / self.scale(Q, memory)
        return self.share(scores, self.widen(real, scores))

    def forward(self, X, memory, real):
        V = self.split(self.projected(X, memory)[2])
        return self.W_o(multi_head.merge_heads(self.weights(X, memory, real) @ V))


@CrossAttention.mistake(
    "the memory asks and the words are read",
    "The words that are being written ask: queries come from X. What is read, keys and values, "
    "comes from the memory.",
)
class Swapped(_Variant):
    def projected(self, X, memory):
        return self.W_q(memory), self.W_k(X), self.W_v(X)


@CrossAttention.mistake(
    "the values come from X",
    "What a word reads is in the memory: keys and values are both made of it.",
)
class OwnValues(_Variant):
    def projected(self, X, memory):
        return self.W_q(X), self.W_k(memory), self.W_v(X)


@CrossAttention.mistake(
    "reads itself",
    "That is self-attention: keys and values come from the memory, not from X.",
)
class Itself(_Variant):
    def projected(self, X, memory):
        return self.W_q(X), self.W_k(X), self.W_v(X)


@CrossAttention.mistake(
    "keys and values through one matrix",
    "What is compared and what is read are two projections of the memory, W_k and W_v.",
)
class OneMatrix(_Variant):
    def projected(self, X, memory):
        return self.W_q(X), self.W_k(memory), self.W_k(memory)


@CrossAttention.mistake(
    "the padding is read",
    "A memory shorter than the longest of its batch ends in padding. Where `real` is False, no "
    "word may look.",
)
class Unmasked(_Variant):
    def share(self, scores, mask):
        return scores.softmax(-1)


@CrossAttention.mistake(
    "the mask is upside down",
    "Here True means “real, may be read”. nn.MultiheadAttention's key_padding_mask means the "
    "opposite.",
)
class UpsideDown(_Variant):
    def widen(self, real, scores):
        return ~real[:, None, None]


@CrossAttention.mistake(
    "the mask of a sentence goes to a word",
    "A mask (B, S) against scores (B, H, T, S) lines its B up with T: no error where the two are "
    "equal. Give it axes for heads and words, (B, 1, 1, S).",
)
class MaskOfWords(_Variant):
    def widen(self, real, scores):
        return real


@CrossAttention.mistake(
    "hides words, not the memory",
    "The mask belongs to the last axis of the scores, which runs over the memory. Here whole words "
    "of X were silenced.",
)
class WrongAxis(_Variant):
    def widen(self, real, scores):
        return real[:, None, :, None]


@CrossAttention.mistake(
    "hides what comes later",
    "Only a sentence that is being written hides its own future. The memory is there as a whole, "
    "and every word may read all of it.",
)
class Causal(_Variant):
    def widen(self, real, scores):
        return real[:, None, None] & torch.ones_like(scores[0, 0], dtype=torch.bool).tril()


@CrossAttention.mistake(
    "an empty memory becomes nan",
    "The softmax of nothing but -inf is 0 / 0. masked_softmax gives such a row zeros.",
)
class Nan(_Variant):
    def share(self, scores, mask):
        return scores.masked_fill(~mask, -math.inf).softmax(-1)


@CrossAttention.mistake(
    "divides by √D",
    "The scores of a head are sums of d = D / H products: divide by √d.",
)
class RootOfModel(_Variant):
    def scale(self, Q, memory):
        return math.sqrt(Q.shape[-1] * self.H)


@CrossAttention.mistake(
    "divides by the root of the memory's width",
    "Keys are projected to the width of a query, d = D / H, however wide the memory is. Divide by "
    "√d.",
)
class RootOfMemory(_Variant):
    def scale(self, Q, memory):
        return math.sqrt(memory.shape[-1])


@CrossAttention.mistake(
    "cuts the heads without a transpose",
    "view and reshape keep the numbers in their old order, so a head gets other positions, cut in "
    "pieces. Cut the last axis into (H, d), then transpose.",
)
class Unturned(_Variant):
    def split(self, X):
        B, T, D = X.shape
        return X.reshape(B, self.H, T, D // self.H)
