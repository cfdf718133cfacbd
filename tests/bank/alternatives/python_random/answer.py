# human_attention: Python's own random module, fed from the caller's generator.

# %% fixations
import random


def fixations(weights, n, generator=None):
    seed = torch.empty((), dtype=torch.int64, device=weights.device).random_(generator=generator).item()
    dice = random.Random(seed)
    return torch.tensor(dice.choices(range(len(weights)), weights.tolist(), k=n), device=weights.device)
