# Answers to ps07_minibatch_training. Each is run in place of the exercise's solution cell; docstrings are left out.

# %% wrong SoftmaxRegression.plain_tensors: W and b are no parameters
class SoftmaxRegression(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.W = torch.zeros(n_in, n_out, requires_grad=True)
        self.b = torch.zeros(n_out, requires_grad=True)

    def forward(self, X):
        return X @ self.W + self.b


# %% wrong SoftmaxRegression.plain_bias: b alone is a plain tensor
class SoftmaxRegression(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.W = nn.Parameter(torch.zeros(n_in, n_out))
        self.b = torch.zeros(n_out)

    def forward(self, X):
        return X @ self.W + self.b


# %% wrong SoftmaxRegression.probabilities: a softmax in forward
class SoftmaxRegression(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.W = nn.Parameter(torch.zeros(n_in, n_out))
        self.b = nn.Parameter(torch.zeros(n_out))

    def forward(self, X):
        return torch.softmax(X @ self.W + self.b, dim=1)


# %% wrong SoftmaxRegression.transposed: nn.Linear's convention for W
class SoftmaxRegression(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.W = nn.Parameter(torch.zeros(n_out, n_in))
        self.b = nn.Parameter(torch.zeros(n_out))

    def forward(self, X):
        return X @ self.W.T + self.b


# %% wrong SoftmaxRegression.no_super: the base class is not set up
class SoftmaxRegression(nn.Module):
    def __init__(self, n_in, n_out):
        self.W = nn.Parameter(torch.zeros(n_in, n_out))
        self.b = nn.Parameter(torch.zeros(n_out))

    def forward(self, X):
        return X @ self.W + self.b


# %% wrong SoftmaxRegression.random_start: W begins at random
class SoftmaxRegression(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.W = nn.Parameter(0.01 * torch.randn(n_in, n_out))
        self.b = nn.Parameter(torch.zeros(n_out))

    def forward(self, X):
        return X @ self.W + self.b


# %% wrong SoftmaxRegression.no_bias_added: b is there and not used
class SoftmaxRegression(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.W = nn.Parameter(torch.zeros(n_in, n_out))
        self.b = nn.Parameter(torch.zeros(n_out))

    def forward(self, X):
        return X @ self.W


# %% right SoftmaxRegression.addmm: one call for product and sum
class SoftmaxRegression(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.register_parameter("W", nn.Parameter(torch.empty(n_in, n_out)))
        self.register_parameter("b", nn.Parameter(torch.empty(n_out)))
        nn.init.zeros_(self.W)
        nn.init.zeros_(self.b)

    def forward(self, X):
        return torch.addmm(self.b, X, self.W)


# %% right SoftmaxRegression.linear: through F.linear
class SoftmaxRegression(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.W, self.b = nn.Parameter(torch.zeros((n_in, n_out))), nn.Parameter(torch.zeros((n_out,)))

    def forward(self, X):
        return F.linear(X, self.W.T, self.b)


# %% wrong make_mlp.relu_at_the_end: an activation after the last layer
def make_mlp(sizes):
    if len(sizes) < 2:
        raise ValueError(f"sizes {sizes}")
    layers = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers)


# %% wrong make_mlp.linear_only: no activations at all
def make_mlp(sizes):
    if len(sizes) < 2:
        raise ValueError(f"sizes {sizes}")
    return nn.Sequential(*[nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])


# %% wrong make_mlp.softmax: probabilities instead of logits
def make_mlp(sizes):
    if len(sizes) < 2:
        raise ValueError(f"sizes {sizes}")
    layers = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    layers[-1] = nn.Softmax(dim=1)
    return nn.Sequential(*layers)


# %% wrong make_mlp.two_layers: forgets the layers between
def make_mlp(sizes):
    if len(sizes) < 2:
        raise ValueError(f"sizes {sizes}")
    return nn.Sequential(nn.Linear(sizes[0], sizes[1]), nn.ReLU(), nn.Linear(sizes[1], sizes[-1]))


# %% wrong make_mlp.nested: blocks in a row instead of a flat one
def make_mlp(sizes):
    if len(sizes) < 2:
        raise ValueError(f"sizes {sizes}")
    blocks = [nn.Sequential(nn.Linear(a, b), nn.ReLU()) for a, b in zip(sizes[:-2], sizes[1:-1])]
    return nn.Sequential(*blocks, nn.Linear(sizes[-2], sizes[-1]))


# %% wrong make_mlp.no_bias: layers without biases
def make_mlp(sizes):
    if len(sizes) < 2:
        raise ValueError(f"sizes {sizes}")
    layers = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(n_in, n_out, bias=False), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


# %% wrong make_mlp.shared: layers of equal sizes share their weights
def make_mlp(sizes):
    if len(sizes) < 2:
        raise ValueError(f"sizes {sizes}")
    made, layers = {}, []
    for pair in zip(sizes[:-1], sizes[1:]):
        layers += [made.setdefault(pair, nn.Linear(*pair)), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


# %% wrong make_mlp.pops: takes the sizes out of the caller's list
def make_mlp(sizes):
    if len(sizes) < 2:
        raise ValueError(f"sizes {sizes}")
    sizes = sizes if isinstance(sizes, list) else list(sizes)
    model = nn.Sequential()
    n_in = sizes.pop(0)
    while sizes:
        n_out = sizes.pop(0)
        model.append(nn.Linear(n_in, n_out))
        if sizes:
            model.append(nn.ReLU())
        n_in = n_out
    return model


# %% right make_mlp.by_index: a condition inside the loop
def make_mlp(sizes):
    if len(sizes) < 2:
        raise ValueError(f"two sizes are needed, not {sizes}")
    model = nn.Sequential()
    for i in range(len(sizes) - 1):
        if i > 0:
            model.append(nn.ReLU(inplace=True))
        model.append(nn.Linear(sizes[i], sizes[i + 1]))
    return model


# %% wrong repeatable_predictions.leaves_the_seed: the global state is not put back
def repeatable_predictions(model_fn, X, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        return model_fn().eval()(X)


# %% wrong repeatable_predictions.built_first: seeds after the model is built
def repeatable_predictions(model_fn, X, seed):
    state = torch.get_rng_state()
    model = model_fn().eval()
    torch.manual_seed(seed)
    with torch.no_grad():
        result = model(X)
    torch.set_rng_state(state)
    return result


# %% wrong repeatable_predictions.training_mode: dropout is at work
def repeatable_predictions(model_fn, X, seed):
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        return model_fn()(X)


# %% wrong repeatable_predictions.records: the result has a graph
def repeatable_predictions(model_fn, X, seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return model_fn().eval()(X)


# %% wrong repeatable_predictions.reseeds: sets another seed afterwards
def repeatable_predictions(model_fn, X, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        result = model_fn().eval()(X)
    torch.seed()
    return result


# %% wrong repeatable_predictions.own_generator: a generator that nobody draws from
def repeatable_predictions(model_fn, X, seed):
    generator = torch.Generator().manual_seed(seed)
    state = torch.get_rng_state()
    with torch.no_grad():
        result = model_fn().eval()(X)
    torch.set_rng_state(state)
    return result


# %% right repeatable_predictions.by_hand: the state saved and restored
def repeatable_predictions(model_fn, X, seed):
    state = torch.get_rng_state()
    try:
        torch.manual_seed(seed)
        model = model_fn()
        model.train(False)
        return model(X).detach()
    finally:
        torch.set_rng_state(state)


# %% right repeatable_predictions.inference: restored before the prediction
def repeatable_predictions(model_fn, X, seed):
    with torch.random.fork_rng(devices=[]):
        torch.random.manual_seed(seed)
        model = model_fn()
    model.eval()
    with torch.inference_mode():
        result = model(X)
    return result.clone()


# %% wrong ArrayDataset.shared: from_numpy lets an in-place transform into the arrays
class ArrayDataset(Dataset):
    def __init__(self, X, y, transform=None):
        if len(X) != len(y):
            raise ValueError(f"X {len(X)}, y {len(y)}")
        self.X = torch.from_numpy(X).float()
        self.y = torch.from_numpy(y).long()
        self.transform = transform

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        sample = self.X[i]
        if self.transform is not None:
            sample = self.transform(sample)
        return sample, self.y[i]


# %% wrong ArrayDataset.transformed_once: all samples are transformed at the start
class ArrayDataset(Dataset):
    def __init__(self, X, y, transform=None):
        if len(X) != len(y):
            raise ValueError(f"X {len(X)}, y {len(y)}")
        samples = [torch.tensor(x, dtype=torch.float32) for x in X]
        self.samples = [transform(x) for x in samples] if transform else samples
        self.y = torch.tensor(y, dtype=torch.int64)

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        return self.samples[i].clone(), self.y[i]


# %% wrong ArrayDataset.array_to_the_transform: the transform gets an array
class ArrayDataset(Dataset):
    def __init__(self, X, y, transform=None):
        if len(X) != len(y):
            raise ValueError(f"X {len(X)}, y {len(y)}")
        self.X, self.y, self.transform = X, y, transform

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        sample = self.X[i].copy()
        if self.transform:
            sample = self.transform(sample)
        return torch.as_tensor(sample, dtype=torch.float32), torch.tensor(self.y[i], dtype=torch.int64)


# %% wrong ArrayDataset.own_dtypes: keeps the arrays' dtypes
class ArrayDataset(Dataset):
    def __init__(self, X, y, transform=None):
        if len(X) != len(y):
            raise ValueError(f"X {len(X)}, y {len(y)}")
        self.X, self.y, self.transform = X, y, transform

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        sample = torch.tensor(self.X[i])
        return (self.transform(sample) if self.transform else sample), torch.tensor(self.y[i])


# %% wrong ArrayDataset.float_labels: the label as float32, too
class ArrayDataset(Dataset):
    def __init__(self, X, y, transform=None):
        if len(X) != len(y):
            raise ValueError(f"X {len(X)}, y {len(y)}")
        self.X, self.y, self.transform = X, y, transform

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        sample = torch.tensor(self.X[i], dtype=torch.float32)
        return (self.transform(sample) if self.transform else sample), torch.tensor(self.y[i], dtype=torch.float32)


# %% wrong ArrayDataset.rescales: divides by 255
class ArrayDataset(Dataset):
    def __init__(self, X, y, transform=None):
        if len(X) != len(y):
            raise ValueError(f"X {len(X)}, y {len(y)}")
        self.X, self.y, self.transform = X, y, transform

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        sample = torch.tensor(self.X[i] / 255, dtype=torch.float32)
        return (self.transform(sample) if self.transform else sample), torch.tensor(self.y[i], dtype=torch.int64)


# %% wrong ArrayDataset.flattens: loses the shape of the sample
class ArrayDataset(Dataset):
    def __init__(self, X, y, transform=None):
        if len(X) != len(y):
            raise ValueError(f"X {len(X)}, y {len(y)}")
        self.X, self.y, self.transform = X.reshape(len(X), -1), y, transform

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        sample = torch.tensor(self.X[i], dtype=torch.float32)
        return (self.transform(sample) if self.transform else sample), torch.tensor(self.y[i], dtype=torch.int64)


# %% wrong ArrayDataset.ignores_transform: stores the transform and does not use it
class ArrayDataset(Dataset):
    def __init__(self, X, y, transform=None):
        if len(X) != len(y):
            raise ValueError(f"X {len(X)}, y {len(y)}")
        self.X, self.y, self.transform = X, y, transform

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.tensor(self.X[i], dtype=torch.float32), torch.tensor(self.y[i], dtype=torch.int64)


# %% right ArrayDataset.stored_tensors: tensors at the start, a clone for each sample
class ArrayDataset(Dataset):
    def __init__(self, X, y, transform=None):
        if len(X) != len(y):
            raise ValueError(f"{len(X)} samples, {len(y)} labels")
        self.samples = torch.tensor(X, dtype=torch.float32)
        self.labels = torch.tensor(y, dtype=torch.int64)
        self.change = transform or (lambda x: x)

    def __len__(self):
        return self.labels.shape[0]

    def __getitem__(self, i):
        return self.change(self.samples[i].clone()), self.labels[i].clone()


# %% wrong make_loaders.shuffles_both: validation is shuffled, too
def make_loaders(X_train, y_train, X_val, y_val, batch_size, seed):
    train, val = (
        DataLoader(ArrayDataset(X, y), batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed))
        for X, y in ((X_train, y_train), (X_val, y_val))
    )
    return train, val


# %% wrong make_loaders.no_generator: shuffled by the global state
def make_loaders(X_train, y_train, X_val, y_val, batch_size, seed):
    train = DataLoader(ArrayDataset(X_train, y_train), batch_size=batch_size, shuffle=True)
    val = DataLoader(ArrayDataset(X_val, y_val), batch_size=batch_size)
    return train, val


# %% wrong make_loaders.seeds_everything: sets the global seed
def make_loaders(X_train, y_train, X_val, y_val, batch_size, seed):
    torch.manual_seed(seed)
    train = DataLoader(ArrayDataset(X_train, y_train), batch_size=batch_size, shuffle=True)
    val = DataLoader(ArrayDataset(X_val, y_val), batch_size=batch_size)
    return train, val


# %% wrong make_loaders.one_generator: the validation loader draws from the global state
def make_loaders(X_train, y_train, X_val, y_val, batch_size, seed):
    generator = torch.Generator().manual_seed(seed)
    train = DataLoader(ArrayDataset(X_train, y_train), batch_size=batch_size, shuffle=True, generator=generator)
    val = DataLoader(ArrayDataset(X_val, y_val), batch_size=batch_size)
    return train, val


# %% wrong make_loaders.shuffled_once: the arrays are shuffled, the passes are all alike
def make_loaders(X_train, y_train, X_val, y_val, batch_size, seed):
    order = np.random.default_rng(seed).permutation(len(X_train))
    train = DataLoader(ArrayDataset(X_train[order], y_train[order]), batch_size=batch_size, generator=torch.Generator())
    val = DataLoader(ArrayDataset(X_val, y_val), batch_size=batch_size, generator=torch.Generator())
    return train, val


# %% wrong make_loaders.drops: leaves the incomplete batch out
def make_loaders(X_train, y_train, X_val, y_val, batch_size, seed):
    train = DataLoader(
        ArrayDataset(X_train, y_train),
        batch_size=batch_size,
        shuffle=True,
        drop_last=True,
        generator=torch.Generator().manual_seed(seed),
    )
    val = DataLoader(ArrayDataset(X_val, y_val), batch_size=batch_size, generator=torch.Generator())
    return train, val


# %% wrong make_loaders.ignores_seed: a generator that is always seeded alike
def make_loaders(X_train, y_train, X_val, y_val, batch_size, seed):
    train = DataLoader(ArrayDataset(X_train, y_train), batch_size, shuffle=True, generator=torch.Generator())
    val = DataLoader(ArrayDataset(X_val, y_val), batch_size, generator=torch.Generator())
    return train, val


# %% wrong make_loaders.whole_validation: the validation data in one batch
def make_loaders(X_train, y_train, X_val, y_val, batch_size, seed):
    train = DataLoader(
        ArrayDataset(X_train, y_train), batch_size, shuffle=True, generator=torch.Generator().manual_seed(seed)
    )
    val = DataLoader(ArrayDataset(X_val, y_val), batch_size=len(X_val), generator=torch.Generator())
    return train, val


# %% right make_loaders.sampler: a random sampler with the generator
def make_loaders(X_train, y_train, X_val, y_val, batch_size, seed):
    from torch.utils.data import RandomSampler

    training, validation = ArrayDataset(X_train, y_train), ArrayDataset(X_val, y_val)
    generator = torch.Generator()
    generator.manual_seed(seed)
    sampler = RandomSampler(training, generator=generator)
    train = DataLoader(training, batch_size, sampler=sampler, generator=torch.Generator())
    return train, DataLoader(validation, batch_size, False, generator=generator)


# %% right make_loaders.tensor_datasets: datasets of PyTorch's own
def make_loaders(X_train, y_train, X_val, y_val, batch_size, seed):
    def dataset(X, y):
        return TensorDataset(torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.int64))

    generator = torch.Generator().manual_seed(seed + 1)
    train = DataLoader(dataset(X_train, y_train), batch_size, shuffle=True, generator=generator)
    return train, DataLoader(dataset(X_val, y_val), batch_size, generator=torch.Generator())


# %% wrong train_epoch.mean_of_means: batches count equally
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    losses = []
    for inputs, targets in loader:
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


# %% wrong train_epoch.no_clear: gradients add up over the batches
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(inputs), count + len(inputs)
    return total / count


# %% wrong train_epoch.clears_too_late: cleared after the step, so old gradients count once
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total, count = total + loss.item() * len(inputs), count + len(inputs)
    return total / count


# %% wrong train_epoch.clears_before_the_step: the optimiser sees no gradient
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total, count = total + loss.item() * len(inputs), count + len(inputs)
    return total / count


# %% wrong train_epoch.keeps_the_mode: relies on the mode that it finds
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    total, count = 0.0, 0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(inputs), count + len(inputs)
    return total / count


# %% wrong train_epoch.restores_the_mode: goes back to the mode before
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    before = model.training
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(inputs), count + len(inputs)
    model.train(before)
    return total / count


# %% wrong train_epoch.tensor: a tensor with the graphs of all batches
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        optimizer.step()
        total, count = total + loss * len(inputs), count + len(inputs)
    return total / count


# %% wrong train_epoch.one_step: one step an epoch, with the sum of the gradients
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    optimizer.zero_grad()
    total, count = 0.0, 0
    for inputs, targets in loader:
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        total, count = total + loss.item() * len(inputs), count + len(inputs)
    optimizer.step()
    return total / count


# %% wrong train_epoch.last_loss: the loss of the last batch
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        optimizer.step()
    return loss.item()


# %% wrong train_epoch.needs_a_dataset: divides by the length of a dataset, which a list of batches does not have
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    total = 0.0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
    return total / len(loader.dataset)


# %% wrong train_epoch.targets_stay: the targets are not moved
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    total, count = 0.0, 0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(inputs.to(device)), targets)
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(inputs), count + len(inputs)
    return total / count


# %% right train_epoch.lists: losses and sizes in lists, NumPy's weighted mean
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train(True)
    losses, sizes = [], []
    for batch in loader:
        X, y = [t.to(device=device) for t in batch]
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.grad = None
        output = model(X)
        loss = loss_fn(output, y)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        sizes.append(y.shape[0])
    return np.average(losses, weights=sizes)


# %% right train_epoch.cleared_by_the_model: the model clears its own gradients
def train_epoch(model, loader, loss_fn, optimizer, device="cpu"):
    model.train()
    summed, seen = torch.zeros(()), 0
    for X, y in loader:
        X, y = X.to(device), y.to(device)
        model.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        optimizer.step()
        summed += loss.detach() * len(X)
        seen += len(X)
    return (summed / seen).item()


# %% wrong evaluate.training_mode: dropout is at work
def evaluate(model, loader, loss_fn, device="cpu"):
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            X, y = X.to(device), y.to(device)
            outputs = model(X)
            total += loss_fn(outputs, y).item() * len(y)
            right += (outputs.argmax(1) == y).sum().item()
            count += len(y)
    return total / count, right / count


# %% wrong evaluate.stays_in_eval: the mode is not restored
def evaluate(model, loader, loss_fn, device="cpu"):
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            X, y = X.to(device), y.to(device)
            outputs = model(X)
            total += loss_fn(outputs, y).item() * len(y)
            right += (outputs.argmax(1) == y).sum().item()
            count += len(y)
    return total / count, right / count


# %% wrong evaluate.always_train: goes to training mode afterwards
def evaluate(model, loader, loss_fn, device="cpu"):
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            X, y = X.to(device), y.to(device)
            outputs = model(X)
            total += loss_fn(outputs, y).item() * len(y)
            right += (outputs.argmax(1) == y).sum().item()
            count += len(y)
    model.train()
    return total / count, right / count


# %% wrong evaluate.wakes_the_frozen: one mode for all modules
def evaluate(model, loader, loss_fn, device="cpu"):
    before = model.training
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            X, y = X.to(device), y.to(device)
            outputs = model(X)
            total += loss_fn(outputs, y).item() * len(y)
            right += (outputs.argmax(1) == y).sum().item()
            count += len(y)
    model.train(before)
    return total / count, right / count


# %% wrong evaluate.records: graphs are built
def evaluate(model, loader, loss_fn, device="cpu"):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    total, right, count = 0.0, 0, 0
    for X, y in loader:
        X, y = X.to(device), y.to(device)
        outputs = model(X)
        total += loss_fn(outputs, y).item() * len(y)
        right += (outputs.argmax(1) == y).sum().item()
        count += len(y)
    for m, mode in modes:
        m.training = mode
    return total / count, right / count


# %% wrong evaluate.mean_of_means: batches count equally
def evaluate(model, loader, loss_fn, device="cpu"):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    losses, rates = [], []
    with torch.no_grad():
        for X, y in loader:
            X, y = X.to(device), y.to(device)
            outputs = model(X)
            losses.append(loss_fn(outputs, y).item())
            rates.append((outputs.argmax(1) == y).double().mean().item())
    for m, mode in modes:
        m.training = mode
    return float(np.mean(losses)), float(np.mean(rates))


# %% wrong evaluate.per_cent: accuracy in per cent
def evaluate(model, loader, loss_fn, device="cpu"):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            X, y = X.to(device), y.to(device)
            outputs = model(X)
            total += loss_fn(outputs, y).item() * len(y)
            right += (outputs.argmax(1) == y).sum().item()
            count += len(y)
    for m, mode in modes:
        m.training = mode
    return total / count, 100 * right / count


# %% wrong evaluate.cross_entropy_always: another loss_fn is not used
def evaluate(model, loader, loss_fn, device="cpu"):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            X, y = X.to(device), y.to(device)
            outputs = model(X)
            total += F.cross_entropy(outputs, y, reduction="sum").item()
            right += (outputs.argmax(1) == y).sum().item()
            count += len(y)
    for m, mode in modes:
        m.training = mode
    return total / count, right / count


# %% wrong evaluate.recording_stays_off: switches recording off for good
def evaluate(model, loader, loss_fn, device="cpu"):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    torch.set_grad_enabled(False)
    total, right, count = 0.0, 0, 0
    for X, y in loader:
        X, y = X.to(device), y.to(device)
        outputs = model(X)
        total += loss_fn(outputs, y).item() * len(y)
        right += (outputs.argmax(1) == y).sum().item()
        count += len(y)
    for m, mode in modes:
        m.training = mode
    return total / count, right / count


# %% right evaluate.inference_mode: a dict of modes, inference mode, tensors added up
def evaluate(model, loader, loss_fn, device="cpu"):
    modes = {name: module.training for name, module in model.named_modules()}
    model.train(False)
    losses, hits, sizes = [], [], []
    with torch.inference_mode():
        for X, y in loader:
            X, y = X.to(device), y.to(device)
            outputs = model(X)
            losses.append(float(loss_fn(outputs, y)))
            hits.append(int((outputs.max(dim=1).indices == y).sum()))
            sizes.append(len(X))
    for name, module in model.named_modules():
        module.training = modes[name]
    return float(np.average(losses, weights=sizes)), float(np.sum(hits) / np.sum(sizes))


# %% wrong fit.rate_of_the_next_epoch: the scheduler steps before the rate is recorded
def fit(model, train_loader, val_loader, loss_fn, optimizer, n_epochs, scheduler=None, device="cpu"):
    history = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": [], "lr": []}
    for _ in range(n_epochs):
        train_epoch(model, train_loader, loss_fn, optimizer, device)
        if scheduler is not None:
            scheduler.step()
        for part, loader in (("train", train_loader), ("val", val_loader)):
            loss, accuracy = evaluate(model, loader, loss_fn, device)
            history[f"{part}_loss"].append(loss)
            history[f"{part}_accuracy"].append(accuracy)
        history["lr"].append(optimizer.param_groups[0]["lr"])
    return history


# %% wrong fit.loss_during_training: the training loss is train_epoch's
def fit(model, train_loader, val_loader, loss_fn, optimizer, n_epochs, scheduler=None, device="cpu"):
    history = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": [], "lr": []}
    for _ in range(n_epochs):
        history["lr"].append(optimizer.param_groups[0]["lr"])
        history["train_loss"].append(train_epoch(model, train_loader, loss_fn, optimizer, device))
        history["train_accuracy"].append(evaluate(model, train_loader, loss_fn, device)[1])
        loss, accuracy = evaluate(model, val_loader, loss_fn, device)
        history["val_loss"].append(loss)
        history["val_accuracy"].append(accuracy)
        if scheduler is not None:
            scheduler.step()
    return history


# %% wrong fit.no_scheduler: the scheduler is never stepped
def fit(model, train_loader, val_loader, loss_fn, optimizer, n_epochs, scheduler=None, device="cpu"):
    history = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": [], "lr": []}
    for _ in range(n_epochs):
        history["lr"].append(optimizer.param_groups[0]["lr"])
        train_epoch(model, train_loader, loss_fn, optimizer, device)
        for part, loader in (("train", train_loader), ("val", val_loader)):
            loss, accuracy = evaluate(model, loader, loss_fn, device)
            history[f"{part}_loss"].append(loss)
            history[f"{part}_accuracy"].append(accuracy)
    return history


# %% wrong fit.needs_a_scheduler: steps a scheduler that may be None
def fit(model, train_loader, val_loader, loss_fn, optimizer, n_epochs, scheduler=None, device="cpu"):
    history = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": [], "lr": []}
    for _ in range(n_epochs):
        history["lr"].append(optimizer.param_groups[0]["lr"])
        train_epoch(model, train_loader, loss_fn, optimizer, device)
        for part, loader in (("train", train_loader), ("val", val_loader)):
            loss, accuracy = evaluate(model, loader, loss_fn, device)
            history[f"{part}_loss"].append(loss)
            history[f"{part}_accuracy"].append(accuracy)
        scheduler.step()
    return history


# %% wrong fit.validates_on_training: the same loader twice
def fit(model, train_loader, val_loader, loss_fn, optimizer, n_epochs, scheduler=None, device="cpu"):
    history = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": [], "lr": []}
    for _ in range(n_epochs):
        history["lr"].append(optimizer.param_groups[0]["lr"])
        train_epoch(model, train_loader, loss_fn, optimizer, device)
        for part in ("train", "val"):
            loss, accuracy = evaluate(model, train_loader, loss_fn, device)
            history[f"{part}_loss"].append(loss)
            history[f"{part}_accuracy"].append(accuracy)
        if scheduler is not None:
            scheduler.step()
    return history


# %% wrong fit.measured_before: evaluates before the epoch's updates
def fit(model, train_loader, val_loader, loss_fn, optimizer, n_epochs, scheduler=None, device="cpu"):
    history = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": [], "lr": []}
    for _ in range(n_epochs):
        history["lr"].append(optimizer.param_groups[0]["lr"])
        for part, loader in (("train", train_loader), ("val", val_loader)):
            loss, accuracy = evaluate(model, loader, loss_fn, device)
            history[f"{part}_loss"].append(loss)
            history[f"{part}_accuracy"].append(accuracy)
        train_epoch(model, train_loader, loss_fn, optimizer, device)
        if scheduler is not None:
            scheduler.step()
    return history


# %% wrong fit.no_device: the device is not handed on
def fit(model, train_loader, val_loader, loss_fn, optimizer, n_epochs, scheduler=None, device="cpu"):
    history = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": [], "lr": []}
    for _ in range(n_epochs):
        history["lr"].append(optimizer.param_groups[0]["lr"])
        train_epoch(model, train_loader, loss_fn, optimizer)
        for part, loader in (("train", train_loader), ("val", val_loader)):
            loss, accuracy = evaluate(model, loader, loss_fn)
            history[f"{part}_loss"].append(loss)
            history[f"{part}_accuracy"].append(accuracy)
        if scheduler is not None:
            scheduler.step()
    return history


# %% wrong fit.validation_trains: trains on the validation data as well
def fit(model, train_loader, val_loader, loss_fn, optimizer, n_epochs, scheduler=None, device="cpu"):
    history = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": [], "lr": []}
    for _ in range(n_epochs):
        history["lr"].append(optimizer.param_groups[0]["lr"])
        for part, loader in (("train", train_loader), ("val", val_loader)):
            train_epoch(model, loader, loss_fn, optimizer, device)
            loss, accuracy = evaluate(model, loader, loss_fn, device)
            history[f"{part}_loss"].append(loss)
            history[f"{part}_accuracy"].append(accuracy)
        if scheduler is not None:
            scheduler.step()
    return history


# %% right fit.rows: one row an epoch, turned into columns at the end
def fit(model, train_loader, val_loader, loss_fn, optimizer, n_epochs, scheduler=None, device="cpu"):
    rows, epoch = [], 0
    while epoch < n_epochs:
        lr = optimizer.param_groups[0]["lr"]
        train_epoch(model, train_loader, loss_fn, optimizer, device=device)
        if scheduler:
            scheduler.step()
        train = evaluate(model, train_loader, loss_fn, device=device)
        rows.append((*train, *evaluate(model, val_loader, loss_fn, device=device), lr))
        epoch += 1
    keys = ["train_loss", "train_accuracy", "val_loss", "val_accuracy", "lr"]
    return {key: [float(row[i]) for row in rows] for i, key in enumerate(keys)}


# %% wrong momentum_step_.forgets_velocity: plain gradient descent
def momentum_step_(params, grads, velocities, lr, beta):
    if not len(params) == len(grads) == len(velocities):
        raise ValueError(f"{len(params)}, {len(grads)}, {len(velocities)}")
    with torch.no_grad():
        for p, g in zip(params, grads):
            p -= lr * g


# %% wrong momentum_step_.average: the other convention, with (1 - beta)
def momentum_step_(params, grads, velocities, lr, beta):
    if not len(params) == len(grads) == len(velocities):
        raise ValueError(f"{len(params)}, {len(grads)}, {len(velocities)}")
    with torch.no_grad():
        for p, g, v in zip(params, grads, velocities):
            v.mul_(beta).add_((1 - beta) * g)
            p -= lr * v


# %% wrong momentum_step_.rate_in_velocity: the rate is part of the velocity and of the step
def momentum_step_(params, grads, velocities, lr, beta):
    if not len(params) == len(grads) == len(velocities):
        raise ValueError(f"{len(params)}, {len(grads)}, {len(velocities)}")
    with torch.no_grad():
        for p, g, v in zip(params, grads, velocities):
            v.mul_(beta).add_(lr * g)
            p -= lr * v


# %% wrong momentum_step_.old_velocity: the step uses the velocity before the gradient
def momentum_step_(params, grads, velocities, lr, beta):
    if not len(params) == len(grads) == len(velocities):
        raise ValueError(f"{len(params)}, {len(grads)}, {len(velocities)}")
    with torch.no_grad():
        for p, g, v in zip(params, grads, velocities):
            p -= lr * v
            v.mul_(beta).add_(g)


# %% wrong momentum_step_.new_names: neither the parameter nor the velocity is changed
def momentum_step_(params, grads, velocities, lr, beta):
    if not len(params) == len(grads) == len(velocities):
        raise ValueError(f"{len(params)}, {len(grads)}, {len(velocities)}")
    for p, g, v in zip(params, grads, velocities):
        v = beta * v + g
        p = p - lr * v


# %% wrong momentum_step_.recorded: the step is not kept out of the record
def momentum_step_(params, grads, velocities, lr, beta):
    if not len(params) == len(grads) == len(velocities):
        raise ValueError(f"{len(params)}, {len(grads)}, {len(velocities)}")
    for p, g, v in zip(params, grads, velocities):
        v.mul_(beta).add_(g)
        p -= lr * v


# %% wrong momentum_step_.into_the_gradient: adds the velocity into the caller's gradient
def momentum_step_(params, grads, velocities, lr, beta):
    if not len(params) == len(grads) == len(velocities):
        raise ValueError(f"{len(params)}, {len(grads)}, {len(velocities)}")
    with torch.no_grad():
        for p, g, v in zip(params, grads, velocities):
            g += beta * v
            v.copy_(g)
            p -= lr * g


# %% wrong momentum_step_.nesterov: looks ahead
def momentum_step_(params, grads, velocities, lr, beta):
    if not len(params) == len(grads) == len(velocities):
        raise ValueError(f"{len(params)}, {len(grads)}, {len(velocities)}")
    with torch.no_grad():
        for p, g, v in zip(params, grads, velocities):
            v.mul_(beta).add_(g)
            p -= lr * (g + beta * v)


# %% right momentum_step_.list_entries: new tensors in the list of velocities, p.data
def momentum_step_(params, grads, velocities, lr, beta):
    if not len(params) == len(grads) == len(velocities):
        raise ValueError(f"{len(params)}, {len(grads)}, {len(velocities)}")
    for i in range(len(params)):
        velocities[i] = beta * velocities[i] + grads[i]
        params[i].data -= lr * velocities[i]


# %% wrong adam_step_.no_correction: the averages are used as they are
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)}, {len(grads)}")
    if not state:
        state.update(m=[torch.zeros_like(g) for g in grads], s=[torch.zeros_like(g) for g in grads])
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, state["m"], state["s"]):
            m.mul_(betas[0]).add_((1 - betas[0]) * g)
            s.mul_(betas[1]).add_((1 - betas[1]) * g**2)
            p -= lr * m / (s.sqrt() + eps)


# %% wrong adam_step_.counts_parameters: the count grows once for each parameter
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)}, {len(grads)}")
    if not state:
        state.update(t=0, m=[torch.zeros_like(g) for g in grads], s=[torch.zeros_like(g) for g in grads])
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, state["m"], state["s"]):
            state["t"] += 1
            m.mul_(betas[0]).add_((1 - betas[0]) * g)
            s.mul_(betas[1]).add_((1 - betas[1]) * g**2)
            p -= lr * m / (1 - betas[0] ** state["t"]) / ((s / (1 - betas[1] ** state["t"])).sqrt() + eps)


# %% wrong adam_step_.eps_inside: eps under the root
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)}, {len(grads)}")
    if not state:
        state.update(t=0, m=[torch.zeros_like(g) for g in grads], s=[torch.zeros_like(g) for g in grads])
    state["t"] += 1
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, state["m"], state["s"]):
            m.mul_(betas[0]).add_((1 - betas[0]) * g)
            s.mul_(betas[1]).add_((1 - betas[1]) * g**2)
            p -= lr * m / (1 - betas[0] ** state["t"]) / (s / (1 - betas[1] ** state["t"]) + eps).sqrt()


# %% wrong adam_step_.eps_corrected: eps is added before the correction
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)}, {len(grads)}")
    if not state:
        state.update(t=0, m=[torch.zeros_like(g) for g in grads], s=[torch.zeros_like(g) for g in grads])
    state["t"] += 1
    rate = lr * math.sqrt(1 - betas[1] ** state["t"]) / (1 - betas[0] ** state["t"])
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, state["m"], state["s"]):
            m.mul_(betas[0]).add_((1 - betas[0]) * g)
            s.mul_(betas[1]).add_((1 - betas[1]) * g**2)
            p -= rate * m / (s.sqrt() + eps)


# %% wrong adam_step_.always_default: betas and eps are not used
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)}, {len(grads)}")
    if not state:
        state.update(t=0, m=[torch.zeros_like(g) for g in grads], s=[torch.zeros_like(g) for g in grads])
    state["t"] += 1
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, state["m"], state["s"]):
            m.mul_(0.9).add_(0.1 * g)
            s.mul_(0.999).add_(0.001 * g**2)
            p -= lr * m / (1 - 0.9 ** state["t"]) / ((s / (1 - 0.999 ** state["t"])).sqrt() + 1e-8)


# %% wrong adam_step_.betas_swapped: each average has the other one's beta
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)}, {len(grads)}")
    if not state:
        state.update(t=0, m=[torch.zeros_like(g) for g in grads], s=[torch.zeros_like(g) for g in grads])
    state["t"] += 1
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, state["m"], state["s"]):
            m.mul_(betas[1]).add_((1 - betas[1]) * g)
            s.mul_(betas[0]).add_((1 - betas[0]) * g**2)
            p -= lr * m / (1 - betas[1] ** state["t"]) / ((s / (1 - betas[0] ** state["t"])).sqrt() + eps)


# %% wrong adam_step_.corrects_the_average: the corrected averages are stored
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)}, {len(grads)}")
    if not state:
        state.update(t=0, m=[torch.zeros_like(g) for g in grads], s=[torch.zeros_like(g) for g in grads])
    state["t"] += 1
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, state["m"], state["s"]):
            m.mul_(betas[0]).add_((1 - betas[0]) * g).div_(1 - betas[0] ** state["t"])
            s.mul_(betas[1]).add_((1 - betas[1]) * g**2).div_(1 - betas[1] ** state["t"])
            p -= lr * m / (s.sqrt() + eps)


# %% wrong adam_step_.kept_in_the_function: the state is an attribute of the function
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)}, {len(grads)}")
    kept = adam_step_.__dict__
    if not state:
        state["started"] = True
        kept.update(t=0, m=[torch.zeros_like(g) for g in grads], s=[torch.zeros_like(g) for g in grads])
    kept["t"] += 1
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, kept["m"], kept["s"]):
            m.mul_(betas[0]).add_((1 - betas[0]) * g)
            s.mul_(betas[1]).add_((1 - betas[1]) * g**2)
            p -= lr * m / (1 - betas[0] ** kept["t"]) / ((s / (1 - betas[1] ** kept["t"])).sqrt() + eps)


# %% wrong adam_step_.recorded: the step is not kept out of the record
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)}, {len(grads)}")
    if not state:
        state.update(t=0, m=[torch.zeros_like(g) for g in grads], s=[torch.zeros_like(g) for g in grads])
    state["t"] += 1
    for p, g, m, s in zip(params, grads, state["m"], state["s"]):
        m.mul_(betas[0]).add_((1 - betas[0]) * g)
        s.mul_(betas[1]).add_((1 - betas[1]) * g**2)
        p -= lr * m / (1 - betas[0] ** state["t"]) / ((s / (1 - betas[1] ** state["t"])).sqrt() + eps)


# %% wrong adam_step_.aliased: both averages are one tensor
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)}, {len(grads)}")
    if not state:
        zeros = [torch.zeros_like(g) for g in grads]
        state.update(t=0, m=zeros, s=zeros)
    state["t"] += 1
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, state["m"], state["s"]):
            m.mul_(betas[0]).add_((1 - betas[0]) * g)
            s.mul_(betas[1]).add_((1 - betas[1]) * g**2)
            p -= lr * m / (1 - betas[0] ** state["t"]) / ((s / (1 - betas[1] ** state["t"])).abs().sqrt() + eps)


# %% right adam_step_.by_position: one small record for each parameter, new tensors each time
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)} parameters, {len(grads)} gradients")
    t = state.get("t", 0) + 1
    state["t"] = t
    for i, (p, g) in enumerate(zip(params, grads)):
        m, s = state.get(i, (0.0, 0.0))
        m, s = betas[0] * m + (1 - betas[0]) * g, betas[1] * s + (1 - betas[1]) * g * g
        state[i] = m, s
        p.data.sub_(lr * (m / (1 - betas[0] ** t)) / (torch.sqrt(s / (1 - betas[1] ** t)) + eps))


# %% right adam_step_.lerp: averages by lerp, powers multiplied up
def adam_step_(params, grads, state, lr, betas=(0.9, 0.999), eps=1e-8):
    if len(params) != len(grads):
        raise ValueError(f"{len(params)} parameters, {len(grads)} gradients")
    if len(state) == 0:
        state["first"] = [torch.zeros_like(g) for g in grads]
        state["second"] = [torch.zeros_like(g) for g in grads]
        state["powers"] = [1.0, 1.0]
    state["powers"] = [power * beta for power, beta in zip(state["powers"], betas)]
    with torch.no_grad():
        for p, g, m, s in zip(params, grads, state["first"], state["second"]):
            m.lerp_(g, 1 - betas[0])
            s.lerp_(g.square(), 1 - betas[1])
            root = s.sqrt() / math.sqrt(1 - state["powers"][1]) + eps
            p.addcdiv_(m, root, value=-lr / (1 - state["powers"][0]))


# %% wrong per_class_report.swapped: precision and recall are exchanged
def per_class_report(model, loader, class_names):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        pairs = [(y, model(X).argmax(dim=1)) for X, y in loader]
    for m, mode in modes:
        m.training = mode
    y, p = (torch.cat(parts).numpy() for parts in zip(*pairs))
    k = len(class_names)
    hits, predicted, support = (np.bincount(a, minlength=k) for a in (y[y == p], p, y))
    table = {"precision": hits / np.maximum(support, 1), "recall": hits / np.maximum(predicted, 1), "support": support}
    return pd.DataFrame(table, index=class_names)


# %% wrong per_class_report.nan: divides by 0
def per_class_report(model, loader, class_names):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        pairs = [(y, model(X).argmax(dim=1)) for X, y in loader]
    for m, mode in modes:
        m.training = mode
    y, p = (torch.cat(parts).numpy() for parts in zip(*pairs))
    k = len(class_names)
    hits, predicted, support = (np.bincount(a, minlength=k) for a in (y[y == p], p, y))
    with np.errstate(all="ignore"):
        table = {"precision": hits / predicted, "recall": hits / support, "support": support}
    return pd.DataFrame(table, index=class_names)


# %% wrong per_class_report.warns: mends the nan after a warning
def per_class_report(model, loader, class_names):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        pairs = [(y, model(X).argmax(dim=1)) for X, y in loader]
    for m, mode in modes:
        m.training = mode
    y, p = (torch.cat(parts).numpy() for parts in zip(*pairs))
    k = len(class_names)
    hits, predicted, support = (np.bincount(a, minlength=k) for a in (y[y == p], p, y))
    table = {"precision": hits / predicted, "recall": hits / support, "support": support}
    return pd.DataFrame(table, index=class_names).fillna(0)


# %% wrong per_class_report.training_mode: predicts with dropout
def per_class_report(model, loader, class_names):
    with torch.no_grad():
        pairs = [(y, model(X).argmax(dim=1)) for X, y in loader]
    y, p = (torch.cat(parts).numpy() for parts in zip(*pairs))
    k = len(class_names)
    hits, predicted, support = (np.bincount(a, minlength=k) for a in (y[y == p], p, y))
    table = {"precision": hits / np.maximum(predicted, 1), "recall": hits / np.maximum(support, 1), "support": support}
    return pd.DataFrame(table, index=class_names)


# %% wrong per_class_report.stays_in_eval: the mode is not restored
def per_class_report(model, loader, class_names):
    model.eval()
    with torch.no_grad():
        pairs = [(y, model(X).argmax(dim=1)) for X, y in loader]
    y, p = (torch.cat(parts).numpy() for parts in zip(*pairs))
    k = len(class_names)
    hits, predicted, support = (np.bincount(a, minlength=k) for a in (y[y == p], p, y))
    table = {"precision": hits / np.maximum(predicted, 1), "recall": hits / np.maximum(support, 1), "support": support}
    return pd.DataFrame(table, index=class_names)


# %% wrong per_class_report.sorted_names: the rows in alphabetical order
def per_class_report(model, loader, class_names):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        pairs = [(y, model(X).argmax(dim=1)) for X, y in loader]
    for m, mode in modes:
        m.training = mode
    y, p = (torch.cat(parts).numpy() for parts in zip(*pairs))
    k = len(class_names)
    hits, predicted, support = (np.bincount(a, minlength=k) for a in (y[y == p], p, y))
    table = {"precision": hits / np.maximum(predicted, 1), "recall": hits / np.maximum(support, 1), "support": support}
    return pd.DataFrame(table, index=class_names).sort_index()


# %% wrong per_class_report.occurring_only: rows for the classes that occur
def per_class_report(model, loader, class_names):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        pairs = [(y, model(X).argmax(dim=1)) for X, y in loader]
    for m, mode in modes:
        m.training = mode
    y, p = (torch.cat(parts).numpy() for parts in zip(*pairs))
    rows = {}
    for c in np.unique(y):
        hits = int(((y == c) & (p == c)).sum())
        rows[class_names[c]] = (hits / max(int((p == c).sum()), 1), hits / int((y == c).sum()), int((y == c).sum()))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["precision", "recall", "support"])


# %% wrong per_class_report.last_batch: only the last batch is counted
def per_class_report(model, loader, class_names):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        for X, y in loader:
            p = model(X).argmax(dim=1).numpy()
    for m, mode in modes:
        m.training = mode
    y, k = y.numpy(), len(class_names)
    hits, predicted, support = (np.bincount(a, minlength=k) for a in (y[y == p], p, y))
    table = {"precision": hits / np.maximum(predicted, 1), "recall": hits / np.maximum(support, 1), "support": support}
    return pd.DataFrame(table, index=class_names)


# %% right per_class_report.sklearn: scikit-learn counts
def per_class_report(model, loader, class_names):
    from sklearn.metrics import precision_recall_fscore_support

    modes = {m: m.training for m in model.modules()}
    model.eval()
    y, p = [], []
    with torch.inference_mode():
        for X, targets in loader:
            y += targets.tolist()
            p += model(X).argmax(dim=-1).tolist()
    for m in modes:
        m.training = modes[m]
    precision, recall, _, support = precision_recall_fscore_support(
        y, p, labels=list(range(len(class_names))), zero_division=0
    )
    return pd.DataFrame({"precision": precision, "recall": recall, "support": support}, index=list(class_names))


# %% right per_class_report.row_by_row: a row for each class from three counts
def per_class_report(model, loader, class_names):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    counts = np.zeros((len(class_names), len(class_names)), dtype=int)
    with torch.no_grad():
        for X, y in loader:
            np.add.at(counts, (y.numpy(), model(X).argmax(dim=1).numpy()), 1)
    for m, mode in modes:
        m.training = mode
    rows = []
    for c in range(len(class_names)):
        predicted, support = int(counts[:, c].sum()), int(counts[c].sum())
        rows.append(
            {
                "precision": counts[c, c] / predicted if predicted else 0.0,
                "recall": counts[c, c] / support if support else 0.0,
                "support": support,
            }
        )
    return pd.DataFrame(rows, index=class_names)
