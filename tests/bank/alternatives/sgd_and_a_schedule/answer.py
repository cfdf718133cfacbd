# human_attention: Plain gradient descent with autograd.grad, a schedule and early stopping.

# %% train_kernel_width
def train_kernel_width(keys, values, steps=300, patience=10_000, verbose=False):
    pool, best, waited = KernelPooling((keys.max() - keys.min()).item() / 10).to(keys.device), None, 0
    optimiser = torch.optim.SGD(pool.parameters(), lr=0.5, momentum=0.5)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps, eta_min=0.05)
    for step in range(2 * steps):
        predictions = pool(keys, keys, values, leave_out_self=True)
        loss = torch.nn.functional.mse_loss(predictions, values)
        (pool.log_width.grad,) = torch.autograd.grad(loss, [pool.log_width])
        nn.utils.clip_grad_norm_(pool.parameters(), 0.2)
        if best is None or loss.item() < best[0]:
            best, waited = (loss.item(), pool.log_width.exp().item()), 0
        waited += 1
        if waited > patience:
            break
        optimiser.step()
        schedule.step()
        if verbose and step % 50 == 0:
            print(step, loss.item())
    return best[1]


# %% KernelPooling
class KernelPooling(nn.Module):
    def __init__(self, width=1.0):
        super().__init__()
        self.log_width = nn.Parameter(torch.tensor(float(width)).log_())

    def forward(self, queries, keys, values, *, leave_out_self=False):
        d = torch.sub(queries.unsqueeze(-1), keys.unsqueeze(-2))
        scores = -d.square() / (2 * torch.exp(self.log_width).square())
        if leave_out_self:
            scores = scores + torch.diag(keys.new_full((len(keys),), -math.inf))
        return torch.einsum("...ij,...j->...i", torch.softmax(scores, dim=-1), values)
