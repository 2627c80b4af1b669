# Answers to ps06_tensors_autograd. Each is run in place of the exercise's solution cell; docstrings are left out.

# %% wrong to_tensor.shares_float32: nothing to convert means no copy
def to_tensor(array):
    return torch.from_numpy(array).to(torch.float32)


# %% wrong to_tensor.keeps_dtype: a copy with the array's dtype
def to_tensor(array):
    return torch.tensor(array)


# %% wrong to_tensor.as_tensor: copies only where it must
def to_tensor(array):
    return torch.as_tensor(array, dtype=torch.float32)


# %% wrong to_tensor.records: asks for gradients of the data
def to_tensor(array):
    return torch.tensor(array, dtype=torch.float32, requires_grad=True)


# %% wrong to_tensor.float64: the wrong precision
def to_tensor(array):
    return torch.tensor(array, dtype=torch.float64)


# %% right to_tensor.copied_by_numpy: the copy is made before the tensor
def to_tensor(array):
    return torch.from_numpy(np.array(array, dtype=np.float32, order="C"))


# %% right to_tensor.clone: a conversion and a copy, one after the other
def to_tensor(array):
    return torch.as_tensor(array).to(torch.float32).clone()


# %% wrong tensor_view.copies: a tensor with bytes of its own
def tensor_view(array):
    return torch.tensor(array)


# %% wrong tensor_view.float32: the usual dtype, which needs other bytes
def tensor_view(array):
    return torch.as_tensor(array, dtype=torch.float32)


# %% wrong tensor_view.contiguous: copies a part whose bytes are not in a row
def tensor_view(array):
    return torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape))


# %% right tensor_view.as_tensor: shares where dtype and device agree
def tensor_view(array):
    return torch.as_tensor(array)


# %% wrong standardise_.divisor: torch's default divisor n - 1
def standardise_(t):
    constant = (t == t[0]).all(dim=0)
    t -= t.mean(dim=0)
    t /= t.std(dim=0)
    t[:, constant] = 0.0
    return t


# %% wrong standardise_.new_tensor: the right numbers in another tensor
def standardise_(t):
    scale = t.std(dim=0, correction=0)
    return torch.where((t == t[0]).all(dim=0), torch.zeros_like(t), (t - t.mean(dim=0)) / scale)


# %% wrong standardise_.whole: one mean and one standard deviation for the whole matrix
def standardise_(t):
    t -= t.mean()
    t /= t.std(correction=0)
    return t


# %% wrong standardise_.rows: each row instead of each column
def standardise_(t):
    t -= t.mean(dim=1, keepdim=True)
    t /= t.std(dim=1, keepdim=True, correction=0).clamp(min=1e-12)
    return t


# %% wrong standardise_.nan: a constant column is divided by 0
def standardise_(t):
    t -= t.mean(dim=0)
    t /= t.std(dim=0, correction=0)
    return t


# %% wrong standardise_.deviation_of_zero: asks whether the standard deviation is 0, which rounding may prevent
def standardise_(t):
    t -= t.mean(dim=0)
    s = t.std(dim=0, correction=0)
    t /= torch.where(s == 0, torch.ones_like(s), s)
    return t


# %% wrong standardise_.epsilon: a small number is added to every standard deviation
def standardise_(t):
    t -= t.mean(dim=0)
    t /= t.std(dim=0, correction=0) + 1e-8
    return t


# %% wrong standardise_.returns_nothing: changes t and returns None
def standardise_(t):
    constant = (t == t[0]).all(dim=0)
    t.sub_(t.mean(dim=0)).div_(t.std(dim=0, correction=0))
    t[:, constant] = 0.0


# %% right standardise_.by_columns: a loop over the columns and copy_
def standardise_(t):
    if t.ndim != 2:
        raise ValueError(f"two dimensions are needed, not shape {tuple(t.shape)}")
    for j in range(t.shape[1]):
        column = t[:, j].clone()
        if column.max() == column.min():
            t[:, j].zero_()
        else:
            centred = column - column.mean()
            t[:, j].copy_(centred / (centred**2).mean().sqrt())
    return t


# %% wrong pairwise_squared_distances.negative: rounding below 0 is let through
def pairwise_squared_distances(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    return (A**2).sum(dim=1, keepdim=True) + (B**2).sum(dim=1) - 2 * A @ B.T


# %% wrong pairwise_squared_distances.loops: a Python loop over the pairs
def pairwise_squared_distances(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    D = torch.zeros(len(A), len(B), dtype=A.dtype)
    for i in range(len(A)):
        for j in range(len(B)):
            D[i, j] = ((A[i] - B[j]) ** 2).sum()
    return D


# %% wrong pairwise_squared_distances.roots: distances, not their squares
def pairwise_squared_distances(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    return torch.cdist(A, B)


# %% wrong pairwise_squared_distances.product_once: the mixed term lacks its factor 2
def pairwise_squared_distances(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    return ((A**2).sum(dim=1, keepdim=True) + (B**2).sum(dim=1) - A @ B.T).clamp(min=0)


# %% wrong pairwise_squared_distances.absolute: mends the sign instead of the size where rounding went below 0, and transposes
def pairwise_squared_distances(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    return ((B**2).sum(dim=1, keepdim=True) + (A**2).sum(dim=1) - 2 * B @ A.T).abs()


# %% right pairwise_squared_distances.differences: all differences at once
def pairwise_squared_distances(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    return ((A[:, None, :] - B[None, :, :]) ** 2).sum(dim=-1)


# %% right pairwise_squared_distances.cdist: torch's own distances, squared
def pairwise_squared_distances(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    return torch.cdist(A, B) ** 2


# %% right pairwise_squared_distances.row_by_row: a loop over the rows of A alone
def pairwise_squared_distances(A, B):
    if A.ndim != 2 or B.ndim != 2 or A.shape[1] != B.shape[1]:
        raise ValueError(f"A {tuple(A.shape)} and B {tuple(B.shape)}")
    return torch.stack([((a - B) ** 2).sum(dim=1) for a in A])


# %% wrong gradient.on_x_itself: switches recording on for the caller's x, and gradients add up
def gradient(f, x):
    x.requires_grad_()
    value = f(x)
    if value.ndim != 0:
        raise ValueError(f"shape {tuple(value.shape)}")
    value.backward()
    return x.grad


# %% wrong gradient.clears: the same answer every time, but the caller's grad is gone
def gradient(f, x):
    recorded = x.requires_grad
    x.requires_grad_()
    x.grad = None
    value = f(x)
    if value.ndim != 0:
        raise ValueError(f"shape {tuple(value.shape)}")
    value.backward()
    result = x.grad
    x.grad = None
    x.requires_grad_(recorded)
    return result


# %% wrong gradient.backward_on_a_copy: writes into the grad of the weights that f uses
def gradient(f, x):
    inner = x.detach().clone().requires_grad_()
    value = f(inner)
    if value.ndim != 0:
        raise ValueError(f"shape {tuple(value.shape)}")
    value.backward()
    return inner.grad


# %% wrong gradient.sums: a function with many outputs gets the gradient of their sum
def gradient(f, x):
    inner = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(inner).sum(), inner)[0]


# %% wrong gradient.records: the result is itself recorded
def gradient(f, x):
    inner = x.detach().clone().requires_grad_()
    value = f(inner)
    if value.ndim != 0:
        raise ValueError(f"shape {tuple(value.shape)}")
    return torch.autograd.grad(value, inner, create_graph=True)[0]


# %% wrong gradient.tuple: what torch.autograd.grad returns, as it is
def gradient(f, x):
    inner = x.detach().clone().requires_grad_()
    value = f(inner)
    if value.ndim != 0:
        raise ValueError(f"shape {tuple(value.shape)}")
    return torch.autograd.grad(value, inner)


# %% right gradient.func: the functional interface
def gradient(f, x):
    value = f(x.detach())
    if value.shape != ():
        raise ValueError(f"f returned {value.shape}")
    return torch.func.grad(f)(x.detach()).detach()


# %% wrong one_hot_targets.integers: one_hot's own dtype
def one_hot_targets(labels, n_classes):
    labels = torch.as_tensor(labels, dtype=torch.int64)
    for label in labels.tolist():
        if not 0 <= label < n_classes:
            raise ValueError(f"label {label}")
    return F.one_hot(labels, n_classes)


# %% wrong one_hot_targets.no_check: a label of -1 sets the last column
def one_hot_targets(labels, n_classes):
    return torch.eye(n_classes)[torch.as_tensor(labels, dtype=torch.int64)]


# %% wrong one_hot_targets.upper_only: negative labels pass
def one_hot_targets(labels, n_classes):
    labels = torch.as_tensor(labels, dtype=torch.int64)
    if (labels >= n_classes).any():
        raise ValueError(f"label {labels.max()}")
    return torch.eye(n_classes)[labels]


# %% wrong one_hot_targets.counts_classes: takes the number of classes from the labels
def one_hot_targets(labels, n_classes):
    labels = torch.as_tensor(labels, dtype=torch.int64)
    for label in labels.tolist():
        if not 0 <= label < n_classes:
            raise ValueError(f"label {label}")
    return F.one_hot(labels).float()


# %% wrong one_hot_targets.silent: the message does not say which label
def one_hot_targets(labels, n_classes):
    labels = torch.as_tensor(labels, dtype=torch.int64)
    if ((labels < 0) | (labels >= n_classes)).any():
        raise ValueError("a label is outside the range")
    return F.one_hot(labels, n_classes).float()


# %% right one_hot_targets.comparison: compares every label with every class
def one_hot_targets(labels, n_classes):
    labels = torch.as_tensor(labels, dtype=torch.int64)
    bad = [label for label in labels.tolist() if label not in range(n_classes)]
    if bad:
        raise ValueError(f"no class has the label {bad[0]}")
    return (labels[:, None] == torch.arange(n_classes)).to(torch.float32)


# %% right one_hot_targets.scatter: writes the ones into zeros
def one_hot_targets(labels, n_classes):
    labels = torch.as_tensor(labels, dtype=torch.int64)
    for label in labels.tolist():
        if not 0 <= label < n_classes:
            raise ValueError(f"label {label} is outside")
    return torch.zeros(len(labels), n_classes).scatter_(1, labels[:, None], 1.0)


# %% wrong softmax_regression_step.no_clear: the gradient stays and adds up
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    loss = F.cross_entropy(X @ W + b, Y)
    loss.backward()
    with torch.no_grad():
        W -= lr * W.grad
        b -= lr * b.grad
    return loss.item()


# %% wrong softmax_regression_step.new_names: the caller's W and b stay as they were
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    loss = F.cross_entropy(X @ W + b, Y)
    grad_W, grad_b = torch.autograd.grad(loss, (W, b))
    W = W - lr * grad_W
    b = b - lr * grad_b
    return loss.item()


# %% wrong softmax_regression_step.recorded: the step is not kept out of the record
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    loss = F.cross_entropy(X @ W + b, Y)
    loss.backward()
    W -= lr * W.grad
    b -= lr * b.grad
    W.grad = b.grad = None
    return loss.item()


# %% wrong softmax_regression_step.loss_after: the loss is measured after the step
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    F.cross_entropy(X @ W + b, Y).backward()
    with torch.no_grad():
        W -= lr * W.grad
        b -= lr * b.grad
        W.grad = b.grad = None
        return F.cross_entropy(X @ W + b, Y).item()


# %% wrong softmax_regression_step.tensor: returns the loss with its graph
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    loss = F.cross_entropy(X @ W + b, Y)
    loss.backward()
    with torch.no_grad():
        W -= lr * W.grad
        b -= lr * b.grad
    W.grad = b.grad = None
    return loss


# %% wrong softmax_regression_step.log_of_softmax: takes the logarithm of a probability that rounds to 0
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    loss = -(Y * torch.log(torch.softmax(X @ W + b, dim=1))).sum(dim=1).mean()
    loss.backward()
    with torch.no_grad():
        W -= lr * W.grad
        b -= lr * b.grad
    W.grad = b.grad = None
    return loss.item()


# %% wrong softmax_regression_step.softmax_twice: gives probabilities where F.cross_entropy wants scores
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    loss = F.cross_entropy(torch.softmax(X @ W + b, dim=1), Y)
    loss.backward()
    with torch.no_grad():
        W -= lr * W.grad
        b -= lr * b.grad
    W.grad = b.grad = None
    return loss.item()


# %% wrong softmax_regression_step.no_bias: the bias is never changed
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    loss = F.cross_entropy(X @ W + b, Y)
    loss.backward()
    with torch.no_grad():
        W -= lr * W.grad
    W.grad = b.grad = None
    return loss.item()


# %% right softmax_regression_step.by_hand: no autograd, the error times the inputs
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    with torch.no_grad():
        logs = torch.log_softmax(X @ W + b, dim=1)
        error = (logs.exp() - Y) / len(X)
        W.sub_(lr * X.T @ error)
        b.sub_(lr * error.sum(dim=0))
        return float(-(Y * logs).sum() / len(X))


# %% right softmax_regression_step.zeros: through .data, gradients set to zero
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    loss = -(Y * F.log_softmax(X @ W + b, 1)).sum(1).mean()
    loss.backward()
    for t in (W, b):
        t.data = t.data - lr * t.grad
        t.grad.zero_()
    return loss.item()


# %% right softmax_regression_step.optimizer: torch's own step
def softmax_regression_step(X, Y, W, b, lr):
    if W.shape != (X.shape[1], len(b)) or Y.shape != (len(X), len(b)):
        raise ValueError(f"{tuple(X.shape)}, {tuple(Y.shape)}, {tuple(W.shape)}, {tuple(b.shape)}")
    optimizer = torch.optim.SGD([W, b], lr=lr)
    loss = F.cross_entropy(X @ W + b, Y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return float(loss)


# %% wrong two_layer_gradients.mean: the mean of the squared errors
def two_layer_gradients(X, Y, W1, W2):
    if W1.shape != (X.shape[1], len(W2)) or Y.shape != (len(X), W2.shape[1]):
        raise ValueError(f"X {tuple(X.shape)}, Y {tuple(Y.shape)}, W1 {tuple(W1.shape)}, W2 {tuple(W2.shape)}")
    Z = X @ W1
    H = torch.relu(Z)
    errors = H @ W2 - Y
    G = 2 * errors / errors.numel()
    return (errors**2).mean().item(), X.T @ ((G @ W2.T) * (Z > 0)), H.T @ G


# %% wrong two_layer_gradients.no_factor: the 2 of the square is forgotten
def two_layer_gradients(X, Y, W1, W2):
    if W1.shape != (X.shape[1], len(W2)) or Y.shape != (len(X), W2.shape[1]):
        raise ValueError(f"X {tuple(X.shape)}, Y {tuple(Y.shape)}, W1 {tuple(W1.shape)}, W2 {tuple(W2.shape)}")
    Z = X @ W1
    H = torch.relu(Z)
    errors = H @ W2 - Y
    return (errors**2).sum().item(), X.T @ ((errors @ W2.T) * (Z > 0)), H.T @ errors


# %% wrong two_layer_gradients.no_mask: the slope of the ReLU is left out
def two_layer_gradients(X, Y, W1, W2):
    if W1.shape != (X.shape[1], len(W2)) or Y.shape != (len(X), W2.shape[1]):
        raise ValueError(f"X {tuple(X.shape)}, Y {tuple(Y.shape)}, W1 {tuple(W1.shape)}, W2 {tuple(W2.shape)}")
    H = torch.relu(X @ W1)
    G = 2 * (H @ W2 - Y)
    return ((H @ W2 - Y) ** 2).sum().item(), X.T @ (G @ W2.T), H.T @ G


# %% wrong two_layer_gradients.slope_at_zero: the slope of the ReLU is 1 at 0
def two_layer_gradients(X, Y, W1, W2):
    if W1.shape != (X.shape[1], len(W2)) or Y.shape != (len(X), W2.shape[1]):
        raise ValueError(f"X {tuple(X.shape)}, Y {tuple(Y.shape)}, W1 {tuple(W1.shape)}, W2 {tuple(W2.shape)}")
    Z = X @ W1
    H = torch.relu(Z)
    G = 2 * (H @ W2 - Y)
    return ((H @ W2 - Y) ** 2).sum().item(), X.T @ ((G @ W2.T) * (Z >= 0)), H.T @ G


# %% wrong two_layer_gradients.scores_for_values: Z in place of H in the gradient of W2
def two_layer_gradients(X, Y, W1, W2):
    if W1.shape != (X.shape[1], len(W2)) or Y.shape != (len(X), W2.shape[1]):
        raise ValueError(f"X {tuple(X.shape)}, Y {tuple(Y.shape)}, W1 {tuple(W1.shape)}, W2 {tuple(W2.shape)}")
    Z = X @ W1
    G = 2 * (torch.relu(Z) @ W2 - Y)
    return ((torch.relu(Z) @ W2 - Y) ** 2).sum().item(), X.T @ ((G @ W2.T) * (Z > 0)), Z.T @ G


# %% wrong two_layer_gradients.autograd: lets PyTorch differentiate
def two_layer_gradients(X, Y, W1, W2):
    if W1.shape != (X.shape[1], len(W2)) or Y.shape != (len(X), W2.shape[1]):
        raise ValueError(f"X {tuple(X.shape)}, Y {tuple(Y.shape)}, W1 {tuple(W1.shape)}, W2 {tuple(W2.shape)}")
    W1, W2 = W1.detach().clone().requires_grad_(), W2.detach().clone().requires_grad_()
    loss = ((torch.relu(X @ W1) @ W2 - Y) ** 2).sum()
    loss.backward()
    return loss.item(), W1.grad, W2.grad


# %% right two_layer_gradients.sample_by_sample: a sum over the samples' own gradients
def two_layer_gradients(X, Y, W1, W2):
    if W1.shape != (X.shape[1], len(W2)) or Y.shape != (len(X), W2.shape[1]):
        raise ValueError(f"X {tuple(X.shape)}, Y {tuple(Y.shape)}, W1 {tuple(W1.shape)}, W2 {tuple(W2.shape)}")
    loss, grad_W1, grad_W2 = 0.0, torch.zeros_like(W1), torch.zeros_like(W2)
    for x, y in zip(X, Y, strict=True):
        h = torch.relu(x @ W1)
        error = h @ W2 - y
        loss += float(error @ error)
        grad_W2 += torch.outer(h, 2 * error)
        grad_W1 += torch.outer(x, torch.where(h > 0, W2 @ (2 * error), torch.zeros_like(h)))
    return loss, grad_W1, grad_W2


# %% wrong Scalar.overwrites: a value that is used twice keeps only the last part
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad = slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.breadth_first: passes on level by level, before a value is complete
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        self.grad, level = 1.0, [self]
        while level:
            following = []
            for value in level:
                for each, slope in zip(value.inputs, value.slopes, strict=True):
                    each.grad += slope * value.grad
                    if each not in following:
                        following.append(each)
            level = following

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.every_path: walks along every path: right, but doubled with each use
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        def clear(value, seen):
            if value.inputs and value not in seen:
                seen.add(value)
                value.grad = 0.0
                for each in value.inputs:
                    clear(each, seen)

        def send(value, amount):
            value.grad += amount
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                send(each, amount * slope)

        clear(self, set())
        send(self, 1.0)

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.no_reset: computed values keep what an earlier call left in them
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.resets_leaves: leaves begin each call at 0, so nothing adds up
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        for value in order:
            value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.no_seed: the last value never gets its 1
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        for value in order:
            if value.inputs:
                value.grad = 0.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.sub_slope: the second slope of the difference has the wrong sign
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.own_factor: each factor gets its own number as slope
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (self.data, other.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.quotient: the slope with respect to the divisor lacks its square
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.power: the exponent is not lowered
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data**exponent
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.relu_at_zero: slope 1 at 0
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data >= 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.tanh_overflows: tanh from exponentials that overflow
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = (math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% wrong Scalar.tanh_slope: the slope uses the input where the value belongs
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - self.data**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited, to_do = [], set(), [(self, False)]
        while to_do:
            value, inputs_done = to_do.pop()
            if inputs_done:
                order.append(value)
            elif value not in visited:
                visited.add(value)
                to_do.append((value, True))
                to_do.extend((each, False) for each in value.inputs)
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% right Scalar.recursive: a recursive search, as in the text
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        order, visited = [], set()

        def visit(value):
            if id(value) not in visited:
                visited.add(id(value))
                for each in value.inputs:
                    visit(each)
                order.append(value)

        visit(self)
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% right Scalar.counts_users: passes on when all users have had their turn, by counting them
class Scalar:
    def __init__(
        self, data: float, inputs: tuple["Scalar", ...] = (), slopes: tuple[float, ...] = (), op: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.inputs, self.slopes, self.op = inputs, slopes, op

    def __repr__(self) -> str:
        return f"Scalar(data={self.data:.4g}, grad={self.grad:.4g})"

    @staticmethod
    def wrap(value: "Scalar | float") -> "Scalar":
        return value if isinstance(value, Scalar) else Scalar(value)

    def __add__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data + other.data
        slopes = (1.0, 1.0)
        return Scalar(value, (self, other), slopes, "+")

    def __sub__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data - other.data
        slopes = (1.0, -1.0)
        return Scalar(value, (self, other), slopes, "-")

    def __mul__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data * other.data
        slopes = (other.data, self.data)
        return Scalar(value, (self, other), slopes, r"$\times$")

    def __truediv__(self, other: "Scalar | float") -> "Scalar":
        other = Scalar.wrap(other)
        value = self.data / other.data
        slopes = (1 / other.data, -self.data / other.data**2)
        return Scalar(value, (self, other), slopes, r"$\div$")

    def __pow__(self, exponent: float) -> "Scalar":
        if not isinstance(exponent, (int, float)):
            raise TypeError(f"the exponent must be a number; it is a {type(exponent).__name__}")
        value = self.data**exponent
        slope = exponent * self.data ** (exponent - 1)
        return Scalar(value, (self,), (slope,), f"power {exponent:g}")

    def tanh(self) -> "Scalar":
        value = math.tanh(self.data)
        slope = 1 - value**2
        return Scalar(value, (self,), (slope,), "tanh")

    def relu(self) -> "Scalar":
        value = max(self.data, 0.0)
        slope = 1.0 if self.data > 0 else 0.0
        return Scalar(value, (self,), (slope,), "relu")

    def exp(self) -> "Scalar":
        value = math.exp(self.data)
        slope = value
        return Scalar(value, (self,), (slope,), "exp")

    def log(self) -> "Scalar":
        value = math.log(self.data)
        slope = 1 / self.data
        return Scalar(value, (self,), (slope,), "log")

    def backward(self) -> None:
        users, found = {}, [self]
        users[self] = 0
        for value in found:
            for each in value.inputs:
                if each not in users:
                    users[each] = 0
                    found.append(each)
                users[each] += 1
        for value in found:
            value.grad = value.grad if not value.inputs else 0.0
        self.grad, ready = 1.0, [self]
        while ready:
            value = ready.pop()
            for each, slope in zip(value.inputs, value.slopes, strict=True):
                each.grad += slope * value.grad
                users[each] -= 1
                if users[each] == 0:
                    ready.append(each)

    def __neg__(self) -> "Scalar":
        return self * -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> "Scalar":
        return Scalar(other) - self

    def __rtruediv__(self, other: float) -> "Scalar":
        return Scalar(other) / self


# %% right Scalar.closures: each value keeps a function that hands its grad on
class Scalar:
    def __init__(self, data):
        self.data, self.grad = float(data), 0.0
        self.inputs, self.send = (), lambda: None

    def _computed(self, data, *pairs):
        result = Scalar(data)
        result.inputs = [each for each, _ in pairs]

        def send():
            for each, slope in pairs:
                each.grad += slope * result.grad

        result.send = send
        return result

    def __add__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return self._computed(self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return self._computed(self.data * other.data, (self, other.data), (other, self.data))

    def __pow__(self, exponent):
        return self._computed(self.data**exponent, (self, exponent * self.data ** (exponent - 1)))

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-1) * other

    def __truediv__(self, other):
        return self * other**-1

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return (-self) + other

    def __rtruediv__(self, other):
        return self**-1 * other

    def tanh(self):
        return self._computed(math.tanh(self.data), (self, 1 / math.cosh(min(abs(self.data), 300.0)) ** 2))

    def relu(self):
        return self._computed(self.data * (self.data > 0), (self, float(self.data > 0)))

    def exp(self):
        return self._computed(math.exp(self.data), (self, math.exp(self.data)))

    def log(self):
        return self._computed(math.log(self.data), (self, self.data**-1))

    def backward(self):
        order, marked = [], set()

        def visit(value):
            if value in marked:
                return
            marked.add(value)
            for each in value.inputs:
                visit(each)
            order.insert(0, value)

        visit(self)
        for value in order:
            if len(value.inputs):
                value.grad = 0.0
        self.grad = 1.0
        for value in order:
            value.send()


# %% wrong hessian_vector_product.all_ones: v is left out, so the answer is the Hessian times ones
def hessian_vector_product(f, x, v):
    if v.shape != x.shape:
        raise ValueError(f"x {tuple(x.shape)} and v {tuple(v.shape)}")
    inner = x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(inner), inner, create_graph=True)
    return torch.autograd.grad(slope.sum(), inner)[0]


# %% wrong hessian_vector_product.v_afterwards: v multiplies the result instead of the gradient
def hessian_vector_product(f, x, v):
    if v.shape != x.shape:
        raise ValueError(f"x {tuple(x.shape)} and v {tuple(v.shape)}")
    inner = x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(inner), inner, create_graph=True)
    return torch.autograd.grad(slope.sum(), inner)[0] * v


# %% wrong hessian_vector_product.differences: differences of gradients
def hessian_vector_product(f, x, v):
    if v.shape != x.shape:
        raise ValueError(f"x {tuple(x.shape)} and v {tuple(v.shape)}")

    def slope(point):
        point = point.detach().clone().requires_grad_()
        return torch.autograd.grad(f(point), point)[0]

    return (slope(x + 1e-4 * v) - slope(x - 1e-4 * v)) / 2e-4


# %% wrong hessian_vector_product.not_recorded: the first differentiation leaves nothing to differentiate
def hessian_vector_product(f, x, v):
    if v.shape != x.shape:
        raise ValueError(f"x {tuple(x.shape)} and v {tuple(v.shape)}")
    inner = x.detach().clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(inner), inner)
    return torch.autograd.grad((slope * v).sum(), inner)[0]


# %% wrong hessian_vector_product.gradient: the gradient times v, element by element
def hessian_vector_product(f, x, v):
    if v.shape != x.shape:
        raise ValueError(f"x {tuple(x.shape)} and v {tuple(v.shape)}")
    inner = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(inner), inner)[0] * v


# %% wrong hessian_vector_product.traces: records on x itself
def hessian_vector_product(f, x, v):
    if v.shape != x.shape:
        raise ValueError(f"x {tuple(x.shape)} and v {tuple(v.shape)}")
    x.requires_grad_()
    (slope,) = torch.autograd.grad(f(x), x, create_graph=True)
    return torch.autograd.grad((slope * v).sum(), x)[0]


# %% right hessian_vector_product.forward_over_reverse: the change of the gradient along v
def hessian_vector_product(f, x, v):
    if v.shape != x.shape:
        raise ValueError(f"x {tuple(x.shape)} and v {tuple(v.shape)}")
    return torch.func.jvp(torch.func.grad(f), (x.detach(),), (v,))[1].detach()


# %% right hessian_vector_product.grad_outputs: v as the upstream gradient of the second call
def hessian_vector_product(f, x, v):
    if v.shape != x.shape:
        raise ValueError(f"x {tuple(x.shape)} and v {tuple(v.shape)}")
    inner = x.detach().clone().requires_grad_()
    slope = torch.autograd.grad(f(inner), inner, create_graph=True)[0]
    return torch.autograd.grad(slope, inner, grad_outputs=v)[0]
