# Answers to ps12_autoencoders. Each is run in place of the exercise's solution cell; docstrings are left out.

# %% wrong AutoEncoder.no_relu: codes may be negative
class AutoEncoder(nn.Module):
    def __init__(self, n_inputs=784, n_hidden=50):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.encoder, self.decoder = nn.Linear(n_inputs, n_hidden), nn.Linear(n_hidden, n_inputs)

    def encode(self, X):
        if X.ndim < 2 or math.prod(X.shape[1:]) != self.n_inputs:
            raise ValueError(f"X {tuple(X.shape)} does not fit")
        return self.encoder(X.flatten(1))

    def decode(self, codes):
        if codes.ndim != 2 or codes.shape[1] != self.n_hidden:
            raise ValueError(f"codes {tuple(codes.shape)} does not fit")
        return torch.sigmoid(self.decoder(codes))

    def forward(self, X):
        return self.decode(self.encode(X)).reshape(X.shape)


# %% wrong AutoEncoder.sigmoid_codes: the logistic function in both halves
class AutoEncoder(nn.Module):
    def __init__(self, n_inputs=784, n_hidden=50):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.encoder, self.decoder = nn.Linear(n_inputs, n_hidden), nn.Linear(n_hidden, n_inputs)

    def encode(self, X):
        if X.ndim < 2 or math.prod(X.shape[1:]) != self.n_inputs:
            raise ValueError(f"X {tuple(X.shape)} does not fit")
        return torch.sigmoid(self.encoder(X.flatten(1)))

    def decode(self, codes):
        if codes.ndim != 2 or codes.shape[1] != self.n_hidden:
            raise ValueError(f"codes {tuple(codes.shape)} does not fit")
        return torch.sigmoid(self.decoder(codes))

    def forward(self, X):
        return self.decode(self.encode(X)).reshape(X.shape)


# %% wrong AutoEncoder.clipped_output: outputs are clipped to [0, 1], which cuts the gradient
class AutoEncoder(nn.Module):
    def __init__(self, n_inputs=784, n_hidden=50):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.encoder, self.decoder = nn.Linear(n_inputs, n_hidden), nn.Linear(n_hidden, n_inputs)

    def encode(self, X):
        if X.ndim < 2 or math.prod(X.shape[1:]) != self.n_inputs:
            raise ValueError(f"X {tuple(X.shape)} does not fit")
        return torch.relu(self.encoder(X.flatten(1)))

    def decode(self, codes):
        if codes.ndim != 2 or codes.shape[1] != self.n_hidden:
            raise ValueError(f"codes {tuple(codes.shape)} does not fit")
        return self.decoder(codes).clamp(0, 1)

    def forward(self, X):
        return self.decode(self.encode(X)).reshape(X.shape)


# %% wrong AutoEncoder.flat_forward: the copies come back as rows
class AutoEncoder(nn.Module):
    def __init__(self, n_inputs=784, n_hidden=50):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.encoder, self.decoder = nn.Linear(n_inputs, n_hidden), nn.Linear(n_hidden, n_inputs)

    def encode(self, X):
        if X.ndim < 2 or math.prod(X.shape[1:]) != self.n_inputs:
            raise ValueError(f"X {tuple(X.shape)} does not fit")
        return torch.relu(self.encoder(X.flatten(1)))

    def decode(self, codes):
        if codes.ndim != 2 or codes.shape[1] != self.n_hidden:
            raise ValueError(f"codes {tuple(codes.shape)} does not fit")
        return torch.sigmoid(self.decoder(codes))

    def forward(self, X):
        return self.decode(self.encode(X))


# %% wrong AutoEncoder.detached: the codes leave the graph, so the encoder never learns
class AutoEncoder(nn.Module):
    def __init__(self, n_inputs=784, n_hidden=50):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.encoder, self.decoder = nn.Linear(n_inputs, n_hidden), nn.Linear(n_hidden, n_inputs)

    def encode(self, X):
        if X.ndim < 2 or math.prod(X.shape[1:]) != self.n_inputs:
            raise ValueError(f"X {tuple(X.shape)} does not fit")
        return torch.relu(self.encoder(X.flatten(1))).detach()

    def decode(self, codes):
        if codes.ndim != 2 or codes.shape[1] != self.n_hidden:
            raise ValueError(f"codes {tuple(codes.shape)} does not fit")
        return torch.sigmoid(self.decoder(codes))

    def forward(self, X):
        return self.decode(self.encode(X)).reshape(X.shape)


# %% wrong AutoEncoder.no_biases: two layers without biases
class AutoEncoder(nn.Module):
    def __init__(self, n_inputs=784, n_hidden=50):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.encoder = nn.Linear(n_inputs, n_hidden, bias=False)
        self.decoder = nn.Linear(n_hidden, n_inputs, bias=False)

    def encode(self, X):
        if X.ndim < 2 or math.prod(X.shape[1:]) != self.n_inputs:
            raise ValueError(f"X {tuple(X.shape)} does not fit")
        return torch.relu(self.encoder(X.flatten(1)))

    def decode(self, codes):
        if codes.ndim != 2 or codes.shape[1] != self.n_hidden:
            raise ValueError(f"codes {tuple(codes.shape)} does not fit")
        return torch.sigmoid(self.decoder(codes))

    def forward(self, X):
        return self.decode(self.encode(X)).reshape(X.shape)


# %% right AutoEncoder.sequential: each half is an nn.Sequential
class AutoEncoder(nn.Module):
    def __init__(self, n_inputs=784, n_hidden=50):
        super().__init__()
        self.n_inputs, self.n_hidden = n_inputs, n_hidden
        self.up = nn.Sequential(nn.Linear(n_hidden, n_inputs), nn.Sigmoid())
        self.down = nn.Sequential(nn.Flatten(), nn.Linear(n_inputs, n_hidden), nn.ReLU())

    def encode(self, X):
        if X.ndim < 2 or X[0].numel() != self.n_inputs:
            raise ValueError(f"{self.n_inputs} numbers are needed, not {tuple(X.shape)}")
        return self.down(X)

    def decode(self, codes):
        if codes.shape[1:] != (self.n_hidden,):
            raise ValueError(f"{self.n_hidden} numbers are needed, not {tuple(codes.shape)}")
        return self.up(codes)

    def forward(self, X):
        return self.decode(self.encode(X)).view_as(X)


# %% wrong train_autoencoder.one_order: the generator is made anew in each epoch
def train_autoencoder(model, X, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    losses = []
    for _ in range(n_epochs):
        generator = torch.Generator().manual_seed(seed)
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(X[rows]), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


# %% wrong train_autoencoder.no_shuffle: the samples always come in the given order
def train_autoencoder(model, X, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for batch in X.split(batch_size):
            loss = F.mse_loss(model(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        losses.append(total / len(X))
    return losses


# %% wrong train_autoencoder.mean_of_batches: a small last batch counts as much as the others
def train_autoencoder(model, X, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    losses = []
    for _ in range(n_epochs):
        seen = []
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(X[rows]), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            seen.append(loss.item())
        losses.append(sum(seen) / len(seen))
    return losses


# %% wrong train_autoencoder.drops_the_last: the smaller last batch is left out
def train_autoencoder(model, X, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    losses = []
    for _ in range(n_epochs):
        total, count = 0.0, 0
        order = torch.randperm(len(X), generator=generator)
        for start in range(0, len(X) - batch_size + 1, batch_size):
            batch = X[order[start : start + batch_size]]
            loss = F.mse_loss(model(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, count = total + loss.item() * len(batch), count + len(batch)
        losses.append(total / max(count, 1))
    return losses


# %% wrong train_autoencoder.gradients_add_up: no zero_grad
def train_autoencoder(model, X, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(X[rows]), X[rows])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


# %% wrong train_autoencoder.global_seed: seeds PyTorch's global state
def train_autoencoder(model, X, n_epochs, lr, batch_size, seed):
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X)).split(batch_size):
            loss = F.mse_loss(model(X[rows]), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


# %% wrong train_autoencoder.sgd: plain gradient steps in place of Adam
def train_autoencoder(model, X, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(X[rows]), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


# %% wrong train_autoencoder.tensor_losses: the losses are tensors that keep their graphs
def train_autoencoder(model, X, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(X[rows]), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss * len(rows)
        losses.append(total / len(X))
    return losses


# %% right train_autoencoder.loader: a DataLoader with a generator of its own
def train_autoencoder(model, X, n_epochs, lr, batch_size, seed):
    from torch.utils.data import DataLoader, TensorDataset

    generator = torch.Generator().manual_seed(seed)
    loader = DataLoader(TensorDataset(X), batch_size=batch_size, shuffle=True, generator=generator)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_epochs):
        model.train()
        squares = 0.0
        for (batch,) in loader:
            optimizer.zero_grad()
            error = (model(batch) - batch) ** 2
            error.mean().backward()
            optimizer.step()
            squares += float(error.detach().sum())
        losses.append(squares / X.numel())
    return losses


# %% right train_autoencoder.numpy_order: the order is drawn by NumPy
def train_autoencoder(model, X, n_epochs, lr, batch_size, seed):
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    model.train()
    for _ in range(n_epochs):
        order = torch.tensor(rng.permutation(len(X)))
        values, weights = [], []
        for start in range(0, len(X), batch_size):
            batch = X[order[start : start + batch_size]]
            loss = nn.MSELoss()(model(batch), batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            values.append(loss.item())
            weights.append(len(batch))
        losses.append(float(np.average(values, weights=weights)))
    return losses


# %% wrong reconstruction_errors.one_number: the mean over all images too
def reconstruction_errors(model, X):
    mode = model.training
    model.eval()
    with torch.no_grad():
        copies = model(X)
    model.train(mode)
    if copies.shape != X.shape:
        raise ValueError(f"{tuple(copies.shape)} and {tuple(X.shape)}")
    return ((copies - X) ** 2).mean()


# %% wrong reconstruction_errors.training_mode: dropout stays on
def reconstruction_errors(model, X):
    with torch.no_grad():
        copies = model(X)
    if copies.shape != X.shape:
        raise ValueError(f"{tuple(copies.shape)} and {tuple(X.shape)}")
    return ((copies - X) ** 2).flatten(1).mean(dim=1)


# %% wrong reconstruction_errors.leaves_eval: the mode is not put back
def reconstruction_errors(model, X):
    model.eval()
    with torch.no_grad():
        copies = model(X)
    if copies.shape != X.shape:
        raise ValueError(f"{tuple(copies.shape)} and {tuple(X.shape)}")
    return ((copies - X) ** 2).flatten(1).mean(dim=1)


# %% wrong reconstruction_errors.always_train: the model is in training mode afterwards, whatever it was
def reconstruction_errors(model, X):
    model.eval()
    with torch.no_grad():
        copies = model(X)
    model.train()
    if copies.shape != X.shape:
        raise ValueError(f"{tuple(copies.shape)} and {tuple(X.shape)}")
    return ((copies - X) ** 2).flatten(1).mean(dim=1)


# %% wrong reconstruction_errors.sums: squares are added up instead of averaged
def reconstruction_errors(model, X):
    mode = model.training
    model.eval()
    with torch.no_grad():
        copies = model(X)
    model.train(mode)
    if copies.shape != X.shape:
        raise ValueError(f"{tuple(copies.shape)} and {tuple(X.shape)}")
    return ((copies - X) ** 2).flatten(1).sum(dim=1)


# %% wrong reconstruction_errors.last_axis: the mean over the last axis alone
def reconstruction_errors(model, X):
    mode = model.training
    model.eval()
    with torch.no_grad():
        copies = model(X)
    model.train(mode)
    if copies.shape != X.shape:
        raise ValueError(f"{tuple(copies.shape)} and {tuple(X.shape)}")
    return ((copies - X) ** 2).mean(dim=-1)


# %% wrong reconstruction_errors.broadcasts: copies of another shape are let through
def reconstruction_errors(model, X):
    mode = model.training
    model.eval()
    with torch.no_grad():
        copies = model(X)
    model.train(mode)
    return ((copies - X) ** 2).flatten(1).mean(dim=1)


# %% wrong reconstruction_errors.records: the graph is kept
def reconstruction_errors(model, X):
    mode = model.training
    model.eval()
    copies = model(X)
    model.train(mode)
    if copies.shape != X.shape:
        raise ValueError(f"{tuple(copies.shape)} and {tuple(X.shape)}")
    return ((copies - X) ** 2).flatten(1).mean(dim=1)


# %% right reconstruction_errors.per_image: a loop over images, inference mode
def reconstruction_errors(model, X):
    before = model.training
    try:
        with torch.inference_mode():
            model.eval()
            copies = model(X)
        if tuple(copies.shape) != tuple(X.shape):
            raise ValueError(f"got {tuple(copies.shape)}, wanted {tuple(X.shape)}")
        return torch.stack([F.mse_loss(a, b) for a, b in zip(copies, X, strict=True)])
    finally:
        model.train(before)


# %% wrong compression_ratio.attribute: asks the model for an attribute
def compression_ratio(model, input_shape):
    return math.prod(input_shape) / model.n_hidden


# %% wrong compression_ratio.upside_down: the code over the image
def compression_ratio(model, input_shape):
    with torch.no_grad():
        return model.encode(torch.zeros(1, *input_shape)).numel() / math.prod(input_shape)


# %% wrong compression_ratio.last_axis: counts the last axis of the code alone
def compression_ratio(model, input_shape):
    with torch.no_grad():
        return math.prod(input_shape) / model.encode(torch.zeros(1, *input_shape)).shape[-1]


# %% wrong compression_ratio.whole_number: divides integers
def compression_ratio(model, input_shape):
    with torch.no_grad():
        return float(math.prod(input_shape) // model.encode(torch.zeros(1, *input_shape)).numel())


# %% right compression_ratio.batch_of_three: three random images
def compression_ratio(model, input_shape):
    images = torch.rand(3, *input_shape)
    return float(images.numel() / model.encode(images).detach().numel())


# %% wrong pca_reconstruction.mean_of_x: the mean of the images to copy
def pca_reconstruction(X_train, X, n_components):
    if X_train.ndim != 2 or X.ndim != 2 or X_train.shape[1] != X.shape[1]:
        raise ValueError(f"X_train {tuple(X_train.shape)} and X {tuple(X.shape)}")
    if not 1 <= n_components <= min(X_train.shape[0] - 1, X_train.shape[1]):
        raise ValueError(f"n_components {n_components}")
    components = torch.linalg.svd(X_train - X_train.mean(dim=0), full_matrices=False).Vh[:n_components]
    mean = X.mean(dim=0)
    return mean + (X - mean) @ components.T @ components


# %% wrong pca_reconstruction.not_centred: no mean is subtracted
def pca_reconstruction(X_train, X, n_components):
    if X_train.ndim != 2 or X.ndim != 2 or X_train.shape[1] != X.shape[1]:
        raise ValueError(f"X_train {tuple(X_train.shape)} and X {tuple(X.shape)}")
    if not 1 <= n_components <= min(X_train.shape[0] - 1, X_train.shape[1]):
        raise ValueError(f"n_components {n_components}")
    components = torch.linalg.svd(X_train, full_matrices=False).Vh[:n_components]
    return X @ components.T @ components


# %% wrong pca_reconstruction.mean_forgotten: the mean is not added again
def pca_reconstruction(X_train, X, n_components):
    if X_train.ndim != 2 or X.ndim != 2 or X_train.shape[1] != X.shape[1]:
        raise ValueError(f"X_train {tuple(X_train.shape)} and X {tuple(X.shape)}")
    if not 1 <= n_components <= min(X_train.shape[0] - 1, X_train.shape[1]):
        raise ValueError(f"n_components {n_components}")
    mean = X_train.mean(dim=0)
    components = torch.linalg.svd(X_train - mean, full_matrices=False).Vh[:n_components]
    return (X - mean) @ components.T @ components


# %% wrong pca_reconstruction.columns: takes columns of W transposed for components
def pca_reconstruction(X_train, X, n_components):
    if X_train.ndim != 2 or X.ndim != 2 or X_train.shape[1] != X.shape[1]:
        raise ValueError(f"X_train {tuple(X_train.shape)} and X {tuple(X.shape)}")
    if not 1 <= n_components <= min(X_train.shape[0] - 1, X_train.shape[1]):
        raise ValueError(f"n_components {n_components}")
    mean = X_train.mean(dim=0)
    components = torch.linalg.svd(X_train - mean).Vh[:, :n_components]
    return mean + (X - mean) @ components @ components.T


# %% wrong pca_reconstruction.last_components: eigenvalues in rising order, and the first ones taken
def pca_reconstruction(X_train, X, n_components):
    if X_train.ndim != 2 or X.ndim != 2 or X_train.shape[1] != X.shape[1]:
        raise ValueError(f"X_train {tuple(X_train.shape)} and X {tuple(X.shape)}")
    if not 1 <= n_components <= min(X_train.shape[0] - 1, X_train.shape[1]):
        raise ValueError(f"n_components {n_components}")
    mean = X_train.mean(dim=0)
    vectors = torch.linalg.eigh((X_train - mean).T @ (X_train - mean)).eigenvectors[:, :n_components]
    return mean + (X - mean) @ vectors @ vectors.T


# %% wrong pca_reconstruction.clipped: copies are forced into [0, 1]
def pca_reconstruction(X_train, X, n_components):
    if X_train.ndim != 2 or X.ndim != 2 or X_train.shape[1] != X.shape[1]:
        raise ValueError(f"X_train {tuple(X_train.shape)} and X {tuple(X.shape)}")
    if not 1 <= n_components <= min(X_train.shape[0] - 1, X_train.shape[1]):
        raise ValueError(f"n_components {n_components}")
    mean = X_train.mean(dim=0)
    components = torch.linalg.svd(X_train - mean, full_matrices=False).Vh[:n_components]
    return (mean + (X - mean) @ components.T @ components).clamp(0, 1)


# %% right pca_reconstruction.eigenvectors: the last eigenvectors of the covariance, in float64
def pca_reconstruction(X_train, X, n_components):
    if X_train.ndim != 2 or X.ndim != 2 or X_train.shape[1] != X.shape[1]:
        raise ValueError(f"X_train {tuple(X_train.shape)} and X {tuple(X.shape)}")
    if not 1 <= n_components <= min(X_train.shape[0] - 1, X_train.shape[1]):
        raise ValueError(f"n_components {n_components}")
    mean = X_train.double().mean(dim=0)
    centred = X_train.double() - mean
    vectors = torch.linalg.eigh(centred.T @ centred).eigenvectors[:, -n_components:]
    return (mean + (X.double() - mean) @ vectors @ vectors.T).to(X.dtype)


# %% right pca_reconstruction.sklearn: scikit-learn does it
def pca_reconstruction(X_train, X, n_components):
    from sklearn.decomposition import PCA

    if X_train.ndim != 2 or X.ndim != 2 or X_train.shape[1] != X.shape[1]:
        raise ValueError(f"X_train {tuple(X_train.shape)} and X {tuple(X.shape)}")
    if not 1 <= n_components <= min(X_train.shape[0] - 1, X_train.shape[1]):
        raise ValueError(f"n_components {n_components}")
    pca = PCA(n_components, svd_solver="full").fit(X_train.numpy())
    return torch.tensor(pca.inverse_transform(pca.transform(X.numpy())), dtype=X.dtype)


# %% wrong l2_normalize.nan: a row of zeros is divided by 0
def l2_normalize(A):
    if A.ndim != 2:
        raise ValueError(f"A {tuple(A.shape)}")
    return A / A.norm(dim=1, keepdim=True)


# %% wrong l2_normalize.epsilon: a small number is added to every length
def l2_normalize(A):
    if A.ndim != 2:
        raise ValueError(f"A {tuple(A.shape)}")
    return A / (A.norm(dim=1, keepdim=True) + 1e-8)


# %% wrong l2_normalize.columns: columns instead of rows
def l2_normalize(A):
    if A.ndim != 2:
        raise ValueError(f"A {tuple(A.shape)}")
    return F.normalize(A, dim=0)


# %% wrong l2_normalize.absolute: divides by the sum of absolute values
def l2_normalize(A):
    if A.ndim != 2:
        raise ValueError(f"A {tuple(A.shape)}")
    return F.normalize(A, p=1, dim=1)


# %% wrong l2_normalize.in_place: changes its argument
def l2_normalize(A):
    if A.ndim != 2:
        raise ValueError(f"A {tuple(A.shape)}")
    lengths = A.norm(dim=1, keepdim=True)
    lengths[lengths == 0] = 1.0
    A /= lengths
    return A


# %% right l2_normalize.library: PyTorch has it
def l2_normalize(A):
    if A.ndim != 2:
        raise ValueError(f"not a matrix: {tuple(A.shape)}")
    return F.normalize(A, dim=1)


# %% right l2_normalize.nan_to_num: nan is replaced by 0
def l2_normalize(A):
    if A.ndim != 2:
        raise ValueError(f"not a matrix: {tuple(A.shape)}")
    return torch.nan_to_num(A / (A**2).sum(dim=1, keepdim=True).sqrt(), nan=0.0)


# %% wrong cosine_similarity.products: nothing is brought to unit length
def cosine_similarity(A, B, chunk=None):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk {chunk}")
    return torch.cat([piece @ B.T for piece in A.split(chunk or len(A))])


# %% wrong cosine_similarity.one_side: only the rows of A have unit length
def cosine_similarity(A, B, chunk=None):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk {chunk}")
    return torch.cat([piece @ B.T for piece in l2_normalize(A).split(chunk or len(A))])


# %% wrong cosine_similarity.ignores_chunk: one product, whatever chunk is
def cosine_similarity(A, B, chunk=None):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk {chunk}")
    return l2_normalize(A) @ l2_normalize(B).T


# %% wrong cosine_similarity.drops_the_rest: rows beyond the last full piece are lost
def cosine_similarity(A, B, chunk=None):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk {chunk}")
    A, B = l2_normalize(A), l2_normalize(B)
    size = min(chunk or len(A), len(A))
    return torch.cat([A[i * size : (i + 1) * size] @ B.T for i in range(len(A) // size)])


# %% wrong cosine_similarity.number_of_pieces: takes chunk for the number of pieces
def cosine_similarity(A, B, chunk=None):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk {chunk}")
    A, B = l2_normalize(A), l2_normalize(B)
    return torch.cat([piece @ B.T for piece in A.chunk(chunk or 1)])


# %% wrong cosine_similarity.transposed: rows belong to B
def cosine_similarity(A, B, chunk=None):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk {chunk}")
    A, B = l2_normalize(A), l2_normalize(B)
    return torch.cat([B @ piece.T for piece in A.split(chunk or len(A))], dim=1)


# %% right cosine_similarity.filled: writes the pieces into the result
def cosine_similarity(A, B, chunk=None):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk {chunk}")
    result = A.new_empty(len(A), len(B))
    step = len(A) if chunk is None else chunk
    unit = l2_normalize(B)
    for start in range(0, len(A), step):
        result[start : start + step] = l2_normalize(A[start : start + step]) @ unit.T
    return result


# %% right cosine_similarity.library: PyTorch's own, by broadcasting
def cosine_similarity(A, B, chunk=None):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk {chunk}")
    pieces = A.split(len(A) if chunk is None else chunk)
    return torch.cat([F.cosine_similarity(piece[:, None], B[None], dim=2) for piece in pieces])


# %% wrong nearest_images.keeps_query: the query finds itself
def nearest_images(codes, query, k):
    n = len(codes)
    if not 0 <= query < n or not 1 <= k < n:
        raise ValueError(f"query {query}, k {k}")
    return cosine_similarity(codes[query : query + 1], codes)[0].topk(k).indices


# %% wrong nearest_images.drops_first: drops the first hit, which may be a copy of the query
def nearest_images(codes, query, k):
    n = len(codes)
    if not 0 <= query < n or not 1 <= k < n:
        raise ValueError(f"query {query}, k {k}")
    return cosine_similarity(codes[query : query + 1], codes)[0].argsort(descending=True, stable=True)[1 : k + 1]


# %% wrong nearest_images.minus_one: the query ties with opposite rows
def nearest_images(codes, query, k):
    n = len(codes)
    if not 0 <= query < n or not 1 <= k < n:
        raise ValueError(f"query {query}, k {k}")
    similarity = cosine_similarity(codes[query : query + 1], codes)[0]
    similarity[query] = -1.0
    return similarity.topk(k).indices


# %% wrong nearest_images.zero: the query is made 0, as if no cosine were negative
def nearest_images(codes, query, k):
    n = len(codes)
    if not 0 <= query < n or not 1 <= k < n:
        raise ValueError(f"query {query}, k {k}")
    similarity = cosine_similarity(codes[query : query + 1], codes)[0]
    similarity[query] = 0.0
    return similarity.topk(k).indices


# %% wrong nearest_images.farthest: the smallest cosines
def nearest_images(codes, query, k):
    n = len(codes)
    if not 0 <= query < n or not 1 <= k < n:
        raise ValueError(f"query {query}, k {k}")
    similarity = cosine_similarity(codes[query : query + 1], codes)[0]
    similarity[query] = torch.inf
    return similarity.topk(k, largest=False).indices


# %% wrong nearest_images.euclidean: by distance, not by angle
def nearest_images(codes, query, k):
    n = len(codes)
    if not 0 <= query < n or not 1 <= k < n:
        raise ValueError(f"query {query}, k {k}")
    distances = ((codes - codes[query]) ** 2).sum(dim=1)
    distances[query] = torch.inf
    return distances.topk(k, largest=False).indices


# %% wrong nearest_images.shifted: the query is taken out of the matrix, and later indices are one too small
def nearest_images(codes, query, k):
    n = len(codes)
    if not 0 <= query < n or not 1 <= k < n:
        raise ValueError(f"query {query}, k {k}")
    others = torch.cat([codes[:query], codes[query + 1 :]])
    return cosine_similarity(codes[query : query + 1], others)[0].topk(k).indices


# %% right nearest_images.others: searches among the other rows and puts the indices right
def nearest_images(codes, query, k):
    n = len(codes)
    if not 0 <= query < n:
        raise ValueError(f"query {query}")
    if not 1 <= k < n:
        raise ValueError(f"k {k}")
    others = torch.tensor([i for i in range(n) if i != query])
    values = cosine_similarity(codes[others], codes[query : query + 1])[:, 0]
    return others[values.sort(descending=True).indices[:k]]


# %% right nearest_images.unit_distances: distances of unit rows, which order as the cosine does
def nearest_images(codes, query, k):
    n = len(codes)
    if not 0 <= query < n:
        raise ValueError(f"query {query}")
    if not 1 <= k < n:
        raise ValueError(f"k {k}")
    unit = l2_normalize(codes.double())
    order = (1 - unit @ unit[query]).argsort()
    return order[order != query][:k]


# %% wrong precision_at_k.counts_itself: every row finds itself
def precision_at_k(codes, labels, k):
    n = len(codes)
    if labels.shape != (n,) or not 1 <= k < n:
        raise ValueError(f"labels {tuple(labels.shape)}, k {k}")
    nearest = cosine_similarity(codes, codes).topk(k).indices
    return (labels[nearest] == labels[:, None]).float().mean().item()


# %% wrong precision_at_k.drops_first: drops the first hit, which may be a copy
def precision_at_k(codes, labels, k):
    n = len(codes)
    if labels.shape != (n,) or not 1 <= k < n:
        raise ValueError(f"labels {tuple(labels.shape)}, k {k}")
    nearest = cosine_similarity(codes, codes).argsort(dim=1, descending=True, stable=True)[:, 1 : k + 1]
    return (labels[nearest] == labels[:, None]).float().mean().item()


# %% wrong precision_at_k.any_hit: one right image among the k is enough
def precision_at_k(codes, labels, k):
    n = len(codes)
    if labels.shape != (n,) or not 1 <= k < n:
        raise ValueError(f"labels {tuple(labels.shape)}, k {k}")
    similarity = cosine_similarity(codes, codes).fill_diagonal_(-torch.inf)
    return (labels[similarity.topk(k).indices] == labels[:, None]).any(dim=1).float().mean().item()


# %% wrong precision_at_k.broadcast: compares the k labels with the first k of all labels
def precision_at_k(codes, labels, k):
    n = len(codes)
    if labels.shape != (n,) or not 1 <= k < n:
        raise ValueError(f"labels {tuple(labels.shape)}, k {k}")
    similarity = cosine_similarity(codes, codes).fill_diagonal_(-torch.inf)
    return (labels[similarity.topk(k).indices] == labels[:k]).float().mean().item()


# %% wrong precision_at_k.raw_products: long codes win
def precision_at_k(codes, labels, k):
    n = len(codes)
    if labels.shape != (n,) or not 1 <= k < n:
        raise ValueError(f"labels {tuple(labels.shape)}, k {k}")
    similarity = (codes @ codes.T).fill_diagonal_(-torch.inf)
    return (labels[similarity.topk(k).indices] == labels[:, None]).float().mean().item()


# %% wrong precision_at_k.tensor: a tensor instead of a number
def precision_at_k(codes, labels, k):
    n = len(codes)
    if labels.shape != (n,) or not 1 <= k < n:
        raise ValueError(f"labels {tuple(labels.shape)}, k {k}")
    similarity = cosine_similarity(codes, codes).fill_diagonal_(-torch.inf)
    return (labels[similarity.topk(k).indices] == labels[:, None]).float().mean()


# %% right precision_at_k.loop: one query after the other
def precision_at_k(codes, labels, k):
    n = len(codes)
    if labels.shape != (n,):
        raise ValueError(f"labels {tuple(labels.shape)}")
    if not 1 <= k < n:
        raise ValueError(f"k {k}")
    hits = 0
    for i in range(n):
        hits += int((labels[nearest_images(codes, i, k)] == labels[i]).sum())
    return hits / (n * k)


# %% wrong add_noise.not_clipped: pixels leave [0, 1]
def add_noise(X, std, generator):
    if std < 0:
        raise ValueError(f"std {std}")
    return X + std * torch.randn(X.shape, generator=generator, dtype=X.dtype)


# %% wrong add_noise.clips_noise: the noise is clipped, not the sum
def add_noise(X, std, generator):
    if std < 0:
        raise ValueError(f"std {std}")
    return X + (std * torch.randn(X.shape, generator=generator, dtype=X.dtype)).clamp(0, 1)


# %% wrong add_noise.global_state: the generator is not used
def add_noise(X, std, generator):
    if std < 0:
        raise ValueError(f"std {std}")
    return (X + std * torch.randn_like(X)).clamp(0, 1)


# %% wrong add_noise.variance: takes std for the variance
def add_noise(X, std, generator):
    if std < 0:
        raise ValueError(f"std {std}")
    return (X + std**0.5 * torch.randn(X.shape, generator=generator, dtype=X.dtype)).clamp(0, 1)


# %% wrong add_noise.uniform: uniform noise with the right spread
def add_noise(X, std, generator):
    if std < 0:
        raise ValueError(f"std {std}")
    noise = torch.rand(X.shape, generator=generator, dtype=X.dtype) - 0.5
    return (X + 12**0.5 * std * noise).clamp(0, 1)


# %% wrong add_noise.shared: the same noise on every image
def add_noise(X, std, generator):
    if std < 0:
        raise ValueError(f"std {std}")
    return (X + std * torch.randn(X.shape[1:], generator=generator, dtype=X.dtype)).clamp(0, 1)


# %% wrong add_noise.in_place: changes the clean images
def add_noise(X, std, generator):
    if std < 0:
        raise ValueError(f"std {std}")
    X += std * torch.randn(X.shape, generator=generator, dtype=X.dtype)
    return X.clamp_(0, 1)


# %% right add_noise.normal: torch.normal around the clean pixels
def add_noise(X, std, generator):
    if std < 0:
        raise ValueError(f"std {std} is negative")
    return torch.normal(X, std, generator=generator).clip(min=0.0, max=1.0)


# %% right add_noise.filled: an empty tensor filled by the generator
def add_noise(X, std, generator):
    if std < 0:
        raise ValueError(f"std {std} is negative")
    noise = torch.empty_like(X).normal_(0.0, 1.0, generator=generator)
    return torch.minimum(torch.maximum(noise.mul_(std).add_(X), torch.zeros_like(X)), torch.ones_like(X))


# %% wrong train_denoiser.noisy_targets: learns to copy the noise
def train_denoiser(model, X, std, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            noisy = add_noise(X[rows], std, generator)
            loss = F.mse_loss(model(noisy), noisy)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


# %% wrong train_denoiser.clean_inputs: an autoencoder without noise
def train_denoiser(model, X, std, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(X[rows]), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


# %% wrong train_denoiser.noise_once: one noisy copy of the images for all epochs
def train_denoiser(model, X, std, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    noisy = add_noise(X, std, generator)
    model.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(noisy[rows]), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


# %% wrong train_denoiser.generator_in_loop: each epoch begins with the same seed
def train_denoiser(model, X, std, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    model.train()
    losses = []
    for _ in range(n_epochs):
        generator = torch.Generator().manual_seed(seed)
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(add_noise(X[rows], std, generator)), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


# %% wrong train_denoiser.unseeded_noise: the noise comes from a generator without the seed
def train_denoiser(model, X, std, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator, noise = torch.Generator().manual_seed(seed), torch.Generator()
    noise.seed()
    model.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(add_noise(X[rows], std, noise)), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


# %% wrong train_denoiser.evaluation_mode: the model is never put into training mode
def train_denoiser(model, X, std, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(add_noise(X[rows], std, generator)), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        losses.append(total / len(X))
    return losses


# %% wrong train_denoiser.sum_of_batches: the batches' losses are added up
def train_denoiser(model, X, std, n_epochs, lr, batch_size, seed):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    generator = torch.Generator().manual_seed(seed)
    model.train()
    losses = []
    for _ in range(n_epochs):
        total = 0.0
        for rows in torch.randperm(len(X), generator=generator).split(batch_size):
            loss = F.mse_loss(model(add_noise(X[rows], std, generator)), X[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total)
    return losses


# %% right train_denoiser.noisy_set: a noisy copy of the whole set at the start of each epoch
def train_denoiser(model, X, std, n_epochs, lr, batch_size, seed):
    from torch.utils.data import DataLoader, TensorDataset

    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    noise, order = torch.Generator().manual_seed(seed + 1), torch.Generator().manual_seed(seed)
    model.train()
    losses = []
    for _ in range(n_epochs):
        pairs = TensorDataset(add_noise(X, std, noise), X)
        squares = 0.0
        for noisy, clean in DataLoader(pairs, batch_size, shuffle=True, generator=order):
            optimizer.zero_grad()
            error = (model(noisy) - clean).square()
            error.mean().backward()
            optimizer.step()
            squares += error.sum().item()
        losses.append(squares / X.numel())
    return losses
