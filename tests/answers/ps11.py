# Answers to ps11_gpu_timing. Each is run in place of the exercise's solution cell; docstrings are left out.


# %% wrong pick_device.silent: falls back without a word
def pick_device(prefer="cuda"):
    if prefer not in ("cuda", "cpu"):
        raise ValueError(f"prefer {prefer!r}")
    return torch.device("cuda" if prefer == "cuda" and torch.cuda.is_available() else "cpu")


# %% wrong pick_device.ignores_prefer: takes the card whenever there is one
def pick_device(prefer="cuda"):
    if prefer not in ("cuda", "cpu"):
        raise ValueError(f"prefer {prefer!r}")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if prefer == "cuda":
        warnings.warn("no cuda device")
    return torch.device("cpu")


# %% wrong pick_device.text: returns a text, not a device
def pick_device(prefer="cuda"):
    if prefer not in ("cuda", "cpu"):
        raise ValueError(f"prefer {prefer!r}")
    if prefer == "cuda" and not torch.cuda.is_available():
        warnings.warn("no cuda device")
        return "cpu"
    return prefer


# %% wrong pick_device.always_warns: warns on every CPU
def pick_device(prefer="cuda"):
    if prefer not in ("cuda", "cpu"):
        raise ValueError(f"prefer {prefer!r}")
    if prefer == "cuda" and torch.cuda.is_available():
        return torch.device("cuda")
    warnings.warn("cuda is not used")
    return torch.device("cpu")


# %% wrong pick_device.prints: prints where it should warn
def pick_device(prefer="cuda"):
    if prefer not in ("cuda", "cpu"):
        raise ValueError(f"prefer {prefer!r}")
    if prefer == "cuda" and not torch.cuda.is_available():
        print("warning: no cuda device")
        return torch.device("cpu")
    return torch.device(prefer)


# %% wrong pick_device.any_name: hands every name to torch
def pick_device(prefer="cuda"):
    if prefer.startswith("cuda") and not torch.cuda.is_available():
        warnings.warn("no cuda device")
        return torch.device("cpu")
    return torch.device(prefer)


# %% wrong pick_device.asks_once: looks for the card when the cell runs, not when it is called
FOUND = torch.cuda.is_available()


def pick_device(prefer="cuda"):
    if prefer not in ("cuda", "cpu"):
        raise ValueError(f"prefer {prefer!r}")
    if prefer == "cuda" and not FOUND:
        warnings.warn("no cuda device")
        return torch.device("cpu")
    return torch.device(prefer)


# %% wrong pick_device.other_category: a warning that Python hides by default
def pick_device(prefer="cuda"):
    if prefer not in ("cuda", "cpu"):
        raise ValueError(f"prefer {prefer!r}")
    if prefer == "cuda" and not torch.cuda.is_available():
        warnings.warn("no cuda device", DeprecationWarning)
        return torch.device("cpu")
    return torch.device(prefer)


# %% wrong pick_device.no_default: the argument has to be given
def pick_device(prefer):
    if prefer not in ("cuda", "cpu"):
        raise ValueError(f"prefer {prefer!r}")
    if prefer == "cuda" and not torch.cuda.is_available():
        warnings.warn("no cuda device")
        return torch.device("cpu")
    return torch.device(prefer)


# %% right pick_device.by_cases: nested, with the category written out
def pick_device(prefer="cuda"):
    if prefer == "cpu":
        return torch.device("cpu")
    elif prefer == "cuda":
        if torch.cuda.is_available():
            return torch.device("cuda")
        else:
            warnings.warn("cuda not available, falling back to cpu", UserWarning)
            return torch.device("cpu")
    raise ValueError("unknown device " + prefer + ", not 'cuda' or 'cpu'")


# %% right pick_device.table: looks the choice up
def pick_device(prefer="cuda"):
    there = {"cpu": True, "cuda": torch.cuda.is_available()}
    if prefer not in there:
        raise ValueError(f"{prefer} is none of {list(there)}")
    if not there[prefer]:
        warnings.warn(message=f"{prefer} is missing", category=UserWarning, stacklevel=1)
        prefer = "cpu"
    return torch.device(prefer)


# %% wrong to_device.tensors_alone: no containers
def to_device(obj, device):
    return obj.to(device)


# %% wrong to_device.one_level: nested containers are left
def to_device(obj, device):
    if isinstance(obj, (list, tuple)):
        return type(obj)(x.to(device) if hasattr(x, "to") else x for x in obj)
    if isinstance(obj, dict):
        return {k: v.to(device) if hasattr(v, "to") else v for k, v in obj.items()}
    return obj.to(device) if hasattr(obj, "to") else obj


# %% wrong to_device.lost_result: calls .to and throws the tensor away
def to_device(obj, device):
    if isinstance(obj, (torch.Tensor, nn.Module)):
        obj.to(device)
        return obj
    if isinstance(obj, (list, tuple)):
        return type(obj)(to_device(x, device) for x in obj)
    if isinstance(obj, dict):
        return {k: to_device(v, device) for k, v in obj.items()}
    return obj


# %% wrong to_device.in_place: writes into the caller's list and dict
def to_device(obj, device):
    if isinstance(obj, (torch.Tensor, nn.Module)):
        return obj.to(device)
    if isinstance(obj, list):
        for i, x in enumerate(obj):
            obj[i] = to_device(x, device)
    elif isinstance(obj, dict):
        for k, v in obj.items():
            obj[k] = to_device(v, device)
    elif isinstance(obj, tuple):
        return tuple(to_device(x, device) for x in obj)
    return obj


# %% wrong to_device.all_lists: a tuple comes back as a list
def to_device(obj, device):
    if isinstance(obj, (torch.Tensor, nn.Module)):
        return obj.to(device)
    if isinstance(obj, (list, tuple)):
        return [to_device(x, device) for x in obj]
    if isinstance(obj, dict):
        return {k: to_device(v, device) for k, v in obj.items()}
    return obj


# %% wrong to_device.refuses_others: a number in a batch is an error
def to_device(obj, device):
    if isinstance(obj, (torch.Tensor, nn.Module)):
        return obj.to(device)
    if isinstance(obj, (list, tuple)):
        return type(obj)(to_device(x, device) for x in obj)
    if isinstance(obj, dict):
        return {k: to_device(v, device) for k, v in obj.items()}
    raise TypeError(type(obj))


# %% wrong to_device.no_modules: modules come back unmoved
def to_device(obj, device):
    if isinstance(obj, torch.Tensor):
        return obj.to(device)
    if isinstance(obj, (list, tuple)):
        return type(obj)(to_device(x, device) for x in obj)
    if isinstance(obj, dict):
        return {k: to_device(v, device) for k, v in obj.items()}
    return obj


# %% wrong to_device.copies_module: a copy of the module is moved
def to_device(obj, device):
    import copy

    if isinstance(obj, nn.Module):
        return copy.deepcopy(obj).to(device)
    if isinstance(obj, torch.Tensor):
        return obj.to(device)
    if isinstance(obj, (list, tuple)):
        return type(obj)(to_device(x, device) for x in obj)
    if isinstance(obj, dict):
        return {k: to_device(v, device) for k, v in obj.items()}
    return obj


# %% wrong to_device.cuts_the_graph: detaches the tensors
def to_device(obj, device):
    if isinstance(obj, torch.Tensor):
        return obj.detach().to(device)
    if isinstance(obj, nn.Module):
        return obj.to(device)
    if isinstance(obj, (list, tuple)):
        return type(obj)(to_device(x, device) for x in obj)
    if isinstance(obj, dict):
        return {k: to_device(v, device) for k, v in obj.items()}
    return obj


# %% wrong to_device.as_float: converts to float32 on the way
def to_device(obj, device):
    if isinstance(obj, torch.Tensor):
        return obj.to(device, torch.float32)
    if isinstance(obj, nn.Module):
        return obj.to(device)
    if isinstance(obj, (list, tuple)):
        return type(obj)(to_device(x, device) for x in obj)
    if isinstance(obj, dict):
        return {k: to_device(v, device) for k, v in obj.items()}
    return obj


# %% wrong to_device.shallow_dict: a dict inside a container is not entered
def to_device(obj, device):
    if isinstance(obj, dict):
        return {k: to_device(v, device) for k, v in obj.items()}
    if isinstance(obj, (list, tuple)):
        return type(obj)(x if isinstance(x, dict) else to_device(x, device) for x in obj)
    return obj.to(device) if isinstance(obj, (torch.Tensor, nn.Module)) else obj


# %% wrong to_device.parameters_alone: moves a module's parameters one by one and forgets the buffers
def to_device(obj, device):
    if isinstance(obj, nn.Module):
        for m in obj.modules():
            for name, p in list(m._parameters.items()):
                if p is not None:
                    m._parameters[name] = nn.Parameter(p.data.to(device))
        return obj
    if isinstance(obj, torch.Tensor):
        return obj.to(device)
    if isinstance(obj, (list, tuple)):
        return type(obj)(to_device(x, device) for x in obj)
    if isinstance(obj, dict):
        return {k: to_device(v, device) for k, v in obj.items()}
    return obj


# %% right to_device.has_to: asks for the method instead of the type
def to_device(obj, device):
    if hasattr(obj, "to"):
        return obj.to(device=device)
    if isinstance(obj, dict):
        new = {}
        for key in obj:
            new[key] = to_device(obj[key], device)
        return new
    if isinstance(obj, (list, tuple)):
        return type(obj)(map(lambda item: to_device(item, device), obj))
    return obj


# %% right to_device.tree_map: by torch's own helper for trees
def to_device(obj, device):
    from torch.utils._pytree import tree_map

    return tree_map(lambda leaf: leaf.to(device) if isinstance(leaf, (torch.Tensor, nn.Module)) else leaf, obj)


# %% wrong time_call.never_waits: reads the clock when the call returns
def time_call(fn, device, warmup=1, repeats=5):
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        t = time.perf_counter()
        fn()
        times.append(time.perf_counter() - t)
    return statistics.median(times)


# %% wrong time_call.waits_after: earlier work is counted
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        t = time.perf_counter()
        fn()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - t)
    return statistics.median(times)


# %% wrong time_call.waits_before: waits before the clock starts, not before it stops
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        t = time.perf_counter()
        fn()
        times.append(time.perf_counter() - t)
    return statistics.median(times)


# %% wrong time_call.waits_too_late: waits after the second reading
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        t = time.perf_counter()
        fn()
        times.append(time.perf_counter() - t)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
    return statistics.median(times)


# %% wrong time_call.mean: every outlier counts
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(time.perf_counter() - t)
    return sum(times) / len(times)


# %% wrong time_call.minimum: the shortest instead of the median
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(time.perf_counter() - t)
    return min(times)


# %% wrong time_call.all_at_once: one reading around all calls
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    for _ in range(warmup):
        fn()
    wait()
    t = time.perf_counter()
    for _ in range(repeats):
        fn()
    wait()
    return (time.perf_counter() - t) / repeats


# %% wrong time_call.torch_median: of an even number the lower one
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(time.perf_counter() - t)
    return torch.tensor(times, dtype=torch.float64).median().item()


# %% wrong time_call.unsorted: takes the one in the middle without sorting
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(time.perf_counter() - t)
    return times[len(times) // 2]


# %% wrong time_call.asks_availability: waits for a card whenever there is one
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = torch.cuda.synchronize if torch.cuda.is_available() else (lambda: None)
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(time.perf_counter() - t)
    return statistics.median(times)


# %% wrong time_call.current_card: waits for the current card, not for the one that was given
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = torch.cuda.synchronize if device.type == "cuda" else (lambda: None)
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(time.perf_counter() - t)
    return statistics.median(times)


# %% wrong time_call.name_compare: takes cuda:1 for something else than a card
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if str(device) == "cuda" else (lambda: None)
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(time.perf_counter() - t)
    return statistics.median(times)


# %% wrong time_call.other_clock: time.time, which can jump
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        wait()
        t = time.time()
        fn()
        wait()
        times.append(time.time() - t)
    return statistics.median(times)


# %% wrong time_call.no_warmup: the first calls are timed as well
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(time.perf_counter() - t)
    return statistics.median(times)


# %% wrong time_call.one_warmup: always a single warm-up call
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    fn()
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(time.perf_counter() - t)
    return statistics.median(times)


# %% wrong time_call.warmup_within: of repeats calls the first ones are dropped
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(time.perf_counter() - t)
    return statistics.median(times[warmup:] or times)


# %% wrong time_call.milliseconds: not seconds
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError("warmup or repeats")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    for _ in range(warmup):
        fn()
    times = []
    for _ in range(repeats):
        wait()
        t = time.perf_counter()
        fn()
        wait()
        times.append(1000 * (time.perf_counter() - t))
    return statistics.median(times)


# %% right time_call.numpy: a helper and numpy's median
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError(f"warmup {warmup}, repeats {repeats}")

    def read():
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter()

    times = np.empty(repeats)
    for i in range(-warmup, repeats):
        start = read()
        fn()
        stop = read()
        if i >= 0:
            times[i] = stop - start
    return float(np.median(times))


# %% right time_call.sorted_by_hand: the median by sorting; the card by its number
def time_call(fn, device, warmup=1, repeats=5):
    if warmup < 0 or repeats < 1:
        raise ValueError(f"warmup {warmup}, repeats {repeats}")
    on_card = device.type == "cuda"
    for _ in range(warmup):
        fn()
    times = []
    while len(times) < repeats:
        if on_card:
            torch.cuda.synchronize(device=device)
        t0 = time.perf_counter()
        fn()
        if on_card:
            torch.cuda.synchronize(device=device)
        t1 = time.perf_counter()
        times.append(t1 - t0)
    times.sort()
    half = len(times) // 2
    return times[half] if len(times) % 2 else (times[half - 1] + times[half]) / 2


# %% wrong train_seconds.move_inside: the clock runs during the moves
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    wait()
    t = time.perf_counter()
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
    wait()
    return time.perf_counter() - t


# %% wrong train_seconds.move_each_batch: the data stay on the CPU, every batch is moved in the loop
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    model.to(device).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    wait()
    t = time.perf_counter()
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            optimizer.zero_grad()
            F.cross_entropy(model(xb.to(device)), yb.to(device)).backward()
            optimizer.step()
    wait()
    return time.perf_counter() - t


# %% wrong train_seconds.lost_move: throws away what X.to returns
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    model.to(device).train()
    X.to(device)
    y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    wait()
    t = time.perf_counter()
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
    wait()
    return time.perf_counter() - t


# %% wrong train_seconds.no_wait: reads the clock while the queue is full
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    t = time.perf_counter()
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
    return time.perf_counter() - t


# %% wrong train_seconds.waits_after: the moves that are still in the queue are counted
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    t = time.perf_counter()
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - t


# %% wrong train_seconds.current_card: waits for the current card, not for the one that was given
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    wait = torch.cuda.synchronize if device.type == "cuda" else (lambda: None)
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    wait()
    t = time.perf_counter()
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
    wait()
    return time.perf_counter() - t


# %% wrong train_seconds.drops_the_last: an incomplete batch is left out
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    wait()
    t = time.perf_counter()
    for _ in range(n_epochs):
        for i in range(len(X) // batch_size):
            rows = slice(i * batch_size, (i + 1) * batch_size)
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
    wait()
    return time.perf_counter() - t


# %% wrong train_seconds.gradients_add_up: never clears the gradients
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    wait()
    t = time.perf_counter()
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
    wait()
    return time.perf_counter() - t


# %% wrong train_seconds.stays_in_eval: leaves the mode as it is
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    model.to(device)
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    wait()
    t = time.perf_counter()
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
    wait()
    return time.perf_counter() - t


# %% wrong train_seconds.shuffles: a new order every epoch
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    wait()
    t = time.perf_counter()
    for _ in range(n_epochs):
        for rows in torch.randperm(len(X)).split(batch_size):
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
    wait()
    return time.perf_counter() - t


# %% wrong train_seconds.reads_the_loss: keeps every loss as a number, which the device meta does not have
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    wait()
    t = time.perf_counter()
    total = 0.0
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item()
    wait()
    return time.perf_counter() - t


# %% wrong train_seconds.warms_up: one epoch more than asked for
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def train():
        for _ in range(n_epochs):
            for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()

    return time_call(train, device)


# %% wrong train_seconds.optimizer_first: the optimizer is made before the model is moved and keeps the old parameters
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    import copy

    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    model = copy.deepcopy(model).to(device).train()
    X, y = X.to(device), y.to(device)
    wait()
    t = time.perf_counter()
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
    wait()
    return time.perf_counter() - t


# %% wrong train_seconds.per_epoch: the mean over the epochs
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    wait = (lambda: torch.cuda.synchronize(device)) if device.type == "cuda" else (lambda: None)
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    wait()
    t = time.perf_counter()
    for _ in range(n_epochs):
        for xb, yb in zip(X.split(batch_size), y.split(batch_size)):
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
    wait()
    return (time.perf_counter() - t) / max(n_epochs, 1)


# %% right train_seconds.loader: a DataLoader without shuffling over tensors on the device, a loss module
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    model = model.to(device)
    model.train()
    dataset = torch.utils.data.TensorDataset(X.to(device), y.to(device))
    loader = torch.utils.data.DataLoader(dataset, batch_size=batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss_fn = nn.CrossEntropyLoss()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    for _ in range(n_epochs):
        for xb, yb in loader:
            loss = loss_fn(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


# %% right train_seconds.by_time_call: the earlier functions do the moving and the timing
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    model, X, y = to_device((model, X, y), device)
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def train():
        for _ in range(n_epochs):
            for first in range(0, len(X), batch_size):
                optimizer.zero_grad()
                logits = model(X[first : first + batch_size])
                F.nll_loss(logits.log_softmax(dim=1), y[first : first + batch_size]).backward()
                optimizer.step()

    return time_call(train, device, warmup=0, repeats=1)


# %% right train_seconds.moves_again: batches are moved once more, which copies nothing; the step by hand
def train_seconds(model, X, y, device, batch_size, n_epochs):
    if len(X) != len(y) or batch_size < 1:
        raise ValueError(f"X {tuple(X.shape)}, y {tuple(y.shape)}, batch_size {batch_size}")
    model.train()
    model.to(device)
    X, y = X.to(device), y.to(device)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    for _ in range(n_epochs):
        for i in range(0, len(y), batch_size):
            xb, yb = X[i : i + batch_size].to(device), y[i : i + batch_size].to(device)
            model.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= 0.01 * p.grad
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


# %% wrong throughput_table.seconds: the time of a batch instead of samples a second
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model, X = model_fn().to(device).eval(), X.to(device)
    with torch.no_grad():
        rows = [(b, time_call(lambda b=b: model(X[:b]), device)) for b in batch_sizes]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% wrong throughput_table.batches_a_second: forgets that a batch has several samples
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model, X = model_fn().to(device).eval(), X.to(device)
    with torch.no_grad():
        rows = [(b, 1 / time_call(lambda b=b: model(X[:b]), device)) for b in batch_sizes]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% wrong throughput_table.moves_inside: the move of the batch is timed too
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model = model_fn().to(device).eval()
    with torch.no_grad():
        rows = [(b, b / time_call(lambda b=b: model(X[:b].clone().to(device)), device)) for b in batch_sizes]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% wrong throughput_table.training_mode: dropout stays on
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model, X = model_fn().to(device), X.to(device)
    with torch.no_grad():
        rows = [(b, b / time_call(lambda b=b: model(X[:b]), device)) for b in batch_sizes]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% wrong throughput_table.records: a graph is recorded
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model, X = model_fn().to(device).eval(), X.to(device)
    rows = [(b, b / time_call(lambda b=b: model(X[:b]), device)) for b in batch_sizes]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% wrong throughput_table.whole: every forward pass takes all of X
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model, X = model_fn().to(device).eval(), X.to(device)
    with torch.no_grad():
        rows = [(b, b / time_call(lambda: model(X), device)) for b in batch_sizes]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% wrong throughput_table.sorted: rows in ascending order
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model, X = model_fn().to(device).eval(), X.to(device)
    with torch.no_grad():
        rows = [(b, b / time_call(lambda b=b: model(X[:b]), device)) for b in sorted(batch_sizes)]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% wrong throughput_table.indexed: the batch size as the index
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model, X = model_fn().to(device).eval(), X.to(device)
    with torch.no_grad():
        rows = [(b, b / time_call(lambda b=b: model(X[:b]), device)) for b in batch_sizes]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"]).set_index("batch_size")


# %% wrong throughput_table.model_on_cpu: moves the data and forgets the model
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model, X = model_fn().eval(), X.to(device)
    with torch.no_grad():
        rows = [(b, b / time_call(lambda b=b: model(X[:b]), device)) for b in batch_sizes]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% wrong throughput_table.hasty_clock: times by itself, without waiting
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model, X = model_fn().to(device).eval(), X.to(device)
    rows = []
    with torch.no_grad():
        for b in batch_sizes:
            model(X[:b])
            t = time.perf_counter()
            model(X[:b])
            rows.append((b, b / (time.perf_counter() - t)))
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% wrong throughput_table.wrong_device: tells time_call the CPU
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    model, X = model_fn().to(device).eval(), X.to(device)
    with torch.no_grad():
        rows = [(b, b / time_call(lambda b=b: model(X[:b]), torch.device("cpu"))) for b in batch_sizes]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% wrong throughput_table.builds_inside: the model is built and moved while the clock runs
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError("batch_size")
    X = X.to(device)
    with torch.no_grad():
        rows = [(b, b / time_call(lambda b=b: model_fn().to(device)(X[:b]), device)) for b in batch_sizes]
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% right throughput_table.columns: a new model for each size, inference mode, a dict of columns
def throughput_table(model_fn, X, batch_sizes, device):
    if any(not 1 <= b <= len(X) for b in batch_sizes):
        raise ValueError(f"a batch_size is outside 1..{len(X)}")
    rates = []
    for b in batch_sizes:
        model = to_device(model_fn(), device)
        model.eval()
        batch = to_device(X[:b], device)

        @torch.inference_mode()
        def predict():
            return model(batch)

        rates.append(b / time_call(predict, device, 2, 3))
    return pd.DataFrame({"batch_size": list(batch_sizes), "samples_per_second": rates})


# %% right throughput_table.decorated: no_grad around everything, rows as dicts
@torch.no_grad()
def throughput_table(model_fn, X, batch_sizes, device):
    table = []
    model = model_fn()
    model.to(device)
    model.train(False)
    data_there = X.to(device)
    for batch_size in batch_sizes:
        if batch_size < 1 or batch_size > len(X):
            raise ValueError(f"batch_size {batch_size}")
        first_rows = data_there[:batch_size]
        seconds = time_call(fn=lambda: model(first_rows), device=device, warmup=1, repeats=5)
        table.append({"batch_size": batch_size, "samples_per_second": batch_size / seconds})
    return pd.DataFrame(table)


# %% wrong amdahl_speedup.swapped: the fraction that stays and the one that gets faster, exchanged
def amdahl_speedup(parallel_fraction, factor):
    if not 0 <= parallel_fraction <= 1 or factor <= 0:
        raise ValueError("parallel_fraction or factor")
    return 1 / (parallel_fraction + (1 - parallel_fraction) / factor)


# %% wrong amdahl_speedup.new_over_old: the share of the time that is left
def amdahl_speedup(parallel_fraction, factor):
    if not 0 <= parallel_fraction <= 1 or factor <= 0:
        raise ValueError("parallel_fraction or factor")
    return (1 - parallel_fraction) + parallel_fraction / factor


# %% wrong amdahl_speedup.weighted: the mean of the speed-ups (Gustafson's question)
def amdahl_speedup(parallel_fraction, factor):
    if not 0 <= parallel_fraction <= 1 or factor <= 0:
        raise ValueError("parallel_fraction or factor")
    return float((1 - parallel_fraction) + parallel_fraction * factor)


# %% wrong amdahl_speedup.no_checks: anything goes
def amdahl_speedup(parallel_fraction, factor):
    new = (1 - parallel_fraction) + parallel_fraction / factor
    return 1 / new if new else float("inf")


# %% wrong amdahl_speedup.divides_by_zero: everything infinitely fast is an error
def amdahl_speedup(parallel_fraction, factor):
    if not 0 <= parallel_fraction <= 1:
        raise ValueError("parallel_fraction")
    if factor <= 0:
        raise ValueError("factor")
    return 1 / ((1 - parallel_fraction) + parallel_fraction / factor)


# %% wrong amdahl_speedup.no_slow_down: refuses a factor below 1
def amdahl_speedup(parallel_fraction, factor):
    if not 0 <= parallel_fraction <= 1:
        raise ValueError("parallel_fraction")
    if factor < 1:
        raise ValueError("factor")
    new = (1 - parallel_fraction) + parallel_fraction / factor
    return 1 / new if new else float("inf")


# %% wrong amdahl_speedup.zero_factor: lets a factor of 0 through to the division
def amdahl_speedup(parallel_fraction, factor):
    if not 0 <= parallel_fraction <= 1:
        raise ValueError("parallel_fraction")
    if factor < 0:
        raise ValueError("factor")
    new = (1 - parallel_fraction) + parallel_fraction / factor
    return 1 / new if new else float("inf")


# %% wrong amdahl_speedup.finite_alone: refuses infinity
def amdahl_speedup(parallel_fraction, factor):
    if not 0 <= parallel_fraction <= 1:
        raise ValueError("parallel_fraction")
    if not 0 < factor < float("inf"):
        raise ValueError("factor")
    return 1 / ((1 - parallel_fraction) + parallel_fraction / factor)


# %% wrong amdahl_speedup.whole_number: rounds the factor
def amdahl_speedup(parallel_fraction, factor):
    if not 0 <= parallel_fraction <= 1:
        raise ValueError("parallel_fraction")
    if factor <= 0:
        raise ValueError("factor")
    if factor == float("inf"):
        return 1 / (1 - parallel_fraction) if parallel_fraction < 1 else factor
    return 1 / ((1 - parallel_fraction) + parallel_fraction / max(round(factor), 1))


# %% right amdahl_speedup.numpy: numpy's division, which knows infinity
def amdahl_speedup(parallel_fraction, factor):
    if parallel_fraction < 0 or parallel_fraction > 1:
        raise ValueError(f"parallel_fraction is {parallel_fraction}")
    if factor <= 0:
        raise ValueError(f"factor is {factor}")
    with np.errstate(divide="ignore"):
        return np.float64(1.0) / (1.0 - parallel_fraction + np.float64(parallel_fraction) / factor)


# %% right amdahl_speedup.one_fraction: numerator and denominator times the factor
def amdahl_speedup(parallel_fraction, factor):
    import math

    if not 0 <= parallel_fraction <= 1:
        raise ValueError("parallel_fraction must lie between 0 and 1")
    if factor <= 0:
        raise ValueError("factor must be positive")
    if math.isinf(factor):
        return math.inf if parallel_fraction == 1 else 1.0 / (1.0 - parallel_fraction)
    return float(factor / (factor * (1 - parallel_fraction) + parallel_fraction))
