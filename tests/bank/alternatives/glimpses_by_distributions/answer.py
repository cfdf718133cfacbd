# hard_attention: torch.distributions and ready-made losses do the work.

# %% top
import torch.nn.functional as F
from torch.distributions import Categorical, Gumbel

# %% glimpse_log_probability
def glimpse_log_probability(scores, glimpse):
    return -F.cross_entropy(scores, glimpse, reduction="none")


# %% expected_reward_gradient
def expected_reward_gradient(scores, rewards):
    p = Categorical(logits=scores).probs
    jacobian = torch.diag(p) - torch.outer(p, p)
    return jacobian @ rewards


# %% reinforce_loss
def reinforce_loss(log_probability, reward, baseline):
    with torch.no_grad():
        advantage = reward - baseline
    return torch.dot(advantage, log_probability).neg() / advantage.numel()


# %% others_baseline
def others_baseline(rewards):
    N = rewards.shape[0]
    others = 1 - torch.eye(N, dtype=rewards.dtype, device=rewards.device)
    return others @ rewards / (N - 1)


# %% straight_through
def straight_through(scores, uniform, temperature):
    zero = torch.zeros((), device=scores.device)
    noise = Gumbel(zero, zero + 1, validate_args=False).icdf(uniform).detach()
    soft = F.softmax((scores + noise) / temperature, dim=-1)
    hard = F.one_hot((scores + noise).argmax(-1), scores.shape[-1]).to(soft.dtype)
    return (hard - soft).detach() + soft
