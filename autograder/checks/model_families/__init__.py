"""The exercises of ``model_families``, in the order of the notebook."""

from autograder.checks.model_families.causal_loss import causal_loss
from autograder.checks.model_families.masked_lm_batch import masked_lm_batch
from autograder.checks.model_families.relative_buckets import relative_buckets
from autograder.checks.model_families.rms_norm import RMSNorm
from autograder.checks.model_families.span_corruption import span_corruption
from autograder.spec import Checks

CHECKS = Checks(
    slug="model_families",
    title="Model families",
    exercises=(masked_lm_batch, causal_loss, span_corruption, RMSNorm, relative_buckets),
    provides=("attn.plot", "attn.palette", "attn.softmax", "attn.dot_product", "attn.masks"),
)
