# Answers to ps05_backpropagation. Each is run in place of the exercise's solution cell; docstrings are left out.

# %% wrong numerical_gradient.one_sided: the difference to one side, whose error is of order eps
def numerical_gradient(f, x, eps=1e-6):
    grad = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        nudged = np.array(x, dtype=float)
        nudged[index] += eps
        grad[index] = (f(nudged) - f(np.array(x, dtype=float))) / eps
    return grad


# %% wrong numerical_gradient.half: divides by eps instead of 2 eps
def numerical_gradient(f, x, eps=1e-6):
    grad = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        up, down = np.array(x, dtype=float), np.array(x, dtype=float)
        up[index] += eps
        down[index] -= eps
        grad[index] = (f(up) - f(down)) / eps
    return grad


# %% wrong numerical_gradient.not_put_back: every entry stays nudged
def numerical_gradient(f, x, eps=1e-6):
    nudged = np.array(x, dtype=float)
    grad = np.zeros_like(nudged)
    for index in np.ndindex(nudged.shape):
        nudged[index] += eps
        above = f(nudged)
        nudged[index] -= 2 * eps
        below = f(nudged)
        grad[index] = (above - below) / (2 * eps)
    return grad


# %% wrong numerical_gradient.in_place: nudges x itself and returns by arithmetic, which changes its last digits
def numerical_gradient(f, x, eps=1e-6):
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += eps
        above = f(x)
        x[index] -= 2 * eps
        below = f(x)
        x[index] += eps
        grad[index] = (above - below) / (2 * eps)
    return grad


# %% wrong numerical_gradient.keeps_the_dtype: nudges a copy of the same dtype, in which float32 and int lose the nudge
def numerical_gradient(f, x, eps=1e-6):
    nudged = x.copy()
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        old = nudged[index]
        nudged[index] = old + eps
        above = f(nudged)
        nudged[index] = old - eps
        below = f(nudged)
        nudged[index] = old
        grad[index] = (above - below) / (2 * eps)
    return grad


# %% wrong numerical_gradient.vectors_only: nudges whole rows of a matrix
def numerical_gradient(f, x, eps=1e-6):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for i in range(len(x)):
        up, down = x.copy(), x.copy()
        up[i] += eps
        down[i] -= eps
        grad[i] = (f(up) - f(down)) / (2 * eps)
    return grad


# %% wrong numerical_gradient.flat: f gets a flat array
def numerical_gradient(f, x, eps=1e-6):
    flat = np.array(x, dtype=float).ravel()
    steps = eps * np.eye(flat.size)
    return np.array([(f(flat + s) - f(flat - s)) / (2 * eps) for s in steps]).reshape(np.shape(x))


# %% wrong numerical_gradient.fixed_eps: ignores the argument eps
def numerical_gradient(f, x, eps=1e-6):
    eps = 1e-6
    grad = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        up, down = np.array(x, dtype=float), np.array(x, dtype=float)
        up[index] += eps
        down[index] -= eps
        grad[index] = (f(up) - f(down)) / (2 * eps)
    return grad


# %% right numerical_gradient.two_copies: a fresh pair of copies for each entry
def numerical_gradient(f, x, eps=1e-6):
    grad = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        up, down = np.array(x, dtype=float), np.array(x, dtype=float)
        up[index] += eps
        down[index] -= eps
        grad[index] = (f(up) - f(down)) / (2 * eps)
    return grad


# %% right numerical_gradient.unit_arrays: adds multiples of unit arrays
def numerical_gradient(f, x, eps=1e-6):
    x = np.asarray(x, dtype=np.float64)
    units = np.eye(x.size).reshape((x.size, *x.shape))
    slopes = [(f(x + eps * e) - f(x - eps * e)) / (2 * eps) for e in units]
    return np.array(slopes, dtype=np.float64).reshape(x.shape)


# %% wrong relu.whole_array: the one largest entry, or 0
def relu(z):
    return np.max(z, 0)


# %% wrong relu.absolute: negative entries are turned positive
def relu(z):
    return np.abs(z)


# %% wrong relu.in_place: writes the zeros into the argument
def relu(z):
    z[z < 0] = 0.0
    return z


# %% wrong relu.only_positive: keeps the positive entries alone, so the shape is lost
def relu(z):
    return z[z > 0]


# %% wrong relu.leaky: lets a hundredth of the negative side through
def relu(z):
    return np.where(z > 0, z, 0.01 * z)


# %% right relu.mask: multiplies by where it is positive
def relu(z):
    return z * (z > 0)


# %% right relu.where: chooses entry by entry
def relu(z):
    return np.where(z < 0, np.zeros_like(z), z)


# %% wrong relu_grad.one_at_zero: the slope at 0 is 1
def relu_grad(z):
    return (z >= 0).astype(float)


# %% wrong relu_grad.half_at_zero: the slope at 0 is a half
def relu_grad(z):
    return np.heaviside(z, 0.5)


# %% wrong relu_grad.booleans: returns the comparison
def relu_grad(z):
    return z > 0


# %% wrong relu_grad.of_the_relu: returns the function, not its slope
def relu_grad(z):
    return np.maximum(z, 0)


# %% wrong relu_grad.sign: minus one on the negative side
def relu_grad(z):
    return np.sign(z)


# %% right relu_grad.heaviside: NumPy's step function
def relu_grad(z):
    return np.heaviside(z, 0.0)


# %% right relu_grad.where: numbers chosen by a comparison
def relu_grad(z):
    return np.where(z > 0, 1.0, 0.0)


# %% wrong tanh_grad.tanh_again: takes the value for the argument
def tanh_grad(h):
    return 1 - np.tanh(h) ** 2


# %% wrong tanh_grad.no_square: the square is forgotten
def tanh_grad(h):
    return 1 - h


# %% wrong tanh_grad.like_the_logistic: the formula of the logistic function
def tanh_grad(h):
    return h * (1 - h)


# %% wrong tanh_grad.in_place: writes into the argument
def tanh_grad(h):
    h *= -h
    h += 1
    return h


# %% right tanh_grad.product: as a product of two factors
def tanh_grad(h):
    return (1 - h) * (1 + h)


# %% right tanh_grad.torch: by automatic differentiation of the formula's antiderivative
def tanh_grad(h):
    value = torch.tensor(h, requires_grad=True)
    (value - value**3 / 3).sum().backward()
    return value.grad.numpy()


# %% wrong logistic_grad.logistic_again: takes the value for the argument
def logistic_grad(p):
    return logistic(p) * (1 - logistic(p))


# %% wrong logistic_grad.like_the_tanh: the formula of the tanh
def logistic_grad(p):
    return 1 - p**2


# %% wrong logistic_grad.sign: the wrong sign
def logistic_grad(p):
    return p * (p - 1)


# %% wrong logistic_grad.other_factor: a square in the wrong place
def logistic_grad(p):
    return p * (1 - p**2)


# %% right logistic_grad.difference: the product multiplied out
def logistic_grad(p):
    return p - p * p


# %% right logistic_grad.quarter: a quarter less the squared distance from one half
def logistic_grad(p):
    return 0.25 - (p - 0.5) ** 2


# %% wrong forward_two_layer.no_tanh: the hidden layer has no activation
def forward_two_layer(X, params):
    H = X @ params["W1"] + params["b1"]
    return H, logistic(H @ params["w2"] + params["b2"])


# %% wrong forward_two_layer.score: returns the score instead of the probability
def forward_two_layer(X, params):
    H = np.tanh(X @ params["W1"] + params["b1"])
    return H, H @ params["w2"] + params["b2"]


# %% wrong forward_two_layer.no_hidden_bias: b1 is forgotten
def forward_two_layer(X, params):
    H = np.tanh(X @ params["W1"])
    return H, logistic(H @ params["w2"] + params["b2"])


# %% wrong forward_two_layer.bias_after: b2 is added to the probability
def forward_two_layer(X, params):
    H = np.tanh(X @ params["W1"] + params["b1"])
    return H, logistic(H @ params["w2"]) + params["b2"]


# %% wrong forward_two_layer.output_alone: the hidden values are not returned
def forward_two_layer(X, params):
    H = np.tanh(X @ params["W1"] + params["b1"])
    return logistic(H @ params["w2"] + params["b2"])


# %% wrong forward_two_layer.unchecked: the given check is lost, so a column of weights gives a column of probabilities
def forward_two_layer(X, params):
    H = np.tanh(X @ params["W1"] + params["b1"])
    return H, logistic(H @ params["w2"] + params["b2"])


# %% right forward_two_layer.einsum: the products written with indices
def forward_two_layer(X, params):
    d, h = params["W1"].shape
    check_shape("X", X, (len(X), d))
    check_shape("b1", params["b1"], (h,))
    check_shape("w2", params["w2"], (h,))
    Z = np.einsum("nd,dh->nh", X, params["W1"]) + params["b1"][None, :]
    H = np.tanh(Z)
    t = (H * params["w2"]).sum(axis=1) + params["b2"]
    return H, 1 / (1 + np.exp(-t))


# %% right forward_two_layer.own_message: a check of its own
def forward_two_layer(X, params):
    W1, b1, w2, b2 = (params[k] for k in ("W1", "b1", "w2", "b2"))
    if b1.shape != (W1.shape[1],) or w2.shape != (W1.shape[1],):
        raise ValueError(f"W1 {W1.shape}, b1 {b1.shape} and w2 {w2.shape} do not fit")
    H = np.tanh(X.dot(W1) + b1)
    return H, logistic(H.dot(w2) + b2)


# %% wrong backward_two_layer.sum: the gradient of the sum instead of the mean
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    G_t = y_hat - y
    G_Z = np.outer(G_t, params["w2"]) * tanh_grad(H)
    return {"W1": X.T @ G_Z, "b1": G_Z.sum(axis=0), "w2": H.T @ G_t, "b2": float(G_t.sum())}


# %% wrong backward_two_layer.no_slope: the slope of the tanh is forgotten
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    G_t = (y_hat - y) / len(X)
    G_Z = np.outer(G_t, params["w2"])
    return {"W1": X.T @ G_Z, "b1": G_Z.sum(axis=0), "w2": H.T @ G_t, "b2": float(G_t.sum())}


# %% wrong backward_two_layer.sign: truth minus prediction
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    G_t = (y - y_hat) / len(X)
    G_Z = np.outer(G_t, params["w2"]) * tanh_grad(H)
    return {"W1": X.T @ G_Z, "b1": G_Z.sum(axis=0), "w2": H.T @ G_t, "b2": float(G_t.sum())}


# %% wrong backward_two_layer.logistic_slope_too: multiplies by the logistic function's slope, as for squared errors
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    G_t = (y_hat - y) * y_hat * (1 - y_hat) / len(X)
    G_Z = np.outer(G_t, params["w2"]) * tanh_grad(H)
    return {"W1": X.T @ G_Z, "b1": G_Z.sum(axis=0), "w2": H.T @ G_t, "b2": float(G_t.sum())}


# %% wrong backward_two_layer.mean_twice: the mean over samples is taken a second time for the biases
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    G_t = (y_hat - y) / len(X)
    G_Z = np.outer(G_t, params["w2"]) * tanh_grad(H)
    return {"W1": X.T @ G_Z, "b1": G_Z.mean(axis=0), "w2": H.T @ G_t, "b2": float(G_t.mean())}


# %% wrong backward_two_layer.no_weights: the output weights are left out on the way to the hidden layer
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    G_t = (y_hat - y) / len(X)
    G_Z = G_t[:, None] * tanh_grad(H)
    return {"W1": X.T @ G_Z, "b1": G_Z.sum(axis=0), "w2": H.T @ G_t, "b2": float(G_t.sum())}


# %% wrong backward_two_layer.bias_over_units: b1's gradient sums over the units instead of the samples
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    G_t = (y_hat - y) / len(X)
    G_Z = np.outer(G_t, params["w2"]) * tanh_grad(H)
    return {"W1": X.T @ G_Z, "b1": G_Z.sum(axis=1), "w2": H.T @ G_t, "b2": float(G_t.sum())}


# %% wrong backward_two_layer.tuple: returns the gradients without their names
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    G_t = (y_hat - y) / len(X)
    G_Z = np.outer(G_t, params["w2"]) * tanh_grad(H)
    return X.T @ G_Z, G_Z.sum(axis=0), H.T @ G_t, float(G_t.sum())


# %% wrong backward_two_layer.forward_again: computes the forward pass anew instead of using what it is given
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    H = np.tanh(X @ params["W1"] + params["b1"])
    y_hat = logistic(H @ params["w2"] + params["b2"])
    G_t = (y_hat - y) / len(X)
    G_Z = np.outer(G_t, params["w2"]) * tanh_grad(H)
    return {"W1": X.T @ G_Z, "b1": G_Z.sum(axis=0), "w2": H.T @ G_t, "b2": float(G_t.sum())}


# %% right backward_two_layer.columns: the output as a layer with one column, and the mean at the end
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    n = len(X)
    errors = (y_hat - y)[:, None]
    inner = errors @ params["w2"][None, :] * (1 - H**2)
    return {
        "b2": errors.mean(),
        "w2": (H.T @ errors)[:, 0] / n,
        "b1": inner.mean(axis=0),
        "W1": X.T @ inner / n,
    }


# %% right backward_two_layer.sample_by_sample: one sample after the other, added up
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    grads = {"W1": np.zeros_like(params["W1"]), "b1": 0.0, "w2": 0.0, "b2": 0.0}
    for x, target, h, p in zip(X, y, H, y_hat, strict=True):
        e = (p - target) / len(X)
        inner = e * params["w2"] * tanh_grad(h)
        grads["b2"] = grads["b2"] + e
        grads["w2"] = grads["w2"] + e * h
        grads["b1"] = grads["b1"] + inner
        grads["W1"] = grads["W1"] + np.outer(x, inner)
    return grads


# %% right backward_two_layer.every_link: every link of the chain by itself, the logistic function's slope too
def backward_two_layer(X, y, H, y_hat, params):
    check_shape("y", y, (len(X),))
    G_p = ((1 - y) / (1 - y_hat) - y / y_hat) / len(y)
    G_t = G_p * logistic_grad(y_hat)
    G_H = G_t.reshape(-1, 1) @ params["w2"].reshape(1, -1)
    G_Z = G_H * tanh_grad(H)
    ones = np.ones(len(X))
    return {"W1": X.T @ G_Z, "b1": ones @ G_Z, "w2": G_t @ H, "b2": ones @ G_t}


# %% wrong train_two_layer.zero_start: all weights begin at 0, and the hidden units stay equal
def train_two_layer(X, y, X_val, y_val, n_hidden, lr, n_epochs, rng):
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    params = {"W1": np.zeros((X.shape[1], n_hidden)), "b1": np.zeros(n_hidden), "w2": np.zeros(n_hidden), "b2": 0.0}
    for _ in range(n_epochs):
        H, y_hat = forward_two_layer(X, params)
        grads = backward_two_layer(X, y, H, y_hat, params)
        params = {name: params[name] - lr * grads[name] for name in params}
        for part, inputs, target in (("train", X, y), ("val", X_val, y_val)):
            _, p = forward_two_layer(inputs, params)
            history[f"{part}_loss"].append(binary_cross_entropy(target, p))
            history[f"{part}_accuracy"].append(float(np.mean((p >= 0.5) == target)))
    return params, history


# %% wrong train_two_layer.uphill: adds the gradient
def train_two_layer(X, y, X_val, y_val, n_hidden, lr, n_epochs, rng):
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    d = X.shape[1]
    params = {
        "W1": rng.normal(0, 1 / np.sqrt(d), (d, n_hidden)),
        "b1": np.zeros(n_hidden),
        "w2": rng.normal(0, 1 / np.sqrt(n_hidden), n_hidden),
        "b2": 0.0,
    }
    for _ in range(n_epochs):
        H, y_hat = forward_two_layer(X, params)
        grads = backward_two_layer(X, y, H, y_hat, params)
        params = {name: params[name] + lr * grads[name] for name in params}
        for part, inputs, target in (("train", X, y), ("val", X_val, y_val)):
            _, p = forward_two_layer(inputs, params)
            history[f"{part}_loss"].append(binary_cross_entropy(target, p))
            history[f"{part}_accuracy"].append(float(np.mean((p >= 0.5) == target)))
    return params, history


# %% wrong train_two_layer.weights_only: the biases are never updated
def train_two_layer(X, y, X_val, y_val, n_hidden, lr, n_epochs, rng):
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    d = X.shape[1]
    params = {
        "W1": rng.normal(0, 1 / np.sqrt(d), (d, n_hidden)),
        "b1": np.zeros(n_hidden),
        "w2": rng.normal(0, 1 / np.sqrt(n_hidden), n_hidden),
        "b2": 0.0,
    }
    for _ in range(n_epochs):
        H, y_hat = forward_two_layer(X, params)
        grads = backward_two_layer(X, y, H, y_hat, params)
        for name in ("W1", "w2"):
            params[name] = params[name] - lr * grads[name]
        for part, inputs, target in (("train", X, y), ("val", X_val, y_val)):
            _, p = forward_two_layer(inputs, params)
            history[f"{part}_loss"].append(binary_cross_entropy(target, p))
            history[f"{part}_accuracy"].append(float(np.mean((p >= 0.5) == target)))
    return params, history


# %% wrong train_two_layer.measured_before: the training loss is taken before the step
def train_two_layer(X, y, X_val, y_val, n_hidden, lr, n_epochs, rng):
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    d = X.shape[1]
    params = {
        "W1": rng.normal(0, 1 / np.sqrt(d), (d, n_hidden)),
        "b1": np.zeros(n_hidden),
        "w2": rng.normal(0, 1 / np.sqrt(n_hidden), n_hidden),
        "b2": 0.0,
    }
    for _ in range(n_epochs):
        H, y_hat = forward_two_layer(X, params)
        for part, inputs, target in (("train", X, y), ("val", X_val, y_val)):
            _, p = forward_two_layer(inputs, params)
            history[f"{part}_loss"].append(binary_cross_entropy(target, p))
            history[f"{part}_accuracy"].append(float(np.mean((p >= 0.5) == target)))
        grads = backward_two_layer(X, y, H, y_hat, params)
        params = {name: params[name] - lr * grads[name] for name in params}
    return params, history


# %% wrong train_two_layer.large_start: weights of standard deviation 1, whatever the number of inputs
def train_two_layer(X, y, X_val, y_val, n_hidden, lr, n_epochs, rng):
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    params = {
        "W1": rng.normal(size=(X.shape[1], n_hidden)),
        "b1": np.zeros(n_hidden),
        "w2": rng.normal(size=n_hidden),
        "b2": 0.0,
    }
    for _ in range(n_epochs):
        H, y_hat = forward_two_layer(X, params)
        grads = backward_two_layer(X, y, H, y_hat, params)
        params = {name: params[name] - lr * grads[name] for name in params}
        for part, inputs, target in (("train", X, y), ("val", X_val, y_val)):
            _, p = forward_two_layer(inputs, params)
            history[f"{part}_loss"].append(binary_cross_entropy(target, p))
            history[f"{part}_accuracy"].append(float(np.mean((p >= 0.5) == target)))
    return params, history


# %% wrong train_two_layer.old_gradients: the gradients are taken once, before the loop
def train_two_layer(X, y, X_val, y_val, n_hidden, lr, n_epochs, rng):
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    d = X.shape[1]
    params = {
        "W1": rng.normal(0, 1 / np.sqrt(d), (d, n_hidden)),
        "b1": np.zeros(n_hidden),
        "w2": rng.normal(0, 1 / np.sqrt(n_hidden), n_hidden),
        "b2": 0.0,
    }
    grads = backward_two_layer(X, y, *forward_two_layer(X, params), params)
    for _ in range(n_epochs):
        params = {name: params[name] - lr * grads[name] for name in params}
        for part, inputs, target in (("train", X, y), ("val", X_val, y_val)):
            _, p = forward_two_layer(inputs, params)
            history[f"{part}_loss"].append(binary_cross_entropy(target, p))
            history[f"{part}_accuracy"].append(float(np.mean((p >= 0.5) == target)))
    return params, history


# %% wrong train_two_layer.validation_steps: makes a step on the validation set too
def train_two_layer(X, y, X_val, y_val, n_hidden, lr, n_epochs, rng):
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    d = X.shape[1]
    params = {
        "W1": rng.normal(0, 1 / np.sqrt(d), (d, n_hidden)),
        "b1": np.zeros(n_hidden),
        "w2": rng.normal(0, 1 / np.sqrt(n_hidden), n_hidden),
        "b2": 0.0,
    }
    for _ in range(n_epochs):
        for part, inputs, target in (("train", X, y), ("val", X_val, y_val)):
            H, p = forward_two_layer(inputs, params)
            grads = backward_two_layer(inputs, target, H, p, params)
            params = {name: params[name] - lr * grads[name] for name in params}
            _, p = forward_two_layer(inputs, params)
            history[f"{part}_loss"].append(binary_cross_entropy(target, p))
            history[f"{part}_accuracy"].append(float(np.mean((p >= 0.5) == target)))
    return params, history


# %% right train_two_layer.in_place: updates its own arrays in place and draws in another order
def train_two_layer(X, y, X_val, y_val, n_hidden, lr, n_epochs, rng):
    h, d = n_hidden, X.shape[1]
    params = {"w2": rng.standard_normal(h) / h**0.5, "W1": rng.standard_normal((d, h)) / d**0.5}
    params.update(b1=np.zeros(h), b2=0.0)
    history = dict(train_loss=[], train_accuracy=[], val_loss=[], val_accuracy=[])
    while len(history["val_loss"]) < n_epochs:
        H, y_hat = forward_two_layer(X, params)
        grads = backward_two_layer(X, y, H, y_hat, params)
        for name in grads:
            params[name] -= lr * grads[name]
        for part, A, target in [("train", X, y), ("val", X_val, y_val)]:
            p = forward_two_layer(A, params)[1]
            history[part + "_loss"].append(binary_cross_entropy(target, p))
            history[part + "_accuracy"].append(np.mean(np.where(p >= 0.5, 1, 0) == target))
    return params, history


# %% right train_two_layer.own_formulas: forward and backward pass written out in the loop
def train_two_layer(X, y, X_val, y_val, n_hidden, lr, n_epochs, rng):
    history = {name: [] for name in ("train_loss", "val_loss", "train_accuracy", "val_accuracy")}
    n, d = X.shape
    W1, b1 = rng.normal(0, d**-0.5, (d, n_hidden)), np.zeros(n_hidden)
    w2, b2 = rng.normal(0, n_hidden**-0.5, n_hidden), 0.0
    for _ in range(n_epochs):
        H = np.tanh(X @ W1 + b1)
        G_t = (logistic(H @ w2 + b2) - y) / n
        G_Z = np.outer(G_t, w2) * (1 - H**2)
        W1, b1 = W1 - lr * X.T @ G_Z, b1 - lr * G_Z.sum(axis=0)
        w2, b2 = w2 - lr * H.T @ G_t, b2 - lr * G_t.sum()
        for part, inputs, target in (("train", X, y), ("val", X_val, y_val)):
            p = logistic(np.tanh(inputs @ W1 + b1) @ w2 + b2)
            q = np.clip(np.where(target == 1, p, 1 - p), 1e-10, 1)
            history[f"{part}_loss"].append(float(-np.log(q).mean()))
            history[f"{part}_accuracy"].append(float(np.mean((p >= 0.5) == (target == 1))))
    return {"W1": W1, "b1": b1, "w2": w2, "b2": b2}, history


# %% wrong relu_regression_gradients.mean: the mean of the squared errors
def relu_regression_gradients(X, Y, W1, W2):
    check_shape("Y", Y, (len(X), W2.shape[1]))
    Z = X @ W1
    errors = relu(Z) @ W2 - Y
    G = 2 * errors / len(X)
    return float(np.mean(np.sum(errors**2, axis=1))), X.T @ ((G @ W2.T) * relu_grad(Z)), relu(Z).T @ G


# %% wrong relu_regression_gradients.no_factor: the 2 of the square is forgotten
def relu_regression_gradients(X, Y, W1, W2):
    check_shape("Y", Y, (len(X), W2.shape[1]))
    Z = X @ W1
    errors = relu(Z) @ W2 - Y
    return float(np.sum(errors**2)), X.T @ ((errors @ W2.T) * relu_grad(Z)), relu(Z).T @ errors


# %% wrong relu_regression_gradients.no_slope: the gradient passes units that are off
def relu_regression_gradients(X, Y, W1, W2):
    check_shape("Y", Y, (len(X), W2.shape[1]))
    H = relu(X @ W1)
    errors = H @ W2 - Y
    G = 2 * errors
    return float(np.sum(errors**2)), X.T @ (G @ W2.T), H.T @ G


# %% wrong relu_regression_gradients.relu_of_the_gradient: clips the gradient instead of masking it
def relu_regression_gradients(X, Y, W1, W2):
    check_shape("Y", Y, (len(X), W2.shape[1]))
    H = relu(X @ W1)
    errors = H @ W2 - Y
    G = 2 * errors
    return float(np.sum(errors**2)), X.T @ relu(G @ W2.T), H.T @ G


# %% wrong relu_regression_gradients.one_at_zero: units at exactly 0 pass the gradient
def relu_regression_gradients(X, Y, W1, W2):
    check_shape("Y", Y, (len(X), W2.shape[1]))
    Z = X @ W1
    errors = relu(Z) @ W2 - Y
    G = 2 * errors
    return float(np.sum(errors**2)), X.T @ ((G @ W2.T) * (Z >= 0)), relu(Z).T @ G


# %% wrong relu_regression_gradients.before_the_relu: W2's gradient is taken with Z instead of H
def relu_regression_gradients(X, Y, W1, W2):
    check_shape("Y", Y, (len(X), W2.shape[1]))
    Z = X @ W1
    errors = relu(Z) @ W2 - Y
    G = 2 * errors
    return float(np.sum(errors**2)), X.T @ ((G @ W2.T) * relu_grad(Z)), Z.T @ G


# %% wrong relu_regression_gradients.transposed: the gradients have the shapes of the transposed weights
def relu_regression_gradients(X, Y, W1, W2):
    check_shape("Y", Y, (len(X), W2.shape[1]))
    Z = X @ W1
    errors = relu(Z) @ W2 - Y
    G = 2 * errors
    return float(np.sum(errors**2)), ((G @ W2.T) * relu_grad(Z)).T @ X, G.T @ relu(Z)


# %% right relu_regression_gradients.from_h: the slope is read off the hidden values
def relu_regression_gradients(X, Y, W1, W2):
    check_shape("Y", Y, (len(X), W2.shape[1]))
    H = relu(X @ W1)
    R = Y - H @ W2
    back = R @ W2.T
    back[H == 0] = 0.0
    return np.square(R).sum(), -2 * X.T @ back, -2 * H.T @ R


# %% right relu_regression_gradients.einsum: with indices, without the earlier answers
def relu_regression_gradients(X, Y, W1, W2):
    if Y.shape != (len(X), W2.shape[1]):
        raise ValueError(f"Y {Y.shape} does not fit X {X.shape} and W2 {W2.shape}")
    Z = np.einsum("nd,dh->nh", X, W1)
    on = (Z > 0).astype(float)
    E = np.einsum("nh,hk->nk", Z * on, W2) - Y
    grad_W1 = 2 * np.einsum("nd,nk,hk,nh->dh", X, E, W2, on)
    return float((E * E).sum()), grad_W1, 2 * np.einsum("nh,nk->hk", Z * on, E)


# %% wrong init_layers.variance: the variance is used as the standard deviation
def init_layers(sizes, rng, scheme="he"):
    layers = []
    for p, q in zip(sizes[:-1], sizes[1:], strict=True):
        std = {"he": 2 / p, "xavier": 2 / (p + q), "small": 0.01}
        if scheme not in std:
            raise ValueError(f"unknown scheme {scheme!r}")
        layers.append((rng.normal(0, std[scheme], (p, q)), np.zeros(q)))
    return layers


# %% wrong init_layers.fan_out: He with fan_out in place of fan_in
def init_layers(sizes, rng, scheme="he"):
    layers = []
    for p, q in zip(sizes[:-1], sizes[1:], strict=True):
        std = {"he": np.sqrt(2 / q), "xavier": np.sqrt(2 / (p + q)), "small": 0.01}
        if scheme not in std:
            raise ValueError(f"unknown scheme {scheme!r}")
        layers.append((rng.normal(0, std[scheme], (p, q)), np.zeros(q)))
    return layers


# %% wrong init_layers.first_fan_in: every layer is scaled by the number of inputs of the network
def init_layers(sizes, rng, scheme="he"):
    layers = []
    for p, q in zip(sizes[:-1], sizes[1:], strict=True):
        std = {"he": np.sqrt(2 / sizes[0]), "xavier": np.sqrt(2 / (p + q)), "small": 0.01}
        if scheme not in std:
            raise ValueError(f"unknown scheme {scheme!r}")
        layers.append((rng.normal(0, std[scheme], (p, q)), np.zeros(q)))
    return layers


# %% wrong init_layers.any_scheme: an unknown scheme is taken for "small"
def init_layers(sizes, rng, scheme="he"):
    layers = []
    for p, q in zip(sizes[:-1], sizes[1:], strict=True):
        std = np.sqrt(2 / p) if scheme == "he" else np.sqrt(2 / (p + q)) if scheme == "xavier" else 0.01
        layers.append((rng.normal(0, std, (p, q)), np.zeros(q)))
    return layers


# %% wrong init_layers.random_biases: the biases are drawn too
def init_layers(sizes, rng, scheme="he"):
    layers = []
    for p, q in zip(sizes[:-1], sizes[1:], strict=True):
        std = {"he": np.sqrt(2 / p), "xavier": np.sqrt(2 / (p + q)), "small": 0.01}
        if scheme not in std:
            raise ValueError(f"unknown scheme {scheme!r}")
        layers.append((rng.normal(0, std[scheme], (p, q)), rng.normal(0, std[scheme], q)))
    return layers


# %% wrong init_layers.uniform: uniform weights of the right standard deviation
def init_layers(sizes, rng, scheme="he"):
    layers = []
    for p, q in zip(sizes[:-1], sizes[1:], strict=True):
        std = {"he": np.sqrt(2 / p), "xavier": np.sqrt(2 / (p + q)), "small": 0.01}
        if scheme not in std:
            raise ValueError(f"unknown scheme {scheme!r}")
        a = np.sqrt(3) * std[scheme]
        layers.append((rng.uniform(-a, a, (p, q)), np.zeros(q)))
    return layers


# %% wrong init_layers.own_generator: draws from a generator of its own
def init_layers(sizes, rng, scheme="he"):
    rng = np.random.default_rng(0)
    layers = []
    for p, q in zip(sizes[:-1], sizes[1:], strict=True):
        std = {"he": np.sqrt(2 / p), "xavier": np.sqrt(2 / (p + q)), "small": 0.01}
        if scheme not in std:
            raise ValueError(f"unknown scheme {scheme!r}")
        layers.append((rng.normal(0, std[scheme], (p, q)), np.zeros(q)))
    return layers


# %% wrong init_layers.transposed: weights as (fan_out, fan_in)
def init_layers(sizes, rng, scheme="he"):
    layers = []
    for p, q in zip(sizes[:-1], sizes[1:], strict=True):
        std = {"he": np.sqrt(2 / p), "xavier": np.sqrt(2 / (p + q)), "small": 0.01}
        if scheme not in std:
            raise ValueError(f"unknown scheme {scheme!r}")
        layers.append((rng.normal(0, std[scheme], (q, p)), np.zeros(q)))
    return layers


# %% right init_layers.scaled_draws: standard normal draws times a factor, biases first
def init_layers(sizes, rng, scheme="he"):
    scales = {"he": lambda p, q: 2 / p, "xavier": lambda p, q: 2 / (p + q), "small": lambda p, q: 1e-4}
    try:
        variance = scales[scheme]
    except KeyError:
        raise ValueError(f"no such scheme: {scheme}") from None
    pairs = []
    for i in range(1, len(sizes)):
        b = np.zeros(sizes[i])
        W = rng.standard_normal((sizes[i - 1], sizes[i])) * variance(sizes[i - 1], sizes[i]) ** 0.5
        pairs.append((W, b))
    return pairs


# %% right init_layers.backwards: draws the last layer first
def init_layers(sizes, rng, scheme="he"):
    if scheme not in {"he", "xavier", "small"}:
        raise ValueError(f"scheme {scheme!r} is unknown")
    layers = []
    for i in range(len(sizes) - 1, 0, -1):
        p, q = sizes[i - 1], sizes[i]
        std = 0.01
        if scheme == "he":
            std = np.sqrt(2 / p)
        elif scheme == "xavier":
            std = np.sqrt(2 / (p + q))
        layers.insert(0, (rng.normal(scale=std, size=(p, q)), np.zeros((q,))))
    return layers


# %% wrong mlp_forward.relu_everywhere: the last layer passes a ReLU before the softmax
def mlp_forward(X, layers):
    for i, (W, b) in enumerate(layers):
        check_shape(f"W of layer {i}", W, (layers[i - 1][0].shape[1] if i else X.shape[1], W.shape[-1]))
        check_shape(f"b of layer {i}", b, (W.shape[-1],))
    activations = [X]
    for W, b in layers:
        activations.append(relu(activations[-1] @ W + b))
    activations[-1] = softmax(activations[-1])
    return activations


# %% wrong mlp_forward.scores: the last entry holds scores, not probabilities
def mlp_forward(X, layers):
    for i, (W, b) in enumerate(layers):
        check_shape(f"W of layer {i}", W, (layers[i - 1][0].shape[1] if i else X.shape[1], W.shape[-1]))
        check_shape(f"b of layer {i}", b, (W.shape[-1],))
    activations = [X]
    for W, b in layers[:-1]:
        activations.append(relu(activations[-1] @ W + b))
    W, b = layers[-1]
    return [*activations, activations[-1] @ W + b]


# %% wrong mlp_forward.without_x: the list begins with the first hidden layer
def mlp_forward(X, layers):
    for i, (W, b) in enumerate(layers):
        check_shape(f"W of layer {i}", W, (layers[i - 1][0].shape[1] if i else X.shape[1], W.shape[-1]))
        check_shape(f"b of layer {i}", b, (W.shape[-1],))
    activations, A = [], X
    for W, b in layers[:-1]:
        A = relu(A @ W + b)
        activations.append(A)
    W, b = layers[-1]
    activations.append(softmax(A @ W + b))
    return activations


# %% wrong mlp_forward.no_biases: the biases are forgotten
def mlp_forward(X, layers):
    for i, (W, b) in enumerate(layers):
        check_shape(f"W of layer {i}", W, (layers[i - 1][0].shape[1] if i else X.shape[1], W.shape[-1]))
        check_shape(f"b of layer {i}", b, (W.shape[-1],))
    activations = [X]
    for W, _ in layers[:-1]:
        activations.append(relu(activations[-1] @ W))
    activations.append(softmax(activations[-1] @ layers[-1][0]))
    return activations


# %% wrong mlp_forward.result_alone: returns the probabilities alone
def mlp_forward(X, layers):
    A = X
    for W, b in layers[:-1]:
        A = relu(A @ W + b)
    W, b = layers[-1]
    return softmax(A @ W + b)


# %% wrong mlp_forward.before_the_relu: keeps what went into the ReLU instead of what came out
def mlp_forward(X, layers):
    for i, (W, b) in enumerate(layers):
        check_shape(f"W of layer {i}", W, (layers[i - 1][0].shape[1] if i else X.shape[1], W.shape[-1]))
        check_shape(f"b of layer {i}", b, (W.shape[-1],))
    activations, A = [X], X
    for W, b in layers[:-1]:
        Z = A @ W + b
        activations.append(Z)
        A = relu(Z)
    W, b = layers[-1]
    activations.append(softmax(A @ W + b))
    return activations


# %% wrong mlp_forward.whole_softmax: one softmax over all rows together
def mlp_forward(X, layers):
    for i, (W, b) in enumerate(layers):
        check_shape(f"W of layer {i}", W, (layers[i - 1][0].shape[1] if i else X.shape[1], W.shape[-1]))
        check_shape(f"b of layer {i}", b, (W.shape[-1],))
    activations = [X]
    for W, b in layers[:-1]:
        activations.append(relu(activations[-1] @ W + b))
    W, b = layers[-1]
    scores = activations[-1] @ W + b
    activations.append(np.exp(scores) / np.exp(scores).sum())
    return activations


# %% right mlp_forward.one_loop: one loop that asks whether the layer is the last
def mlp_forward(X, layers):
    activations = [X]
    for i, (W, b) in enumerate(layers):
        if W.shape[0] != activations[-1].shape[1]:
            raise ValueError(f"W of layer {i} has shape {W.shape} and does not fit {activations[-1].shape}")
        if b.shape != (W.shape[1],):
            raise ValueError(f"b of layer {i} has shape {b.shape}, W has {W.shape}")
        Z = activations[-1] @ W + b
        activations += [softmax(Z) if i == len(layers) - 1 else relu(Z)]
    return activations


# %% right mlp_forward.recursive: the rest of the network is a network
def mlp_forward(X, layers):
    W, b = layers[0]
    check_shape("W", W, (X.shape[1], W.shape[-1]))
    check_shape("b", b, (W.shape[-1],))
    Z = X @ W + b
    if len(layers) == 1:
        e = np.exp(Z - Z.max(axis=1, keepdims=True))
        return [X, e / e.sum(axis=1, keepdims=True)]
    return [X] + mlp_forward(np.where(Z > 0, Z, 0.0), layers[1:])


# %% wrong mlp_backward.from_last: the list begins with the last layer
def mlp_backward(Y, activations, layers):
    check_shape("Y", Y, activations[-1].shape)
    G, grads = (activations[-1] - Y) / len(Y), []
    for i in reversed(range(len(layers))):
        grads.append((activations[i].T @ G, G.sum(axis=0)))
        G = (G @ layers[i][0].T) * relu_grad(activations[i])
    return grads


# %% wrong mlp_backward.no_slope: the slope of the ReLU is forgotten
def mlp_backward(Y, activations, layers):
    check_shape("Y", Y, activations[-1].shape)
    G, grads = (activations[-1] - Y) / len(Y), []
    for i in reversed(range(len(layers))):
        grads.insert(0, (activations[i].T @ G, G.sum(axis=0)))
        G = G @ layers[i][0].T
    return grads


# %% wrong mlp_backward.sum: the sum over samples instead of the mean
def mlp_backward(Y, activations, layers):
    check_shape("Y", Y, activations[-1].shape)
    G, grads = activations[-1] - Y, []
    for i in reversed(range(len(layers))):
        grads.insert(0, (activations[i].T @ G, G.sum(axis=0)))
        G = (G @ layers[i][0].T) * relu_grad(activations[i])
    return grads


# %% wrong mlp_backward.slope_at_the_output: masks with the activations of the layer above, where the shapes allow it
def mlp_backward(Y, activations, layers):
    check_shape("Y", Y, activations[-1].shape)
    G, grads = (activations[-1] - Y) / len(Y), []
    for i in reversed(range(len(layers))):
        if i < len(layers) - 1 and G.shape == activations[i + 2].shape:
            G = G * relu_grad(activations[i + 2])
        grads.insert(0, (activations[i].T @ G, G.sum(axis=0)))
        G = G @ layers[i][0].T
    return grads


# %% wrong mlp_backward.bias_mean: the mean over samples is taken twice for the biases
def mlp_backward(Y, activations, layers):
    check_shape("Y", Y, activations[-1].shape)
    G, grads = (activations[-1] - Y) / len(Y), []
    for i in reversed(range(len(layers))):
        grads.insert(0, (activations[i].T @ G, G.mean(axis=0)))
        G = (G @ layers[i][0].T) * relu_grad(activations[i])
    return grads


# %% wrong mlp_backward.dict: returns a dict by layer
def mlp_backward(Y, activations, layers):
    check_shape("Y", Y, activations[-1].shape)
    G, grads = (activations[-1] - Y) / len(Y), {}
    for i in reversed(range(len(layers))):
        grads[i] = (activations[i].T @ G, G.sum(axis=0))
        G = (G @ layers[i][0].T) * relu_grad(activations[i])
    return grads


# %% wrong mlp_backward.two_layers_only: written for exactly one hidden layer
def mlp_backward(Y, activations, layers):
    check_shape("Y", Y, activations[-1].shape)
    X, H, P = activations[0], activations[1], activations[-1]
    G2 = (P - Y) / len(Y)
    G1 = (G2 @ layers[-1][0].T) * relu_grad(H)
    return [(X.T @ G1, G1.sum(axis=0)), (H.T @ G2, G2.sum(axis=0))]


# %% right mlp_backward.zip: walks through reversed lists, the mean at the end
def mlp_backward(Y, activations, layers):
    check_shape("Y", Y, activations[-1].shape)
    n = len(Y)
    G = activations[-1] - Y
    grads = []
    for A, (W, _) in zip(activations[-2::-1], layers[::-1], strict=True):
        grads = [(A.T @ G / n, np.sum(G, axis=0) / n)] + grads
        G = (G @ W.T) * (A > 0)
    return grads


# %% right mlp_backward.preallocated: fills a list of the right length
def mlp_backward(Y, activations, layers):
    if Y.shape != activations[-1].shape:
        raise ValueError(f"Y {Y.shape} and the probabilities {activations[-1].shape} differ")
    grads = [None] * len(layers)
    G = (activations[-1] - Y) / Y.shape[0]
    i = len(layers) - 1
    while True:
        grads[i] = (np.einsum("np,nq->pq", activations[i], G), np.ones(len(G)) @ G)
        if i == 0:
            return grads
        G = np.where(activations[i] > 0, G @ layers[i][0].T, 0.0)
        i -= 1


# %% wrong gradient_ratio.upside_down: the last over the first
def gradient_ratio(depth, activation, rng):
    if activation not in ("relu", "logistic"):
        raise ValueError(f"activation must be 'relu' or 'logistic', got {activation!r}")
    X, Y = rng.normal(size=(100, 30)), np.eye(30)[rng.integers(0, 30, 100)]
    layers = init_layers([30] * (depth + 2), rng, "he" if activation == "relu" else "xavier")
    act, slope = (relu, relu_grad) if activation == "relu" else (logistic, logistic_grad)
    A = [X]
    for W, b in layers[:-1]:
        A.append(act(A[-1] @ W + b))
    G = (softmax(A[-1] @ layers[-1][0] + layers[-1][1]) - Y) / len(X)
    last = A[-1].T @ G
    for i in range(depth, 0, -1):
        G = (G @ layers[i][0].T) * slope(A[i])
    return float(np.linalg.norm(last) / np.linalg.norm(X.T @ G))


# %% wrong gradient_ratio.relu_alone: uses the ReLU network for both activations
def gradient_ratio(depth, activation, rng):
    if activation not in ("relu", "logistic"):
        raise ValueError(f"activation must be 'relu' or 'logistic', got {activation!r}")
    X, Y = rng.normal(size=(100, 30)), np.eye(30)[rng.integers(0, 30, 100)]
    layers = init_layers([30] * (depth + 2), rng, "he" if activation == "relu" else "xavier")
    A = [X]
    for W, b in layers[:-1]:
        A.append(relu(A[-1] @ W + b))
    G = (softmax(A[-1] @ layers[-1][0] + layers[-1][1]) - Y) / len(X)
    last = A[-1].T @ G
    for i in range(depth, 0, -1):
        G = (G @ layers[i][0].T) * relu_grad(A[i])
    return float(np.linalg.norm(X.T @ G) / np.linalg.norm(last))


# %% wrong gradient_ratio.last_hidden: compares with the last hidden layer instead of the output layer
def gradient_ratio(depth, activation, rng):
    if activation not in ("relu", "logistic"):
        raise ValueError(f"activation must be 'relu' or 'logistic', got {activation!r}")
    X, Y = rng.normal(size=(100, 30)), np.eye(30)[rng.integers(0, 30, 100)]
    layers = init_layers([30] * (depth + 2), rng, "he" if activation == "relu" else "xavier")
    act, slope = (relu, relu_grad) if activation == "relu" else (logistic, logistic_grad)
    A = [X]
    for W, b in layers[:-1]:
        A.append(act(A[-1] @ W + b))
    G = (softmax(A[-1] @ layers[-1][0] + layers[-1][1]) - Y) / len(X)
    norms = []
    for i in range(depth, 0, -1):
        G = (G @ layers[i][0].T) * slope(A[i])
        norms.append(np.linalg.norm(A[i - 1].T @ G))
    return float(norms[-1] / norms[0])


# %% wrong gradient_ratio.spectral: the largest singular value in place of the Frobenius norm
def gradient_ratio(depth, activation, rng):
    if activation not in ("relu", "logistic"):
        raise ValueError(f"activation must be 'relu' or 'logistic', got {activation!r}")
    X, Y = rng.normal(size=(100, 30)), np.eye(30)[rng.integers(0, 30, 100)]
    layers = init_layers([30] * (depth + 2), rng, "he" if activation == "relu" else "xavier")
    act, slope = (relu, relu_grad) if activation == "relu" else (logistic, logistic_grad)
    A = [X]
    for W, b in layers[:-1]:
        A.append(act(A[-1] @ W + b))
    G = (softmax(A[-1] @ layers[-1][0] + layers[-1][1]) - Y) / len(X)
    last = A[-1].T @ G
    for i in range(depth, 0, -1):
        G = (G @ layers[i][0].T) * slope(A[i])
    return float(np.linalg.norm(X.T @ G, 2) / np.linalg.norm(last, 2))


# %% wrong gradient_ratio.no_slope: the slope of the activation is forgotten on the way back
def gradient_ratio(depth, activation, rng):
    if activation not in ("relu", "logistic"):
        raise ValueError(f"activation must be 'relu' or 'logistic', got {activation!r}")
    X, Y = rng.normal(size=(100, 30)), np.eye(30)[rng.integers(0, 30, 100)]
    layers = init_layers([30] * (depth + 2), rng, "he" if activation == "relu" else "xavier")
    act = relu if activation == "relu" else logistic
    A = [X]
    for W, b in layers[:-1]:
        A.append(act(A[-1] @ W + b))
    G = (softmax(A[-1] @ layers[-1][0] + layers[-1][1]) - Y) / len(X)
    last = A[-1].T @ G
    for i in range(depth, 0, -1):
        G = G @ layers[i][0].T
    return float(np.linalg.norm(X.T @ G) / np.linalg.norm(last))


# %% wrong gradient_ratio.activation_at_the_output: the output layer passes the activation before the softmax
def gradient_ratio(depth, activation, rng):
    if activation not in ("relu", "logistic"):
        raise ValueError(f"activation must be 'relu' or 'logistic', got {activation!r}")
    X, Y = rng.normal(size=(100, 30)), np.eye(30)[rng.integers(0, 30, 100)]
    layers = init_layers([30] * (depth + 2), rng, "he" if activation == "relu" else "xavier")
    act, slope = (relu, relu_grad) if activation == "relu" else (logistic, logistic_grad)
    A = [X]
    for W, b in layers:
        A.append(act(A[-1] @ W + b))
    G = (softmax(A[-1]) - Y) / len(X) * slope(A[-1])
    last = A[-2].T @ G
    for i in range(depth, 0, -1):
        G = (G @ layers[i][0].T) * slope(A[i])
    return float(np.linalg.norm(X.T @ G) / np.linalg.norm(last))


# %% right gradient_ratio.earlier_answers: the ReLU by mlp_forward and mlp_backward, the logistic function by hand
def gradient_ratio(depth, activation, rng):
    if activation not in ("relu", "logistic"):
        raise ValueError(f"activation must be 'relu' or 'logistic', got {activation!r}")
    X, Y = rng.normal(size=(100, 30)), np.eye(30)[rng.integers(0, 30, 100)]
    layers = init_layers([30] * (depth + 2), rng, "he" if activation == "relu" else "xavier")
    if activation == "relu":
        grads = mlp_backward(Y, mlp_forward(X, layers), layers)
        return float(np.linalg.norm(grads[0][0]) / np.linalg.norm(grads[-1][0]))
    A = [X]
    for W, b in layers[:-1]:
        A.append(1 / (1 + np.exp(-(A[-1] @ W + b))))
    scores = A[-1] @ layers[-1][0] + layers[-1][1]
    G = softmax(scores) - Y
    norm_last = np.sqrt(np.sum((A[-1].T @ G) ** 2))
    for i in range(len(layers) - 1, 0, -1):
        G = (G @ layers[i][0].T) * A[i] * (1 - A[i])
    return np.sqrt(np.sum((X.T @ G) ** 2)) / norm_last


# %% right gradient_ratio.torch: by automatic differentiation
def gradient_ratio(depth, activation, rng):
    if activation not in ("relu", "logistic"):
        raise ValueError(f"activation must be 'relu' or 'logistic', got {activation!r}")
    X, Y = rng.normal(size=(100, 30)), np.eye(30)[rng.integers(0, 30, 100)]
    layers = init_layers([30] * (depth + 2), rng, "he" if activation == "relu" else "xavier")
    weights = [torch.tensor(W, requires_grad=True) for W, _ in layers]
    A = torch.tensor(X)
    for W, (_, b) in zip(weights[:-1], layers[:-1], strict=True):
        Z = A @ W + torch.tensor(b)
        A = torch.relu(Z) if activation == "relu" else torch.sigmoid(Z)
    loss = torch.nn.functional.cross_entropy(A @ weights[-1] + torch.tensor(layers[-1][1]), torch.tensor(Y))
    loss.backward()
    return float(weights[0].grad.norm() / weights[-1].grad.norm())
