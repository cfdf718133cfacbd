"""What every answer to ``CachedAttention`` must satisfy."""

import torch

from attn.cache import KeyValueCache, cached_attention
from attn.dot_product import scaled_dot_product_attention
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng
from autograder.subject import Call, Program


def calls(rng: Rng):
    yield _pieces("one position", rng, [1], B=1, H=1)
    yield _pieces("two positions, one by one", rng, [1, 1], B=1, H=1)
    yield _pieces("five positions, one by one", rng, [1] * 5, B=2, H=3)
    yield _pieces("a prompt of three, then one by one", rng, [3, 1, 1], B=2, H=2)
    yield _pieces("several at once, twice", rng, [2, 3], B=2, H=2)


def _pieces(name: str, rng: Rng, sizes: list[int], B: int, H: int) -> Case:
    def piece(T: int) -> Call:
        widths = {"Q": 4, "K": 4, "V": 3}
        return Call({k: sample.tensor(rng, B, H, T, d) for k, d in widths.items()})

    return Case.of(name, Program(tuple(piece(T) for T in sizes), init={}))


class _Reference:
    def __init__(self):
        self.cache = KeyValueCache()

    def __call__(self, Q, K, V):
        return cached_attention(Q, K, V, self.cache)


CachedAttention = Exercise(
    "CachedAttention",
    points=4,
    reference=_Reference,
    cases=calls,
    forbids=("scaled_dot_product_attention",),
)


@CachedAttention.fact
def it_is_one_causal_pass(f: Answers, case: Case) -> None:
    """Side by side, the outputs of all calls are those of one causal pass over all positions."""
    Q, K, V = (
        torch.cat([call.args[name] for call in case.program.calls], -2) for name in ("Q", "K", "V")
    )
    T = Q.shape[-2]
    whole = scaled_dot_product_attention(Q, K, V, torch.ones(T, T, dtype=torch.bool).tril())
    answers = f(case)
    answers = answers if isinstance(answers, list) else [answers]
    agree(torch.cat(answers, -2), whole, what="the outputs")


class _Holds:
    """Keys and values so far; ``mask`` says what the newest may read."""

    def __init__(self):
        self.K, self.V = torch.empty(0), torch.empty(0)

    def hold(self, K, V):
        self.K = torch.cat([self.K, K], -2) if self.K.numel() else K
        self.V = torch.cat([self.V, V], -2) if self.V.numel() else V

    def mask(self, Q, shift):
        Tq, Tk = Q.shape[-2], self.K.shape[-2]
        return torch.ones(Tq, Tk, dtype=torch.bool, device=Q.device).tril(shift)

    def read(self, Q):
        return scaled_dot_product_attention(
            Q, self.K, self.V, self.mask(Q, self.K.shape[-2] - Q.shape[-2])
        )


@CachedAttention.mistake(
    "nothing is remembered",
    "Each call reads the newest keys alone. Keep those of the calls before, and read them too.",
)
class Forgets(_Holds):
    def __call__(self, Q, K, V):
        self.K, self.V = K, V
        return self.read(Q)


@CachedAttention.mistake(
    "the mask is aligned at the first corner",
    "The first new query is not the first position: it stands behind all that is held, and may "
    "read it. tril needs the diagonal Tk - Tq.",
)
class FirstCorner(_Holds):
    def __call__(self, Q, K, V):
        self.hold(K, V)
        return scaled_dot_product_attention(Q, self.K, self.V, self.mask(Q, 0))


@CachedAttention.mistake(
    "no mask among several new positions",
    "One by one, no mask is needed. A prompt comes at once, and its first position must not read "
    "its last.",
)
class NoMask(_Holds):
    def __call__(self, Q, K, V):
        self.hold(K, V)
        return scaled_dot_product_attention(Q, self.K, self.V)


@CachedAttention.mistake(
    "the newest is not read",
    "A position reads itself as well: append its key and value first, then attend.",
)
class NotItself(_Holds):
    def __call__(self, Q, K, V):
        self.hold(K, V)
        return scaled_dot_product_attention(
            Q, self.K, self.V, self.mask(Q, self.K.shape[-2] - Q.shape[-2] - 1)
        )


@CachedAttention.mistake(
    "values are not remembered in the order of their keys",
    "New keys are put behind the old ones and new values before them, so that keys and values no "
    "longer belong together.",
)
class OtherOrder(_Holds):
    def __call__(self, Q, K, V):
        older = self.V
        self.hold(K, V)
        self.V = torch.cat([V, older], -2) if older.numel() else V
        return self.read(Q)


@CachedAttention.mistake(
    "one cache for all objects",
    "The lists belong to the class, so that a second sentence reads what the first has written. "
    "Make them in __init__.",
    remembers=True,
)
def shared():
    held = _Holds()

    class Shared:
        def __call__(self, Q, K, V):
            if held.K.shape[:-2] != K.shape[:-2]:
                held.K, held.V = torch.empty(0), torch.empty(0)
            held.hold(K, V)
            return held.read(Q)

    return Shared
