"""The exercises of ``vision_transformer``, in the order of the notebook."""

from autograder.checks.vision_transformer.embed_patches import embed_patches
from autograder.checks.vision_transformer.patchify import patchify
from autograder.checks.vision_transformer.rollout import rollout
from autograder.checks.vision_transformer.vision_transformer import VisionTransformer
from autograder.spec import Checks

CHECKS = Checks(
    slug="vision_transformer",
    title="The Vision Transformer",
    exercises=(patchify, embed_patches, VisionTransformer, rollout),
    # The blocks of chapter 12, and what they are made of.
    provides=(
        "attn.plot",
        "attn.palette",
        "attn.data",
        "attn.transformer",
        "attn.seq2seq",
        "attn.positions",
        "attn.layer_norm",
        "attn.multi_head",
        "attn.masks",
        "attn.dot_product",
        "attn.softmax",
    ),
)
