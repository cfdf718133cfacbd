"""The exercises of ``attention_pooling``, in the order of the notebook."""

from autograder.checks.attention_pooling.attention_pooling import AttentionPooling
from autograder.checks.attention_pooling.confidence_interval import confidence_interval
from autograder.checks.attention_pooling.padding_mask import padding_mask
from autograder.checks.attention_pooling.paired_comparison import paired_comparison
from autograder.checks.attention_pooling.query_gradient import query_gradient
from autograder.spec import Checks

CHECKS = Checks(
    slug="attention_pooling",
    title="Attention pooling",
    exercises=(
        padding_mask,
        AttentionPooling,
        query_gradient,
        confidence_interval,
        paired_comparison,
    ),
    provides=("attn.plot", "attn.palette", "attn.data"),
)
