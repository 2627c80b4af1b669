# Answers to ps03_digits_multiclass. Each is run in place of the exercise's solution cell; docstrings are left out, and so are
# the checks that the starter gives, where they don't matter.

# %% wrong components_for_variance.one_short: the components before the fraction is reached
def components_for_variance(X, fraction):
    shares = PCA().fit(X).explained_variance_ratio_
    return int(np.count_nonzero(np.cumsum(shares) < fraction - 1e-9))


# %% wrong components_for_variance.strictly_more: scikit-learn's own rule, which asks for more than the fraction
def components_for_variance(X, fraction):
    if fraction == 1:
        return min(X.shape)
    return int(PCA(n_components=fraction, svd_solver="full").fit(X).n_components_)


# %% wrong components_for_variance.no_tolerance: rounding decides where a sum meets the fraction
def components_for_variance(X, fraction):
    shares = PCA().fit(X).explained_variance_ratio_
    return int(np.argmax(np.cumsum(shares) >= fraction)) + 1


# %% wrong components_for_variance.each_share: counts components that are large by themselves
def components_for_variance(X, fraction):
    shares = PCA().fit(X).explained_variance_ratio_
    return int(np.count_nonzero(shares >= 1 - fraction)) + 1


# %% wrong components_for_variance.singular_values: adds up standard deviations instead of variances
def components_for_variance(X, fraction):
    values = PCA().fit(X).singular_values_
    return int(np.count_nonzero(np.cumsum(values / values.sum()) < fraction - 1e-9)) + 1


# %% wrong components_for_variance.not_centred: the mean is left in
def components_for_variance(X, fraction):
    variances = np.linalg.svd(X.astype(float), compute_uv=False) ** 2
    return int(np.count_nonzero(np.cumsum(variances / variances.sum()) < fraction - 1e-9)) + 1


# %% wrong components_for_variance.columns: the variances of the columns, largest first
def components_for_variance(X, fraction):
    variances = np.sort(X.var(axis=0))[::-1]
    return int(np.count_nonzero(np.cumsum(variances / variances.sum()) < fraction - 1e-9)) + 1


# %% wrong components_for_variance.standardised: every column is brought to variance 1 first
def components_for_variance(X, fraction):
    S = StandardScaler().fit_transform(X)
    shares = PCA().fit(S).explained_variance_ratio_
    return int(np.count_nonzero(np.cumsum(shares) < fraction - 1e-9)) + 1


# %% wrong components_for_variance.smallest_first: eigh gives the smallest eigenvalues first
def components_for_variance(X, fraction):
    values = np.linalg.eigvalsh(np.atleast_2d(np.cov(X, rowvar=False)))
    return int(np.count_nonzero(np.cumsum(values / values.sum()) < fraction - 1e-9)) + 1


# %% wrong components_for_variance.centres_in_place: writes into X
def components_for_variance(X, fraction):
    X -= X.mean(axis=0).astype(X.dtype)
    shares = PCA().fit(X).explained_variance_ratio_
    return int(np.count_nonzero(np.cumsum(shares) < fraction - 1e-9)) + 1


# %% right components_for_variance.svd: by the singular value decomposition, in a loop
def components_for_variance(X, fraction):
    X = X.astype(np.float64)
    variances = np.linalg.svd(X - X.mean(axis=0), compute_uv=False) ** 2
    kept, m = 0.0, 0
    while m < len(variances) and kept < (fraction - 1e-9) * variances.sum():
        kept += variances[m]
        m += 1
    return max(m, 1)


# %% right components_for_variance.searchsorted: by bisection, NumPy's own integer
def components_for_variance(X, fraction):
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must lie in (0, 1], got {fraction}")
    sums = np.cumsum(PCA(svd_solver="full").fit(X).explained_variance_ratio_)
    return np.searchsorted(sums, fraction - 1e-9) + 1


# %% right components_for_variance.covariance: eigenvalues of the covariance matrix
def components_for_variance(X, fraction):
    values = np.sort(np.linalg.eigvalsh(np.atleast_2d(np.cov(X.astype(float), rowvar=False))).clip(0))[::-1]
    missing = 1 - np.cumsum(values) / values.sum()
    return int(np.flatnonzero(missing < 1 - fraction + 1e-9)[0]) + 1


# %% wrong nearest_neighbour_curve.five_neighbours: scikit-learn's default number of neighbours
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = []
    for size in sizes:
        clf = KNeighborsClassifier()
        start = time.perf_counter()
        clf.fit(X_train[:size], y_train[:size])
        middle = time.perf_counter()
        labels = clf.predict(X_test)
        rows.append((size, np.mean(labels != y_test), middle - start, time.perf_counter() - middle))
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% wrong nearest_neighbour_curve.all_rows: every row is stored, whatever the size
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = []
    for size in sizes:
        clf = KNeighborsClassifier(1)
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        middle = time.perf_counter()
        labels = clf.predict(X_test)
        rows.append((size, np.mean(labels != y_test), middle - start, time.perf_counter() - middle))
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% wrong nearest_neighbour_curve.random_rows: a random sample of the rows instead of the first
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = []
    rng = np.random.default_rng(0)
    for size in sizes:
        chosen = rng.permutation(len(X_train))[:size]
        clf = KNeighborsClassifier(1)
        start = time.perf_counter()
        clf.fit(X_train[chosen], y_train[chosen])
        middle = time.perf_counter()
        labels = clf.predict(X_test)
        rows.append((size, np.mean(labels != y_test), middle - start, time.perf_counter() - middle))
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% wrong nearest_neighbour_curve.last_rows: the last rows instead of the first
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = []
    for size in sizes:
        clf = KNeighborsClassifier(1)
        start = time.perf_counter()
        clf.fit(X_train[-size:], y_train[-size:])
        middle = time.perf_counter()
        labels = clf.predict(X_test)
        rows.append((size, np.mean(labels != y_test), middle - start, time.perf_counter() - middle))
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% wrong nearest_neighbour_curve.one_start: the time to predict includes the fit
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = []
    for size in sizes:
        clf = KNeighborsClassifier(1)
        start = time.perf_counter()
        clf.fit(X_train[:size], y_train[:size])
        fit_seconds = time.perf_counter() - start
        labels = clf.predict(X_test)
        rows.append((size, np.mean(labels != y_test), fit_seconds, time.perf_counter() - start))
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% wrong nearest_neighbour_curve.predicts_twice: the error is measured between the readings as well
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = []
    for size in sizes:
        clf = KNeighborsClassifier(1)
        start = time.perf_counter()
        clf.fit(X_train[:size], y_train[:size])
        middle = time.perf_counter()
        clf.predict(X_test)
        error = 1 - clf.score(X_test, y_test)
        rows.append((size, error, middle - start, time.perf_counter() - middle))
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% wrong nearest_neighbour_curve.accuracy: the share of right labels
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = []
    for size in sizes:
        clf = KNeighborsClassifier(1)
        start = time.perf_counter()
        clf.fit(X_train[:size], y_train[:size])
        middle = time.perf_counter()
        labels = clf.predict(X_test)
        end = time.perf_counter()
        rows.append((size, np.mean(labels == y_test), middle - start, end - middle))
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% wrong nearest_neighbour_curve.training_part: errors on what is stored, which are none
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = []
    for size in sizes:
        clf = KNeighborsClassifier(1)
        start = time.perf_counter()
        clf.fit(X_train[:size], y_train[:size])
        middle = time.perf_counter()
        labels = clf.predict(X_train[:size])
        end = time.perf_counter()
        rows.append((size, np.mean(labels != y_train[:size]), middle - start, end - middle))
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% wrong nearest_neighbour_curve.seconds_each: the time for one sample instead of the whole part
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = []
    for size in sizes:
        clf = KNeighborsClassifier(1)
        start = time.perf_counter()
        clf.fit(X_train[:size], y_train[:size])
        middle = time.perf_counter()
        labels = clf.predict(X_test)
        seconds = (time.perf_counter() - middle) / len(X_test)
        rows.append((size, np.mean(labels != y_test), middle - start, seconds))
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% wrong nearest_neighbour_curve.sorted: from the smallest size to the largest
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = []
    for size in sorted(sizes):
        clf = KNeighborsClassifier(1)
        start = time.perf_counter()
        clf.fit(X_train[:size], y_train[:size])
        middle = time.perf_counter()
        labels = clf.predict(X_test)
        end = time.perf_counter()
        rows.append((size, np.mean(labels != y_test), middle - start, end - middle))
    return pd.DataFrame(rows, columns=["train_size", "error_rate", "fit_seconds", "predict_seconds"])


# %% wrong nearest_neighbour_curve.size_as_index: the sizes are the index instead of a column
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    rows = {}
    for size in sizes:
        clf = KNeighborsClassifier(1)
        start = time.perf_counter()
        clf.fit(X_train[:size], y_train[:size])
        middle = time.perf_counter()
        labels = clf.predict(X_test)
        rows[size] = [np.mean(labels != y_test), middle - start, time.perf_counter() - middle]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "fit_seconds", "predict_seconds"])


# %% right nearest_neighbour_curve.by_columns: lists for the columns, the clock by its name, the error from the score's one prediction
from time import perf_counter


def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    table = {"train_size": [], "error_rate": [], "fit_seconds": [], "predict_seconds": []}
    for size in sizes:
        clf = KNeighborsClassifier(n_neighbors=1, algorithm="brute")
        times = [perf_counter()]
        clf.fit(X_train[:size], y_train[:size])
        times.append(perf_counter())
        accuracy = clf.score(X_test, y_test)
        times.append(perf_counter())
        table["train_size"].append(size)
        table["error_rate"].append(1 - accuracy)
        table["fit_seconds"].append(times[1] - times[0])
        table["predict_seconds"].append(times[2] - times[1])
    return pd.DataFrame(table)


# %% right nearest_neighbour_curve.dicts: a row as a dict, the error counted
def nearest_neighbour_curve(X_train, y_train, X_test, y_test, sizes):
    columns = ["train_size", "error_rate", "fit_seconds", "predict_seconds"]
    rows = []
    for size in sizes:
        start = time.perf_counter()
        clf = KNeighborsClassifier(1, algorithm="kd_tree").fit(X_train[:size], y_train[:size])
        row = {"train_size": int(size), "fit_seconds": time.perf_counter() - start}
        start = time.perf_counter()
        labels = clf.predict(X_test)
        row["predict_seconds"] = time.perf_counter() - start
        row["error_rate"] = sum(a != b for a, b in zip(labels, y_test)) / len(y_test)
        rows.append(row)
    return pd.DataFrame(rows, columns=columns)


# %% wrong most_confused_pair.one_direction: the largest single count
def most_confused_pair(cm):
    off = np.where(np.eye(len(cm), dtype=bool), -1, cm)
    i, j = np.unravel_index(off.argmax(), cm.shape)
    return int(min(i, j)), int(max(i, j))


# %% wrong most_confused_pair.upper_triangle: true class below the predicted one alone
def most_confused_pair(cm):
    upper = np.triu(cm, k=1)
    i, j = np.unravel_index(upper.argmax(), cm.shape)
    return int(i), int(j)


# %% wrong most_confused_pair.diagonal: what is right counts too
def most_confused_pair(cm):
    both = cm + cm.T
    i, j = np.unravel_index(both.argmax(), cm.shape)
    return int(min(i, j)), int(max(i, j))


# %% wrong most_confused_pair.larger_first: j before i
def most_confused_pair(cm):
    both = np.tril(cm + cm.T, k=-1)
    i, j = np.unravel_index(both.argmax(), cm.shape)
    return int(i), int(j)


# %% wrong most_confused_pair.last_of_ties: the last of the pairs that tie
def most_confused_pair(cm):
    best, pair = -1, None
    for i in range(len(cm)):
        for j in range(i + 1, len(cm)):
            if cm[i, j] + cm[j, i] >= best:
                best, pair = cm[i, j] + cm[j, i], (i, j)
    return pair


# %% wrong most_confused_pair.column_order: of pairs that tie, the first by j
def most_confused_pair(cm):
    best, pair = -1, None
    for j in range(len(cm)):
        for i in range(j):
            if cm[i, j] + cm[j, i] > best:
                best, pair = cm[i, j] + cm[j, i], (i, j)
    return pair


# %% wrong most_confused_pair.no_mistakes: nothing comes back where all is right
def most_confused_pair(cm):
    best, pair = 0, None
    for i in range(len(cm)):
        for j in range(i + 1, len(cm)):
            if cm[i, j] + cm[j, i] > best:
                best, pair = cm[i, j] + cm[j, i], (i, j)
    return pair


# %% wrong most_confused_pair.clears_diagonal: writes zeros into the caller's matrix
def most_confused_pair(cm):
    np.fill_diagonal(cm, 0)
    both = np.triu(cm + cm.T, k=1)
    i, j = np.unravel_index(both.argmax(), cm.shape)
    return (int(i), int(j)) if i < j else (0, 1)


# %% wrong most_confused_pair.shares: shares of the rows instead of counts
def most_confused_pair(cm):
    rates = cm / np.maximum(cm.sum(axis=1, keepdims=True), 1)
    rows, columns = np.triu_indices(len(cm), k=1)
    best = (rates + rates.T)[rows, columns].argmax()
    return int(rows[best]), int(columns[best])


# %% wrong most_confused_pair.with_itself: a diagonal matrix gives a class with itself
def most_confused_pair(cm):
    both = np.triu(cm + cm.T, k=1)
    i, j = np.unravel_index(both.argmax(), cm.shape)
    return int(i), int(j)


# %% right most_confused_pair.loops: pair by pair
def most_confused_pair(cm):
    best, pair = -1, None
    for i in range(len(cm)):
        for j in range(i + 1, len(cm)):
            count = int(cm[i, j]) + int(cm[j, i])
            if count > best:
                best, pair = count, (i, j)
    return pair


# %% right most_confused_pair.masked: everything but the upper triangle is set to -1; NumPy's integers, a list
def most_confused_pair(cm):
    both = np.where(np.triu(np.ones(cm.shape, dtype=bool), k=1), cm + cm.T, -1)
    return list(np.unravel_index(np.argmax(both), both.shape))


# %% right most_confused_pair.maximum: the built-in max over pairs
def most_confused_pair(cm):
    from itertools import combinations

    return max(combinations(range(len(cm)), 2), key=lambda pair: cm[pair] + cm[pair[::-1]])


# %% wrong hardest_class.precision: down the columns instead of along the rows
def hardest_class(cm):
    totals = cm.sum(axis=0)
    return int(np.where(totals > 0, np.diag(cm) / np.maximum(totals, 1), 2.0).argmin())


# %% wrong hardest_class.fewest_right: counts instead of shares
def hardest_class(cm):
    right = np.where(cm.sum(axis=1) > 0, np.diag(cm), cm.sum() + 1)
    return int(right.argmin())


# %% wrong hardest_class.most_wrong: the largest number of mistakes
def hardest_class(cm):
    return int((cm.sum(axis=1) - np.diag(cm)).argmax())


# %% wrong hardest_class.absent_is_zero: a class that does not occur has the recall 0
def hardest_class(cm):
    return int((np.diag(cm) / np.maximum(cm.sum(axis=1), 1)).argmin())


# %% wrong hardest_class.not_a_number: argmin takes the nan of a class that does not occur
def hardest_class(cm):
    with np.errstate(all="ignore"):
        return int((np.diag(cm) / cm.sum(axis=1)).argmin())


# %% wrong hardest_class.warns: right, but divides by zero with a warning
def hardest_class(cm):
    return int(np.nanargmin(np.diag(cm) / cm.sum(axis=1)))


# %% wrong hardest_class.shifted: the place among the classes that occur
def hardest_class(cm):
    occurs = cm.sum(axis=1) > 0
    return int((np.diag(cm)[occurs] / cm[occurs].sum(axis=1)).argmin())


# %% wrong hardest_class.highest: the easiest class
def hardest_class(cm):
    totals = cm.sum(axis=1)
    return int(np.where(totals > 0, np.diag(cm) / np.maximum(totals, 1), -1.0).argmax())


# %% wrong hardest_class.last_of_ties: the largest of the classes that tie
def hardest_class(cm):
    totals = cm.sum(axis=1)
    recalls = np.where(totals > 0, np.diag(cm) / np.maximum(totals, 1), 2.0)
    return int(np.flatnonzero(recalls == recalls.min())[-1])


# %% wrong hardest_class.zero_left_out: a class with nothing right is taken for one that does not occur
def hardest_class(cm):
    recalls = np.diag(cm) / np.maximum(cm.sum(axis=1), 1)
    return int(np.where(recalls > 0, recalls, 2.0).argmin())


# %% right hardest_class.loop: class by class
def hardest_class(cm):
    if cm.ndim != 2 or cm.shape[0] != cm.shape[1]:
        raise ValueError(f"cm {cm.shape} must have shape (k, k)")
    recalls = {i: cm[i, i] / cm[i].sum() for i in range(len(cm)) if cm[i].sum() > 0}
    return min(recalls, key=recalls.get)


# %% right hardest_class.misses: the largest share of misses, NumPy's integer
def hardest_class(cm):
    classes = np.flatnonzero(cm.any(axis=1))
    misses = 1 - cm[classes, classes] / cm[classes].sum(axis=1)
    return classes[np.argmax(misses)]


# %% right hardest_class.divide: NumPy's division where there is something to divide by
def hardest_class(cm):
    totals = cm.sum(axis=1)
    recalls = np.divide(np.diag(cm), totals, out=np.full(len(cm), np.inf), where=totals != 0)
    return np.nanargmin(recalls)


# %% wrong fit_sparse_logistic.not_fitted: the pipeline is never fitted
def fit_sparse_logistic(X, y, C, seed=0):
    return make_pipeline(
        StandardScaler(),
        LogisticRegression(C=C, l1_ratio=1, solver="saga", tol=0.02, max_iter=1000, random_state=seed),
    )


# %% wrong fit_sparse_logistic.squares: the default penalty
def fit_sparse_logistic(X, y, C, seed=0):
    classifier = LogisticRegression(C=C, solver="saga", tol=0.02, max_iter=1000, random_state=seed)
    return make_pipeline(StandardScaler(), classifier).fit(X, y)


# %% wrong fit_sparse_logistic.old_argument: the argument that will go, which warns
def fit_sparse_logistic(X, y, C, seed=0):
    classifier = LogisticRegression(C=C, penalty="l1", solver="saga", tol=0.02, max_iter=1000, random_state=seed)
    return make_pipeline(StandardScaler(), classifier).fit(X, y)


# %% wrong fit_sparse_logistic.not_scaled: no standardisation
def fit_sparse_logistic(X, y, C, seed=0):
    classifier = LogisticRegression(C=C, l1_ratio=1, solver="saga", tol=0.02, max_iter=1000, random_state=seed)
    return Pipeline([("classifier", classifier)]).fit(X, y)


# %% wrong fit_sparse_logistic.scaled_outside: standardises on its own, so that new samples are not
def fit_sparse_logistic(X, y, C, seed=0):
    S = StandardScaler().fit_transform(X)
    classifier = LogisticRegression(C=C, l1_ratio=1, solver="saga", tol=0.02, max_iter=1000, random_state=seed)
    return classifier.fit(S, y)


# %% wrong fit_sparse_logistic.scaled_twice: standardises before the pipeline as well
def fit_sparse_logistic(X, y, C, seed=0):
    S = StandardScaler().fit_transform(X)
    classifier = LogisticRegression(C=C, l1_ratio=1, solver="saga", tol=0.02, max_iter=1000, random_state=seed)
    return make_pipeline(StandardScaler(), classifier).fit(S, y)


# %% wrong fit_sparse_logistic.inverse: takes C for the strength of the penalty
def fit_sparse_logistic(X, y, C, seed=0):
    classifier = LogisticRegression(C=1 / C, l1_ratio=1, solver="saga", tol=0.02, max_iter=1000, random_state=seed)
    return make_pipeline(StandardScaler(), classifier).fit(X, y)


# %% wrong fit_sparse_logistic.seed_unused: the seed is always 0
def fit_sparse_logistic(X, y, C, seed=0):
    classifier = LogisticRegression(C=C, l1_ratio=1, solver="saga", tol=0.02, max_iter=1000, random_state=0)
    return make_pipeline(StandardScaler(), classifier).fit(X, y)


# %% wrong fit_sparse_logistic.default_tolerance: the default tolerance, too slow for the digits
def fit_sparse_logistic(X, y, C, seed=0):
    classifier = LogisticRegression(C=C, l1_ratio=1, solver="saga", max_iter=1000, random_state=seed)
    return make_pipeline(StandardScaler(), classifier).fit(X, y)


# %% wrong fit_sparse_logistic.half_squares: a mixture of both penalties
def fit_sparse_logistic(X, y, C, seed=0):
    classifier = LogisticRegression(C=C, l1_ratio=0.5, solver="saga", tol=0.02, max_iter=1000, random_state=seed)
    return make_pipeline(StandardScaler(), classifier).fit(X, y)


# %% wrong fit_sparse_logistic.min_max: another scale
def fit_sparse_logistic(X, y, C, seed=0):
    from sklearn.preprocessing import MinMaxScaler

    classifier = LogisticRegression(C=C, l1_ratio=1, solver="saga", tol=0.02, max_iter=1000, random_state=seed)
    return make_pipeline(MinMaxScaler(), classifier).fit(X, y)


# %% right fit_sparse_logistic.named_steps: names of one's own, fitted afterwards
def fit_sparse_logistic(X, y, C, seed=0):
    settings = {"solver": "saga", "tol": 2e-2, "max_iter": 1000, "random_state": seed}
    clf = Pipeline([("scale", StandardScaler()), ("classify", LogisticRegression(l1_ratio=1, C=C, **settings))])
    clf.fit(X, y)
    return clf


# %% right fit_sparse_logistic.set_params: the settings of the steps afterwards
def fit_sparse_logistic(X, y, C, seed=0):
    clf = make_pipeline(StandardScaler(), LogisticRegression(solver="saga"))
    clf.set_params(logisticregression__C=C, logisticregression__l1_ratio=1.0, logisticregression__tol=0.02)
    clf.set_params(logisticregression__max_iter=1000, logisticregression__random_state=seed)
    return clf.fit(X, y)


# %% wrong sparsity.not_zero: the share of the others
def sparsity(clf):
    return float(np.mean(clf[-1].coef_ != 0))


# %% wrong sparsity.count: how many, not which share
def sparsity(clf):
    return float(np.count_nonzero(clf[-1].coef_ == 0))


# %% wrong sparsity.nearly: small weights count as zeros
def sparsity(clf):
    return float(np.isclose(clf[-1].coef_, 0).mean())


# %% wrong sparsity.with_biases: the biases are counted too
def sparsity(clf):
    everything = np.concatenate([clf[-1].coef_.ravel(), clf[-1].intercept_])
    return float(np.mean(everything == 0))


# %% wrong sparsity.columns: columns that no class uses
def sparsity(clf):
    return float(np.mean((clf[-1].coef_ == 0).all(axis=0)))


# %% wrong sparsity.first_class: one class alone
def sparsity(clf):
    return float(np.mean(clf[-1].coef_[0] == 0))


# %% wrong sparsity.second_step: always the second step
def sparsity(clf):
    return float(np.mean(clf[1].coef_ == 0))


# %% wrong sparsity.by_name: works only for the name that make_pipeline gives
def sparsity(clf):
    return float(np.mean(clf.named_steps["logisticregression"].coef_ == 0))


# %% right sparsity.steps: through the list of steps
def sparsity(clf):
    name, classifier = clf.steps[-1]
    return 1.0 - np.count_nonzero(classifier.coef_) / classifier.coef_.size


# %% right sparsity.loop: weight by weight
def sparsity(clf):
    weights = [float(weight) for row in clf[len(clf) - 1].coef_ for weight in row]
    return weights.count(0.0) / len(weights)


# %% wrong fit_mlp.no_early_stopping: trains until the loss stands still
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    return MLPClassifier(hidden_layer_sizes=hidden, max_iter=max_iter, random_state=seed).fit(X, y)


# %% wrong fit_mlp.no_seed: every call gives another network
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    return MLPClassifier(hidden_layer_sizes=hidden, early_stopping=True, max_iter=max_iter).fit(X, y)


# %% wrong fit_mlp.seed_fixed: the seed is always 0
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    return MLPClassifier(hidden, early_stopping=True, max_iter=max_iter, random_state=0).fit(X, y)


# %% wrong fit_mlp.hidden_unused: the default layer of 100 units
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    return MLPClassifier(early_stopping=True, max_iter=max_iter, random_state=seed).fit(X, y)


# %% wrong fit_mlp.hidden_fixed: always 200 and 100
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    return MLPClassifier((200, 100), early_stopping=True, max_iter=max_iter, random_state=seed).fit(X, y)


# %% wrong fit_mlp.max_iter_unused: always up to 200 epochs
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    return MLPClassifier(hidden_layer_sizes=hidden, early_stopping=True, random_state=seed).fit(X, y)


# %% wrong fit_mlp.not_fitted: the network is never fitted
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    return MLPClassifier(hidden_layer_sizes=hidden, early_stopping=True, max_iter=max_iter, random_state=seed)


# %% wrong fit_mlp.half: sets half of the samples aside before the network does
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    network = MLPClassifier(hidden_layer_sizes=hidden, early_stopping=True, max_iter=max_iter, random_state=seed)
    return network.fit(X[::2], y[::2])


# %% wrong fit_mlp.impatient: another patience than scikit-learn's
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    network = MLPClassifier(hidden, early_stopping=True, n_iter_no_change=3, max_iter=max_iter, random_state=seed)
    return network.fit(X, y)


# %% wrong fit_mlp.silent: hides the warning from the caller
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = MLPClassifier(hidden, early_stopping=True, max_iter=max_iter, random_state=seed)
        return network.fit(X, y)


# %% wrong fit_mlp.in_pipeline: a pipeline with standardisation instead of the network
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    network = MLPClassifier(hidden_layer_sizes=hidden, early_stopping=True, max_iter=max_iter, random_state=seed)
    return make_pipeline(StandardScaler(), network).fit(X, y)


# %% right fit_mlp.by_place: in two steps, the layers by place
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    network = MLPClassifier(list(hidden), random_state=seed, max_iter=max_iter, early_stopping=True)
    network.fit(X, y)
    return network


# %% right fit_mlp.set_params: the settings afterwards
def fit_mlp(X, y, hidden=(200, 100), seed=0, max_iter=200):
    network = MLPClassifier().set_params(hidden_layer_sizes=tuple(hidden), early_stopping=True)
    network.random_state, network.max_iter = seed, max_iter
    return network.fit(X, y)


# %% wrong multiclass_nll.mean: the mean instead of the sum
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    return float(-np.log(np.maximum(proba[np.arange(len(y)), y], 1e-16)).mean())


# %% wrong multiclass_nll.infinite: the logarithm of 0
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    with np.errstate(all="ignore"):
        return float(-np.log(proba[np.arange(len(y)), y]).sum())


# %% wrong multiclass_nll.warns: replaces the infinity after the warning
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    costs = -np.log(proba[np.arange(len(y)), y])
    return float(np.where(np.isinf(costs), 36.0, costs).sum())


# %% wrong multiclass_nll.no_check: -1 is read as the last class
def multiclass_nll(proba, y):
    return float(-np.log(np.maximum(proba[np.arange(len(y)), y], 1e-16)).sum())


# %% wrong multiclass_nll.upper_check: negative labels pass
def multiclass_nll(proba, y):
    if (y >= proba.shape[1]).any():
        raise ValueError("a label is outside the classes")
    return float(-np.log(np.maximum(proba[np.arange(len(y)), y], 1e-16)).sum())


# %% wrong multiclass_nll.off_by_one: the label k passes the check
def multiclass_nll(proba, y):
    if ((y < 0) | (y > proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    return float(-np.log(np.maximum(proba[np.arange(len(y)), y], 1e-16)).sum())


# %% wrong multiclass_nll.rows_for_columns: compares with the number of samples
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= len(proba))).any():
        raise ValueError("a label is outside the classes")
    return float(-np.log(np.maximum(proba[np.arange(len(y)), y], 1e-16)).sum())


# %% wrong multiclass_nll.index_error: another kind of error
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise IndexError("a label is outside the classes")
    return float(-np.log(np.maximum(proba[np.arange(len(y)), y], 1e-16)).sum())


# %% wrong multiclass_nll.predicted: the largest probability instead of the true class's
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    return float(-np.log(proba.max(axis=1)).sum())


# %% wrong multiclass_nll.all_pairs: every label's column for every sample
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    return float(-np.log(np.maximum(proba[:, y], 1e-16)).sum())


# %% wrong multiclass_nll.clips_early: probabilities below one in a thousand are raised
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    return float(-np.log(proba[np.arange(len(y)), y].clip(1e-3, 1.0)).sum())


# %% wrong multiclass_nll.base_two: bits instead of nats
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    return float(-np.log2(np.maximum(proba[np.arange(len(y)), y], 1e-16)).sum())


# %% wrong multiclass_nll.sign: the log-likelihood itself
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    return float(np.log(np.maximum(proba[np.arange(len(y)), y], 1e-16)).sum())


# %% wrong multiclass_nll.other_classes: the logarithms of the wrong classes count as well
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    Y, p = np.eye(proba.shape[1])[y], proba.clip(1e-16, 1 - 1e-16)
    return float(-(Y * np.log(p) + (1 - Y) * np.log(np.maximum(1 - p, 1e-16))).sum())


# %% wrong multiclass_nll.writes_limit: raises tiny probabilities in the caller's array
def multiclass_nll(proba, y):
    if ((y < 0) | (y >= proba.shape[1])).any():
        raise ValueError("a label is outside the classes")
    proba[proba < 1e-15] = 1e-15
    return float(-np.log(proba[np.arange(len(y)), y]).sum())


# %% right multiclass_nll.log_loss: scikit-learn's own
def multiclass_nll(proba, y):
    from sklearn.metrics import log_loss

    classes = np.arange(proba.shape[1])
    if not np.isin(y, classes).all():
        raise ValueError(f"Labels must be among {classes}")
    rows = np.array(proba, dtype=np.float64)
    return log_loss(y, rows / rows.sum(axis=1, keepdims=True), labels=classes, normalize=False)


# %% right multiclass_nll.one_hot: through a one-hot matrix, added to 1e-15
def multiclass_nll(proba, y):
    if y.min() < 0 or y.max() >= proba.shape[1]:
        raise ValueError("y holds a LABEL that is not a class")
    return -float(np.log((np.eye(proba.shape[1])[y] * proba).sum(axis=1) + 1e-15).sum())


# %% right multiclass_nll.loop: sample by sample
def multiclass_nll(proba, y):
    from math import log

    total = 0.0
    for row, label in zip(proba.tolist(), y.tolist()):
        if label not in range(len(row)):
            raise ValueError(f"label {label} is not a class")
        total -= log(max(row[label], 1e-300))
    return total
