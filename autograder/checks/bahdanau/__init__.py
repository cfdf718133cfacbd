"""The exercises of ``bahdanau``, in the order of the notebook."""

from autograder.checks.bahdanau.additive_attention import AdditiveAttention
from autograder.checks.bahdanau.additive_scores import additive_scores
from autograder.checks.bahdanau.alignment_error_rate import alignment_error_rate
from autograder.checks.bahdanau.decoder_step import decoder_step
from autograder.checks.bahdanau.masked_context import masked_context
from autograder.checks.bahdanau.sharpest_weight import sharpest_weight
from autograder.spec import Checks

CHECKS = Checks(
    slug="bahdanau",
    title="Learning to align",
    exercises=(
        additive_scores,
        masked_context,
        AdditiveAttention,
        decoder_step,
        sharpest_weight,
        alignment_error_rate,
    ),
    provides=("attn.plot", "attn.palette"),
)
