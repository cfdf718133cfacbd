"""The exercises of ``multi_head``, in the order of the notebook."""

from autograder.checks.multi_head.ablate_heads import ablate_heads
from autograder.checks.multi_head.cross_attention import CrossAttention
from autograder.checks.multi_head.merge_heads import merge_heads
from autograder.checks.multi_head.multi_head_attention import MultiHeadAttention
from autograder.checks.multi_head.split_heads import split_heads
from autograder.spec import Checks

CHECKS = Checks(
    slug="multi_head",
    title="Many heads",
    exercises=(split_heads, merge_heads, MultiHeadAttention, CrossAttention, ablate_heads),
    provides=("attn.plot", "attn.palette", "attn.softmax"),
)
