"""What every answer to the exercises of ``queries_keys_values`` must satisfy."""

import math

import numpy as np
import torch

from attn import dot_product, softmax
from attn.equations import softmax as equations
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Checks, Exercise, Rng
from autograder.subject import Call, Program

# ------------------------------------------------------------------ stable_softmax


def score_rows(rng: Rng):
    yield Case("three scores", scores=np.log([1.0, 2.0, 5.0]))
    yield Case("two rows of scores", scores=sample.array(rng, 2, 3))
    yield Case("as many rows as scores", scores=sample.array(rng, 3, 3))
    yield Case("large scores", scores=np.array([1000.0, 1001.0, 999.0]))
    yield Case("scores far apart", scores=np.array([[0.0, 2000.0], [-3000.0, 0.0]]))
    yield Case("very negative scores", scores=np.array([-1000.0, -1000.5]))
    yield Case("a batch of rows", scores=2 * sample.array(rng, 2, 3, 4))


stable_softmax = Exercise(
    "stable_softmax",
    points=2,
    reference=equations.softmax,
    cases=score_rows,
    tensors=False,
    forbids=("softmax", "logsumexp", "log_softmax"),
)


@stable_softmax.fact
def is_finite(f: Answers, case: Case) -> None:
    """The weights are finite numbers, however large the scores are."""
    ensure(np.isfinite(f(case)).all(), "there are nan or infinite weights", f(case))


@stable_softmax.fact(after=(is_finite,))
def rows_sum_to_one(f: Answers, case: Case) -> None:
    """The weights of every row sum to one."""
    sums = f(case).sum(-1)
    agree(sums, np.ones_like(sums), what="the sums of the rows")


@stable_softmax.fact(after=(rows_sum_to_one,))
def keeps_the_order(f: Answers, case: Case) -> None:
    """A larger score never gets a smaller weight."""
    by_score = np.take_along_axis(f(case), np.argsort(case["scores"], -1), -1)
    ensure((np.diff(by_score) >= 0).all(), "sorted by score, the weights go down", by_score)


@stable_softmax.mistake(
    "exp overflows",
    "exp(1000) is larger than any float, so it becomes inf, and inf / inf is nan. Subtract the "
    "largest score of each row first: it cancels in the fraction.",
)
def naive(scores):
    with np.errstate(all="ignore"):
        return equations.naive_softmax(scores)


@stable_softmax.mistake(
    "subtracts the mean",
    "Any constant cancels, but only the maximum makes every exponent at most 0. With the mean, one "
    "score far above the others still overflows.",
)
def subtracts_mean(scores):
    with np.errstate(all="ignore"):
        return equations.naive_softmax(scores - scores.mean(-1, keepdims=True))


@stable_softmax.mistake(
    "subtracts the maximum of the whole array",
    "One large row then pushes the other rows down until exp underflows to 0, and 0 / 0 is nan. "
    "Take the maximum of each row: max(-1, keepdims=True).",
)
def global_maximum(scores):
    with np.errstate(all="ignore"):
        return equations.naive_softmax(scores - scores.max())


@stable_softmax.mistake(
    "normalises the columns",
    "The weights of one query must sum to one over its keys, and the keys are the last axis: -1.",
)
def over_the_first_axis(scores):
    return np.moveaxis(equations.softmax(np.moveaxis(scores, 0, -1)), -1, 0)


@stable_softmax.mistake(
    "normalises the whole array",
    "sum() without an axis adds up all rows. Each row is a set of weights of its own: sum(-1).",
)
def over_everything(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum()


@stable_softmax.mistake(
    "the sum loses its axis",
    "sum(-1) of a (3, 3) array has shape (3,), and dividing by it broadcasts along the columns. "
    "keepdims=True gives (3, 1), which divides each row by its own sum.",
)
def without_keepdims(scores):
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1)


@stable_softmax.mistake(
    "forgets to normalise",
    "exp(s - max) has 1 where the score is largest. Divide by the sum of the row to get weights.",
)
def unnormalised(scores):
    return np.exp(scores - scores.max(-1, keepdims=True))


@stable_softmax.mistake(
    "returns the logarithm",
    "This is log-softmax, s - log Σ exp s. The task asks for the weights themselves.",
)
def logarithm(scores):
    shifted = scores - scores.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


@stable_softmax.mistake(
    "takes the winner only",
    "This gives the largest score everything. Softmax is soft: lower scores keep some weight.",
)
def hard(scores):
    return (scores == scores.max(-1, keepdims=True)).astype(float)


# ------------------------------------------------------------------ masked_softmax


def masked_scores(rng: Rng):
    yield Case("one key hidden", scores=torch.zeros(1, 3), mask=torch.tensor([[True, True, False]]))
    yield Case(
        "a row that may see nothing",
        scores=torch.zeros(2, 2),
        mask=torch.tensor([[True, True], [False, False]]),
    )
    yield Case("a mask a row", scores=sample.tensor(rng, 3, 4), mask=sample.mask(rng, 3, 4))
    yield Case(
        "one mask for all rows", scores=sample.tensor(rng, 4, 4), mask=sample.mask(rng, 1, 4)
    )
    yield Case(
        "very negative scores",
        scores=torch.tensor([[-20000.0, -20001.0, 0.0]]),
        mask=torch.tensor([[True, True, False]]),
    )
    yield Case(
        "a large score is hidden",
        scores=torch.tensor([[0.0, 1.0, 200.0]]),
        mask=torch.tensor([[True, True, False]]),
    )
    half = sample.tensor(rng, 2, 5).half()
    yield Case("half precision", scores=half, mask=sample.mask(rng, 2, 5))
    yield Case(
        "gradients, with a row that may see nothing",
        scores=sample.tensor(rng, 2, 3),
        mask=torch.tensor([[False, True, True], [False, False, False]]),
    ).backward(sample.seed(rng))


masked_softmax = Exercise(
    "masked_softmax",
    points=3,
    reference=softmax.masked_softmax,
    cases=masked_scores,
    keeps_dtype=True,
)


@masked_softmax.fact
def is_never_nan(f: Answers, case: Case) -> None:
    """No weight is nan, not even where a row may see nothing."""
    ensure(not f(case).isnan().any(), "there are nan among the weights", f(case))


@masked_softmax.fact(after=(is_never_nan,))
def hidden_keys_get_nothing(f: Answers, case: Case) -> None:
    """A key whose mask is False gets a weight of exactly zero."""
    hidden = f(case)[~case["mask"].expand_as(case["scores"])]
    ensure((hidden == 0).all(), "a hidden key has a weight", f(case), f.expected(case))


@masked_softmax.fact(after=(is_never_nan,))
def seen_rows_sum_to_one(f: Answers, case: Case) -> None:
    """Every row that may see something sums to one."""
    sums = f(case).sum(-1)[case["mask"].expand_as(case["scores"]).any(-1)]
    agree(sums, torch.ones_like(sums), what="the sums of the rows")


@masked_softmax.mistake(
    "the mask is upside down",
    "Here True means *may attend*. masked_fill writes where its mask is True, so pass it ~mask.",
)
def inverted(scores, mask):
    return softmax.masked_softmax(scores, ~mask)


@masked_softmax.mistake(
    "an empty row becomes nan",
    "A row of nothing but -inf has no maximum and no sum: 0 / 0 is nan. Decide what such a row "
    "gives, zeros, and write it so that the gradient is no nan either.",
)
def nan_row(scores, mask):
    return scores.masked_fill(~mask, -math.inf).softmax(-1)


@masked_softmax.mistake(
    "-10000 in place of minus infinity",
    "-1e4 is not below every score: a score of -20000 loses to it, and a row that may see nothing "
    "spreads its weight over hidden keys. Use -inf, and treat the empty row.",
)
def large_negative(scores, mask):
    return scores.masked_fill(~mask, -1e4).softmax(-1)


@masked_softmax.mistake(
    "the smallest float in place of minus infinity",
    "finfo.min beats every score, but a row that may see nothing is then a row of equal scores, "
    "and its weight goes to hidden keys. Such a row must give zeros.",
)
def smallest_float(scores, mask):
    return scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1)


@masked_softmax.mistake(
    "masks after the softmax",
    "The hidden keys have already taken their share, so the row no longer sums to one. Hide the "
    "scores before the softmax.",
)
def after_softmax(scores, mask):
    return scores.softmax(-1) * mask


@masked_softmax.mistake(
    "masks after the softmax, then divides",
    "It works until a hidden score is much larger than the others: their weights underflow to 0 "
    "and nothing is left to divide. Hide the scores before the softmax.",
)
def renormalised(scores, mask):
    weights = scores.softmax(-1) * mask
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-9).to(weights.dtype)


@masked_softmax.mistake(
    "multiplies the scores by the mask",
    "A score of 0 is not nothing: exp(0) = 1. To give a key no weight, its score must be -inf.",
)
def zero_scores(scores, mask):
    return (scores * mask).softmax(-1)


@masked_softmax.mistake(
    "normalises the columns",
    "Each row is one query; its weights sum to one over the keys, the last dimension: dim=-1.",
)
def masked_columns(scores, mask):
    turned = mask.expand_as(scores).transpose(-1, -2)
    return softmax.masked_softmax(scores.transpose(-1, -2), turned).transpose(-1, -2)


# ------------------------------------------------------------------ entropy


def weight_rows(rng: Rng):
    yield Case("two keys, read alike", weights=torch.tensor([0.5, 0.5]))
    yield Case("one key reads all", weights=torch.tensor([0.0, 1.0, 0.0]))
    yield Case("three rows", weights=sample.weights(rng, 3, 4))
    yield Case("a batch of rows", weights=sample.weights(rng, 2, 3, 5))


entropy = Exercise("entropy", points=1, reference=softmax.entropy, cases=weight_rows)


@entropy.fact
def is_never_negative(f: Answers, case: Case) -> None:
    """Entropy is never negative, and never nan."""
    ensure((f(case) >= -1e-6).all(), "an entropy is negative or nan", f(case), f.expected(case))


@entropy.fact(after=(is_never_negative,))
def is_at_most_that_of_equal_weights(f: Answers, case: Case) -> None:
    """Over n keys it is at most ln n, the entropy of equal weights."""
    limit = math.log(case["weights"].shape[-1])
    ensure((f(case) <= limit + 1e-4).all(), f"an entropy is above ln n = {limit:.4f}", f(case))


@entropy.mistake(
    "0 · log 0 is nan",
    "log 0 is -inf and 0 · -inf is nan; the limit of p ln p is 0. Use torch.special.xlogy, or "
    "leave the zeros out.",
)
def nan_at_zero(weights):
    return -(weights * weights.log()).sum(-1)


@entropy.mistake("bits instead of nats", "The task asks for the natural logarithm, not log2.")
def bits(weights):
    return softmax.entropy(weights) / math.log(2)


@entropy.mistake(
    "the sign is missing",
    "Logarithms of numbers below 1 are negative: H = -Σ p ln p.",
)
def negative(weights):
    return -softmax.entropy(weights)


@entropy.mistake(
    "the mean instead of the sum",
    "Entropy is an expectation, and the weights p are already in it: sum p ln p, do not average.",
)
def averaged(weights):
    return softmax.entropy(weights) / weights.shape[-1]


@entropy.mistake(
    "one number for all rows",
    "Each row of weights has its own entropy: sum over the last dimension only, sum(-1).",
)
def total(weights):
    return softmax.entropy(weights).sum()


@entropy.mistake(
    "the perplexity",
    "exp(H) says how many keys are read, and is a good number to look at; the task asks for H.",
)
def perplexity(weights):
    return softmax.entropy(weights).exp()


# ------------------------------------------------------------------ most_read


def sentences(rng: Rng):
    yield Case("two words", words=["the", "cat"], weights=[0.25, 0.75], k=1)
    yield Case("a tie", words=["the", "cat", "sat"], weights=[0.25, 0.5, 0.25], k=2)
    words = ["the", "dog", "and", "the", "cat"]
    shuffled = rng.permutation([0.05, 0.15, 0.2, 0.25, 0.35]).tolist()
    yield Case("a word that comes twice", words=words, weights=shuffled, k=4)
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
    ensure(not strange, f"these are no words of the sentence: {strange}", f(case))


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


# ------------------------------------------------------------------ dot_product_attention


def lookups(rng: Rng):
    two = torch.eye(2)
    yield Case("one query, two keys", Q=torch.tensor([[2.0, 0.0]]), K=two, V=10 * two)
    yield Case(
        "everything two by two",
        Q=sample.tensor(rng, 2, 2),
        K=sample.tensor(rng, 2, 2),
        V=sample.tensor(rng, 2, 2),
    )
    yield Case("more keys than queries", **_qkv(rng, Tq=2, Tk=3, d=4, dv=2))
    yield Case("a temperature", **_qkv(rng, Tq=2, Tk=3, d=2, dv=2), mask=None, temperature=2.0)
    yield Case("a mask", **_qkv(rng, Tq=3, Tk=3, d=3, dv=3), mask=sample.mask(rng, 3, 3))
    empty = torch.tensor([[True, False], [False, False]])
    yield Case("a query that may see nothing", **_qkv(rng, Tq=2, Tk=2, d=2, dv=2), mask=empty)
    yield Case("a batch", **_qkv(rng, 2, 2, Tq=2, Tk=3, d=4, dv=5))
    yield Case("large scores", Q=torch.tensor([[120.0, 119.0]]), K=two, V=10 * two)
    yield Case("gradients", **_qkv(rng, Tq=2, Tk=3, d=4, dv=2)).backward(sample.seed(rng))


def _qkv(rng: Rng, *B: int, Tq: int, Tk: int, d: int, dv: int) -> dict[str, torch.Tensor]:
    return {
        "Q": sample.tensor(rng, *B, Tq, d),
        "K": sample.tensor(rng, *B, Tk, d),
        "V": sample.tensor(rng, *B, Tk, dv),
    }


dot_product_attention = Exercise(
    "dot_product_attention",
    points=4,
    reference=dot_product.dot_product_attention,
    cases=lookups,
    forbids=("scaled_dot_product_attention", "MultiheadAttention"),
)


def _may_see(case: Case) -> torch.Tensor:
    """The mask of a case at full size: (*B, Tq, Tk)."""
    everything = torch.ones(*case["Q"].shape[:-1], case["K"].shape[-2], dtype=torch.bool)
    mask = case.get("mask")
    return everything if mask is None else mask.expand_as(everything)


@dot_product_attention.fact
def stays_among_the_values(f: Answers, case: Case) -> None:
    """Every output is an average: no number in it is beyond the smallest and largest value."""
    may_see = _may_see(case).any(-1)
    low = case["V"].amin(-2, keepdim=True).expand_as(f(case))[may_see]
    high = case["V"].amax(-2, keepdim=True).expand_as(f(case))[may_see]
    out = f(case)[may_see]
    inside = (out >= low - 1e-4) & (out <= high + 1e-4)
    ensure(inside.all(), "an output lies outside the range of the values", f(case))


@dot_product_attention.fact
def a_query_that_sees_nothing_gets_zeros(f: Answers, case: Case) -> None:
    """A query that may see no key at all gets zeros."""
    blind = f(case)[~_may_see(case).any(-1)]
    ensure((blind == 0).all(), "such a query gets something else", f(case), f.expected(case))


@dot_product_attention.fact
def hidden_values_do_not_matter(f: Answers, case: Case) -> None:
    """Changing a value that no query may see changes nothing."""
    unseen = ~_may_see(case).any(-2)
    if unseen.any():
        changed = case["V"].masked_fill(unseen[..., None], 1e3)
        agree(f(case.but(V=changed)), f(case), what="the output after the change")


@dot_product_attention.fact
def the_order_of_keys_does_not_matter(f: Answers, case: Case) -> None:
    """Shuffling the keys and their values together changes nothing."""
    turned = {name: case[name].flip(-2) for name in ("K", "V")}
    if case.get("mask") is not None:
        turned["mask"] = case["mask"].flip(-1)
    agree(f(case.but(**turned)), f(case), what="the output after the shuffle", rtol=1e-3, atol=1e-4)


def _attend(weigh):
    """An implementation that differs from the right one in how it makes weights."""

    def attention(Q, K, V, mask=None, temperature=1.0):
        scores = Q @ K.transpose(-1, -2) / temperature
        return weigh(scores, mask) @ V

    return attention


def _right_weights(scores, mask):
    return softmax.softmax(scores) if mask is None else softmax.masked_softmax(scores, mask)


dot_product_attention.mistake(
    "no softmax",
    "Scores can be negative and need not sum to one. The softmax turns them into weights, so that "
    "the output is an average of the values.",
)(_attend(lambda scores, mask: scores if mask is None else scores * mask))

dot_product_attention.mistake(
    "the softmax runs over the queries",
    "Each query shares out its own attention: its weights sum to one over the keys, dim=-1.",
)(
    _attend(
        lambda scores, mask: _right_weights(
            scores.transpose(-1, -2), None if mask is None else mask.transpose(-1, -2)
        ).transpose(-1, -2)
    )
)

dot_product_attention.mistake(
    "only the best key counts",
    "argmax picks one key. Here every key contributes, in proportion to its weight.",
)(
    _attend(
        lambda scores, mask: torch.nn.functional.one_hot(
            (scores if mask is None else scores.masked_fill(~mask, -math.inf)).argmax(-1),
            scores.shape[-1],
        ).to(scores.dtype)
    )
)

dot_product_attention.mistake(
    "the mask is upside down",
    "Here True means *may attend*; masked_fill writes where its mask is True, so pass it ~mask.",
)(_attend(lambda scores, mask: _right_weights(scores, None if mask is None else ~mask)))

dot_product_attention.mistake(
    "masks after the softmax",
    "The hidden keys have already taken their share. Hide the scores before the softmax.",
)(_attend(lambda scores, mask: scores.softmax(-1) * (1 if mask is None else mask)))

dot_product_attention.mistake(
    "a query that sees nothing becomes nan",
    "The softmax of a row of -inf is 0 / 0. Such a query should get zeros: see masked_softmax.",
)(
    _attend(
        lambda scores, mask: (
            scores if mask is None else scores.masked_fill(~mask, -math.inf)
        ).softmax(-1)
    )
)

dot_product_attention.mistake(
    "the mask is ignored",
    "Where the mask is False, the query must not see the key. Use your masked_softmax.",
)(_attend(lambda scores, mask: softmax.softmax(scores)))

dot_product_attention.mistake(
    "exp overflows",
    "exp(100) is infinite in float32. Subtract each row's largest score first, or use your stable "
    "softmax.",
)(
    _attend(
        lambda scores, mask: (
            (powers := scores.exp() if mask is None else scores.exp() * mask)
            / powers.sum(-1, keepdim=True).clamp(min=1e-30)
        )
    )
)


@dot_product_attention.mistake(
    "the temperature is ignored",
    "Divide the scores by the temperature before the softmax.",
)
def no_temperature(Q, K, V, mask=None, temperature=1.0):
    return dot_product.dot_product_attention(Q, K, V, mask)


@dot_product_attention.mistake(
    "the temperature multiplies",
    "A high temperature makes the weights more alike, so it divides the scores.",
)
def multiplied(Q, K, V, mask=None, temperature=1.0):
    return dot_product.dot_product_attention(Q, K, V, mask, 1 / temperature)


@dot_product_attention.mistake(
    "scaled by √d",
    "Dividing by √d is one choice of temperature, the Transformer's. Here the caller chooses: "
    "divide by `temperature` alone.",
)
def scaled(Q, K, V, mask=None, temperature=1.0):
    return dot_product.dot_product_attention(Q, K, V, mask, temperature * math.sqrt(Q.shape[-1]))


@dot_product_attention.mistake(
    "averages the keys",
    "The keys decide the weights; what is averaged with them are the values, V.",
)
def keys_averaged(Q, K, V, mask=None, temperature=1.0):
    return dot_product.dot_product_attention(Q, K, K, mask, temperature)


@dot_product_attention.mistake(
    "reshapes the keys instead of transposing them",
    "view and reshape keep the numbers in their old order and only cut the rows elsewhere. "
    "Use transpose(-1, -2).",
)
def reshaped(Q, K, V, mask=None, temperature=1.0):
    turned = K.reshape(*K.shape[:-2], K.shape[-1], K.shape[-2])
    return _right_weights(Q @ turned / temperature, mask) @ V


# ------------------------------------------------------------------ SoftDictionary


def dictionaries(rng: Rng):
    yield _dictionary("one entry", rng, entries=1, reads=1)
    yield _dictionary("two entries", rng, entries=2, reads=1, temperature=1.0)
    yield _dictionary("a low temperature", rng, entries=3, reads=2, temperature=0.5)
    key, value = sample.tensor(rng, 2), sample.tensor(rng, 3)
    twice = (_write(key, value), _write(key, -2 * value), _read(sample.tensor(rng, 2)))
    yield Case.of("the same key, written twice", Program(twice, init={"temperature": 1.0}))
    between = (
        _write(sample.tensor(rng, 2), sample.tensor(rng, 2)),
        _read(sample.tensor(rng, 2)),
        _write(sample.tensor(rng, 2), sample.tensor(rng, 2)),
        _read(sample.tensor(rng, 2)),
    )
    yield Case.of("reading between two writes", Program(between, init={"temperature": 2.0}))
    empty = (Call({"query": sample.tensor(rng, 2)}, method="read", catch=True),)
    yield Case.of("reading while empty", Program(empty, init={"temperature": 1.0}))


def _write(key, value) -> Call:
    return Call({"key": key, "value": value}, method="write")


def _read(query) -> Call:
    return Call({"query": query}, method="read")


def _dictionary(name: str, rng: Rng, entries: int, reads: int, temperature: float = 1.0) -> Case:
    writes = [_write(sample.tensor(rng, 3), sample.tensor(rng, 2)) for _ in range(entries)]
    asked = [_read(sample.tensor(rng, 3)) for _ in range(reads)]
    return Case.of(name, Program((*writes, *asked), init={"temperature": temperature}))


SoftDictionary = Exercise(
    "SoftDictionary", points=3, reference=dot_product.SoftDictionary, cases=dictionaries
)


@SoftDictionary.mistake(
    "remembers the last entry only",
    "Each write must add an entry; the earlier ones stay. Keep them in a list.",
)
class LastEntry(dot_product.SoftDictionary):
    def write(self, key, value):
        self.keys, self.values = [key], [value]


@SoftDictionary.mistake(
    "all dictionaries share one list",
    "A list written in the class body belongs to the class, so every dictionary writes to it. "
    "Make the lists in __init__, as self.keys = [].",
    remembers=True,
)
def shared_lists():
    class Shared(dot_product.SoftDictionary):
        shelf_keys, shelf_values = [], []

        def __init__(self, temperature=1.0):
            self.temperature = temperature
            self.keys, self.values = Shared.shelf_keys, Shared.shelf_values

    return Shared


@SoftDictionary.mistake(
    "a hard look-up",
    "This returns the best entry's value. A soft dictionary mixes all values by their weights.",
)
class Hard(dot_product.SoftDictionary):
    def read(self, query):
        if not self.keys:
            raise KeyError("empty")
        return self.values[int(torch.argmax(torch.stack(self.keys) @ query))].clone()


@SoftDictionary.mistake(
    "the same key overwrites",
    "A Python dict keeps one value a key. Here both entries stay, and both are read.",
)
class Overwrites(dot_product.SoftDictionary):
    def write(self, key, value):
        for i, old in enumerate(self.keys):
            if torch.equal(old, key):
                self.values[i] = value
                return
        super().write(key, value)


@SoftDictionary.mistake(
    "the temperature is ignored",
    "Divide the scores by self.temperature before the softmax.",
)
class NoTemperature(dot_product.SoftDictionary):
    def __init__(self, temperature=1.0):
        super().__init__(1.0)


@SoftDictionary.mistake(
    "forgets what it has read",
    "Reading must not change the dictionary: the next read needs the same entries.",
)
class Consumes(dot_product.SoftDictionary):
    def read(self, query):
        answer = super().read(query)
        self.keys, self.values = [], []
        return answer


@SoftDictionary.mistake(
    "answers while empty",
    "With no entry there is nothing to average: raise a KeyError that says so.",
)
class SilentWhenEmpty(dot_product.SoftDictionary):
    def read(self, query):
        return super().read(query) if self.keys else torch.zeros_like(query)


CHECKS = Checks(
    slug="queries_keys_values",
    title="Queries, keys and values",
    exercises=(
        stable_softmax,
        masked_softmax,
        entropy,
        most_read,
        dot_product_attention,
        SoftDictionary,
    ),
    provides=("attn.plot", "attn.palette", "attn.data"),
)
