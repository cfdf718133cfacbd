"""What every answer to ``fixations`` must satisfy."""

import numpy as np
import torch

from attn import pooling
from autograder import sample
from autograder.chance import implausible
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program
from autograder.values import Seed

MANY = 20_000


def glances(rng: Rng):
    yield _glances("one possible place", torch.tensor([0.0, 1.0, 0.0]), 4, sample.seed(rng))
    places = torch.tensor([0.2, 0.5, 0.3])
    seed = sample.seed(rng)
    yield _glances("the same seed, twice", places, 12, seed, seed)
    yield _glances("two seeds", places, 200, seed, seed + 1)
    yield _glances(f"{MANY} glances at four places", _four(rng), MANY, seed)


def _four(rng: Rng) -> torch.Tensor:
    shares = torch.from_numpy(rng.permutation([0.0, 0.15, 0.35, 0.5]))
    return shares.float()


def _glances(name: str, weights: torch.Tensor, n: int, *seeds: int) -> Case:
    calls = tuple(Call({"weights": weights, "n": n, "generator": Seed(s)}) for s in seeds)
    return Case.of(name, Program(calls), same=len(set(seeds)) < len(seeds))


def _frequencies(places: torch.Tensor, kinds: int) -> np.ndarray:
    return np.bincount(places.numpy().astype(int).ravel(), minlength=kinds)


def _successions(places: torch.Tensor, kinds: int) -> np.ndarray:
    """How often place j follows place i, over pairs that do not overlap."""
    pairs = places.numpy().astype(int)[: len(places) // 2 * 2].reshape(-1, 2)
    return np.bincount(pairs[:, 0] * kinds + pairs[:, 1], minlength=kinds**2)


def _same_habits(case: Case, a, b) -> bool:
    if isinstance(a, list):
        return torch.equal(a[0], a[1]) == torch.equal(b[0], b[1])
    kinds = len(case["weights"])
    measures = (_frequencies, _successions) if len(a) > 100 else (_frequencies,)
    return all(
        np.allclose(m(a, kinds) / m(a, kinds).sum(), m(b, kinds) / m(b, kinds).sum(), atol=0.03)
        for m in measures
    )


fixations = Exercise(
    "fixations",
    points=2,
    reference=pooling.fixations,
    cases=glances,
    matches=False,
    alike=_same_habits,
)


@fixations.fact
def are_positions(f: Answers, case: Case) -> None:
    """Every glance is a position: a whole number from 0 to the number of places, less one."""
    for places in _each(f(case)):
        ensure(not places.is_floating_point(), "the positions are not integers", places)
        inside = (places >= 0) & (places < len(case["weights"]))
        ensure(inside.all(), "a position is not there", places)


@fixations.fact(after=(are_positions,))
def nothing_impossible(f: Answers, case: Case) -> None:
    """A place of weight zero is never looked at."""
    for places in _each(f(case)):
        ensure((case["weights"][places.long()] > 0).all(), "an impossible place was drawn", places)


@fixations.fact(after=(are_positions,))
def the_generator_decides(f: Answers, case: Case) -> None:
    """The same seed gives the same glances, and another seed gives others."""
    if isinstance(f(case), list):
        a, b = f(case)
        if case.about["same"]:
            ensure(torch.equal(a, b), "two runs with one seed differ", a, b)
        else:
            ensure(not torch.equal(a, b), "two seeds give the same glances", a)


@fixations.fact(after=(are_positions,))
def follows_the_weights(f: Answers, case: Case) -> None:
    """Over 20,000 glances, each place is seen as often as its weight says.

    An exact binomial test refutes right code with a probability of at most 1e-7.
    """
    if case["n"] == MANY:
        share = case["weights"].double().numpy()
        counts = _frequencies(f(case), len(share))
        ensure(
            not implausible(counts, share / share.sum()).any(),
            "the shares of the places are too far from their weights",
            counts / counts.sum(),
            share,
        )


@fixations.fact(after=(follows_the_weights,))
def glances_do_not_know_each_other(f: Answers, case: Case) -> None:
    """A glance does not depend on the one before it.

    An exact binomial test on pairs refutes right code with a probability of at most 1e-7.
    """
    if case["n"] == MANY:
        share = case["weights"].double().numpy()
        share = share / share.sum()
        counts = _successions(f(case), len(share))
        ensure(
            not implausible(counts, np.outer(share, share).ravel()).any(),
            "some places follow each other too often or too rarely",
            (counts / counts.sum()).reshape(len(share), -1),
            np.outer(share, share),
        )


def _each(value):
    return value if isinstance(value, list) else [value]


@fixations.mistake(
    "always the heaviest place",
    "argmax looks at one place for ever. A place of weight 0.3 should get 30 % of the glances.",
)
def argmax_only(weights, n, generator=None):
    return weights.argmax().repeat(n)


@fixations.mistake(
    "every place equally often",
    "The weights are the probabilities: pass them to torch.multinomial.",
)
def uniform(weights, n, generator=None):
    return torch.randint(len(weights), (n,), generator=generator, device=weights.device)


@fixations.mistake(
    "never looks back",
    "Drawing without replacement runs out of places. An eye may return: replacement=True.",
)
def without_replacement(weights, n, generator=None):
    return torch.multinomial(weights, n, generator=generator)


@fixations.mistake(
    "the generator is ignored",
    "Pass generator=generator on, or nobody can repeat your experiment.",
)
def own_chance(weights, n, generator=None):
    return torch.multinomial(weights, n, replacement=True)


@fixations.mistake(
    "the same glances for every seed",
    "Setting a seed inside the function makes every run alike. The caller's generator decides.",
)
def fixed_seed(weights, n, generator=None):
    mine = torch.Generator(weights.device).manual_seed(0)
    return torch.multinomial(weights, n, replacement=True, generator=mine)


@fixations.mistake(
    "the glances are in order",
    "The shares are right, but the glances come sorted: leave them in the order they were drawn.",
)
def in_order(weights, n, generator=None):
    return pooling.fixations(weights, n, generator).sort().values
