# ruff: noqa: F811, F821
# Wrong answers to the assignment "pca": each block replaces the whole solution cell of its question.

# %% hand | 2 of 3 | the encoder's vector times the decoder's: P is the decoder's column times the encoder's row
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    return {
        "P": [[s, 1], [s * (1 - s), 1 - s]],
        "destroyed": [-1 / s, 1],
        "oblique": sigma**2 * (1 + s**2) * (1 + (s - 1) ** 2),
        "orthogonal": sigma**2,
    }


# %% hand | 1 of 3 | the orthogonal projection in place of the oblique one: P uses the given encoder, and P isn't symmetric
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    n = 1 + s**2
    return {
        "P": [[s * s / n, s / n], [s / n, 1 / n]],
        "destroyed": [-1 / s, 1],
        "oblique": sigma**2,
        "orthogonal": sigma**2,
    }


# %% hand | 1 of 3 | the standard deviation where the variance belongs: squared errors grow with sigma squared
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    return {
        "P": [[s, s * (1 - s)], [1, 1 - s]],
        "destroyed": [s - 1, 1],
        "oblique": sigma * (1 + s**2) * (1 + (s - 1) ** 2),
        "orthogonal": sigma,
    }


# %% hand | 2 of 3 | the noise of both coordinates counted as the orthogonal error: only the part across the line is lost
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    return {
        "P": [[s, s * (1 - s)], [1, 1 - s]],
        "destroyed": [s - 1, 1],
        "oblique": sigma**2 * (1 + s**2) * (1 + (s - 1) ** 2),
        "orthogonal": 2 * sigma**2,
    }


# %% hand | 2 of 3 | the length of I - P in place of its square: add up the squares of its entries and take no root
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    return {
        "P": [[s, s * (1 - s)], [1, 1 - s]],
        "destroyed": [s - 1, 1],
        "oblique": sigma**2 * ((1 + s**2) * (1 + (s - 1) ** 2)) ** 0.5,
        "orthogonal": sigma**2,
    }


# %% hand | 1 of 3 | the mean over the two coordinates: the error of a point is the sum over its coordinates
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    return {
        "P": [[s, s * (1 - s)], [1, 1 - s]],
        "destroyed": [s - 1, 1],
        "oblique": sigma**2 * (1 + s**2) * (1 + (s - 1) ** 2) / 2,
        "orthogonal": sigma**2 / 2,
    }


# %% hand | 1 of 3 | notebook 1's numbers, which are for the slope 2: use your own slope
def by_hand():
    sigma = numbers["noise"]
    return {"P": [[2, -2], [1, -1]], "destroyed": [1, 1], "oblique": 10 * sigma**2, "orthogonal": sigma**2}


# %% hand | 2 of 3 | the oblique error taken for both: the orthogonal projection loses the noise across the line only
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    oblique = sigma**2 * (1 + s**2) * (1 + (s - 1) ** 2)
    return {"P": [[s, s * (1 - s)], [1, 1 - s]], "destroyed": [s - 1, 1], "oblique": oblique, "orthogonal": oblique / 2}


# %% hand | 2 of 3 | the error along one coordinate only: add up the squares of all four entries of I - P
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    return {
        "P": [[s, s * (1 - s)], [1, 1 - s]],
        "destroyed": [s - 1, 1],
        "oblique": sigma**2 * ((1 - s) ** 2 + s**2 * (s - 1) ** 2),
        "orthogonal": sigma**2,
    }


# %% hand | 2 of 3 | twice the identity's own error added: I - P counts once
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    return {
        "P": [[s, s * (1 - s)], [1, 1 - s]],
        "destroyed": [s - 1, 1],
        "oblique": sigma**2 * ((1 + s**2) * (1 + (s - 1) ** 2) + 2),
        "orthogonal": sigma**2,
    }


# %% hand | 2 of 3 | the direction at a right angle to the line: P destroys what has the code 0, and that is at a right angle to w
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    return {
        "P": [[s, s * (1 - s)], [1, 1 - s]],
        "destroyed": [-1 / s, 1],
        "oblique": sigma**2 * (1 + s**2) * (1 + (s - 1) ** 2),
        "orthogonal": sigma**2,
    }


# %% hand | 2 of 3 | the direction is right and not scaled: divide it by its second number
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    return {
        "P": [[s, s * (1 - s)], [1, 1 - s]],
        "destroyed": [1, 1 / (s - 1)],
        "oblique": sigma**2 * (1 + s**2) * (1 + (s - 1) ** 2),
        "orthogonal": sigma**2,
    }


# %% hand | 1 of 3 | the two errors exchanged: the orthogonal projection is the one of least error
def by_hand():
    s, sigma = numbers["slope"], numbers["noise"]
    return {
        "P": [[s, s * (1 - s)], [1, 1 - s]],
        "destroyed": [s - 1, 1],
        "oblique": sigma**2,
        "orthogonal": sigma**2 * (1 + s**2) * (1 + (s - 1) ** 2),
    }


# %% least | 1 of 4 | divided by n - 1: the error is a mean over n, so the eigenvalues must be divided by n
def least_error(x, counts, k):
    rows = x.repeat_interleave(counts, dim=0)
    variances = torch.linalg.eigvalsh(torch.cov(rows.T, correction=1))
    return float(variances[: x.shape[1] - k].sum())


# %% least | 1 of 4 | every point counted once: a point that was seen three times counts three times
def least_error(x, counts, k):
    variances = torch.linalg.eigvalsh(torch.cov(x.T, correction=0))
    return float(variances[: x.shape[1] - k].sum())


# %% least | 1 of 4 | the mean of the different points: the mean, too, is over all observations
def least_error(x, counts, k):
    share = counts / counts.sum()
    centred = x - x.mean(0)
    variances = torch.linalg.eigvalsh(centred.T @ (share[:, None] * centred))
    return float(variances[: x.shape[1] - k].sum())


# %% least | 2 of 4 | divided by the number of different points: divide by the sum of the counts
def least_error(x, counts, k):
    centred = x - counts / counts.sum() @ x
    variances = torch.linalg.eigvalsh(centred.T @ (counts[:, None] * centred) / len(x))
    return float(variances[: x.shape[1] - k].sum())


# %% least | 0 of 4 | the variance that is kept: the error is the part that is lost
def least_error(x, counts, k):
    share = counts / counts.sum()
    centred = x - share @ x
    variances = torch.linalg.eigvalsh(centred.T @ (share[:, None] * centred)).flip(0)
    return float(variances[:k].sum())


# %% least | 0 of 4 | the k smallest eigenvalues: with k codes the x_dim - k smallest are lost
def least_error(x, counts, k):
    share = counts / counts.sum()
    centred = x - share @ x
    variances = torch.linalg.eigvalsh(centred.T @ (share[:, None] * centred))
    return float(variances[:k].sum())


# %% least | 1 of 4 | the mean over the features: the error of an example is the sum over its features
def least_error(x, counts, k):
    share = counts / counts.sum()
    centred = x - share @ x
    variances = torch.linalg.eigvalsh(centred.T @ (share[:, None] * centred))
    return float(variances[: x.shape[1] - k].sum()) / x.shape[1]


# %% least | 0 of 4 | singular values not squared: a variance is a squared singular value divided by n
def least_error(x, counts, k):
    rows = x.repeat_interleave(counts, dim=0)
    sizes = torch.linalg.svdvals(rows - rows.mean(0))
    return float(sizes[k:].sum() / len(rows))


# %% least | 0 of 4 | the mean was not subtracted: the codes have a bias, so the error counts from the mean
def least_error(x, counts, k):
    rows = x.repeat_interleave(counts, dim=0)
    variances = torch.linalg.eigvalsh(rows.T @ rows / len(rows))
    return float(variances[: x.shape[1] - k].sum())


# %% least | 1 of 4 | the examples' answers written down: compute them from x, counts and k
def least_error(x, counts, k):
    return 3.0 if len(x) == 2 else [1.75, 0.75, 0.0][min(k, 2)]


# %% least | 1 of 4 | the total added up where the mean over the observations is asked for: divide by n
def least_error(x, counts, k):
    rows = x.repeat_interleave(counts, dim=0)
    sizes = torch.linalg.eigvalsh((rows - rows.mean(0)).T @ (rows - rows.mean(0)))
    return float(sizes[: x.shape[1] - k].sum())


# %% least | 0 of 4 | roots of the variances added up: variances add, standard deviations don't
def least_error(x, counts, k):
    share = counts / counts.sum()
    centred = x - share @ x
    variances = torch.linalg.eigvalsh(centred.T @ (share[:, None] * centred)).clamp(min=0)
    return float(variances[: x.shape[1] - k].sqrt().sum())


# %% least | 3 of 4 | x is changed in place: the caller's own data are spoilt, work on a copy
def least_error(x, counts, k):
    share = counts / counts.sum()
    x -= share @ x
    variances = torch.linalg.eigvalsh(x.T @ (share[:, None] * x))
    return float(variances[: x.shape[1] - k].sum())


# %% least | 1 of 4 | [:-k] is empty for k = 0, where everything is lost: count from the front, [: x_dim - k]
def least_error(x, counts, k):
    share = counts / counts.sum()
    centred = x - share @ x
    variances = torch.linalg.eigvalsh(centred.T @ (share[:, None] * centred))
    return float(variances[:-k].sum())


# %% least | 1 of 4 | every point that was seen counted once: a point that was seen three times counts three times
def least_error(x, counts, k):
    variances = torch.linalg.eigvalsh(torch.cov(x[counts > 0].T, correction=0))
    return float(variances[: x.shape[1] - k].sum())


# %% recode | 2 of 3 | the inverse of A transposed: the new decoder is W2 A^-1 (solve with A^T when you solve for its transpose)
def recode(W1, b1, W2, b2, A, c):
    back = torch.linalg.solve(A, W2.T).T
    return A @ W1, A @ b1 + c, back, b2 - back @ c


# %% recode | 1 of 3 | the transpose of A in place of its inverse: that is right for rotations only
def recode(W1, b1, W2, b2, A, c):
    back = W2 @ A.T
    return A @ W1, A @ b1 + c, back, b2 - back @ c


# %% recode | 1 of 3 | the decoder's bias left as it was: it must take A's shift c away again
def recode(W1, b1, W2, b2, A, c):
    return A @ W1, A @ b1 + c, W2 @ torch.linalg.inv(A), b2


# %% recode | 1 of 3 | the shift c sent through the old decoder: it must go through the new one, W2 A^-1
def recode(W1, b1, W2, b2, A, c):
    return A @ W1, A @ b1 + c, W2 @ torch.linalg.inv(A), b2 - W2 @ c


# %% recode | 1 of 3 | A applied to the shift as well: the new code is A z + c, not A (z + c)
def recode(W1, b1, W2, b2, A, c):
    back = W2 @ torch.linalg.inv(A)
    return A @ W1, A @ (b1 + c), back, b2 - back @ c


# %% recode | 1 of 3 | the encoder's bias not multiplied by A: A z + c is A W1 x + A b1 + c
def recode(W1, b1, W2, b2, A, c):
    back = W2 @ torch.linalg.inv(A)
    return A @ W1, b1 + c, back, b2 - back @ c


# %% recode | 1 of 3 | the shift added to the decoder's bias: it must be taken away
def recode(W1, b1, W2, b2, A, c):
    back = W2 @ torch.linalg.inv(A)
    return A @ W1, A @ b1 + c, back, b2 + back @ c


# %% recode | 0 of 3 | encoder and decoder exchanged: the encoder is multiplied by A, the decoder by its inverse
def recode(W1, b1, W2, b2, A, c):
    inverse = torch.linalg.inv(A)
    return inverse @ W1, inverse @ (b1 - c), W2 @ A, b2 + W2 @ c


# %% recode | 2 of 3 | b2 is changed in place: the caller's own autoencoder is spoilt, make a new tensor
def recode(W1, b1, W2, b2, A, c):
    back = W2 @ torch.linalg.inv(A)
    b2 -= back @ c
    return A @ W1, A @ b1 + c, back, b2


# %% recode | 0 of 3 | the shift c left out: the new code is A z + c, and the decoder must take c away again
def recode(W1, b1, W2, b2, A, c):
    return A @ W1, A @ b1, W2 @ torch.linalg.inv(A), b2


# %% recode | 2 of 3 | each entry of A inverted by itself: the inverse of a matrix is torch.linalg.inv(A)
def recode(W1, b1, W2, b2, A, c):
    back = W2 @ (1 / A)
    return A @ W1, A @ b1 + c, back, b2 - back @ c


# %% loadings | 0 of 4 | the decoder's own singular vectors: their order and axes come from the weights, not from the data
def loadings(W2, x):
    vectors = torch.linalg.svd(W2, full_matrices=False).U.T
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    vectors = vectors * largest.sign()
    return vectors, ((x - x.mean(0)) @ vectors.T).square().mean(0)


# %% loadings | 0 of 4 | the decoder's columns, made one long: a single column of a decoder is a mixture
def loadings(W2, x):
    vectors = (W2 / W2.norm(dim=0)).T
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    vectors = vectors * largest.sign()
    variances = ((x - x.mean(0)) @ vectors.T).square().mean(0)
    order = variances.argsort(descending=True)
    return vectors[order], variances[order]


# %% loadings | 0 of 4 | the smallest variance first: eigh sorts upwards, so turn the order around
def loadings(W2, x):
    Q = torch.linalg.qr(W2).Q
    codes = (x - x.mean(0)) @ Q
    variances, mix = torch.linalg.eigh(codes.T @ codes / len(x))
    vectors = (Q @ mix).T
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * largest.sign(), variances


# %% loadings | 2 of 4 | PCA of the data without a look at the decoder: the axes must lie in the span of its columns
def loadings(W2, x):
    centred = x - x.mean(0)
    variances, axes = torch.linalg.eigh(centred.T @ centred / len(x))
    k = W2.shape[1]
    vectors = axes.T.flip(0)[:k]
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * largest.sign(), variances.flip(0)[:k]


# %% loadings | 1 of 4 | the data's mean was not subtracted: the variance is about the mean
def loadings(W2, x):
    Q = torch.linalg.qr(W2).Q
    codes = x @ Q
    variances, mix = torch.linalg.eigh(codes.T @ codes / len(x))
    vectors = (Q @ mix).T.flip(0)
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * largest.sign(), variances.flip(0)


# %% loadings | 1 of 4 | the vectors stand in the columns: each loading vector is a row
def loadings(W2, x):
    Q = torch.linalg.qr(W2).Q
    codes = (x - x.mean(0)) @ Q
    variances, mix = torch.linalg.eigh(codes.T @ codes / len(x))
    vectors = (Q @ mix).T.flip(0)
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return (vectors * largest.sign()).T, variances.flip(0)


# %% loadings | 2 of 4 | the variances divided by n - 1: a mean squared error is divided by n
def loadings(W2, x):
    Q = torch.linalg.qr(W2).Q
    codes = (x - x.mean(0)) @ Q
    variances, mix = torch.linalg.eigh(codes.T @ codes / (len(x) - 1))
    vectors = (Q @ mix).T.flip(0)
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * largest.sign(), variances.flip(0)


# %% loadings | 2 of 4 | standard deviations in place of variances: don't take the root
def loadings(W2, x):
    Q = torch.linalg.qr(W2).Q
    codes = (x - x.mean(0)) @ Q
    variances, mix = torch.linalg.eigh(codes.T @ codes / len(x))
    vectors = (Q @ mix).T.flip(0)
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * largest.sign(), variances.flip(0).sqrt()


# %% loadings | 0 of 4 | the slanted columns used as if they were a basis at right angles: make them orthonormal first
def loadings(W2, x):
    codes = (x - x.mean(0)) @ W2
    variances, mix = torch.linalg.eigh(codes.T @ codes / len(x))
    vectors = (W2 @ mix).T.flip(0)
    vectors = vectors / vectors.norm(dim=1, keepdim=True)
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * largest.sign(), variances.flip(0)


# %% loadings | 2 of 4 | turned by the sum of the entries: the entry of largest magnitude must be positive
def loadings(W2, x):
    Q = torch.linalg.qr(W2).Q
    codes = (x - x.mean(0)) @ Q
    variances, mix = torch.linalg.eigh(codes.T @ codes / len(x))
    vectors = (Q @ mix).T.flip(0)
    return vectors * vectors.sum(1, keepdim=True).sign(), variances.flip(0)


# %% loadings | 2 of 4 | PCA's axes projected into the span: those aren't the axes of largest variance within it
def loadings(W2, x):
    Q = torch.linalg.qr(W2).Q
    centred = x - x.mean(0)
    axes = torch.linalg.eigh(centred.T @ centred / len(x)).eigenvectors.flip(1)[:, : W2.shape[1]]
    vectors = torch.nn.functional.normalize(Q @ (Q.T @ axes), dim=0).T
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    vectors = vectors * largest.sign()
    return vectors, (centred @ vectors.T).square().mean(0)


# %% loadings | 3 of 4 | x is changed in place: the caller's own data are spoilt, work on a copy
def loadings(W2, x):
    Q = torch.linalg.qr(W2).Q
    x -= x.mean(0)
    codes = x @ Q
    variances, mix = torch.linalg.eigh(codes.T @ codes / len(x))
    vectors = (Q @ mix).T.flip(0)
    largest = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * largest.sign(), variances.flip(0)


# %% compress | 0 of 3 | one code too few: count the codes up to and including the one that passes the share
def compress(train, test, share):
    mean = train.mean(0)
    variances, axes = torch.linalg.eigh(torch.cov(train.T, correction=0))
    variances, axes = variances.flip(0), axes.flip(1)
    k = int((variances.cumsum(0) / variances.sum() < share).sum())
    return k, float(variances[k:].sum()), float(((test - mean) @ axes[:, k:]).square().sum(1).mean())


# %% compress | 0 of 3 | shares of the standard deviations: variances add up, standard deviations don't
def compress(train, test, share):
    mean = train.mean(0)
    variances, axes = torch.linalg.eigh(torch.cov(train.T, correction=0))
    variances, axes = variances.flip(0).clamp(min=0), axes.flip(1)
    k = int((variances.sqrt().cumsum(0) / variances.sqrt().sum() < share).sum()) + 1
    return k, float(variances[k:].sum()), float(((test - mean) @ axes[:, k:]).square().sum(1).mean())


# %% compress | 0 of 3 | PCA fitted to all rows: mean and axes come from the training rows only
def compress(train, test, share):
    rows = torch.cat([train, test])
    mean = rows.mean(0)
    variances, axes = torch.linalg.eigh(torch.cov(rows.T, correction=0))
    variances, axes = variances.flip(0), axes.flip(1)
    k = int((variances.cumsum(0) / variances.sum() < share).sum()) + 1
    errors = [float(((part - mean) @ axes[:, k:]).square().sum(1).mean()) for part in (train, test)]
    return k, *errors


# %% compress | 1 of 3 | the test rows' own mean subtracted: the mean, too, comes from the training rows
def compress(train, test, share):
    variances, axes = torch.linalg.eigh(torch.cov(train.T, correction=0))
    variances, axes = variances.flip(0), axes.flip(1)
    k = int((variances.cumsum(0) / variances.sum() < share).sum()) + 1
    missed = (test - test.mean(0)) @ axes[:, k:]
    return k, float(variances[k:].sum()), float(missed.square().sum(1).mean())


# %% compress | 1 of 3 | the mean over the features: an example's error is the sum over its features
def compress(train, test, share):
    mean = train.mean(0)
    variances, axes = torch.linalg.eigh(torch.cov(train.T, correction=0))
    variances, axes = variances.flip(0), axes.flip(1)
    k = int((variances.cumsum(0) / variances.sum() < share).sum()) + 1
    missed = (test - mean) @ axes[:, k:]
    return k, float(variances[k:].sum()) / train.shape[1], float(missed.square().sum(1).mean()) / train.shape[1]


# %% compress | 1 of 3 | the training error divided by n - 1: a mean over n rows is divided by n
def compress(train, test, share):
    mean = train.mean(0)
    variances, axes = torch.linalg.eigh(torch.cov(train.T, correction=1))
    variances, axes = variances.flip(0), axes.flip(1)
    k = int((variances.cumsum(0) / variances.sum() < share).sum()) + 1
    return k, float(variances[k:].sum()), float(((test - mean) @ axes[:, k:]).square().sum(1).mean())


# %% compress | 1 of 3 | the test rows coded by axes of their own: use the axes of the training rows
def compress(train, test, share):
    variances = torch.linalg.eigvalsh(torch.cov(train.T, correction=0)).flip(0)
    k = int((variances.cumsum(0) / variances.sum() < share).sum()) + 1
    own = torch.linalg.eigvalsh(torch.cov(test.T, correction=0)).flip(0)
    return k, float(variances[k:].sum()), float(own[k:].sum())


# %% compress | 2 of 3 | more than the share where at least the share is asked for: exactly the share is enough
def compress(train, test, share):
    mean = train.mean(0)
    variances, axes = torch.linalg.eigh(torch.cov(train.T, correction=0))
    variances, axes = variances.flip(0), axes.flip(1)
    k = int((variances.cumsum(0) / variances.sum() <= share).sum()) + 1
    return k, float(variances[k:].sum()), float(((test - mean) @ axes[:, k:]).square().sum(1).mean())


# %% compress | 0 of 3 | one code too many: the first k codes keep the k-th cumulative share
def compress(train, test, share):
    mean = train.mean(0)
    variances, axes = torch.linalg.eigh(torch.cov(train.T, correction=0))
    variances, axes = variances.flip(0), axes.flip(1)
    k = int((variances.cumsum(0) / variances.sum() < share).sum()) + 2
    return k, float(variances[k:].sum()), float(((test - mean) @ axes[:, k:]).square().sum(1).mean())


# %% compress | 2 of 3 | the rows are changed in place: the caller's own data are spoilt, work on copies
def compress(train, test, share):
    mean = train.mean(0)
    train -= mean
    test -= mean
    variances, axes = torch.linalg.eigh(train.T @ train / len(train))
    variances, axes = variances.flip(0), axes.flip(1)
    k = int((variances.cumsum(0) / variances.sum() < share).sum()) + 1
    return k, float(variances[k:].sum()), float((test @ axes[:, k:]).square().sum(1).mean())
