"""What every answer to the exercises of ``human_attention`` must satisfy."""

import math
from itertools import pairwise

import numpy as np
import torch

from attn import pooling
from attn.data import photo
from attn.equations import pooling as equations
from autograder import sample
from autograder.chance import implausible
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Checks, Exercise, Rng
from autograder.subject import Call, Program
from autograder.values import Seed

# ------------------------------------------------------------------ question_weights


def questions(rng: Rng):
    two = {"Ada": {"adult": 1.0}, "plant": {"green": 1.0}}
    yield Case("one feature, two regions", question={"adult": 2.0}, regions=two)
    graded = {"near": {"size": 2.0, "face": 1.0}, "far": {"size": 0.5, "face": 1.0}}
    yield Case("features of different strength", question={"size": 1.5}, regions=graded)
    three = {"Ada": {"adult": 1.0, "book": 1.0}, "Ben": {"book": 1.0}, "plant": {}}
    yield Case("not this", question={"book": 2.0, "adult": -3.0}, regions=three)
    yield Case("a feature nobody has", question={"hat": 1.0}, regions=three)
    yield Case("a very strong question", question={"adult": 2000.0}, regions=two)
    asked = photo.QUESTIONS[str(rng.choice(list(photo.QUESTIONS)))]
    yield Case("the group photo", question=asked, regions=photo.features())


question_weights = Exercise(
    "question_weights",
    points=2,
    reference=pooling.question_weights,
    cases=questions,
    tensors=False,
)


@question_weights.fact
def shares_sum_to_one(f: Answers, case: Case) -> None:
    """The weights of all regions sum to one."""
    agree(sum(f(case).values()), 1.0, what="their sum")


@question_weights.fact
def every_region_gets_something(f: Answers, case: Case) -> None:
    """No weight is negative: a region may be ignored, but not counted against."""
    low = min(f(case).values())
    ensure(low >= 0, f"the smallest weight is {low:.4g}", f(case), f.expected(case))


@question_weights.fact(after=(shares_sum_to_one,))
def alike_regions_share_alike(f: Answers, case: Case) -> None:
    """Regions with the same features get the same weight."""
    regions = case["regions"]
    for a, b in zip(regions, list(regions)[1:], strict=False):
        if regions[a] == regions[b]:
            agree(f(case)[a], f(case)[b], what=f"the weights of {a} and {b}")


def _scores(question, regions):
    return {
        name: sum(strength * region.get(feature, 0.0) for feature, strength in question.items())
        for name, region in regions.items()
    }


def _softmax(scores):
    largest = max(scores.values())
    powers = {name: math.exp(score - largest) for name, score in scores.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


@question_weights.mistake(
    "scores instead of weights",
    "These are the dot products. A softmax over all regions turns them into shares of one.",
)
def raw_scores(question, regions):
    return _scores(question, regions)


@question_weights.mistake(
    "divides by the sum of the scores",
    "Scores can be negative or all zero, and then shares of their sum make no sense. The softmax "
    "takes exp of each score first.",
)
def proportional(question, regions):
    scores = _scores(question, regions)
    return {name: score / sum(scores.values()) for name, score in scores.items()}


@question_weights.mistake(
    "exp overflows",
    "math.exp(2000) is too large for a float. Subtract the largest score from all of them first: "
    "the weights stay the same.",
)
def overflowing(question, regions):
    powers = {name: math.exp(score) for name, score in _scores(question, regions).items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


@question_weights.mistake(
    "a missing feature is an error",
    "A region only lists what it has: region.get(feature, 0.0) reads everything else as 0.",
)
def strict(question, regions):
    return _softmax(
        {name: sum(s * region[k] for k, s in question.items()) for name, region in regions.items()}
    )


@question_weights.mistake(
    "counts features instead of weighing them",
    "A feature's strength matters on both sides: multiply the question's by the region's.",
)
def counting(question, regions):
    return _softmax(
        {name: sum(float(k in region) for k in question) for name, region in regions.items()}
    )


@question_weights.mistake(
    "ignores how strongly the region shows the feature",
    "This adds the question's strengths for every feature that is there. Multiply each by the "
    "region's own value.",
)
def presence_only(question, regions):
    return _softmax(
        {
            name: sum(s for k, s in question.items() if k in region)
            for name, region in regions.items()
        }
    )


@question_weights.mistake(
    "the winner takes all",
    "This is a hard choice. Here every region keeps a share, in proportion to exp of its score.",
)
def winner(question, regions):
    scores = _scores(question, regions)
    best = max(scores, key=lambda name: scores[name])
    return {name: float(name == best) for name in scores}


# ------------------------------------------------------------------ fixations

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


# ------------------------------------------------------------------ kernel_weights


def bells(rng: Rng):
    yield Case("two keys, equally far", x=0.0, keys=np.array([-1.0, 1.0]), width=1.0)
    yield Case("one near, one far", x=0.0, keys=np.array([0.5, 2.0]), width=1.0)
    keys = rng.normal(size=4)
    yield Case("a narrow bell", x=float(rng.normal()), keys=keys, width=0.5)
    yield Case("a wide bell", x=float(rng.normal()), keys=keys, width=3.0)
    yield Case("far from every key", x=60.0, keys=np.array([0.0, 0.2, 0.3]), width=0.5)


kernel_weights = Exercise(
    "kernel_weights",
    points=2,
    reference=equations.kernel_weights,
    cases=bells,
    tensors=False,
)


@kernel_weights.fact
def weights_sum_to_one(f: Answers, case: Case) -> None:
    """The weights sum to one, however far the keys are."""
    agree(f(case).sum(), 1.0, what="their sum")


@kernel_weights.fact(after=(weights_sum_to_one,))
def nearer_weighs_more(f: Answers, case: Case) -> None:
    """A nearer key never weighs less than one that is farther away."""
    by_distance = f(case)[np.argsort(np.abs(case["x"] - case["keys"]))]
    ensure((np.diff(by_distance) <= 1e-12).all(), "from near to far, they go up", by_distance)


def _bell(score):
    """An implementation with another score, its softmax stable."""

    def weights(x, keys, width):
        scores = score(x - keys, width)
        powers = np.exp(scores - scores.max())
        return powers / powers.sum()

    return weights


kernel_weights.mistake(
    "the minus sign is missing",
    "Without it, the farthest key weighs most: the score is -(x - k)² / 2σ².",
)(_bell(lambda distance, width: distance**2 / (2 * width**2)))

kernel_weights.mistake(
    "the distance is not squared",
    "|x - k| in the exponent gives a pointed kernel, Laplace's; Gauss's has (x - k)².",
)(_bell(lambda distance, width: -np.abs(distance) / width))

kernel_weights.mistake(
    "the width is not squared",
    "σ has the unit of x, so that (x - k)² / σ² has none: divide by 2σ², not by 2σ.",
)(_bell(lambda distance, width: -(distance**2) / (2 * width)))

kernel_weights.mistake(
    "the factor 2 is missing",
    "The Gaussian is exp(-(x - k)² / 2σ²). Without the 2, the bell is narrower than it should be.",
)(_bell(lambda distance, width: -(distance**2) / width**2))

kernel_weights.mistake(
    "the factor 2 is squared",
    "2σ² means 2 · σ², not (2σ)².",
)(_bell(lambda distance, width: -(distance**2) / (2 * width) ** 2))


@kernel_weights.mistake(
    "exp underflows far from the data",
    "Far away every exp(-…) is 0, and 0 / 0 is nan. Only differences between scores matter: "
    "subtract the largest score before exp.",
)
def underflowing(x, keys, width):
    with np.errstate(all="ignore"):
        powers = np.exp(-((x - keys) ** 2) / (2 * width**2))
        return powers / powers.sum()


@kernel_weights.mistake(
    "densities instead of weights",
    "The constant 1/(σ√2π) makes the area under the bell one; here the weights must sum to one: "
    "divide by their sum.",
)
def densities(x, keys, width):
    return np.exp(-((x - keys) ** 2) / (2 * width**2)) / (width * math.sqrt(2 * math.pi))


@kernel_weights.mistake(
    "forgets to normalise",
    "Divide by the sum, so that an average with these weights stays among the values.",
)
def bells_only(x, keys, width):
    return np.exp(-((x - keys) ** 2) / (2 * width**2))


# ------------------------------------------------------------------ kernel_regression


def curves(rng: Rng):
    two = {"keys": np.array([-1.0, 1.0]), "values": np.array([10.0, 20.0])}
    yield Case("in the middle of two points", x=0.0, **two, width=1.0)
    yield Case("nearer to one of them", x=0.5, **two, width=1.0)
    many = {"keys": rng.normal(size=5), "values": rng.normal(size=5) + 3}
    yield Case("five points", x=float(rng.normal()), **many, width=0.7)
    yield Case("a wide bell", x=float(rng.normal()), **many, width=5.0)
    yield Case("far from every key", x=80.0, **two, width=0.5)


kernel_regression = Exercise(
    "kernel_regression",
    points=2,
    reference=equations.kernel_regression,
    cases=curves,
    tensors=False,
)


@kernel_regression.fact
def is_among_the_values(f: Answers, case: Case) -> None:
    """The estimate is an average: it lies between the smallest and the largest value."""
    low, high = case["values"].min(), case["values"].max()
    ensure(
        low - 1e-9 <= f(case) <= high + 1e-9,
        f"it is {f(case):.4g}, and the values go from {low:.4g} to {high:.4g}",
        f(case),
        f.expected(case),
    )


@kernel_regression.mistake(
    "the weights do not sum to one",
    "A weighted sum becomes an average when it is divided by the sum of the weights.",
)
def weighted_sum(x, keys, values, width):
    return float(bells_only(x, keys, width) @ values)


@kernel_regression.mistake(
    "every point counts the same",
    "This is the plain mean, the same for every x. Weigh the values by how near their keys are.",
)
def plain_mean(x, keys, values, width):
    return float(values.mean())


@kernel_regression.mistake(
    "the nearest value only",
    "This copies one neighbour. The estimate averages all values, near ones more.",
)
def nearest(x, keys, values, width):
    return float(values[np.abs(x - keys).argmin()])


@kernel_regression.mistake(
    "averages the keys",
    "Keys are compared with x to make the weights; what is averaged with them are the values.",
)
def average_key(x, keys, values, width):
    return float(equations.kernel_weights(x, keys, width) @ keys)


@kernel_regression.mistake(
    "nan far from the data",
    "Every exp(-…) is 0 there, and 0 / 0 is nan. Use your kernel_weights, which subtracts the "
    "largest score first.",
)
def undefined_far_away(x, keys, values, width):
    return float(underflowing(x, keys, width) @ values)


@kernel_regression.mistake(
    "compares with the values",
    "The distance is between x and the keys; the values live on the other axis.",
)
def distance_to_values(x, keys, values, width):
    return equations.kernel_regression(x, values, values, width)


# ------------------------------------------------------------------ KernelPooling


def pools(rng: Rng):
    yield _pool("as it is built", rng, width=2.0)
    yield _pool("with a learned width", rng, width=1.0, learned=0.5)
    yield _pool("a batch", rng, 2, width=1.0, learned=1.7)
    yield _pool("gradients", rng, width=1.0, learned=0.8).backward(sample.seed(rng))


def _pool(name: str, rng: Rng, *B: int, width: float, learned: float | None = None) -> Case:
    args = {
        "queries": sample.tensor(rng, *B, 2),
        "keys": sample.tensor(rng, *B, 3),
        "values": 2 + sample.tensor(rng, *B, 3),
    }
    state = None if learned is None else {"log_width": torch.tensor(learned).log()}
    return Case.of(name, Program((Call(args),), init={"width": width}, state=state))


KernelPooling = Exercise("KernelPooling", points=3, reference=pooling.KernelPooling, cases=pools)


@KernelPooling.fact
def averages_the_values(f: Answers, case: Case) -> None:
    """Every output lies between the smallest and the largest value."""
    low = case["values"].amin(-1, keepdim=True)
    high = case["values"].amax(-1, keepdim=True)
    inside = (f(case) >= low - 1e-4) & (f(case) <= high + 1e-4)
    ensure(inside.all(), "an output lies outside", f(case), f.expected(case))


@KernelPooling.mistake(
    "starts from the width instead of its logarithm",
    "The parameter is ln σ, so it must start at log(width).",
)
class StartsWrong(pooling.KernelPooling):
    def __init__(self, width=1.0):
        super().__init__(math.exp(width))


@KernelPooling.mistake(
    "uses the logarithm as the width",
    "The parameter is ln σ; the width itself is its exp.",
)
class NoExp(pooling.KernelPooling):
    def forward(self, queries, keys, values):
        return pooling.kernel_regression(queries, keys, values, self.log_width)


@KernelPooling.mistake(
    "the width is no parameter",
    "A plain tensor, or a float, is invisible to an optimiser: wrap it in nn.Parameter, and call "
    "it log_width.",
)
class PlainTensor(torch.nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        self.log_width = torch.tensor(float(width)).log()

    def forward(self, queries, keys, values):
        return pooling.kernel_regression(queries, keys, values, self.log_width.exp())


@KernelPooling.mistake(
    "the gradient is cut",
    "item(), float() and detach() take the number out of the graph, and nothing can be learned. "
    "Keep the width a tensor until the end.",
)
class Cut(pooling.KernelPooling):
    def forward(self, queries, keys, values):
        return pooling.kernel_regression(queries, keys, values, self.log_width.exp().item())


@KernelPooling.mistake(
    "the softmax runs over the queries",
    "Each query shares out its own attention over the keys: the last dimension.",
)
class OverQueries(pooling.KernelPooling):
    def forward(self, queries, keys, values):
        distances = queries[..., :, None] - keys[..., None, :]
        scores = -(distances**2) / (2 * self.log_width.exp() ** 2)
        return (scores.softmax(-2) @ values[..., None])[..., 0]


@KernelPooling.mistake(
    "the factor 2 is missing",
    "The Gaussian is exp(-(q - k)² / 2σ²).",
)
class NoHalf(pooling.KernelPooling):
    def forward(self, queries, keys, values):
        width = self.log_width.exp() / math.sqrt(2)
        return pooling.kernel_regression(queries, keys, values, width)


# ------------------------------------------------------------------ train_kernel_width


WIDTHS = torch.logspace(-2, 0.8, 60)


def noisy_curves(rng: Rng):
    yield _noisy("a noisy sine, 60 points", rng, points=60, waves=2.0)
    yield _noisy("a faster sine, 90 points", rng, points=90, waves=3.0)


def _noisy(name: str, rng: Rng, points: int, waves: float) -> Case:
    def draw(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        x = np.sort(rng.uniform(0, 6, n))
        y = np.sin(waves * x) + 0.3 * rng.normal(size=n)
        return torch.from_numpy(x).float(), torch.from_numpy(y).float()

    keys, values = draw(points)
    while not _has_one_valley(keys, values):
        keys, values = draw(points)
    queries, targets = draw(400)
    call = Call({"keys": keys, "values": values, "steps": 150})
    return Case.of(name, Program((call,)), queries=queries, targets=targets)


def _has_one_valley(keys: torch.Tensor, values: torch.Tensor) -> bool:
    """Whether descent finds the best width from anywhere, and both wrong ends are clearly worse.

    About one draw in ten has a second valley; right code that ended there would be refuted.
    """
    losses = [float(pooling.leave_one_out_loss(keys, values, float(w))) for w in WIDTHS]
    best = int(np.argmin(losses))
    downhill = all(b <= 1.005 * a for a, b in pairwise(losses[: best + 1]))
    uphill = all(b >= a / 1.005 for a, b in pairwise(losses[best:]))
    start = pooling.leave_one_out_loss(keys, values, (keys.max() - keys.min()) / 10)
    clear = losses[0] > 1.3 * losses[best] and float(start) > 1.3 * losses[best]
    return downhill and uphill and clear


def _similar_width(case: Case, a: float, b: float) -> bool:
    return a > 0 and b > 0 and abs(math.log(a / b)) < 0.2


train_kernel_width = Exercise(
    "train_kernel_width",
    points=3,
    reference=pooling.train_kernel_width,
    cases=noisy_curves,
    matches=False,
    alike=lambda case, a, b: a == b or _similar_width(case, a, b),
)


@train_kernel_width.fact
def is_a_width(f: Answers, case: Case) -> None:
    """The answer is a width: a positive, finite number."""
    ensure(0 < f(case) < math.inf, f"it is {f(case):.4g}", f(case), f.expected(case))


@train_kernel_width.fact(after=(is_a_width,))
def predicts_points_left_out(f: Answers, case: Case) -> None:
    """Predicting each point from the others, it is within 10 % of the best width there is."""
    keys, values = case["keys"], case["values"]
    best = min(float(pooling.leave_one_out_loss(keys, values, float(w))) for w in WIDTHS)
    mine = float(pooling.leave_one_out_loss(keys, values, f(case)))
    ensure(
        mine <= 1.1 * best,
        f"its leave-one-out error is {mine:.4f}; the best width has {best:.4f}",
        f(case),
        f.expected(case),
    )


@train_kernel_width.fact(after=(predicts_points_left_out,))
def predicts_new_points(f: Answers, case: Case) -> None:
    """On 400 points it has never seen, it errs at most 1.25 times as much as the reference."""

    def error(width: float) -> float:
        points = (case.about["queries"], case["keys"], case["values"])
        predictions = pooling.kernel_regression(*points, width)
        return float(((predictions - case.about["targets"]) ** 2).mean())

    mine, reference = error(f(case)), error(f.expected(case))
    ensure(
        mine <= 1.25 * reference,
        f"its error is {mine:.4f}; the reference has {reference:.4f}",
        f(case),
        f.expected(case),
    )


def _trained(loss, steps_taken=None, sign=1.0):
    """Gradient descent on another loss."""

    def train(keys, values, steps=300):
        log_width = ((keys.max() - keys.min()) / 10).log().requires_grad_()
        optimiser = torch.optim.Adam([log_width], lr=0.05)
        for _ in range(steps if steps_taken is None else steps_taken):
            optimiser.zero_grad()
            (sign * loss(keys, values, log_width.exp())).backward()
            optimiser.step()
        return log_width.exp().item()

    return train


def _self_looking_loss(keys, values, width):
    return ((pooling.kernel_regression(keys, keys, values, width) - values) ** 2).mean()


train_kernel_width.mistake(
    "each point looks at itself",
    "A point predicts itself perfectly when the width goes to nothing, so training shrinks it. "
    "Leave each point out of its own prediction: give it the score -inf.",
)(_trained(_self_looking_loss))

train_kernel_width.mistake(
    "nothing is learned",
    "The width is still where it started. Does the loss depend on it, and does optimiser.step() "
    "run after backward()?",
)(_trained(pooling.leave_one_out_loss, steps_taken=0))

train_kernel_width.mistake(
    "climbs instead of descending",
    "The loss grows with every step. Optimisers minimise: do not negate the loss.",
)(_trained(pooling.leave_one_out_loss, sign=-1.0))


@train_kernel_width.mistake(
    "returns the logarithm",
    "The parameter is ln σ; the answer is its exp.",
)
def log_of_width(keys, values, steps=300):
    return math.log(pooling.train_kernel_width(keys, values, steps))


@train_kernel_width.mistake(
    "the plain mean",
    "A huge width makes every prediction the mean of all values. Start from a width that is small "
    "beside the range of the keys.",
)
def flat(keys, values, steps=300):
    return 100.0 * float(keys.max() - keys.min())


CHECKS = Checks(
    slug="human_attention",
    title="Human attention",
    exercises=(
        question_weights,
        fixations,
        kernel_weights,
        kernel_regression,
        KernelPooling,
        train_kernel_width,
    ),
    provides=("attn.plot", "attn.palette", "attn.data", "attn.data.photo"),
)
