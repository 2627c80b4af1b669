# Answers to ps02_digits_binary. Each is run in place of the exercise's solution cell; docstrings are left out, and so are
# the checks that the starter gives, where they don't matter.

# %% wrong save_dataset.without_names: the arrays are called arr_0 and arr_1
def save_dataset(path, X, y):
    np.savez(path, X, y)


# %% wrong save_dataset.samples_alone: the labels are forgotten
def save_dataset(path, X, y):
    np.savez(path, X=X)


# %% wrong save_dataset.to_floats: the dtypes are lost
def save_dataset(path, X, y):
    np.savez(path, X=np.asarray(X, dtype=float), y=np.asarray(y, dtype=float))


# %% wrong save_dataset.labels_to_int64: the dtype of the labels is lost
def save_dataset(path, X, y):
    np.savez_compressed(path, X=X, y=y.astype(np.int64))


# %% wrong save_dataset.swapped: X under y and y under X
def save_dataset(path, X, y):
    np.savez(path, X=y, y=X)


# %% wrong save_dataset.one_table: labels as a further column of one array
def save_dataset(path, X, y):
    np.savez(path, data=np.column_stack([X.reshape(len(X), -1), y]))


# %% wrong save_dataset.pickled: a pickle under the name of an npz file
def save_dataset(path, X, y):
    import pickle

    with open(path, "wb") as file:
        pickle.dump({"X": X, "y": y}, file)


# %% wrong save_dataset.second_suffix: the suffix is put on once more
def save_dataset(path, X, y):
    np.savez(str(path) + ".npz", X=X, y=y)


# %% right save_dataset.plain: without compression
def save_dataset(path, X, y):
    if len(X) != len(y):
        raise ValueError(f"X {X.shape} and y {y.shape} must have the same length")
    np.savez(path, **{"y": y, "X": X})


# %% right save_dataset.open_file: through an open file
def save_dataset(path, X, y):
    with open(path, "wb") as file:
        np.savez(file, X=X, y=y)


# %% wrong load_dataset.swapped: y first
def load_dataset(path):
    with np.load(path) as content:
        return content["y"], content["X"]


# %% wrong load_dataset.by_place: the arrays by their places in the file
def load_dataset(path):
    with np.load(path) as content:
        return tuple(content[key] for key in content.files[:2])


# %% wrong load_dataset.allows_pickle: executes what hides in the file
def load_dataset(path):
    content = np.load(path, allow_pickle=True)
    return content["X"], content["y"]


# %% wrong load_dataset.to_floats: X comes back as floats
def load_dataset(path):
    content = np.load(path)
    return content["X"].astype(float), content["y"]


# %% wrong load_dataset.labels_to_int: y comes back as int64
def load_dataset(path):
    content = np.load(path)
    return content["X"], content["y"].astype(np.int64)


# %% wrong load_dataset.flattens: images come back as rows
def load_dataset(path):
    content = np.load(path)
    return content["X"].reshape(len(content["X"]), -1), content["y"]


# %% wrong load_dataset.closed: the arrays are read after the file is closed
def load_dataset(path):
    with np.load(path) as content:
        pass
    return content["X"], content["y"]


# %% right load_dataset.left_open: without with
def load_dataset(path):
    content = np.load(str(path))
    X = content["X"]
    y = content["y"]
    return X, y


# %% right load_dataset.list: both in a list, through a dict
def load_dataset(path):
    with np.load(path, allow_pickle=False) as content:
        arrays = {key: content[key] for key in content}
    return [arrays["X"], arrays["y"]]


# %% wrong binary_problem.labels_swapped: negative becomes 1
def binary_problem(X, y, negative=7, positive=9):
    keep = np.isin(y, (negative, positive))
    return X[keep], (y[keep] == negative).astype(np.int64)


# %% wrong binary_problem.labels_not_selected: the labels of all samples
def binary_problem(X, y, negative=7, positive=9):
    keep = np.isin(y, (negative, positive))
    return X[keep], (y == positive).astype(np.int64)


# %% wrong binary_problem.arguments_unused: always 7 and 9
def binary_problem(X, y, negative=7, positive=9):
    keep = (y == 7) | (y == 9)
    return X[keep], (y[keep] == 9).astype(np.int64)


# %% wrong binary_problem.grouped: first all of one class, then all of the other
def binary_problem(X, y, negative=7, positive=9):
    a, b = X[y == negative], X[y == positive]
    return np.concatenate([a, b]), np.repeat([0, 1], [len(a), len(b)])


# %% wrong binary_problem.keeps_labels: 7 and 9 instead of 0 and 1
def binary_problem(X, y, negative=7, positive=9):
    keep = np.isin(y, (negative, positive))
    return X[keep], y[keep].astype(np.int64)


# %% wrong binary_problem.booleans: the labels are True and False
def binary_problem(X, y, negative=7, positive=9):
    keep = np.isin(y, (negative, positive))
    return X[keep], y[keep] == positive


# %% wrong binary_problem.larger_is_one: works only where positive is the larger label
def binary_problem(X, y, negative=7, positive=9):
    keep = np.isin(y, (negative, positive))
    return X[keep], (y[keep] == max(negative, positive)).astype(np.int64)


# %% wrong binary_problem.writes_labels: turns the argument y into 0 and 1
def binary_problem(X, y, negative=7, positive=9):
    keep = np.isin(y, (negative, positive))
    y[:] = y == positive
    return X[keep], y[keep].astype(np.int64)


# %% wrong binary_problem.rows: images become rows
def binary_problem(X, y, negative=7, positive=9):
    keep = np.isin(y, (negative, positive))
    return X[keep].reshape(keep.sum(), -1), (y[keep] == positive).astype(np.int64)


# %% right binary_problem.where: by places
def binary_problem(X, y, negative=7, positive=9):
    places = np.flatnonzero(np.isin(y, [negative, positive]))
    return np.take(X, places, axis=0), np.where(y[places] == positive, 1, 0)


# %% right binary_problem.loop: sample by sample
def binary_problem(X, y, negative=7, positive=9):
    keep = [i for i in range(len(y)) if int(y[i]) in (negative, positive)]
    return X[np.array(keep, dtype=int)], np.array([int(y[i] == positive) for i in keep], dtype="int64")


# %% wrong scale_pixels.fits_twice: the test part gets a range of its own
def scale_pixels(X_train, X_test):
    scaler = MinMaxScaler((-0.5, 0.5))
    return scaler.fit_transform(X_train), scaler.fit_transform(X_test)


# %% wrong scale_pixels.fits_both: the range of both parts together
def scale_pixels(X_train, X_test):
    scaler = MinMaxScaler((-0.5, 0.5)).fit(np.concatenate([X_train, X_test]))
    return scaler.transform(X_train), scaler.transform(X_test)


# %% wrong scale_pixels.zero_to_one: the default range
def scale_pixels(X_train, X_test):
    scaler = MinMaxScaler().fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test)


# %% wrong scale_pixels.by_255: one scale for all, whatever the values are
def scale_pixels(X_train, X_test):
    return X_train / 255 - 0.5, X_test / 255 - 0.5


# %% wrong scale_pixels.one_range: the range of the whole matrix
def scale_pixels(X_train, X_test):
    low, high = X_train.min(), X_train.max()
    return (X_train - low) / (high - low) - 0.5, (X_test - low) / (high - low) - 0.5


# %% wrong scale_pixels.clipped: test values are cut to the range
def scale_pixels(X_train, X_test):
    scaler = MinMaxScaler((-0.5, 0.5), clip=True).fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test)


# %% wrong scale_pixels.bytes_wrap: subtracts bytes before they are floats
def scale_pixels(X_train, X_test):
    low, high = X_train.min(axis=0), X_train.max(axis=0)
    span = np.where(high > low, high - low, 1)
    return (X_train - low) / span - 0.5, (X_test - low) / span - 0.5


# %% wrong scale_pixels.divides_by_zero: a constant column has no range
def scale_pixels(X_train, X_test):
    low, high = X_train.min(axis=0).astype(float), X_train.max(axis=0)
    with np.errstate(all="ignore"):
        return tuple(np.nan_to_num((part - low) / (high - low)) - 0.5 for part in (X_train, X_test))


# %% wrong scale_pixels.standardised: mean 0 and standard deviation 1 instead of a range
def scale_pixels(X_train, X_test):
    scaler = StandardScaler().fit(X_train)
    return scaler.transform(X_train), scaler.transform(X_test)


# %% right scale_pixels.numpy: by hand
def scale_pixels(X_train, X_test):
    if X_train.shape[1:] != X_test.shape[1:]:
        raise ValueError(f"X_train {X_train.shape} and X_test {X_test.shape} must have the same columns")
    low = X_train.min(axis=0).astype(np.float64)
    span = X_train.max(axis=0) - low
    span[span == 0] = 1
    return (X_train - low) / span - 0.5, (X_test - low) / span - 0.5


# %% right scale_pixels.fit_transform: both steps at once for the training part
def scale_pixels(X_train, X_test):
    scaler = MinMaxScaler((-0.5, 0.5))
    train = scaler.fit_transform(X_train)
    return train, scaler.transform(X_test)


# %% wrong project_2d.fits_twice: the test part gets components of its own
def project_2d(X_train, X_test):
    pca = PCA(2, svd_solver="full")
    return pca.fit_transform(X_train), pca.fit_transform(X_test)


# %% wrong project_2d.fits_both: the components of both parts together
def project_2d(X_train, X_test):
    pca = PCA(2, svd_solver="full").fit(np.concatenate([X_train, X_test]))
    return pca.transform(X_train), pca.transform(X_test)


# %% wrong project_2d.not_centred: the mean is left in
def project_2d(X_train, X_test):
    V = np.linalg.svd(X_train, full_matrices=False)[2][:2].T
    return X_train @ V, X_test @ V


# %% wrong project_2d.own_mean: each part less its own mean
def project_2d(X_train, X_test):
    V = np.linalg.svd(X_train - X_train.mean(axis=0), full_matrices=False)[2][:2].T
    return (X_train - X_train.mean(axis=0)) @ V, (X_test - X_test.mean(axis=0)) @ V


# %% wrong project_2d.smallest: eigh gives the smallest eigenvalues first
def project_2d(X_train, X_test):
    mean = X_train.mean(axis=0)
    V = np.linalg.eigh(np.cov(X_train, rowvar=False))[1][:, :2]
    return (X_train - mean) @ V, (X_test - mean) @ V


# %% wrong project_2d.whitened: both columns are brought to variance 1
def project_2d(X_train, X_test):
    pca = PCA(2, svd_solver="full", whiten=True).fit(X_train)
    return pca.transform(X_train), pca.transform(X_test)


# %% wrong project_2d.approximate: the solver is left to scikit-learn
def project_2d(X_train, X_test):
    pca = PCA(n_components=2).fit(X_train)
    return pca.transform(X_train), pca.transform(X_test)


# %% wrong project_2d.standardised: each column is brought to variance 1 first
def project_2d(X_train, X_test):
    chain = make_pipeline(StandardScaler(), PCA(2, svd_solver="full")).fit(X_train)
    return chain.transform(X_train), chain.transform(X_test)


# %% wrong project_2d.first_columns: the first two columns instead of components
def project_2d(X_train, X_test):
    mean = X_train.mean(axis=0)
    return (X_train - mean)[:, :2], (X_test - mean)[:, :2]


# %% right project_2d.svd: by the singular value decomposition
def project_2d(X_train, X_test):
    if X_train.shape[1:] != X_test.shape[1:]:
        raise ValueError(f"X_train {X_train.shape} and X_test {X_test.shape} must have the same columns")
    mean = X_train.mean(axis=0)
    V = np.linalg.svd(X_train - mean, full_matrices=False)[2][:2]
    return (X_train - mean) @ V.T, (X_test - mean) @ V.T


# %% right project_2d.full: the slower exact method, both steps at once
def project_2d(X_train, X_test):
    pca = PCA(n_components=2, svd_solver="full")
    return pca.fit_transform(X_train), pca.transform(X_test)


# %% wrong search_logistic.not_fitted: the search is never run
def search_logistic(X, y, Cs, cv=5):
    return GridSearchCV(LogisticRegression(max_iter=1000), {"C": list(Cs)}, cv=cv)


# %% wrong search_logistic.few_steps: the default of 100 steps
def search_logistic(X, y, Cs, cv=5):
    return GridSearchCV(LogisticRegression(), {"C": Cs}, cv=cv).fit(X, y)


# %% wrong search_logistic.cv_unused: always five folds
def search_logistic(X, y, Cs, cv=5):
    return GridSearchCV(LogisticRegression(max_iter=1000), {"C": Cs}).fit(X, y)


# %% wrong search_logistic.sorted: the candidates are put in order
def search_logistic(X, y, Cs, cv=5):
    return GridSearchCV(LogisticRegression(max_iter=1000), {"C": sorted(Cs)}, cv=cv).fit(X, y)


# %% wrong search_logistic.own_grid: another grid than the one that is asked for
def search_logistic(X, y, Cs, cv=5):
    return GridSearchCV(LogisticRegression(max_iter=1000), {"C": [0.01, 0.1, 1, 10]}, cv=cv).fit(X, y)


# %% wrong search_logistic.winner_alone: the best classifier instead of the search
def search_logistic(X, y, Cs, cv=5):
    return GridSearchCV(LogisticRegression(max_iter=1000), {"C": Cs}, cv=cv).fit(X, y).best_estimator_


# %% wrong search_logistic.by_likelihood: another measure than the accuracy
def search_logistic(X, y, Cs, cv=5):
    return GridSearchCV(LogisticRegression(max_iter=1000), {"C": Cs}, cv=cv, scoring="neg_log_loss").fit(X, y)


# %% wrong search_logistic.plain_folds: folds without regard to the classes
def search_logistic(X, y, Cs, cv=5):
    from sklearn.model_selection import KFold

    folds = KFold(cv, shuffle=True, random_state=0)
    return GridSearchCV(LogisticRegression(max_iter=1000), {"C": Cs}, cv=folds).fit(X, y)


# %% wrong search_logistic.scaled: standardises on its own account
def search_logistic(X, y, Cs, cv=5):
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    return GridSearchCV(LogisticRegression(max_iter=1000), {"C": Cs}, cv=cv).fit(X, y)


# %% right search_logistic.folds_named: the folds that cv stands for, another exact solver
def search_logistic(X, y, Cs, cv=5):
    from sklearn.model_selection import StratifiedKFold

    classifier = LogisticRegression(solver="newton-cholesky", max_iter=1000)
    search = GridSearchCV(classifier, param_grid={"C": np.asarray(Cs)}, cv=StratifiedKFold(cv), scoring="accuracy")
    search.fit(X, y)
    return search


# %% right search_logistic.in_one_line: as short as it gets
def search_logistic(X, y, Cs, cv=5):
    return GridSearchCV(LogisticRegression(max_iter=1000), dict(C=Cs), cv=cv).fit(X, y)


# %% wrong validation_errors.accuracies: the accuracy instead of the error
def validation_errors(search):
    return search.cv_results_["mean_test_score"]


# %% wrong validation_errors.best_alone: one number
def validation_errors(search):
    return 1 - search.best_score_


# %% wrong validation_errors.sorted: from the best to the worst
def validation_errors(search):
    return np.sort(1 - search.cv_results_["mean_test_score"])


# %% wrong validation_errors.first_fold: one fold instead of their mean
def validation_errors(search):
    return 1 - search.cv_results_["split0_test_score"]


# %% wrong validation_errors.per_cent: per cent instead of shares
def validation_errors(search):
    return 100 * (1 - search.cv_results_["mean_test_score"])


# %% wrong validation_errors.spread: the standard deviation over the folds
def validation_errors(search):
    return search.cv_results_["std_test_score"]


# %% right validation_errors.from_folds: the mean over the folds, by hand
def validation_errors(search):
    scores = [search.cv_results_[f"split{k}_test_score"] for k in range(search.n_splits_)]
    return np.mean(1 - np.array(scores), axis=0)


# %% right validation_errors.loop: one candidate after the other
def validation_errors(search):
    return np.array([1 - float(score) for score in search.cv_results_["mean_test_score"]])


# %% wrong error_rate.accuracy: the share of the right ones
def error_rate(clf, X, y):
    return clf.score(X, y)


# %% wrong error_rate.count: how many, not which share
def error_rate(clf, X, y):
    return float((clf.predict(X) != y).sum())


# %% wrong error_rate.differences: the mean difference of the labels
def error_rate(clf, X, y):
    return float(np.mean(np.abs(clf.predict(X) - y)))


# %% wrong error_rate.thresholds: takes the second class's probability, so the labels must be 0 and 1
def error_rate(clf, X, y):
    return float(np.mean((clf.predict_proba(X)[:, 1] > 0.5) != y))


# %% wrong error_rate.refits: fits on what it should only measure
def error_rate(clf, X, y):
    clf.fit(X, y)
    return float(np.mean(clf.predict(X) != y))


# %% wrong error_rate.per_cent: per cent
def error_rate(clf, X, y):
    return 100 * float(np.mean(clf.predict(X) != y))


# %% right error_rate.score: through the accuracy
def error_rate(clf, X, y):
    if y.shape != (len(X),):
        raise ValueError(f"y {y.shape} must hold one label for each row of X {X.shape}")
    return 1 - clf.score(X, y)


# %% right error_rate.counted: sample by sample
def error_rate(clf, X, y):
    wrong = sum(guess != label for guess, label in zip(clf.predict(X), y))
    return wrong / len(y)


# %% wrong negative_log_likelihood.mean: the mean instead of the sum
def negative_log_likelihood(clf, X, y):
    from sklearn.metrics import log_loss

    return log_loss(y, clf.predict_proba(X), labels=clf.classes_)


# %% wrong negative_log_likelihood.infinite: the logarithm of 0
def negative_log_likelihood(clf, X, y):
    p = clf.predict_proba(X)[np.arange(len(y)), np.searchsorted(clf.classes_, y)]
    return float(-np.log(p).sum())


# %% wrong negative_log_likelihood.labels_as_columns: works only for the labels 0..k-1
def negative_log_likelihood(clf, X, y):
    p = clf.predict_proba(X)[np.arange(len(y)), y]
    return float(-np.log(np.maximum(p, 1e-12)).sum())


# %% wrong negative_log_likelihood.largest: the predicted label's probability instead of the true one's
def negative_log_likelihood(clf, X, y):
    p = clf.predict_proba(X).max(axis=1)
    return float(-np.log(np.maximum(p, 1e-12)).sum())


# %% wrong negative_log_likelihood.two_classes: knows of two classes alone
def negative_log_likelihood(clf, X, y):
    p = np.clip(clf.predict_proba(X)[:, 1], 1e-12, 1 - 1e-12)
    positive = y == clf.classes_[-1]
    return float(-np.sum(np.where(positive, np.log(p), np.log(1 - p))))


# %% wrong negative_log_likelihood.seen_labels: the columns follow the labels that occur in y
def negative_log_likelihood(clf, X, y):
    columns = np.searchsorted(np.unique(y), y)
    p = clf.predict_proba(X)[np.arange(len(y)), columns]
    return float(-np.log(np.maximum(p, 1e-12)).sum())


# %% wrong negative_log_likelihood.clips_early: probabilities below one in a thousand are raised
def negative_log_likelihood(clf, X, y):
    p = clf.predict_proba(X)[np.arange(len(y)), np.searchsorted(clf.classes_, y)]
    return float(-np.log(np.clip(p, 1e-3, 1)).sum())


# %% wrong negative_log_likelihood.sign: the log-likelihood itself
def negative_log_likelihood(clf, X, y):
    p = clf.predict_proba(X)[np.arange(len(y)), np.searchsorted(clf.classes_, y)]
    return float(np.log(np.maximum(p, 1e-12)).sum())


# %% wrong negative_log_likelihood.base_two: bits instead of nats
def negative_log_likelihood(clf, X, y):
    p = clf.predict_proba(X)[np.arange(len(y)), np.searchsorted(clf.classes_, y)]
    return float(-np.log2(np.maximum(p, 1e-12)).sum())


# %% wrong negative_log_likelihood.all_pairs: a matrix of all rows against all labels
def negative_log_likelihood(clf, X, y):
    p = clf.predict_proba(X)[:, np.searchsorted(clf.classes_, y)]
    return float(-np.log(np.maximum(p, 1e-12)).sum())


# %% right negative_log_likelihood.log_loss: scikit-learn's own
def negative_log_likelihood(clf, X, y):
    from sklearn.metrics import log_loss

    return log_loss(y, clf.predict_proba(X), labels=clf.classes_, normalize=False)


# %% right negative_log_likelihood.one_hot: a comparison as a one-hot matrix
def negative_log_likelihood(clf, X, y):
    Y = y[:, None] == clf.classes_
    return float(-(Y * np.log(np.clip(clf.predict_proba(X), 1e-12, 1.0))).sum())


# %% right negative_log_likelihood.loop: sample by sample, added to 1e-15
def negative_log_likelihood(clf, X, y):
    classes, total = list(clf.classes_), 0.0
    for row, label in zip(clf.predict_proba(X), y):
        total -= np.log(row[classes.index(label)] + 1e-15)
    return total


# %% wrong search_polynomial_logistic.scaled_first: standardises before the expansion
def search_polynomial_logistic(X, y, degrees, Cs, cv=5):
    pipeline = make_pipeline(StandardScaler(), PolynomialFeatures(), LogisticRegression(max_iter=1000))
    grid = {"polynomialfeatures__degree": list(degrees), "logisticregression__C": list(Cs)}
    return GridSearchCV(pipeline, grid, cv=cv).fit(X, y)


# %% wrong search_polynomial_logistic.not_scaled: no standardisation
def search_polynomial_logistic(X, y, degrees, Cs, cv=5):
    pipeline = make_pipeline(PolynomialFeatures(), LogisticRegression(max_iter=1000))
    grid = {"polynomialfeatures__degree": list(degrees), "logisticregression__C": list(Cs)}
    return GridSearchCV(pipeline, grid, cv=cv).fit(X, y)


# %% wrong search_polynomial_logistic.outside: expands before the search, at the largest degree
def search_polynomial_logistic(X, y, degrees, Cs, cv=5):
    F = StandardScaler().fit_transform(PolynomialFeatures(max(degrees)).fit_transform(X))
    return GridSearchCV(LogisticRegression(max_iter=1000), {"C": list(Cs)}, cv=cv).fit(F, y)


# %% wrong search_polynomial_logistic.one_degree: degrees are not searched
def search_polynomial_logistic(X, y, degrees, Cs, cv=5):
    pipeline = make_pipeline(PolynomialFeatures(max(degrees)), StandardScaler(), LogisticRegression(max_iter=1000))
    return GridSearchCV(pipeline, {"logisticregression__C": list(Cs)}, cv=cv).fit(X, y)


# %% wrong search_polynomial_logistic.interactions: products of different inputs alone, no squares
def search_polynomial_logistic(X, y, degrees, Cs, cv=5):
    expansion = PolynomialFeatures(interaction_only=True)
    pipeline = make_pipeline(expansion, StandardScaler(), LogisticRegression(max_iter=1000))
    grid = {"polynomialfeatures__degree": list(degrees), "logisticregression__C": list(Cs)}
    return GridSearchCV(pipeline, grid, cv=cv).fit(X, y)


# %% wrong search_polynomial_logistic.cv_unused: always five folds
def search_polynomial_logistic(X, y, degrees, Cs, cv=5):
    pipeline = make_pipeline(PolynomialFeatures(), StandardScaler(), LogisticRegression(max_iter=1000))
    grid = {"polynomialfeatures__degree": list(degrees), "logisticregression__C": list(Cs)}
    return GridSearchCV(pipeline, grid).fit(X, y)


# %% wrong search_polynomial_logistic.few_steps: the default of 100 steps
def search_polynomial_logistic(X, y, degrees, Cs, cv=5):
    pipeline = make_pipeline(PolynomialFeatures(), StandardScaler(), LogisticRegression())
    grid = {"polynomialfeatures__degree": list(degrees), "logisticregression__C": list(Cs)}
    return GridSearchCV(pipeline, grid, cv=cv).fit(X, y)


# %% wrong search_polynomial_logistic.pairs: the i-th degree with the i-th C alone
def search_polynomial_logistic(X, y, degrees, Cs, cv=5):
    pipeline = make_pipeline(PolynomialFeatures(), StandardScaler(), LogisticRegression(max_iter=1000))
    grid = [{"polynomialfeatures__degree": [q], "logisticregression__C": [C]} for q, C in zip(degrees, Cs)]
    return GridSearchCV(pipeline, grid, cv=cv).fit(X, y)


# %% right search_polynomial_logistic.named_steps: names of one's own, without the constant
def search_polynomial_logistic(X, y, degrees, Cs, cv=5):
    from sklearn.pipeline import Pipeline

    steps = [
        ("expand", PolynomialFeatures(include_bias=False)),
        ("scale", StandardScaler()),
        ("classify", LogisticRegression(max_iter=1000)),
    ]
    search = GridSearchCV(Pipeline(steps), {"expand__degree": degrees, "classify__C": Cs}, cv=cv)
    search.fit(X, y)
    return search


# %% right search_polynomial_logistic.more_steps: more steps than needed, the keys in the other order
def search_polynomial_logistic(X, y, degrees, Cs, cv=5):
    pipeline = make_pipeline(PolynomialFeatures(), StandardScaler(), LogisticRegression(max_iter=10_000))
    grid = {"logisticregression__C": np.asarray(Cs), "polynomialfeatures__degree": [*degrees]}
    return GridSearchCV(pipeline, grid, cv=cv).fit(X, y)


# %% wrong search_mlp.no_seed: every call gives another result
def search_mlp(X, y, alphas, activations=("relu", "tanh"), hidden=(20,), cv=5):
    network = MLPClassifier(hidden_layer_sizes=hidden, learning_rate_init=0.01, max_iter=1000)
    return GridSearchCV(network, {"alpha": alphas, "activation": activations}, cv=cv).fit(X, y)


# %% wrong search_mlp.hidden_unused: the default layer of 100 units
def search_mlp(X, y, alphas, activations=("relu", "tanh"), hidden=(20,), cv=5):
    network = MLPClassifier(learning_rate_init=0.01, max_iter=1000, random_state=0)
    return GridSearchCV(network, {"alpha": alphas, "activation": activations}, cv=cv).fit(X, y)


# %% wrong search_mlp.one_layer: always one layer of 20
def search_mlp(X, y, alphas, activations=("relu", "tanh"), hidden=(20,), cv=5):
    network = MLPClassifier((20,), learning_rate_init=0.01, max_iter=1000, random_state=0)
    return GridSearchCV(network, {"alpha": alphas, "activation": activations}, cv=cv).fit(X, y)


# %% wrong search_mlp.activation_fixed: the activations are not searched
def search_mlp(X, y, alphas, activations=("relu", "tanh"), hidden=(20,), cv=5):
    network = MLPClassifier(hidden, learning_rate_init=0.01, max_iter=1000, random_state=0)
    return GridSearchCV(network, {"alpha": alphas}, cv=cv).fit(X, y)


# %% wrong search_mlp.cv_unused: always five folds
def search_mlp(X, y, alphas, activations=("relu", "tanh"), hidden=(20,), cv=5):
    network = MLPClassifier(hidden, learning_rate_init=0.01, max_iter=1000, random_state=0)
    return GridSearchCV(network, {"alpha": alphas, "activation": activations}).fit(X, y)


# %% wrong search_mlp.few_epochs: training is cut off
def search_mlp(X, y, alphas, activations=("relu", "tanh"), hidden=(20,), cv=5):
    network = MLPClassifier(hidden, learning_rate_init=0.01, max_iter=20, random_state=0)
    return GridSearchCV(network, {"alpha": alphas, "activation": activations}, cv=cv).fit(X, y)


# %% wrong search_mlp.layers_searched: the sizes of one network as candidates for the size
def search_mlp(X, y, alphas, activations=("relu", "tanh"), hidden=(20,), cv=5):
    network = MLPClassifier(learning_rate_init=0.01, max_iter=1000, random_state=0)
    grid = {"alpha": alphas, "activation": activations, "hidden_layer_sizes": hidden}
    return GridSearchCV(network, grid, cv=cv).fit(X, y)


# %% wrong search_mlp.alpha_as_rate: the penalties are taken for learning rates
def search_mlp(X, y, alphas, activations=("relu", "tanh"), hidden=(20,), cv=5):
    network = MLPClassifier(hidden, max_iter=1000, random_state=0)
    return GridSearchCV(network, {"learning_rate_init": alphas, "activation": activations}, cv=cv).fit(X, y)


# %% right search_mlp.by_place: the grid with lists, in the other order
def search_mlp(X, y, alphas, activations=("relu", "tanh"), hidden=(20,), cv=5):
    network = MLPClassifier(hidden, random_state=0, max_iter=1000, learning_rate_init=0.01)
    search = GridSearchCV(network, dict(activation=list(activations), alpha=np.array(alphas)), cv=cv)
    search.fit(X, y)
    return search


# %% right search_mlp.set_params: the settings afterwards
def search_mlp(X, y, alphas, activations=("relu", "tanh"), hidden=(20,), cv=5):
    network = MLPClassifier().set_params(
        hidden_layer_sizes=tuple(hidden), random_state=0, max_iter=1000, learning_rate_init=1e-2
    )
    return GridSearchCV(network, {"alpha": alphas, "activation": activations}, scoring="accuracy", cv=cv).fit(X, y)


# %% wrong compare_classifiers.in_place: fits the classifiers of the dict
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    rows = {}
    for name, clf in classifiers.items():
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        middle = time.perf_counter()
        clf.predict(X_test)
        end = time.perf_counter()
        measures = [error_rate(clf, X_test, y_test), negative_log_likelihood(clf, X_test, y_test)]
        rows[name] = [*measures, middle - start, end - middle]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% wrong compare_classifiers.training_part: measured on the part that it was fitted on
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    rows = {}
    for name, classifier in classifiers.items():
        clf = clone(classifier)
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        middle = time.perf_counter()
        clf.predict(X_test)
        end = time.perf_counter()
        measures = [error_rate(clf, X_train, y_train), negative_log_likelihood(clf, X_train, y_train)]
        rows[name] = [*measures, middle - start, end - middle]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% wrong compare_classifiers.fits_test: fitted on the test part
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    rows = {}
    for name, classifier in classifiers.items():
        clf = clone(classifier)
        start = time.perf_counter()
        clf.fit(X_test, y_test)
        middle = time.perf_counter()
        clf.predict(X_test)
        end = time.perf_counter()
        measures = [error_rate(clf, X_test, y_test), negative_log_likelihood(clf, X_test, y_test)]
        rows[name] = [*measures, middle - start, end - middle]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% wrong compare_classifiers.one_start: the time of predict includes the fit
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    rows = {}
    for name, classifier in classifiers.items():
        clf = clone(classifier)
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        fit_seconds = time.perf_counter() - start
        clf.predict(X_test)
        predict_seconds = time.perf_counter() - start
        measures = [error_rate(clf, X_test, y_test), negative_log_likelihood(clf, X_test, y_test)]
        rows[name] = [*measures, fit_seconds, predict_seconds]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% wrong compare_classifiers.measures_timed: the time of predict includes both measures
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    rows = {}
    for name, classifier in classifiers.items():
        clf = clone(classifier)
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        middle = time.perf_counter()
        measures = [error_rate(clf, X_test, y_test), negative_log_likelihood(clf, X_test, y_test)]
        end = time.perf_counter()
        rows[name] = [*measures, middle - start, end - middle]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% wrong compare_classifiers.swapped_times: the two times in each other's column
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    rows = {}
    for name, classifier in classifiers.items():
        clf = clone(classifier)
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        middle = time.perf_counter()
        clf.predict(X_test)
        end = time.perf_counter()
        measures = [error_rate(clf, X_test, y_test), negative_log_likelihood(clf, X_test, y_test)]
        rows[name] = [*measures, end - middle, middle - start]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% wrong compare_classifiers.mean_likelihood: the NLL of one sample instead of the sum
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    rows = {}
    for name, classifier in classifiers.items():
        clf = clone(classifier)
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        middle = time.perf_counter()
        clf.predict(X_test)
        end = time.perf_counter()
        nll = negative_log_likelihood(clf, X_test, y_test) / len(y_test)
        rows[name] = [error_rate(clf, X_test, y_test), nll, middle - start, end - middle]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% wrong compare_classifiers.fresh_default: a new object of the class, without its settings
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    rows = {}
    for name, classifier in classifiers.items():
        clf = type(classifier)()
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        middle = time.perf_counter()
        clf.predict(X_test)
        end = time.perf_counter()
        measures = [error_rate(clf, X_test, y_test), negative_log_likelihood(clf, X_test, y_test)]
        rows[name] = [*measures, middle - start, end - middle]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% wrong compare_classifiers.predicts_training: the time to predict the training part
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    rows = {}
    for name, classifier in classifiers.items():
        clf = clone(classifier)
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        middle = time.perf_counter()
        clf.predict(X_train)
        end = time.perf_counter()
        measures = [error_rate(clf, X_test, y_test), negative_log_likelihood(clf, X_test, y_test)]
        rows[name] = [*measures, middle - start, end - middle]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% wrong compare_classifiers.name_as_column: the names are a column instead of the index
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    rows = []
    for name, classifier in classifiers.items():
        clf = clone(classifier)
        start = time.perf_counter()
        clf.fit(X_train, y_train)
        middle = time.perf_counter()
        clf.predict(X_test)
        end = time.perf_counter()
        measures = [error_rate(clf, X_test, y_test), negative_log_likelihood(clf, X_test, y_test)]
        rows.append([name, *measures, middle - start, end - middle])
    return pd.DataFrame(rows, columns=["name", "error_rate", "nll", "fit_seconds", "predict_seconds"])


# %% right compare_classifiers.deepcopy: a copy by the copy module, a row as a dict
def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    from copy import deepcopy

    def seconds(call):
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    rows = {}
    for name, classifier in classifiers.items():
        clf = deepcopy(classifier)
        fit_seconds = seconds(lambda: clf.fit(X_train, y_train))
        predict_seconds = seconds(lambda: clf.predict(X_test))
        rows[name] = {
            "error_rate": error_rate(clf, X_test, y_test),
            "nll": negative_log_likelihood(clf, X_test, y_test),
            "fit_seconds": fit_seconds,
            "predict_seconds": predict_seconds,
        }
    columns = ["error_rate", "nll", "fit_seconds", "predict_seconds"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


# %% right compare_classifiers.error_timed: the error rate makes the one call of predict; the clock imported by name
from time import perf_counter


def compare_classifiers(classifiers, X_train, y_train, X_test, y_test):
    table = pd.DataFrame(columns=["error_rate", "nll", "fit_seconds", "predict_seconds"], dtype=float)
    for name, classifier in classifiers.items():
        clf = clone(classifier)
        start = perf_counter()
        clf.fit(X_train, y_train)
        middle = perf_counter()
        error = error_rate(clf, X_test, y_test)
        end = perf_counter()
        table.loc[name] = [error, negative_log_likelihood(clf, X_test, y_test), middle - start, end - middle]
    return table
