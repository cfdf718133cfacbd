"""What every answer to ``is_equivariant`` must satisfy: the student's test, tried on mutants."""

from itertools import permutations

import numpy as np

from autograder import sample
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.values import Fixture

D = 3


def layers(rng: Rng):
    """Layers that know no place, and mutants that do: by their numbers, so no name betrays one."""
    yield _layer("one position", rng, T=1, right=True)
    yield _layer("nothing is handed over", rng, T=3, right=True, scale=0.0)
    yield _layer("plain self-attention", rng, T=4, right=True)
    yield _layer("sinusoids are added first", rng, T=4, before=_places(4))
    yield _layer("each position prefers itself", rng, T=4, right=True, bias=2 * np.eye(4))
    yield _layer("a causal mask", rng, T=4, bias=np.triu(np.full((4, 4), -np.inf), 1))
    yield _layer(
        "the mean is added to every row", rng, T=5, right=True, mixing=np.full((5, 5), 0.2)
    )
    yield _layer("nearer keys are preferred", rng, T=5, bias=-0.7 * _distance(5))
    yield _layer("all keys are read alike", rng, T=5, right=True, sharpness=0.0)
    yield _layer("nearer keys, in a circle", rng, T=5, bias=-_circle(5))
    yield _layer("two neighbours are mixed in", rng, T=5, mixing=(_distance(5) == 1) / 2)
    yield _layer("the left neighbour is mixed in", rng, T=5, mixing=np.eye(5)[[4, 0, 1, 2, 3]])
    yield _layer("one position is marked", rng, T=5, before=_marked(5, 2, 1.0))
    yield _layer("one position is marked faintly", rng, T=5, before=_marked(5, 3, 0.15))
    yield _layer("the last key is preferred", rng, T=4, bias=np.eye(4)[-1] * 1.5)
    mean = {"sharpness": 0.0, "right": False}
    yield _layer("the mean, and a place is added last", rng, T=4, after=_places(4), **mean)
    yield _layer("large numbers", rng, T=5, right=True, scale=30.0)
    yield _layer("two positions", rng, T=2, right=True)


def _layer(
    name: str, rng: Rng, *, T: int, right: bool = False, sharpness: float = 1.0,
    scale: float = 1.0, **given: np.ndarray,
) -> Case:  # fmt: skip
    weights = {f"W_{role}": sample.array(rng, D, D) / D**0.5 for role in "qkv"}
    weights["W_q"] *= sharpness
    # Rows that are clearly different: a permutation of rows that are nearly alike proves nothing.
    X = sample.array(rng, T, D) + 2 * np.eye(T, D)
    weights["W_v"] = scale * (weights["W_v"] + np.eye(D))
    everything = weights | {key: np.asarray(value, float) for key, value in given.items()}
    program = Case(name, layer=Fixture("toy_layer", everything), X=X).program
    return Case.of(name, program, right=right)


def _distance(T: int) -> np.ndarray:
    return np.abs(np.subtract.outer(np.arange(T), np.arange(T)))


def _circle(T: int) -> np.ndarray:
    return np.minimum(_distance(T), T - _distance(T))


def _places(T: int) -> np.ndarray:
    angles = np.arange(T)[:, None] / np.array([1.0, 3.0, 9.0])
    return np.sin(angles + np.array([0.0, 0.5, 1.0]))


def _marked(T: int, t: int, by: float) -> np.ndarray:
    marks = np.zeros((T, D))
    marks[t] = by
    return marks


def _holds(layer, X, orders, close) -> bool:
    out = layer(X)
    return all(close(layer(X[order]), out[order]) for order in orders)


def every(X):
    """Every order of the positions."""
    return [list(order) for order in permutations(range(len(X)))]


def within(a, b):
    """Equal as the task says: no two numbers differ by more than 1e-6."""
    return bool(np.abs(a - b).max() < 1e-6)


def _reference(layer, X):
    return _holds(layer, X, every(X), within)


is_equivariant = Exercise(
    "is_equivariant", points=4, reference=_reference, cases=layers, tensors=False
)


@is_equivariant.fact
def lets_the_right_ones_pass(f: Answers, case: Case) -> None:
    """Says True of every layer that is equivariant."""
    if case.about["right"]:
        ensure(f(case) == True, "this layer is equivariant", f(case), True)  # noqa: E712


@is_equivariant.fact
def catches_every_mutant(f: Answers, case: Case) -> None:
    """Says False of every layer that knows where something stands."""
    if not case.about["right"]:
        ensure(f(case) == False, "this layer is not equivariant", f(case), False)  # noqa: E712


@is_equivariant.mistake(
    "asks for the same output, not the permuted one",
    "That is invariance. An equivariant layer gives the *permuted* output: compare with "
    "layer(X)[order].",
)
def invariant(layer, X):
    out = layer(X)
    return all(within(layer(X[order]), out) for order in every(X))


@is_equivariant.mistake(
    "permutes the output twice",
    "Either permute the output of X, or put the output of X[order] back; the order that puts it "
    "back is np.argsort(order), which is another one.",
)
def put_back_wrongly(layer, X):
    out = layer(X)
    return all(within(layer(X[order])[order], out) for order in every(X))


@is_equivariant.mistake(
    "compares exactly",
    "Sums in another order round differently, so equal means equal up to rounding: nothing further "
    "apart than 1e-6.",
)
def exactly(layer, X):
    return _holds(layer, X, every(X), lambda a, b: bool((a == b).all()))


@is_equivariant.mistake(
    "is content with “nearly”",
    "Your tolerance lets a mutant through whose marks are faint. Rounding makes differences below "
    "1e-6 here; allow no more.",
)
def roughly(layer, X):
    return _holds(layer, X, every(X), lambda a, b: bool(np.abs(a - b).max() < 2.0))


@is_equivariant.mistake(
    "tries the reversal alone",
    "Some layers treat left and right alike and still know places. Try every order, or many random "
    "ones.",
)
def reversal(layer, X):
    return _holds(layer, X, [list(range(len(X)))[::-1]], within)


@is_equivariant.mistake(
    "tries rotations alone",
    "A layer that sees its neighbours on a circle passes every rotation. Try every order, or many "
    "random ones.",
)
def rotations(layer, X):
    T = len(X)
    return _holds(layer, X, [[(i + k) % T for i in range(T)] for k in range(1, T)], within)


@is_equivariant.mistake(
    "swaps the first two positions and nothing else",
    "A position that is never moved may be marked without your noticing. Every position has to "
    "move.",
)
def first_two(layer, X):
    return _holds(layer, X, [[1, 0, *range(2, len(X))]], within)


@is_equivariant.mistake(
    "permutes the columns",
    "Positions are the rows of X: X[order], not X[:, order].",
)
def columns(layer, X):
    out = layer(X)
    orders = [list(order) for order in permutations(range(X.shape[1]))]
    return all(within(layer(X[:, order]), out[:, order]) for order in orders)


@is_equivariant.mistake(
    "looks at sums over the positions",
    "A sum forgets which row is which. Compare row by row.",
)
def sums(layer, X):
    total = layer(X).sum(0)
    return all(within(layer(X[order]).sum(0), total) for order in every(X))


@is_equivariant.mistake(
    "says yes to everything",
    "A test that cannot fail tests nothing: find an order for which a causal layer fails.",
)
def always(layer, X):
    return True


@is_equivariant.mistake(
    "says no to everything",
    "Self-attention without positions is equivariant: does your test let it pass?",
)
def never(layer, X):
    return False


@is_equivariant.mistake(
    "True and False change places",
    "True means: permuting the input permutes the output alike.",
)
def upside_down(layer, X):
    return not _reference(layer, X)
