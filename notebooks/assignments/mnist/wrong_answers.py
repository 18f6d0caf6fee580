# ruff: noqa: F811, F821
# Wrong answers to the assignment "mnist": each block replaces the whole solution cell of its question.

# %% chain | 1 of 3 | the weight left out: a change goes through the weight and through the slope, w / 4 a layer
def by_hand():
    layers = math.ceil(math.log(1e-6) / math.log(0.25))
    return {"factor": 0.25 ** numbers["depth"], "layers": layers, "keeps": 4.0, "keeps_tanh": 1.0}


# %% chain | 0 of 3 | the sigmoid's value 1/2 in place of its slope: the steepest slope is 1/2 times 1/2
def by_hand():
    half = numbers["weight"] / 2
    layers = math.ceil(math.log(1e-6) / math.log(half)) if half < 1 else 1_000
    return {"factor": half ** numbers["depth"], "layers": layers, "keeps": 2.0, "keeps_tanh": 1.0}


# %% chain | 2 of 3 | the layers' slopes added up: by the chain rule they are multiplied
def by_hand():
    slope = numbers["weight"] / 4
    layers = math.ceil(math.log(1e-6) / math.log(slope))
    return {"factor": slope * numbers["depth"], "layers": layers, "keeps": 4.0, "keeps_tanh": 1.0}


# %% chain | 1 of 3 | one layer too few in the product: from h_0 to h_L there are L sigmoids
def by_hand():
    slope = numbers["weight"] / 4
    layers = math.ceil(math.log(1e-6) / math.log(slope)) + 1
    return {"factor": slope ** (numbers["depth"] - 1), "layers": layers, "keeps": 4.0, "keeps_tanh": 1.0}


# %% chain | 2 of 3 | the number of layers rounded down: with so many the factor is still above one millionth
def by_hand():
    slope = numbers["weight"] / 4
    layers = math.floor(math.log(1e-6) / math.log(slope))
    return {"factor": slope ** numbers["depth"], "layers": layers, "keeps": 4.0, "keeps_tanh": 1.0}


# %% chain | 2 of 3 | the largest slope in place of the weight: the weight must make up for the slope, so it is 1 / slope
def by_hand():
    slope = numbers["weight"] / 4
    layers = math.ceil(math.log(1e-6) / math.log(slope))
    return {"factor": slope ** numbers["depth"], "layers": layers, "keeps": 0.25, "keeps_tanh": 1.0}


# %% chain | 2 of 3 | tanh taken to be as flat as the sigmoid: its slope at 0 is 1
def by_hand():
    slope = numbers["weight"] / 4
    layers = math.ceil(math.log(1e-6) / math.log(slope))
    return {"factor": slope ** numbers["depth"], "layers": layers, "keeps": 4.0, "keeps_tanh": 4.0}


# %% chain | 2 of 3 | sigmoid and tanh exchanged: the sigmoid is the flatter one, it needs the weight 4
def by_hand():
    slope = numbers["weight"] / 4
    layers = math.ceil(math.log(1e-6) / math.log(slope))
    return {"factor": slope ** numbers["depth"], "layers": layers, "keeps": 1.0, "keeps_tanh": 4.0}


# %% chain | 2 of 3 | one layer too many in the product: from h_0 to h_L there are L sigmoids
def by_hand():
    slope = numbers["weight"] / 4
    layers = math.ceil(math.log(1e-6) / math.log(slope))
    return {"factor": slope ** (numbers["depth"] + 1), "layers": layers, "keeps": 4.0, "keeps_tanh": 1.0}


# %% chain | 2 of 3 | one thousandth in place of one millionth: the layers are for 1e-6
def by_hand():
    slope = numbers["weight"] / 4
    layers = math.ceil(math.log(1e-3) / math.log(slope))
    return {"factor": slope ** numbers["depth"], "layers": layers, "keeps": 4.0, "keeps_tanh": 1.0}


# %% constant | 0 of 3 | one grey value for all pixels: the best picture has a value of its own for each pixel
def constant_errors(train, labels, test, test_labels):
    train, test = train.flatten(1), test.flatten(1)
    greys = torch.stack([train[labels == label].mean() for label in test_labels])
    single = (test - train.mean()).square().sum(1).mean()
    return float(single), float((test - greys[:, None]).square().sum(1).mean())


# %% constant | 0 of 3 | the mean over the pixels: an image's error is the sum over its pixels
def constant_errors(train, labels, test, test_labels):
    train, test = train.flatten(1), test.flatten(1)
    pictures = torch.stack([train[labels == label].mean(0) for label in test_labels])
    return float((test - train.mean(0)).square().mean()), float((test - pictures).square().mean())


# %% constant | 0 of 3 | the pictures made from the test images: they come from the training images
def constant_errors(train, labels, test, test_labels):
    test = test.flatten(1)
    pictures = torch.stack([test[test_labels == label].mean(0) for label in test_labels])
    single = (test - test.mean(0)).square().sum(1).mean()
    return float(single), float((test - pictures).square().sum(1).mean())


# %% constant | 0 of 3 | the errors of the training images: they are asked on the test images
def constant_errors(train, labels, test, test_labels):
    train = train.flatten(1)
    pictures = torch.stack([train[labels == label].mean(0) for label in labels])
    single = (train - train.mean(0)).square().sum(1).mean()
    return float(single), float((train - pictures).square().sum(1).mean())


# %% constant | 2 of 3 | every class counted alike: the error is a mean over the images, so frequent classes count more
def constant_errors(train, labels, test, test_labels):
    train, test = train.flatten(1), test.flatten(1)
    single = (test - train.mean(0)).square().sum(1).mean()
    parts = [
        (test[test_labels == label] - train[labels == label].mean(0)).square().sum(1).mean()
        for label in test_labels.unique()
    ]
    return float(single), float(torch.stack(parts).mean())


# %% constant | 1 of 3 | the mean of the classes' pictures as the single picture: take the mean of all images
def constant_errors(train, labels, test, test_labels):
    train, test = train.flatten(1), test.flatten(1)
    single = torch.stack([train[labels == label].mean(0) for label in labels.unique()]).mean(0)
    pictures = torch.stack([train[labels == label].mean(0) for label in test_labels])
    return float((test - single).square().sum(1).mean()), float((test - pictures).square().sum(1).mean())


# %% constant | 0 of 3 | the median of each pixel: the median is best for absolute errors, the mean for squared ones
def constant_errors(train, labels, test, test_labels):
    train, test = train.flatten(1), test.flatten(1)
    single = (test - train.median(0).values).square().sum(1).mean()
    pictures = torch.stack([train[labels == label].median(0).values for label in test_labels])
    return float(single), float((test - pictures).square().sum(1).mean())


# %% constant | 1 of 3 | the classes taken to be 0 to 9: they can be any whole numbers
def constant_errors(train, labels, test, test_labels):
    train, test = train.flatten(1), test.flatten(1)
    single = (test - train.mean(0)).square().sum(1).mean()
    pictures = torch.stack([train[labels == label].mean(0) for label in range(10)])
    return float(single), float((test - pictures[test_labels]).square().sum(1).mean())


# %% constant | 0 of 3 | the two errors exchanged: first the single picture, then the picture for each class
def constant_errors(train, labels, test, test_labels):
    train, test = train.flatten(1), test.flatten(1)
    single = (test - train.mean(0)).square().sum(1).mean()
    pictures = torch.stack([train[labels == label].mean(0) for label in test_labels])
    return float((test - pictures).square().sum(1).mean()), float(single)


# %% constant | 0 of 3 | the sum over the test images: an error is asked for per image, the mean
def constant_errors(train, labels, test, test_labels):
    train, test = train.flatten(1), test.flatten(1)
    pictures = torch.stack([train[labels == label].mean(0) for label in test_labels])
    return float((test - train.mean(0)).square().sum()), float((test - pictures).square().sum())


# %% constant | 0 of 3 | the root of the squared error: the yardstick is the squared error itself
def constant_errors(train, labels, test, test_labels):
    train, test = train.flatten(1), test.flatten(1)
    pictures = torch.stack([train[labels == label].mean(0) for label in test_labels])
    return float((test - train.mean(0)).norm(dim=1).mean()), float((test - pictures).norm(dim=1).mean())


# %% constant | 2 of 3 | the nearest picture in place of the class's own: the code tells the class, whatever is near
def constant_errors(train, labels, test, test_labels):
    train, test = train.flatten(1), test.flatten(1)
    single = (test - train.mean(0)).square().sum(1).mean()
    pictures = torch.stack([train[labels == label].mean(0) for label in labels.unique()])
    return float(single), float(torch.cdist(test, pictures).min(1).values.square().mean())


# %% backward | 1 of 4 | the factor 2 of the square forgotten: the derivative of (h - x)^2 is 2 (h - x)
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    back = (h[-1] - x) / len(x)
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * h[layer + 1] * (1 - h[layer + 1])
        found.append(delta.T @ h[layer])
        back = delta @ weights[layer]
    return found[::-1]


# %% backward | 2 of 4 | the sum over the batch: the loss is the mean over the batch, so divide by its size
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    back = 2 * (h[-1] - x)
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * h[layer + 1] * (1 - h[layer + 1])
        found.append(delta.T @ h[layer])
        back = delta @ weights[layer]
    return found[::-1]


# %% backward | 2 of 4 | divided by the number of features as well: the loss is a sum over the features
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    back = 2 * (h[-1] - x) / x.numel()
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * h[layer + 1] * (1 - h[layer + 1])
        found.append(delta.T @ h[layer])
        back = delta @ weights[layer]
    return found[::-1]


# %% backward | 1 of 4 | the sign: the reconstruction minus the input, not the other way around
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    back = 2 * (x - h[-1]) / len(x)
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * h[layer + 1] * (1 - h[layer + 1])
        found.append(delta.T @ h[layer])
        back = delta @ weights[layer]
    return found[::-1]


# %% backward | 0 of 4 | the last layer's slope forgotten: the reconstruction, too, comes out of a sigmoid
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    delta = 2 * (h[-1] - x) / len(x)
    found = []
    for layer in reversed(range(len(weights))):
        found.append(delta.T @ h[layer])
        delta = delta @ weights[layer] * h[layer] * (1 - h[layer])
    return found[::-1]


# %% backward | 1 of 4 | the slopes of the hidden layers forgotten: every layer has a sigmoid to go back through
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    delta = 2 * (h[-1] - x) / len(x) * h[-1] * (1 - h[-1])
    found = []
    for layer in reversed(range(len(weights))):
        found.append(delta.T @ h[layer])
        delta = delta @ weights[layer]
    return found[::-1]


# %% backward | 0 of 4 | the slope as a (1 - a) of what goes into the sigmoid: it is s (1 - s) of what comes out
def gradients(weights, biases, x):
    h, inputs = [x], []
    for W, b in zip(weights, biases, strict=True):
        inputs.append(h[-1] @ W.T + b)
        h.append(torch.sigmoid(inputs[-1]))
    back = 2 * (h[-1] - x) / len(x)
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * inputs[layer] * (1 - inputs[layer])
        found.append(delta.T @ h[layer])
        back = delta @ weights[layer]
    return found[::-1]


# %% backward | 2 of 4 | the weights not transposed on the way back: W goes from in to out, its transpose from out to in
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    back = 2 * (h[-1] - x) / len(x)
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * h[layer + 1] * (1 - h[layer + 1])
        found.append(delta.T @ h[layer])
        back = delta @ weights[layer].T
    return found[::-1]


# %% backward | 1 of 4 | the last layer first: return the gradients in the order of the weights
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    back = 2 * (h[-1] - x) / len(x)
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * h[layer + 1] * (1 - h[layer + 1])
        found.append(delta.T @ h[layer])
        back = delta @ weights[layer]
    return found


# %% backward | 0 of 4 | the layer's own output in place of its input: the gradient of W_l is made of delta_l and h_(l-1)
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    back = 2 * (h[-1] - x) / len(x)
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * h[layer + 1] * (1 - h[layer + 1])
        found.append(delta.T @ h[layer + 1])
        back = delta @ weights[layer]
    return found[::-1]


# %% backward | 2 of 4 | the mean over the features in place of the sum, and no mean over the batch
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    back = 2 * (h[-1] - x) / x.shape[1]
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * h[layer + 1] * (1 - h[layer + 1])
        found.append(delta.T @ h[layer])
        back = delta @ weights[layer]
    return found[::-1]


# %% backward | 0 of 4 | the biases left out on the way forward: they shift what goes into every sigmoid
def gradients(weights, biases, x):
    h = [x]
    for W in weights:
        h.append(torch.sigmoid(h[-1] @ W.T))
    back = 2 * (h[-1] - x) / len(x)
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * h[layer + 1] * (1 - h[layer + 1])
        found.append(delta.T @ h[layer])
        back = delta @ weights[layer]
    return found[::-1]


# %% backward | 0 of 4 | the slope of tanh, 1 - s^2: the sigmoid's is s (1 - s)
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    back = 2 * (h[-1] - x) / len(x)
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * (1 - h[layer + 1] ** 2)
        found.append(delta.T @ h[layer])
        back = delta @ weights[layer]
    return found[::-1]


# %% backward | 2 of 4 | each gradient is transposed: W has a row for each output, so delta_l stands first
def gradients(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases, strict=True):
        h.append(torch.sigmoid(h[-1] @ W.T + b))
    back = 2 * (h[-1] - x) / len(x)
    found = []
    for layer in reversed(range(len(weights))):
        delta = back * h[layer + 1] * (1 - h[layer + 1])
        found.append(h[layer].T @ delta)
        back = delta @ weights[layer]
    return found[::-1]


# %% logits | 2 of 4 | the factor 2 of the square forgotten: the derivative of (p - x)^2 is 2 (p - x)
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    return (p - x) * gain * p * (1 - p), gain * (p - x)


# %% logits | 0 of 4 | the steepness forgotten: by the chain rule it is a factor of both derivatives
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    return 2 * (p - x) * p * (1 - p), p - x


# %% logits | 0 of 4 | the derivatives with respect to the pixel p: asked for are those with respect to the logit a
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    return 2 * (p - x), (p - x) / (p * (1 - p))


# %% logits | 3 of 4 | not simplified: far out the slope is 0, and 0 / 0 is no number; p (1 - p) cancels in the cross-entropy
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    slope = gain * p * (1 - p)
    return 2 * (p - x) * slope, ((1 - x) / (1 - p) - x / p) * slope


# %% logits | 3 of 4 | p held a little away from 0 and 1: that makes the cross-entropy's gradient 0 where it is needed most
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    slope, q = gain * p * (1 - p), p.clamp(1e-6, 1 - 1e-6)
    return 2 * (p - x) * slope, ((1 - x) / (1 - q) - x / q) * slope


# %% logits | 1 of 4 | the slope kept in the cross-entropy: there it cancels, that is its advantage
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    slope = gain * p * (1 - p)
    return 2 * (p - x) * slope, (p - x) * slope


# %% logits | 1 of 4 | the slope left out of the squared error: it goes through the sigmoid as well
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    return 2 * (p - x) * gain, gain * (p - x)


# %% logits | 0 of 4 | the sign: the gradient points from the true value to the pixel, p - x
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    return 2 * (x - p) * gain * p * (1 - p), gain * (x - p)


# %% logits | 0 of 4 | divided by the number of pixels: asked for are the pixels' own derivatives, no mean
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    return 2 * (p - x) * gain * p * (1 - p) / a.numel(), gain * (p - x) / a.numel()


# %% logits | 2 of 4 | the steepness left out of the squared error only: its derivative goes through the same sigmoid
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    return 2 * (p - x) * p * (1 - p), gain * (p - x)


# %% logits | 1 of 4 | the steepness left out of the cross-entropy only: the slope cancels, the steepness stays
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    return 2 * (p - x) * gain * p * (1 - p), p - x


# %% logits | 0 of 4 | the two exchanged: first the squared error's derivative, then the cross-entropy's
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    return gain * (p - x), 2 * (p - x) * gain * p * (1 - p)


# %% logits | 2 of 4 | the steepness left out of the pixel: p is the sigmoid of gain times a
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(a)
    return 2 * (p - x) * gain * p * (1 - p), gain * (p - x)


# %% logits | 2 of 4 | the sign of the squared error's derivative: it is p - x, as in the cross-entropy's
def logit_gradients(a, x, gain=1.0):
    p = torch.sigmoid(gain * a)
    return 2 * (x - p) * gain * p * (1 - p), gain * (p - x)


# %% bits | 0 of 3 | the natural logarithm: bits need the logarithm to base 2
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).round().clamp(-top, top).long() + top
    test = (z_test / step).round().clamp(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1) + 1
        bits -= torch.log(counts / counts.sum())[asked]
    return float(bits.mean())


# %% bits | 0 of 3 | the table counted on the test images: the receiver doesn't have them yet, count the training images
def bits_per_image(z_train, z_test, step, top):
    test = (z_test / step).round().clamp(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for asked in test.T:
        counts = torch.bincount(asked, minlength=2 * top + 1) + 1
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.mean())


# %% bits | 0 of 3 | one table for all codes: each code has its own
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).round().clamp(-top, top).long() + top
    test = (z_test / step).round().clamp(-top, top).long() + top
    counts = torch.bincount(train.flatten(), minlength=2 * top + 1) + 1
    return float(-torch.log2(counts / counts.sum())[test].sum(1).mean())


# %% bits | 0 of 3 | the 1 not added: a symbol that never occurred in training would cost infinitely many bits
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).round().clamp(-top, top).long() + top
    test = (z_test / step).round().clamp(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1)
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.mean())


# %% bits | 0 of 3 | the added ones missing in the divisor: divide by the sum of the counts with the 1 for every symbol
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).round().clamp(-top, top).long() + top
    test = (z_test / step).round().clamp(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1) + 1
        bits -= torch.log2(counts / len(column))[asked]
    return float(bits.mean())


# %% bits | 0 of 3 | the mean over the codes: an image needs the sum of its codes' bits
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).round().clamp(-top, top).long() + top
    test = (z_test / step).round().clamp(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1) + 1
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.mean()) / z_test.shape[1]


# %% bits | 0 of 3 | the sum over the test images: asked for are the bits of one image, the mean
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).round().clamp(-top, top).long() + top
    test = (z_test / step).round().clamp(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1) + 1
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.sum())


# %% bits | 0 of 3 | rounded down: take the nearest whole number
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).floor().clamp(-top, top).long() + top
    test = (z_test / step).floor().clamp(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1) + 1
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.mean())


# %% bits | 2 of 3 | values beyond the top symbol not held: they need a symbol too, the last one on their side
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).round().long() + top
    test = (z_test / step).round().long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1) + 1
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.mean())


# %% bits | 0 of 3 | truncated towards zero: take the nearest whole number
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).clamp(-top, top).long() + top
    test = (z_test / step).clamp(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1) + 1
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.mean())


# %% bits | 0 of 3 | the 1 added only for symbols that never occurred: add it to every count
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).round().clamp(-top, top).long() + top
    test = (z_test / step).round().clamp(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1).clamp(min=1)
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.mean())


# %% bits | 0 of 3 | bytes: asked for are bits, eight times as many
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).round().clamp(-top, top).long() + top
    test = (z_test / step).round().clamp(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1) + 1
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.mean()) / 8


# %% bits | 1 of 3 | the example's answer written down: compute it from the codes
def bits_per_image(z_train, z_test, step, top):
    return 2.0 * z_test.shape[1]


# %% bits | 2 of 3 | the codes held at the top, and not the symbols: divide by the step first, then hold the whole numbers
def bits_per_image(z_train, z_test, step, top):
    train = (z_train.clamp(-top, top) / step).round().long().clamp(-top, top) + top
    test = (z_test.clamp(-top, top) / step).round().long().clamp(-top, top) + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1) + 1
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.mean())


# %% bits | 0 of 3 | the table's own entropy: the test images' symbols pay the table's prices
def bits_per_image(z_train, z_test, step, top):
    train = (z_train / step).round().clamp(-top, top).long() + top
    counts = torch.stack([torch.bincount(column, minlength=2 * top + 1) + 1 for column in train.T])
    shares = counts / counts.sum(1, keepdim=True)
    return float(-(shares * shares.log2()).sum())


# %% bits | 2 of 3 | the codes changed in place: divide into new tensors, the caller needs the old ones again
def bits_per_image(z_train, z_test, step, top):
    train = z_train.div_(step).round_().clamp_(-top, top).long() + top
    test = z_test.div_(step).round_().clamp_(-top, top).long() + top
    bits = torch.zeros(len(z_test))
    for column, asked in zip(train.T, test.T, strict=True):
        counts = torch.bincount(column, minlength=2 * top + 1) + 1
        bits -= torch.log2(counts / counts.sum())[asked]
    return float(bits.mean())
