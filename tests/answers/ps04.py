# Answers to ps04_one_layer_networks. Each is run in place of the exercise's solution cell; docstrings are left out.

# %% wrong logistic.textbook: the textbook formula, whose exponential overflows for large negative scores
def logistic(t):
    return 1 / (1 + np.exp(-t))


# %% wrong logistic.sign: the sign of the exponent is lost, so it is the probability of class 0
def logistic(t):
    e = np.exp(-np.abs(t))
    return np.where(t >= 0, e, 1.0) / (1.0 + e)


# %% wrong logistic.both_branches: both branches of np.where are computed, and each overflows on one side
def logistic(t):
    return np.where(t >= 0, 1 / (1 + np.exp(-t)), np.exp(t) / (1 + np.exp(t)))


# %% wrong logistic.clipped: scores are clipped at 30, which loses the digits of small probabilities
def logistic(t):
    t = np.clip(t, -30, 30)
    return 1 / (1 + np.exp(-t))


# %% wrong logistic.tanh: the form with tanh gives exactly 0 where the probability is small
def logistic(t):
    return 0.5 * (1 + np.tanh(t / 2))


# %% wrong logistic.into_integers: results are written into an array with the dtype of the scores
def logistic(t):
    result = np.zeros_like(t)
    e = np.exp(-np.abs(t))
    result[t >= 0] = 1 / (1 + e[t >= 0])
    result[t < 0] = e[t < 0] / (1 + e[t < 0])
    return result


# %% wrong logistic.in_place: changes the scores
def logistic(t):
    positive = t >= 0
    if t.dtype.kind == "i":
        t = t.astype(float)
    t *= np.where(positive, -1, 1)
    e = np.exp(t)
    return np.where(positive, 1, e) / (1 + e)


# %% wrong logistic.sure: takes every score above 10 for a certainty
def logistic(t):
    e = np.exp(-np.abs(t))
    p = np.where(t >= 0, 1.0, e) / (1.0 + e)
    return np.where(t > 10, 1.0, p)


# %% wrong logistic.clipped_in_place: clips the caller's scores
def logistic(t):
    if t.dtype.kind == "f":
        t[t < -700] = -700
        t[t > 700] = 700
    return 1 / (1 + np.exp(-t))


# %% right logistic.scipy: SciPy's own
def logistic(t):
    from scipy.special import expit

    return expit(t)


# %% right logistic.masks: each form on its own side
def logistic(t):
    p = np.empty(t.shape, dtype=np.result_type(t, np.float32))
    up = t >= 0
    p[up] = 1 / (1 + np.exp(-t[up]))
    small = np.exp(t[~up])
    p[~up] = small / (small + 1)
    return p


# %% right logistic.torch: by way of a tensor
def logistic(t):
    import torch

    return torch.sigmoid(torch.tensor(t, dtype=torch.float64)).numpy()


# %% right logistic.clipped_far_out: clips where the probability no longer differs from 0 or 1
def logistic(t):
    return 1 / (1 + np.exp(-np.clip(t, -500, 500)))


# %% right logistic.quiet: lets the exponential overflow to infinity, with the warning switched off
def logistic(t):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-t))


# %% wrong forward_binary.no_bias: the bias is forgotten
def forward_binary(X, w, b):
    return logistic(X @ w)


# %% wrong forward_binary.bias_outside: the bias is added to the probability
def forward_binary(X, w, b):
    return logistic(X @ w) + b


# %% wrong forward_binary.scores: returns scores, not probabilities
def forward_binary(X, w, b):
    return X @ w + b


# %% wrong forward_binary.column: a column of shape (n, 1) instead of (n,)
def forward_binary(X, w, b):
    return logistic(X @ w.reshape(-1, 1) + b)


# %% wrong forward_binary.bias_subtracted: the sign of the bias
def forward_binary(X, w, b):
    return logistic(X @ w - b)


# %% wrong forward_binary.labels: rounds the probabilities to labels
def forward_binary(X, w, b):
    return np.round(logistic(X @ w + b))


# %% wrong forward_binary.last_left_out: the loop over the inputs ends one too early
def forward_binary(X, w, b):
    t = np.full(len(X), float(b))
    for j in range(len(w) - 1):
        t += X[:, j] * w[j]
    return logistic(t)


# %% right forward_binary.loop: sample by sample
def forward_binary(X, w, b):
    scores = []
    for x in X:
        t = b
        for j in range(len(w)):
            t += x[j] * w[j]
        scores.append(t)
    return logistic(np.array(scores))


# %% right forward_binary.own_formula: without the logistic of exercise 1
def forward_binary(X, w, b):
    return 1 / (1 + np.exp(-(np.dot(X, w) + b)))


# %% wrong binary_cross_entropy.sum: the sum over samples instead of their mean
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    p = np.clip(y_hat, 1e-12, 1 - 1e-12)
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong binary_cross_entropy.no_minus: the minus sign is forgotten
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    p = np.clip(y_hat, 1e-12, 1 - 1e-12)
    return float(np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong binary_cross_entropy.positives_only: samples of class 0 cost nothing
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    return float(-np.mean(y * np.log(np.clip(y_hat, 1e-12, 1))))


# %% wrong binary_cross_entropy.infinite: no protection where a probability is 0 or 1
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    return float(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))


# %% wrong binary_cross_entropy.clipped_below_only: a probability of exactly 1 still gives a logarithm of 0
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    p = np.maximum(y_hat, 1e-12)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong binary_cross_entropy.coarse: clipped so far in that ordinary probabilities change
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    p = np.clip(y_hat, 1e-3, 1 - 1e-3)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong binary_cross_entropy.broadcasts: arrays of different shapes are broadcast
def binary_cross_entropy(y, y_hat):
    p = np.clip(y_hat, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong binary_cross_entropy.length_only: compares lengths, so (n,) and (n, 1) pass
def binary_cross_entropy(y, y_hat):
    if len(y) != len(y_hat):
        raise ValueError(f"{y.shape} and {y_hat.shape} differ")
    p = np.clip(y_hat, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong binary_cross_entropy.base_two: in bits
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    p = np.clip(y_hat, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log2(p) + (1 - y) * np.log2(1 - p)))


# %% wrong binary_cross_entropy.in_place: clips the caller's probabilities
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    y_hat[y_hat < 0.01] = 0.01
    y_hat[y_hat > 0.99] = 0.99
    return float(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))


# %% wrong binary_cross_entropy.clipped_in_place: clips the caller's probabilities, by a tiny amount
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    np.clip(y_hat, 1e-12, 1 - 1e-12, out=y_hat)
    return float(-np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat)))


# %% wrong binary_cross_entropy.added: adds so much before the logarithm that small probabilities change
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    return float(-np.mean(y * np.log(y_hat + 1e-7) + (1 - y) * np.log(1 - y_hat + 1e-7)))


# %% wrong binary_cross_entropy.added_to_one_term: adds too much in the term of class 1 alone
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    return float(-np.mean(y * np.log(y_hat + 1e-7) + (1 - y) * np.log(1 - y_hat + 1e-15)))


# %% wrong binary_cross_entropy.added_to_other_term: adds too much in the term of class 0 alone
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    return float(-np.mean(y * np.log(y_hat + 1e-15) + (1 - y) * np.log(1 - y_hat + 1e-7)))


# %% wrong binary_cross_entropy.mistakes_for_free: infinite terms are set to 0, so a certain mistake costs nothing
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(y == 1, np.log(y_hat), np.log(1 - y_hat))
    terms[~np.isfinite(terms)] = 0
    return float(-terms.mean())


# %% wrong binary_cross_entropy.dimensions_only: compares the numbers of dimensions, not the shapes
def binary_cross_entropy(y, y_hat):
    if y.ndim != y_hat.ndim:
        raise ValueError(f"{y.shape} does not fit {y_hat.shape}")
    p = np.clip(y_hat, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong binary_cross_entropy.labels_unchecked: looks at the shape of the probabilities alone
def binary_cross_entropy(y, y_hat):
    if y_hat.ndim != 1 or len(y) != len(y_hat):
        raise ValueError(f"{y.shape} does not fit {y_hat.shape}")
    p = np.clip(y_hat, 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% wrong binary_cross_entropy.median: the median over samples instead of their mean
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"shapes differ: {y.shape} and {y_hat.shape}")
    p = np.clip(y_hat, 1e-12, 1 - 1e-12)
    return float(-np.median(y * np.log(p) + (1 - y) * np.log(1 - p)))


# %% right binary_cross_entropy.chosen: takes the probability of the label that occurred
def binary_cross_entropy(y, y_hat):
    if np.shape(y) != np.shape(y_hat):
        raise ValueError(f"got shapes {np.shape(y)} and {np.shape(y_hat)}")
    chosen = np.where(y == 1, y_hat, 1 - y_hat)
    return -np.log(np.maximum(chosen, 1e-10)).mean()


# %% right binary_cross_entropy.torch: PyTorch's own, which bounds the logarithm at -100
def binary_cross_entropy(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y has shape {y.shape}, y_hat has {y_hat.shape}")
    import torch

    target, p = (torch.tensor(a, dtype=torch.float64) for a in (y, y_hat))
    return torch.nn.functional.binary_cross_entropy(p, target).item()


# %% right binary_cross_entropy.loop: sample by sample, with math.log
def binary_cross_entropy(y, y_hat):
    import math

    if y.shape != y_hat.shape:
        raise ValueError(f"y {y.shape}, y_hat {y_hat.shape}")
    total = 0.0
    for label, p in zip(y, y_hat):
        p = min(max(p, 1e-9), 1 - 1e-9)
        total -= math.log(p) if label == 1 else math.log(1 - p)
    return total / len(y)


# %% wrong backward_binary.sum: not divided by the number of samples
def backward_binary(X, y, y_hat):
    error = y_hat - y
    return X.T @ error, float(error.sum())


# %% wrong backward_binary.sign: truth minus prediction
def backward_binary(X, y, y_hat):
    error = (y - y_hat) / len(X)
    return X.T @ error, float(error.sum())


# %% wrong backward_binary.by_columns: divided by the number of inputs instead of samples
def backward_binary(X, y, y_hat):
    error = (y_hat - y) / X.shape[1]
    return X.T @ error, float(error.sum())


# %% wrong backward_binary.squared_error: the gradient of the mean squared error
def backward_binary(X, y, y_hat):
    error = 2 * (y_hat - y) * y_hat * (1 - y_hat) / len(X)
    return X.T @ error, float(error.sum())


# %% wrong backward_binary.bias_not_averaged: the bias gets the sum of the errors
def backward_binary(X, y, y_hat):
    error = y_hat - y
    return X.T @ error / len(X), float(np.sum(error))


# %% wrong backward_binary.bias_array: one bias gradient for each sample
def backward_binary(X, y, y_hat):
    error = (y_hat - y) / len(X)
    return X.T @ error, error


# %% wrong backward_binary.column: the weight gradient is a column
def backward_binary(X, y, y_hat):
    error = ((y_hat - y) / len(X)).reshape(-1, 1)
    return X.T @ error, error.sum()


# %% wrong backward_binary.in_place: subtracts the labels from the caller's probabilities
def backward_binary(X, y, y_hat):
    y_hat -= y
    return X.T @ y_hat / len(X), y_hat.mean()


# %% right backward_binary.loop: sums over samples and inputs
def backward_binary(X, y, y_hat):
    n, d = X.shape
    grad_w, grad_b = np.zeros(d), 0.0
    for i in range(n):
        error = y_hat[i] - y[i]
        for j in range(d):
            grad_w[j] += error * X[i, j] / n
        grad_b += error / n
    return grad_w, grad_b


# %% right backward_binary.means: means of products
def backward_binary(X, y, y_hat):
    error = (y_hat - y)[:, np.newaxis]
    return np.mean(error * X, axis=0), np.mean(error)


# %% wrong train_binary.before_the_step: the history is measured before each step
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.normal(0, 0.01, X.shape[1]), 0.0
    history = {"train_loss": [], "val_loss": [], "train_accuracy": [], "val_accuracy": []}
    for _ in range(n_epochs):
        y_hat, val_hat = forward_binary(X, w, b), forward_binary(X_val, w, b)
        history["train_loss"].append(binary_cross_entropy(y, y_hat))
        history["val_loss"].append(binary_cross_entropy(y_val, val_hat))
        history["train_accuracy"].append(float(np.mean((y_hat >= 0.5) == y)))
        history["val_accuracy"].append(float(np.mean((val_hat >= 0.5) == y_val)))
        grad_w, grad_b = backward_binary(X, y, y_hat)
        w, b = w - lr * grad_w, b - lr * grad_b
    return w, b, history


# %% wrong train_binary.ascent: steps along the gradient
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.normal(0, 0.01, X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w + lr * grad_w, b + lr * grad_b
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history[part + "_loss"].append(binary_cross_entropy(t, p))
            history[part + "_accuracy"].append(float(np.mean((p >= 0.5) == t)))
    return w, b, history


# %% wrong train_binary.zero_start: starts from zeros and ignores rng
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = np.zeros(X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history[part + "_loss"].append(binary_cross_entropy(t, p))
            history[part + "_accuracy"].append(float(np.mean((p >= 0.5) == t)))
    return w, b, history


# %% wrong train_binary.global_random: draws the start from NumPy's global state
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = 0.01 * np.random.randn(X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history[part + "_loss"].append(binary_cross_entropy(t, p))
            history[part + "_accuracy"].append(float(np.mean((p >= 0.5) == t)))
    return w, b, history


# %% wrong train_binary.large_start: starts from a standard normal distribution
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.standard_normal(X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history[part + "_loss"].append(binary_cross_entropy(t, p))
            history[part + "_accuracy"].append(float(np.mean((p >= 0.5) == t)))
    return w, b, history


# %% wrong train_binary.bias_never_moves: the bias is not updated
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.normal(0, 0.01, X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w = w - lr * grad_w
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history[part + "_loss"].append(binary_cross_entropy(t, p))
            history[part + "_accuracy"].append(float(np.mean((p >= 0.5) == t)))
    return w, b, history


# %% wrong train_binary.above_one_half: a probability of exactly one half counts as class 0
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.normal(0, 0.01, X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history[part + "_loss"].append(binary_cross_entropy(t, p))
            history[part + "_accuracy"].append(float(np.mean((p > 0.5) == t)))
    return w, b, history


# %% wrong train_binary.validates_on_training: the validation lists repeat the training set
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.normal(0, 0.01, X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        p = forward_binary(X, w, b)
        loss, right = binary_cross_entropy(y, p), float(np.mean((p >= 0.5) == y))
        history["train_loss"].append(loss)
        history["val_loss"].append(loss)
        history["train_accuracy"].append(right)
        history["val_accuracy"].append(right)
    return w, b, history


# %% wrong train_binary.shared_lists: all four entries of the history are one list
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.normal(0, 0.01, X.shape[1]), 0.0
    history = dict.fromkeys(("train_loss", "val_loss", "train_accuracy", "val_accuracy"), [])
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history[part + "_loss"].append(binary_cross_entropy(t, p))
            history[part + "_accuracy"].append(float(np.mean((p >= 0.5) == t)))
    return w, b, history


# %% wrong train_binary.endless: waits for a convergence that never comes
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.normal(0, 0.01, X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    previous = np.inf
    while previous > 0:
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        previous = binary_cross_entropy(y, forward_binary(X, w, b))
    return w, b, history


# %% wrong train_binary.tiny_start: starts a hundred times closer to 0 than asked
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.normal(0, 0.0001, X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history[part + "_loss"].append(binary_cross_entropy(t, p))
            history[part + "_accuracy"].append(float(np.mean((p >= 0.5) == t)))
    return w, b, history


# %% wrong train_binary.own_generator: makes a generator of its own with a fixed seed
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = np.random.default_rng(0).normal(0, 0.01, X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history[part + "_loss"].append(binary_cross_entropy(t, p))
            history[part + "_accuracy"].append(float(np.mean((p >= 0.5) == t)))
    return w, b, history


# %% wrong train_binary.no_empty_lists: makes the lists at the first entry, so no epochs give an empty dictionary
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.normal(0, 0.01, X.shape[1]), 0.0
    history = {}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history.setdefault(part + "_loss", []).append(binary_cross_entropy(t, p))
            history.setdefault(part + "_accuracy", []).append(float(np.mean((p >= 0.5) == t)))
    return w, b, history


# %% wrong train_binary.centres_in_place: centres the caller's training inputs
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    X -= X.mean(axis=0)
    w, b = rng.normal(0, 0.01, X.shape[1]), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_w, grad_b = backward_binary(X, y, forward_binary(X, w, b))
        w, b = w - lr * grad_w, b - lr * grad_b
        for part, A, t in (("train", X, y), ("val", X_val, y_val)):
            p = forward_binary(A, w, b)
            history[part + "_loss"].append(binary_cross_entropy(t, p))
            history[part + "_accuracy"].append(float(np.mean((p >= 0.5) == t)))
    return w, b, history


# %% right train_binary.in_place: updates a copy of its own in place, epoch by epoch
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w = rng.standard_normal(X.shape[1]) * 0.01
    b = 0.0
    history = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": []}
    for epoch in range(n_epochs):
        y_hat = forward_binary(X, w, b)
        grad_w, grad_b = backward_binary(X, y, y_hat)
        w -= lr * grad_w
        b -= lr * grad_b
        y_hat, y_val_hat = forward_binary(X, w, b), forward_binary(X_val, w, b)
        history["train_loss"] += [binary_cross_entropy(y, y_hat)]
        history["val_loss"] += [binary_cross_entropy(y_val, y_val_hat)]
        history["train_accuracy"] += [((y_hat >= 0.5).astype(int) == y).mean()]
        history["val_accuracy"] += [((y_val_hat >= 0.5).astype(int) == y_val).mean()]
    return w, b, history


# %% right train_binary.uniform: a uniform start, and the pieces written out instead of called
def train_binary(X, y, X_val, y_val, lr, n_epochs, rng):
    w, b = rng.uniform(-0.015, 0.015, size=X.shape[1]), 0.0
    sets = {"train": (X, y), "val": (X_val, y_val)}
    history = {f"{part}_{what}": [] for part in sets for what in ("loss", "accuracy")}
    for _ in range(n_epochs):
        error = 1 / (1 + np.exp(-(X @ w + b))) - y
        w, b = w - lr * (error @ X) / len(y), b - lr * error.mean()
        for part, (inputs, labels) in sets.items():
            scores = inputs @ w + b
            loss = np.logaddexp(0, -scores) * labels + np.logaddexp(0, scores) * (1 - labels)
            history[f"{part}_loss"].append(loss.mean())
            history[f"{part}_accuracy"].append(np.mean(labels == (scores >= 0)))
    return w, b, history


# %% wrong softmax.whole_matrix: one maximum and one sum for the whole matrix instead of each row
def softmax(scores):
    e = np.exp(scores - scores.max())
    return e / e.sum()


# %% wrong softmax.one_maximum: one maximum for the whole matrix, so that low rows become 0 / 0
def softmax(scores):
    e = np.exp(scores - scores.max())
    return e / e.sum(axis=1, keepdims=True)


# %% wrong softmax.overflow: no shift at all
def softmax(scores):
    e = np.exp(scores)
    return e / e.sum(axis=1, keepdims=True)


# %% wrong softmax.columns: normalises each column
def softmax(scores):
    e = np.exp(scores - scores.max(axis=0))
    return e / e.sum(axis=0)


# %% wrong softmax.no_exponential: shares of the scores themselves
def softmax(scores):
    shifted = scores - scores.min(axis=1, keepdims=True)
    return shifted / shifted.sum(axis=1, keepdims=True)


# %% wrong softmax.no_keepdims: broadcasts the rows' maxima along the wrong axis
def softmax(scores):
    e = np.exp(scores - scores.max(axis=1))
    return e / e.sum(axis=1)


# %% wrong softmax.in_place: shifts the caller's scores
def softmax(scores):
    scores -= scores.max(axis=1, keepdims=True)
    e = np.exp(scores)
    return e / e.sum(axis=1, keepdims=True)


# %% wrong softmax.eps: adds a small number to the denominator
def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / (e.sum(axis=1, keepdims=True) + 1e-5)


# %% wrong softmax.into_integers: results are written into an array with the dtype of the scores
def softmax(scores):
    p = np.empty_like(scores)
    for i, row in enumerate(scores):
        e = np.exp(row - row.max())
        p[i] = e / e.sum()
    return p


# %% wrong softmax.by_the_mean: shifts by the row's mean, which does not bound the exponents
def softmax(scores):
    e = np.exp(scores - scores.mean(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% wrong softmax.tidied: very small probabilities are set to 0
def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return np.where(p < 1e-6, 0.0, p)


# %% right softmax.log_space: through the logarithm, with scipy
def softmax(scores):
    from scipy.special import logsumexp

    return np.exp(scores - logsumexp(scores, axis=1, keepdims=True))


# %% right softmax.rows: row by row
def softmax(scores):
    rows = []
    for row in scores:
        e = np.exp(row - max(row))
        rows.append(e / sum(e))
    return np.array(rows)


# %% right softmax.transposed: works on columns of the transpose
def softmax(scores):
    s = scores.T.astype(np.float64)
    s = np.exp(s - s.max(axis=0))
    return (s / s.sum(axis=0)).T


# %% wrong cross_entropy.mean_over_all: divides by the number of entries, not of samples
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    return float(-np.mean(Y * np.log(np.clip(Y_hat, 1e-12, 1))))


# %% wrong cross_entropy.sum: the sum over samples
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    return float(-np.sum(Y * np.log(np.clip(Y_hat, 1e-12, 1))))


# %% wrong cross_entropy.nan_at_zero: 0 times ln 0 is not a number
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    return float(-(Y * np.log(Y_hat)).sum(axis=1).mean())


# %% wrong cross_entropy.nansum: hides certain mistakes, which are infinite, and warns
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    terms = Y * np.log(Y_hat)
    terms[~np.isfinite(terms)] = 0
    return float(-terms.sum(axis=1).mean())


# %% wrong cross_entropy.binary: adds the terms of the classes that did not occur
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    P = np.clip(Y_hat, 1e-12, 1 - 1e-12)
    return float(-np.mean(np.sum(Y * np.log(P) + (1 - Y) * np.log(1 - P), axis=1)))


# %% wrong cross_entropy.broadcasts: arrays of different shapes are broadcast
def cross_entropy(Y, Y_hat):
    return float(-np.mean(np.sum(Y * np.log(np.clip(Y_hat, 1e-12, 1)), axis=-1)))


# %% wrong cross_entropy.shifted: adds a small number to every probability
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    return float(-np.mean(np.sum(Y * np.log(Y_hat + 1e-5), axis=1)))


# %% wrong cross_entropy.clipped_in_place: clips the caller's probabilities
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    Y_hat[Y_hat < 1e-12] = 1e-12
    return float(-np.mean(np.sum(Y * np.log(Y_hat), axis=1)))


# %% wrong cross_entropy.coarse: clipped so far from 0 that small probabilities change
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    return float(-np.mean(np.sum(Y * np.log(np.maximum(Y_hat, 1e-5)), axis=1)))


# %% wrong cross_entropy.certainty_costs: clipped so far from 1 that a certain and right prediction costs something
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    return float(-np.mean(np.sum(Y * np.log(np.clip(Y_hat, 1e-12, 1 - 1e-5)), axis=1)))


# %% wrong cross_entropy.mistakes_for_free: infinite terms are set to 0, so a certain mistake costs nothing
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = Y * np.log(Y_hat)
    return float(-np.sum(terms[np.isfinite(terms)]) / len(Y))


# %% wrong cross_entropy.dimensions_only: compares the numbers of dimensions, not the shapes
def cross_entropy(Y, Y_hat):
    if Y.ndim != Y_hat.ndim:
        raise ValueError(f"{Y.shape} does not fit {Y_hat.shape}")
    return float(-np.mean(np.sum(Y * np.log(np.clip(Y_hat, 1e-12, 1)), axis=1)))


# %% wrong cross_entropy.median: the median over samples instead of their mean
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    return float(-np.median((Y * np.log(np.maximum(Y_hat, 1e-12))).sum(axis=1)))


# %% wrong cross_entropy.into_integers: the terms are written into an array with the dtype of the labels
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"shapes {Y.shape} and {Y_hat.shape} differ")
    terms = np.zeros_like(Y)
    for i in range(len(Y)):
        terms[i] = -Y[i] * np.log(np.maximum(Y_hat[i], 1e-12))
    return float(terms.sum() / len(Y))


# %% right cross_entropy.picked: picks each sample's probability by index
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"Y is {Y.shape}, Y_hat is {Y_hat.shape}")
    picked = Y_hat[np.arange(len(Y)), Y.argmax(axis=1)]
    return -np.log(np.maximum(picked, 1e-15)).mean()


# %% right cross_entropy.loop: sample by sample
def cross_entropy(Y, Y_hat):
    if Y.shape != Y_hat.shape:
        raise ValueError(f"Y has shape {Y.shape} and Y_hat {Y_hat.shape}")
    total = 0.0
    for truth, row in zip(Y, Y_hat):
        total -= np.log(max(float(truth @ row), 1e-10))
    return total / Y.shape[0]


# %% wrong backward_softmax.sum: not divided by the number of samples
def backward_softmax(X, Y, Y_hat):
    error = Y_hat - Y
    return X.T @ error, error.sum(axis=0)


# %% wrong backward_softmax.sign: truth minus prediction
def backward_softmax(X, Y, Y_hat):
    error = (Y - Y_hat) / len(X)
    return X.T @ error, error.sum(axis=0)


# %% wrong backward_softmax.by_entries: divided by samples times classes
def backward_softmax(X, Y, Y_hat):
    error = (Y_hat - Y) / Y.size
    return X.T @ error, error.sum(axis=0)


# %% wrong backward_softmax.bias_mean_of_mean: the bias is divided by the number of samples twice
def backward_softmax(X, Y, Y_hat):
    error = (Y_hat - Y) / len(X)
    return X.T @ error, error.mean(axis=0)


# %% wrong backward_softmax.bias_over_classes: sums the errors over classes
def backward_softmax(X, Y, Y_hat):
    error = (Y_hat - Y) / len(X)
    return X.T @ error, error.sum(axis=1)


# %% wrong backward_softmax.transposed: the weight gradient has shape (k, d)
def backward_softmax(X, Y, Y_hat):
    error = (Y_hat - Y) / len(X)
    return error.T @ X, error.sum(axis=0)


# %% wrong backward_softmax.jacobian_diagonal: only the diagonal of the softmax's Jacobian
def backward_softmax(X, Y, Y_hat):
    error = -Y / Y_hat * Y_hat * (1 - Y_hat) / len(X)
    return X.T @ error, error.sum(axis=0)


# %% wrong backward_softmax.by_classes: divided by the number of classes instead of samples
def backward_softmax(X, Y, Y_hat):
    error = (Y_hat - Y) / Y.shape[1]
    return X.T @ error, error.sum(axis=0)


# %% wrong backward_softmax.weights_by_classes: only the weights' gradient is divided by the number of classes
def backward_softmax(X, Y, Y_hat):
    error = Y_hat - Y
    return X.T @ error / error.shape[1], error.mean(axis=0)


# %% wrong backward_softmax.bias_by_classes: only the biases' gradient is divided by the number of classes
def backward_softmax(X, Y, Y_hat):
    error = Y_hat - Y
    return X.T @ error / len(X), error.sum(axis=0) / error.shape[1]


# %% wrong backward_softmax.in_place: subtracts 1 at the true class from the caller's probabilities
def backward_softmax(X, Y, Y_hat):
    n = len(X)
    Y_hat[np.arange(n), Y.argmax(axis=1)] -= 1
    return X.T @ Y_hat / n, Y_hat.sum(axis=0) / n


# %% right backward_softmax.jacobian: by the whole Jacobian, sample by sample
def backward_softmax(X, Y, Y_hat):
    n, d = X.shape
    grad_W, grad_b = np.zeros((d, Y.shape[1])), np.zeros(Y.shape[1])
    for x, y, p in zip(X, Y, Y_hat):
        jacobian = np.diag(p) - np.outer(p, p)
        grad_s = jacobian @ (-y / p) / n
        grad_W += np.outer(x, grad_s)
        grad_b += grad_s
    return grad_W, grad_b


# %% right backward_softmax.einsum: with einsum and a mean
def backward_softmax(X, Y, Y_hat):
    error = Y_hat - Y
    return np.einsum("nd,nk->dk", X, error) / X.shape[0], np.mean(error, axis=0)


# %% wrong train_softmax.before_the_step: the history is measured before each step
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    W, b = rng.normal(0, 0.01, (X.shape[1], Y.shape[1])), np.zeros(Y.shape[1])
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history[part + "_loss"].append(cross_entropy(T, P))
            history[part + "_accuracy"].append(float(np.mean(P.argmax(1) == T.argmax(1))))
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W - lr * grad_W, b - lr * grad_b
    return W, b, history


# %% wrong train_softmax.ascent: steps along the gradient
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    W, b = rng.normal(0, 0.01, (X.shape[1], Y.shape[1])), np.zeros(Y.shape[1])
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W + lr * grad_W, b + lr * grad_b
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history[part + "_loss"].append(cross_entropy(T, P))
            history[part + "_accuracy"].append(float(np.mean(P.argmax(1) == T.argmax(1))))
    return W, b, history


# %% wrong train_softmax.entrywise_accuracy: compares rounded probabilities entry by entry
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    W, b = rng.normal(0, 0.01, (X.shape[1], Y.shape[1])), np.zeros(Y.shape[1])
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W - lr * grad_W, b - lr * grad_b
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history[part + "_loss"].append(cross_entropy(T, P))
            history[part + "_accuracy"].append(float(np.mean(P.round() == T)))
    return W, b, history


# %% wrong train_softmax.stale_bias: the weights' gradient is taken again after the bias moved
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    W, b = rng.normal(0, 0.01, (X.shape[1], Y.shape[1])), np.zeros(Y.shape[1])
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        b = b - lr * backward_softmax(X, Y, softmax(X @ W + b))[1]
        W = W - lr * backward_softmax(X, Y, softmax(X @ W + b))[0]
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history[part + "_loss"].append(cross_entropy(T, P))
            history[part + "_accuracy"].append(float(np.mean(P.argmax(1) == T.argmax(1))))
    return W, b, history


# %% wrong train_softmax.same_start: all classes start with the same weights
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    W = np.repeat(rng.normal(0, 0.01, (X.shape[1], 1)), Y.shape[1], axis=1)
    b = np.zeros(Y.shape[1])
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W - lr * grad_W, b - lr * grad_b
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history[part + "_loss"].append(cross_entropy(T, P))
            history[part + "_accuracy"].append(float(np.mean(P.argmax(1) == T.argmax(1))))
    return W, b, history


# %% wrong train_softmax.scalar_bias: one bias for all classes
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    W, b = rng.normal(0, 0.01, (X.shape[1], Y.shape[1])), 0.0
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W - lr * grad_W, b - lr * grad_b.sum()
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history[part + "_loss"].append(cross_entropy(T, P))
            history[part + "_accuracy"].append(float(np.mean(P.argmax(1) == T.argmax(1))))
    return W, b, history


# %% wrong train_softmax.last_epoch_missing: one epoch too few
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    W, b = rng.normal(0, 0.01, (X.shape[1], Y.shape[1])), np.zeros(Y.shape[1])
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(1, n_epochs):
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W - lr * grad_W, b - lr * grad_b
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history[part + "_loss"].append(cross_entropy(T, P))
            history[part + "_accuracy"].append(float(np.mean(P.argmax(1) == T.argmax(1))))
    return W, b, history


# %% wrong train_softmax.tiny_start: starts a hundred times closer to 0 than asked
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    W, b = rng.normal(0, 0.0001, (X.shape[1], Y.shape[1])), np.zeros(Y.shape[1])
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W - lr * grad_W, b - lr * grad_b
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history[part + "_loss"].append(cross_entropy(T, P))
            history[part + "_accuracy"].append(float(np.mean(P.argmax(1) == T.argmax(1))))
    return W, b, history


# %% wrong train_softmax.own_generator: makes a generator of its own with a fixed seed
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    W, b = np.random.default_rng(0).normal(0, 0.01, (X.shape[1], Y.shape[1])), np.zeros(Y.shape[1])
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W - lr * grad_W, b - lr * grad_b
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history[part + "_loss"].append(cross_entropy(T, P))
            history[part + "_accuracy"].append(float(np.mean(P.argmax(1) == T.argmax(1))))
    return W, b, history


# %% wrong train_softmax.no_empty_lists: makes the lists at the first entry, so no epochs give an empty dictionary
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    W, b = rng.normal(0, 0.01, (X.shape[1], Y.shape[1])), np.zeros(Y.shape[1])
    history = {}
    for _ in range(n_epochs):
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W - lr * grad_W, b - lr * grad_b
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history.setdefault(part + "_loss", []).append(cross_entropy(T, P))
            history.setdefault(part + "_accuracy", []).append(float(np.mean(P.argmax(1) == T.argmax(1))))
    return W, b, history


# %% wrong train_softmax.centres_in_place: centres the caller's training inputs
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    X -= X.mean(axis=0)
    W, b = rng.normal(0, 0.01, (X.shape[1], Y.shape[1])), np.zeros(Y.shape[1])
    history = {k: [] for k in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    for _ in range(n_epochs):
        grad_W, grad_b = backward_softmax(X, Y, softmax(X @ W + b))
        W, b = W - lr * grad_W, b - lr * grad_b
        for part, A, T in (("train", X, Y), ("val", X_val, Y_val)):
            P = softmax(A @ W + b)
            history[part + "_loss"].append(cross_entropy(T, P))
            history[part + "_accuracy"].append(float(np.mean(P.argmax(1) == T.argmax(1))))
    return W, b, history


# %% right train_softmax.in_place: updates arrays of its own in place
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    d, k = X.shape[1], Y.shape[1]
    W, b = 0.01 * rng.standard_normal((d, k)), np.zeros(k)
    train_loss, val_loss, train_accuracy, val_accuracy = [], [], [], []
    for _ in range(n_epochs):
        grads = backward_softmax(X, Y, softmax(X @ W + b))
        for parameter, grad in zip((W, b), grads):
            parameter -= lr * grad
        P, P_val = softmax(X @ W + b), softmax(X_val @ W + b)
        train_loss.append(cross_entropy(Y, P))
        val_loss.append(cross_entropy(Y_val, P_val))
        train_accuracy.append(float(Y[np.arange(len(P)), P.argmax(axis=1)].mean()))
        val_accuracy.append(float(Y_val[np.arange(len(P_val)), P_val.argmax(axis=1)].mean()))
    history = dict(train_loss=train_loss, val_loss=val_loss, train_accuracy=train_accuracy, val_accuracy=val_accuracy)
    return W, b, history


# %% right train_softmax.bias_as_column: the bias is a row of weights for a column of ones
def train_softmax(X, Y, X_val, Y_val, lr, n_epochs, rng):
    A, A_val = (np.hstack([part, np.ones((len(part), 1))]) for part in (X, X_val))
    W = np.vstack([rng.normal(scale=0.01, size=(X.shape[1], Y.shape[1])), np.zeros((1, Y.shape[1]))])
    history = {"train_loss": [], "val_loss": [], "train_accuracy": [], "val_accuracy": []}
    for _ in range(n_epochs):
        W = W - lr * A.T @ (softmax(A @ W) - Y) / len(A)
        for part, inputs, target in [("train", A, Y), ("val", A_val, Y_val)]:
            P = softmax(inputs @ W)
            history[part + "_loss"].append(cross_entropy(target, P))
            history[part + "_accuracy"].append(np.mean(np.argmax(P, 1) == np.argmax(target, 1)))
    return W[:-1], W[-1], history


# %% wrong one_vs_rest_predict.probabilities: compares probabilities, which round to 1
def one_vs_rest_predict(models, X):
    P = np.stack([1 / (1 + np.exp(-(X @ w + b))) for w, b in models], axis=1)
    return P.argmax(axis=1)


# %% wrong one_vs_rest_predict.no_bias: the models' biases are left out
def one_vs_rest_predict(models, X):
    W = np.stack([w for w, b in models], axis=1)
    return (X @ W).argmax(axis=1)


# %% wrong one_vs_rest_predict.last_of_ties: the higher class wins a tie
def one_vs_rest_predict(models, X):
    scores = np.stack([X @ w + b for w, b in models], axis=1)
    return scores.shape[1] - 1 - scores[:, ::-1].argmax(axis=1)


# %% wrong one_vs_rest_predict.first_yes: the first class whose model says yes
def one_vs_rest_predict(models, X):
    scores = np.stack([X @ w + b for w, b in models], axis=1)
    return (scores > 0).argmax(axis=1)


# %% wrong one_vs_rest_predict.wrong_axis: the best sample for each model
def one_vs_rest_predict(models, X):
    scores = np.array([X @ w + b for w, b in models])
    return scores.argmax(axis=1)


# %% wrong one_vs_rest_predict.least: the least convinced model
def one_vs_rest_predict(models, X):
    scores = np.stack([X @ w + b for w, b in models], axis=1)
    return scores.argmin(axis=1)


# %% wrong one_vs_rest_predict.floats: class indices as floats
def one_vs_rest_predict(models, X):
    best, best_score = np.zeros(len(X)), np.full(len(X), -np.inf)
    for c, (w, b) in enumerate(models):
        scores = X @ w + b
        better = scores > best_score
        best[better], best_score[better] = c, scores[better]
    return best


# %% right one_vs_rest_predict.champion: keeps the best class so far
def one_vs_rest_predict(models, X):
    best, best_score = np.zeros(len(X), dtype=int), np.full(len(X), -np.inf)
    for c, (w, b) in enumerate(models):
        scores = X @ w + b
        better = scores > best_score
        best[better], best_score[better] = c, scores[better]
    return best


# %% right one_vs_rest_predict.matrix: one product with a matrix of all weights
def one_vs_rest_predict(models, X):
    W, b = np.column_stack([w for w, _ in models]), np.array([bias for _, bias in models])
    return np.argmax(np.dot(X, W) + b, axis=1).astype(np.int32)


# %% wrong confusion_matrix.transposed: rows are predictions
def confusion_matrix(y_true, y_pred, n_classes):
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if len(labels) != len(y_true) or ((labels < 0) | (labels >= n_classes)).any():
            raise ValueError(f"{name} does not fit")
    C = np.zeros((n_classes, n_classes), dtype=int)
    for i, j in zip(y_true, y_pred):
        C[j, i] += 1
    return C


# %% wrong confusion_matrix.fancy_index: repeated pairs count once
def confusion_matrix(y_true, y_pred, n_classes):
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if len(labels) != len(y_true) or ((labels < 0) | (labels >= n_classes)).any():
            raise ValueError(f"{name} does not fit")
    C = np.zeros((n_classes, n_classes), dtype=int)
    C[y_true, y_pred] += 1
    return C


# %% wrong confusion_matrix.negative_wraps: negative labels are not refused
def confusion_matrix(y_true, y_pred, n_classes):
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if len(labels) != len(y_true) or (labels >= n_classes).any():
            raise ValueError(f"{name} does not fit")
    C = np.zeros((n_classes, n_classes), dtype=int)
    for i, j in zip(y_true, y_pred):
        C[i, j] += 1
    return C


# %% wrong confusion_matrix.lengths: zip drops what is left over where the lengths differ
def confusion_matrix(y_true, y_pred, n_classes):
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if ((labels < 0) | (labels >= n_classes)).any():
            raise ValueError(f"{name} has a label outside the range")
    C = np.zeros((n_classes, n_classes), dtype=int)
    for i, j in zip(y_true, y_pred):
        C[i, j] += 1
    return C


# %% wrong confusion_matrix.unchecked: labels outside the range end in an IndexError
def confusion_matrix(y_true, y_pred, n_classes):
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_true has {len(y_true)} labels and y_pred {len(y_pred)}")
    C = np.zeros((n_classes, n_classes), dtype=int)
    for i, j in zip(y_true, y_pred):
        C[i, j] += 1
    return C


# %% wrong confusion_matrix.as_many_as_seen: only the classes that occur get a row
def confusion_matrix(y_true, y_pred, n_classes):
    from sklearn.metrics import confusion_matrix as from_sklearn

    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if len(labels) != len(y_true) or ((labels < 0) | (labels >= n_classes)).any():
            raise ValueError(f"{name} does not fit")
    return from_sklearn(y_true, y_pred)


# %% wrong confusion_matrix.shares: shares of each row instead of counts
def confusion_matrix(y_true, y_pred, n_classes):
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if len(labels) != len(y_true) or ((labels < 0) | (labels >= n_classes)).any():
            raise ValueError(f"{name} does not fit")
    C = np.zeros((n_classes, n_classes))
    for i, j in zip(y_true, y_pred):
        C[i, j] += 1
    return C / np.maximum(C.sum(axis=1, keepdims=True), 1)


# %% wrong confusion_matrix.fails_on_nothing: the largest of no labels is asked for
def confusion_matrix(y_true, y_pred, n_classes):
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_true has {len(y_true)} labels, y_pred has {len(y_pred)}")
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if min(labels) < 0 or max(labels) >= n_classes:
            raise ValueError(f"{name} has a label outside the range")
    C = np.zeros((n_classes, n_classes), dtype=int)
    for i, j in zip(y_true, y_pred):
        C[i, j] += 1
    return C


# %% wrong confusion_matrix.only_predictions_checked: true labels outside the range are not refused by name
def confusion_matrix(y_true, y_pred, n_classes):
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_true has {len(y_true)} labels, y_pred has {len(y_pred)}")
    if np.any((y_pred < 0) | (y_pred >= n_classes)):
        raise ValueError("y_pred has a label outside the range")
    C = np.zeros((n_classes, n_classes), dtype=int)
    for i, j in zip(y_true, y_pred):
        C[i, j] += 1
    return C


# %% wrong confusion_matrix.negative_predictions: negative predictions count as the last class
def confusion_matrix(y_true, y_pred, n_classes):
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_true has {len(y_true)} labels, y_pred has {len(y_pred)}")
    if np.any((y_true < 0) | (y_true >= n_classes)):
        raise ValueError("y_true has a label outside the range")
    if np.any(y_pred >= n_classes):
        raise ValueError("y_pred has a label outside the range")
    C = np.zeros((n_classes, n_classes), dtype=int)
    for i, j in zip(y_true, y_pred):
        C[i, j] += 1
    return C


# %% wrong confusion_matrix.eight_bits: counts in 8 bits, which overflow at 256
def confusion_matrix(y_true, y_pred, n_classes):
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if len(labels) != len(y_true) or ((labels < 0) | (labels >= n_classes)).any():
            raise ValueError(f"{name} does not fit")
    C = np.zeros((n_classes, n_classes), dtype=np.uint8)
    np.add.at(C, (y_true, y_pred), 1)
    return C


# %% right confusion_matrix.loop: pair by pair
def confusion_matrix(y_true, y_pred, n_classes):
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_true has {len(y_true)} labels, y_pred has {len(y_pred)}")
    C = np.zeros((n_classes, n_classes), dtype=int)
    for i, j in zip(y_true, y_pred):
        if i not in range(n_classes):
            raise ValueError(f"y_true: {i} is not a class")
        if j not in range(n_classes):
            raise ValueError(f"y_pred: {j} is not a class")
        C[i, j] += 1
    return C


# %% right confusion_matrix.bincount: counts the number k * true + predicted of each pair
def confusion_matrix(y_true, y_pred, n_classes):
    if y_true.shape != y_pred.shape:
        raise ValueError(f"y_true {y_true.shape} does not fit y_pred {y_pred.shape}")
    if np.any(~np.isin(y_true, np.arange(n_classes))):
        raise ValueError("y_true must lie in the range")
    if np.any(~np.isin(y_pred, np.arange(n_classes))):
        raise ValueError("y_pred must lie in the range")
    pairs = np.bincount(n_classes * y_true + y_pred, minlength=n_classes**2)
    return pairs.reshape(n_classes, n_classes)


# %% right confusion_matrix.one_hot_product: the product of two one-hot matrices
def confusion_matrix(y_true, y_pred, n_classes):
    if y_true.shape != y_pred.shape:
        raise ValueError("y_true and y_pred must have the same shape")
    for name, labels in {"y_true": y_true, "y_pred": y_pred}.items():
        if labels.size and (labels.min() < 0 or labels.max() > n_classes - 1):
            raise ValueError(f"{name} lies outside")
    eye = np.eye(n_classes, dtype=int)
    return eye[y_true].T @ eye[y_pred]
