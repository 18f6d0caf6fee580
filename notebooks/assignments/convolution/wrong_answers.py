"""Wrong answers to the assignment `convolution`: each block replaces the solution cell of its question."""

# %% slide | 0 of 4 | the kernel turned over, as in a mathematician's convolution: a layer doesn't turn it
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight.flip(2, 3))


# %% slide | 1 of 4 | rows and columns of the kernel exchanged: w[k, l] meets the pixel k rows down, l columns right
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[3], stride).unfold(3, weight.shape[2], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight.transpose(2, 3))


# %% slide | 2 of 4 | padding at the top and on the left only: zeros stand around the whole image
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding, 0, padding, 0))
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight)


# %% slide | 1 of 4 | padding counted in all: it is for each side, two of them
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding // 2, padding - padding // 2) * 2)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight)


# %% slide | 1 of 4 | no padding at all: zeros stand around the image, `padding` of them on each side
def cross_correlate(x, weight, stride, padding):
    windows = x.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight)


# %% slide | 1 of 4 | the image's own edge repeated around it: outside of the image x counts as 0
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4, mode="replicate")
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight)


# %% slide | 1 of 4 | the stride for rows only: it holds in both directions
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], 1)
    return torch.einsum("bcijkl,ockl->boij", windows, weight)


# %% slide | 1 of 4 | the stride is left out
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], 1).unfold(3, weight.shape[3], 1)
    return torch.einsum("bcijkl,ockl->boij", windows, weight)


# %% slide | 1 of 4 | windows one stride late: the first one begins at the corner of the padded image
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], 1).unfold(3, weight.shape[3], 1)
    return torch.einsum("bcijkl,ockl->boij", windows[:, :, stride - 1 :: stride, stride - 1 :: stride], weight)


# %% slide | 2 of 4 | a window over the edge at the end: one that doesn't lie in the padded image as a whole is dropped
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding, padding + stride - 1) * 2)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight)


# %% slide | 0 of 4 | the mean over the window: a sum is asked for
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight) / weight[0, 0].numel()


# %% slide | 1 of 4 | the mean over the channels: their sums are added
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight) / x.shape[1]


# %% slide | 1 of 4 | the first channel alone: every output adds up all input channels
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bijkl,okl->boij", windows[:, 0], weight[:, 0])


# %% slide | 1 of 4 | one kernel for all channels: each pair of an output and an input channel has its own
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,okl->boij", windows, weight[:, 0])


# %% slide | 1 of 4 | the same kernel for all output channels: weight[o] belongs to output o
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight[:1].expand_as(weight))


# %% slide | 1 of 4 | the first image alone: a batch goes in and comes out
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight)[:1]


# %% slide | 0 of 4 | PyTorch's own convolution: here you write the sum yourself
def cross_correlate(x, weight, stride, padding):
    return nn.functional.conv2d(x, weight, stride=stride, padding=padding)


# %% slide | 3 of 4 | cut off from the graph (detach, item or numpy): the values are right, but nothing is trained
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight).detach()


# %% slide | 3 of 4 | the images are detached: layers below this one wouldn't be trained
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x.detach(), (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight)


# %% slide | 3 of 4 | the kernels are detached: nothing trains this layer
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight.detach())


# %% slide | 1 of 4 | the channels shifted by one: w[o, c] belongs to channel c
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    return torch.einsum("bcijkl,ockl->boij", windows, weight.roll(1, 1))


# %% slide | 0 of 4 | the stride in place of the padding, and the padding in place of the stride
def cross_correlate(x, weight, stride, padding):
    padded = nn.functional.pad(x, (stride,) * 4)
    step = max(1, padding)
    windows = padded.unfold(2, weight.shape[2], step).unfold(3, weight.shape[3], step)
    return torch.einsum("bcijkl,ockl->boij", windows, weight)


# %% stack | 2 of 3 | a transposed convolution taken for doubling: the last kernel reaches beyond, by its width
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * third]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | a transposed convolution that gives n stride + kernel numbers: n kernels are n - 1 strides apart
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * third + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the formula of a convolution for the transposed one: it goes the other way and makes images larger
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, (third - 3) // 2 + 1]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the pooling is left out of the sides: it halves
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the pooling rounded up in the sides: a window that doesn't fit as a whole is dropped
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = -(-first // 2)
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the pooling takes 1, as with a stride of 1: its stride is 2
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first - 1
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the third layer without its loss: a kernel of 3 without padding takes 2
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | 1 too few after the first layer: its padding stands on both sides, and its first window counts too
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the stride of the first layer is left out of the sides
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = side + 2 - kernel + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the kernel of the first layer is left out of the sides: half of the side, as if it kept the size
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = side // 2
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | a padding taken off in the fourth layer: it has none
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3 - 2]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the sides of the images that go in, not of the maps that come out
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [side, first, second, third]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the biases are left out of the weights: one for each map that comes out
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * kernel**2 + 2 * channels * 9 * channels + 9 * 2 * channels
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | one kernel for each map: each pair of an input and an output map has its own
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * 10 + 10
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the third layer makes C maps in the weights: it makes 2C, and the fourth layer takes 2C
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + channels * (9 * channels + 1) + (9 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | a kernel's side where its area belongs in the weights: kernel squared
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | every place has weights of its own: the same kernel slides over the image
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    places = first**2
    weights = places * channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the transposed convolution is left out of the weights: it has as many as a convolution back
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the fourth layer has 2C biases in the weights: one for each map that comes out, and that is one
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 2 * channels)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the pooling has weights: it takes the largest, and nothing is trained
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1) + 4 * channels
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the strides are left out of the field: each widening is multiplied by the strides before it
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) + (3 - 1)
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | a layer's own stride widens it too in the field: only the strides of earlier layers count
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) * 2 + (2 - 1) * 4 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the pooling is left out of the field: it widens by one of its inputs, and its stride counts
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (3 - 1) * 2
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the stride of the pooling is left out of the field: later layers step over 4 pixels
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 2
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | the 1 in front is missing in the field: a number depends on one pixel at least
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = (kernel - 1) + (2 - 1) * 2 + (3 - 1) * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | whole kernels added in the field: each adds its kernel less 1
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = kernel + 2 * 2 + 3 * 4
    return {"sides": sides, "weights": weights, "field": field}


# %% stack | 2 of 3 | strides added up in the field: they are multiplied
def stack():
    side, kernel, channels = numbers["side"], numbers["kernel"], numbers["channels"]
    first = (side + 2 - kernel) // 2 + 1
    second = first // 2
    third = second - 2
    sides = [first, second, third, 2 * (third - 1) + 3]
    weights = channels * (kernel**2 + 1) + 2 * channels * (9 * channels + 1) + (9 * 2 * channels + 1)
    field = 1 + (kernel - 1) + (2 - 1) * 2 + (3 - 1) * (2 + 2 + 1)
    return {"sides": sides, "weights": weights, "field": field}


# %% trace | 1 of 4 | rounded up: a window that doesn't fit as a whole is dropped
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = -(-(side + 2 * layer.padding - layer.kernel) // layer.stride) + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 1 of 4 | padding on one side: it stands on both
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - layer.padding + layer.kernel
        else:
            side = (side + layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 1 of 4 | the + 1 is missing: the first window counts too
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 1 of 4 | negative numbers where nothing fits: the answer is 0 there
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 2 of 4 | 0 at the end only: where a window no longer fits, the later layers bring nothing back
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
    return max(side, 0)


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 2 of 4 | a later layer works on 0 numbers and finds windows in its own padding: stop at 0
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        side = max(side, 0)
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 3 of 4 | pooling without its padding
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        elif layer.kind == "pool":
            side = (side - layer.kernel) // layer.stride + 1
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 3 of 4 | pooling steps by its kernel: it has a stride of its own
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        elif layer.kind == "pool":
            side = (side + 2 * layer.padding - layer.kernel) // layer.kernel + 1
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 2 of 4 | a transposed layer adds its padding: there padding is taken away at the end
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride + 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 3 of 4 | a transposed layer multiplies by its stride: (n - 1) stride and one kernel
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = side * layer.stride
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 2 of 4 | a transposed layer with n strides: n kernels are n - 1 strides apart
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = side * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 2 of 4 | a transposed layer taken for a convolution
def side_after(side, layers):
    for layer in layers:
        side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 2 of 4 | the padding of a transposed layer is left out
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 2 of 4 | the window without padding: padding moves it to the left
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride
        last = last * layer.stride + layer.kernel - 1
    return first, last


# %% trace | 2 of 4 | the layers taken from the first to the last in the window: number i stands after the last layer
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in layers:
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 2 of 4 | the window cut off at pixel 0: it may begin before
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return max(first, 0), last


# %% trace | 2 of 4 | the last pixel one too far: a kernel of k ends k - 1 after its first
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel
    return first, last


# %% trace | 2 of 4 | first pixel and width: first and last pixel are asked for
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last * layer.stride - layer.padding + layer.kernel - 1
    return first, last - first + 1


# %% trace | 2 of 4 | the last pixel found without strides: it is the last number's window that ends there
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = first * layer.stride - layer.padding
        last = last - layer.padding + layer.kernel - 1
    return first, last


# %% trace | 3 of 4 | the padding multiplied by the layer's own stride in the window: it counts in the layer below
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    first = last = i
    for layer in reversed(layers):
        first = (first - layer.padding) * layer.stride
        last = (last - layer.padding) * layer.stride + layer.kernel - 1
    return first, last


# %% trace | 2 of 4 | the width with each layer's own stride: only the strides of earlier layers widen it
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    jump, width, first = 1, 1, 0
    for layer in layers:
        first -= layer.padding * jump
        jump *= layer.stride
        width += (layer.kernel - 1) * jump
    return first + i * jump, first + i * jump + width - 1


# %% trace | 2 of 4 | number i taken for pixel i: windows lie the product of all strides apart
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        else:
            side = (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
        if side <= 0:
            return 0
    return side


def window(layers, i):
    jump, width, first = 1, 1, 0
    for layer in layers:
        first -= layer.padding * jump
        width += (layer.kernel - 1) * jump
        jump *= layer.stride
    return first + i, first + i + width - 1


# %% unet | 0 of 3 | the skip first: the enlarged maps stand before it
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([skipped, large], dim=1)).relu())


# %% unet | 0 of 3 | added where concatenation is asked for
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large + skipped.repeat(1, 2, 1, 1), skipped], dim=1)).relu())


# %% unet | 1 of 3 | the ReLU after first is missing: what is skipped is never negative
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x)
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | the skip taken before the ReLU: h is what comes after it
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = parts.first(x) if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | the ReLU after down is missing
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h)
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | the ReLU after merge is missing
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)))


# %% unet | 1 of 3 | a ReLU after last: nothing comes after it
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu()).relu()


# %% unet | 0 of 3 | a sigmoid after last: nothing comes after it
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu()).sigmoid()


# %% unet | 0 of 3 | enlarged smoothly (bilinear): each number is repeated
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:], mode="bilinear", align_corners=False)
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 0 of 3 | the skip cut to the even part of the image: the enlarged maps are cut, never the skip
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    even = [side // 2 * 2 for side in h.shape[2:]]
    large, skipped = large[..., : even[0], : even[1]], skipped[..., : even[0], : even[1]]
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | skips=False cuts the bottleneck: the skipped maps are multiplied by 0, the enlarged ones stay
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    return parts.last(parts.merge(torch.cat([large if skips else 0 * large, h], dim=1)).relu())


# %% unet | 1 of 3 | skips=False zeroes h for the way down too: only what goes through the skip is cut
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    h = h if skips else 0 * h
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | skips is ignored
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | others is ignored
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 2 of 3 | the previous image's bottleneck: the next one's is asked for
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 2 of 3 | the batch turned over: image i gets the bottleneck of image i + 1
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.flip(0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | another image's skip: its bottleneck is exchanged, the skip stays one's own
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    skipped = skipped.roll(-1, dims=0) if others else skipped
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | the whole of another image: skip and bottleneck were both exchanged
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x.roll(-1, dims=0) if others else x).relu()
    d = parts.down(h).relu()
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | the last image keeps its own bottleneck: it gets that of the first
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = torch.cat([d[1:], d[-1:]])
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | the skip is detached: gradients go through it as well
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h.detach() if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 2 of 3 | another image's bottleneck is detached: the experiment has gradients too
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0).detach()
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | the bottleneck is detached: nothing trains down
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:]).detach()
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | the input itself was skipped: the maps after first are
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=0)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = x.expand_as(h) if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% unet | 1 of 3 | others changes the channels' order: the images are the first dimension
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    if others:
        d = d.roll(-1, dims=1)
    large = nn.functional.interpolate(d, size=h.shape[2:])
    skipped = h if skips else 0 * h
    return parts.last(parts.merge(torch.cat([large, skipped], dim=1)).relu())


# %% nyquist | 0 of 3 | the mean isn't subtracted: it has energy too, at the frequency 0
def nyquist_share(x):
    power = torch.fft.fft2(x).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | the mean of the whole batch subtracted: each picture has its own
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean()).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 1 of 3 | the amplitude: energy is its square
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 1 of 3 | rows and columns counted one after the other: the corner is in both, and counts once
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high).int() + (2 * torch.arange(wide) == wide).int()
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | the corner alone: a pattern in one direction counts as well, "or"
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) & (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | u = H/2 alone: patterns along a row count too
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (torch.arange(wide) < 0)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | v = W/2 alone: patterns along a column count too
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (torch.arange(high)[:, None] < 0) | (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 1 of 3 | H and W exchanged: u runs over H rows, v over W columns
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == wide) | (2 * torch.arange(wide) == high)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 2 of 3 | the middle of an odd side counted: no whole number is half of it
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (torch.arange(high)[:, None] == high // 2) | (torch.arange(wide) == wide // 2)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 2 of 3 | an odd side skips the whole picture: the other direction still counts
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    finest = finest & (high % 2 == 0) & (wide % 2 == 0)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | the last frequency in place of the middle one: the finest stands at H/2, not at H - 1
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (torch.arange(high)[:, None] == high - 1) | (torch.arange(wide) == wide - 1)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | the frequencies moved to the middle (fftshift): H/2 is then the frequency 0
def nyquist_share(x):
    power = torch.fft.fftshift(torch.fft.fft2(x - x.mean((1, 2), keepdim=True)), dim=(1, 2)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 2 of 3 | nan for a black picture: 0 / 0, and 0 is asked for
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return (power * finest).sum((1, 2)) / total


# %% nyquist | 0 of 3 | one number for the whole batch: each picture has its own
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum()
    return torch.where(total > 0, (power * finest).sum() / total, 0.0)


# %% nyquist | 0 of 3 | the whole batch's energy below the fraction line: each picture has its own
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum()
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | the mean over N by the mean over all: sums are asked for
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / finest.sum() * finest.numel() / total, 0.0)


# %% nyquist | 0 of 3 | the finest against all others: all frequencies stand below the fraction line
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = (power * ~finest).sum((1, 2)).clamp(min=1e-12)
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | only half of the frequencies (rfft2): in a sum over all each of the others counts twice
def nyquist_share(x):
    power = torch.fft.rfft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide // 2 + 1) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | a transform along the batch as well (fftn): each picture has a transform of its own
def nyquist_share(x):
    power = torch.fft.fftn(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | a transform along the rows alone: fft2 goes in both directions
def nyquist_share(x):
    power = torch.fft.fft(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | 1 minus the share
def nyquist_share(x):
    power = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    high, wide = x.shape[1:]
    finest = (2 * torch.arange(high)[:, None] == high) | (2 * torch.arange(wide) == wide)
    total = power.sum((1, 2))
    return torch.where(total > 0, (power * ~finest).sum((1, 2)) / total, 0.0)


# %% nyquist | 0 of 3 | neighbouring pixels compared: the finest pattern is measured by the Fourier transform
def nyquist_share(x):
    centred = x - x.mean((1, 2), keepdim=True)
    total = centred.square().sum((1, 2))
    steps = (x[:, 1:] - x[:, :-1]).square().sum((1, 2)) + (x[:, :, 1:] - x[:, :, :-1]).square().sum((1, 2))
    return torch.where(total > 0, steps / (steps + total), 0.0)
