"""The exercises of ``transformer``, in the order of the notebook."""

from autograder.checks.transformer.decoder_block import DecoderBlock
from autograder.checks.transformer.encoder_block import EncoderBlock
from autograder.checks.transformer.feed_forward import FeedForward
from autograder.checks.transformer.layer_norm import LayerNorm
from autograder.checks.transformer.shift_right import shift_right
from autograder.checks.transformer.warm_up_rate import warm_up_rate
from autograder.spec import Checks

CHECKS = Checks(
    slug="transformer",
    title="The Transformer",
    exercises=(LayerNorm, FeedForward, EncoderBlock, DecoderBlock, shift_right, warm_up_rate),
    provides=(
        "attn.plot",
        "attn.palette",
        "attn.softmax",
        "attn.dot_product",
        "attn.masks",
        "attn.multi_head",
    ),
)
