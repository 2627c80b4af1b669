# Answers to ps00_welcome. Each is run in place of the exercise's solution cell; docstrings are left out.

# %% wrong one_hot.negative_wraps: a label of -1 sets the last column, since only large labels are refused
def one_hot(labels, n_classes):
    if (labels >= n_classes).any():
        raise ValueError(f"label {labels.max()} is too large")
    rows = np.zeros((len(labels), n_classes))
    rows[np.arange(len(labels)), labels] = 1
    return rows


# %% wrong one_hot.transposed: classes are rows and samples are columns
def one_hot(labels, n_classes):
    for label in labels:
        if not 0 <= label < n_classes:
            raise ValueError(f"{label} is not a class")
    columns = np.zeros((n_classes, len(labels)))
    columns[labels, np.arange(len(labels))] = 1
    return columns


# %% wrong one_hot.as_many_as_seen: the width comes from the labels, so a class that never occurs is lost
def one_hot(labels, n_classes):
    if labels.size and (labels.min() < 0 or labels.max() >= n_classes):
        raise ValueError(f"labels {labels.min()} to {labels.max()} do not fit")
    rows = np.zeros((len(labels), max(labels) + 1))
    rows[np.arange(len(labels)), labels] = 1.0
    return rows


# %% wrong one_hot.integers: the rows are integers, not floats
def one_hot(labels, n_classes):
    for label in labels:
        if label < 0 or label >= n_classes:
            raise ValueError(f"bad label {label}")
    return np.eye(n_classes, dtype=int)[labels]


# %% wrong one_hot.ones_based: takes labels from 1 to n_classes
def one_hot(labels, n_classes):
    if (labels < 0).any() or (labels > n_classes).any():
        raise ValueError("label outside of range")
    rows = np.zeros((len(labels), n_classes))
    for i, label in enumerate(labels):
        rows[i, label - 1] = 1.0
    return rows


# %% wrong one_hot.all_columns: an index with a slice sets whole columns
def one_hot(labels, n_classes):
    outside = (labels < 0) | (labels >= n_classes)
    if outside.any():
        raise ValueError(f"label {labels[outside][0]} outside 0..{n_classes - 1}")
    rows = np.zeros((len(labels), n_classes))
    rows[:, labels] = 1.0
    return rows


# %% wrong one_hot.fails_on_nothing: the largest of no labels is asked for
def one_hot(labels, n_classes):
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(f"labels {labels.min()} to {labels.max()} do not fit {n_classes} classes")
    return np.eye(n_classes)[labels]


# %% wrong one_hot.first_of_each: only the first sample of each class gets its 1
def one_hot(labels, n_classes):
    rows = np.zeros((len(labels), n_classes))
    for label in set(labels.tolist()):
        if not 0 <= label < n_classes:
            raise ValueError(f"label {label} is not a class")
        rows[labels.tolist().index(label), label] = 1
    return rows


# %% right one_hot.loop: one entry at a time
def one_hot(labels, n_classes):
    rows = np.zeros((labels.shape[0], n_classes))
    for row, label in zip(rows, labels):
        if label not in range(n_classes):
            raise ValueError(f"there is no class {label}; classes are 0 to {n_classes - 1}")
        row[label] = 1
    return rows


# %% right one_hot.comparison: compares every label with every class
def one_hot(labels, n_classes):
    bad = [int(label) for label in labels if not 0 <= label <= n_classes - 1]
    if bad:
        raise ValueError(f"labels {bad} outside the range")
    return (labels[:, None] == np.arange(n_classes)).astype(float)


# %% wrong accuracy.error_rate: the share of wrong predictions
def accuracy(y_true, y_pred):
    if len(y_true) == 0 or len(y_true) != len(y_pred):
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    if y_pred.ndim == 2:
        y_pred = np.argmax(y_pred, axis=1)
    return float(np.mean(y_true != y_pred))


# %% wrong accuracy.count: how many are right, not which share
def accuracy(y_true, y_pred):
    if y_true.size == 0 or len(y_true) != len(y_pred):
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    if y_pred.ndim > 1:
        y_pred = y_pred.argmax(axis=1)
    return float((y_true == y_pred).sum())


# %% wrong accuracy.per_cent: in per cent
def accuracy(y_true, y_pred):
    if len(y_true) == 0 or len(y_true) != len(y_pred):
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    if y_pred.ndim == 2:
        y_pred = y_pred.argmax(axis=1)
    return 100.0 * (y_true == y_pred).mean()


# %% wrong accuracy.wrong_axis: the largest score of each column
def accuracy(y_true, y_pred):
    if len(y_true) == 0 or len(y_true) != len(y_pred):
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    if y_pred.ndim == 2:
        y_pred = y_pred.argmax(axis=0)
    return float(np.mean(y_true == y_pred))


# %% wrong accuracy.broadcasts: mismatched lengths are compared by broadcasting
def accuracy(y_true, y_pred):
    if len(y_true) == 0:
        raise ValueError(f"no samples: {y_true.shape}")
    if y_pred.ndim == 2:
        y_pred = y_pred.argmax(axis=1)
    return float(np.mean(y_true == y_pred))


# %% wrong accuracy.empty_is_zero: no samples give 0 instead of an error
def accuracy(y_true, y_pred):
    if len(y_true) != len(y_pred):
        raise ValueError(f"y_true has shape {y_true.shape} but y_pred {y_pred.shape}")
    if len(y_true) == 0:
        return 0.0
    if y_pred.ndim == 2:
        y_pred = y_pred.argmax(axis=1)
    return (y_pred == y_true).mean()


# %% wrong accuracy.one_column: scores for a single class are taken for labels
def accuracy(y_true, y_pred):
    if len(y_true) == 0 or len(y_true) != len(y_pred):
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    if y_pred.ndim == 2 and y_pred.shape[1] > 1:
        y_pred = y_pred.argmax(axis=1)
    return float(np.mean(y_true == y_pred.ravel()))


# %% wrong accuracy.best_from_zero: looks for a score above 0, so negative scores all mean class 0
def accuracy(y_true, y_pred):
    if len(y_true) == 0 or len(y_true) != len(y_pred):
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    if y_pred.ndim == 2:
        labels = []
        for row in y_pred:
            best, best_score = 0, 0.0
            for label, score in enumerate(row):
                if score > best_score:
                    best, best_score = label, score
            labels.append(best)
        y_pred = np.array(labels)
    return float(np.mean(y_true == y_pred))


# %% wrong accuracy.rounded: rounded to two digits
def accuracy(y_true, y_pred):
    if len(y_true) == 0 or len(y_true) != len(y_pred):
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    if y_pred.ndim == 2:
        y_pred = y_pred.argmax(axis=1)
    return round(float(np.mean(y_true == y_pred)), 2)


# %% wrong accuracy.unchecked_scores: only labels are checked; scores that do not fit end in NumPy's own error
def accuracy(y_true, y_pred):
    if len(y_true) == 0 or (y_pred.ndim == 1 and len(y_true) != len(y_pred)):
        raise ValueError(f"shapes {y_true.shape} and {y_pred.shape}")
    if y_pred.ndim == 2:
        y_pred = y_pred.argmax(axis=1)
    return float(np.mean(y_true == y_pred))


# %% right accuracy.loop: counts in a loop
def accuracy(y_true, y_pred):
    n = len(y_true)
    if n == 0 or n != len(y_pred):
        raise ValueError(f"cannot compare {y_true.shape} with {y_pred.shape}")
    right = 0
    for truth, prediction in zip(y_true, y_pred):
        if np.ndim(prediction) == 1:
            prediction = list(prediction).index(max(prediction))
        right += truth == prediction
    return right / n


# %% right accuracy.sklearn: with scikit-learn, which refuses nothing by itself here
def accuracy(y_true, y_pred):
    from sklearn.metrics import accuracy_score

    if len(y_true) != len(y_pred) or not len(y_true):
        raise ValueError(f"y_true {y_true.shape}, y_pred {y_pred.shape}")
    return accuracy_score(y_true, y_pred if y_pred.ndim == 1 else np.argmax(y_pred, axis=1))


# %% wrong seed_everything.no_torch: PyTorch is left as it is
def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    return np.random.default_rng(seed)


# %% wrong seed_everything.no_python: Python's own generator is left as it is
def seed_everything(seed):
    np.random.seed(seed)
    torch.manual_seed(seed)
    return np.random.default_rng(seed)


# %% wrong seed_everything.unseeded_generator: the generator that is returned has no seed
def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return np.random.default_rng()


# %% wrong seed_everything.constant: always the same seed
def seed_everything(seed):
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    return np.random.default_rng(0)


# %% wrong seed_everything.nothing_returned: forgets to return the generator
def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    np.random.default_rng(seed)


# %% wrong seed_everything.legacy_state: returns NumPy's old global state
def seed_everything(seed):
    random.seed(seed)
    torch.manual_seed(seed)
    np.random.seed(seed)
    return np.random


# %% wrong seed_everything.shared: the same generator object at every call
generators = {}


def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return generators.setdefault(seed, np.random.default_rng(seed))


# %% wrong seed_everything.python_offset: random.seed gets another seed than the one asked for
def seed_everything(seed):
    random.seed(seed + 1)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return np.random.default_rng(seed)


# %% wrong seed_everything.numpy_offset: np.random.seed gets another seed than the one asked for
def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed + 1)
    torch.manual_seed(seed)
    return np.random.default_rng(seed)


# %% wrong seed_everything.torch_offset: torch.manual_seed gets another seed than the one asked for
def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed + 1)
    return np.random.default_rng(seed)


# %% wrong seed_everything.one_generator: one generator for the whole session, set back at each call
SESSION = np.random.default_rng()


def seed_everything(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    SESSION.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    return SESSION


# %% right seed_everything.other_order: other order, other constructor
def seed_everything(seed):
    generator = np.random.Generator(np.random.PCG64(seed))
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    return generator


# %% right seed_everything.loop: one seeding function after the other
def seed_everything(seed):
    for seeder in (random.seed, torch.random.manual_seed, np.random.seed):
        seeder(seed)
    return np.random.default_rng(np.random.SeedSequence(seed))
