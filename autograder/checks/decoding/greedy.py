"""What every answer to ``greedy`` must satisfy."""

from functools import partial

import torch

from attn import decoding
from attn.data.batch import EOS, PAD
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng

V = 7


def prompts(rng: Rng):
    yield _case("one row", rng, 1, longest=3)
    yield _case("a prompt of four", rng, 1, longest=3, T=4)
    yield _case("two rows, one ends early", rng, 2, longest=6, early=1)
    yield _case("a row that ends at once", rng, 3, longest=4, early=1, at=1)
    yield _case("four rows", rng, 4, longest=8, T=3, early=2)


def _case(
    name: str, rng: Rng, B: int, longest: int, T: int = 2, early: int = 0, at: int = 0
) -> Case:
    """``early`` rows end within ``longest``, after ``at`` tokens where it is given; others do not.

    Scores are whole numbers, all different: every device must write the same.
    """
    for _ in range(20_000):
        order = rng.permuted(range(V**3))
        table = torch.from_numpy(order.reshape(V, V, V)).float() - V**3 / 2
        prompt = torch.from_numpy(rng.integers(3, V, size=(B, T)))
        ends = (reference(table, prompt, longest) == EOS).long()
        ended = ends.sum(-1)
        after = ends.argmax(-1)[ended > 0] + 1
        if ended.sum() == early and (after < longest).all() and (not at or (after == at).all()):
            return Case(name, table=table, prompt=prompt, longest=longest)
    raise RuntimeError(f"no table was found for {name}")


def reference(table, prompt, longest):
    return decoding.greedy(lambda p: table[p[:, -2], p[:, -1]], prompt, longest)


greedy = Exercise("greedy", points=2, reference=reference, cases=prompts)


@greedy.fact
def the_first_token_follows_the_prompt(f: Answers, case: Case) -> None:
    """The first token has the largest score after the last two of the prompt."""
    first = case["table"][case["prompt"][:, -2], case["prompt"][:, -1]].argmax(-1)
    agree(f(case)[:, 0], first, what="the first tokens")


@greedy.fact
def nothing_follows_the_end(f: Answers, case: Case) -> None:
    """After its EOS, a row holds PAD and nothing else."""
    for row in f(case).tolist():
        if EOS in row:
            ensure(not any(row[row.index(EOS) + 1 :]), "something stands behind EOS", row)


@greedy.fact
def rows_do_not_wait_for_each_other(f: Answers, case: Case) -> None:
    """Each row is what it would be alone."""
    together = f(case)
    for b in range(len(together)):
        alone = f(case.but(prompt=case["prompt"][b : b + 1]))
        agree(alone[0], together[b], what="a row, alone")


def _on(table, prompt, longest, read=lambda p: (p[:, -2], p[:, -1]), end=True):
    """``greedy`` with parts that can be changed: what is read, and whether EOS is an end."""
    done = torch.zeros_like(prompt[:, 0], dtype=torch.bool)
    begin = prompt.shape[1]
    for _ in range(longest):
        newest = table[read(prompt)].argmax(-1)
        if end:
            newest = newest.masked_fill(done, PAD)
            done = done | (newest == EOS)
        prompt = torch.cat([prompt, newest[:, None]], 1)
    return prompt[:, begin:]


@greedy.mistake(
    "writes on after EOS",
    "A row that has said EOS has ended. Remember which rows are done, and give them PAD.",
)
def never_ends(table, prompt, longest):
    return _on(table, prompt, longest, end=False)


@greedy.mistake(
    "the EOS itself becomes PAD",
    "EOS was written, and says that the row ended on purpose. Note who is done *after* the token "
    "is kept.",
)
def without_eos(table, prompt, longest):
    tokens = reference(table, prompt, longest)
    return tokens.masked_fill(tokens == EOS, PAD)


@greedy.mistake(
    "all rows stop when the first one ends",
    "Some rows still have words to say. Only a row that has ended gets PAD.",
)
def all_stop(table, prompt, longest):
    tokens = reference(table, prompt, longest)
    ended = (tokens == EOS).any(0).long()
    return tokens.masked_fill(((ended.cumsum(0) - ended) > 0)[None], PAD)


@greedy.mistake(
    "what was written is not read",
    "The prompt's last two tokens are read at every step. Put each new token behind the others, "
    "and read the last two of those.",
)
def prompt_only(table, prompt, longest):
    T = prompt.shape[1]
    return _on(table, prompt, longest, read=lambda p: (p[:, T - 2], p[:, T - 1]))


@greedy.mistake(
    "the last two in the wrong order",
    "table[a, b] holds what follows a, then b: the newest token is the second index.",
)
def swapped(table, prompt, longest):
    return _on(table, prompt, longest, read=lambda p: (p[:, -1], p[:, -2]))


@greedy.mistake(
    "reads the beginning of the prompt",
    "The next token follows the last two, prompt[:, -2] and prompt[:, -1].",
)
def from_the_front(table, prompt, longest):
    return reference(table, prompt[:, :2], longest)


@greedy.mistake(
    "the prompt is returned too",
    "Return the `longest` tokens that were written; the prompt was there before.",
)
def with_prompt(table, prompt, longest):
    return torch.cat([prompt, reference(table, prompt, longest)], 1)


@greedy.mistake(
    "takes the smallest score",
    "The likeliest token has the largest score: argmax.",
)
def least(table, prompt, longest):
    return reference(-table, prompt, longest)


@greedy.mistake(
    "draws at random",
    "Greedy decoding takes the likeliest token, and writes the same every time. Drawing from the "
    "softmax is the chapter's other half.",
)
def sampled(table, prompt, longest):
    generator = torch.Generator(prompt.device).manual_seed(0)
    draw = partial(decoding.draw, generator=generator)
    flat = table / table.numel()
    return decoding.write(lambda p: flat[p[:, -2], p[:, -1]], prompt, longest, draw)
