"""The exercises of ``scaled_dot_product``, in the order of the notebook."""

from autograder.checks.scaled_dot_product.attention_backward import attention_backward
from autograder.checks.scaled_dot_product.causal_mask import causal_mask
from autograder.checks.scaled_dot_product.combined_mask import combined_mask
from autograder.checks.scaled_dot_product.masked_attention import masked_attention
from autograder.checks.scaled_dot_product.softmax_jacobian import softmax_jacobian
from autograder.spec import Checks

CHECKS = Checks(
    slug="scaled_dot_product",
    title="Scaled dot products",
    exercises=(
        softmax_jacobian,
        attention_backward,
        causal_mask,
        combined_mask,
        masked_attention,
    ),
    provides=("attn.plot", "attn.palette", "attn.data"),
)
