# queries_keys_values: torch.jit.script, of functions and of a module.

# %% masked_softmax
@torch.jit.script
def masked_softmax(scores: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    blind = torch.logical_not(mask.any(-1, keepdim=True))
    scores = scores.masked_fill(torch.logical_not(mask), float("-inf")).masked_fill(blind, 0.0)
    return scores.softmax(-1).masked_fill(blind, 0.0)


# %% entropy
class Entropy(torch.nn.Module):
    def forward(self, weights):
        return -torch.special.xlogy(weights, weights).sum(-1)


entropy = torch.jit.script(Entropy())
