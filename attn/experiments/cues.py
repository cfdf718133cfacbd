"""Two readers of remarks: one knows each word alone, the other knows what stands around it."""

from collections.abc import Iterator

from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attn.attention_pooling import AttentionPooling
from attn.data.cues import WORDS, Remarks, remarks
from attn.masks import padding_mask
from attn.train import History, seeded, train

WIDTH, M = 32, 64
ENCODERS = ("words", "bigru")


class CueReader(nn.Module):
    """Words, an encoder, attention pooling and one linear unit: a score above 0 says "praise".

    ``encoder``: "words", tanh of a linear map of each word alone, or "bigru", a GRU both ways.

    >>> model, said = CueReader("bigru"), remarks(2, Generator().manual_seed(0))
    >>> scores, weights = model(said)
    >>> tuple(scores.shape), tuple(weights.shape)
    ((2,), (2, 14))
    """

    def __init__(self, encoder: str) -> None:
        super().__init__()
        if encoder not in ENCODERS:
            raise ValueError(f"encoder is {encoder!r}; it can be {' or '.join(ENCODERS)}")
        self.encoder = encoder
        self.embedding = nn.Embedding(len(WORDS), WIDTH, padding_idx=0)
        if encoder == "bigru":
            self.rnn = nn.GRU(WIDTH, M // 2, batch_first=True, bidirectional=True)
        else:
            self.linear = nn.Linear(WIDTH, M)
        self.pool = AttentionPooling(M, 32)
        self.out = nn.Linear(M, 1)

    def annotate(
        self, embedded: Float[Tensor, "B T width"], lengths: Int[Tensor, " B"]
    ) -> Float[Tensor, "B T m"]:
        """What is known at each position."""
        if self.encoder == "words":
            return self.linear(embedded).tanh()
        packed = pack_padded_sequence(embedded, lengths.cpu(), True, enforce_sorted=False)
        return pad_packed_sequence(self.rnn(packed)[0], True, total_length=embedded.shape[1])[0]

    def decide(
        self, weights: Float[Tensor, "*n B T"], annotations: Float[Tensor, "B T m"]
    ) -> Float[Tensor, "*n B"]:
        """The score of what these weights read."""
        return self.out((weights[..., None, :] @ annotations)[..., 0, :])[..., 0]

    def read(self, said: Remarks) -> tuple[Float[Tensor, "B T m"], Float[Tensor, "B T"]]:
        """What is known at each word, and how much the model reads it."""
        annotations = self.annotate(self.embedding(said.tokens), said.lengths)
        return annotations, self.pool.weights(annotations, mask_of(said))

    def forward(
        self, said: Remarks, guide: Float[Tensor, "B T"] | None = None
    ) -> tuple[Float[Tensor, " B"], Float[Tensor, "B T"]]:
        """The score of each remark, and how much each word was read: as ``guide`` says, if any."""
        annotations, weights = self.read(said)
        weights = weights if guide is None else guide
        return self.decide(weights, annotations), weights


def mask_of(said: Remarks) -> Bool[Tensor, "B T"]:
    """True at words, False at padding."""
    return padding_mask(said.lengths, said.tokens.shape[1])


def loss(model: CueReader, said: Remarks) -> Float[Tensor, ""]:
    """Mean cross-entropy of the scores against the labels."""
    return guided_loss(model, said, None)


def guided_loss(
    model: CueReader, said: Remarks, guide: Float[Tensor, "B T"] | None
) -> Float[Tensor, ""]:
    """The same where the weights are somebody else's."""
    return nn.functional.binary_cross_entropy_with_logits(model(said, guide)[0], said.praise)


def learn(encoder: str, seed: int, steps: int = 400) -> tuple[CueReader, History]:
    """A reader trained on 128 new remarks a step."""
    rng = Generator().manual_seed(seed)
    with seeded(seed):
        model = CueReader(encoder)
    batches: Iterator[Remarks] = (remarks(128, rng) for _ in range(steps))
    return model, train(model, batches, loss, lr=3e-3)
