"""What every answer to ``location_scores`` must satisfy."""

import torch
from torch import Tensor, nn

from attn.location_aware import previous_features
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def looks(rng: Rng):
    def look(name: str, B: int, T: int, *, n=3, m=2, k=4, c=2, width=3) -> Case:
        def drawn(*shape: int) -> Tensor:
            return sample.tensor(rng, *shape)

        return Case(
            name,
            s=drawn(B, n),
            h=drawn(B, T, m),
            previous=(1.5 * drawn(B, T)).softmax(-1),
            W=drawn(k, n),
            V=drawn(k, m),
            U=2 * drawn(k, c),
            F=drawn(c, width),
            b=drawn(k),
            w=drawn(k),
        )

    one = torch.ones(1, 1)
    yield Case(
        "the example of the task",
        s=torch.zeros(1, 1),
        h=torch.tensor([[[1.0], [0.0], [1.0], [0.0]]]),
        previous=torch.tensor([[0.0, 1.0, 0.0, 0.0]]),
        W=one,
        V=one,
        U=one,
        F=torch.tensor([[1.0, 0.0, 0.0]]),
        b=torch.zeros(1),
        w=torch.ones(1),
    )
    yield look("one filter", 1, 4, c=1)
    yield look("two filters", 1, 4)
    yield look("wider filters", 1, 6, width=5)
    yield look("filters wider than the sequence", 1, 2, width=5)
    yield look("filters that look at the same position only", 1, 3, width=1)
    yield look("a batch", 2, 5)
    yield look("as many sequences as positions", 4, 4, n=4, m=4, c=3)


def reference(s, h, previous, W, V, U, F, b, w):
    """Scores of all positions."""
    f = previous_features(previous, F)
    return (s[:, None] @ W.T + h @ V.T + f @ U.T + b).tanh() @ w


location_scores = Exercise(
    "location_scores", points=3, reference=reference, cases=looks, keeps_dtype=True
)


@location_scores.fact
def a_score_a_position(f: Answers, case: Case) -> None:
    """With w twice as large, all scores are twice as large: they are no weights yet."""
    agree(f(case.but(w=2 * case["w"])), 2 * f(case), what="the scores")


@location_scores.fact
def content_alone_is_the_additive_score(f: Answers, case: Case) -> None:
    """Where U is 0, the score is wᵀ tanh(W s + V h_j + b), wherever the last look lay."""
    alone = (case["s"][:, None] @ case["W"].T + case["h"] @ case["V"].T + case["b"]).tanh()
    got = f(case.but(U=torch.zeros_like(case["U"])))
    agree(got, alone @ case["w"], what="the scores")


@location_scores.fact(after=(content_alone_is_the_additive_score,))
def the_last_look_is_seen_through_the_filters(f: Answers, case: Case) -> None:
    """Position j sees the last weight at j + i − r through number i of each filter."""
    # One weight at a time: where it lies, and which score it moves.
    T = case["previous"].shape[-1]
    for place in {0, T // 2, T - 1}:
        single = torch.zeros_like(case["previous"])
        single[:, place] = 1
        at = case.but(previous=single)
        agree(f(at), reference(**{name: at[name] for name in NAMES}), what="the scores")


NAMES = ("s", "h", "previous", "W", "V", "U", "F", "b", "w")


def _scores(s, h, f, W, V, U, b, w):
    return (s[:, None] @ W.T + h @ V.T + f @ U.T + b).tanh() @ w


def _seen(previous, F, left=None, mode="constant"):
    """Features with so many zeros (or other things) on the left."""
    width = F.shape[-1]
    left = width // 2 if left is None else left
    T = previous.shape[-1]
    if mode == "circular":
        index = (torch.arange(-left, T + width - 1 - left)) % T
        padded = previous[:, index]
    elif mode == "replicate":
        padded = previous[:, torch.arange(-left, T + width - 1 - left).clamp(0, T - 1)]
    else:
        padded = nn.functional.pad(previous, (left, width - 1 - left))
    return nn.functional.conv1d(padded[:, None], F[:, None]).mT


@location_scores.mistake(
    "the filters run backwards",
    "The first number of a filter stands for the neighbour on the left of j, the last for the one "
    "on its right. Yours are mirrored.",
)
def mirrored(s, h, previous, W, V, U, F, b, w):
    return _scores(s, h, _seen(previous, F.flip(-1)), W, V, U, b, w)


@location_scores.mistake(
    "only what lies on the left is seen",
    "The zeros are all at the beginning, so a position sees the last look up to itself and nothing "
    "behind. Put half of them on each side.",
)
def causal(s, h, previous, W, V, U, F, b, w):
    return _scores(s, h, _seen(previous, F, F.shape[-1] - 1), W, V, U, b, w)


@location_scores.mistake(
    "the ends are joined",
    "The first position sees the last one as its neighbour. Outside the sequence there is 0.",
)
def circular(s, h, previous, W, V, U, F, b, w):
    return _scores(s, h, _seen(previous, F, mode="circular"), W, V, U, b, w)


@location_scores.mistake(
    "the ends are repeated",
    "Beyond the ends you put the weight of the end itself. Outside the sequence there is 0.",
)
def replicated(s, h, previous, W, V, U, F, b, w):
    return _scores(s, h, _seen(previous, F, mode="replicate"), W, V, U, b, w)


@location_scores.mistake(
    "the last look is forgotten",
    "This is the score by content alone: two frames of one kind get one score, wherever the last "
    "look lay. Add U f_j.",
)
def content(s, h, previous, W, V, U, F, b, w):
    return (s[:, None] @ W.T + h @ V.T + b).tanh() @ w


@location_scores.mistake(
    "added after the tanh",
    "The features of the last look belong inside the tanh, beside W s and V h_j. Yours are added "
    "to what it returns.",
)
def outside(s, h, previous, W, V, U, F, b, w):
    inner = (s[:, None] @ W.T + h @ V.T + b).tanh()
    return (inner + _seen(previous, F) @ U.T) @ w


@location_scores.mistake(
    "no tanh",
    "Without the tanh the state adds the same number to every score, and the softmax takes it "
    "away: the state could not choose.",
)
def linear(s, h, previous, W, V, U, F, b, w):
    return (s[:, None] @ W.T + h @ V.T + _seen(previous, F) @ U.T + b) @ w


@location_scores.mistake(
    "weights in place of scores",
    "You took a softmax. Here the scores are asked for; the weights come in the next step, with "
    "the mask.",
)
def weights(s, h, previous, W, V, U, F, b, w):
    return _scores(s, h, _seen(previous, F), W, V, U, b, w).softmax(-1)


@location_scores.mistake(
    "the annotations are filtered",
    "The filters run over the last weights. You ran them over annotations that were multiplied by "
    "the weights.",
)
def annotations(s, h, previous, W, V, U, F, b, w):
    return _scores(s, h, _seen(previous * h.sum(-1), F), W, V, U, b, w)


@location_scores.mistake(
    "the first filter only",
    "There are several filters, and each gives every position a number. You used the first for "
    "all.",
)
def first(s, h, previous, W, V, U, F, b, w):
    return _scores(s, h, _seen(previous, F[:1].expand_as(F)), W, V, U, b, w)


@location_scores.mistake(
    "no bias",
    "The bias b is missing inside the tanh.",
)
def unbiased(s, h, previous, W, V, U, F, b, w):
    return _scores(s, h, _seen(previous, F), W, V, U, 0 * b, w)
