# Answers to ps08_hidden_layers. Each is run in place of the exercise's solution cell; docstrings are left out.

# %% wrong FeedForward.plain_list: layers in a list, which hides them from parameters()
class FeedForward(nn.Module):
    def __init__(self, n_inputs, n_outputs, n_hidden_layers, n_hidden, activation, output_activation=None):
        super().__init__()
        self.activation, self.output_activation = activation, output_activation
        sizes = [n_inputs] + [n_hidden] * n_hidden_layers + [n_outputs]
        self.layers = [nn.Linear(a, b) for a, b in itertools.pairwise(sizes)]

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        x = self.layers[-1](x)
        return x if self.output_activation is None else self.output_activation(x)


# %% wrong FeedForward.activates_output: the hidden activation after the last layer too
class FeedForward(nn.Module):
    def __init__(self, n_inputs, n_outputs, n_hidden_layers, n_hidden, activation, output_activation=None):
        super().__init__()
        self.activation, self.output_activation = activation, output_activation
        sizes = [n_inputs] + [n_hidden] * n_hidden_layers + [n_outputs]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))

    def forward(self, x):
        for layer in self.layers:
            x = self.activation(layer(x))
        return x if self.output_activation is None else self.output_activation(x)


# %% wrong FeedForward.shares_layer: one hidden layer used several times
class FeedForward(nn.Module):
    def __init__(self, n_inputs, n_outputs, n_hidden_layers, n_hidden, activation, output_activation=None):
        super().__init__()
        self.activation, self.output_activation = activation, output_activation
        if n_hidden_layers == 0:
            self.layers = nn.ModuleList([nn.Linear(n_inputs, n_outputs)])
        else:
            middle = [nn.Linear(n_hidden, n_hidden)] * (n_hidden_layers - 1)
            self.layers = nn.ModuleList([nn.Linear(n_inputs, n_hidden), *middle, nn.Linear(n_hidden, n_outputs)])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        x = self.layers[-1](x)
        return x if self.output_activation is None else self.output_activation(x)


# %% wrong FeedForward.ignores_output_activation: kept as an attribute, never called
class FeedForward(nn.Module):
    def __init__(self, n_inputs, n_outputs, n_hidden_layers, n_hidden, activation, output_activation=None):
        super().__init__()
        self.activation, self.output_activation = activation, output_activation
        sizes = [n_inputs] + [n_hidden] * n_hidden_layers + [n_outputs]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)


# %% wrong FeedForward.one_layer_more: counts the input layer as hidden
class FeedForward(nn.Module):
    def __init__(self, n_inputs, n_outputs, n_hidden_layers, n_hidden, activation, output_activation=None):
        super().__init__()
        self.activation, self.output_activation = activation, output_activation
        self.layers = nn.ModuleList([nn.Linear(n_inputs, n_hidden)])
        for _ in range(n_hidden_layers):
            self.layers.append(nn.Linear(n_hidden, n_hidden))
        self.layers.append(nn.Linear(n_hidden, n_outputs))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        x = self.layers[-1](x)
        return x if self.output_activation is None else self.output_activation(x)


# %% wrong FeedForward.first_only: the activation after the first layer alone
class FeedForward(nn.Module):
    def __init__(self, n_inputs, n_outputs, n_hidden_layers, n_hidden, activation, output_activation=None):
        super().__init__()
        self.activation, self.output_activation = activation, output_activation
        sizes = [n_inputs] + [n_hidden] * n_hidden_layers + [n_outputs]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))

    def forward(self, x):
        x = self.layers[0](x)
        if len(self.layers) > 1:
            x = self.activation(x)
        for layer in self.layers[1:]:
            x = layer(x)
        return x if self.output_activation is None else self.output_activation(x)


# %% right FeedForward.appended: layers appended one by one, the last one told by its index
class FeedForward(nn.Module):
    def __init__(self, n_inputs, n_outputs, n_hidden_layers, n_hidden, activation, output_activation=None):
        super().__init__()
        self.activation = activation
        self.output_activation = output_activation
        self.layers = nn.ModuleList()
        width = n_inputs
        for _ in range(n_hidden_layers):
            self.layers.append(nn.Linear(width, n_hidden))
            width = n_hidden
        self.layers.append(nn.Linear(width, n_outputs))

    def forward(self, x):
        last = len(self.layers) - 1
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < last:
                x = self.activation(x)
            elif self.output_activation is not None:
                x = self.output_activation(x)
        return x


# %% wrong count_parameters.tensors: counts parameters, not their entries
def count_parameters(model):
    return sum(1 for p in model.parameters() if p.requires_grad)


# %% wrong count_parameters.frozen_too: frozen parameters count
def count_parameters(model):
    return sum(p.numel() for p in model.parameters())


# %% wrong count_parameters.state_dict: shared weights count twice, buffers count
def count_parameters(model):
    return sum(t.numel() for t in model.state_dict().values())


# %% wrong count_parameters.weights_only: biases are left out
def count_parameters(model):
    return sum(p.numel() for name, p in model.named_parameters() if p.requires_grad and not name.endswith("bias"))


# %% wrong count_parameters.first_axis: the length of a tensor is not its number of entries
def count_parameters(model):
    return sum(len(p) for p in model.parameters() if p.requires_grad)


# %% right count_parameters.by_shape: the product of each shape
def count_parameters(model):
    total = 0
    for p in model.parameters():
        if p.requires_grad:
            total += math.prod(p.shape)
    return total


# %% wrong bce_from_logits.by_probability: overflows in the logarithm
def bce_from_logits(logits, targets):
    if logits.shape != targets.shape:
        raise ValueError(f"{tuple(logits.shape)}, {tuple(targets.shape)}")
    p = torch.sigmoid(logits)
    return -(targets * torch.log(p) + (1 - targets) * torch.log(1 - p)).mean()


# %% wrong bce_from_logits.clipped: finite, and flat far from 0
def bce_from_logits(logits, targets):
    if logits.shape != targets.shape:
        raise ValueError(f"{tuple(logits.shape)}, {tuple(targets.shape)}")
    p = torch.sigmoid(logits).clamp(1e-7, 1 - 1e-7)
    return -(targets * torch.log(p) + (1 - targets) * torch.log(1 - p)).mean()


# %% wrong bce_from_logits.overflow: the exponential of a large score
def bce_from_logits(logits, targets):
    if logits.shape != targets.shape:
        raise ValueError(f"{tuple(logits.shape)}, {tuple(targets.shape)}")
    return (torch.log1p(torch.exp(logits)) - targets * logits).mean()


# %% wrong bce_from_logits.kink: stable, but with a wrong slope at 0
def bce_from_logits(logits, targets):
    if logits.shape != targets.shape:
        raise ValueError(f"{tuple(logits.shape)}, {tuple(targets.shape)}")
    return (logits.clamp(min=0) - targets * logits + torch.log1p(torch.exp(-logits.abs()))).mean()


# %% wrong bce_from_logits.kink_relu: the other wrong slope at 0
def bce_from_logits(logits, targets):
    if logits.shape != targets.shape:
        raise ValueError(f"{tuple(logits.shape)}, {tuple(targets.shape)}")
    return (F.relu(logits) - targets * logits + torch.log1p(torch.exp(-torch.abs(logits)))).mean()


# %% wrong bce_from_logits.sum: no mean
def bce_from_logits(logits, targets):
    if logits.shape != targets.shape:
        raise ValueError(f"{tuple(logits.shape)}, {tuple(targets.shape)}")
    return (F.softplus(logits) - targets * logits).sum()


# %% wrong bce_from_logits.hard_targets: treats every target as 0 or 1
def bce_from_logits(logits, targets):
    if logits.shape != targets.shape:
        raise ValueError(f"{tuple(logits.shape)}, {tuple(targets.shape)}")
    return F.softplus(torch.where(targets > 0.5, -logits, logits)).mean()


# %% wrong bce_from_logits.broadcast: (n, 1) against (n,) passes
def bce_from_logits(logits, targets):
    return (F.softplus(logits) - targets * logits).mean()


# %% right bce_from_logits.softplus: both terms of the cross-entropy by softplus
def bce_from_logits(logits, targets):
    if logits.shape != targets.shape:
        raise ValueError(f"shapes {tuple(logits.shape)} and {tuple(targets.shape)}")
    return (targets * F.softplus(-logits) + (1 - targets) * F.softplus(logits)).mean()


# %% right bce_from_logits.maximum: the formula of the text; torch.maximum splits the slope
def bce_from_logits(logits, targets):
    if logits.shape != targets.shape:
        raise ValueError(f"shapes {tuple(logits.shape)} and {tuple(targets.shape)}")
    positive = torch.maximum(logits, torch.zeros_like(logits))
    return torch.mean(positive - targets * logits + torch.log1p(torch.exp(-logits.abs())))


# %% right bce_from_logits.torch: torch's own loss
def bce_from_logits(logits, targets):
    if logits.shape != targets.shape:
        raise ValueError(f"shapes {tuple(logits.shape)} and {tuple(targets.shape)}")
    return F.binary_cross_entropy_with_logits(logits, targets)


# %% wrong train_full_batch.no_clear: gradients add up
def train_full_batch(model, X, y, loss_fn, lr, n_epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_epochs):
        output = model(X)
        if output.shape != y.shape:
            raise ValueError(f"{tuple(output.shape)}, {tuple(y.shape)}")
        loss = loss_fn(output, y)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return losses


# %% wrong train_full_batch.clears_after: a gradient from before the call counts in the first step
def train_full_batch(model, X, y, loss_fn, lr, n_epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_epochs):
        output = model(X)
        if output.shape != y.shape:
            raise ValueError(f"{tuple(output.shape)}, {tuple(y.shape)}")
        loss = loss_fn(output, y)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return losses


# %% wrong train_full_batch.sgd: another optimizer
def train_full_batch(model, X, y, loss_fn, lr, n_epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_epochs):
        output = model(X)
        if output.shape != y.shape:
            raise ValueError(f"{tuple(output.shape)}, {tuple(y.shape)}")
        loss = loss_fn(output, y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# %% wrong train_full_batch.after_step: the loss after each step
def train_full_batch(model, X, y, loss_fn, lr, n_epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_epochs):
        output = model(X)
        if output.shape != y.shape:
            raise ValueError(f"{tuple(output.shape)}, {tuple(y.shape)}")
        optimizer.zero_grad()
        loss_fn(output, y).backward()
        optimizer.step()
        with torch.no_grad():
            losses.append(loss_fn(model(X), y).item())
    return losses


# %% wrong train_full_batch.swapped: target and output exchanged in the loss
def train_full_batch(model, X, y, loss_fn, lr, n_epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_epochs):
        output = model(X)
        if output.shape != y.shape:
            raise ValueError(f"{tuple(output.shape)}, {tuple(y.shape)}")
        loss = loss_fn(y, output)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# %% wrong train_full_batch.no_check: shapes that broadcast pass
def train_full_batch(model, X, y, loss_fn, lr, n_epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_epochs):
        loss = loss_fn(model(X), y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# %% wrong train_full_batch.default_rate: the learning rate is not used
def train_full_batch(model, X, y, loss_fn, lr, n_epochs):
    optimizer = torch.optim.Adam(model.parameters())
    losses = []
    for _ in range(n_epochs):
        output = model(X)
        if output.shape != y.shape:
            raise ValueError(f"{tuple(output.shape)}, {tuple(y.shape)}")
        loss = loss_fn(output, y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# %% wrong train_full_batch.new_optimizer: Adam forgets its averages at every step
def train_full_batch(model, X, y, loss_fn, lr, n_epochs):
    losses = []
    for _ in range(n_epochs):
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        output = model(X)
        if output.shape != y.shape:
            raise ValueError(f"{tuple(output.shape)}, {tuple(y.shape)}")
        loss = loss_fn(output, y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# %% wrong train_full_batch.tensors: losses are tensors that still record
def train_full_batch(model, X, y, loss_fn, lr, n_epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_epochs):
        output = model(X)
        if output.shape != y.shape:
            raise ValueError(f"{tuple(output.shape)}, {tuple(y.shape)}")
        loss = loss_fn(output, y)
        losses.append(loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# %% right train_full_batch.trainable_only: the optimizer gets the trainable parameters; the check comes first
def train_full_batch(model, X, y, loss_fn, lr, n_epochs):
    with torch.no_grad():
        shape = model(X).shape
    if shape != y.shape:
        raise ValueError(f"output of shape {tuple(shape)}, y of shape {tuple(y.shape)}")
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr)
    losses = []
    model.train()
    for _ in range(n_epochs):
        model.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        losses.append(float(loss.detach()))
        optimizer.step()
    return losses


# %% wrong hidden_lines.bias_first: the columns in another order
def hidden_lines(model):
    first = model.layers[0]
    if first.in_features != 2:
        raise ValueError(f"{first.in_features} inputs")
    return torch.cat([first.bias[:, None], first.weight], dim=1).detach().numpy()


# %% wrong hidden_lines.transposed: a column a unit
def hidden_lines(model):
    first = model.layers[0]
    if first.in_features != 2:
        raise ValueError(f"{first.in_features} inputs")
    return torch.cat([first.weight, first.bias[:, None]], dim=1).detach().numpy().T


# %% wrong hidden_lines.normalised: each row divided by the length of its weights
def hidden_lines(model):
    first = model.layers[0]
    if first.in_features != 2:
        raise ValueError(f"{first.in_features} inputs")
    lines = torch.cat([first.weight, first.bias[:, None]], dim=1).detach().numpy()
    return lines / np.linalg.norm(lines[:, :2], axis=1, keepdims=True)


# %% wrong hidden_lines.tensor: a tensor that records
def hidden_lines(model):
    first = model.layers[0]
    if first.in_features != 2:
        raise ValueError(f"{first.in_features} inputs")
    return torch.cat([first.weight, first.bias[:, None]], dim=1)


# %% wrong hidden_lines.moves_the_bias: the result is a view into a parameter that was replaced
def hidden_lines(model):
    first = model.layers[0]
    if first.in_features != 2:
        raise ValueError(f"{first.in_features} inputs")
    joined = torch.cat([first.weight, first.bias[:, None]], dim=1).detach()
    first.weight.data, first.bias.data = joined[:, :2], joined[:, 2]
    return joined.numpy()


# %% wrong hidden_lines.no_check: three inputs give four columns
def hidden_lines(model):
    first = model.layers[0]
    return torch.cat([first.weight, first.bias[:, None]], dim=1).detach().numpy()


# %% right hidden_lines.column_stack: NumPy puts both side by side
def hidden_lines(model):
    first = model.layers[0]
    if first.in_features != 2:
        raise ValueError(f"two inputs are needed, not {first.in_features}")
    with torch.no_grad():
        return np.column_stack([first.weight.numpy(), first.bias.numpy()]).astype(np.float64)


# %% wrong hidden_activations.scores: before the activation
def hidden_activations(model, X):
    with torch.no_grad():
        for layer in model.layers[:-2]:
            X = model.activation(layer(X))
        return model.layers[-2](X)


# %% wrong hidden_activations.records: without no_grad
def hidden_activations(model, X):
    for layer in model.layers[:-1]:
        X = model.activation(layer(X))
    return X


# %% wrong hidden_activations.first_layer: the first hidden layer, not the last
def hidden_activations(model, X):
    with torch.no_grad():
        return model.activation(model.layers[0](X))


# %% wrong hidden_activations.output: the output layer as well
def hidden_activations(model, X):
    with torch.no_grad():
        return model(X)


# %% wrong hidden_activations.sigmoid: always the logistic function
def hidden_activations(model, X):
    with torch.no_grad():
        for layer in model.layers[:-1]:
            X = torch.sigmoid(layer(X))
    return X


# %% wrong hidden_activations.turns_off: stops the recording of the model's parameters for good
def hidden_activations(model, X):
    for p in model.parameters():
        p.requires_grad_(False)
    for layer in model.layers[:-1]:
        X = model.activation(layer(X))
    return X


# %% right hidden_activations.detached: recorded on the way, cut off at the end
def hidden_activations(model, X):
    h = X
    for i in range(len(model.layers) - 1):
        h = model.activation(model.layers[i](h))
    return h.detach()


# %% right hidden_activations.hook: a hook catches what the output layer gets
def hidden_activations(model, X):
    caught = []
    handle = model.layers[-1].register_forward_hook(lambda module, inputs, output: caught.append(inputs[0]))
    with torch.no_grad():
        model(X)
    handle.remove()
    return caught[0]


# %% wrong count_regions.activations: asks whether the activation is above one half
def count_regions(model, X):
    patterns = []
    with torch.no_grad():
        for layer in model.layers[:-1]:
            X = model.activation(layer(X))
            patterns.append(X > 0.5)
    return len(torch.unique(torch.cat(patterns, dim=1), dim=0))


# %% wrong count_regions.not_negative: a score of 0 is on
def count_regions(model, X):
    patterns = []
    with torch.no_grad():
        for layer in model.layers[:-1]:
            scores = layer(X)
            patterns.append(scores >= 0)
            X = model.activation(scores)
    return len(torch.unique(torch.cat(patterns, dim=1), dim=0))


# %% wrong count_regions.first_layer: the later hidden layers are left out
def count_regions(model, X):
    with torch.no_grad():
        return len(torch.unique(model.layers[0](X) > 0, dim=0))


# %% wrong count_regions.how_many_on: the number of units that are on, instead of which
def count_regions(model, X):
    with torch.no_grad():
        total = 0
        for layer in model.layers[:-1]:
            scores = layer(X)
            total = total + (scores > 0).sum(dim=1)
            X = model.activation(scores)
    return len(torch.unique(total))


# %% wrong count_regions.binary_number: bits packed into one number that is too small
def count_regions(model, X):
    patterns = []
    with torch.no_grad():
        for layer in model.layers[:-1]:
            scores = layer(X)
            patterns.append(scores > 0)
            X = model.activation(scores)
    bits = torch.cat(patterns, dim=1)
    return len(torch.unique((bits * 2 ** torch.arange(bits.shape[1])).sum(dim=1)))


# %% wrong count_regions.formula: how many there could be
def count_regions(model, X):
    m = model.layers[0].out_features
    return 1 + m * (m + 1) // 2


# %% wrong count_regions.flat: different entries, not different rows
def count_regions(model, X):
    patterns = []
    with torch.no_grad():
        for layer in model.layers[:-1]:
            scores = layer(X)
            patterns.append(scores > 0)
            X = model.activation(scores)
    return len(torch.unique(torch.cat(patterns, dim=1)))


# %% right count_regions.set_of_tuples: a Python set of rows
def count_regions(model, X):
    words = [() for _ in range(len(X))]
    h = X
    for layer in list(model.layers)[:-1]:
        z = layer(h).detach()
        words = [word + tuple(row) for word, row in zip(words, (z > 0).tolist(), strict=True)]
        h = model.activation(z)
    return len(set(words))


# %% wrong linearly_separable.perceptron: says no when it has not finished
def linearly_separable(H, y):
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"{H.shape}, {y.shape}")
    A = np.where(y == 1, 1.0, -1.0)[:, None] * np.column_stack([H, np.ones(len(H))])
    u = np.zeros(A.shape[1])
    for _ in range(100):
        wrong = A[A @ u <= 0]
        if len(wrong) == 0:
            return True
        u += wrong[0]
    return False


# %% wrong linearly_separable.logistic: a classifier that makes no mistake
def linearly_separable(H, y):
    from sklearn.linear_model import LogisticRegression

    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"{H.shape}, {y.shape}")
    if len(np.unique(y)) == 1:
        return True
    return bool(LogisticRegression(max_iter=500).fit(H, y).score(H, y) == 1)


# %% wrong linearly_separable.positive_only: the solver's default bounds
def linearly_separable(H, y):
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"{H.shape}, {y.shape}")
    sign = np.where(y == 1, 1.0, -1.0)
    A = -sign[:, None] * np.column_stack([H, np.ones(len(H))])
    return linprog(np.zeros(A.shape[1]), A_ub=A, b_ub=-np.ones(len(A))).status == 0


# %% wrong linearly_separable.no_bias: only planes through the origin
def linearly_separable(H, y):
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"{H.shape}, {y.shape}")
    sign = np.where(y == 1, 1.0, -1.0)
    A = -sign[:, None] * H
    return linprog(np.zeros(A.shape[1]), A_ub=A, b_ub=-np.ones(len(A)), bounds=(None, None)).status == 0


# %% wrong linearly_separable.not_strict: margin 0, which w = 0 satisfies
def linearly_separable(H, y):
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"{H.shape}, {y.shape}")
    sign = np.where(y == 1, 1.0, -1.0)
    A = -sign[:, None] * np.column_stack([H, np.ones(len(H))])
    return linprog(np.zeros(A.shape[1]), A_ub=A, b_ub=np.zeros(len(A)), bounds=(None, None)).status == 0


# %% wrong linearly_separable.bounded: large weights are not allowed
def linearly_separable(H, y):
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"{H.shape}, {y.shape}")
    sign = np.where(y == 1, 1.0, -1.0)
    A = -sign[:, None] * np.column_stack([H, np.ones(len(H))])
    return linprog(np.zeros(A.shape[1]), A_ub=A, b_ub=-np.ones(len(A)), bounds=(-100, 100)).status == 0


# %% wrong linearly_separable.one_coordinate: looks for a threshold on one column
def linearly_separable(H, y):
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"{H.shape}, {y.shape}")
    a, b = H[y == 1], H[y == 0]
    if len(a) == 0 or len(b) == 0:
        return True
    return bool(((a.min(0) > b.max(0)) | (b.min(0) > a.max(0))).any())


# %% wrong linearly_separable.means: the plane halfway between the class means
def linearly_separable(H, y):
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"{H.shape}, {y.shape}")
    if len(np.unique(y)) == 1:
        return True
    a, b = H[y == 1].mean(0), H[y == 0].mean(0)
    score = (H - (a + b) / 2) @ (a - b)
    return bool((score[y == 1] > 0).all() and (score[y == 0] < 0).all())


# %% wrong linearly_separable.one_class: one class alone counts as not separable
def linearly_separable(H, y):
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"{H.shape}, {y.shape}")
    if len(np.unique(y)) < 2:
        return False
    sign = np.where(y == 1, 1.0, -1.0)
    A = -sign[:, None] * np.column_stack([H, np.ones(len(H))])
    return linprog(np.zeros(A.shape[1]), A_ub=A, b_ub=-np.ones(len(A)), bounds=(None, None)).status == 0


# %% right linearly_separable.common_point: asks the opposite question, whether the hulls share a point
def linearly_separable(H, y):
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"H {H.shape}, y {y.shape}")
    one, zero = np.asarray(H[y == 1], dtype=float), np.asarray(H[y != 1], dtype=float)
    if len(one) == 0 or len(zero) == 0:
        return True
    middle = H.mean(axis=0)
    size = np.abs(H - middle).max() or 1.0
    differences = np.vstack([(one - middle) / size, -(zero - middle) / size])
    first = np.r_[np.ones(len(one)), np.zeros(len(zero))]
    A = np.vstack([differences.T, first, 1 - first])
    r = np.r_[np.zeros(H.shape[1]), 1.0, 1.0]
    return linprog(np.zeros(len(H)), A_eq=A, b_eq=r, bounds=(0, None)).status == 2


# %% right linearly_separable.two_systems: the classes' inequalities stacked, a NumPy bool in return
def linearly_separable(H, y):
    if H.ndim != 2 or y.shape != (len(H),):
        raise ValueError(f"H {H.shape}, y {y.shape}")
    a, b = H[y == 1], H[y == 0]
    A = np.vstack([np.hstack([-a, -np.ones((len(a), 1))]), np.hstack([b, np.ones((len(b), 1))])])
    found = linprog([0] * (H.shape[1] + 1), A, -np.ones(len(H)), bounds=[(None, None)] * (H.shape[1] + 1))
    return np.bool_(found.success)


# %% wrong switching_points.sign: b / w
def switching_points(model):
    first = model.layers[0]
    if first.in_features != 1:
        raise ValueError(f"{first.in_features} inputs")
    w, b = first.weight[:, 0].detach().numpy(), first.bias.detach().numpy()
    return np.sort(b[w != 0] / w[w != 0])


# %% wrong switching_points.unsorted: in the units' order
def switching_points(model):
    first = model.layers[0]
    if first.in_features != 1:
        raise ValueError(f"{first.in_features} inputs")
    w, b = first.weight[:, 0].detach().numpy(), first.bias.detach().numpy()
    return -b[w != 0] / w[w != 0]


# %% wrong switching_points.infinite: divides by a weight of 0
def switching_points(model):
    first = model.layers[0]
    if first.in_features != 1:
        raise ValueError(f"{first.in_features} inputs")
    w, b = first.weight[:, 0].detach().numpy(), first.bias.detach().numpy()
    return np.sort(-b / w)


# %% wrong switching_points.drops_small: small weights are left out as well
def switching_points(model):
    first = model.layers[0]
    if first.in_features != 1:
        raise ValueError(f"{first.in_features} inputs")
    w, b = first.weight[:, 0].detach().numpy(), first.bias.detach().numpy()
    keep = np.abs(w) > 1e-3
    return np.sort(-b[keep] / w[keep])


# %% wrong switching_points.unique: equal points count once
def switching_points(model):
    first = model.layers[0]
    if first.in_features != 1:
        raise ValueError(f"{first.in_features} inputs")
    w, b = first.weight[:, 0].detach().numpy(), first.bias.detach().numpy()
    return np.unique(-b[w != 0] / w[w != 0])


# %% wrong switching_points.matrix: a column in place of a vector
def switching_points(model):
    first = model.layers[0]
    if first.in_features != 1:
        raise ValueError(f"{first.in_features} inputs")
    w, b = first.weight.detach().numpy(), first.bias.detach().numpy()[:, None]
    keep = w[:, 0] != 0
    return np.sort(-b[keep] / w[keep], axis=0)


# %% right switching_points.loop: one unit after the other
def switching_points(model):
    first = model.layers[0]
    if first.in_features != 1:
        raise ValueError(f"one input is needed, not {first.in_features}")
    pairs = zip(first.weight.flatten().tolist(), first.bias.tolist(), strict=True)
    return np.array(sorted(-b / w for w, b in pairs if w), dtype=float)


# %% wrong step_prediction.sigmoids: rounds the activation, which loses tiny scores
def step_prediction(model, x):
    if len(model.layers) != 2:
        raise ValueError(f"{len(model.layers) - 1} hidden layers")
    with torch.no_grad():
        on = (torch.sigmoid(model.layers[0](x)) > 0.5).to(x.dtype)
        output = model.layers[1](on)
        return output if model.output_activation is None else model.output_activation(output)


# %% wrong step_prediction.sign: steps from -1 to 1
def step_prediction(model, x):
    if len(model.layers) != 2:
        raise ValueError(f"{len(model.layers) - 1} hidden layers")
    with torch.no_grad():
        output = model.layers[1](torch.sign(model.layers[0](x)))
        return output if model.output_activation is None else model.output_activation(output)


# %% wrong step_prediction.zero_is_on: a score of 0 counts as on
def step_prediction(model, x):
    if len(model.layers) != 2:
        raise ValueError(f"{len(model.layers) - 1} hidden layers")
    with torch.no_grad():
        output = model.layers[1]((model.layers[0](x) >= 0).to(x.dtype))
        return output if model.output_activation is None else model.output_activation(output)


# %% wrong step_prediction.no_output_activation: forgets the output's activation
def step_prediction(model, x):
    if len(model.layers) != 2:
        raise ValueError(f"{len(model.layers) - 1} hidden layers")
    with torch.no_grad():
        return model.layers[1]((model.layers[0](x) > 0).to(x.dtype))


# %% wrong step_prediction.right_of_threshold: every unit is on to the right of its switching point
def step_prediction(model, x):
    if len(model.layers) != 2:
        raise ValueError(f"{len(model.layers) - 1} hidden layers")
    with torch.no_grad():
        first = model.layers[0]
        on = (x > -first.bias / first.weight[:, 0]).to(x.dtype)
        output = model.layers[1](on)
        return output if model.output_activation is None else model.output_activation(output)


# %% wrong step_prediction.records: the output layer still records
def step_prediction(model, x):
    if len(model.layers) != 2:
        raise ValueError(f"{len(model.layers) - 1} hidden layers")
    output = model.layers[1]((model.layers[0](x) > 0).to(x.dtype))
    return output if model.output_activation is None else model.output_activation(output)


# %% wrong step_prediction.no_bias: the output's bias is left out
def step_prediction(model, x):
    if len(model.layers) != 2:
        raise ValueError(f"{len(model.layers) - 1} hidden layers")
    with torch.no_grad():
        output = (model.layers[0](x) > 0).to(x.dtype) @ model.layers[1].weight.T
        return output if model.output_activation is None else model.output_activation(output)


# %% right step_prediction.heaviside: torch's own step function
def step_prediction(model, x):
    hidden, last = model.layers if len(model.layers) == 2 else (None, None)
    if hidden is None:
        raise ValueError(f"one hidden layer is needed, not {len(model.layers) - 1}")
    steps = torch.heaviside(hidden(x).detach(), torch.tensor(0.0))
    output = last(steps).detach()
    return output if model.output_activation is None else model.output_activation(output).detach()


# %% wrong relative_squared_error.sum_over_sum: one quotient for all
def relative_squared_error(y_hat, y, eps):
    if y_hat.shape != y.shape:
        raise ValueError(f"{tuple(y_hat.shape)}, {tuple(y.shape)}")
    if eps <= 0:
        raise ValueError("eps")
    return ((y_hat - y) ** 2).mean() / ((y**2).mean() + eps)


# %% wrong relative_squared_error.prediction: relative to the prediction
def relative_squared_error(y_hat, y, eps):
    if y_hat.shape != y.shape:
        raise ValueError(f"{tuple(y_hat.shape)}, {tuple(y.shape)}")
    if eps <= 0:
        raise ValueError("eps")
    return ((y_hat - y) ** 2 / (y_hat**2 + eps)).mean()


# %% wrong relative_squared_error.eps_squared: the square of the sum
def relative_squared_error(y_hat, y, eps):
    if y_hat.shape != y.shape:
        raise ValueError(f"{tuple(y_hat.shape)}, {tuple(y.shape)}")
    if eps <= 0:
        raise ValueError("eps")
    return (((y_hat - y) / (y.abs() + eps)) ** 2).mean()


# %% wrong relative_squared_error.fixed_eps: the argument is not used
def relative_squared_error(y_hat, y, eps):
    if y_hat.shape != y.shape:
        raise ValueError(f"{tuple(y_hat.shape)}, {tuple(y.shape)}")
    if eps <= 0:
        raise ValueError("eps")
    return ((y_hat - y) ** 2 / (y**2 + 0.01)).mean()


# %% wrong relative_squared_error.sum: no mean
def relative_squared_error(y_hat, y, eps):
    if y_hat.shape != y.shape:
        raise ValueError(f"{tuple(y_hat.shape)}, {tuple(y.shape)}")
    if eps <= 0:
        raise ValueError("eps")
    return ((y_hat - y) ** 2 / (y**2 + eps)).sum()


# %% wrong relative_squared_error.float: a number that cannot be differentiated
def relative_squared_error(y_hat, y, eps):
    if y_hat.shape != y.shape:
        raise ValueError(f"{tuple(y_hat.shape)}, {tuple(y.shape)}")
    if eps <= 0:
        raise ValueError("eps")
    return ((y_hat - y) ** 2 / (y**2 + eps)).mean().item()


# %% wrong relative_squared_error.unchecked: shapes that broadcast and an eps of 0 pass
def relative_squared_error(y_hat, y, eps):
    return ((y_hat - y) ** 2 / (y**2 + eps)).mean()


# %% right relative_squared_error.weights: a weighted mean square
def relative_squared_error(y_hat, y, eps):
    if y_hat.shape != y.shape:
        raise ValueError(f"y_hat of shape {tuple(y_hat.shape)}, y of shape {tuple(y.shape)}")
    if not eps > 0:
        raise ValueError("eps must be positive")
    weights = 1 / (y * y + eps)
    return torch.mean(weights * (y_hat - y) * (y_hat - y))
