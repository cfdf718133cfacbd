"""What every answer to ``write_greedily`` must satisfy."""

import torch

from attn.data.batch import BOS, EOS, PAD
from autograder import sample
from autograder.compare import agree, ensure
from autograder.fixtures import toy_decoder
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.values import Fixture


def starts(rng: Rng):
    yield _case("one row", _state(rng, (2, 5)), 5)
    yield _case("one row that does not end", _state(rng, (None,)), 4)
    yield _case("two rows, one ends early", _state(rng, (2, 3), (None, 5, 6)), 6)
    yield _case("four rows", _state(rng, (1,), (3,), (None,), (2, 4)), 6)


def _case(name: str, state: torch.Tensor, longest: int) -> Case:
    return Case(name, step=Fixture("toy_decoder"), state=state, longest=longest)


def _state(rng: Rng, *ends: tuple[int | None, ...]) -> torch.Tensor:
    """A state a row, from which the row ends after one of so many tokens (None: not within 6).

    Without two nearly equal scores on the way: every device must write the same. What is fed
    matters, except in a row that ends at once: with BOS at every step, it would go on otherwise.
    """
    rows = []
    for wanted in ends:
        for _ in range(5000):
            row = sample.tensor(rng, 1, 4)
            if _end(row) in wanted and (wanted == (1,) or _reads_what_it_wrote(row)):
                break
        else:
            raise RuntimeError(f"no state was found that ends after {wanted}")
        rows.append(row)
    return torch.cat(rows)


def _end(state: torch.Tensor) -> int | None:
    token, end = torch.tensor([BOS]), None
    for place in range(1, 9):
        scores, state = toy_decoder(token, state)
        first, second = scores[0].topk(2).values.tolist()
        if first - second < 0.05:
            return -1
        token = scores.argmax(-1)
        if end is None and token.item() == EOS:
            end = place
    return end if end is None or end <= 6 else None


def _reads_what_it_wrote(state: torch.Tensor) -> bool:
    return not torch.equal(*(write(toy_decoder, state, 4) for write in (written, always_bos)))


def written(step, state, longest):
    """The best token at every step, fed back; PAD after EOS."""
    token = torch.full((len(state),), BOS, device=state.device)
    done = torch.zeros_like(token, dtype=torch.bool)
    tokens = []
    for _ in range(longest):
        scores, state = step(token, state)
        token = scores.argmax(-1).masked_fill(done, PAD)
        done = done | (token == EOS)
        tokens.append(token)
    return torch.stack(tokens, 1)


write_greedily = Exercise("write_greedily", points=3, reference=written, cases=starts)


@write_greedily.fact
def the_first_token_follows_bos(f: Answers, case: Case) -> None:
    """The first token is the one with the largest score after BOS."""
    begin = torch.full((len(case["state"]),), BOS)
    first = toy_decoder(begin, case["state"])[0].argmax(-1)
    agree(f(case)[:, 0], first, what="the first tokens")


@write_greedily.fact
def the_end_is_the_end(f: Answers, case: Case) -> None:
    """After its EOS, a row holds PAD and nothing else."""
    for row in f(case).tolist():
        if EOS in row:
            ensure(not any(row[row.index(EOS) + 1 :]), "something stands behind EOS", row)


@write_greedily.fact
def rows_do_not_wait_for_each_other(f: Answers, case: Case) -> None:
    """Each row is what it would be alone."""
    together = f(case)
    for b in range(len(together)):
        alone = f(case.but(state=case["state"][b : b + 1]))
        agree(alone[0], together[b], what="a row, alone")


def _write(step, state, longest, feed=lambda token, begin: token, keep=True):
    """Without an end: every row writes on, and what is fed may be another token."""
    token = begin = torch.full((len(state),), BOS, device=state.device)
    tokens = []
    for _ in range(longest):
        scores, moved = step(feed(token, begin), state)
        state = moved if keep else state
        token = scores.argmax(-1)
        tokens.append(token)
    return torch.stack(tokens, 1)


def _pad_after_end(tokens):
    ended = (tokens == EOS).cumsum(1) - (tokens == EOS).long()
    return tokens.masked_fill(ended > 0, PAD)


@write_greedily.mistake(
    "writes on after EOS",
    "A row that has said EOS has ended. Remember which rows are done, and give them PAD.",
)
def never_ends(step, state, longest):
    return _write(step, state, longest)


@write_greedily.mistake(
    "the EOS itself becomes PAD",
    "EOS belongs to what was written: it says that the row ended on purpose. Note who is done "
    "*after* the token is kept.",
)
def without_eos(step, state, longest):
    tokens = written(step, state, longest)
    return tokens.masked_fill(tokens == EOS, PAD)


@write_greedily.mistake(
    "all rows stop when the first one ends",
    "Some rows still have words to say. Only a row that has ended gets PAD.",
)
def all_stop(step, state, longest):
    tokens = written(step, state, longest)
    ended = (tokens == EOS).any(0).long()
    return tokens.masked_fill(((ended.cumsum(0) - ended) > 0)[None], PAD)


@write_greedily.mistake(
    "BOS is fed at every step",
    "A decoder reads what it wrote last. Feed the token that was chosen, not BOS again.",
)
def always_bos(step, state, longest):
    return _pad_after_end(_write(step, state, longest, feed=lambda token, begin: begin))


@write_greedily.mistake(
    "the state stands still",
    "step returns the scores and the *new* state. The next step needs that one.",
)
def still(step, state, longest):
    return _pad_after_end(_write(step, state, longest, keep=False))


@write_greedily.mistake(
    "the answer begins with BOS",
    "BOS is what the decoder is fed first; it wrote none. Return the `longest` tokens it chose.",
)
def with_bos(step, state, longest):
    tokens = written(step, state, longest)
    return torch.cat([torch.full_like(tokens[:, :1], BOS), tokens[:, :-1]], 1)


@write_greedily.mistake(
    "takes the smallest score",
    "The most likely token has the largest score: argmax.",
)
def least(step, state, longest):
    return written(lambda token, s: (-step(token, s)[0], step(token, s)[1]), state, longest)


@write_greedily.mistake(
    "draws at random",
    "Greedy decoding takes the best token, and so gives the same answer every time. Drawing from "
    "the softmax is sampling: chapter 13.",
)
def sampled(step, state, longest):
    generator = torch.Generator(state.device).manual_seed(0)

    def draw(token, s):
        scores, moved = step(token, s)
        drawn = torch.multinomial(scores.softmax(-1), 1, generator=generator)
        return torch.zeros_like(scores).scatter(1, drawn, 1.0), moved

    return written(draw, state, longest)


@write_greedily.mistake(
    "time before batch",
    "Each step chooses (B,) tokens; stack the steps along dim=1 to get (B, longest).",
)
def time_first(step, state, longest):
    return written(step, state, longest).transpose(0, 1)
