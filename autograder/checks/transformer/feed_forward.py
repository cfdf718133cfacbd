"""What every answer to ``FeedForward`` must satisfy."""

from torch import nn

from attn import transformer
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def positions(rng: Rng):
    yield _fed("one position", rng, (1, 2), F=3)
    yield _fed("a sentence", rng, (3, 4), F=8)
    yield _fed("a batch", rng, (2, 3, 4), F=6)
    yield _fed("narrower inside", rng, (2, 4), F=2)
    yield _fed("as wide inside as outside", rng, (2, 3, 3), F=3)
    yield _fed("gradients", rng, (2, 3, 4), F=8).backward(sample.seed(rng))


def _fed(name: str, rng: Rng, shape: tuple[int, ...], F: int) -> Case:
    D = shape[-1]
    state = {
        "W_1.weight": sample.tensor(rng, F, D),
        "W_1.bias": sample.tensor(rng, F),
        "W_2.weight": sample.tensor(rng, D, F),
        "W_2.bias": sample.tensor(rng, D),
    }
    call = Call({"X": sample.tensor(rng, *shape)})
    return Case.of(name, Program((call,), init={"D": D, "F": F}, state=state))


FeedForward = Exercise("FeedForward", points=2, reference=transformer.FeedForward, cases=positions)


@FeedForward.fact
def every_position_thinks_by_itself(f: Answers, case: Case) -> None:
    """What the other positions hold changes nothing: the first one alone gives the same."""
    alone = case.but(X=case["X"][..., :1, :])
    agree(f(alone), f(case)[..., :1, :], what="the first position")


class _Feed(nn.Module):
    """The two maps, for wrong forward passes."""

    def __init__(self, D, F):
        super().__init__()
        self.W_1, self.W_2 = nn.Linear(D, F), nn.Linear(F, D)


@FeedForward.mistake(
    "nothing between the two maps",
    "Two linear maps one after the other are one linear map: all of F was for nothing. The "
    "max(0, ·) between them is what makes it more.",
)
class Linear(_Feed):
    def forward(self, X):
        return self.W_2(self.W_1(X))


@FeedForward.mistake(
    "cuts off the output too",
    "The second map's result goes to the residual stream as it is. With a second max(0, ·) a "
    "layer could only ever add to the stream, never take away.",
)
class ReluTwice(_Feed):
    def forward(self, X):
        return self.W_2(self.W_1(X).relu()).relu()


@FeedForward.mistake(
    "the cut comes last",
    "max(0, ·) belongs on the F numbers inside, after the first map. On the D numbers at the end "
    "it leaves two linear maps in a row, which are one.",
)
class ReluLast(_Feed):
    def forward(self, X):
        return self.W_2(self.W_1(X)).relu()


@FeedForward.mistake(
    "adds the input",
    "The residual belongs around the sublayer, in the block, and is added there. Here it would be "
    "added twice.",
)
class WithResidual(_Feed):
    def forward(self, X):
        return X + self.W_2(self.W_1(X).relu())


@FeedForward.mistake(
    "GELU for ReLU",
    "GELU came later (BERT and GPT have it). This one is the paper's: max(0, ·).",
)
class Gelu(_Feed):
    def forward(self, X):
        return self.W_2(nn.functional.gelu(self.W_1(X)))
