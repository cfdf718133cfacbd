# hard_attention: One picture, one place, one number at a time.

# %% glimpse_log_probability
def glimpse_log_probability(scores, glimpse):
    out = []
    for row, s in zip(scores, glimpse.tolist()):
        largest = max(row.tolist())
        total = sum((e - largest).exp() for e in row)
        out.append(row[s] - largest - total.log())
    return torch.stack(out)


# %% expected_reward_gradient
def expected_reward_gradient(scores, rewards):
    alpha = scores.softmax(0)
    pushes = torch.zeros_like(scores)
    for s in range(len(scores)):  # every glimpse there is, with its probability
        for i in range(len(scores)):
            pushes[i] += alpha[s] * rewards[s] * (float(s == i) - alpha[i])
    return pushes


# %% reinforce_loss
def reinforce_loss(log_probability, reward, baseline):
    total = 0.0
    for p, r, b in zip(log_probability, reward.tolist(), baseline.tolist()):
        total = total - (r - b) * p
    return total / len(reward)


# %% others_baseline
def others_baseline(rewards):
    rows = []
    for i in range(len(rewards)):
        rows.append(torch.cat([rewards[:i], rewards[i + 1 :]]).mean(dim=0))
    return torch.stack(rows)


# %% straight_through
def straight_through(scores, uniform, temperature):
    rows = []
    for e, u in zip(scores, uniform):
        noisy = e - (-u.log()).log()
        soft = (noisy / temperature).softmax(0)
        best = max(range(len(e)), key=lambda i: float(noisy[i]))
        rows.append(torch.stack([p - p.detach() + (i == best) for i, p in enumerate(soft)]))
    return torch.stack(rows)
