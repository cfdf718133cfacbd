"""The exercises of ``self_attention``, in the order of the notebook."""

from autograder.checks.self_attention.add_alibi import add_alibi
from autograder.checks.self_attention.is_equivariant import is_equivariant
from autograder.checks.self_attention.project_qkv import project_qkv
from autograder.checks.self_attention.rotary_embedding import rotary_embedding
from autograder.checks.self_attention.self_attention import self_attention
from autograder.checks.self_attention.sinusoidal_encoding import sinusoidal_encoding
from autograder.spec import Checks

CHECKS = Checks(
    slug="self_attention",
    title="Self-attention",
    exercises=(
        project_qkv,
        self_attention,
        is_equivariant,
        sinusoidal_encoding,
        rotary_embedding,
        add_alibi,
    ),
    provides=("attn.plot", "attn.palette"),
)
