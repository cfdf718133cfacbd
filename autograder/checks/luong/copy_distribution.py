"""What every answer to ``copy_distribution`` must satisfy."""

import torch

from attn import pointer
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def mixtures(rng: Rng):
    yield Case(
        "a word that stands there twice",
        p_gen=torch.tensor(0.5),
        vocabulary=torch.tensor([0.5, 0.5]),
        weights=torch.tensor([0.25, 0.5, 0.25]),
        source=torch.tensor([1, 0, 1]),
        size=2,
    )
    yield Case(
        "a word that is in no vocabulary",
        p_gen=torch.tensor(0.75),
        vocabulary=torch.tensor([0.25, 0.75]),
        weights=torch.tensor([0.5, 0.5]),
        source=torch.tensor([2, 0]),
        size=3,
    )
    yield Case("a longer source", **_mixture(rng, T=6, V=4, size=6))
    yield Case("a batch", **_mixture(rng, 3, T=5, V=4, size=7))
    yield Case("nothing unknown", **_mixture(rng, 2, T=4, V=5, size=5))
    yield Case("gradients", **_mixture(rng, 2, T=4, V=3, size=5)).backward(sample.seed(rng))


def _mixture(rng: Rng, *B: int, T: int, V: int, size: int) -> dict[str, object]:
    source = torch.from_numpy(rng.integers(0, size, (*B, T)))
    source[..., 1] = source[..., 0]  # one word twice, always
    return {
        "p_gen": torch.from_numpy(rng.uniform(0.55, 0.9, B)).float(),
        "vocabulary": sample.weights(rng, *B, V),
        "weights": sample.weights(rng, *B, T),
        "source": source,
        "size": size,
    }


copy_distribution = Exercise(
    "copy_distribution", points=3, reference=pointer.copy_distribution, cases=mixtures
)


@copy_distribution.fact
def sums_to_one(f: Answers, case: Case) -> None:
    """The probabilities of all words, known and unknown, sum to one."""
    total = f(case).sum(-1)
    agree(total, torch.ones_like(total), what="their sum", rtol=1e-4, atol=1e-4)


@copy_distribution.fact
def what_stands_in_the_source_can_be_said(f: Answers, case: Case) -> None:
    """Every word of the source has a probability above zero, also an unknown one."""
    said = f(case).gather(-1, case["source"])
    ensure((said > 0).all(), "a word of the source cannot be said", f(case), f.expected(case))


@copy_distribution.fact
def the_order_of_the_source_does_not_matter(f: Answers, case: Case) -> None:
    """Turning the source round, with its weights, changes nothing."""
    turned = case.but(weights=case["weights"].flip(-1), source=case["source"].flip(-1))
    agree(f(turned), f(case), what="the probabilities", rtol=1e-3, atol=1e-5)


def _pad(vocabulary, size):
    return torch.nn.functional.pad(vocabulary, (0, size - vocabulary.shape[-1]))


@copy_distribution.mistake(
    "a repeated word counts once",
    "Indexing with = or scatter overwrites: of a word that stands there twice, only one place is "
    "left. Add the weights of all its places: scatter_add.",
)
def overwritten(p_gen, vocabulary, weights, source, size):
    copied = torch.zeros(*source.shape[:-1], size, dtype=weights.dtype, device=weights.device)
    for i in range(source.shape[-1]):
        copied = copied.scatter(-1, source[..., i : i + 1], weights[..., i : i + 1])
    return p_gen[..., None] * _pad(vocabulary, size) + (1 - p_gen)[..., None] * copied


@copy_distribution.mistake(
    "p_gen and 1 - p_gen exchanged",
    "p_gen is the probability of *generating* from the vocabulary; 1 - p_gen is that of copying.",
)
def exchanged(p_gen, vocabulary, weights, source, size):
    return pointer.copy_distribution(1 - p_gen, vocabulary, weights, source, size)


@copy_distribution.mistake(
    "both added without p_gen",
    "Two distributions that are added sum to two. p_gen and 1 - p_gen share out the one there is.",
)
def added(p_gen, vocabulary, weights, source, size):
    return 2 * pointer.copy_distribution(
        torch.full_like(p_gen, 0.5), vocabulary, weights, source, size
    )


@copy_distribution.mistake(
    "always half and half",
    "How much is copied is the model's decision at every step: weigh with p_gen.",
)
def halves(p_gen, vocabulary, weights, source, size):
    return pointer.copy_distribution(torch.full_like(p_gen, 0.5), vocabulary, weights, source, size)


@copy_distribution.mistake(
    "unknown words are lost",
    "Words with numbers from V on are what copying is for: the result has `size` entries, and "
    "their weights belong there.",
)
def lost(p_gen, vocabulary, weights, source, size):
    known = weights * (source < vocabulary.shape[-1])
    return pointer.copy_distribution(p_gen, vocabulary, known, source, size)


@copy_distribution.mistake(
    "known words are never copied",
    "A known word can be said in two ways, and its probability is the sum of both.",
)
def only_unknown(p_gen, vocabulary, weights, source, size):
    unknown = weights * (source >= vocabulary.shape[-1])
    return pointer.copy_distribution(p_gen, vocabulary, unknown, source, size)


@copy_distribution.mistake(
    "only the most read word is copied",
    "Every position copies as much as it is read. Nothing is chosen here, so that everything can "
    "be learned.",
)
def hard(p_gen, vocabulary, weights, source, size):
    best = torch.nn.functional.one_hot(weights.argmax(-1), weights.shape[-1]).to(weights.dtype)
    return pointer.copy_distribution(p_gen, vocabulary, best, source, size)


@copy_distribution.mistake(
    "the weights are put at their positions",
    "Weight i belongs to the *word* at position i: put it at source[i], not at i.",
)
def by_position(p_gen, vocabulary, weights, source, size):
    places = torch.arange(source.shape[-1], device=source.device).expand(source.shape)
    return pointer.copy_distribution(p_gen, vocabulary, weights, places % size, size)
