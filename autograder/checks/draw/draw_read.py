"""What every answer to ``draw_read`` must satisfy."""

import torch

from attn import glimpse
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def views(rng: Rng):
    one = torch.ones(1, 1, 1)
    yield Case("one pixel", x=one, canvas=0 * one, F_x=one, F_y=one, gamma=torch.tensor([2.0]))
    yield _view("a square picture", rng, 1, Y=3, X=3, N=2)
    yield _view("two square pictures", rng, 2, Y=4, X=4, N=3)
    yield _view("wider than high", rng, 2, Y=3, X=5, N=2)
    yield _view("higher than wide", rng, 3, Y=6, X=4, N=3)
    yield _view("gradients", rng, 2, Y=3, X=4, N=2).backward(sample.seed(rng))


def _view(name: str, rng: Rng, B: int, Y: int, X: int, N: int) -> Case:
    return Case(
        name,
        x=torch.from_numpy(rng.uniform(0, 1, size=(B, Y, X))).float(),
        canvas=2 * sample.tensor(rng, B, Y, X),
        F_x=sample.weights(rng, B, N, X),
        F_y=sample.weights(rng, B, N, Y),
        gamma=torch.from_numpy(rng.uniform(0.4, 0.8, size=B)).float(),
    )


def reference(x, canvas, F_x, F_y, gamma):
    """The exercise makes the error image as well, and puts both patches side by side."""
    patches = [glimpse.read(image, F_x, F_y, gamma) for image in (x, x - canvas.sigmoid())]
    return torch.stack(patches, 1)


draw_read = Exercise("draw_read", points=3, reference=reference, cases=views)


@draw_read.fact
def a_white_page_reads_gamma(f: Answers, case: Case) -> None:
    """Of a picture of ones, every number in the picture's patch is γ."""
    ones = f(case.but(x=torch.ones_like(case["x"])))[:, 0]
    agree(ones, case["gamma"][:, None, None].expand_as(ones), what="the patch", rtol=1e-3)


@draw_read.fact
def the_first_patch_knows_no_canvas(f: Answers, case: Case) -> None:
    """The picture's patch does not depend on the canvas."""
    other = f(case.but(canvas=case["canvas"] + 1))[:, 0]
    agree(other, f(case)[:, 0], what="on another canvas")


@draw_read.fact
def an_empty_canvas_lacks_all_but_a_half(f: Answers, case: Case) -> None:
    """On a canvas of zeros, whose ink is σ(0) = ½, the second patch is the first less γ/2."""
    out = f(case.but(canvas=torch.zeros_like(case["canvas"])))
    half = case["gamma"][:, None, None] / 2
    agree(out[:, 1], out[:, 0] - half, what="the second patch", rtol=1e-3, atol=1e-4)


@draw_read.fact
def gamma_is_a_volume(f: Answers, case: Case) -> None:
    """Twice the γ gives twice of both patches."""
    agree(f(case.but(gamma=2 * case["gamma"])), 2 * f(case), what="with twice the γ", rtol=1e-3)


def _mistaken(error=None, patch=None):
    """The reference with another error image, or another way to read."""

    def answer(x, canvas, F_x, F_y, gamma):
        images = x, (error or (lambda x, c: x - c.sigmoid()))(x, canvas)
        look = patch or glimpse.read
        return torch.stack([look(image, F_x, F_y, gamma) for image in images], 1)

    return answer


draw_read.mistake(
    "the canvas without its σ",
    "A canvas holds any numbers; its ink is σ(c), between 0 and 1 as the picture's is. Compare "
    "that: x̂ = x − σ(c).",
)(_mistaken(lambda x, c: x - c))

draw_read.mistake(
    "the error's sign is turned",
    "x̂ is what is still *missing*: the picture less what is drawn.",
)(_mistaken(lambda x, c: c.sigmoid() - x))

draw_read.mistake(
    "σ of the difference",
    "σ(x − c) is no difference between picture and drawing: it is ½ where they agree. Apply σ to "
    "the canvas alone.",
)(_mistaken(lambda x, c: (x - c).sigmoid()))

draw_read.mistake(
    "the drawing instead of the error",
    "The second patch is read from x̂ = x − σ(c), what is missing, not from σ(c), what is there.",
)(_mistaken(lambda x, c: c.sigmoid()))

draw_read.mistake(
    "the picture twice",
    "Then the encoder never hears what the canvas still lacks. The second patch is read from x̂.",
)(_mistaken(lambda x, c: x))

draw_read.mistake(
    "γ is missing",
    "Both patches are multiplied by γ, how loudly this window is to be heard.",
)(_mistaken(patch=lambda image, F_x, F_y, gamma: glimpse.read(image, F_x, F_y, gamma**0)))

draw_read.mistake(
    "divided by γ",
    "Reading multiplies by γ. It is writing that divides.",
)(_mistaken(patch=lambda image, F_x, F_y, gamma: glimpse.read(image, F_x, F_y, 1 / gamma)))

draw_read.mistake(
    "the filters change places",
    "F_Y filters rows, so it stands on the left; F_X filters columns and stands on the right, "
    "transposed.",
)(_mistaken(patch=lambda image, F_x, F_y, gamma: glimpse.read(image, F_y, F_x, gamma)))

draw_read.mistake(
    "the patch lies on its side",
    "F_X xᵀ F_Yᵀ is the transposed patch. Rows of the patch come from F_Y: F_Y x F_Xᵀ.",
)(_mistaken(patch=lambda *of: glimpse.read(*of).transpose(-1, -2)))


@draw_read.mistake(
    "γ for the picture alone",
    "The bracket in γ[F_Y x F_Xᵀ, F_Y x̂ F_Xᵀ] holds both patches; γ multiplies both.",
)
def half_loud(x, canvas, F_x, F_y, gamma):
    both = reference(x, canvas, F_x, F_y, gamma)
    return torch.stack([both[:, 0], both[:, 1] / gamma[:, None, None]], 1)


@draw_read.mistake(
    "the error first",
    "The order is [x, x̂]: the picture's patch first.",
)
def error_first(x, canvas, F_x, F_y, gamma):
    return reference(x, canvas, F_x, F_y, gamma).flip(1)
