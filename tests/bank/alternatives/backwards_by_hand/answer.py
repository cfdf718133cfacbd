# seq2seq_bottleneck: Two runs of one direction, a generator of steps, NumPy for what is counted.

# %% top
import itertools

import numpy as np


# %% pad_batch
def pad_batch(sequences):
    columns = itertools.zip_longest(*sequences, fillvalue=PAD)
    tokens = torch.from_numpy(np.array(list(columns)).T.copy())
    return tokens.long(), torch.LongTensor([*map(len, sequences)])


# %% last_state
def last_state(states, lengths):
    places = torch.arange(states.shape[1], device=states.device)
    chosen = (places == lengths[:, None] - 1).to(states.dtype)
    return torch.einsum("bt,btm->bm", chosen, states)


# %% BiEncoder
class BiEncoder(nn.Module):
    def __init__(self, vocabulary, width, m):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.rnn = nn.GRU(width, m // 2, batch_first=True, bidirectional=True)

    def one_way(self, x, backwards):
        ending = "_l0_reverse" if backwards else "_l0"
        W, U, b, c = (
            getattr(self.rnn, name + ending)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        h, states = x.new_zeros(len(x), U.shape[1]), []
        for t in range(x.shape[1]):
            r, z, n = (x[:, t] @ W.T + b).chunk(3, -1)
            r2, z2, n2 = (h @ U.T + c).chunk(3, -1)
            z = torch.sigmoid(z + z2)
            h = z * h + (1 - z) * torch.tanh(n + torch.sigmoid(r + r2) * n2)
            states.append(h)
        return torch.stack(states, 1)

    def forward(self, tokens, lengths):
        x = self.embedding(tokens)
        places = torch.arange(tokens.shape[1], device=tokens.device)
        mirror = torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)
        turn = mirror[..., None]
        there = self.one_way(x, False)
        back = self.one_way(x.gather(1, turn.expand_as(x)), True)
        summary = torch.cat([last_state(there, lengths), last_state(back, lengths)], -1)
        both = torch.cat([there, back.gather(1, turn.expand_as(back))], -1)
        return both * (places < lengths[:, None])[..., None], summary


# %% teacher_forcing
def teacher_forcing(step, state, target):
    def scores(state):
        for i in range(target.size(1)):
            fed = target[:, i - 1] if i else torch.ones_like(target[:, 0])
            score, state = step(fed, state)
            yield score.unsqueeze(1)

    return torch.cat(list(scores(state)), dim=1)


# %% write_greedily
def write_greedily(step, state, longest):
    token = torch.full([state.size(0)], BOS, device=state.device)
    alive = torch.ones_like(token)
    written = token.new_empty(state.size(0), 0)
    for _ in range(longest):
        scores, state = step(token, state)
        token = torch.topk(scores, 1).indices[:, 0] * alive
        alive = alive * (token != EOS)
        written = torch.cat([written, token[:, None]], dim=1)
    return written


# %% sequence_accuracy
def sequence_accuracy(written, target):
    a, b = written.cpu().numpy(), target.cpu().numpy()
    wide = max(a.shape[1], b.shape[1])
    a, b = (np.pad(x, ((0, 0), (0, wide - x.shape[1]))) for x in (a, b))
    return np.mean([np.array_equal(x, y) for x, y in zip(a, b)])
