# Answers to ps10_convolutional_networks. Each is run in place of the exercise's solution cell; docstrings are left out.

# %% wrong conv_output_size.one_padding: padding at one end alone
def conv_output_size(n, kernel, stride=1, padding=0):
    if kernel > n + 2 * padding:
        raise ValueError("the kernel does not fit")
    return (n + padding - kernel) // stride + 1


# %% wrong conv_output_size.no_check: a kernel that does not fit gives 0 or less
def conv_output_size(n, kernel, stride=1, padding=0):
    return (n + 2 * padding - kernel) // stride + 1


# %% wrong conv_output_size.true_division: a float
def conv_output_size(n, kernel, stride=1, padding=0):
    if kernel > n + 2 * padding:
        raise ValueError("the kernel does not fit")
    return (n + 2 * padding - kernel) / stride + 1


# %% wrong conv_output_size.check_without_padding: refuses a kernel that fits thanks to the padding
def conv_output_size(n, kernel, stride=1, padding=0):
    if kernel > n:
        raise ValueError("the kernel does not fit")
    return (n + 2 * padding - kernel) // stride + 1


# %% wrong conv_output_size.rounds_up: counts a window that leaves the input
def conv_output_size(n, kernel, stride=1, padding=0):
    if kernel > n + 2 * padding:
        raise ValueError("the kernel does not fit")
    return int(np.ceil((n + 2 * padding - kernel) / stride)) + 1


# %% right conv_output_size.counted: counts the starts of the windows
def conv_output_size(n, kernel, stride=1, padding=0):
    starts = range(-padding, n + padding - kernel + 1, stride)
    if len(starts) == 0:
        raise ValueError(f"no window of this kernel ({kernel}) fits")
    return len(starts)


# %% wrong conv2d.turned: the mathematicians' convolution, with the kernel turned round
def conv2d(x, weight, bias=None, stride=1, padding=0):
    k_h, k_w = weight.shape[2:]
    rows = conv_output_size(x.shape[2], k_h, stride, padding)
    columns = conv_output_size(x.shape[3], k_w, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    y = np.empty((len(x), len(weight), rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = padded[:, :, i * stride : i * stride + k_h, j * stride : j * stride + k_w]
            y[:, :, i, j] = np.einsum("mruv,qruv->mq", window, weight[:, :, ::-1, ::-1])
    return y if bias is None else y + bias[:, None, None]


# %% wrong conv2d.no_stride: the window moves by one whatever the stride
def conv2d(x, weight, bias=None, stride=1, padding=0):
    k_h, k_w = weight.shape[2:]
    rows = conv_output_size(x.shape[2], k_h, stride, padding)
    columns = conv_output_size(x.shape[3], k_w, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    y = np.empty((len(x), len(weight), rows, columns))
    for i in range(rows):
        for j in range(columns):
            y[:, :, i, j] = np.einsum("mruv,qruv->mq", padded[:, :, i : i + k_h, j : j + k_w], weight)
    return y if bias is None else y + bias[:, None, None]


# %% wrong conv2d.bias_on_columns: the bias is added along the last axis
def conv2d(x, weight, bias=None, stride=1, padding=0):
    k_h, k_w = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (k_h, k_w), axis=(2, 3))[:, :, ::stride, ::stride]
    y = np.einsum("mrijuv,qruv->mqij", windows, weight)
    return y if bias is None else y + bias


# %% wrong conv2d.square_kernels: takes the kernel's height for its width
def conv2d(x, weight, bias=None, stride=1, padding=0):
    k = weight.shape[2]
    rows = conv_output_size(x.shape[2], k, stride, padding)
    columns = conv_output_size(x.shape[3], k, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    y = np.empty((len(x), len(weight), rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = padded[:, :, i * stride : i * stride + k, j * stride : j * stride + k]
            y[:, :, i, j] = np.einsum("mruv,qruv->mq", window, weight)
    return y if bias is None else y + bias[:, None, None]


# %% wrong conv2d.pads_with_edge: repeats the rim instead of adding zeros
def conv2d(x, weight, bias=None, stride=1, padding=0):
    k_h, k_w = weight.shape[2:]
    rows = conv_output_size(x.shape[2], k_h, stride, padding)
    columns = conv_output_size(x.shape[3], k_w, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), mode="edge")
    y = np.zeros((len(x), len(weight), rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = padded[:, :, i * stride : i * stride + k_h, j * stride : j * stride + k_w]
            y[:, :, i, j] = np.einsum("mruv,qruv->mq", window, weight)
    return y if bias is None else y + bias[:, None, None]


# %% wrong conv2d.from_torch: leaves the work to PyTorch
def conv2d(x, weight, bias=None, stride=1, padding=0):
    bias = None if bias is None else torch.tensor(bias)
    try:
        return F.conv2d(torch.tensor(x), torch.tensor(weight), bias, stride, padding).numpy()
    except RuntimeError as error:
        raise ValueError(str(error)) from None


# %% right conv2d.over_the_kernel: a loop over the places of the kernel
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.shape[1] != weight.shape[1] or (bias is not None and bias.shape != weight.shape[:1]) or x.ndim != 4:
        raise ValueError("the shapes do not fit")
    n, c, h, w = x.shape
    o, _, k_h, k_w = weight.shape
    rows, columns = conv_output_size(h, k_h, stride, padding), conv_output_size(w, k_w, stride, padding)
    padded = np.zeros((n, c, h + 2 * padding, w + 2 * padding))
    padded[:, :, padding : padding + h, padding : padding + w] = x
    y = np.zeros((n, o, rows, columns))
    for u in range(k_h):
        for v in range(k_w):
            part = padded[:, :, u : u + (rows - 1) * stride + 1 : stride, v : v + (columns - 1) * stride + 1 : stride]
            y += np.einsum("mrij,qr->mqij", part, weight[:, :, u, v])
    if bias is not None:
        y += bias.reshape(1, -1, 1, 1)
    return y


# %% right conv2d.windows_view: all windows as one view, without the other function
def conv2d(x, weight, bias=None, stride=1, padding=0):
    if x.ndim != 4 or weight.ndim != 4 or x.shape[1] != weight.shape[1]:
        raise ValueError("x and weight do not fit")
    if bias is not None and bias.shape != (len(weight),):
        raise ValueError("bias does not fit")
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    if padded.shape[2] < weight.shape[2] or padded.shape[3] < weight.shape[3]:
        raise ValueError("the kernel does not fit")
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    y = np.tensordot(windows[:, :, ::stride, ::stride], weight, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)
    return y + (0 if bias is None else bias[None, :, None, None])


# %% wrong max_pool2d.zeros_at_the_edge: fills the last tiles up with zeros
def max_pool2d(x, kernel):
    n, c, h, w = x.shape
    rows, columns = -(-h // kernel), -(-w // kernel)
    filled = np.zeros((n, c, rows * kernel, columns * kernel))
    filled[:, :, :h, :w] = x
    return filled.reshape(n, c, rows, kernel, columns, kernel).max(axis=(3, 5))


# %% wrong max_pool2d.mean: the mean of each tile
def max_pool2d(x, kernel):
    n, c, h, w = x.shape
    rows, columns = h // kernel, w // kernel
    return x[:, :, : rows * kernel, : columns * kernel].reshape(n, c, rows, kernel, columns, kernel).mean(axis=(3, 5))


# %% wrong max_pool2d.overlapping: windows that move by one
def max_pool2d(x, kernel):
    return np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(2, 3)).max(axis=(4, 5))


# %% wrong max_pool2d.picks_one: takes the first number of each tile
def max_pool2d(x, kernel):
    if x.ndim != 4 or not 1 <= kernel <= min(x.shape[2:]):
        raise ValueError("kernel")
    return x[:, :, ::kernel, ::kernel][:, :, : x.shape[2] // kernel, : x.shape[3] // kernel]


# %% wrong max_pool2d.starts_at_zero: negative numbers lose against the start of the search
def max_pool2d(x, kernel):
    if x.ndim != 4 or not 1 <= kernel <= min(x.shape[2:]):
        raise ValueError("kernel")
    n, c, h, w = x.shape
    y = np.zeros((n, c, h // kernel, w // kernel))
    for u in range(kernel):
        for v in range(kernel):
            y = np.maximum(y, x[:, :, u::kernel, v::kernel][:, :, : h // kernel, : w // kernel])
    return y


# %% right max_pool2d.loops: tile after tile
def max_pool2d(x, kernel):
    if x.ndim != 4 or not 1 <= kernel <= min(x.shape[2:]):
        raise ValueError(f"x {x.shape}, kernel {kernel}")
    rows, columns = x.shape[2] // kernel, x.shape[3] // kernel
    y = np.zeros((*x.shape[:2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            tile = x[:, :, i * kernel : (i + 1) * kernel, j * kernel : (j + 1) * kernel]
            y[:, :, i, j] = tile.max(axis=3).max(axis=2)
    return y


# %% wrong receptive_field.own_stride: a stride acts on its own layer too
def receptive_field(layers):
    field, distance = 1, 1
    for kernel, stride in layers:
        distance *= stride
        field += (kernel - 1) * distance
    return field


# %% wrong receptive_field.sum_of_kernels: forgets the strides
def receptive_field(layers):
    return 1 + sum(kernel - 1 for kernel, stride in layers)


# %% wrong receptive_field.adds_strides: distances grow by addition
def receptive_field(layers):
    field, distance = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * distance
        distance += stride - 1
    return field


# %% wrong receptive_field.product: multiplies the kernels
def receptive_field(layers):
    field = 1
    for kernel, stride in layers:
        field *= kernel
    return field


# %% right receptive_field.from_the_top: from the unit down to the pixels
def receptive_field(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


# %% wrong build_cnn.softmax: probabilities at the end
def build_cnn(n_classes=10, in_channels=1):
    return nn.Sequential(
        nn.Conv2d(in_channels, 8, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(8, 24, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(1176, n_classes),
        nn.Softmax(dim=1),
    )


# %% wrong build_cnn.fixed_numbers: ignores both arguments
def build_cnn(n_classes=10, in_channels=1):
    return nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(8, 24, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(1176, 10),
    )


# %% wrong build_cnn.linear: no nonlinearity anywhere
def build_cnn(n_classes=10, in_channels=1):
    return nn.Sequential(
        nn.Conv2d(in_channels, 8, 5, stride=2), nn.Conv2d(8, 16, 5, stride=2), nn.Flatten(), nn.Linear(256, n_classes)
    )


# %% wrong build_cnn.too_large: hundreds of thousands of parameters
def build_cnn(n_classes=10, in_channels=1):
    return nn.Sequential(
        nn.Conv2d(in_channels, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 28 * 28, n_classes),
    )


# %% wrong build_cnn.relu_at_the_end: scores that cannot be negative
def build_cnn(n_classes=10, in_channels=1):
    return nn.Sequential(
        nn.Conv2d(in_channels, 8, 3),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(400, n_classes),
        nn.ReLU(),
    )


# %% right build_cnn.other_network: a class, batch normalisation, a mean over all places
def build_cnn(n_classes=10, in_channels=1):
    class Small(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Conv2d(in_channels, 12, 3, stride=2, padding=1)
            self.norm = nn.BatchNorm2d(12)
            self.second = nn.Conv2d(12, 24, 3, stride=2, padding=1)
            self.third = nn.Conv2d(24, 48, 3, stride=2, padding=1)
            self.last = nn.Linear(48, n_classes)

        def forward(self, x):
            h = torch.tanh(self.norm(self.first(x)))
            h = F.relu(self.third(F.relu(self.second(h))))
            return self.last(h.mean(dim=(2, 3)))

    return Small()


# %% wrong shape_trace.late_name: the name is looked up when the loop is over
def shape_trace(model, x):
    trace, handles = [], []
    for name, layer in model.named_modules():
        if not list(layer.children()):
            handles.append(
                layer.register_forward_hook(lambda layer, inputs, output: trace.append((name, tuple(output.shape))))
            )
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            model(x)
    finally:
        model.train(was_training)
        for handle in handles:
            handle.remove()
    return trace


# %% wrong shape_trace.hooks_stay: forgets to remove them
def shape_trace(model, x):
    trace = []
    was_training = model.training
    for name, layer in model.named_modules():
        if not list(layer.children()):
            layer.register_forward_hook(
                lambda layer, inputs, output, name=name: trace.append((name, tuple(output.shape)))
            )
    model.eval()
    with torch.no_grad():
        model(x)
    model.train(was_training)
    return trace


# %% wrong shape_trace.in_turn: calls the children one after the other, without hooks
def shape_trace(model, x):
    trace = []
    for name, layer in model.named_children():
        with torch.no_grad():
            x = layer(x)
        trace.append((name, tuple(x.shape)))
    return trace


# %% wrong shape_trace.running_statistics: runs in the mode that it finds
def shape_trace(model, x):
    trace, handles = [], []
    for name, layer in model.named_modules():
        if not list(layer.children()):
            handles.append(
                layer.register_forward_hook(
                    lambda layer, inputs, output, name=name: trace.append((name, tuple(output.shape)))
                )
            )
    try:
        with torch.no_grad():
            model(x)
    finally:
        for handle in handles:
            handle.remove()
    return trace


# %% wrong shape_trace.containers_too: every module, containers included
def shape_trace(model, x):
    trace, handles = [], []
    for name, layer in model.named_modules():
        handles.append(
            layer.register_forward_hook(
                lambda layer, inputs, output, name=name: trace.append((name, tuple(output.shape)))
            )
        )
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            model(x)
    finally:
        model.train(was_training)
        for handle in handles:
            handle.remove()
    return trace


# %% wrong shape_trace.fails_untidily: leaves hooks and mode behind where the network fails
def shape_trace(model, x):
    trace, handles = [], []
    for name, layer in model.named_modules():
        if not list(layer.children()):
            handles.append(
                layer.register_forward_hook(
                    lambda layer, inputs, output, name=name: trace.append((name, tuple(output.shape)))
                )
            )
    was_training = model.training
    model.eval()
    with torch.no_grad():
        model(x)
    model.train(was_training)
    for handle in handles:
        handle.remove()
    return trace


# %% right shape_trace.exit_stack: names by module, handles in an ExitStack, a mode for each layer
def shape_trace(model, x):
    import contextlib

    names = {layer: name for name, layer in model.named_modules() if next(layer.children(), None) is None}
    trace = []
    modes = {layer: layer.training for layer in model.modules()}
    with contextlib.ExitStack() as stack:
        for layer in names:
            stack.enter_context(
                layer.register_forward_hook(lambda layer, _, out: trace.append((names[layer], tuple(out.size()))))
            )
        try:
            with torch.inference_mode():
                model.eval()(x)
        finally:
            for layer, mode in modes.items():
                layer.training = mode
    return trace


# %% wrong fix_flatten.in_place: repairs the network that it is given
def fix_flatten(net):
    place = next(i for i, layer in enumerate(net) if isinstance(layer, nn.Flatten))
    net[place] = nn.Flatten()
    n_inputs = net[: place + 1](torch.zeros(1, 1, 28, 28)).shape[1]
    net[place + 1] = nn.Linear(n_inputs, net[place + 1].out_features)
    return net


# %% wrong fix_flatten.shares_layers: a new container around the same layers
def fix_flatten(net):
    layers = list(net)
    place = next(i for i, layer in enumerate(layers) if isinstance(layer, nn.Flatten))
    layers[place] = nn.Flatten()
    n_inputs = nn.Sequential(*layers[: place + 1])(torch.zeros(1, 1, 28, 28)).shape[1]
    layers[place + 1] = nn.Linear(n_inputs, layers[place + 1].out_features)
    return nn.Sequential(*layers)


# %% wrong fix_flatten.flatten_alone: the linear layer keeps its number of inputs
def fix_flatten(net):
    mended = copy.deepcopy(net)
    for i, layer in enumerate(mended):
        if isinstance(layer, nn.Flatten):
            mended[i] = nn.Flatten()
    return mended


# %% wrong fix_flatten.one_head: drops what follows the linear layer
def fix_flatten(net):
    mended = copy.deepcopy(net)
    place = next(i for i, layer in enumerate(mended) if isinstance(layer, nn.Flatten))
    front = mended[:place]
    n_inputs = front(torch.zeros(1, 1, 28, 28)).numel()
    return nn.Sequential(*front, nn.Flatten(), nn.Linear(n_inputs, 10))


# %% wrong fix_flatten.new_weights: builds every layer anew, with other weights
def fix_flatten(net):
    mended = copy.deepcopy(net)
    place = next(i for i, layer in enumerate(mended) if isinstance(layer, nn.Flatten))
    mended[place] = nn.Flatten()
    n_inputs = mended[: place + 1](torch.zeros(1, 1, 28, 28)).shape[1]
    mended[place + 1] = nn.Linear(n_inputs, mended[place + 1].out_features)
    for layer in mended:
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    return mended


# %% right fix_flatten.layer_by_layer: copies each layer and asks a batch of two for the size
def fix_flatten(net):
    layers, x, after = [], torch.zeros(2, 1, 28, 28), False
    for layer in net:
        if isinstance(layer, nn.Flatten):
            new = nn.Flatten(start_dim=1, end_dim=-1)
        elif after:
            new = nn.Linear(x.shape[-1], layer.out_features)
        else:
            new = copy.deepcopy(layer)
        after = isinstance(layer, nn.Flatten)
        layers.append(new)
        x = new(x).detach()
    return nn.Sequential(*layers)


# %% wrong zero_center.own_mean: the test images less their own mean
def zero_center(train, test):
    return train - train.mean(axis=0), test - test.mean(axis=0)


# %% wrong zero_center.one_number: the mean of all pixels
def zero_center(train, test):
    return train - train.mean(), test - train.mean()


# %% wrong zero_center.all_images: the mean of training and test images
def zero_center(train, test):
    mean = np.concatenate([train, test]).mean(axis=0)
    return train - mean, test - mean


# %% wrong zero_center.in_place: changes its arguments
def zero_center(train, test):
    mean = train.mean(axis=0)
    train -= mean
    test -= mean
    return train, test


# %% wrong zero_center.mean_of_dtype: the mean of integers is rounded
def zero_center(train, test):
    if train.shape[1:] != test.shape[1:]:
        raise ValueError(f"train {train.shape}, test {test.shape}")
    mean = train.mean(axis=0).astype(train.dtype)
    return train.astype(float) - mean, test.astype(float) - mean


# %% right zero_center.by_rows: with a loop over nothing, in float64
def zero_center(train, test):
    if train.shape[1:] != test.shape[1:]:
        raise ValueError(f"train {train.shape}, test {test.shape}")
    mean = np.sum(train, axis=0, dtype=np.float64, keepdims=True) / len(train)
    return np.subtract(train, mean), np.subtract(test, mean)


# %% wrong train_cnn.unshuffled: the batches follow the order of the images
def train_cnn(X_train, y_train, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_cnn()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
        for _ in range(2):
            for batch in torch.arange(len(X_train)).split(100):
                loss = F.cross_entropy(model(X_train[batch]), y_train[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return model


# %% wrong train_cnn.timid: one epoch of small steps
def train_cnn(X_train, y_train, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_cnn()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        for batch in torch.randperm(len(X_train)).split(100):
            loss = F.cross_entropy(model(X_train[batch]), y_train[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


# %% wrong train_cnn.one_seed: every seed gives the same network
def train_cnn(X_train, y_train, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build_cnn()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
        for _ in range(2):
            for batch in torch.randperm(len(X_train)).split(100):
                loss = F.cross_entropy(model(X_train[batch]), y_train[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return model


# %% wrong train_cnn.global_state: leaves the global random state changed
def train_cnn(X_train, y_train, seed):
    torch.manual_seed(seed)
    model = build_cnn()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(2):
        for batch in torch.randperm(len(X_train)).split(100):
            loss = F.cross_entropy(model(X_train[batch]), y_train[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


# %% right train_cnn.momentum: SGD with momentum, a cosine schedule, other loops
def train_cnn(X_train, y_train, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build_cnn(10, 1)
        n, batch_size, n_epochs = len(X_train), 50, 4
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(
            optimizer, n_epochs * ((n + batch_size - 1) // batch_size)
        )
        for epoch in range(n_epochs):
            order = torch.randperm(n)
            for start in range(0, n, batch_size):
                batch = order[start : start + batch_size]
                down, right = torch.randint(0, 3, (2,)).tolist()
                xb = F.pad(X_train[batch], (1, 1, 1, 1))[:, :, down : down + 28, right : right + 28]
                model.zero_grad()
                nn.CrossEntropyLoss()(model(xb), y_train[batch]).backward()
                optimizer.step()
                scheduler.step()
    return model.eval()


# %% wrong misclassified.largest_score: sorts by the score instead of the probability
def misclassified(model, X, y, k):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        scores, predicted = model(X).max(dim=1)
    model.train(was_training)
    mistakes = torch.nonzero(predicted != y).ravel()
    return mistakes[torch.argsort(scores[mistakes], descending=True, stable=True)][:k].numpy()


# %% wrong misclassified.least_confident: the doubtful ones first
def misclassified(model, X, y, k):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        confidence, predicted = torch.softmax(model(X), dim=1).max(dim=1)
    model.train(was_training)
    mistakes = torch.nonzero(predicted != y).ravel()
    return mistakes[torch.argsort(confidence[mistakes], stable=True)][:k].numpy()


# %% wrong misclassified.places_among_mistakes: indices into the list of mistakes
def misclassified(model, X, y, k):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        confidence, predicted = torch.softmax(model(X), dim=1).max(dim=1)
    model.train(was_training)
    return torch.argsort(confidence[predicted != y], descending=True, stable=True)[:k].numpy()


# %% wrong misclassified.top_k_first: the k most confident of all, then the wrong ones of these
def misclassified(model, X, y, k):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        confidence, predicted = torch.softmax(model(X), dim=1).max(dim=1)
    model.train(was_training)
    order = torch.argsort(confidence, descending=True, stable=True)[:k]
    return order[predicted[order] != y[order]].numpy()


# %% wrong misclassified.any_mode: runs in the mode that it finds
def misclassified(model, X, y, k):
    with torch.no_grad():
        confidence, predicted = torch.softmax(model(X), dim=1).max(dim=1)
    mistakes = torch.nonzero(predicted != y).ravel()
    return mistakes[torch.argsort(confidence[mistakes], descending=True, stable=True)][:k].numpy()


# %% wrong misclassified.reversed_sort: of equals, the higher index first
def misclassified(model, X, y, k):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        confidence, predicted = torch.softmax(model(X), dim=1).max(dim=1)
    model.train(was_training)
    mistakes = torch.nonzero(predicted != y).ravel()
    return mistakes[torch.argsort(confidence[mistakes], stable=True).flip(0)][:k].numpy()


# %% right misclassified.sorted_pairs: a sort of pairs in Python
def misclassified(model, X, y, k):
    mode = model.training
    with torch.no_grad():
        p = model.eval()(X).softmax(dim=1).numpy()
    model.train(mode)
    labels_predicted = p.argmax(axis=1)
    pairs = sorted((-p[i].max(), i) for i in range(len(p)) if labels_predicted[i] != int(y[i]))
    return np.array([i for _, i in pairs[:k]], dtype=int)


# %% wrong accuracy_under_shift.rolls: what leaves on one side enters on the other
def accuracy_under_shift(model, X, y, shifts):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        accuracies = [(model(X.roll(s, dims=3)).argmax(dim=1) == y).double().mean().item() for s in shifts]
    model.train(was_training)
    return np.array(accuracies)


# %% wrong accuracy_under_shift.to_the_left: the other direction
def accuracy_under_shift(model, X, y, shifts):
    was_training = model.training
    model.eval()
    accuracies = []
    for s in shifts:
        moved, width = torch.zeros_like(X), X.shape[3]
        if s <= 0:
            moved[..., -s:] = X[..., : max(width + s, 0)]
        else:
            moved[..., :-s] = X[..., s:]
        with torch.no_grad():
            accuracies.append((model(moved).argmax(dim=1) == y).double().mean().item())
    model.train(was_training)
    return np.array(accuracies)


# %% wrong accuracy_under_shift.rows: moves the images down
def accuracy_under_shift(model, X, y, shifts):
    was_training = model.training
    model.eval()
    accuracies = []
    for s in shifts:
        moved, height = torch.zeros_like(X), X.shape[2]
        if s >= 0:
            moved[:, :, s:] = X[:, :, : max(height - s, 0)]
        else:
            moved[:, :, :s] = X[:, :, -s:]
        with torch.no_grad():
            accuracies.append((model(moved).argmax(dim=1) == y).double().mean().item())
    model.train(was_training)
    return np.array(accuracies)


# %% wrong accuracy_under_shift.adds_up: moves images that are moved already
def accuracy_under_shift(model, X, y, shifts):
    was_training = model.training
    model.eval()
    accuracies, moved = [], X.clone()
    for s in shifts:
        source, width = moved.clone(), X.shape[3]
        moved = torch.zeros_like(X)
        if s >= 0:
            moved[..., s:] = source[..., : max(width - s, 0)]
        else:
            moved[..., :s] = source[..., -s:]
        with torch.no_grad():
            accuracies.append((model(moved).argmax(dim=1) == y).double().mean().item())
    model.train(was_training)
    return np.array(accuracies)


# %% wrong accuracy_under_shift.negative_slice: a shift beyond the width ends in an error
def accuracy_under_shift(model, X, y, shifts):
    was_training = model.training
    model.eval()
    accuracies = []
    for s in shifts:
        moved = torch.zeros_like(X)
        if s >= 0:
            moved[..., s:] = X[..., : X.shape[3] - s]
        else:
            moved[..., :s] = X[..., -s:]
        with torch.no_grad():
            accuracies.append((model(moved).argmax(dim=1) == y).double().mean().item())
    model.train(was_training)
    return np.array(accuracies)


# %% right accuracy_under_shift.padded: pads both sides by the width and cuts out a window
def accuracy_under_shift(model, X, y, shifts):
    was_training, width = model.training, X.shape[3]
    model.eval()
    wide = F.pad(X, (width, width))
    accuracies = []
    for s in shifts:
        start = width - min(max(int(s), -width), width)
        with torch.no_grad():
            predicted = model(wide[..., start : start + width]).argmax(dim=1)
        accuracies.append(np.mean(predicted.numpy() == y.numpy()))
    model.train(was_training)
    return np.array(accuracies)
