"""What every answer to ``BiEncoder`` must satisfy."""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attn import seq2seq
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def sentences(rng: Rng):
    yield _encoded("one sentence", rng, [[3, 4, 5]], [3])
    yield _encoded("two of one length", rng, [[3, 4, 5], [6, 7, 3]], [3, 3])
    yield _encoded("a padded row", rng, [[3, 4, 5, 6], [7, 3, 0, 0]], [4, 2])
    yield _encoded("the shorter row first", rng, [[5, 0, 0], [7, 3, 4]], [1, 3])
    yield _encoded("wider than its longest row", rng, [[5, 4, 0, 0], [7, 0, 0, 0]], [2, 1])


def _encoded(name: str, rng: Rng, tokens: list[list[int]], lengths: list[int]) -> Case:
    init = {"vocabulary": 8, "width": 3, "m": 4}
    shapes = {"weight_ih": (6, 3), "weight_hh": (6, 2), "bias_ih": (6,), "bias_hh": (6,)}
    state = {
        f"rnn.{part}_l0{way}": sample.tensor(rng, *shape)
        for way in ("", "_reverse")
        for part, shape in shapes.items()
    }
    state["embedding.weight"] = sample.tensor(rng, 8, 3)
    call = Call({"tokens": torch.tensor(tokens), "lengths": torch.tensor(lengths)})
    return Case.of(name, Program((call,), init=init, state=state))


class _Reference(seq2seq.Encoder):
    """The encoder of ``attn``, with annotations and summary alone."""

    def __init__(self, vocabulary, width, m):
        super().__init__(vocabulary, width, m)

    def forward(self, tokens, lengths):
        memory = super().forward(tokens, lengths)
        return memory.annotations, memory.summary


BiEncoder = Exercise("BiEncoder", points=4, reference=_Reference, cases=sentences)


@BiEncoder.fact
def the_amount_of_padding_does_not_matter(f: Answers, case: Case) -> None:
    """Two more columns of padding change neither the summary nor a real annotation."""
    tokens = case["tokens"]
    wider = torch.cat([tokens, tokens.new_zeros(len(tokens), 2)], 1)
    annotations, summary = f(case.but(tokens=wider))
    before, summary_before = f(case)
    agree(summary, summary_before, what="the summary")
    real = torch.arange(tokens.shape[1]) < case["lengths"][:, None]
    agree(annotations[:, : tokens.shape[1]][real], before[real], what="the annotations")


@BiEncoder.fact
def rows_do_not_meet(f: Answers, case: Case) -> None:
    """Turning the batch upside down turns the answer upside down."""
    turned = case.but(tokens=case["tokens"].flip(0), lengths=case["lengths"].flip(0))
    for mine, before in zip(f(turned), f(case), strict=True):
        agree(mine.flip(0), before, what="the answer, turned back")


class _Encoder(_Reference):
    """The right parts, for wrong ones to put together."""

    def run(self, tokens, lengths, total=True):
        packed = pack_padded_sequence(
            self.embedding(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        states, last = self.rnn(packed)
        width = tokens.shape[1] if total else None
        annotations, _ = pad_packed_sequence(states, batch_first=True, total_length=width)
        return annotations, last.transpose(0, 1).flatten(1)


@BiEncoder.mistake(
    "reads the padding",
    "Without packing, the backward network starts in the padding and the forward one ends there. "
    "pack_padded_sequence(..., enforce_sorted=False) makes each row end where it ends.",
)
class Unpacked(_Encoder):
    def forward(self, tokens, lengths):
        states, last = self.rnn(self.embedding(tokens))
        return states, last.transpose(0, 1).flatten(1)


@BiEncoder.mistake(
    "the summary is the last column",
    "In a padded row, annotations[:, -1] is padding; and the backward network ends at the *first* "
    "token. nn.GRU returns both final states as its second value.",
)
class LastColumn(_Encoder):
    def forward(self, tokens, lengths):
        annotations, _ = self.run(tokens, lengths)
        return annotations, annotations[:, -1]


@BiEncoder.mistake(
    "the backward half is taken where it starts",
    "At the last token the backward network has read one token. It has read them all at the "
    "first: its final state is the second value that nn.GRU returns.",
)
class BackwardStart(_Encoder):
    def forward(self, tokens, lengths):
        annotations, _ = self.run(tokens, lengths)
        rows = torch.arange(len(tokens), device=tokens.device)
        return annotations, annotations[rows, lengths - 1]


@BiEncoder.mistake(
    "the directions change places",
    "The second value of nn.GRU is (2, B, m/2) with the forward direction first. The summary has "
    "the same order as an annotation: forwards, then backwards.",
)
class Swapped(_Encoder):
    def forward(self, tokens, lengths):
        annotations, summary = self.run(tokens, lengths)
        forwards, backwards = summary.chunk(2, -1)
        return annotations, torch.cat([backwards, forwards], -1)


@BiEncoder.mistake(
    "the final states are reshaped, not transposed",
    "view and reshape on (2, B, m/2) put the halves of different rows side by side. Concatenate "
    "last[0] and last[1], or transpose first.",
)
class Reshaped(_Encoder):
    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(
            self.embedding(tokens), lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        annotations, _ = self.run(tokens, lengths)
        return annotations, self.rnn(packed)[1].reshape(len(tokens), -1)


@BiEncoder.mistake(
    "as wide as its longest row",
    "pad_packed_sequence fills up to the longest row it holds. Pass total_length=tokens.shape[1], "
    "so that masks made for the batch fit.",
)
class Narrow(_Encoder):
    def forward(self, tokens, lengths):
        return self.run(tokens, lengths, total=False)


@BiEncoder.mistake(
    "the rows come back sorted by length",
    "You sorted the batch to pack it and did not put it back, so row i is another sentence. Pass "
    "enforce_sorted=False and sort nothing.",
)
class Sorted(_Encoder):
    def forward(self, tokens, lengths):
        order = lengths.argsort(descending=True, stable=True)
        return self.run(tokens[order], lengths[order])


@BiEncoder.mistake(
    "one row too short",
    "The lengths count the tokens of each row, all of them: pass them on as they are.",
)
class TooShort(_Encoder):
    def forward(self, tokens, lengths):
        return self.run(tokens, (lengths - 1).clamp(min=1))
