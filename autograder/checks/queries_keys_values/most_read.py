"""What every answer to ``most_read`` must satisfy."""

from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def sentences(rng: Rng):
    yield Case("two words", words=["the", "cat"], weights=[0.25, 0.75], k=1)
    yield Case("a tie", words=["the", "cat", "sat"], weights=[0.25, 0.5, 0.25], k=2)
    words = ["the", "dog", "and", "the", "cat"]
    shuffled = rng.permutation([0.05, 0.15, 0.2, 0.25, 0.35]).tolist()
    yield Case("a word that comes twice", words=words, weights=shuffled, k=5)
    yield Case("all of them", words=["a", "b", "c"], weights=[0.2, 0.3, 0.5], k=3)


def most_read_reference(words: list[str], weights: list[float], k: int) -> list[str]:
    """The k words with the largest weights, largest first; of equal ones, the earlier first."""
    order = sorted(range(len(words)), key=lambda i: -weights[i])
    return [words[i] for i in order[:k]]


most_read = Exercise(
    "most_read", points=1, reference=most_read_reference, cases=sentences, tensors=False
)


@most_read.fact
def comes_from_the_sentence(f: Answers, case: Case) -> None:
    """Every word of the answer stands in the sentence."""
    strange = [word for word in f(case) if word not in case["words"]]
    ensure(not strange, f"these are no words of the sentence: {strange}", f(case), f.expected(case))


@most_read.mistake(
    "the least read words",
    "sorted() goes from small to large. Ask for reverse=True, or sort by the negative weight.",
)
def least(words, weights, k):
    order = sorted(range(len(words)), key=lambda i: weights[i])
    return [words[i] for i in order[:k]]


@most_read.mistake(
    "in the order of the sentence",
    "The right words, but the task wants the one with the largest weight first.",
)
def sentence_order(words, weights, k):
    order = sorted(range(len(words)), key=lambda i: -weights[i])[:k]
    return [words[i] for i in sorted(order)]


@most_read.mistake(
    "positions instead of words",
    "These are the positions of the words; look each one up in `words`.",
)
def positions(words, weights, k):
    return sorted(range(len(words)), key=lambda i: -weights[i])[:k]


@most_read.mistake(
    "of equal weights, the later word first",
    "reverse=True on (weight, position) pairs turns the positions round too. Python's sort keeps "
    "the order of equals: sort by the negative weight alone.",
)
def later_first(words, weights, k):
    order = sorted(range(len(words)), key=lambda i: (-weights[i], -i))
    return [words[i] for i in order[:k]]


@most_read.mistake(
    "a dictionary merges repeated words",
    "dict(zip(words, weights)) keeps one entry for a word that comes twice. Work with positions.",
)
def merged(words, weights, k):
    table = dict(zip(words, weights, strict=True))
    return sorted(table, key=lambda word: -table[word])[:k]


@most_read.mistake(
    "a sentence instead of a list",
    "The answer is a list of k words, not one string.",
)
def joined(words, weights, k):
    return " ".join(most_read_reference(words, weights, k))
