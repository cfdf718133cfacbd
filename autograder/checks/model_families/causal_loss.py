"""What every answer to ``causal_loss`` must satisfy."""

import torch
from torch.nn.functional import cross_entropy

from attn import pretraining
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def texts(rng: Rng):
    yield Case(
        "the example of the task",
        scores=torch.zeros(1, 3, 4),
        tokens=torch.tensor([[1, 2, 0]]),
        real=torch.tensor([[True, True, False]]),
    )
    yield _drawn("two words", rng, 1, 2)
    yield _drawn("a sentence", rng, 1, 6)
    yield _drawn("as many positions as words", rng, 2, 5, V=5)
    yield _drawn("a batch of different lengths", rng, 3, 6, lengths=(6, 4, 2))
    yield _drawn("mostly padding", rng, 2, 7, lengths=(7, 1))
    large = _drawn("large scores", rng, 2, 4)
    yield large.but(scores=300 * large["scores"])
    yield _drawn("gradients", rng, 2, 5, lengths=(5, 3)).backward(sample.seed(rng))


def _drawn(name: str, rng: Rng, B: int, T: int, V: int = 7, lengths=None) -> Case:
    real = torch.arange(T) < torch.tensor(lengths or [T] * B)[:, None]
    tokens = torch.from_numpy(rng.integers(1, V, (B, T)))
    return Case(
        name,
        scores=2 * sample.tensor(rng, B, T, V),
        tokens=tokens.where(real, torch.tensor(0)),
        real=real,
    )


causal_loss = Exercise(
    "causal_loss",
    points=3,
    reference=pretraining.causal_loss,
    cases=texts,
)


@causal_loss.fact
def the_last_scores_count_for_nothing(f: Answers, case: Case) -> None:
    """Changing the scores of the last position changes nothing: no word follows it."""
    other = case["scores"].clone()
    other[:, -1] += torch.arange(other.shape[-1])
    agree(f(case.but(scores=other)), f(case), what="the loss with other last scores")


@causal_loss.fact
def padding_counts_for_nothing(f: Answers, case: Case) -> None:
    """Three more positions of padding change nothing."""
    scores, tokens, real = case["scores"], case["tokens"], case["real"]
    B, _, V = scores.shape
    longer = case.but(
        scores=torch.cat([scores, torch.ones(B, 3, V).cumsum(-1).to(scores)], 1),
        tokens=torch.cat([tokens, torch.zeros(B, 3, dtype=tokens.dtype)], 1),
        real=torch.cat([real, torch.zeros(B, 3, dtype=torch.bool)], 1),
    )
    agree(f(longer), f(case), what="the loss with more padding")


@causal_loss.fact
def one_number_for_all_scores_changes_nothing(f: Answers, case: Case) -> None:
    """Adding 3 to all scores changes nothing: only their differences make probabilities."""
    if case.name != "large scores":
        agree(f(case.but(scores=case["scores"] + 3)), f(case), what="the loss", rtol=1e-4)


def _nats(scores, targets):
    return cross_entropy(scores.transpose(1, 2), targets, reduction="none")


def _wrong(loss):
    """A mean over the real targets, where ``loss`` gives (-log p, weights) of each place."""

    def answer(scores, tokens, real):
        values, counts = loss(scores, tokens, real)
        return (values * counts).sum() / counts.sum()

    return answer


causal_loss.mistake(
    "nothing is shifted",
    "The scores at position t are compared with the token at t, which the model has just read. "
    "They are about the one at t + 1.",
)(_wrong(lambda s, x, real: (_nats(s, x), real.to(s.dtype))))

causal_loss.mistake(
    "shifted the wrong way",
    "The scores at position t are compared with the token *before* it. They are to say the one "
    "after it.",
)(_wrong(lambda s, x, real: (_nats(s[:, 1:], x[:, :-1]), real[:, :-1].to(s.dtype))))

causal_loss.mistake(
    "padding is predicted too",
    "Padding is among the targets, so the loss depends on how long the longest sentence is. Take "
    "the mean over the targets where real is True.",
)(_wrong(lambda s, x, real: (_nats(s[:, :-1], x[:, 1:]), torch.ones_like(s[:, 1:, 0]))))

causal_loss.mistake(
    "the mask is not shifted",
    "Whether a place counts is decided by the token that is read there, real[:, :-1]. It is "
    "decided by the one that is to be said: real[:, 1:], or the last real token is asked for one "
    "of padding.",
)(_wrong(lambda s, x, real: (_nats(s[:, :-1], x[:, 1:]), real[:, :-1].to(s.dtype))))


@causal_loss.mistake(
    "a sum in place of the mean",
    "This adds up all words. The mean over the real targets does not grow with the batch.",
)
def summed(scores, tokens, real):
    return (_nats(scores[:, :-1], tokens[:, 1:]) * real[:, 1:]).sum()


@causal_loss.mistake(
    "divided by all places",
    "The sum is right, and is divided by the number of all places, padding too. Divide by the "
    "number of real targets.",
)
def over_all(scores, tokens, real):
    return (_nats(scores[:, :-1], tokens[:, 1:]) * real[:, 1:]).mean()


@causal_loss.mistake(
    "divided by all real tokens",
    "The first token of each sentence is predicted by nobody. Count the targets, real[:, 1:], and "
    "not all tokens.",
)
def over_tokens(scores, tokens, real):
    return (_nats(scores[:, :-1], tokens[:, 1:]) * real[:, 1:]).sum() / real.sum()


@causal_loss.mistake(
    "a mean of means",
    "A mean for each sentence and then the mean of those gives a word of a short sentence more "
    "weight than one of a long sentence. Every word counts alike.",
)
def mean_of_means(scores, tokens, real):
    counts = real[:, 1:].to(scores.dtype)
    each = (_nats(scores[:, :-1], tokens[:, 1:]) * counts).sum(1) / counts.sum(1).clamp(min=1)
    return each.sum() / (counts.sum(1) > 0).sum()


causal_loss.mistake(
    "the softmax is taken twice",
    "cross_entropy takes scores and does the softmax itself. It was given probabilities.",
)(_wrong(lambda s, x, real: (_nats(s.softmax(-1)[:, :-1], x[:, 1:]), real[:, 1:].to(s.dtype))))

causal_loss.mistake(
    "the sign is lost",
    "This is the mean of log p: it is negative and rises as the model gets better. A loss falls.",
)(_wrong(lambda s, x, real: (-_nats(s[:, :-1], x[:, 1:]), real[:, 1:].to(s.dtype))))
