# Answers to ps09_generalization. Each is run in place of the exercise's solution cell; docstrings are left out.

# %% wrong overfit_one_batch.evaluation_mode: the model is trained in the mode in which it came
def overfit_one_batch(model, xb, yb, lr, n_steps):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_steps):
        loss = F.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses


# %% wrong overfit_one_batch.adds_up: gradients of all steps add up
def overfit_one_batch(model, xb, yb, lr, n_steps):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_steps):
        loss = F.cross_entropy(model(xb), yb)
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses


# %% wrong overfit_one_batch.cleared_after: clears after each step alone, so old gradients enter the first one
def overfit_one_batch(model, xb, yb, lr, n_steps):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_steps):
        loss = F.cross_entropy(model(xb), yb)
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
    return losses


# %% wrong overfit_one_batch.after_the_step: the losses are measured after the steps
def overfit_one_batch(model, xb, yb, lr, n_steps):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_steps):
        optimizer.zero_grad()
        F.cross_entropy(model(xb), yb).backward()
        optimizer.step()
        losses.append(F.cross_entropy(model(xb), yb).item())
    return losses


# %% wrong overfit_one_batch.tensors: the losses are tensors that keep their graphs
def overfit_one_batch(model, xb, yb, lr, n_steps):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_steps):
        loss = F.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss)
        optimizer.step()
    return losses


# %% wrong overfit_one_batch.summed: the sum over the batch instead of the mean
def overfit_one_batch(model, xb, yb, lr, n_steps):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_steps):
        loss = F.cross_entropy(model(xb), yb, reduction="sum")
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses


# %% wrong overfit_one_batch.softmax_twice: applies a softmax before the loss, which has one
def overfit_one_batch(model, xb, yb, lr, n_steps):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_steps):
        loss = F.cross_entropy(model(xb).softmax(dim=1), yb)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses


# %% wrong overfit_one_batch.sgd: plain gradient descent
def overfit_one_batch(model, xb, yb, lr, n_steps):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_steps):
        loss = F.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses


# %% wrong overfit_one_batch.adamw: Adam with the weight decay that AdamW has unless told otherwise
def overfit_one_batch(model, xb, yb, lr, n_steps):
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    losses = []
    for _ in range(n_steps):
        loss = F.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses


# %% wrong overfit_one_batch.new_optimizer: a new optimiser in every step forgets the moments
def overfit_one_batch(model, xb, yb, lr, n_steps):
    model.train()
    losses = []
    for _ in range(n_steps):
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        loss = F.cross_entropy(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    return losses


# %% right overfit_one_batch.own_loss: the loss from log_softmax, the gradients from autograd.grad
def overfit_one_batch(model, xb, yb, lr, n_steps):
    model.train()
    params = list(model.parameters())
    optimizer = torch.optim.Adam(params, lr)
    losses = []
    for _ in range(n_steps):
        log_p = model(xb).log_softmax(dim=1)
        loss = -log_p[torch.arange(len(yb)), yb].mean()
        for p, g in zip(params, torch.autograd.grad(loss, params), strict=True):
            p.grad = g
        optimizer.step()
        losses.append(float(loss))
    return losses


# %% wrong EarlyStopping.no_copy: keeps the state_dict itself, whose tensors change with the training
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls = 0

    def step(self, val_loss, model):
        if val_loss < self.best_loss - self.min_delta or self.calls == 0:
            self.best_loss, self.best_epoch = val_loss, self.calls
            self.best = model.state_dict()
        self.calls += 1
        return self.calls - 1 - self.best_epoch >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best)


# %% wrong EarlyStopping.shallow_copy: a copy of the dict that holds the same tensors
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls = 0

    def step(self, val_loss, model):
        if val_loss < self.best_loss - self.min_delta or self.calls == 0:
            self.best_loss, self.best_epoch = val_loss, self.calls
            self.best = dict(model.state_dict())
        self.calls += 1
        return self.calls - 1 - self.best_epoch >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best)


# %% wrong EarlyStopping.no_reset: counts all calls without improvement, not those in a row
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls, self.bad = 0, 0

    def step(self, val_loss, model):
        if val_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch = val_loss, self.calls
            self.best = copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        self.calls += 1
        return self.bad >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best)


# %% wrong EarlyStopping.last_loss: compares with the loss of the call before
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls, self.bad, self.last = 0, 0, math.inf

    def step(self, val_loss, model):
        if val_loss < self.last - self.min_delta:
            self.best_loss, self.best_epoch, self.bad = val_loss, self.calls, 0
            self.best = copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        self.last = val_loss
        self.calls += 1
        return self.bad >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best)


# %% wrong EarlyStopping.one_late: stops one call too late
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls, self.bad = 0, 0

    def step(self, val_loss, model):
        if val_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch, self.bad = val_loss, self.calls, 0
            self.best = copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        self.calls += 1
        return self.bad > self.patience

    def restore(self, model):
        model.load_state_dict(self.best)


# %% wrong EarlyStopping.ties: an equal loss counts as an improvement
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls, self.bad = 0, 0

    def step(self, val_loss, model):
        if val_loss <= self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch, self.bad = val_loss, self.calls, 0
            self.best = copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        self.calls += 1
        return self.bad >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best)


# %% wrong EarlyStopping.ignores_min_delta: any lower loss counts
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls, self.bad = 0, 0

    def step(self, val_loss, model):
        if val_loss < self.best_loss:
            self.best_loss, self.best_epoch, self.bad = val_loss, self.calls, 0
            self.best = copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        self.calls += 1
        return self.bad >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best)


# %% wrong EarlyStopping.lowest_of_all: a small fall does not reset the count, but moves the best loss
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls, self.bad = 0, 0

    def step(self, val_loss, model):
        self.bad = 0 if val_loss < self.best_loss - self.min_delta else self.bad + 1
        if val_loss < self.best_loss:
            self.best_loss, self.best_epoch = val_loss, self.calls
            self.best = copy.deepcopy(model.state_dict())
        self.calls += 1
        return self.bad >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best)


# %% wrong EarlyStopping.not_a_number: asks for the lack of improvement, so that nan counts as one
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls, self.bad = 0, 0

    def step(self, val_loss, model):
        if val_loss >= self.best_loss - self.min_delta:
            self.bad += 1
        else:
            self.best_loss, self.best_epoch, self.bad = val_loss, self.calls, 0
            self.best = copy.deepcopy(model.state_dict())
        self.calls += 1
        return self.bad >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best)


# %% wrong EarlyStopping.parameters_alone: buffers, such as running means, are forgotten
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls, self.bad = 0, 0

    def step(self, val_loss, model):
        if val_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch, self.bad = val_loss, self.calls, 0
            self.best = [p.detach().clone() for p in model.parameters()]
        else:
            self.bad += 1
        self.calls += 1
        return self.bad >= self.patience

    def restore(self, model):
        with torch.no_grad():
            for p, best in zip(model.parameters(), self.best, strict=True):
                p.copy_(best)


# %% wrong EarlyStopping.hands_out_the_copy: after restore the model's tensors are the stored ones
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls, self.bad = 0, 0

    def step(self, val_loss, model):
        if val_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch, self.bad = val_loss, self.calls, 0
            self.best = copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        self.calls += 1
        return self.bad >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best, assign=True)


# %% wrong EarlyStopping.from_one: the first call is number 1
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.calls, self.bad = 0, 0

    def step(self, val_loss, model):
        self.calls += 1
        if val_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch, self.bad = val_loss, self.calls, 0
            self.best = copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        return self.bad >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best)


# %% right EarlyStopping.clones: a counter, and clones of the tensors
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.epoch, self.bad = -1, 0
        self.weights = {}

    def step(self, val_loss, model):
        self.epoch += 1
        if self.best_loss - val_loss > self.min_delta:
            self.best_loss, self.best_epoch = float(val_loss), self.epoch
            self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}
            self.bad = 0
            return False
        self.bad += 1
        return not self.bad < self.patience

    def restore(self, model):
        with torch.no_grad():
            for name, value in model.state_dict().items():
                value.copy_(self.weights[name])


# %% right EarlyStopping.history: keeps all losses and a copy of the whole model
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError(f"patience must be at least 1; it is {patience}")
        if min_delta < 0:
            raise ValueError(f"min_delta must not be negative; it is {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch = math.inf, None
        self.losses = []

    def step(self, val_loss, model):
        self.losses.append(val_loss)
        if np.array(val_loss) + self.min_delta < self.best_loss:
            self.best_loss, self.best_epoch = val_loss, len(self.losses) - 1
            self.best_model = copy.deepcopy(model)
        first = -1 if self.best_epoch is None else self.best_epoch
        return len(self.losses) - 1 - first >= self.patience

    def restore(self, model):
        model.load_state_dict(self.best_model.state_dict())


# %% wrong dropout.not_inverted: what is kept is not scaled
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if not training:
        return x
    return x * (torch.rand(x.shape, generator=generator) >= p)


# %% wrong dropout.scaled_afterwards: the old form, which scales outside training
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if not training:
        return x * (1 - p)
    return x * (torch.rand(x.shape, generator=generator) >= p)


# %% wrong dropout.keeps_p: p is taken for the probability to keep
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if not training or p == 0:
        return x
    return x * (torch.rand(x.shape, generator=generator) < p) / p


# %% wrong dropout.always: no difference between training and use
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)


# %% wrong dropout.whole_columns: a unit is dropped for all samples at once
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if not training:
        return x
    return x * (torch.rand(x.shape[-1:], generator=generator) >= p) / (1 - p)


# %% wrong dropout.global_state: the generator is ignored
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    return F.dropout(x, p, training)


# %% wrong dropout.seeded: the same mask in every call
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if not training:
        return x
    generator = torch.Generator().manual_seed(0)
    return x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)


# %% wrong dropout.in_place: the caller's values are changed
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if training:
        x.data[torch.rand(x.shape, generator=generator) < p] = 0
        x = x / (1 - p)
    return x


# %% wrong dropout.exact_share: exactly a share p is dropped, so entries are not independent; and other ones than asked
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if not training:
        return x
    kept = torch.ones(x.numel(), dtype=x.dtype)
    kept[: round(p * x.numel())] = 0
    return x * kept.reshape(x.shape) / (1 - p)


# %% wrong dropout.no_gradient: the mask is applied to the data behind autograd's back
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if not training:
        return x
    return x + (x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p) - x).detach()


# %% wrong dropout.float32: the result has the usual dtype instead of x's
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if not training:
        return x
    return (x * (torch.rand(x.shape, generator=generator) >= p) / (1 - p)).float()


# %% right dropout.bernoulli: the mask from torch.bernoulli, with x's dtype
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if not training or p == 0:
        return x.clone()
    kept = torch.bernoulli(torch.full_like(x, 1 - p, requires_grad=False), generator=generator)
    return x * kept.div_(1 - p)


# %% right dropout.where: chosen by torch.where, with uniform numbers of x's dtype
def dropout(x, p, training, generator=None):
    if not 0 <= p < 1:
        raise ValueError(f"p must lie in [0, 1); it is {p}")
    if training:
        u = torch.empty_like(x, requires_grad=False).uniform_(generator=generator)
        return torch.where(u > p, x / (1 - p), torch.zeros_like(x)) if p else x
    return x


# %% wrong weight_decay_step_.no_decay: the penalty is forgotten
def weight_decay_step_(params, grads, lr, weight_decay):
    if len(params) != len(grads) or any(p.shape != g.shape for p, g in zip(params, grads, strict=True)):
        raise ValueError(f"params and grads do not fit: {[tuple(g.shape) for g in grads]}")
    with torch.no_grad():
        for p, g in zip(params, grads, strict=True):
            p -= lr * g


# %% wrong weight_decay_step_.without_rate: shrinks by weight_decay, whatever the learning rate
def weight_decay_step_(params, grads, lr, weight_decay):
    if len(params) != len(grads) or any(p.shape != g.shape for p, g in zip(params, grads, strict=True)):
        raise ValueError(f"params and grads do not fit: {[tuple(g.shape) for g in grads]}")
    with torch.no_grad():
        for p, g in zip(params, grads, strict=True):
            p *= 1 - weight_decay
            p -= lr * g


# %% wrong weight_decay_step_.after_the_step: shrinks the weight after the gradient was subtracted
def weight_decay_step_(params, grads, lr, weight_decay):
    if len(params) != len(grads) or any(p.shape != g.shape for p, g in zip(params, grads, strict=True)):
        raise ValueError(f"params and grads do not fit: {[tuple(g.shape) for g in grads]}")
    with torch.no_grad():
        for p, g in zip(params, grads, strict=True):
            p -= lr * g
            p *= 1 - lr * weight_decay


# %% wrong weight_decay_step_.new_tensors: the list gets new tensors, and the model keeps its own
def weight_decay_step_(params, grads, lr, weight_decay):
    if len(params) != len(grads) or any(p.shape != g.shape for p, g in zip(params, grads, strict=True)):
        raise ValueError(f"params and grads do not fit: {[tuple(g.shape) for g in grads]}")
    for i, g in enumerate(grads):
        params[i] = params[i] - lr * (g + weight_decay * params[i])


# %% wrong weight_decay_step_.two_lambda: the gradient of lambda times the sum of squares
def weight_decay_step_(params, grads, lr, weight_decay):
    if len(params) != len(grads) or any(p.shape != g.shape for p, g in zip(params, grads, strict=True)):
        raise ValueError(f"params and grads do not fit: {[tuple(g.shape) for g in grads]}")
    with torch.no_grad():
        for p, g in zip(params, grads, strict=True):
            p -= lr * (g + 2 * weight_decay * p)


# %% wrong weight_decay_step_.changes_grads: the penalty is added to the caller's gradients
def weight_decay_step_(params, grads, lr, weight_decay):
    if len(params) != len(grads) or any(p.shape != g.shape for p, g in zip(params, grads, strict=True)):
        raise ValueError(f"params and grads do not fit: {[tuple(g.shape) for g in grads]}")
    with torch.no_grad():
        for p, g in zip(params, grads, strict=True):
            g += weight_decay * p
            p -= lr * g


# %% wrong weight_decay_step_.weights_alone: spares everything with fewer than two dimensions
def weight_decay_step_(params, grads, lr, weight_decay):
    if len(params) != len(grads) or any(p.shape != g.shape for p, g in zip(params, grads, strict=True)):
        raise ValueError(f"params and grads do not fit: {[tuple(g.shape) for g in grads]}")
    with torch.no_grad():
        for p, g in zip(params, grads, strict=True):
            p -= lr * (g + (weight_decay * p if p.ndim > 1 else 0))


# %% wrong weight_decay_step_.grows: the sign of the decay
def weight_decay_step_(params, grads, lr, weight_decay):
    if len(params) != len(grads) or any(p.shape != g.shape for p, g in zip(params, grads, strict=True)):
        raise ValueError(f"params and grads do not fit: {[tuple(g.shape) for g in grads]}")
    with torch.no_grad():
        for p, g in zip(params, grads, strict=True):
            p -= lr * (g - weight_decay * p)


# %% right weight_decay_step_.shrink_first: the second form of the text
def weight_decay_step_(params, grads, lr, weight_decay):
    if len(params) != len(grads) or any(p.shape != g.shape for p, g in zip(params, grads, strict=True)):
        raise ValueError(f"params ({len(params)}) and grads do not fit: {[tuple(g.shape) for g in grads]}")
    for p, g in zip(params, grads, strict=True):
        p.data.mul_(1 - lr * weight_decay).sub_(g, alpha=lr)


# %% right weight_decay_step_.by_torch: torch's own optimiser takes the step
def weight_decay_step_(params, grads, lr, weight_decay):
    if len(params) != len(grads) or any(p.shape != g.shape for p, g in zip(params, grads, strict=True)):
        raise ValueError(f"params ({len(params)}) and grads do not fit: {[tuple(g.shape) for g in grads]}")
    for p, g in zip(params, grads, strict=True):
        twin = p.detach().requires_grad_()
        twin.grad = g.clone()
        torch.optim.SGD([twin], lr=lr, weight_decay=weight_decay).step()


# %% wrong random_shift.wraps: what leaves on one side comes in on the other
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images {tuple(images.shape)}, max_shift {max_shift}")
    shifts = torch.randint(-max_shift, max_shift + 1, (len(images), 2), generator=generator).tolist()
    return torch.stack([image.roll(shift, (0, 1)) for image, shift in zip(images, shifts, strict=True)])


# %% wrong random_shift.all_alike: one shift for the whole stack
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images {tuple(images.shape)}, max_shift {max_shift}")
    n, h, w = images.shape
    padded = F.pad(images, (max_shift,) * 4)
    r, c = torch.randint(0, 2 * max_shift + 1, (2,), generator=generator).tolist()
    return padded[:, r : r + h, c : c + w].clone()


# %% wrong random_shift.diagonal: one number for rows and columns
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images {tuple(images.shape)}, max_shift {max_shift}")
    n, h, w = images.shape
    padded = F.pad(images, (max_shift,) * 4)
    corners = torch.randint(0, 2 * max_shift + 1, (n,), generator=generator).tolist()
    return torch.stack([padded[i, k : k + h, k : k + w] for i, k in enumerate(corners)])


# %% wrong random_shift.one_short: the largest shift down and to the right never occurs
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images {tuple(images.shape)}, max_shift {max_shift}")
    n, h, w = images.shape
    padded = F.pad(images, (max_shift,) * 4)
    corners = torch.randint(0, max(2 * max_shift, 1), (n, 2), generator=generator).tolist()
    return torch.stack([padded[i, r : r + h, c : c + w] for i, (r, c) in enumerate(corners)])


# %% wrong random_shift.one_direction: shifts up and to the left alone
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images {tuple(images.shape)}, max_shift {max_shift}")
    n, h, w = images.shape
    padded = F.pad(images, (0, max_shift, 0, max_shift))
    corners = torch.randint(0, max_shift + 1, (n, 2), generator=generator).tolist()
    return torch.stack([padded[i, r : r + h, c : c + w] for i, (r, c) in enumerate(corners)])


# %% wrong random_shift.rounded: a rounded uniform number, whose ends are half as likely
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images {tuple(images.shape)}, max_shift {max_shift}")
    n, h, w = images.shape
    padded = F.pad(images, (max_shift,) * 4)
    corners = (torch.rand(n, 2, generator=generator) * 2 * max_shift).round().long().tolist()
    return torch.stack([padded[i, r : r + h, c : c + w] for i, (r, c) in enumerate(corners)])


# %% wrong random_shift.global_state: the generator is ignored
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images {tuple(images.shape)}, max_shift {max_shift}")
    n, h, w = images.shape
    padded = F.pad(images, (max_shift,) * 4)
    corners = torch.randint(0, 2 * max_shift + 1, (n, 2)).tolist()
    return torch.stack([padded[i, r : r + h, c : c + w] for i, (r, c) in enumerate(corners)])


# %% wrong random_shift.replicates: the edge is repeated instead of zeros
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images {tuple(images.shape)}, max_shift {max_shift}")
    n, h, w = images.shape
    rows = torch.randint(-max_shift, max_shift + 1, (n, 1), generator=generator) + torch.arange(h)
    columns = torch.randint(-max_shift, max_shift + 1, (n, 1), generator=generator) + torch.arange(w)
    rows, columns = rows.clamp(0, h - 1), columns.clamp(0, w - 1)
    return images[torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]


# %% wrong random_shift.in_place: writes into the caller's images
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images {tuple(images.shape)}, max_shift {max_shift}")
    n, h, w = images.shape
    padded = F.pad(images, (max_shift,) * 4)
    for i in range(n):
        r, c = torch.randint(0, 2 * max_shift + 1, (2,), generator=generator).tolist()
        images[i] = padded[i, r : r + h, c : c + w]
    return images


# %% wrong random_shift.floats: the result is float32, whatever came
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images {tuple(images.shape)}, max_shift {max_shift}")
    n, h, w = images.shape
    out = torch.zeros(n, h, w)
    padded = F.pad(images, (max_shift,) * 4)
    for i in range(n):
        r, c = torch.randint(0, 2 * max_shift + 1, (2,), generator=generator).tolist()
        out[i] = padded[i, r : r + h, c : c + w]
    return out


# %% right random_shift.slices: a loop that copies the overlapping part
def random_shift(images, max_shift, generator):
    if images.ndim != 3 or max_shift < 0:
        raise ValueError(f"images must be (n, h, w), not {tuple(images.shape)}; max_shift {max_shift}")
    n, h, w = images.shape
    out = torch.zeros_like(images)
    for i in range(n):
        r = int(torch.randint(-max_shift, max_shift + 1, (1,), generator=generator))
        c = int(torch.randint(-max_shift, max_shift + 1, (1,), generator=generator))
        if abs(r) < h and abs(c) < w:
            out[i, max(r, 0) : h + min(r, 0), max(c, 0) : w + min(c, 0)] = images[
                i, max(-r, 0) : h - max(r, 0), max(-c, 0) : w - max(c, 0)
            ]
    return out


# %% wrong batch_norm.biased_running: the running variance has divisor n
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
        with torch.no_grad():
            running_mean.lerp_(mean, momentum)
            running_var.lerp_(var, momentum)
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


# %% wrong batch_norm.unbiased_everywhere: divisor n - 1 in the output too
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(dim=0), x.var(dim=0)
        with torch.no_grad():
            running_mean.lerp_(mean, momentum)
            running_var.lerp_(var, momentum)
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


# %% wrong batch_norm.other_momentum: momentum is taken for the share of the old value
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
        with torch.no_grad():
            running_mean.copy_(momentum * running_mean + (1 - momentum) * mean)
            running_var.copy_(momentum * running_var + (1 - momentum) * x.var(dim=0))
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


# %% wrong batch_norm.not_in_place: the running statistics are new local names
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * x.var(dim=0)
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


# %% wrong batch_norm.recorded: the running statistics drag the graph of every batch along
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
        running_mean.mul_(1 - momentum).add_(momentum * mean)
        running_var.mul_(1 - momentum).add_(momentum * x.var(dim=0))
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


# %% wrong batch_norm.constant_statistics: mean and variance are treated as constants in the gradient
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    mean, var = running_mean, running_var
    if training:
        with torch.no_grad():
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            running_mean.lerp_(mean, momentum)
            running_var.lerp_(x.var(dim=0), momentum)
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


# %% wrong batch_norm.running_in_training: standardises by the running statistics in training too
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    if training:
        with torch.no_grad():
            running_mean.lerp_(x.mean(dim=0), momentum)
            running_var.lerp_(x.var(dim=0), momentum)
    return gamma * (x - running_mean.clone()) / torch.sqrt(running_var.clone() + eps) + beta


# %% wrong batch_norm.batch_always: uses the batch's statistics outside training
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
    if training:
        with torch.no_grad():
            running_mean.lerp_(mean, momentum)
            running_var.lerp_(x.var(dim=0), momentum)
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta


# %% wrong batch_norm.eps_outside: eps is added to the standard deviation
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    mean, var = running_mean, running_var
    if training:
        mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
        with torch.no_grad():
            running_mean.lerp_(mean, momentum)
            running_var.lerp_(x.var(dim=0), momentum)
    return gamma * (x - mean) / (torch.sqrt(var) + eps) + beta


# %% wrong batch_norm.rows: each image is standardised on its own, as layer normalisation does it
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    if training:
        with torch.no_grad():
            running_mean.lerp_(x.mean(dim=0), momentum)
            running_var.lerp_(x.var(dim=0), momentum)
        return (
            gamma * (x - x.mean(dim=1, keepdim=True)) / torch.sqrt(x.var(dim=1, keepdim=True, correction=0) + eps)
            + beta
        )
    return gamma * (x - running_mean) / torch.sqrt(running_var + eps) + beta


# %% right batch_norm.by_sums: sums, and the weights folded into one factor and one shift
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and x.shape[0] < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    n = x.shape[0]
    if training:
        mean = x.sum(0) / n
        centred = x - mean
        var = (centred * centred).sum(0) / n
        running_mean.mul_(1 - momentum).add_(mean.detach(), alpha=momentum)
        running_var.mul_(1 - momentum).add_(var.detach() * n / (n - 1), alpha=momentum)
    else:
        mean, var = running_mean, running_var
        centred = x - mean
    return centred * ((var + eps) ** -0.5 * gamma) + beta


# %% right batch_norm.by_torch: torch's own
def batch_norm(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim != 2 or (training and len(x) < 2):
        raise ValueError(f"x has shape {tuple(x.shape)}")
    return F.batch_norm(x, running_mean, running_var, gamma, beta, training, momentum, eps)


# %% wrong predict_labels.training_mode: the mode is left as it is
def predict_labels(model, X):
    with torch.no_grad():
        return model(X).argmax(dim=1)


# %% wrong predict_labels.not_restored: the model stays in evaluation mode
def predict_labels(model, X):
    model.eval()
    with torch.no_grad():
        return model(X).argmax(dim=1)


# %% wrong predict_labels.always_train: the model is left in training mode, however it came
def predict_labels(model, X):
    model.eval()
    with torch.no_grad():
        labels = model(X).argmax(dim=1)
    model.train()
    return labels


# %% wrong predict_labels.outer_mode: all parts get the mode of the whole
def predict_labels(model, X):
    mode = model.training
    model.eval()
    with torch.no_grad():
        labels = model(X).argmax(dim=1)
    model.train(mode)
    return labels


# %% wrong predict_labels.recorded: builds a graph that nobody needs
def predict_labels(model, X):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    labels = model(X).argmax(dim=1)
    for module, mode in modes:
        module.training = mode
    return labels


# %% wrong predict_labels.over_samples: the largest score of each class instead of each sample
def predict_labels(model, X):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    with torch.no_grad():
        labels = model(X).argmax(dim=0)
    for module, mode in modes:
        module.training = mode
    return labels


# %% wrong predict_labels.last_tie: of equal scores the highest class
def predict_labels(model, X):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    with torch.no_grad():
        scores = model(X)
        labels = scores.shape[1] - 1 - scores.flip(1).argmax(dim=1)
    for module, mode in modes:
        module.training = mode
    return labels


# %% wrong predict_labels.off_for_good: recording stays switched off after the call
def predict_labels(model, X):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    torch.set_grad_enabled(False)
    labels = model(X).argmax(dim=1)
    for module, mode in modes:
        module.training = mode
    return labels


# %% right predict_labels.decorated: inference mode, and names of modules
@torch.inference_mode()
def predict_labels(model, X):
    before = {name: module.training for name, module in model.named_modules()}
    try:
        return model.eval()(X).max(dim=1).indices.clone()
    finally:
        for name, module in model.named_modules():
            module.training = before[name]


# %% right predict_labels.deep_copy: a copy of the model is switched and asked
def predict_labels(model, X):
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        return torch.argmax(twin(X), dim=-1)


# %% wrong accuracy_standard_error.no_root: the variance
def accuracy_standard_error(p, n):
    if not 0 <= p <= 1 or n < 1:
        raise ValueError(f"p must lie in [0, 1] and n must be at least 1; they are {p} and {n}")
    return p * (1 - p) / n


# %% wrong accuracy_standard_error.one_sample: the standard deviation of one answer
def accuracy_standard_error(p, n):
    if not 0 <= p <= 1 or n < 1:
        raise ValueError(f"p must lie in [0, 1] and n must be at least 1; they are {p} and {n}")
    return math.sqrt(p * (1 - p))


# %% wrong accuracy_standard_error.by_n: divides by n instead of its root
def accuracy_standard_error(p, n):
    if not 0 <= p <= 1 or n < 1:
        raise ValueError(f"p must lie in [0, 1] and n must be at least 1; they are {p} and {n}")
    return math.sqrt(p * (1 - p)) / n


# %% wrong accuracy_standard_error.sample_divisor: divisor n - 1
def accuracy_standard_error(p, n):
    if not 0 <= p <= 1 or n < 1:
        raise ValueError(f"p must lie in [0, 1] and n must be at least 1; they are {p} and {n}")
    return math.sqrt(p * (1 - p) / max(n - 1, 1))


# %% wrong accuracy_standard_error.worst_case: the largest error, at one half
def accuracy_standard_error(p, n):
    if not 0 <= p <= 1 or n < 1:
        raise ValueError(f"p must lie in [0, 1] and n must be at least 1; they are {p} and {n}")
    return 0.5 / math.sqrt(n)


# %% wrong accuracy_standard_error.two_errors: the half width of a 95 % interval
def accuracy_standard_error(p, n):
    if not 0 <= p <= 1 or n < 1:
        raise ValueError(f"p must lie in [0, 1] and n must be at least 1; they are {p} and {n}")
    return 1.96 * math.sqrt(p * (1 - p) / n)


# %% right accuracy_standard_error.numpy: with NumPy's root and p - p^2
def accuracy_standard_error(p, n):
    if not 0 <= p <= 1:
        raise ValueError(f"p must lie in [0, 1]; it is {p}")
    if n < 1:
        raise ValueError(f"n must be at least 1; it is {n}")
    return np.sqrt(p * (1.0 - p)) / np.sqrt(n)


# %% wrong mcnemar_p_value.one_sided: one tail alone
def mcnemar_p_value(b, c):
    if b < 0 or c < 0:
        raise ValueError(f"b and c must not be negative; they are {b} and {c}")
    m = b + c
    return sum(math.comb(m, k) for k in range(min(b, c) + 1)) / 2**m


# %% wrong mcnemar_p_value.above_one: both tails without the minimum
def mcnemar_p_value(b, c):
    if b < 0 or c < 0:
        raise ValueError(f"b and c must not be negative; they are {b} and {c}")
    m = b + c
    return 2 * sum(math.comb(m, k) for k in range(min(b, c) + 1)) / 2**m


# %% wrong mcnemar_p_value.exclusive: the observed split itself is left out
def mcnemar_p_value(b, c):
    if b < 0 or c < 0:
        raise ValueError(f"b and c must not be negative; they are {b} and {c}")
    m = b + c
    return 1.0 if b == c else 2 * sum(math.comb(m, k) for k in range(min(b, c))) / 2**m


# %% wrong mcnemar_p_value.chi_square: the approximation by a chi-square distribution
def mcnemar_p_value(b, c):
    from scipy.stats import chi2

    if b < 0 or c < 0:
        raise ValueError(f"b and c must not be negative; they are {b} and {c}")
    return 1.0 if b == c else float(chi2.sf((abs(b - c) - 1) ** 2 / (b + c), 1))


# %% wrong mcnemar_p_value.first_tail: takes b for the smaller count
def mcnemar_p_value(b, c):
    if b < 0 or c < 0:
        raise ValueError(f"b and c must not be negative; they are {b} and {c}")
    m = b + c
    return min(1.0, 2 * sum(math.comb(m, k) for k in range(b + 1)) / 2**m)


# %% wrong mcnemar_p_value.underflow: multiplies by a float that is 0 for many samples
def mcnemar_p_value(b, c):
    if b < 0 or c < 0:
        raise ValueError(f"b and c must not be negative; they are {b} and {c}")
    from scipy.special import comb

    m = b + c
    with np.errstate(all="ignore"):
        tail = np.sum(comb(m, np.arange(min(b, c) + 1)) * 0.5**m)
    return float(min(1.0, 2 * np.nan_to_num(tail)))


# %% wrong mcnemar_p_value.point: the probability of just this split, twice
def mcnemar_p_value(b, c):
    if b < 0 or c < 0:
        raise ValueError(f"b and c must not be negative; they are {b} and {c}")
    return 1.0 if b == c else 2 * math.comb(b + c, b) / 2 ** (b + c)


# %% right mcnemar_p_value.scipy: SciPy's exact binomial test
def mcnemar_p_value(b, c):
    from scipy.stats import binomtest

    if b < 0 or c < 0:
        raise ValueError(f"b and c must not be negative; they are {b} and {c}")
    return float(binomtest(b, b + c, 0.5).pvalue) if b + c else 1.0


# %% right mcnemar_p_value.logarithms: the terms from log-gamma functions
def mcnemar_p_value(b, c):
    if b < 0 or c < 0:
        raise ValueError(f"b and c must not be negative; they are {b} and {c}")
    m = b + c
    if b == c:
        return 1.0
    terms = [
        math.exp(math.lgamma(m + 1) - math.lgamma(k + 1) - math.lgamma(m - k + 1) - m * math.log(2))
        for k in range(min(b, c) + 1)
    ]
    return min(1.0, 2 * math.fsum(terms))
