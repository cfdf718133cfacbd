"""What every answer to ``AdditiveAttention`` must satisfy."""

import math

import torch

from attn import additive
from attn.softmax import masked_softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def lookups(rng: Rng):
    yield _case("one sentence", rng, B=1, T=2, n=2, m=2, k=2)
    yield _case("all widths differ", rng, B=2, T=4, n=3, m=5, k=6)
    yield _case("as many rows as words", rng, B=3, T=3, n=4, m=2, k=3)
    yield _case("a row of padding alone", rng, B=2, T=3, n=2, m=3, k=4, empty=True)
    yield _case("large parameters", rng, B=2, T=4, n=3, m=4, k=5, scale=6.0)
    yield _case("gradients", rng, B=2, T=3, n=2, m=3, k=4).backward(sample.seed(rng))


def _case(
    name: str, rng: Rng, *, B: int, T: int, n: int, m: int, k: int, empty=False, scale=1.0
) -> Case:
    mask = sample.mask(rng, B, T)
    if empty:
        mask[-1] = False
    state = {
        "W_a.weight": sample.tensor(rng, k, n),
        "U_a.weight": sample.tensor(rng, k, m),
        "v_a.weight": scale * sample.tensor(rng, 1, k),
    }
    call = Call(
        {
            "state": sample.tensor(rng, B, n),
            "annotations": sample.tensor(rng, B, T, m),
            "mask": mask,
        }
    )
    return Case.of(name, Program((call,), init={"n": n, "m": m, "k": k}, state=state))


AdditiveAttention = Exercise(
    "AdditiveAttention", points=4, reference=additive.AdditiveAttention, cases=lookups
)


@AdditiveAttention.fact
def weights_are_shares(f: Answers, case: Case) -> None:
    """The weights of a sentence with words in it sum to one, and padding gets exactly zero."""
    weights = f(case)[1]
    some = case["mask"].any(-1)
    agree(weights[some].sum(-1), torch.ones(int(some.sum())), what="the sums of the weights")
    hidden = weights[~case["mask"]]
    agree(hidden, torch.zeros_like(hidden), what="the weights of the padding")


@AdditiveAttention.fact(after=(weights_are_shares,))
def the_context_is_the_average(f: Answers, case: Case) -> None:
    """The context is the annotations themselves, averaged with the weights returned."""
    context, weights = f(case)
    average = torch.einsum("bt,btm->bm", weights, case["annotations"])
    agree(context, average, what="the context")


@AdditiveAttention.fact
def the_state_matters(f: Answers, case: Case) -> None:
    """Another state gives other weights, wherever a sentence has two words to choose from."""
    some = case["mask"].sum(-1) > 1
    if some.any():
        moved = case.but(state=-3 * case["state"] + 1)
        difference, due = (
            (answer(case)[1][some] - answer(moved)[1][some]).abs().max().item()
            for answer in (f, f.expected)
        )
        # Where every tanh is at its end, no state changes anything.
        ensure(difference > 1e-6 or due < 1e-4, "the weights stay the same under another state")


class _Weighing(additive.AdditiveAttention):
    """For wrong ones: weights from ``weigh``, the context as it should be."""

    def weigh(self, scores, mask):
        return masked_softmax(scores, mask)

    def forward(self, state, annotations, mask):
        weights = self.weigh(self.scores(state, annotations), mask)
        return (weights[..., None, :] @ annotations)[..., 0, :], weights


@AdditiveAttention.mistake(
    "the tanh is outside",
    "tanh(v_aᵀ(W_a s + U_a h)) ranks the words alike for every state, and no weight can be sharp. "
    "Bend the hidden units first; v_a comes after.",
)
class Outside(_Weighing):
    def scores(self, state, annotations):
        hidden = self.W_a(state)[..., None, :] + self.U_a(annotations)
        return self.v_a(hidden)[..., 0].tanh()


@AdditiveAttention.mistake(
    "no tanh at all",
    "Without it, the state adds the same number to every score, and the softmax cancels it: the "
    "decoder looks at the same place at every step.",
)
class Unbent(_Weighing):
    def scores(self, state, annotations):
        return self.v_a(self.W_a(state)[..., None, :] + self.U_a(annotations))[..., 0]


@AdditiveAttention.mistake(
    "masks after the softmax",
    "The padding has already taken its share: the weights no longer sum to one. Hide the scores.",
)
class Late(_Weighing):
    def weigh(self, scores, mask):
        return scores.softmax(-1) * mask


@AdditiveAttention.mistake(
    "the mask is ignored",
    "Padding must get a weight of exactly zero: −inf before the softmax.",
)
class Unmasked(_Weighing):
    def weigh(self, scores, mask):
        return scores.softmax(-1)


@AdditiveAttention.mistake(
    "the mask is upside down",
    "True may be read; masked_fill writes where its mask is True, so pass it ~mask.",
)
class Inverted(_Weighing):
    def weigh(self, scores, mask):
        return masked_softmax(scores, ~mask)


@AdditiveAttention.mistake(
    "a row of padding becomes nan",
    "The softmax of nothing but −inf is 0 / 0. Such a row reads nothing: zeros.",
)
class NanRow(_Weighing):
    def weigh(self, scores, mask):
        return scores.masked_fill(~mask, -math.inf).softmax(-1)


@AdditiveAttention.mistake(
    "normalises over the batch",
    "The weights of one sentence sum to one over its words: softmax over the last axis.",
)
class Columns(_Weighing):
    def weigh(self, scores, mask):
        return masked_softmax(scores.mT, mask.mT).mT


@AdditiveAttention.mistake(
    "scaled by √k",
    "Dividing by the root of a width belongs to dot products (chapter 9). Bahdanau's score has v_a "
    "to set its size.",
)
class Scaled(_Weighing):
    def scores(self, state, annotations):
        return super().scores(state, annotations) / math.sqrt(self.W_a.out_features)


@AdditiveAttention.mistake(
    "the weights before the context",
    "The pair comes in the order context, weights.",
)
class Swapped(additive.AdditiveAttention):
    def forward(self, state, annotations, mask):
        context, weights = super().forward(state, annotations, mask)
        return weights, context


@AdditiveAttention.mistake(
    "a sigmoid for each word",
    "σ(e) looks at each word alone: the weights need not sum to one. The softmax makes the words "
    "of a sentence compete.",
)
class Sigmoid(_Weighing):
    def weigh(self, scores, mask):
        return scores.sigmoid() * mask
