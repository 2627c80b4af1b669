# Answers to ps01_gradient_descent. Each is run in place of the exercise's solution cell; docstrings are left out.


# %% wrong mean_squared_error.sum: the sum of the squares, not their mean
def mean_squared_error(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y {y.shape} and y_hat {y_hat.shape} differ")
    return float(np.sum((y_hat - y) ** 2))


# %% wrong mean_squared_error.square_of_mean: the mean is taken before the square
def mean_squared_error(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y {y.shape} and y_hat {y_hat.shape} differ")
    return float(np.mean(y_hat - y) ** 2)


# %% wrong mean_squared_error.absolute: the mean absolute error
def mean_squared_error(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y {y.shape} and y_hat {y_hat.shape} differ")
    return float(np.mean(np.abs(y_hat - y)))


# %% wrong mean_squared_error.root: the root of the mean squared error
def mean_squared_error(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y {y.shape} and y_hat {y_hat.shape} differ")
    return float(np.sqrt(np.mean((y_hat - y) ** 2)))


# %% wrong mean_squared_error.half: half of it, as some books define the loss
def mean_squared_error(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y {y.shape} and y_hat {y_hat.shape} differ")
    return float(np.mean((y_hat - y) ** 2) / 2)


# %% wrong mean_squared_error.broadcast: shapes are not compared, so NumPy broadcasts
def mean_squared_error(y, y_hat):
    return float(np.mean((y_hat - y) ** 2))


# %% wrong mean_squared_error.lengths: compares the lengths, which agree for (3,) and (3, 1)
def mean_squared_error(y, y_hat):
    if len(y) != len(y_hat):
        raise ValueError(f"y {y.shape} and y_hat {y_hat.shape} differ")
    return float(np.mean((y_hat - y) ** 2))


# %% wrong mean_squared_error.one_shape: the message names only one of the shapes
def mean_squared_error(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y_hat has the wrong shape {y_hat.shape}")
    return float(np.mean((y_hat - y) ** 2))


# %% wrong mean_squared_error.in_place: writes the errors into y_hat
def mean_squared_error(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y {y.shape} and y_hat {y_hat.shape} differ")
    if y_hat.dtype != y.dtype:
        y_hat = y_hat.astype(float)
    y_hat -= y
    return float(np.mean(y_hat**2))


# %% wrong mean_squared_error.sample_variance: divides by n - 1
def mean_squared_error(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"y {y.shape} and y_hat {y_hat.shape} differ")
    return float(np.sum((y_hat - y) ** 2) / max(len(y) - 1, 1))


# %% right mean_squared_error.product: a scalar product of the errors
def mean_squared_error(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError(f"expected equal shapes, got {y.shape} and {y_hat.shape}")
    e = y - y_hat
    return e @ e / len(y)


# %% right mean_squared_error.loop: one sample after the other, in pure Python
def mean_squared_error(y, y_hat):
    if y.shape != y_hat.shape:
        raise ValueError("shapes " + str(y.shape) + ", " + str(y_hat.shape))
    total = 0.0
    for a, b in zip(y.tolist(), y_hat.tolist()):
        total += (a - b) ** 2
    return total / len(y)


# %% wrong predict_linear.no_bias: the bias is forgotten
def predict_linear(X, w, b):
    if X.ndim != 2 or w.shape != X.shape[1:]:
        raise ValueError(f"X {X.shape} must be (n, d) and w {w.shape} must be (d,)")
    return X @ w


# %% wrong predict_linear.bias_each_input: the bias is added once for each input
def predict_linear(X, w, b):
    if X.ndim != 2 or w.shape != X.shape[1:]:
        raise ValueError(f"X {X.shape} must be (n, d) and w {w.shape} must be (d,)")
    return np.sum(X * w + b, axis=1)


# %% wrong predict_linear.column: a column of shape (n, 1)
def predict_linear(X, w, b):
    if X.ndim != 2 or w.shape != X.shape[1:]:
        raise ValueError(f"X {X.shape} must be (n, d) and w {w.shape} must be (d,)")
    return X @ w[:, None] + b


# %% wrong predict_linear.first_input: uses the first input alone, which is right on the line's data
def predict_linear(X, w, b):
    if X.ndim != 2 or w.shape != X.shape[1:]:
        raise ValueError(f"X {X.shape} must be (n, d) and w {w.shape} must be (d,)")
    return X[:, 0] * w[0] + b


# %% wrong predict_linear.no_sum: multiplies without the sum over inputs
def predict_linear(X, w, b):
    if X.ndim != 2 or w.shape != X.shape[1:]:
        raise ValueError(f"X {X.shape} must be (n, d) and w {w.shape} must be (d,)")
    return X * w + b


# %% wrong predict_linear.over_samples: sums over the samples
def predict_linear(X, w, b):
    if X.ndim != 2 or w.shape != X.shape[1:]:
        raise ValueError(f"X {X.shape} must be (n, d) and w {w.shape} must be (d,)")
    return np.sum(X * w, axis=0) + b


# %% right predict_linear.sum: products, summed over the inputs
def predict_linear(X, w, b):
    return np.sum(X * w, axis=1) + b


# %% right predict_linear.loop: sample by sample
def predict_linear(X, w, b):
    predictions = []
    for row in X:
        prediction = b
        for value, weight in zip(row, w):
            prediction += value * weight
        predictions.append(prediction)
    return np.array(predictions)


# %% wrong mse_gradients.no_two: the factor 2 is lost
def mse_gradients(X, y, w, b):
    error = predict_linear(X, w, b) - y
    return X.T @ error / len(y), float(error.mean())


# %% wrong mse_gradients.sum: sums over samples without the division by n
def mse_gradients(X, y, w, b):
    error = predict_linear(X, w, b) - y
    return 2 * X.T @ error, float(2 * error.sum())


# %% wrong mse_gradients.bias_sum: the bias's gradient is not divided by n
def mse_gradients(X, y, w, b):
    error = predict_linear(X, w, b) - y
    return 2 * X.T @ error / len(y), float(2 * error.sum())


# %% wrong mse_gradients.sign: y minus y_hat
def mse_gradients(X, y, w, b):
    error = y - predict_linear(X, w, b)
    return 2 * X.T @ error / len(y), float(2 * error.mean())


# %% wrong mse_gradients.no_inputs: every weight gets the mean error
def mse_gradients(X, y, w, b):
    error = predict_linear(X, w, b) - y
    grad_b = float(2 * error.mean())
    return np.full(len(w), grad_b), grad_b


# %% wrong mse_gradients.means_apart: the mean error times the mean input
def mse_gradients(X, y, w, b):
    error = predict_linear(X, w, b) - y
    return 2 * error.mean() * X.mean(axis=0), float(2 * error.mean())


# %% wrong mse_gradients.by_inputs: divides by the number of inputs instead of samples
def mse_gradients(X, y, w, b):
    error = predict_linear(X, w, b) - y
    return 2 * X.T @ error / len(w), float(2 * error.mean())


# %% wrong mse_gradients.no_bias: the bias is missing from the predictions
def mse_gradients(X, y, w, b):
    error = X @ w - y
    return 2 * X.T @ error / len(y), float(2 * error.mean())


# %% wrong mse_gradients.bias_errors: the bias's gradient for each sample, not summed
def mse_gradients(X, y, w, b):
    error = predict_linear(X, w, b) - y
    return 2 * X.T @ error / len(y), 2 * error / len(y)


# %% wrong mse_gradients.loss_scale: multiplied by the loss's square root instead of the errors
def mse_gradients(X, y, w, b):
    error = np.abs(predict_linear(X, w, b) - y)
    return 2 * X.T @ error / len(y), float(2 * error.mean())


# %% right mse_gradients.column_of_ones: weights and bias in one product
def mse_gradients(X, y, w, b):
    A = np.hstack([X, np.ones((len(X), 1))])
    gradient = 2 / len(X) * A.T @ (A @ np.append(w, b) - y)
    return gradient[:-1], gradient[-1]


# %% right mse_gradients.loop: adds up sample by sample
def mse_gradients(X, y, w, b):
    grad_w, grad_b = np.zeros(X.shape[1]), 0.0
    for i in range(len(y)):
        error = X[i] @ w + b - y[i]
        grad_w = grad_w + 2 * error * X[i] / len(y)
        grad_b += 2 * error / len(y)
    return grad_w, float(grad_b)


# %% right mse_gradients.rows: errors as a column, then the mean over rows
def mse_gradients(X, y, w, b):
    errors = predict_linear(X, w, b)[:, np.newaxis] - y[:, np.newaxis]
    return (2 * errors * X).mean(axis=0), np.mean(2 * errors)


# %% wrong gradient_descent.uphill: adds the gradient
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w, b, losses = np.zeros(X.shape[1]) if w0 is None else w0, b0, []
    for _ in range(n_epochs):
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w + lr * grad_w, b + lr * grad_b
    return w, b, losses


# %% wrong gradient_descent.loss_after: notes the loss after each update
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w, b, losses = np.zeros(X.shape[1]) if w0 is None else w0, b0, []
    for _ in range(n_epochs):
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong gradient_descent.loss_at_end: one loss too many, that of the end
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w, b, losses = np.zeros(X.shape[1]) if w0 is None else w0, b0, []
    for _ in range(n_epochs):
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
    losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong gradient_descent.no_bias_step: the bias stays where it is
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w, b, losses = np.zeros(X.shape[1]) if w0 is None else w0, b0, []
    for _ in range(n_epochs):
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        grad_w, _ = mse_gradients(X, y, w, b)
        w = w - lr * grad_w
    return w, b, losses


# %% wrong gradient_descent.one_after_the_other: the bias's gradient is taken after the weights have moved
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w, b, losses = np.zeros(X.shape[1]) if w0 is None else w0, b0, []
    for _ in range(n_epochs):
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        w = w - lr * mse_gradients(X, y, w, b)[0]
        b = b - lr * mse_gradients(X, y, w, b)[1]
    return w, b, losses


# %% wrong gradient_descent.moves_w0: updates the caller's array in place
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w, b, losses = np.zeros(X.shape[1]) if w0 is None else w0, b0, []
    for _ in range(n_epochs):
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w -= lr * grad_w
        b -= lr * grad_b
    return w, b, losses


# %% wrong gradient_descent.ignores_start: always starts at zeros
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
    return w, b, losses


# %% wrong gradient_descent.ignores_b0: starts the bias at 0
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w, b, losses = np.zeros(X.shape[1]) if w0 is None else w0, 0.0, []
    for _ in range(n_epochs):
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
    return w, b, losses


# %% wrong gradient_descent.frozen_gradient: the gradient of the start is used in every step
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w, b, losses = np.zeros(X.shape[1]) if w0 is None else w0, b0, []
    grad_w, grad_b = mse_gradients(X, y, w, b)
    for _ in range(n_epochs):
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        w, b = w - lr * grad_w, b - lr * grad_b
    return w, b, losses


# %% wrong gradient_descent.loss_array: losses as an array
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w, b, losses = np.zeros(X.shape[1]) if w0 is None else w0, b0, np.zeros(n_epochs)
    for i in range(n_epochs):
        losses[i] = mean_squared_error(y, predict_linear(X, w, b))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
    return w, b, losses


# %% wrong gradient_descent.random_start: starts at random weights instead of zeros
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    w = np.random.default_rng(0).normal(0.0, 0.01, X.shape[1]) if w0 is None else w0
    b, losses = b0, []
    for _ in range(n_epochs):
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        grad_w, grad_b = mse_gradients(X, y, w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
    return w, b, losses


# %% right gradient_descent.one_vector: by itself, with weights and bias in one vector
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    A = np.column_stack([X, np.ones(len(X))])
    theta = np.append(np.zeros(X.shape[1]) if w0 is None else w0, b0)
    losses = []
    for _ in range(n_epochs):
        error = A @ theta - y
        losses.append(error @ error / len(y))
        theta -= 2 * lr / len(y) * (A.T @ error)
    return theta[:-1], float(theta[-1]), losses


# %% right gradient_descent.copy_first: steps in place, on a copy of the start
def gradient_descent(X, y, lr, n_epochs, w0=None, b0=0.0):
    if w0 is None:
        w0 = np.zeros(X.shape[1])
    w, b = w0.copy(), b0
    losses = []
    while len(losses) < n_epochs:
        losses += [mean_squared_error(y_hat=predict_linear(X=X, w=w, b=b), y=y)]
        grad_w, grad_b = mse_gradients(X=X, y=y, w=w, b=b)
        w -= lr * grad_w
        b -= lr * grad_b
    return w, b, losses


# %% wrong largest_stable_learning_rate.no_bias: the column of ones is missing
def largest_stable_learning_rate(X):
    return float(2 / np.linalg.eigvalsh(2 * X.T @ X / len(X))[-1])


# %% wrong largest_stable_learning_rate.half_hessian: the Hessian of half the loss
def largest_stable_learning_rate(X):
    A = np.column_stack([X, np.ones(len(X))])
    return float(2 / np.linalg.eigvalsh(A.T @ A / len(X))[-1])


# %% wrong largest_stable_learning_rate.one_over: one over the eigenvalue, the rate of a single step
def largest_stable_learning_rate(X):
    A = np.column_stack([X, np.ones(len(X))])
    return float(1 / np.linalg.eigvalsh(2 * A.T @ A / len(X))[-1])


# %% wrong largest_stable_learning_rate.smallest: the smallest eigenvalue, as if they came in descending order
def largest_stable_learning_rate(X):
    A = np.column_stack([X, np.ones(len(X))])
    return float(2 / max(np.linalg.eigvalsh(2 * A.T @ A / len(X))[0], 1e-12))


# %% wrong largest_stable_learning_rate.not_divided: the Hessian is not divided by n
def largest_stable_learning_rate(X):
    A = np.column_stack([X, np.ones(len(X))])
    return float(2 / np.linalg.eigvalsh(2 * A.T @ A)[-1])


# %% wrong largest_stable_learning_rate.by_inputs: divided by the number of inputs
def largest_stable_learning_rate(X):
    A = np.column_stack([X, np.ones(len(X))])
    return float(2 / np.linalg.eigvalsh(2 * A.T @ A / X.shape[1])[-1])


# %% wrong largest_stable_learning_rate.diagonal: the largest diagonal entry instead of the largest eigenvalue
def largest_stable_learning_rate(X):
    A = np.column_stack([X, np.ones(len(X))])
    return float(2 / np.diag(2 * A.T @ A / len(X)).max())


# %% wrong largest_stable_learning_rate.trace: the sum of the eigenvalues, which is safe but too small
def largest_stable_learning_rate(X):
    A = np.column_stack([X, np.ones(len(X))])
    return float(2 / np.trace(2 * A.T @ A / len(X)))


# %% wrong largest_stable_learning_rate.covariance: centres the inputs first
def largest_stable_learning_rate(X):
    A = np.column_stack([X - X.mean(axis=0), np.ones(len(X))])
    return float(2 / np.linalg.eigvalsh(2 * A.T @ A / len(X))[-1])


# %% wrong largest_stable_learning_rate.array: returns an array with one entry
def largest_stable_learning_rate(X):
    A = np.column_stack([X, np.ones(len(X))])
    return 2 / np.linalg.eigvalsh(2 * A.T @ A / len(X))[-1:]


# %% right largest_stable_learning_rate.singular_value: from the largest singular value
def largest_stable_learning_rate(X):
    A = np.hstack([X, np.ones((len(X), 1))])
    return len(X) / np.linalg.norm(A, 2) ** 2


# %% right largest_stable_learning_rate.ones_first: the bias first, and eigenvalues without symmetry
def largest_stable_learning_rate(X):
    A = np.hstack([np.ones((len(X), 1)), X])
    return float(2 / np.linalg.eigvals(2 / len(X) * A.T @ A).real.max())


# %% right largest_stable_learning_rate.from_gradients: the Hessian's columns from differences of gradients
def largest_stable_learning_rate(X):
    n, d = X.shape
    y, at_zero = np.zeros(n), np.zeros(d)
    columns = [np.append(*mse_gradients(X, y, unit, 0.0)) for unit in np.eye(d)]
    columns.append(np.append(*mse_gradients(X, y, at_zero, 1.0)))
    return float(2 / np.linalg.eigvalsh(np.array(columns)).max())


# %% wrong minibatches.not_shuffled: the batches come in order
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    order = np.arange(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


# %% wrong minibatches.drops_last: the smaller last batch is left out
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    order = rng.permutation(n)
    for k in range(n // batch_size):
        yield order[k * batch_size : (k + 1) * batch_size]


# %% wrong minibatches.with_replacement: draws each batch independently
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    for start in range(0, n, batch_size):
        yield rng.integers(0, n, min(batch_size, n - start))


# %% wrong minibatches.choice_each: each batch without repetition, but batches overlap
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    for start in range(0, n, batch_size):
        yield rng.choice(n, min(batch_size, n - start), replace=False)


# %% wrong minibatches.blocks: fixed blocks, each shuffled inside
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    for start in range(0, n, batch_size):
        yield start + rng.permutation(min(batch_size, n - start))


# %% wrong minibatches.order_of_blocks: fixed blocks in random order
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    full = rng.permutation(n // batch_size)
    for k in full:
        yield np.arange(k * batch_size, (k + 1) * batch_size)
    if n % batch_size:
        yield np.arange(n - n % batch_size, n)


# %% wrong minibatches.rotation: a random start, then around in order
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    order = np.roll(np.arange(n), rng.integers(1, n) if n > 1 else 0)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


# %% wrong minibatches.own_seed: a generator of its own, so every epoch has the same order
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    order = np.random.default_rng(0).permutation(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


# %% wrong minibatches.global_state: NumPy's global state instead of rng
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    order = np.random.permutation(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


# %% wrong minibatches.even_sizes: batches of nearly equal sizes instead of one smaller batch at the end
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    yield from np.array_split(rng.permutation(n), -(-n // batch_size))


# %% wrong minibatches.empty_last: one batch too many, which is empty where batch_size divides n
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    order = rng.permutation(n)
    for k in range(n // batch_size + 1):
        yield order[k * batch_size : (k + 1) * batch_size]


# %% wrong minibatches.first_only: returns in the loop, so there is one batch
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    order = rng.permutation(n)
    for start in range(0, n, batch_size):
        return [order[start : start + batch_size]]


# %% wrong minibatches.lists: lists of integers instead of arrays
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError("batch_size")
    order = rng.permutation(n).tolist()
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


# %% right minibatches.split: a list, cut at every multiple of batch_size
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}")
    return np.split(rng.permutation(n), np.arange(batch_size, n, batch_size))


# %% right minibatches.in_place: shuffles in place and takes from the front
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}")
    left = np.arange(n)
    rng.shuffle(left)
    while len(left) > 0:
        yield left[:batch_size]
        left = left[batch_size:]


# %% right minibatches.sorting: sorts random numbers
def minibatches(n, batch_size, rng):
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}")
    order = np.argsort(rng.random(n))
    yield from (order[k : k + batch_size] for k in range(0, n, batch_size))


# %% wrong minibatch_gradient_descent.full_gradient: each batch makes an update with the gradient of all samples
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X, y, w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong minibatch_gradient_descent.loss_of_batch: the loss of the last batch instead of all samples
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
        losses.append(mean_squared_error(y[batch], predict_linear(X[batch], w, b)))
    return w, b, losses


# %% wrong minibatch_gradient_descent.loss_each_update: one loss for each update
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
            losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong minibatch_gradient_descent.loss_before: the loss before the epoch, as in gradient_descent
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
    return w, b, losses


# %% wrong minibatch_gradient_descent.used_up: the generator is made once and is empty in the second epoch
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    batches = minibatches(len(X), batch_size, rng)
    for _ in range(n_epochs):
        for batch in batches:
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong minibatch_gradient_descent.same_order: shuffles once and repeats that order
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    batches = list(minibatches(len(X), batch_size, rng))
    for _ in range(n_epochs):
        for batch in batches:
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong minibatch_gradient_descent.own_rng: a generator of its own in place of the argument
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    rng = np.random.default_rng(0)
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong minibatch_gradient_descent.inputs_only: picks the batch from X but not from y, whose first rows are used
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X[batch], y[: len(batch)], w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong minibatch_gradient_descent.last_batch_scaled: the smaller last batch is divided by batch_size
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            share = len(batch) / batch_size
            w, b = w - lr * share * grad_w, b - lr * share * grad_b
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong minibatch_gradient_descent.mean_of_batches: adds up the gradients of an epoch and makes one update
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        total_w, total_b = 0.0, 0.0
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            total_w, total_b = total_w + grad_w, total_b + grad_b
        w, b = w - lr * total_w, b - lr * total_b
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong minibatch_gradient_descent.one_batch: one batch an epoch
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        batch = next(iter(minibatches(len(X), batch_size, rng)))
        grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
        w, b = w - lr * grad_w, b - lr * grad_b
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% wrong minibatch_gradient_descent.until_zero: goes on until the loss is 0, whatever n_epochs says
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    while n_epochs and (not losses or losses[-1] > 0):
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            w, b = w - lr * grad_w, b - lr * grad_b
        losses = [mean_squared_error(y, predict_linear(X, w, b))]
    return w, b, losses


# %% wrong minibatch_gradient_descent.no_bias_step: the bias stays at 0
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        for batch in minibatches(len(X), batch_size, rng):
            grad_w, grad_b = mse_gradients(X[batch], y[batch], w, b)
            w = w - lr * grad_w
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% right minibatch_gradient_descent.alone: without any earlier function
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    A = np.column_stack([X, np.ones(len(X))])
    theta, losses = np.zeros(A.shape[1]), []
    for _ in range(n_epochs):
        order = rng.permutation(len(A))
        for k in range(0, len(A), batch_size):
            rows = order[k : k + batch_size]
            theta = theta - 2 * lr * A[rows].T @ (A[rows] @ theta - y[rows]) / len(rows)
        losses.append(np.mean((A @ theta - y) ** 2))
    return theta[:-1], float(theta[-1]), losses


# %% right minibatch_gradient_descent.by_descent: one step of gradient_descent on each batch
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        for batch in minibatches(len(X), batch_size, rng):
            w, b, _ = gradient_descent(X[batch], y[batch], lr, 1, w, b)
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses


# %% right minibatch_gradient_descent.shuffled_copies: shuffles the data and cuts off pieces
def minibatch_gradient_descent(X, y, lr, n_epochs, batch_size, rng):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(n_epochs):
        order = np.arange(len(X))
        rng.shuffle(order)
        X_mixed, y_mixed = X[order], y[order]
        while len(X_mixed):
            grad_w, grad_b = mse_gradients(X_mixed[:batch_size], y_mixed[:batch_size], w, b)
            w = w - lr * grad_w
            b = b - lr * grad_b
            X_mixed, y_mixed = X_mixed[batch_size:], y_mixed[batch_size:]
        losses.append(mean_squared_error(y, predict_linear(X, w, b)))
    return w, b, losses
