"""What every answer to ``MultiHeadAttention`` must satisfy."""

import math
from dataclasses import replace

import torch

from attn import multi_head
from attn.softmax import masked_softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program

PROJECTIONS = ("W_q", "W_k", "W_v", "W_o")


def sentences(rng: Rng):
    yield _attended("one head", rng, 1, 2, D=2, H=1)
    yield _attended("two heads", rng, 1, 3, D=4, H=2)
    yield _attended("heads of one number", rng, 1, 2, D=3, H=3)
    yield _attended("a batch", rng, 2, 4, D=6, H=3)
    yield _attended("one mask for all", rng, 3, 3, D=4, H=2, mask=sample.mask(rng, 3, 3))
    yield _attended("a mask a sentence", rng, 2, 3, D=4, H=2, mask=sample.mask(rng, 2, 3, 3))
    empty = torch.tensor([[[True, True], [False, False]]])
    yield _attended("a position that may see nothing", rng, 1, 2, D=4, H=2, mask=empty)
    # What is hidden here would have all of the weight, to the last bit of a float.
    hidden = torch.tensor([[[True, True, False]] * 3])
    yield _attended("a loud position is hidden", rng, 1, 3, D=4, H=2, mask=hidden, loud=True)
    causal = torch.ones(4, 4, dtype=torch.bool).tril()
    yield _attended("gradients", rng, 2, 4, D=6, H=2, mask=causal).backward(sample.seed(rng))


def _attended(name: str, rng: Rng, B: int, T: int, D: int, H: int, mask=None, loud=False) -> Case:
    state = {f"{part}.weight": sample.tensor(rng, D, D) for part in PROJECTIONS}
    state |= {f"{part}.bias": sample.tensor(rng, D) for part in PROJECTIONS}
    X = sample.tensor(rng, B, T, D)
    if loud:
        state["W_k.weight"] = state["W_q.weight"] = 3 * torch.eye(D)
        X = 1 + 0.1 * X
        X[:, -1] = 40
    args = {"X": X, "mask": mask}
    calls = (Call(args, method="weights"), Call(args))
    return Case.of(name, Program(calls, init={"D": D, "H": H}, state=state))


class _Reference(multi_head.MultiHead):
    """The module of ``attn``, its weights and its output asked for one by one."""

    def __init__(self, D, H):
        super().__init__(D, H)

    def weights(self, X, mask=None):
        return self.heads(X, X, X, mask)[1]

    def forward(self, X, mask=None):
        return super().forward(X, mask=mask)[0]


MultiHeadAttention = Exercise(
    "MultiHeadAttention",
    points=5,
    reference=_Reference,
    cases=sentences,
    forbids=("MultiheadAttention", "scaled_dot_product_attention", "multi_head_attention_forward"),
)


def _sizes(case: Case) -> tuple[int, int]:
    """D and H of a case's module."""
    init = case.program.init or {}
    return init["D"], init["H"]


def _may_see(case: Case) -> torch.Tensor:
    """The mask of a case at full size: (B, H, T, T)."""
    B, T, _ = case["X"].shape
    mask = torch.ones(T, T, dtype=torch.bool) if case["mask"] is None else case["mask"]
    mask = mask if mask.ndim == 2 else mask[:, None]
    return mask.expand(B, _sizes(case)[1], T, T)


@MultiHeadAttention.fact
def hidden_positions_get_nothing(f: Answers, case: Case) -> None:
    """In every head, a position that the mask hides gets a weight of exactly zero."""
    weights, _ = f(case)
    hidden = weights[~_may_see(case)]
    ensure((hidden == 0).all(), "a hidden position has a weight", weights, f.expected(case)[0])


@MultiHeadAttention.fact
def weights_sum_to_one(f: Answers, case: Case) -> None:
    """In every head, the weights of a position that may see something sum to one."""
    sums = f(case)[0].sum(-1)[_may_see(case).any(-1)]
    agree(sums, torch.ones_like(sums), what="the sums of the weights")


@MultiHeadAttention.fact
def positions_are_treated_alike(f: Answers, case: Case) -> None:
    """Where nothing is hidden, turning the sentence round turns the output round."""
    if case["mask"] is None:
        turned = _with_input(case, case["X"].flip(1))
        agree(f(turned)[1].flip(1), f(case)[1], what="the output", rtol=1e-3, atol=1e-4)


@MultiHeadAttention.fact
def a_head_has_its_own_rows(f: Answers, case: Case) -> None:
    """The weights of head 0 depend on the first d rows of W_q, and on no others."""
    D, H = _sizes(case)
    state = case.program.state or {}
    matrix = state["W_q.weight"].clone()
    matrix[D // H :] = -matrix[D // H :]
    changed = replace(case.program, state=state | {"W_q.weight": matrix})
    agree(f(Case.of(case.name, changed))[0][:, 0], f(case)[0][:, 0], what="the weights of head 0")


def _with_input(case: Case, X: torch.Tensor) -> Case:
    """The case with another X in both of its calls, and no gradients asked."""
    calls = tuple(replace(c, args=c.args | {"X": X}, backward=None) for c in case.program.calls)
    return Case.of(case.name, replace(case.program, calls=calls), **case.about)


class _Variant(_Reference):
    """A wrong module: its parts in the order in which they are called."""

    def split(self, X):
        return multi_head.split_heads(X, self.H)

    def merge(self, X):
        return multi_head.merge_heads(X)

    def scale(self, Q):
        return math.sqrt(Q.shape[-1])

    def widen(self, mask):
        return mask[..., None, :, :]

    def share(self, scores, mask):
        return scores.softmax(-1) if mask is None else masked_softmax(scores, mask)

    def weights(self, X, mask=None):
        Q, K = self.split(self.W_q(X)), self.split(self.W_k(X))
        scores = Q @ K.transpose(-1, -2) / self.scale(Q)
        return self.share(scores, None if mask is None else self.widen(mask))

    def read(self, X, mask=None):
        return self.weights(X, mask) @ self.split(self.W_v(X))

    def forward(self, X, mask=None):
        return self.W_o(self.merge(self.read(X, mask)))


@MultiHeadAttention.mistake(
    "divides by √D",
    "The scores of a head are sums of d = D / H products, so √d keeps their size. √D is that of a "
    "single head as wide as the model.",
)
class RootOfModel(_Variant):
    def scale(self, Q):
        return math.sqrt(Q.shape[-1] * self.H)


@MultiHeadAttention.mistake(
    "does not divide",
    "The scores are divided by √d before the softmax, d = D / H being the width of a head.",
)
class Unscaled(_Variant):
    def scale(self, Q):
        return 1.0


@MultiHeadAttention.mistake(
    "cuts the heads without a transpose",
    "view and reshape keep the numbers in their old order, so a head gets other positions, cut in "
    "pieces; a mask then hides the wrong ones. Cut the last axis into (H, d), then transpose.",
)
class Unturned(_Variant):
    def split(self, X):
        B, T, D = X.shape
        return X.reshape(B, self.H, T, D // self.H)

    def merge(self, X):
        B, H, T, d = X.shape
        return X.reshape(B, T, H * d)


@MultiHeadAttention.mistake(
    "merges without transposing back",
    "In (B, H, T, d) the numbers lie head by head. Transpose to (B, T, H, d) before the last two "
    "axes become one.",
)
class UnturnedBack(_Variant):
    def merge(self, X):
        B, H, T, d = X.shape
        return X.reshape(B, T, H * d)


@MultiHeadAttention.mistake(
    "deals the numbers out in turn",
    "A head is a run of d numbers next to each other: cut the last axis into (H, d), not (d, H).",
)
class Dealt(_Variant):
    def split(self, X):
        return X.unflatten(-1, (-1, self.H)).movedim(-1, -3)

    def merge(self, X):
        return X.movedim(-3, -1).flatten(-2)


@MultiHeadAttention.mistake(
    "the mask is upside down",
    "Here True means “may attend”, as in scaled_dot_product_attention. In nn.MultiheadAttention "
    "True means the opposite.",
)
class UpsideDown(_Variant):
    def share(self, scores, mask):
        return scores.softmax(-1) if mask is None else masked_softmax(scores, ~mask)


@MultiHeadAttention.mistake(
    "the mask of a sentence goes to a head",
    "A mask (B, T, T) against scores (B, H, T, T) lines its B up with H: no error where the two "
    "are equal. Give it an axis of heads, (B, 1, T, T).",
)
class MaskOfHeads(_Variant):
    def widen(self, mask):
        return mask


@MultiHeadAttention.mistake(
    "the mask is ignored",
    "Where the mask is False, no head may see that position.",
)
class Unmasked(_Variant):
    def share(self, scores, mask):
        return scores.softmax(-1)


@MultiHeadAttention.mistake(
    "masks after the softmax",
    "The hidden positions have already taken their share. Hide the scores before the softmax.",
)
class Late(_Variant):
    def share(self, scores, mask):
        return scores.softmax(-1) * (1 if mask is None else mask)


@MultiHeadAttention.mistake(
    "a position that sees nothing becomes nan",
    "The softmax of nothing but -inf is 0 / 0. masked_softmax gives such a row zeros.",
)
class Nan(_Variant):
    def share(self, scores, mask):
        return (scores if mask is None else scores.masked_fill(~mask, -math.inf)).softmax(-1)


@MultiHeadAttention.mistake(
    "the softmax runs over the heads",
    "The heads do not compete: in each of them, the weights of a position sum to one over the "
    "positions it reads, the last axis.",
)
class OverHeads(_Variant):
    def share(self, scores, mask):
        if mask is None:
            return scores.softmax(1)
        return masked_softmax(scores.movedim(1, -1), mask.movedim(1, -1)).movedim(-1, 1)


@MultiHeadAttention.mistake(
    "the softmax runs over the queries",
    "Each position shares out its own attention: its weights sum to one over the positions it "
    "reads, dim=-1.",
)
class OverQueries(_Variant):
    def share(self, scores, mask):
        if mask is None:
            return scores.softmax(-2)
        return masked_softmax(scores.mT, mask.mT).mT


@MultiHeadAttention.mistake(
    "no matrix after the heads",
    "The merged heads go through W_o: without it, no number of the output depends on two heads.",
)
class NoOut(_Variant):
    def forward(self, X, mask=None):
        return self.merge(self.read(X, mask))


@MultiHeadAttention.mistake(
    "the values are not projected",
    "Queries, keys and values are three projections of X. What is averaged is W_v(X).",
)
class Raw(_Variant):
    def read(self, X, mask=None):
        return self.weights(X, mask) @ self.split(X)
