"""What every answer to ``gated_context`` must satisfy."""

import torch

from attn import captioning
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def words(rng: Rng):
    yield Case(
        "two places, the gate half open",
        annotations=torch.tensor([[[2.0], [4.0]]]),
        scores=torch.zeros(1, 2),
        h=torch.tensor([[1.0, -1.0]]),
        w=torch.tensor([3.0, 3.0]),
        b=torch.tensor(0.0),
    )
    yield _drawn("one picture", rng, B=1, L=3, D=2, n=4)
    yield _drawn("three pictures", rng, B=3, L=4, D=5, n=2)
    yield _drawn("as many pictures as places", rng, B=3, L=3, D=3, n=3)
    shut = _drawn("the gates nearly shut", rng, B=2, L=3, D=2, n=2)
    yield shut.but(b=shut["b"] - 4)
    wide = _drawn("large scores", rng, B=2, L=4, D=2, n=3)
    yield wide.but(scores=wide["scores"] + 200)
    yield _drawn("gradients", rng, B=2, L=3, D=2, n=3).backward(sample.seed(rng))


def _drawn(name: str, rng: Rng, B: int, L: int, D: int, n: int) -> Case:
    return Case(
        name,
        annotations=sample.tensor(rng, B, L, D) + 1,
        scores=sample.tensor(rng, B, L),
        h=sample.tensor(rng, B, n),
        w=sample.tensor(rng, n),
        b=sample.tensor(rng, 1)[0],
    )


def context(annotations, scores, h, w, b):
    """β Σ_i α_i a_i, from scores and state."""
    return captioning.gated_context(annotations, scores.softmax(-1), (h @ w + b).sigmoid())


gated_context = Exercise("gated_context", points=2, reference=context, cases=words)


@gated_context.fact
def a_shut_gate_lets_nothing_through(f: Answers, case: Case) -> None:
    """With a gate that is shut, the context is zero."""
    shut = case.but(b=torch.tensor(-90.0))
    agree(f(shut), torch.zeros_like(f(case)), what="the context")


@gated_context.fact
def an_open_gate_is_the_weighted_sum(f: Answers, case: Case) -> None:
    """With a gate that is wide open, the context is the annotations averaged with the weights."""
    opened = case.but(b=torch.tensor(90.0))
    mean = (case["scores"].softmax(-1)[..., None] * case["annotations"]).sum(1)
    agree(f(opened), mean, what="the context")


@gated_context.fact
def a_common_shift_of_scores_changes_nothing(f: Answers, case: Case) -> None:
    """The gate hangs on the state alone: adding 3 to every score changes nothing."""
    moved = f(case.but(scores=case["scores"] + 3))
    ensure(torch.allclose(moved, f(case), atol=1e-3), "it does", moved, f(case))


def _mistaken(formula):
    """From annotations, weights, and the gate's logit."""

    def answer(annotations, scores, h, w, b):
        return formula(annotations, scores.softmax(-1), h @ w + b)

    return answer


def _read(annotations, weights):
    return (weights[..., None] * annotations).sum(1)


gated_context.mistake(
    "the gate is left out",
    "This is Σ α a, which many accounts take for all of soft attention. In this model it is "
    "multiplied by β = σ(w · h + b), so that a word can be written without the picture.",
)(_mistaken(lambda a, alpha, z: _read(a, alpha) + 0 * z[:, None]))

gated_context.mistake(
    "the gate is upside down",
    "β multiplies what is read: an open gate, β near 1, lets the picture through. This multiplies "
    "by 1 − β.",
)(_mistaken(lambda a, alpha, z: (1 - z.sigmoid())[:, None] * _read(a, alpha)))

gated_context.mistake(
    "no sigmoid",
    "w · h + b can be any number, negative too. A gate lies between 0 and 1: take its sigmoid.",
)(_mistaken(lambda a, alpha, z: z[:, None] * _read(a, alpha)))

gated_context.mistake(
    "a tanh for a gate",
    "tanh lies between −1 and 1 and would turn the picture's sign. A gate is a sigmoid.",
)(_mistaken(lambda a, alpha, z: z.tanh()[:, None] * _read(a, alpha)))

gated_context.mistake(
    "a softmax over the batch for a gate",
    "Each picture has a gate of its own, whatever the others do: a sigmoid of its own number.",
)(_mistaken(lambda a, alpha, z: z.softmax(0)[:, None] * _read(a, alpha)))


@gated_context.mistake(
    "the gate inside the softmax",
    "Multiplying the scores by β makes the weights flatter and lets as much of the picture through "
    "as before. β multiplies the sum.",
)
def inside(annotations, scores, h, w, b):
    beta = (h @ w + b).sigmoid()
    return _read(annotations, (beta[:, None] * scores).softmax(-1))


gated_context.mistake(
    "divided by the number of places",
    "The weights sum to one already: the sum is the average. `mean` divides once more.",
)(_mistaken(lambda a, alpha, z: z.sigmoid()[:, None] * _read(a, alpha) / a.shape[1]))


@gated_context.mistake(
    "the scores are not made into weights",
    "Scores can be negative and do not sum to one: softmax over the places first.",
)
def unweighted(annotations, scores, h, w, b):
    return (h @ w + b).sigmoid()[:, None] * _read(annotations, scores)


@gated_context.mistake(
    "the softmax runs over the batch",
    "The weights of one picture sum to one over its places, the last axis.",
)
def over_pictures(annotations, scores, h, w, b):
    return (h @ w + b).sigmoid()[:, None] * _read(annotations, scores.softmax(0))


@gated_context.mistake(
    "the place of the largest weight alone",
    "That is a hard look. Soft attention reads every place, each with its weight.",
)
def hardest(annotations, scores, h, w, b):
    one = torch.nn.functional.one_hot(scores.argmax(-1), scores.shape[-1]).to(scores)
    return (h @ w + b).sigmoid()[:, None] * _read(annotations, one)


gated_context.mistake(
    "all places alike",
    "This is the mean of the annotations, the same at every word. Use the weights.",
)(_mistaken(lambda a, alpha, z: z.sigmoid()[:, None] * a.mean(1)))
