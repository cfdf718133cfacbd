"""What every answer to ``pointing_accuracy`` must satisfy."""

import torch

from attn import captioning
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def looks(rng: Rng):
    corner = torch.tensor([[[0.1, 0.2, 0.7]], [[0.6, 0.3, 0.1]]])
    yield Case(
        "one row of three cells",
        maps=corner,
        boxes=torch.tensor([[2.0, 0.0, 3.0, 1.0], [1.0, 0.0, 3.0, 1.0]]),
        classes=["colour", "colour"],
    )
    yield Case(
        "a word that names nothing",
        maps=corner,
        boxes=torch.tensor([[2.0, 0.0, 3.0, 1.0], [0.0, 0.0, 0.0, 0.0]]),
        classes=["shape", ""],
    )
    tall = torch.zeros(2, 4, 2)
    tall[:, 3, 0] = 1
    yield Case(
        "more rows than columns",
        maps=tall,
        boxes=torch.tensor([[0.0, 2.8, 1.0, 4.0], [1.2, 0.0, 2.0, 1.0]]),
        classes=["size", "shape"],
    )
    yield Case(
        "half a cell inside",
        maps=tall,
        boxes=torch.tensor([[0.4, 2.0, 1.6, 3.6], [0.6, 2.0, 1.6, 3.6]]),
        classes=["size", "shape"],
    )
    yield _drawn("many words", rng, N=40, R=3, C=4)
    yield _drawn("a square picture", rng, N=40, R=4, C=4)


def _drawn(name: str, rng: Rng, N: int, R: int, C: int) -> Case:
    """Boxes around a place near the largest weight, so that hits and misses are both frequent."""
    maps = sample.weights(rng, N, R * C)
    best = maps.argmax(-1)
    middle = torch.stack([best % C + 0.5, best // C + 0.5], -1)
    middle = middle + 0.8 * sample.tensor(rng, N, 2)
    half = torch.from_numpy(rng.uniform(0.6, 1.1, size=(N, 2))).float()
    kinds = ["size", "colour", "colour", "shape", ""]
    return Case(
        name,
        maps=maps.unflatten(-1, (R, C)),
        boxes=torch.cat([middle - half, middle + half], -1),
        classes=[kinds[int(k)] for k in rng.integers(len(kinds), size=N - 4)] + kinds[1:],
    )


pointing_accuracy = Exercise(
    "pointing_accuracy", points=3, reference=captioning.pointing_accuracy, cases=looks
)


@pointing_accuracy.fact
def classes_that_name(f: Answers, case: Case) -> None:
    """There is a share for every class that occurs, and none for words that name nothing."""
    expected = sorted({kind for kind in case["classes"] if kind})
    ensure(sorted(f(case)) == expected, "these are the classes", sorted(f(case)), expected)


@pointing_accuracy.fact(after=(classes_that_name,))
def the_whole_picture_is_always_hit(f: Answers, case: Case) -> None:
    """A box around the whole picture is always hit."""
    R, C = case["maps"].shape[1:]
    around = torch.tensor([0.0, 0.0, C, R]).expand(len(case["boxes"]), 4)
    agree(f(case.but(boxes=around)), dict.fromkeys(f(case), 1.0), what="the shares")


@pointing_accuracy.fact(after=(classes_that_name,))
def only_the_largest_weight_counts(f: Answers, case: Case) -> None:
    """Sharper weights with the same largest one change nothing."""
    sharper = case["maps"] ** 4
    agree(f(case.but(maps=sharper / sharper.sum((1, 2), keepdim=True))), f(case), what="sharper")


def _shares(hits, classes):
    kinds = dict.fromkeys(kind for kind in classes if kind)
    found = {k: [float(h) for h, c in zip(hits, classes, strict=True) if c == k] for k in kinds}
    return {k: sum(v) / len(v) for k, v in found.items()}


def _inside(x, y, boxes):
    left, top, right, bottom = boxes.unbind(-1)
    return ((left <= x) & (x <= right) & (top <= y) & (y <= bottom)).tolist()


def _best(maps):
    best = maps.flatten(1).argmax(-1)
    return best % maps.shape[-1], best // maps.shape[-1]


def _mistaken(hits):
    def answer(maps, boxes, classes):
        return _shares(hits(maps, boxes), classes)

    return answer


def _by_place(place):
    """Hits of the point (x, y) that ``place`` makes of column and row."""

    def hits(maps, boxes):
        x, y = place(*_best(maps))
        return _inside(x, y, boxes)

    return _mistaken(hits)


pointing_accuracy.mistake(
    "rows and columns are exchanged",
    "x counts columns and y counts rows. A box is (left, top, right, bottom): x is compared with "
    "left and right.",
)(_by_place(lambda c, r: (r + 0.5, c + 0.5)))

pointing_accuracy.mistake(
    "the corner of the cell",
    "The cell of row r and column c reaches from c to c + 1: its middle is at c + ½, r + ½.",
)(_by_place(lambda c, r: (c, r)))


@pointing_accuracy.mistake(
    "divides by the number of rows",
    "Row by row, cell k stands in row k // C and column k % C, C being the number of *columns*.",
)
def by_rows(maps, boxes, classes):
    best, R = maps.flatten(1).argmax(-1), maps.shape[1]
    return _shares(_inside(best % R + 0.5, best // R + 0.5, boxes), classes)


@pointing_accuracy.mistake(
    "the box is read as left, top, width, height",
    "The last two numbers are the right and the bottom edge, not a width and a height.",
)
def as_sizes(maps, boxes, classes):
    c, r = _best(maps)
    left, top, width, height = boxes.unbind(-1)
    both = torch.stack([left, top, left + width, top + height], -1)
    return _shares(_inside(c + 0.5, r + 0.5, both), classes)


def _mass(maps, boxes):
    R, C = maps.shape[1:]
    x, y = (torch.arange(n) + 0.5 for n in (C, R))
    left, top, right, bottom = (edge[:, None, None] for edge in boxes.unbind(-1))
    x, y = x[None, None, :], y[None, :, None]
    inside = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    return (maps * inside).sum((1, 2))


pointing_accuracy.mistake(
    "the weight inside the box",
    "This adds up how much weight lies inside, a number worth having. Pointing asks a harder "
    "question: is the single largest weight inside, yes or no?",
)(_mistaken(lambda maps, boxes: _mass(maps, boxes).tolist()))

pointing_accuracy.mistake(
    "most of the weight inside the box",
    "More than half of the weight inside is another measure. Ask where the single largest is.",
)(_mistaken(lambda maps, boxes: (_mass(maps, boxes) > 0.5).tolist()))


@pointing_accuracy.mistake(
    "words that name nothing count as misses",
    'An article has no box, so it can neither hit nor miss. Leave the class "" out.',
)
def with_articles(maps, boxes, classes):
    c, r = _best(maps)
    hits = _inside(c + 0.5, r + 0.5, boxes)
    named = [h and bool(k) for h, k in zip(hits, classes, strict=True)]
    kinds = dict.fromkeys(kind for kind in classes if kind)
    return {
        k: sum(h for h, c in zip(named, classes, strict=True) if c == k)
        / sum(c in (k, "") for c in classes)
        for k in kinds
    }


@pointing_accuracy.mistake(
    "a class for the words that name nothing",
    'The class "" is no class: its words name nothing, so there is nothing to hit.',
)
def unnamed(maps, boxes, classes):
    c, r = _best(maps)
    return _shares(_inside(c + 0.5, r + 0.5, boxes), ["nothing" if k == "" else k for k in classes])


@pointing_accuracy.mistake(
    "divided by all the words",
    "The share of a class is taken among the words of that class, not of the whole list.",
)
def of_all(maps, boxes, classes):
    right = captioning.pointing_accuracy(maps, boxes, classes)
    return {k: v * classes.count(k) / len(classes) for k, v in right.items()}


@pointing_accuracy.mistake(
    "one share for all classes",
    "A pooled share hides that colours are pointed at better than shapes, or worse. Count each "
    "class by itself.",
)
def pooled(maps, boxes, classes):
    c, r = _best(maps)
    hits = _inside(c + 0.5, r + 0.5, boxes)
    named = [h for h, k in zip(hits, classes, strict=True) if k]
    return dict.fromkeys((k for k in classes if k), sum(named) / len(named))


@pointing_accuracy.mistake(
    "counts instead of shares",
    "Divide the hits of a class by the number of its words.",
)
def counts(maps, boxes, classes):
    right = captioning.pointing_accuracy(maps, boxes, classes)
    return {k: round(v * classes.count(k)) for k, v in right.items()}
