"""The exercises of ``efficient_attention``, in the order of the notebook."""

from autograder.checks.efficient_attention.attention_cost import attention_cost
from autograder.checks.efficient_attention.global_token_mask import global_token_mask
from autograder.checks.efficient_attention.linear_attention import linear_attention
from autograder.checks.efficient_attention.read_tile import read_tile
from autograder.checks.efficient_attention.sliding_window_mask import sliding_window_mask
from autograder.checks.efficient_attention.sparsemax import sparsemax
from autograder.checks.efficient_attention.tiled_attention import tiled_attention
from autograder.spec import Checks

CHECKS = Checks(
    slug="efficient_attention",
    title="Efficient attention",
    exercises=(
        attention_cost,
        read_tile,
        tiled_attention,
        sliding_window_mask,
        global_token_mask,
        linear_attention,
        sparsemax,
    ),
    provides=("attn.plot", "attn.palette"),
)
