"""What every answer to ``VisionTransformer`` must satisfy."""

import torch
from torch import nn

from attn.transformer import EncoderBlock
from attn.vit import ViT
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def pictures(rng: Rng):
    yield _read("one block", rng, 1, n=2, pixels=3, D=4, H=2, F=3, depth=1, classes=2)
    yield _read("two blocks", rng, 1, n=3, pixels=2, D=4, H=2, F=5, depth=2, classes=3)
    yield _read("a batch", rng, 3, n=4, pixels=2, D=4, H=1, F=3, depth=2, classes=4)
    yield _read("as wide as classes", rng, 2, n=3, pixels=4, D=4, H=2, F=4, depth=1, classes=4)
    yield _read("three blocks", rng, 2, n=2, pixels=3, D=4, H=2, F=3, depth=3, classes=5)
    gradients = _read("gradients", rng, 2, n=3, pixels=2, D=4, H=2, F=3, depth=2, classes=3)
    yield gradients.backward(sample.seed(rng))


def _read(name: str, rng: Rng, B: int, n: int, pixels: int, **sizes: int) -> Case:
    init = {"n": n, "pixels": pixels, **sizes}
    state = {key: _number(rng, key, x) for key, x in Parts(**init).state_dict().items()}
    call = Call({"patches": sample.tensor(rng, B, n, pixels)})
    return Case.of(name, Program((call,), init=init, state=state))


def _number(rng: Rng, name: str, like: torch.Tensor) -> torch.Tensor:
    """A random value; gains lie around 1, as they do in a model."""
    drawn = sample.tensor(rng, *like.shape)
    return 1 + 0.5 * drawn if name.endswith(("gain", "norm.weight")) else drawn


class Parts(nn.Module):
    """The parts that the task names."""

    def __init__(self, n, pixels, D, H, F, depth, classes):
        super().__init__()
        self.project = nn.Linear(pixels, D)
        self.token = nn.Parameter(torch.zeros(D))
        self.places = nn.Parameter(torch.zeros(1 + n, D))
        self.blocks = nn.ModuleList(EncoderBlock(D, H, F) for _ in range(depth))
        self.norm = nn.LayerNorm(D)
        self.classify = nn.Linear(D, classes)

    def embed(self, patches):
        X = self.project(patches)
        return torch.cat([self.token.expand(len(X), 1, -1), X], 1) + self.places

    def through(self, X):
        for block in self.blocks:
            X, _ = block(X)
        return X


class _Reference(Parts):
    """The way of ``attn`` through the parts that the task names."""

    def forward(self, patches):
        model = ViT((1, 1), P=1, C=1, D=len(self.token), H=1, F=1, depth=0, classes=1)
        model.blocks, model.classify = self.blocks, self.classify
        model.norm = self.norm
        return model.read(self.embed(patches))[0]


VisionTransformer = Exercise(
    "VisionTransformer",
    points=4,
    reference=_Reference,
    cases=pictures,
    forbids=("TransformerEncoder", "TransformerEncoderLayer"),
)


@VisionTransformer.fact
def a_score_for_each_class(f: Answers, case: Case) -> None:
    """A picture gets one score for each class."""
    size = [len(case["patches"]), (case.program.init or {})["classes"]]
    agree(list(f(case).shape), size, what="the shape")


@VisionTransformer.fact(after=(a_score_for_each_class,))
def pictures_do_not_read_each_other(f: Answers, case: Case) -> None:
    """The scores of a picture do not depend on the others of its batch."""
    alone = f(case.but(patches=case["patches"][-1:]))
    agree(f(case)[-1:], alone, what="the last picture's scores")


@VisionTransformer.fact(after=(a_score_for_each_class,))
def without_places_the_order_is_lost(f: Answers, case: Case) -> None:
    """With all places at zero, patches in another order get the same scores."""
    program = case.program
    state = dict(program.state or {})
    state["places"] = torch.zeros_like(state["places"])
    bag = Case.of(case.name, Program(program.calls, init=program.init, state=state))
    agree(f(bag.but(patches=case["patches"].flip(1))), f(bag), what="the scores")


@VisionTransformer.mistake(
    "reads the first patch",
    "Row 0 is the class token, row 1 the first patch. The scores come from row 0.",
)
class first_patch(Parts):
    def forward(self, patches):
        return self.classify(self.norm(self.through(self.embed(patches)))[:, 1])


@VisionTransformer.mistake(
    "reads the last row",
    "As in a language model that predicts the next word. Here the answer stands in row 0, the "
    "class token's.",
)
class last_row(Parts):
    def forward(self, patches):
        return self.classify(self.norm(self.through(self.embed(patches)))[:, -1])


@VisionTransformer.mistake(
    "averages all rows",
    "The mean over all rows is another design, and a good one; the task asks for the class token's "
    "row alone.",
)
class averaged(Parts):
    def forward(self, patches):
        return self.classify(self.norm(self.through(self.embed(patches))).mean(1))


@VisionTransformer.mistake(
    "no norm at the end",
    "Pre-norm blocks leave the stream as long as it has grown. `norm` stands between the last "
    "block and `classify`.",
)
class unnormed(Parts):
    def forward(self, patches):
        return self.classify(self.through(self.embed(patches))[:, 0])


@VisionTransformer.mistake(
    "the norm stands before the blocks",
    "`norm` is for the end of the stream, after the last block.",
)
class normed_first(Parts):
    def forward(self, patches):
        return self.classify(self.through(self.norm(self.embed(patches)))[:, 0])


@VisionTransformer.mistake(
    "the norm after every block",
    "`norm` comes once, after the last block; each block has norms of its own inside.",
)
class normed_between(Parts):
    def forward(self, patches):
        X = self.embed(patches)
        for block in self.blocks:
            X = self.norm(block(X)[0])
        return self.classify(X[:, 0])


@VisionTransformer.mistake(
    "the places are forgotten",
    "Nothing says where a patch was. Add `places` to all N + 1 rows.",
)
class bag(Parts):
    def forward(self, patches):
        X = self.project(patches)
        X = torch.cat([self.token.expand(len(X), 1, -1), X], 1)
        return self.classify(self.norm(self.through(X))[:, 0])


@VisionTransformer.mistake(
    "the class token has no place",
    "There are N + 1 places. Put the token in front first, then add them to all rows.",
)
class placeless(Parts):
    def forward(self, patches):
        X = self.project(patches) + self.places[1:]
        X = torch.cat([self.token.expand(len(X), 1, -1), X], 1)
        return self.classify(self.norm(self.through(X))[:, 0])


@VisionTransformer.mistake(
    "places are added before every block",
    "The stream carries the places on; they are added once, before the first block.",
)
class placed_again(Parts):
    def forward(self, patches):
        X = self.embed(patches)
        for i, block in enumerate(self.blocks):
            X, _ = block(X + self.places if i else X)
        return self.classify(self.norm(X)[:, 0])


@VisionTransformer.mistake(
    "only the first block is used",
    "Every block of `blocks` has its turn, in order; what one returns is what the next one gets.",
)
class one_block(Parts):
    def forward(self, patches):
        X, _ = self.blocks[0](self.embed(patches))
        return self.classify(self.norm(X)[:, 0])


@VisionTransformer.mistake(
    "the blocks in reverse",
    "The first block of the list comes first.",
)
class reversed_blocks(Parts):
    def forward(self, patches):
        X = self.embed(patches)
        for block in reversed(self.blocks):
            X, _ = block(X)
        return self.classify(self.norm(X)[:, 0])


@VisionTransformer.mistake(
    "the patches read from left to right only",
    "A causal mask hides what comes later. A picture is there as a whole: no mask.",
)
class causal(Parts):
    def forward(self, patches):
        X = self.embed(patches)
        T = X.shape[1]
        for block in self.blocks:
            X, _ = block(X, torch.ones(1, T, T, dtype=torch.bool, device=X.device).tril())
        return self.classify(self.norm(X)[:, 0])


@VisionTransformer.mistake(
    "the blocks' outputs are added to the stream again",
    "A block returns the stream, with what it found added to it already.",
)
class added_twice(Parts):
    def forward(self, patches):
        X = self.embed(patches)
        for block in self.blocks:
            X = X + block(X)[0]
        return self.classify(self.norm(X)[:, 0])


@VisionTransformer.mistake(
    "probabilities in place of scores",
    "The scores go to the cross-entropy, which takes their softmax itself. Return what `classify` "
    "gives.",
)
class probabilities(Parts):
    def forward(self, patches):
        return self.classify(self.norm(self.through(self.embed(patches)))[:, 0]).softmax(-1)
