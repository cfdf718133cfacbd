"""What every answer to ``embed_patches`` must satisfy."""

import torch
from torch import Tensor

from attn.vit import PatchEmbedding
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def rows(rng: Rng):
    yield Case(
        "the example of the task",
        patches=torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]),
        E=torch.eye(2),
        token=torch.tensor([9.0, 8.0]),
        places=torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]),
    )
    yield _drawn("one patch", rng, 1, 1, 2, 3)
    yield _drawn("wider than its patches", rng, 1, 3, 2, 4)
    yield _drawn("narrower than its patches", rng, 1, 2, 5, 3)
    yield _drawn("as many pictures as tokens", rng, 4, 3, 2, 2)
    yield _drawn("a batch", rng, 3, 4, 4, 4)
    yield _drawn("gradients", rng, 2, 3, 2, 4).backward(sample.seed(rng))


def _drawn(name: str, rng: Rng, B: int, n: int, pixels: int, D: int) -> Case:
    return Case(
        name,
        patches=sample.tensor(rng, B, n, pixels),
        E=sample.tensor(rng, pixels, D),
        token=sample.tensor(rng, D),
        places=sample.tensor(rng, 1 + n, D),
    )


def embedded(patches: Tensor, E: Tensor, token: Tensor, places: Tensor) -> Tensor:
    """Equation 1: the class token in front, places on all."""
    embed = PatchEmbedding(patches.shape[-2], E.shape[0], E.shape[1]).to(patches)
    parts = {
        "project.weight": E.T,
        "project.bias": torch.zeros_like(token),
        "token": token,
        "places.table": places,
    }
    return torch.func.functional_call(embed, parts, (patches,))


embed_patches = Exercise(
    "embed_patches", points=2, reference=embedded, cases=rows, keeps_dtype=True
)


@embed_patches.fact
def one_token_more_than_patches(f: Answers, case: Case) -> None:
    """There is one row more than there are patches, each as wide as the token."""
    B, n, _ = case["patches"].shape
    agree(list(f(case).shape), [B, 1 + n, len(case["token"])], what="the shape")


@embed_patches.fact(after=(one_token_more_than_patches,))
def the_first_row_knows_nothing_of_the_picture(f: Answers, case: Case) -> None:
    """The first row is the same for every picture: the class token and the first place."""
    first = (case["token"] + case["places"][0]).expand(len(case["patches"]), -1)
    agree(f(case)[:, 0], first, what="the first row")


@embed_patches.fact(after=(one_token_more_than_patches,))
def without_places_the_patches_are_projected(f: Answers, case: Case) -> None:
    """With all places at zero, row t is patch t times E."""
    bare = f(case.but(places=torch.zeros_like(case["places"])))
    agree(bare[:, 1:], case["patches"] @ case["E"], what="the rows of the patches")


def _front(patches: Tensor, E: Tensor, token: Tensor) -> Tensor:
    X = patches @ E
    return torch.cat([token.expand(len(X), 1, -1), X], 1)


@embed_patches.mistake(
    "the class token stands at the end",
    "The class token is the first row; the model will read its answer from row 0.",
)
def at_the_end(patches, E, token, places):
    X = patches @ E
    return torch.cat([X, token.expand(len(X), 1, -1)], 1) + places


@embed_patches.mistake(
    "the class token has no place",
    "There are N + 1 places, and the first of them is the class token's. Put the token in front "
    "first, then add the places to all rows.",
)
def placeless(patches, E, token, places):
    X = patches @ E + places[1:]
    return torch.cat([token.expand(len(X), 1, -1), X], 1)


@embed_patches.mistake(
    "places one too early",
    "The patches get the places from the first on, which belongs to the class token.",
)
def too_early(patches, E, token, places):
    X = patches @ E + places[:-1]
    return torch.cat([(token + places[-1]).expand(len(X), 1, -1), X], 1)


@embed_patches.mistake(
    "no places",
    "Nothing tells the rows where their patches were; to attention, they are a bag. Add `places`.",
)
def bag(patches, E, token, places):
    return _front(patches, E, token)


@embed_patches.mistake(
    "one place for all",
    "Every row gets the same place. Row t gets row t of `places`.",
)
def one_place(patches, E, token, places):
    return _front(patches, E, token) + places[0]


@embed_patches.mistake(
    "the token is added to every patch",
    "The class token is a row of its own, in front of the others; it is added to none of them.",
)
def added(patches, E, token, places):
    X = patches @ E + token
    return torch.cat([token.expand(len(X), 1, -1), X], 1) + places


@embed_patches.mistake(
    "the mean patch in place of the token",
    "The first row is not made of the picture: it is the learned `token`, alike for all pictures.",
)
def mean_patch(patches, E, token, places):
    X = patches @ E
    return torch.cat([X.mean(1, keepdim=True), X], 1) + places


@embed_patches.mistake(
    "no class token",
    "N patches give N + 1 rows: the class token comes in front.",
)
def tokenless(patches, E, token, places):
    return patches @ E + places[1:]


@embed_patches.mistake(
    "the rows are scaled by the root of D",
    "That was done to the words of the first Transformer. Here rows are added to their places "
    "as they are.",
)
def scaled(patches, E, token, places):
    return _front(patches, E, token) * len(token) ** 0.5 + places


@embed_patches.mistake(
    "places are multiplied",
    "The places are *added* to the rows.",
)
def multiplied(patches, E, token, places):
    return _front(patches, E, token) * places
