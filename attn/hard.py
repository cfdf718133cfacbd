"""Hard attention: look at one place, drawn by chance, and learn where to look all the same."""

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor


def sample_glimpse(
    weights: Float[Tensor, "*B T"], generator: Generator | None = None
) -> Int[Tensor, "*B"]:
    """One position a row, position i with probability α_i: s ~ Multinoulli({α_i}).

    Xu et al. 2015, section 4.1; their s is a one-hot vector, this is where its one stands.
    ``generator`` lives on the device of ``weights``.

    >>> sample_glimpse(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    tensor([1, 0])
    """
    rows = weights.detach().reshape(-1, weights.shape[-1])
    return torch.multinomial(rows, 1, generator=generator).reshape(weights.shape[:-1])


def glimpse_log_probability(
    scores: Float[Tensor, "*B T"], glimpse: Int[Tensor, "*B"]
) -> Float[Tensor, "*B"]:
    """log α_s = e_s - log Σ_i exp(e_i), of the position s that was looked at (equation 8).

    From the scores, since the logarithm of a weight that has underflowed is minus infinity.

    >>> glimpse_log_probability(torch.tensor([0.0, 200.0]), torch.tensor(0))
    tensor(-200.)
    """
    chosen = scores.gather(-1, glimpse[..., None])[..., 0]
    return chosen - scores.logsumexp(-1)


def read_glimpse(
    values: Float[Tensor, "*B T d"], glimpse: Int[Tensor, "*B"]
) -> Float[Tensor, "*B d"]:
    """z = Σ_i s_i a_i, where s has a single one: the value at the position (equation 9).

    >>> read_glimpse(torch.tensor([[1.0], [5.0]]), torch.tensor(1))
    tensor([5.])
    """
    place = glimpse[..., None, None].expand(*glimpse.shape, 1, values.shape[-1])
    return values.gather(-2, place)[..., 0, :]


def expected_reward_gradient(
    scores: Float[Tensor, "*B T"], rewards: Float[Tensor, "*B T"]
) -> Float[Tensor, "*B T"]:
    """∂/∂e_i Σ_s α_s r_s = α_i (r_i - Σ_s α_s r_s): what all estimates here are estimates of.

    For rewards that do not themselves depend on the scores; the second half of equation 11, with
    every position tried.

    >>> expected_reward_gradient(torch.tensor([0.0, 0.0]), torch.tensor([1.0, 3.0]))
    tensor([-0.5000,  0.5000])
    """
    weights = scores.softmax(-1)
    return weights * (rewards - (weights * rewards).sum(-1, keepdim=True))


def reinforce_loss(
    log_probability: Float[Tensor, "*B"],
    reward: Float[Tensor, "*B"],
    baseline: float | Float[Tensor, "*#B"] = 0.0,
) -> Float[Tensor, ""]:
    """-mean((r - b) log α_s), in which r - b is a number and no function of anything.

    Its value means nothing. Its *gradient* is an unbiased estimate of the expected reward's, with
    the sign turned, if no b depends on the glimpse it is subtracted for (Williams 1992; Xu et al.
    2015, equation 12).

    >>> log_probability = torch.tensor([-1.0, -2.0], requires_grad=True)
    >>> reinforce_loss(log_probability, torch.tensor([3.0, 5.0]), 4.0).backward()
    >>> log_probability.grad
    tensor([ 0.5000, -0.5000])
    """
    advantage = (reward - baseline).detach()
    return -(advantage * log_probability).mean()


def moving_baseline(
    baseline: float, rewards: Float[Tensor, "*B"], keep: float = 0.9
) -> Float[Tensor, ""]:
    """b_k = 0.9 b_{k-1} + 0.1 r_k, r_k being the batch's mean: for the *next* batch.

    Xu et al. 2015, section 4.1.

    >>> moving_baseline(-2.0, torch.tensor([-1.0, -1.0]))
    tensor(-1.9000)
    """
    return keep * baseline + (1 - keep) * rewards.detach().mean()


def others_mean(rewards: Float[Tensor, " N *B"]) -> Float[Tensor, " N *B"]:
    """For each of N ≥ 2 glimpses of the same thing, the mean reward of the other N - 1.

    A baseline that knows the picture and not the glimpse, so it does not bias. The mean of all N
    holds a glimpse's own reward, and shrinks the gradient by 1 - 1/N.

    >>> others_mean(torch.tensor([1.0, 2.0, 6.0]))
    tensor([4.0000, 3.5000, 1.5000])
    """
    rewards = rewards.detach()
    return (rewards.sum(0, keepdim=True) - rewards) / (len(rewards) - 1)


def gumbel(uniform: Float[Tensor, "*B"]) -> Float[Tensor, "*B"]:
    """-log(-log u), for u uniform between 0 and 1: Gumbel noise.

    argmax(e + noise) is then a draw from softmax(e) (Jang, Gu and Poole 2017, equation 1).

    >>> gumbel(torch.tensor([0.5, 0.9]))
    tensor([0.3665, 2.2504])
    """
    # A generator may give 0, in which the logarithm has no number to offer.
    tiny = torch.finfo(uniform.dtype).tiny
    return -(-uniform.clamp(min=tiny).log()).log()


def straight_through(
    scores: Float[Tensor, "*B T"], noise: Float[Tensor, "*B T"], temperature: float = 1.0
) -> Float[Tensor, "*B T"]:
    """Forward the one-hot vector of argmax(e + g), backward the gradient of softmax((e + g) / τ).

    With Gumbel noise g the forward pass is a draw from softmax(e); the gradient is biased, and has
    no reward to wait for (Jang, Gu and Poole 2017, section 2.2).

    >>> straight_through(torch.tensor([1.0, 2.0]), torch.zeros(2))
    tensor([0., 1.])
    """
    soft = ((scores + noise.detach()) / temperature).softmax(-1)
    hard = torch.zeros_like(soft).scatter(-1, soft.argmax(-1, keepdim=True), 1.0)
    return hard + (soft - soft.detach())
