# vision_transformer: Einsum, chunks and repeats; rollout by recursion, normalised row by row.

# %% patchify
def patchify(images, P):
    bands = torch.stack(images.split(P, dim=-2), dim=1)  # B, rows, C, P, w
    cells = torch.stack(bands.split(P, dim=-1), dim=2)  # B, rows, columns, C, P, P
    return cells.flatten(3).flatten(1, 2)


# %% embed_patches
def embed_patches(patches, E, token, places):
    X = torch.einsum("bnp,pd->bnd", patches, E)
    tokens = torch.einsum("b,d->bd", torch.ones_like(X[:, 0, 0]), token)
    return torch.column_stack([tokens.unsqueeze(1), X]).add(places.unsqueeze(0))


# %% VisionTransformer
class VisionTransformer(nn.Module):
    def __init__(self, n, pixels, D, H, F, depth, classes):
        super().__init__()
        make = [EncoderBlock(D, H, F) for _ in range(depth)]
        self.blocks = nn.ModuleList(make)
        self.project, self.classify = nn.Linear(pixels, D), nn.Linear(D, classes)
        self.norm = nn.LayerNorm(D)
        self.token, self.places = (nn.Parameter(torch.randn(s)) for s in ((D,), (n + 1, D)))

    def forward(self, patches):
        batch = patches.size(0)
        stream = torch.cat((self.token.repeat(batch, 1, 1), self.project(patches)), dim=-2)
        stream = torch.add(stream, self.places)
        for block in self.blocks:
            stream, weights = block(stream)
        (answer, _) = self.norm(stream).split([1, stream.size(1) - 1], dim=1)
        return self.classify(answer).squeeze(1)


# %% rollout
def rollout(weights):
    *earlier, last = weights.unbind(0)
    step = last.mean(0) + torch.eye(last.size(-1), dtype=last.dtype, device=last.device)
    step = step / step.sum(-1, keepdim=True)
    if not earlier:
        return step
    return torch.einsum("ij,jk->ik", step, rollout(torch.stack(earlier)))
