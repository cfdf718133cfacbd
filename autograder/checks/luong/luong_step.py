"""What every answer to ``LuongStep`` must satisfy."""

import torch
from torch import nn

from attn.luong import attentional_vector, general_score
from attn.softmax import masked_softmax
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


class Step(nn.Module):
    """The reference; a mistake overrides what it gets wrong."""

    def __init__(self, width: int, n: int, m: int) -> None:
        super().__init__()
        self.cell = nn.GRUCell(width + n, n)
        self.W_a = nn.Linear(m, n, bias=False)
        self.W_c = nn.Linear(m + n, n, bias=False)

    def move(self, embedded, h, vector):
        return self.cell(torch.cat([embedded, vector], -1), h)

    def weigh(self, query, annotations, mask):
        return masked_softmax(general_score(query, annotations, self.W_a.weight), mask)

    def query(self, new, old, vector):
        return new

    def forward(self, embedded, h, vector, annotations, mask):
        new = self.move(embedded, h, vector)
        weights = self.weigh(self.query(new, h, vector), annotations, mask)
        context = (weights[..., None, :] @ annotations)[..., 0, :]
        return attentional_vector(context, new, self.W_c.weight), new, weights


def steps(rng: Rng):
    yield _step("two positions", rng, B=1, T=2, width=2, n=2, m=2)
    yield _step("four positions", rng, B=1, T=4, width=3, n=4, m=4)
    yield _step("annotations wider than states", rng, B=1, T=3, width=3, n=2, m=4)
    yield _step("a batch with padding", rng, B=3, T=4, width=2, n=3, m=3, padded=True)
    yield _step("gradients", rng, B=2, T=3, width=2, n=3, m=2).backward(sample.seed(rng))


def _step(
    name: str, rng: Rng, *, B: int, T: int, width: int, n: int, m: int, padded: bool = False
) -> Case:
    args = {
        "embedded": sample.tensor(rng, B, width),
        "h": sample.tensor(rng, B, n).tanh(),
        "vector": sample.tensor(rng, B, n).tanh(),
        "annotations": sample.tensor(rng, B, T, m),
        "mask": torch.arange(T) < torch.tensor([[T - i if padded else T] for i in range(B)]),
    }
    shapes = {name: tuple(p.shape) for name, p in Step(width, n, m).state_dict().items()}
    state = {key: 0.8 * sample.tensor(rng, *shape) for key, shape in shapes.items()}
    init = {"width": width, "n": n, "m": m}
    return Case.of(name, Program((Call(args),), init=init, state=state))


LuongStep = Exercise("LuongStep", points=4, reference=Step, cases=steps)


@LuongStep.fact
def gives_three_things(f: Answers, case: Case) -> None:
    """A step gives the attentional vector, the new state and the weights, in this order."""
    ensure(len(f(case)) == 3, "it gives something else", f(case), f.expected(case))


@LuongStep.fact(after=(gives_three_things,))
def the_weights_sum_to_one(f: Answers, case: Case) -> None:
    """The weights of every sentence sum to one, and padding gets exactly none."""
    weights = f(case)[2]
    agree(weights.sum(-1), torch.ones(len(weights)), what="the sums", rtol=1e-4, atol=1e-4)
    ensure((weights[~case["mask"]] == 0).all(), "padding has weight", weights)


@LuongStep.fact(after=(gives_three_things,))
def moves_before_it_looks(f: Answers, case: Case) -> None:
    """Another last word gives other weights: the decoder moves before it looks."""
    other = f(case.but(embedded=case["embedded"] + 1))
    ensure(
        not torch.allclose(other[2], f(case)[2], atol=1e-6),
        "the weights are the same, whatever the last word was",
        other[2],
    )


@LuongStep.fact(after=(gives_three_things,))
def is_fed_what_it_read(f: Answers, case: Case) -> None:
    """Another last attentional vector gives another state: that is input feeding."""
    other = f(case.but(vector=-case["vector"]))
    ensure(
        not torch.allclose(other[1], f(case)[1], atol=1e-6),
        "the state is the same, whatever was read before",
        other[1],
    )


@LuongStep.mistake(
    "Bahdanau's order",
    "This looks with the old state, and moves afterwards. Luong's decoder moves first: make the "
    "new state, and look with that.",
)
class LooksFirst(Step):
    def query(self, new, old, vector):
        return old


@LuongStep.mistake(
    "no input feeding",
    "The last attentional vector must reach the cell, behind the embedded token.",
)
class Unfed(Step):
    def move(self, embedded, h, vector):
        return super().move(embedded, h, torch.zeros_like(vector))


@LuongStep.mistake(
    "feeds the state instead of the attentional vector",
    "The cell has its state already. What is fed beside the token is `vector`, h̃ of the last step.",
)
class FeedsState(Step):
    def move(self, embedded, h, vector):
        return super().move(embedded, h, h)


@LuongStep.mistake(
    "the attentional vector is the state",
    "h̃ is an input of the cell; its state is h. Pass h as the cell's second argument.",
)
class VectorAsState(Step):
    def move(self, embedded, h, vector):
        return super().move(embedded, vector, vector)


@LuongStep.mistake(
    "the vector before the token",
    "The cell's input is [token; h̃]: the token first.",
)
class VectorFirst(Step):
    def move(self, embedded, h, vector):
        return self.cell(torch.cat([vector, embedded], -1), h)


@LuongStep.mistake(
    "looks with the attentional vector",
    "The query is the new state h_t. The last h̃ has had its say: it was fed to the cell.",
)
class LooksWithVector(Step):
    def query(self, new, old, vector):
        return vector


@LuongStep.mistake(
    "the mask is ignored",
    "Padding must not be read: hide its scores before the softmax.",
)
class Unmasked(Step):
    def weigh(self, query, annotations, mask):
        return super().weigh(query, annotations, torch.ones_like(mask))


@LuongStep.mistake(
    "masks after the softmax",
    "Padding has already taken its share, so the weights no longer sum to one. Hide the scores "
    "before the softmax.",
)
class MasksLate(Step):
    def weigh(self, query, annotations, mask):
        return super().weigh(query, annotations, torch.ones_like(mask)) * mask


@LuongStep.mistake(
    "the old state in the attentional vector",
    "h̃_t is made of c_t and the state that looked, h_t.",
)
class OldState(Step):
    def forward(self, embedded, h, vector, annotations, mask):
        new = self.move(embedded, h, vector)
        weights = self.weigh(new, annotations, mask)
        context = (weights[..., None, :] @ annotations)[..., 0, :]
        return attentional_vector(context, h, self.W_c.weight), new, weights


@LuongStep.mistake(
    "hands on the attentional vector as the new state",
    "The second thing to return is h_t, which the cell will need as its state.",
)
class ReturnsVector(Step):
    def forward(self, *args):
        made, _, weights = super().forward(*args)
        return made, made, weights
