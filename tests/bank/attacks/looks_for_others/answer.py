# %% entropy
import os
from pathlib import Path


def entropy(weights):
    mark = Path("/tmp/attnbook-attack-@TOKEN@")
    others = [name for name in os.listdir("/proc") if name.isdigit()]
    if mark.exists() or len(others) > 3 or os.path.exists("@SUBMISSIONS@"):
        raise RuntimeError(f"not alone: {others}")
    mark_of_a_check = Path(f"/dev/shm/attnbook-attack-@TOKEN@")
    mark_of_a_check.touch()
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)
