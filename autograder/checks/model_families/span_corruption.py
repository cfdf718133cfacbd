"""What every answer to ``span_corruption`` must satisfy."""

from attn import pretraining
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def texts(rng: Rng):
    yield _case("the example of the task", [5, 6, 7, 8, 9], [0, 1, 1, 0, 1])
    yield _case("nothing is hidden", [5, 6, 7], [0, 0, 0])
    yield _case("one word in the middle", [5, 6, 7], [0, 1, 0])
    yield _case("hidden from the start", [5, 6, 7, 8], [1, 1, 0, 0])
    yield _case("all is hidden", [5, 6, 7], [1, 1, 1])
    yield _case("the same word twice", [5, 6, 5, 6, 5], [1, 0, 0, 1, 1])
    yield _case("three spans", [4, 5, 6, 7, 8, 9, 10, 11], [0, 1, 0, 1, 1, 0, 0, 1])
    for _ in range(2):
        tokens = rng.integers(4, 30, 16).tolist()
        hidden = [0, 1, 1, 0, *(rng.random(12) < 0.4).astype(int).tolist()]
        yield _case("drawn", tokens, hidden)


def _case(name: str, tokens: list[int], hidden: list[int]) -> Case:
    sentinels = [97, 98, 92, 95, 93, 96, 91, 99, 94, 90]
    return Case(name, tokens=tokens, hidden=[bool(h) for h in hidden], sentinels=sentinels)


span_corruption = Exercise(
    "span_corruption",
    points=3,
    reference=pretraining.span_corruption,
    cases=texts,
    tensors=False,
)


@span_corruption.fact
def shown_words_stay_in_order(f: Answers, case: Case) -> None:
    """Without its sentinels, the input is the words that are not hidden, in their order."""
    inputs, _ = f(case)
    left = [t for t in inputs if t not in case["sentinels"]]
    shown = [t for t, h in zip(case["tokens"], case["hidden"], strict=True) if not h]
    ensure(left == shown, f"the input holds {left}, and {shown} are shown", f(case))


@span_corruption.fact
def hidden_words_are_the_target(f: Answers, case: Case) -> None:
    """Without its sentinels, the target is the hidden words, in their order."""
    _, targets = f(case)
    left = [t for t in targets if t not in case["sentinels"]]
    hidden = [t for t, h in zip(case["tokens"], case["hidden"], strict=True) if h]
    ensure(left == hidden, f"the target holds {left}, and {hidden} are hidden", f(case))


@span_corruption.fact
def the_target_has_one_sentinel_more(f: Answers, case: Case) -> None:
    """The target has the input's sentinels, in their order, and one more at its end."""
    inputs, targets = ([t for t in part if t in case["sentinels"]] for part in f(case))
    n = len(inputs)
    ensure(
        targets[:n] == inputs and len(targets) == n + 1,
        f"the input's sentinels are {inputs}, the target's {targets}",
        f(case),
        f.expected(case),
    )


def _spans(hidden):
    """(start, end) of each run of hidden words."""
    edges = [i for i in range(len(hidden) + 1) if _at(hidden, i) != _at(hidden, i - 1)]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _at(hidden, i):
    return 0 <= i < len(hidden) and hidden[i]


def _wrong(before=None, after=None, spans=_spans, name=lambda sentinels, k: sentinels[k]):
    """The right answer, but for what stands in the input, in the target, or at the end."""

    def answer(tokens, hidden, sentinels):
        inputs, targets, at = [], [], 0
        found = spans(hidden)
        for k, (start, end) in enumerate(found):
            mark, words = name(sentinels, k), tokens[start:end]
            inputs += tokens[at:start] + (before(mark, words) if before else [mark])
            targets += after(mark, words) if after else [mark, *words]
            at = end
        return inputs + tokens[at:], [*targets, name(sentinels, len(found))]

    return answer


span_corruption.mistake(
    "a sentinel for every word",
    "Each hidden word has a sentinel of its own. A run of hidden words is one span and shares one: "
    "the model is not told how many words are missing.",
)(_wrong(spans=lambda hidden: [(i, i + 1) for i, h in enumerate(hidden) if h]))

span_corruption.mistake(
    "the same sentinel for all spans",
    "Every span is marked with the first sentinel, so nothing says which of the answers belongs "
    "where. The k-th span gets the k-th.",
)(_wrong(name=lambda sentinels, k: sentinels[0]))

span_corruption.mistake(
    "BERT's input",
    "The span's words are replaced one by one, so the input is as long as the text and tells how "
    "many are missing. One sentinel stands for the whole span.",
)(_wrong(before=lambda mark, words: [mark] * len(words)))

span_corruption.mistake(
    "the span leaves no trace",
    "The hidden words were left out and nothing stands in their place: the model cannot know where "
    "something is missing.",
)(_wrong(before=lambda mark, words: []))

span_corruption.mistake(
    "the sentinel comes after its span",
    "In the target the sentinel stands *before* its words: the decoder first says which gap it is "
    "about to fill.",
)(_wrong(after=lambda mark, words: [*words, mark]))

span_corruption.mistake(
    "the hidden words are still in the input",
    "The sentinel was put in front of the span, and the words were left there to be read.",
)(_wrong(before=lambda mark, words: [mark, *words]))


@span_corruption.mistake(
    "no last sentinel",
    "The target stops after the last span. One more sentinel stands behind it, so that the model "
    "can say that it is done.",
)
def no_end(tokens, hidden, sentinels):
    inputs, targets = pretraining.span_corruption(tokens, hidden, sentinels)
    return inputs, targets[:-1]


@span_corruption.mistake(
    "the target is the whole text",
    "The decoder is asked to write everything. It writes what is missing, which is much shorter.",
)
def everything(tokens, hidden, sentinels):
    return pretraining.span_corruption(tokens, hidden, sentinels)[0], list(tokens)


@span_corruption.mistake(
    "input and target exchanged",
    "The encoder reads the text with gaps, and the decoder writes what was in them. You return "
    "them the other way round.",
)
def exchanged(tokens, hidden, sentinels):
    inputs, targets = pretraining.span_corruption(tokens, hidden, sentinels)
    return targets, inputs


@span_corruption.mistake(
    "the shown words are hidden",
    "The mask is read the other way round: True means hidden.",
)
def polarity(tokens, hidden, sentinels):
    return pretraining.span_corruption(tokens, [not h for h in hidden], sentinels)
