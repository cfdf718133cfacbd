"""What every answer to ``sentinel_context`` must satisfy."""

import torch

from attn import captioning
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def words(rng: Rng):
    yield Case(
        "two places and the sentinel alike",
        scores=torch.zeros(1, 2),
        sentinel_score=torch.zeros(1),
        annotations=torch.tensor([[[2.0], [4.0]]]),
        sentinel=torch.tensor([[9.0]]),
    )
    yield _drawn("one picture", rng, B=1, L=3, D=2)
    yield _drawn("three pictures", rng, B=3, L=5, D=4)
    yield _drawn("as many pictures as places", rng, B=3, L=3, D=3)
    yield _drawn("a single place", rng, B=2, L=1, D=3)
    wide = _drawn("large scores", rng, B=2, L=4, D=2)
    yield wide.but(scores=wide["scores"] + 200, sentinel_score=wide["sentinel_score"] + 200)
    yield _drawn("gradients", rng, B=2, L=3, D=2).backward(sample.seed(rng))


def _drawn(name: str, rng: Rng, B: int, L: int, D: int) -> Case:
    return Case(
        name,
        scores=sample.tensor(rng, B, L),
        sentinel_score=sample.tensor(rng, B) + 0.5,
        annotations=sample.tensor(rng, B, L, D) + 1,
        sentinel=sample.tensor(rng, B, D) - 1,
    )


sentinel_context = Exercise(
    "sentinel_context", points=3, reference=captioning.sentinel_context, cases=words
)


@sentinel_context.fact
def weights_of_the_places_sum_to_one(f: Answers, case: Case) -> None:
    """The weights of the places sum to one without the sentinel."""
    weights = f(case)[1]
    agree(weights.sum(-1), torch.ones(len(case["scores"])), what="their sums")


@sentinel_context.fact
def an_unlikely_sentinel_changes_nothing(f: Answers, case: Case) -> None:
    """With a very low score of the sentinel, the context is the plain weighted sum."""
    low = case.but(sentinel_score=case["scores"].amin(-1) - 60)
    mean = (case["scores"].softmax(-1)[..., None] * case["annotations"]).sum(1)
    agree(f(low)[0], mean, what="the context")


@sentinel_context.fact
def a_certain_sentinel_is_all_there_is(f: Answers, case: Case) -> None:
    """With a very high score of the sentinel, the context is the sentinel and β is 1."""
    high = case.but(sentinel_score=case["scores"].amax(-1) + 60)
    agree(f(high)[0], case["sentinel"], what="the context")
    agree(f(high)[2], torch.ones(len(case["scores"])), what="β")


@sentinel_context.fact
def only_differences_of_scores_count(f: Answers, case: Case) -> None:
    """Adding 3 to all the scores, the sentinel's too, changes nothing."""
    moved = f(case.but(scores=case["scores"] + 3, sentinel_score=case["sentinel_score"] + 3))
    agree(moved[2], f(case)[2], what="β", rtol=1e-3, atol=1e-4)
    agree(moved[0], f(case)[0], what="the context", rtol=1e-3, atol=1e-4)


def _parts(scores, sentinel_score, annotations):
    """The places' weights, the weights with the sentinel among them, and what the places say."""
    alpha = scores.softmax(-1)
    together = torch.cat([scores, sentinel_score[:, None]], -1).softmax(-1)
    return alpha, together, (alpha[..., None] * annotations).sum(1)


@sentinel_context.mistake(
    "the sentinel's share is turned round",
    "β is the share of the *sentinel*: ĉ = β s + (1 − β) c.",
)
def turned(scores, sentinel_score, annotations, sentinel):
    alpha, together, c = _parts(scores, sentinel_score, annotations)
    beta = together[:, -1]
    return (1 - beta)[:, None] * sentinel + beta[:, None] * c, alpha, beta


@sentinel_context.mistake(
    "a sigmoid of the sentinel's score alone",
    "β is no gate of its own here. The sentinel competes with the places in one softmax, so β "
    "depends on all the scores.",
)
def lone(scores, sentinel_score, annotations, sentinel):
    alpha, _, c = _parts(scores, sentinel_score, annotations)
    beta = sentinel_score.sigmoid()
    return beta[:, None] * sentinel + (1 - beta)[:, None] * c, alpha, beta


@sentinel_context.mistake(
    "discounted twice",
    "The weights of the long softmax have lost the sentinel's share already: Σ α̂ a + β s, or "
    "(1 − β) Σ α a with the weights of the places alone. Not both.",
)
def twice(scores, sentinel_score, annotations, sentinel):
    _, together, _ = _parts(scores, sentinel_score, annotations)
    beta, left = together[:, -1], together[:, :-1]
    c = (left[..., None] * annotations).sum(1)
    alpha = scores.softmax(-1)
    return beta[:, None] * sentinel + (1 - beta)[:, None] * c, alpha, beta


@sentinel_context.mistake(
    "the weights that have lost the sentinel's share",
    "The context and β are right, but the weights returned sum to 1 − β. Lu et al. draw the α of "
    "the places alone, which sum to one.",
)
def lost(scores, sentinel_score, annotations, sentinel):
    _, together, c = _parts(scores, sentinel_score, annotations)
    beta = together[:, -1]
    return beta[:, None] * sentinel + (1 - beta)[:, None] * c, together[:, :-1], beta


@sentinel_context.mistake(
    "the sentinel is not read",
    "Only (1 − β) c is left, a gate that forgets. The sentinel's vector takes the rest: add β s.",
)
def unread(scores, sentinel_score, annotations, sentinel):
    alpha, together, c = _parts(scores, sentinel_score, annotations)
    beta = together[:, -1]
    return (1 - beta)[:, None] * c + 0 * sentinel, alpha, beta


@sentinel_context.mistake(
    "β is the first weight",
    "You put the sentinel's score last and took the first weight, which is a place's.",
)
def first(scores, sentinel_score, annotations, sentinel):
    alpha, together, c = _parts(scores, sentinel_score, annotations)
    beta = together[:, 0]
    return beta[:, None] * sentinel + (1 - beta)[:, None] * c, alpha, beta


@sentinel_context.mistake(
    "the sentinel is added on top",
    "c + β s is no average: for β = 1 the picture still counts in full. The places share 1 − β.",
)
def on_top(scores, sentinel_score, annotations, sentinel):
    alpha, together, c = _parts(scores, sentinel_score, annotations)
    beta = together[:, -1]
    return beta[:, None] * sentinel + c, alpha, beta


@sentinel_context.mistake(
    "compared with the best place only",
    "This is a softmax over two: the sentinel and the best place. All the places are in it.",
)
def with_the_best(scores, sentinel_score, annotations, sentinel):
    alpha, _, c = _parts(scores, sentinel_score, annotations)
    beta = (sentinel_score - scores.amax(-1)).sigmoid()
    return beta[:, None] * sentinel + (1 - beta)[:, None] * c, alpha, beta


@sentinel_context.mistake(
    "compared with the mean of the scores",
    "A softmax adds exponentials; it does not average scores. Put the sentinel's score beside the "
    "others and take one softmax.",
)
def with_the_mean(scores, sentinel_score, annotations, sentinel):
    alpha, _, c = _parts(scores, sentinel_score, annotations)
    beta = (sentinel_score - scores.mean(-1)).sigmoid()
    return beta[:, None] * sentinel + (1 - beta)[:, None] * c, alpha, beta
