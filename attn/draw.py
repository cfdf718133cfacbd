"""DRAW: a picture drawn on a canvas, step by step (Gregor et al. 2015); and a reader by glimpses.

Both place a window of Gaussian filters (``attn.glimpse``), which is differentiable: where to look
is learned with everything else, by gradients.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from attn.glimpse import Window, bounded_window, filter_banks, read, window, write


class Step(NamedTuple):
    """What one step leaves: the canvas after it, its KL term in nats, and its two windows.

    The windows are None where a model has none; the KL is 0 where nothing was encoded.
    """

    canvas: Float[Tensor, "B Y X"]
    kl: Float[Tensor, " B"]
    reads: Window | None
    writes: Window | None


def step_kl(mean: Float[Tensor, "*B Z"], log_std: Float[Tensor, "*B Z"]) -> Float[Tensor, "*B"]:
    """KL(N(μ, σ²) || N(0, 1)) = ½ Σ (μ² + σ² - log σ² - 1), in nats: one step's term.

    >>> step_kl(torch.tensor([1.0, 0.0]), torch.zeros(2))
    tensor(0.5000)
    """
    return 0.5 * (mean**2 + (2 * log_std).exp() - 2 * log_std - 1).sum(-1)


def ink_loss(
    canvas: Float[Tensor, "*B Y X"], image: Float[Tensor, "*B Y X"]
) -> Float[Tensor, "*B"]:
    """-log D(x | c), in nats: each pixel has ink with probability σ(c).

    Grey pixels count as probabilities, so the least it can be is the entropy of the picture.

    >>> ink_loss(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]))
    tensor(1.3863)
    """
    each = binary_cross_entropy_with_logits(canvas, image, reduction="none")
    return each.sum((-2, -1))


class Draw(nn.Module):
    """A recurrent encoder looks at picture and canvas, a recurrent decoder adds to the canvas.

    N by N filters read, and N by N filters write, each with its window; without N (None) the
    encoder sees all pixels and the decoder writes all pixels. The centres are bounded by a tanh,
    which is ours.

    >>> model = Draw(size=8, T=3, N=4)
    >>> steps = model(torch.zeros(2, 8, 8), Generator().manual_seed(0))
    >>> len(steps), tuple(steps[-1].canvas.shape)
    (3, (2, 8, 8))
    """

    def __init__(self, size: int, T: int, N: int | None, H: int = 64, Z: int = 8) -> None:
        super().__init__()
        self.size, self.T, self.N, self.H, self.Z = size, T, N, H, Z
        pixels = size * size if N is None else N * N
        self.encoder = nn.LSTMCell(2 * pixels + H, H)
        self.decoder = nn.LSTMCell(Z, H)
        self.latent = nn.Linear(H, 2 * Z)
        self.patch = nn.Linear(H, pixels)
        if N is not None:
            self.look, self.place = nn.Linear(H, 5), nn.Linear(H, 5)

    def read(
        self, image: Float[Tensor, "B Y X"], canvas: Float[Tensor, "B Y X"], h: Float[Tensor, "B H"]
    ) -> tuple[Float[Tensor, "B r"], Window | None]:
        """[x, x̂] through the window that h^dec_{t-1} places (equations 3, 4 and 27)."""
        pair = torch.stack([image, image - canvas.sigmoid()], 1)
        if self.N is None:
            return pair.flatten(1), None
        where = bounded_window(self.look(h), self.size, self.size, self.N)
        F_x, F_y = filter_banks(where, self.size, self.size, self.N)
        patches = read(pair, F_x[:, None].expand(-1, 2, -1, -1), F_y[:, None].expand(-1, 2, -1, -1),
                       where.gamma[:, None].expand(-1, 2))  # fmt: skip
        return patches.flatten(1), where

    def write(self, h: Float[Tensor, "B H"]) -> tuple[Float[Tensor, "B Y X"], Window | None]:
        """What h^dec_t adds to the canvas (equations 28 and 29)."""
        if self.N is None:
            return self.patch(h).unflatten(1, (self.size, self.size)), None
        where = bounded_window(self.place(h), self.size, self.size, self.N)
        F_x, F_y = filter_banks(where, self.size, self.size, self.N)
        patch = self.patch(h).unflatten(1, (self.N, self.N))
        return write(patch, F_x, F_y, where.gamma), where

    def forward(self, image: Float[Tensor, "B Y X"], generator: Generator) -> list[Step]:
        """Reconstructs the pictures, one code z_t ~ Q(Z_t | h^enc_t) a step (equations 3 to 8)."""
        B, steps = len(image), []
        canvas = torch.zeros_like(image)
        encoder, decoder = (tuple(image.new_zeros(2, B, self.H)) for _ in range(2))
        for _ in range(self.T):
            seen, reads = self.read(image, canvas, decoder[0])
            encoder = self.encoder(torch.cat([seen, decoder[0]], -1), encoder)
            mean, log_std = self.latent(encoder[0]).chunk(2, -1)
            noise = torch.randn(mean.shape, generator=generator, device=generator.device)
            z = mean + log_std.exp() * noise.to(mean)
            decoder = self.decoder(z, decoder)
            added, writes = self.write(decoder[0])
            canvas = canvas + added
            steps.append(Step(canvas, step_kl(mean, log_std), reads, writes))
        return steps

    @torch.no_grad()
    def sample(self, n: int, generator: Generator) -> list[Step]:
        """Draws n pictures of its own: z_t from N(0, 1), no encoder."""
        like = next(self.parameters())
        canvas = like.new_zeros(n, self.size, self.size)
        decoder, steps = tuple(like.new_zeros(2, n, self.H)), []
        for _ in range(self.T):
            z = torch.randn(n, self.Z, generator=generator, device=generator.device).to(like)
            decoder = self.decoder(z, decoder)
            added, writes = self.write(decoder[0])
            canvas = canvas + added
            steps.append(Step(canvas, like.new_zeros(n), None, writes))
        return steps


def bound(
    steps: list[Step], image: Float[Tensor, "B Y X"]
) -> tuple[Float[Tensor, " B"], Float[Tensor, " B"]]:
    """L^x and L^z in nats; their sum bounds -log p(x) from above.

    >>> steps = [Step(torch.zeros(1, 1, 2), torch.ones(1), None, None)] * 3
    >>> bound(steps, torch.zeros(1, 1, 2))
    (tensor([1.3863]), tensor([3.]))
    """
    kl = torch.stack([step.kl for step in steps]).sum(0)
    return ink_loss(steps[-1].canvas, image), kl


class GlimpseReader(nn.Module):
    """Names a digit after T looks of N by N numbers each; a GRU says where the next one goes.

    The first window covers the whole picture, coarsely; the others follow from what was seen. With
    ``bounded`` off, the centre is the paper's, and nothing holds it on the picture.

    >>> reader = GlimpseReader(T=2)
    >>> scores, windows = reader(torch.zeros(3, 32, 32))
    >>> tuple(scores.shape), len(windows)
    ((3, 10), 2)
    """

    first: Tensor

    def __init__(self, T: int, N: int = 8, size: int = 32, H: int = 128, bounded: bool = True):
        super().__init__()
        self.T, self.N, self.size, self.H = T, N, size, H
        self.window = bounded_window if bounded else window
        self.encode = nn.Sequential(nn.Linear(N * N, H), nn.ReLU())
        self.cell = nn.GRUCell(H + 4, H)
        self.place, self.decide = nn.Linear(H, 5), nn.Linear(H, 10)
        # Filters of a stride's width that cover all, then a quarter of it, from the middle.
        self.register_buffer("first", torch.tensor([0.0, 0.0, 1.4, 0.0, 0.0]))
        nn.init.zeros_(self.place.weight)
        self.place.bias.data = torch.tensor([0.0, 0.0, 0.0, -1.3, 0.0])

    def forward(self, image: Float[Tensor, "B Y X"]) -> tuple[Float[Tensor, "B 10"], list[Window]]:
        h, windows = image.new_zeros(len(image), self.H), []
        parameters = self.first.expand(len(image), -1)
        for t in range(self.T):
            if t:
                parameters = self.place(h)
            where = self.window(parameters, self.size, self.size, self.N)
            F_x, F_y = filter_banks(where, self.size, self.size, self.N)
            seen = read(image, F_x, F_y, where.gamma).flatten(1)
            # Where it looked is an input too: a patch alone does not say.
            about = torch.stack([where.x, where.y, where.stride, where.variance], -1)
            about = about / about.new_tensor([self.size, self.size, 4, 4])
            h = self.cell(torch.cat([self.encode(seen), about], -1), h)
            windows.append(where)
        return self.decide(h), windows
