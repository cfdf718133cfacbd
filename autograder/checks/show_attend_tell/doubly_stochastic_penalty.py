"""What every answer to ``doubly_stochastic_penalty`` must satisfy."""

import torch

from attn import captioning
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def captions(rng: Rng):
    yield Case(
        "two words, two places",
        weights=torch.tensor([[[1.0, 0.0], [0.5, 0.5]]]),
        lengths=torch.tensor([2]),
    )
    yield _drawn("one caption", rng, B=1, T=3, L=5)
    yield _drawn("a padded caption", rng, B=2, T=4, L=3, lengths=(4, 2))
    yield _drawn("as many words as places", rng, B=2, T=4, L=4)
    yield _drawn("three captions of different lengths", rng, B=3, T=6, L=5, lengths=(3, 6, 1))
    yield _drawn("gradients", rng, B=2, T=4, L=3, lengths=(4, 3)).backward(sample.seed(rng))


def _drawn(name: str, rng: Rng, B: int, T: int, L: int, lengths=()) -> Case:
    """What stands behind a caption's end are weights too, for a model goes on looking."""
    return Case(
        name, weights=sample.weights(rng, B, T, L), lengths=torch.tensor(lengths or (T,) * B)
    )


doubly_stochastic_penalty = Exercise(
    "doubly_stochastic_penalty",
    points=3,
    reference=captioning.doubly_stochastic_penalty,
    cases=captions,
)


@doubly_stochastic_penalty.fact
def it_is_no_less_than_its_bound(f: Answers, case: Case) -> None:
    """For one caption of C words, it is at least (L − C)² / L, and that where all is read alike."""
    one = case.but(weights=case["weights"][:1], lengths=case["lengths"][:1])
    L, C = case["weights"].shape[-1], int(case["lengths"][0])
    bound = (L - C) ** 2 / L
    ensure(float(f(one)) >= bound - 1e-4, "it is less", float(f(one)), bound)
    even = one.but(weights=torch.full_like(one["weights"], 1 / L))
    agree(float(f(even)), bound, what="the penalty of a look at everything alike", atol=1e-4)


@doubly_stochastic_penalty.fact
def padding_counts_for_nothing(f: Answers, case: Case) -> None:
    """Where a model looks after a caption's end changes nothing."""
    T, L = case["weights"].shape[1:]
    after = torch.arange(T) >= case["lengths"][:, None]
    elsewhere = torch.zeros(L)
    elsewhere[0] = 1
    changed = torch.where(after[..., None], elsewhere, case["weights"])
    agree(f(case.but(weights=changed)), f(case), what="after another look at the padding")


@doubly_stochastic_penalty.fact
def the_order_of_words_does_not_matter(f: Answers, case: Case) -> None:
    """Looking at the same places in another order costs the same."""
    turned = case["weights"].clone()
    for row, length in zip(turned, case["lengths"].tolist(), strict=True):
        row[:length] = row[:length].flip(0)
    agree(f(case.but(weights=turned)), f(case), what="in reverse", atol=1e-4)


def _real(weights, lengths):
    return weights * (torch.arange(weights.shape[1]) < lengths[:, None])[..., None]


def _mistaken(formula):
    """From the weights of the real words, zeros elsewhere, and the lengths."""

    def answer(weights, lengths):
        return formula(_real(weights, lengths), lengths)

    return answer


doubly_stochastic_penalty.mistake(
    "sums over the places",
    "Over the places the weights of a word always sum to one, so this punishes nothing. Sum over "
    "the *words*: how much each place was looked at in all.",
)(
    _mistaken(
        lambda w, n: ((1 - w.sum(2)) ** 2 * (torch.arange(w.shape[1]) < n[:, None])).sum(1).mean()
    )
)

doubly_stochastic_penalty.mistake(
    "the padding counts",
    "After a caption's end there are no words, and where the model looks there is nobody's "
    "business: leave those rows out before you sum.",
)(lambda weights, lengths: ((1 - weights.sum(1)) ** 2).sum(-1).mean())

doubly_stochastic_penalty.mistake(
    "squares before it sums",
    "This compares every single weight with 1. Sum a place's weights over the words first; the sum "
    "is to be about 1.",
)(_mistaken(lambda w, n: (1 - w).square().sum((1, 2)).mean()))

doubly_stochastic_penalty.mistake(
    "the mean over the words",
    "The *sum* over the words is to be about 1, so that every place is looked at once. The mean "
    "divides it by the number of words.",
)(_mistaken(lambda w, n: ((1 - w.sum(1) / n[:, None]) ** 2).sum(-1).mean()))

doubly_stochastic_penalty.mistake(
    "the mean over the places",
    "The penalty is the sum over the places. With a mean, λ would mean something else for every "
    "size of picture.",
)(_mistaken(lambda w, n: ((1 - w.sum(1)) ** 2).mean()))

doubly_stochastic_penalty.mistake(
    "the sum over the captions",
    "Average over the batch: otherwise a larger batch is punished more.",
)(_mistaken(lambda w, n: ((1 - w.sum(1)) ** 2).sum()))

doubly_stochastic_penalty.mistake(
    "no square",
    "Σ (1 − Σ α) is L − C, whatever the weights: no gradient. Square each place's difference.",
)(_mistaken(lambda w, n: (1 - w.sum(1)).sum(-1).mean()))

doubly_stochastic_penalty.mistake(
    "the absolute difference",
    "The paper squares: a place that is far off is punished more than two that are a little.",
)(_mistaken(lambda w, n: (1 - w.sum(1)).abs().sum(-1).mean()))

doubly_stochastic_penalty.mistake(
    "the square without the one",
    "Without the 1 the penalty pulls every place towards never being looked at.",
)(_mistaken(lambda w, n: w.sum(1).square().sum(-1).mean()))

doubly_stochastic_penalty.mistake(
    "the last word is left out",
    "The first `lengths` words count, the last of them too: the mask is t < length.",
)(lambda weights, lengths: ((1 - _real(weights, lengths - 1).sum(1)) ** 2).sum(-1).mean())

doubly_stochastic_penalty.mistake(
    "the captions are added up first",
    "Each picture has its own places. Square within a caption; average over the batch last.",
)(_mistaken(lambda w, n: ((1 - w.sum(1).mean(0)) ** 2).sum()))
