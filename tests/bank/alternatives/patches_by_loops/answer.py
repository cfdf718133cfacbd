# vision_transformer: Loops over patches, pictures, blocks and paths; tensors are filled in place.

# %% patchify
def patchify(images, P):
    pictures = []
    for image in images:
        rows = []
        for top in range(0, image.shape[1], P):
            for left in range(0, image.shape[2], P):
                rows.append(image[:, top : top + P, left : left + P].reshape(-1))
        pictures.append(torch.stack(rows))
    return torch.stack(pictures)


# %% embed_patches
def embed_patches(patches, E, token, places):
    out = []
    for picture in patches:
        out.append(torch.stack([token + places[0]] + [row @ E + place for row, place in zip(picture, places[1:])]))
    return torch.stack(out)


# %% VisionTransformer
class VisionTransformer(nn.Module):
    def __init__(self, n, pixels, D, H, F, depth, classes):
        super().__init__()
        self.project = nn.Linear(pixels, D)
        self.token = nn.Parameter(torch.empty(D))
        self.places = nn.Parameter(torch.empty(n + 1, D))
        self.blocks = nn.ModuleList([])
        for _ in range(depth):
            self.blocks.append(EncoderBlock(D, H, F))
        self.norm = nn.LayerNorm(D)
        self.classify = nn.Linear(D, classes)

    def one(self, picture):
        X = torch.vstack([self.token, self.project(picture)]) + self.places
        for i in range(len(self.blocks)):
            X = self.blocks[i](X)[0]
        return self.classify(self.norm(X[0]))

    def forward(self, patches):
        return torch.stack([self.one(picture) for picture in patches])


# %% rollout
def rollout(weights):
    depth, H, T, _ = weights.shape
    share = [[1.0 if i == j else 0.0 for j in range(T)] for i in range(T)]
    share = [[weights.new_tensor(x) for x in row] for row in share]
    for layer in weights:
        mean = sum(layer[h] for h in range(H)) / H
        share = [
            [share[i][j] / 2 + sum(mean[i, k] * share[k][j] for k in range(T)) / 2 for j in range(T)]
            for i in range(T)
        ]
    return torch.stack([torch.stack(row) for row in share])
