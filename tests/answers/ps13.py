# Answers to ps13_recurrent_networks. Each is run in place of the exercise's solution cell; docstrings are left out.


# %% wrong make_lagged.zero_lag: a lag of 0 gives an empty array without a word
def make_lagged(series, lag):
    return series[:-lag], series[lag:]


# %% wrong make_lagged.swapped: targets first
def make_lagged(series, lag):
    if lag < 1 or lag >= len(series):
        raise ValueError(f"lag {lag}")
    return series[lag:], series[:-lag]


# %% wrong make_lagged.one_step: the targets come one step later, whatever the lag
def make_lagged(series, lag):
    if lag < 1 or lag >= len(series):
        raise ValueError(f"lag {lag}")
    return series[:-lag], series[1 : len(series) - lag + 1]


# %% wrong make_lagged.flattened: mixes time and features
def make_lagged(series, lag):
    if lag < 1 or lag >= len(series):
        raise ValueError(f"lag {lag}")
    flat = series.ravel()
    return flat[:-lag], flat[lag:]


# %% wrong make_lagged.rolled: the last pairs have targets from the beginning
def make_lagged(series, lag):
    if lag < 1 or lag >= len(series):
        raise ValueError(f"lag {lag}")
    return series, np.roll(series, -lag, axis=0)


# %% wrong make_lagged.too_long: a lag as long as the series makes no pairs
def make_lagged(series, lag):
    if lag < 1 or lag > len(series):
        raise ValueError(f"lag {lag}")
    return series[:-lag], series[lag:]


# %% right make_lagged.windows: first and last value of each window
def make_lagged(series, lag):
    if lag < 1:
        raise ValueError("the lag must be positive")
    if lag > len(series) - 1:
        raise ValueError("the lag must be shorter than the series")
    n = len(series) - lag
    return np.array([series[i] for i in range(n)]), np.array([series[i + lag] for i in range(n)])


# %% right make_lagged.take: by indices
def make_lagged(series, lag):
    if lag not in range(1, len(series)):
        raise ValueError(f"no lag of {lag} here")
    i = np.arange(len(series) - lag)
    return np.take(series, i, axis=0), np.take(series, i + lag, axis=0)


# %% wrong persistence_error.sum: the sum of the squares
def persistence_error(series, lag):
    if not 1 <= lag < len(series):
        raise ValueError(f"lag {lag}")
    return float(((series[lag:] - series[:-lag]) ** 2).sum())


# %% wrong persistence_error.absolute: the mean absolute error
def persistence_error(series, lag):
    if not 1 <= lag < len(series):
        raise ValueError(f"lag {lag}")
    return float(np.abs(series[lag:] - series[:-lag]).mean())


# %% wrong persistence_error.over_n: divides by the length of the series
def persistence_error(series, lag):
    if not 1 <= lag < len(series):
        raise ValueError(f"lag {lag}")
    return float(((series[lag:] - series[:-lag]) ** 2).sum() / series.size)


# %% wrong persistence_error.root: the root of the mean
def persistence_error(series, lag):
    if not 1 <= lag < len(series):
        raise ValueError(f"lag {lag}")
    return float(((series[lag:] - series[:-lag]) ** 2).mean() ** 0.5)


# %% wrong persistence_error.lag_one: looks one step back, whatever the lag
def persistence_error(series, lag):
    if not 1 <= lag < len(series):
        raise ValueError(f"lag {lag}")
    return float((np.diff(series, axis=0) ** 2).mean())


# %% wrong persistence_error.per_feature: sums over the features
def persistence_error(series, lag):
    if not 1 <= lag < len(series):
        raise ValueError(f"lag {lag}")
    return float(((series[lag:] - series[:-lag]) ** 2).sum() / (len(series) - lag))


# %% right persistence_error.loop: a loop over time
def persistence_error(series, lag):
    if lag < 1 or lag >= len(series):
        raise ValueError(f"lag {lag}")
    errors = [np.mean((series[t] - series[t - lag]) ** 2) for t in range(lag, len(series))]
    return sum(errors) / len(errors)


# %% right persistence_error.numpy_number: returns NumPy's float
def persistence_error(series, lag):
    if lag < 1 or lag >= len(series):
        raise ValueError(f"lag {lag}")
    features, targets = make_lagged(series, lag)
    return np.mean(np.square(features - targets))


# %% wrong time_split.cut_off: int cuts off instead of rounding
def time_split(features, targets, fraction):
    if len(features) != len(targets):
        raise ValueError(f"{len(features)} and {len(targets)}")
    n_train = int(fraction * len(features))
    if n_train < 1 or n_train >= len(features):
        raise ValueError(f"fraction {fraction}")
    return features[:n_train], targets[:n_train], features[n_train:], targets[n_train:]


# %% wrong time_split.test_share: the fraction is the share of the test part
def time_split(features, targets, fraction):
    if len(features) != len(targets):
        raise ValueError(f"{len(features)} and {len(targets)}")
    n_train = len(features) - round(fraction * len(features))
    if n_train < 1 or n_train >= len(features):
        raise ValueError(f"fraction {fraction}")
    return features[:n_train], targets[:n_train], features[n_train:], targets[n_train:]


# %% wrong time_split.sklearn_order: both features first
def time_split(features, targets, fraction):
    if len(features) != len(targets):
        raise ValueError(f"{len(features)} and {len(targets)}")
    n_train = round(fraction * len(features))
    if n_train < 1 or n_train >= len(features):
        raise ValueError(f"fraction {fraction}")
    return features[:n_train], features[n_train:], targets[:n_train], targets[n_train:]


# %% wrong time_split.shuffled: a random part is set aside
def time_split(features, targets, fraction):
    if len(features) != len(targets):
        raise ValueError(f"{len(features)} and {len(targets)}")
    n_train = round(fraction * len(features))
    if n_train < 1 or n_train >= len(features):
        raise ValueError(f"fraction {fraction}")
    order = np.random.default_rng(0).permutation(len(features))
    first, last = order[:n_train], order[n_train:]
    return features[first], targets[first], features[last], targets[last]


# %% wrong time_split.empty: lets a part be empty
def time_split(features, targets, fraction):
    if len(features) != len(targets):
        raise ValueError(f"{len(features)} and {len(targets)}")
    n_train = round(fraction * len(features))
    return features[:n_train], targets[:n_train], features[n_train:], targets[n_train:]


# %% wrong time_split.fraction_only: checks the fraction, not the parts
def time_split(features, targets, fraction):
    if len(features) != len(targets):
        raise ValueError(f"{len(features)} and {len(targets)}")
    if not 0 < fraction < 1:
        raise ValueError(f"fraction {fraction}")
    n_train = round(fraction * len(features))
    return features[:n_train], targets[:n_train], features[n_train:], targets[n_train:]


# %% right time_split.numpy: np.split and np.rint
def time_split(features, targets, fraction):
    if len(features) != len(targets):
        raise ValueError(f"{len(features)} and {len(targets)}")
    n_train = int(np.rint(fraction * len(features)))
    if n_train <= 0 or n_train >= len(features):
        raise ValueError(f"the fraction {fraction} leaves nothing")
    (a, b), (c, d) = np.split(features, [n_train]), np.split(targets, [n_train])
    return a.copy(), c.copy(), b.copy(), d.copy()


# %% wrong rnn_cell.transposed: nn.RNN's way to write the recurrent weights
def rnn_cell(x, h, w_hx, w_hh, b_h, activation):
    if h.shape != (len(x), len(w_hh)) or w_hx.shape != (x.shape[1], len(w_hh)) or b_h.shape != (len(w_hh),):
        raise ValueError(f"{tuple(x.shape)} {tuple(h.shape)} {tuple(w_hx.shape)} {tuple(b_h.shape)}")
    return activation(x @ w_hx + h @ w_hh.T + b_h)


# %% wrong rnn_cell.tanh_always: ignores the activation
def rnn_cell(x, h, w_hx, w_hh, b_h, activation):
    if h.shape != (len(x), len(w_hh)) or w_hx.shape != (x.shape[1], len(w_hh)) or b_h.shape != (len(w_hh),):
        raise ValueError(f"{tuple(x.shape)} {tuple(h.shape)} {tuple(w_hx.shape)} {tuple(b_h.shape)}")
    return torch.tanh(x @ w_hx + h @ w_hh + b_h)


# %% wrong rnn_cell.no_state: a plain layer
def rnn_cell(x, h, w_hx, w_hh, b_h, activation):
    if h.shape != (len(x), len(w_hh)) or w_hx.shape != (x.shape[1], len(w_hh)) or b_h.shape != (len(w_hh),):
        raise ValueError(f"{tuple(x.shape)} {tuple(h.shape)} {tuple(w_hx.shape)} {tuple(b_h.shape)}")
    return activation(x @ w_hx + b_h)


# %% wrong rnn_cell.added_outside: the state is added after the activation
def rnn_cell(x, h, w_hx, w_hh, b_h, activation):
    if h.shape != (len(x), len(w_hh)) or w_hx.shape != (x.shape[1], len(w_hh)) or b_h.shape != (len(w_hh),):
        raise ValueError(f"{tuple(x.shape)} {tuple(h.shape)} {tuple(w_hx.shape)} {tuple(b_h.shape)}")
    return activation(x @ w_hx + b_h) + h @ w_hh


# %% wrong rnn_cell.detached: the gradient to the past is cut
def rnn_cell(x, h, w_hx, w_hh, b_h, activation):
    if h.shape != (len(x), len(w_hh)) or w_hx.shape != (x.shape[1], len(w_hh)) or b_h.shape != (len(w_hh),):
        raise ValueError(f"{tuple(x.shape)} {tuple(h.shape)} {tuple(w_hx.shape)} {tuple(b_h.shape)}")
    return activation(x @ w_hx + h.detach() @ w_hh + b_h)


# %% wrong rnn_cell.no_check: the given check was deleted
def rnn_cell(x, h, w_hx, w_hh, b_h, activation):
    return activation(x @ w_hx + h @ w_hh + b_h)


# %% right rnn_cell.one_product: input and state side by side, one product
def rnn_cell(x, h, w_hx, w_hh, b_h, activation):
    if h.shape != (len(x), len(w_hh)) or w_hx.shape != (x.shape[1], len(w_hh)) or b_h.shape != (len(w_hh),):
        raise ValueError(f"{tuple(x.shape)} {tuple(h.shape)} {tuple(w_hx.shape)} {tuple(b_h.shape)}")
    return activation(torch.addmm(b_h, torch.cat([x, h], dim=1), torch.cat([w_hx, w_hh])))


# %% wrong rnn_unroll.no_memory: each step begins with h0
def rnn_unroll(xs, h0, params, activation):
    if xs.ndim != 3 or len(xs) == 0:
        raise ValueError(f"{tuple(xs.shape)}")
    states = [rnn_cell(x, h0, params["w_hx"], params["w_hh"], params["b_h"], activation) for x in xs]
    return torch.stack(states) @ params["w_yh"] + params["b_y"], states[-1]


# %% wrong rnn_unroll.from_zeros: ignores h0
def rnn_unroll(xs, h0, params, activation):
    if xs.ndim != 3 or len(xs) == 0:
        raise ValueError(f"{tuple(xs.shape)}")
    h, states = torch.zeros_like(h0), []
    for x in xs:
        h = rnn_cell(x, h, params["w_hx"], params["w_hh"], params["b_h"], activation)
        states.append(h)
    return torch.stack(states) @ params["w_yh"] + params["b_y"], h


# %% wrong rnn_unroll.before_the_step: outputs of the states before each step
def rnn_unroll(xs, h0, params, activation):
    if xs.ndim != 3 or len(xs) == 0:
        raise ValueError(f"{tuple(xs.shape)}")
    h, states = h0, []
    for x in xs:
        states.append(h)
        h = rnn_cell(x, h, params["w_hx"], params["w_hh"], params["b_h"], activation)
    return torch.stack(states) @ params["w_yh"] + params["b_y"], h


# %% wrong rnn_unroll.no_output_bias: b_y is forgotten
def rnn_unroll(xs, h0, params, activation):
    if xs.ndim != 3 or len(xs) == 0:
        raise ValueError(f"{tuple(xs.shape)}")
    h, states = h0, []
    for x in xs:
        h = rnn_cell(x, h, params["w_hx"], params["w_hh"], params["b_h"], activation)
        states.append(h)
    return torch.stack(states) @ params["w_yh"], h


# %% wrong rnn_unroll.last_only: the output of the last step alone
def rnn_unroll(xs, h0, params, activation):
    if xs.ndim != 3 or len(xs) == 0:
        raise ValueError(f"{tuple(xs.shape)}")
    h = h0
    for x in xs:
        h = rnn_cell(x, h, params["w_hx"], params["w_hh"], params["b_h"], activation)
    return h @ params["w_yh"] + params["b_y"], h


# %% wrong rnn_unroll.truncated: the state is cut from its past
def rnn_unroll(xs, h0, params, activation):
    if xs.ndim != 3 or len(xs) == 0:
        raise ValueError(f"{tuple(xs.shape)}")
    h, states = h0, []
    for x in xs:
        h = rnn_cell(x, h.detach(), params["w_hx"], params["w_hh"], params["b_h"], activation)
        states.append(h)
    return torch.stack(states) @ params["w_yh"] + params["b_y"], h


# %% wrong rnn_unroll.batch_first: walks along the batch
def rnn_unroll(xs, h0, params, activation):
    if xs.ndim != 3 or len(xs) == 0:
        raise ValueError(f"{tuple(xs.shape)}")
    h, states = h0, []
    for x in xs.transpose(0, 1):
        h = rnn_cell(x, h, params["w_hx"], params["w_hh"], params["b_h"], activation)
        states.append(h)
    return torch.stack(states) @ params["w_yh"] + params["b_y"], h


# %% right rnn_unroll.output_in_the_loop: an output at each step, without rnn_cell
def rnn_unroll(xs, h0, params, activation):
    if xs.ndim != 3 or len(xs) == 0:
        raise ValueError(f"{tuple(xs.shape)}")
    from_inputs = xs @ params["w_hx"] + params["b_h"]
    outputs, h = [], h0
    for t in range(xs.shape[0]):
        h = activation(from_inputs[t] + h @ params["w_hh"])
        outputs.append((h @ params["w_yh"] + params["b_y"])[None])
    return torch.cat(outputs), h


# %% wrong RNN.tensors: plain tensors, which parameters() does not find
class RNN(nn.Module):
    def __init__(self, n_input, n_hidden, n_output, activation):
        super().__init__()
        self.activation = activation
        bound = n_hidden**-0.5
        shapes = {"w_hx": (n_input, n_hidden), "w_hh": (n_hidden, n_hidden), "b_h": (n_hidden,)}
        shapes |= {"w_yh": (n_hidden, n_output), "b_y": (n_output,)}
        for name, shape in shapes.items():
            setattr(self, name, torch.empty(shape).uniform_(-bound, bound))

    def forward(self, xs, hidden=None):
        if hidden is None:
            hidden = xs.new_zeros(xs.shape[1], len(self.w_hh))
        params = {name: getattr(self, name) for name in ("w_hx", "w_hh", "b_h", "w_yh", "b_y")}
        return rnn_unroll(xs, hidden, params, self.activation)


# %% wrong RNN.normal: a standard normal start
class RNN(nn.Module):
    def __init__(self, n_input, n_hidden, n_output, activation):
        super().__init__()
        self.activation = activation
        shapes = {"w_hx": (n_input, n_hidden), "w_hh": (n_hidden, n_hidden), "b_h": (n_hidden,)}
        shapes |= {"w_yh": (n_hidden, n_output), "b_y": (n_output,)}
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.randn(shape)))

    def forward(self, xs, hidden=None):
        if hidden is None:
            hidden = xs.new_zeros(xs.shape[1], len(self.w_hh))
        return rnn_unroll(xs, hidden, dict(self.named_parameters()), self.activation)


# %% wrong RNN.positive: torch.rand as it is, so that no weight is negative
class RNN(nn.Module):
    def __init__(self, n_input, n_hidden, n_output, activation):
        super().__init__()
        self.activation = activation
        shapes = {"w_hx": (n_input, n_hidden), "w_hh": (n_hidden, n_hidden), "b_h": (n_hidden,)}
        shapes |= {"w_yh": (n_hidden, n_output), "b_y": (n_output,)}
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.rand(shape) / n_hidden**0.5))

    def forward(self, xs, hidden=None):
        if hidden is None:
            hidden = xs.new_zeros(xs.shape[1], len(self.w_hh))
        return rnn_unroll(xs, hidden, dict(self.named_parameters()), self.activation)


# %% wrong RNN.forgets: a given state is ignored
class RNN(nn.Module):
    def __init__(self, n_input, n_hidden, n_output, activation):
        super().__init__()
        self.activation = activation
        bound = n_hidden**-0.5
        shapes = {"w_hx": (n_input, n_hidden), "w_hh": (n_hidden, n_hidden), "b_h": (n_hidden,)}
        shapes |= {"w_yh": (n_hidden, n_output), "b_y": (n_output,)}
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.empty(shape).uniform_(-bound, bound)))

    def forward(self, xs, hidden=None):
        hidden = xs.new_zeros(xs.shape[1], len(self.w_hh))
        return rnn_unroll(xs, hidden, dict(self.named_parameters()), self.activation)


# %% wrong RNN.float32_state: the zero state is float32 always
class RNN(nn.Module):
    def __init__(self, n_input, n_hidden, n_output, activation):
        super().__init__()
        self.activation = activation
        bound = n_hidden**-0.5
        shapes = {"w_hx": (n_input, n_hidden), "w_hh": (n_hidden, n_hidden), "b_h": (n_hidden,)}
        shapes |= {"w_yh": (n_hidden, n_output), "b_y": (n_output,)}
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.empty(shape).uniform_(-bound, bound)))

    def forward(self, xs, hidden=None):
        if hidden is None:
            hidden = torch.zeros(xs.shape[1], len(self.w_hh))
        return rnn_unroll(xs, hidden, dict(self.named_parameters()), self.activation)


# %% wrong RNN.tanh_always: ignores the activation
class RNN(nn.Module):
    def __init__(self, n_input, n_hidden, n_output, activation):
        super().__init__()
        bound = n_hidden**-0.5
        shapes = {"w_hx": (n_input, n_hidden), "w_hh": (n_hidden, n_hidden), "b_h": (n_hidden,)}
        shapes |= {"w_yh": (n_hidden, n_output), "b_y": (n_output,)}
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.empty(shape).uniform_(-bound, bound)))

    def forward(self, xs, hidden=None):
        if hidden is None:
            hidden = xs.new_zeros(xs.shape[1], len(self.w_hh))
        return rnn_unroll(xs, hidden, dict(self.named_parameters()), torch.tanh)


# %% wrong RNN.same_numbers: a fixed generator gives every model the same start
class RNN(nn.Module):
    def __init__(self, n_input, n_hidden, n_output, activation):
        super().__init__()
        self.activation = activation
        bound = n_hidden**-0.5
        generator = torch.Generator().manual_seed(0)
        shapes = {"w_hx": (n_input, n_hidden), "w_hh": (n_hidden, n_hidden), "b_h": (n_hidden,)}
        shapes |= {"w_yh": (n_hidden, n_output), "b_y": (n_output,)}
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.empty(shape).uniform_(-bound, bound, generator=generator)))

    def forward(self, xs, hidden=None):
        if hidden is None:
            hidden = xs.new_zeros(xs.shape[1], len(self.w_hh))
        return rnn_unroll(xs, hidden, dict(self.named_parameters()), self.activation)


# %% right RNN.by_init: nn.init, and a dict written out
class RNN(nn.Module):
    def __init__(self, n_input, n_hidden, n_output, activation):
        super().__init__()
        self.activation, self.n_hidden = activation, n_hidden
        self.b_y = nn.Parameter(torch.zeros(n_output))
        self.w_yh = nn.Parameter(torch.zeros(n_hidden, n_output))
        self.b_h = nn.Parameter(torch.zeros(n_hidden))
        self.w_hh = nn.Parameter(torch.zeros(n_hidden, n_hidden))
        self.w_hx = nn.Parameter(torch.zeros(n_input, n_hidden))
        for p in self.parameters():
            nn.init.uniform_(p, -(n_hidden**-0.5), n_hidden**-0.5)

    def forward(self, xs, hidden=None):
        h = torch.zeros(xs.shape[1], self.n_hidden, dtype=xs.dtype) if hidden is None else hidden
        outputs = []
        for x in xs:
            h = rnn_cell(x, h, self.w_hx, self.w_hh, self.b_h, self.activation)
            outputs.append(h @ self.w_yh + self.b_y)
        return torch.stack(outputs), h


# %% wrong difference.last_axis: np.diff along its default axis
def difference(series):
    return np.diff(series)


# %% wrong difference.sign: earlier minus later
def difference(series):
    return series[:-1] - series[1:]


# %% wrong difference.padded: a first step of 0 keeps the length
def difference(series):
    return np.diff(series, axis=0, prepend=series[:1])


# %% wrong difference.two_steps: the step over two
def difference(series):
    return series[2:] - series[:-2]


# %% wrong difference.gradient: central differences
def difference(series):
    return np.gradient(series, axis=0)


# %% right difference.diff: NumPy's, along time
def difference(series):
    return np.diff(series, axis=0)


# %% wrong undifference.without_first: the first value is left out
def undifference(first, diffs):
    if np.shape(first) != diffs.shape[1:]:
        raise ValueError(f"{np.shape(first)} {diffs.shape}")
    return first + np.cumsum(diffs, axis=0)


# %% wrong undifference.flattened: adds up along everything
def undifference(first, diffs):
    if np.shape(first) != diffs.shape[1:]:
        raise ValueError(f"{np.shape(first)} {diffs.shape}")
    return np.cumsum(np.concatenate([np.asarray(first, dtype=float)[None], diffs]))


# %% wrong undifference.integers: the first value is written into an integer array
def undifference(first, diffs):
    if np.shape(first) != diffs.shape[1:]:
        raise ValueError(f"{np.shape(first)} {diffs.shape}")
    values = np.zeros((len(diffs) + 1, *diffs.shape[1:]), dtype=diffs.dtype)
    values[0] = first
    values[1:] = diffs
    return np.cumsum(values, axis=0)


# %% wrong undifference.first_not_added: the sums begin at 0
def undifference(first, diffs):
    if np.shape(first) != diffs.shape[1:]:
        raise ValueError(f"{np.shape(first)} {diffs.shape}")
    return np.concatenate([np.asarray(first, dtype=float)[None], np.cumsum(diffs, axis=0)])


# %% wrong undifference.no_check: the given check was deleted
def undifference(first, diffs):
    return np.vstack([np.full((1,) + diffs.shape[1:], first), first + np.cumsum(diffs, axis=0)]).reshape(
        len(diffs) + 1, *diffs.shape[1:]
    )


# %% right undifference.loop: one value after the other
def undifference(first, diffs):
    if np.shape(first) != diffs.shape[1:]:
        raise ValueError(f"first {np.shape(first)} and one step {diffs.shape[1:]}")
    values = [np.array(first, dtype=float)]
    for step in diffs:
        values.append(values[-1] + step)
    return np.array(values)


# %% right undifference.in_place: room first, then the sums
def undifference(first, diffs):
    if np.shape(first) != diffs.shape[1:]:
        raise ValueError(f"first {np.shape(first)} and one step {diffs.shape[1:]}")
    values = np.empty((len(diffs) + 1, *diffs.shape[1:]))
    values[0] = first
    values[1:] = first + np.cumsum(diffs, axis=0)
    return values


# %% wrong standardise.own_statistics: the test part by its own mean and spread
def standardise(train, test):
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"{train.shape} {test.shape}")
    mean, std = train.mean(axis=0), train.std(axis=0)
    std = np.where((train == train[0]).all(axis=0), 1.0, std)
    return (train - mean) / std, (test - test.mean(axis=0)) / test.std(axis=0), mean, std


# %% wrong standardise.whole_series: statistics of both parts
def standardise(train, test):
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"{train.shape} {test.shape}")
    both = np.concatenate([train, test])
    mean, std = both.mean(axis=0), both.std(axis=0)
    std = np.where((both == both[0]).all(axis=0), 1.0, std)
    return (train - mean) / std, (test - mean) / std, mean, std


# %% wrong standardise.divisor: divisor n - 1
def standardise(train, test):
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"{train.shape} {test.shape}")
    mean, std = train.mean(axis=0), train.std(axis=0, ddof=min(1, len(train) - 1))
    std = np.where((train == train[0]).all(axis=0), 1.0, std)
    return (train - mean) / std, (test - mean) / std, mean, std


# %% wrong standardise.zero_spread: asks whether the standard deviation is 0, which rounding may prevent
def standardise(train, test):
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"{train.shape} {test.shape}")
    mean, std = train.mean(axis=0), train.std(axis=0)
    std = np.where(std == 0, 1.0, std)
    return (train - mean) / std, (test - mean) / std, mean, std


# %% wrong standardise.divides_by_zero: nothing is done about constant columns
def standardise(train, test):
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"{train.shape} {test.shape}")
    mean, std = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / std, (test - mean) / std, mean, std


# %% wrong standardise.one_scale: one mean and spread for all columns
def standardise(train, test):
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"{train.shape} {test.shape}")
    d = train.shape[1]
    mean, std = np.full(d, train.mean()), np.full(d, train.std() or 1.0)
    return (train - mean) / std, (test - mean) / std, mean, std


# %% wrong standardise.in_place: changes the caller's arrays
def standardise(train, test):
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"{train.shape} {test.shape}")
    constant = (train == train[0]).all(axis=0)
    mean, std = train.mean(axis=0), np.where(constant, 1.0, train.std(axis=0))
    train -= mean
    test -= mean
    train /= std
    test /= std
    return train, test, mean, std


# %% right standardise.sklearn: scikit-learn's scaler
def standardise(train, test):
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"{train.shape} {test.shape}")
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test), scaler.mean_, scaler.scale_


# %% right standardise.by_columns: a loop over the columns
def standardise(train, test):
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1]:
        raise ValueError(f"{train.shape} {test.shape}")
    mean = np.array([column.mean() for column in train.T])
    std = np.array([1.0 if np.ptp(c) == 0 else np.sqrt(np.mean((c - c.mean()) ** 2)) for c in train.T])
    return (train - mean[None]) / std[None], (test - mean[None]) / std[None], mean, std


# %% wrong clip_gradients_.used_up: walks twice through a generator
def clip_gradients_(params, max_norm):
    if not max_norm > 0:
        raise ValueError(f"max_norm {max_norm}")
    norm = sum((p.grad**2).sum().item() for p in params if p.grad is not None) ** 0.5
    if norm > max_norm:
        for p in params:
            if p.grad is not None:
                p.grad *= max_norm / norm
    return norm


# %% wrong clip_gradients_.one_by_one: each gradient by its own norm
def clip_gradients_(params, max_norm):
    if not max_norm > 0:
        raise ValueError(f"max_norm {max_norm}")
    grads = [p.grad for p in params if p.grad is not None]
    norm = sum((g**2).sum().item() for g in grads) ** 0.5
    for g in grads:
        if g.norm() > max_norm:
            g *= max_norm / g.norm()
    return norm


# %% wrong clip_gradients_.entries: clips each entry
def clip_gradients_(params, max_norm):
    if not max_norm > 0:
        raise ValueError(f"max_norm {max_norm}")
    grads = [p.grad for p in params if p.grad is not None]
    norm = sum((g**2).sum().item() for g in grads) ** 0.5
    for g in grads:
        g.clamp_(-max_norm, max_norm)
    return norm


# %% wrong clip_gradients_.always: scales small gradients up
def clip_gradients_(params, max_norm):
    if not max_norm > 0:
        raise ValueError(f"max_norm {max_norm}")
    grads = [p.grad for p in params if p.grad is not None]
    norm = sum((g**2).sum().item() for g in grads) ** 0.5
    for g in grads:
        g *= max_norm / max(norm, 1e-12)
    return norm


# %% wrong clip_gradients_.norm_after: returns the norm after clipping
def clip_gradients_(params, max_norm):
    if not max_norm > 0:
        raise ValueError(f"max_norm {max_norm}")
    grads = [p.grad for p in params if p.grad is not None]
    norm = sum((g**2).sum().item() for g in grads) ** 0.5
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return min(norm, max_norm)


# %% wrong clip_gradients_.sum_of_norms: adds up the norms instead of their squares
def clip_gradients_(params, max_norm):
    if not max_norm > 0:
        raise ValueError(f"max_norm {max_norm}")
    grads = [p.grad for p in params if p.grad is not None]
    norm = sum(g.norm().item() for g in grads)
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm


# %% wrong clip_gradients_.none: fails where a gradient is None
def clip_gradients_(params, max_norm):
    if not max_norm > 0:
        raise ValueError(f"max_norm {max_norm}")
    params = list(params)
    norm = sum((p.grad**2).sum().item() for p in params) ** 0.5
    if norm > max_norm:
        for p in params:
            p.grad *= max_norm / norm
    return norm


# %% right clip_gradients_.torch: PyTorch's own, as a float
def clip_gradients_(params, max_norm):
    if not max_norm > 0:
        raise ValueError(f"max_norm {max_norm}")
    return float(nn.utils.clip_grad_norm_(params, max_norm))


# %% right clip_gradients_.one_vector: all gradients as one vector
def clip_gradients_(params, max_norm):
    if not max_norm > 0:
        raise ValueError(f"max_norm {max_norm}")
    params = [p for p in params if p.grad is not None]
    if not params:
        return 0.0
    norm = torch.cat([p.grad.reshape(-1) for p in params]).norm().item()
    factor = min(1.0, max_norm / norm) if norm > 0 else 1.0
    for p in params:
        p.grad = p.grad * factor
    return norm


# %% wrong train_rnn.adds_up: gradients are never cleared
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=lr), []
    for _ in range(n_epochs):
        outputs, _ = model(features)
        if outputs.shape != targets.shape:
            raise ValueError(f"{tuple(outputs.shape)} {tuple(targets.shape)}")
        loss = ((outputs - targets) ** 2).mean()
        loss.backward()
        if clip is not None:
            clip_gradients_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong train_rnn.clears_late: clears after the step, so that old gradients count in the first one
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=lr), []
    for _ in range(n_epochs):
        outputs, _ = model(features)
        if outputs.shape != targets.shape:
            raise ValueError(f"{tuple(outputs.shape)} {tuple(targets.shape)}")
        loss = ((outputs - targets) ** 2).mean()
        loss.backward()
        if clip is not None:
            clip_gradients_(model.parameters(), clip)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


# %% wrong train_rnn.never_clips: the limit is ignored
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=lr), []
    for _ in range(n_epochs):
        outputs, _ = model(features)
        if outputs.shape != targets.shape:
            raise ValueError(f"{tuple(outputs.shape)} {tuple(targets.shape)}")
        loss = ((outputs - targets) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong train_rnn.clips_after: clips when the step is taken already
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=lr), []
    for _ in range(n_epochs):
        outputs, _ = model(features)
        if outputs.shape != targets.shape:
            raise ValueError(f"{tuple(outputs.shape)} {tuple(targets.shape)}")
        loss = ((outputs - targets) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if clip is not None:
            clip_gradients_(model.parameters(), clip)
        losses.append(loss.item())
    return losses


# %% wrong train_rnn.descent: plain gradient descent
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=lr), []
    for _ in range(n_epochs):
        outputs, _ = model(features)
        if outputs.shape != targets.shape:
            raise ValueError(f"{tuple(outputs.shape)} {tuple(targets.shape)}")
        loss = ((outputs - targets) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            clip_gradients_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong train_rnn.sum: the sum of the squared errors
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=lr), []
    for _ in range(n_epochs):
        outputs, _ = model(features)
        if outputs.shape != targets.shape:
            raise ValueError(f"{tuple(outputs.shape)} {tuple(targets.shape)}")
        loss = ((outputs - targets) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            clip_gradients_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong train_rnn.last_output: learns from the last output alone
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=lr), []
    for _ in range(n_epochs):
        outputs, _ = model(features)
        if outputs.shape != targets.shape:
            raise ValueError(f"{tuple(outputs.shape)} {tuple(targets.shape)}")
        loss = ((outputs[-1] - targets[-1]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            clip_gradients_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong train_rnn.new_optimizer: Adam begins afresh in each epoch
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    losses = []
    for _ in range(n_epochs):
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        outputs, _ = model(features)
        if outputs.shape != targets.shape:
            raise ValueError(f"{tuple(outputs.shape)} {tuple(targets.shape)}")
        loss = ((outputs - targets) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            clip_gradients_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% wrong train_rnn.graphs: keeps the losses as tensors
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=lr), []
    for _ in range(n_epochs):
        outputs, _ = model(features)
        if outputs.shape != targets.shape:
            raise ValueError(f"{tuple(outputs.shape)} {tuple(targets.shape)}")
        loss = ((outputs - targets) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            clip_gradients_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.detach())
    return losses


# %% wrong train_rnn.broadcasts: shapes that differ are broadcast
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=lr), []
    for _ in range(n_epochs):
        outputs, _ = model(features)
        loss = ((outputs - targets) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        if clip is not None:
            clip_gradients_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% right train_rnn.by_torch: MSELoss, clearing before the forward pass, PyTorch's clipping
def train_rnn(model, features, targets, lr, n_epochs, clip=None):
    loss_function = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr)
    losses = []
    for _ in range(n_epochs):
        model.zero_grad()
        outputs = model(features)[0]
        if outputs.shape != targets.shape:
            raise ValueError(f"outputs {tuple(outputs.shape)}, targets {tuple(targets.shape)}")
        loss = loss_function(outputs, targets)
        losses.append(float(loss.detach()))
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
    return losses


# %% wrong forecast.history_first: returns the last value read as the first forecast
def forecast(model, history, n_steps):
    if n_steps < 1:
        raise ValueError(f"n_steps {n_steps}")
    with torch.no_grad():
        _, state = model(history)
        predictions = [history[-1:]]
        for _ in range(n_steps - 1):
            outputs, state = model(predictions[-1], state)
            predictions.append(outputs)
        return torch.cat(predictions)


# %% wrong forecast.no_state: each step begins without memory
def forecast(model, history, n_steps):
    if n_steps < 1:
        raise ValueError(f"n_steps {n_steps}")
    with torch.no_grad():
        predictions = [model(history)[0][-1:]]
        for _ in range(n_steps - 1):
            predictions.append(model(predictions[-1])[0])
        return torch.cat(predictions)


# %% wrong forecast.twice: reads the last value twice
def forecast(model, history, n_steps):
    if n_steps < 1:
        raise ValueError(f"n_steps {n_steps}")
    with torch.no_grad():
        _, state = model(history)
        x, predictions = history[-1:], []
        for _ in range(n_steps):
            x, state = model(x, state)
            predictions.append(x)
        return torch.cat(predictions)


# %% wrong forecast.old_state: the state after the history is handed in every time
def forecast(model, history, n_steps):
    if n_steps < 1:
        raise ValueError(f"n_steps {n_steps}")
    with torch.no_grad():
        outputs, state = model(history)
        predictions = [outputs[-1:]]
        for _ in range(n_steps - 1):
            predictions.append(model(predictions[-1], state)[0])
        return torch.cat(predictions)


# %% wrong forecast.one_too_many: n_steps after the first forecast
def forecast(model, history, n_steps):
    if n_steps < 1:
        raise ValueError(f"n_steps {n_steps}")
    with torch.no_grad():
        outputs, state = model(history)
        predictions = [outputs[-1:]]
        for _ in range(n_steps):
            outputs, state = model(predictions[-1], state)
            predictions.append(outputs)
        return torch.cat(predictions)


# %% wrong forecast.records: the result hangs on a long graph
def forecast(model, history, n_steps):
    if n_steps < 1:
        raise ValueError(f"n_steps {n_steps}")
    outputs, state = model(history)
    predictions = [outputs[-1:]]
    for _ in range(n_steps - 1):
        outputs, state = model(predictions[-1], state)
        predictions.append(outputs)
    return torch.cat(predictions)


# %% wrong forecast.with_history: the known values are returned too
def forecast(model, history, n_steps):
    if n_steps < 1:
        raise ValueError(f"n_steps {n_steps}")
    with torch.no_grad():
        for _ in range(n_steps):
            history = torch.cat([history, model(history)[0][-1:]])
        return history


# %% wrong forecast.looks_inside: takes the state for a tensor
def forecast(model, history, n_steps):
    if n_steps < 1:
        raise ValueError(f"n_steps {n_steps}")
    with torch.no_grad():
        outputs, state = model(history)
        predictions = [outputs[-1:]]
        for _ in range(n_steps - 1):
            outputs, state = model(predictions[-1], None if state is None else state.clone())
            predictions.append(outputs)
        return torch.cat(predictions)


# %% right forecast.reads_again: reads everything again for each forecast
def forecast(model, history, n_steps):
    if n_steps < 1:
        raise ValueError(f"n_steps {n_steps}")
    known = history.shape[0]
    with torch.no_grad():
        for _ in range(n_steps):
            outputs = model(history)[0]
            history = torch.cat([history, outputs[-1].unsqueeze(0)], dim=0)
    return history[known:]


# %% right forecast.walks: one loop, with room made before
def forecast(model, history, n_steps):
    if n_steps < 1:
        raise ValueError(f"n_steps {n_steps}")
    x, state, predictions = history, None, torch.empty(n_steps, *history.shape[1:], dtype=history.dtype)
    with torch.no_grad():
        for i in range(n_steps):
            outputs, state = model(x) if state is None else model(x, state)
            x = outputs[-1:]
            predictions[i] = x[0]
    return predictions


# %% wrong gradient_through_time.all_outputs: all outputs, not the last one
def gradient_through_time(model, xs):
    inputs = xs.detach().clone().requires_grad_()
    (grad,) = torch.autograd.grad(model(inputs)[0].sum(), inputs)
    return grad.flatten(1).norm(dim=1)


# %% wrong gradient_through_time.leaves_traces: backward writes into the parameters
def gradient_through_time(model, xs):
    inputs = xs.detach().clone().requires_grad_()
    model(inputs)[0][-1].sum().backward()
    return inputs.grad.flatten(1).norm(dim=1)


# %% wrong gradient_through_time.on_xs: records on xs itself
def gradient_through_time(model, xs):
    xs.requires_grad_()
    (grad,) = torch.autograd.grad(model(xs)[0][-1].sum(), xs)
    return grad.flatten(1).norm(dim=1)


# %% wrong gradient_through_time.mean: the mean of the last output
def gradient_through_time(model, xs):
    inputs = xs.detach().clone().requires_grad_()
    (grad,) = torch.autograd.grad(model(inputs)[0][-1].mean(), inputs)
    return grad.flatten(1).norm(dim=1)


# %% wrong gradient_through_time.matrix_norm: a norm over the last axis alone, averaged over the batch
def gradient_through_time(model, xs):
    inputs = xs.detach().clone().requires_grad_()
    (grad,) = torch.autograd.grad(model(inputs)[0][-1].sum(), inputs)
    return grad.norm(dim=2).mean(dim=1)


# %% wrong gradient_through_time.backwards: from the last input to the first
def gradient_through_time(model, xs):
    inputs = xs.detach().clone().requires_grad_()
    (grad,) = torch.autograd.grad(model(inputs)[0][-1].sum(), inputs)
    return grad.flatten(1).norm(dim=1).flip(0)


# %% wrong gradient_through_time.squared: without the root
def gradient_through_time(model, xs):
    inputs = xs.detach().clone().requires_grad_()
    (grad,) = torch.autograd.grad(model(inputs)[0][-1].sum(), inputs)
    return (grad**2).sum(dim=(1, 2))


# %% wrong gradient_through_time.first_output: only the first of several outputs
def gradient_through_time(model, xs):
    inputs = xs.detach().clone().requires_grad_()
    (grad,) = torch.autograd.grad(model(inputs)[0][-1, :, 0].sum(), inputs)
    return grad.flatten(1).norm(dim=1)


# %% wrong gradient_through_time.records: the result is itself recorded
def gradient_through_time(model, xs):
    inputs = xs.detach().clone().requires_grad_()
    (grad,) = torch.autograd.grad(model(inputs)[0][-1].sum(), inputs, create_graph=True)
    return (grad.flatten(1) ** 2).sum(dim=1) ** 0.5


# %% right gradient_through_time.list_of_norms: a list of norms
def gradient_through_time(model, xs):
    inputs = torch.tensor(xs.detach().numpy(), requires_grad=True)
    last = model(inputs)[0][-1]
    (grad,) = torch.autograd.grad(last, inputs, grad_outputs=torch.ones_like(last))
    return torch.stack([torch.linalg.vector_norm(g) for g in grad])


# %% right gradient_through_time.functional: torch.func
def gradient_through_time(model, xs):
    grad = torch.autograd.functional.vjp(lambda t: model(t)[0][-1].sum(), xs.detach())[1]
    return (grad**2).sum(dim=2).sum(dim=1).sqrt()


# %% wrong make_recurrent.same_cell: a plain cell for every name
class Recurrent(nn.Module):
    def __init__(self, recurrent, readout):
        super().__init__()
        self.recurrent, self.readout = recurrent, readout

    def forward(self, xs, state=None):
        states, state = self.recurrent(xs, state)
        return self.readout(states), state


def make_recurrent(kind, n_input, n_hidden, n_output):
    if kind not in ("rnn", "lstm", "gru"):
        raise ValueError(kind)
    return Recurrent(nn.RNN(n_input, n_hidden), nn.Linear(n_hidden, n_output))


# %% wrong make_recurrent.drops_state: a given state is ignored
class Recurrent(nn.Module):
    def __init__(self, recurrent, readout):
        super().__init__()
        self.recurrent, self.readout = recurrent, readout

    def forward(self, xs, state=None):
        states, state = self.recurrent(xs)
        return self.readout(states), state


def make_recurrent(kind, n_input, n_hidden, n_output):
    if kind not in ("rnn", "lstm", "gru"):
        raise ValueError(kind)
    return Recurrent(getattr(nn, kind.upper())(n_input, n_hidden), nn.Linear(n_hidden, n_output))


# %% wrong make_recurrent.upper_case: takes the names of PyTorch's classes too
class Recurrent(nn.Module):
    def __init__(self, recurrent, readout):
        super().__init__()
        self.recurrent, self.readout = recurrent, readout

    def forward(self, xs, state=None):
        states, state = self.recurrent(xs, state)
        return self.readout(states), state


def make_recurrent(kind, n_input, n_hidden, n_output):
    if kind.lower() not in ("rnn", "lstm", "gru"):
        raise ValueError(kind)
    return Recurrent(getattr(nn, kind.upper())(n_input, n_hidden), nn.Linear(n_hidden, n_output))


# %% wrong make_recurrent.no_readout: the states themselves as outputs
class Recurrent(nn.Module):
    def __init__(self, recurrent, readout):
        super().__init__()
        self.recurrent, self.readout = recurrent, readout

    def forward(self, xs, state=None):
        return self.recurrent(xs, state)


def make_recurrent(kind, n_input, n_hidden, n_output):
    if kind not in ("rnn", "lstm", "gru"):
        raise ValueError(kind)
    return Recurrent(getattr(nn, kind.upper())(n_input, n_hidden), nn.Linear(n_hidden, n_output))


# %% wrong make_recurrent.batch_first: the batch is taken for the first axis
class Recurrent(nn.Module):
    def __init__(self, recurrent, readout):
        super().__init__()
        self.recurrent, self.readout = recurrent, readout

    def forward(self, xs, state=None):
        states, state = self.recurrent(xs, state)
        return self.readout(states), state


def make_recurrent(kind, n_input, n_hidden, n_output):
    if kind not in ("rnn", "lstm", "gru"):
        raise ValueError(kind)
    return Recurrent(getattr(nn, kind.upper())(n_input, n_hidden, batch_first=True), nn.Linear(n_hidden, n_output))


# %% wrong make_recurrent.hidden_of_lstm: hands on only one of the LSTM's two states
class Recurrent(nn.Module):
    def __init__(self, recurrent, readout):
        super().__init__()
        self.recurrent, self.readout = recurrent, readout

    def forward(self, xs, state=None):
        if state is not None and isinstance(self.recurrent, nn.LSTM):
            state = (state, torch.zeros_like(state))
        states, state = self.recurrent(xs, state)
        return self.readout(states), state[0] if isinstance(state, tuple) else state


def make_recurrent(kind, n_input, n_hidden, n_output):
    if kind not in ("rnn", "lstm", "gru"):
        raise ValueError(kind)
    return Recurrent(getattr(nn, kind.upper())(n_input, n_hidden), nn.Linear(n_hidden, n_output))


# %% right make_recurrent.branches: a class of its own, and branches
def make_recurrent(kind, n_input, n_hidden, n_output):
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = build(input_size=n_input, hidden_size=n_hidden, num_layers=1)
            self.out = nn.Linear(n_hidden, n_output)

        def forward(self, xs, state=None):
            states, last = self.layer(xs) if state is None else self.layer(xs, state)
            return torch.stack([self.out(h) for h in states]), last

    if kind == "rnn":
        build = nn.RNN
    elif kind == "lstm":
        build = nn.LSTM
    elif kind == "gru":
        build = nn.GRU
    else:
        raise ValueError(f"there is no {kind!r}")
    return Network()
