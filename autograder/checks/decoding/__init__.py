"""The exercises of ``decoding``, in the order of the notebook."""

from autograder.checks.decoding.beam_step import beam_step
from autograder.checks.decoding.cached_attention import CachedAttention
from autograder.checks.decoding.greedy import greedy
from autograder.checks.decoding.grouped_query_attention import grouped_query_attention
from autograder.checks.decoding.top_p import top_p
from autograder.spec import Checks

CHECKS = Checks(
    slug="decoding",
    title="Decoding",
    exercises=(greedy, beam_step, top_p, CachedAttention, grouped_query_attention),
    provides=("attn.plot", "attn.palette", "attn.softmax", "attn.dot_product", "attn.masks"),
)
