"""Right answers to the assignment `convolution` in odd styles: each must earn all points of its question."""


# %% slide | four loops
def cross_correlate(x, weight, stride, padding):
    B, C, H, W = x.shape
    out_channels, _, K, L = weight.shape
    p = torch.zeros(B, C, H + 2 * padding, W + 2 * padding)
    p[:, :, padding : padding + H, padding : padding + W] = x
    rows, cols = (H + 2 * padding - K) // stride + 1, (W + 2 * padding - L) // stride + 1
    out = torch.zeros(B, out_channels, rows, cols)
    for o in range(out_channels):
        for i in range(rows):
            for j in range(cols):
                out[:, o, i, j] = (p[:, :, i * stride : i * stride + K, j * stride : j * stride + L] * weight[o]).sum(
                    (1, 2, 3)
                )
    return out


# %% slide | sum over kernel places, slices with steps
def cross_correlate(x, weight, stride, padding):
    p = nn.functional.pad(x, (padding,) * 4)
    K, L = weight.shape[-2:]
    rows = (p.shape[2] - K) // stride + 1
    cols = (p.shape[3] - L) // stride + 1
    total = 0
    for k in range(K):
        for m in range(L):
            part = p[:, :, k : k + (rows - 1) * stride + 1 : stride, m : m + (cols - 1) * stride + 1 : stride]
            total = total + torch.einsum("bcij,oc->boij", part, weight[:, :, k, m])
    return total


# %% slide | F.unfold and matmul
def cross_correlate(x, weight, stride, padding):
    K, L = weight.shape[2:]
    cols = torch.nn.functional.unfold(x, (K, L), padding=padding, stride=stride)
    out = weight.flatten(1) @ cols
    rows = (x.shape[2] + 2 * padding - K) // stride + 1
    return out.unflatten(2, (rows, -1))


# %% slide | tensordot
def cross_correlate(x, weight, stride, padding):
    p = torch.nn.ZeroPad2d(padding)(x)
    w = p.unfold(2, weight.size(2), stride).unfold(3, weight.size(3), stride)
    return torch.tensordot(w, weight, dims=([1, 4, 5], [1, 2, 3])).permute(0, 3, 1, 2)


# %% slide | stride 1 then sliced
def cross_correlate(x, weight, stride, padding):
    p = nn.functional.pad(x, [padding] * 4)
    w = p.unfold(2, weight.size(2), 1).unfold(3, weight.size(3), 1)
    full = (w[:, None] * weight[None, :, :, None, None]).sum((2, -1, -2))
    return full[..., ::stride, ::stride].clone()


# %% slide | through nn.Linear functional
def cross_correlate(x, weight, stride, padding):
    p = nn.functional.pad(x, (padding,) * 4)
    w = p.unfold(2, weight.size(2), stride).unfold(3, weight.size(3), stride)
    w = w.permute(0, 2, 3, 1, 4, 5).flatten(3)
    return nn.functional.linear(w, weight.flatten(1)).movedim(-1, 1)


# %% slide | in double and back
def cross_correlate(x, weight, stride, padding):
    p = nn.functional.pad(x.double(), (padding,) * 4)
    w = p.unfold(2, weight.size(2), stride).unfold(3, weight.size(3), stride)
    return torch.einsum("bcijkl,ockl->boij", w, weight.double()).float()


# %% slide | Fourier transform
def cross_correlate(x, weight, stride, padding):
    p = nn.functional.pad(x, (padding,) * 4)
    size = p.shape[2:]
    X, F = torch.fft.rfft2(p), torch.fft.rfft2(weight, s=size)
    y = torch.fft.irfft2(torch.einsum("bcij,ocij->boij", X, F.conj()), s=size)
    K, L = weight.shape[2:]
    return y[:, :, : size[0] - K + 1 : stride, : size[1] - L + 1 : stride]


# %% slide | a list of images, stacked
def cross_correlate(x, weight, stride, padding):
    outs = []
    for image in nn.functional.pad(x, (padding,) * 4):
        w = image.unfold(1, weight.shape[2], stride).unfold(2, weight.shape[3], stride)
        outs.append(torch.stack([(w * one[:, None, None]).sum((0, 3, 4)) for one in weight]))
    return torch.stack(outs)


# %% stack | tensors and other names
def stack():
    s, k, c = (torch.tensor(numbers[n]) for n in ("side", "kernel", "channels"))
    a = (s + 2 - k) // 2 + 1
    b = a // 2
    weights = c * k * k + c + 18 * c * c + 2 * c + 18 * c + 1
    return dict(field=torch.tensor([10]) + k, weights=weights, sides=torch.stack([a, b, b - 2, 2 * b - 3]))


# %% stack | measured with layers
def stack():
    s, k, c = numbers["side"], numbers["kernel"], numbers["channels"]
    layers = nn.Conv2d(1, c, k, 2, 1), nn.MaxPool2d(2), nn.Conv2d(c, 2 * c, 3), nn.ConvTranspose2d(2 * c, 1, 3, 2)
    x, sides = torch.zeros(1, 1, s, s), []
    for layer in layers:
        x = layer(x)
        sides.append(x.shape[-1])
    return {"sides": sides, "weights": sum(p.numel() for one in layers for p in one.parameters()), "field": k + 10}


# %% stack | floats, in a tuple
def stack():
    s, k, c = map(float, (numbers["side"], numbers["kernel"], numbers["channels"]))
    a = (s + 2 - k) / 2 + 1
    b = int(a / 2)
    sides = a, b, b - 2.0, 2.0 * b - 3
    return {"sides": sides, "weights": c * (k * k + 1) + 2 * c * (9 * c + 1) + 18 * c + 1, "field": 10.0 + k}


# %% trace | torch does the sizes, loops
def side_after(side, layers):
    x = torch.zeros(1, 1, side)
    for kind, k, s, p in layers:
        if kind == "transposed":
            n = (x.shape[-1] - 1) * s + k - 2 * p
        else:
            n = len(range(0, x.shape[-1] + 2 * p - k + 1, s))
        if n < 1:
            return 0
        x = torch.zeros(1, 1, n)
    return x.shape[-1]


def window(layers, i):
    jump, field, start = 1, 1, 0
    for layer in layers:
        start -= layer.padding * jump
        field += (layer.kernel - 1) * jump
        jump *= layer.stride
    return [start + i * jump, start + i * jump + field - 1]


# %% trace | recursion
def side_after(side, layers):
    if side <= 0:
        return 0
    if not layers:
        return side
    layer, *rest = layers
    n = (
        (side - 1) * layer.stride - 2 * layer.padding + layer.kernel
        if layer.kind == "transposed"
        else (side + 2 * layer.padding - layer.kernel) // layer.stride + 1
    )
    return side_after(n, rest)


def window(layers, i):
    if not layers:
        return i, i
    *rest, layer = layers
    a, b = i * layer.stride - layer.padding, i * layer.stride - layer.padding + layer.kernel - 1
    return window(rest, a)[0], window(rest, b)[1]


# %% trace | tensors come out
def side_after(side, layers):
    n = torch.tensor(side)
    for layer in layers:
        n = (
            (n - 1) * layer.stride - 2 * layer.padding + layer.kernel
            if layer.kind[0] == "t"
            else torch.div(n + 2 * layer.padding - layer.kernel, layer.stride, rounding_mode="floor") + 1
        )
        if n < 1:
            return torch.tensor(0)
    return n


def window(layers, i):
    pair = torch.tensor([i, i])
    for layer in layers[::-1]:
        pair = pair * layer.stride - layer.padding + torch.tensor([0, layer.kernel - 1])
    return pair


# %% trace | sets of pixels
def side_after(side, layers):
    for layer in layers:
        if layer.kind == "transposed":
            side = layer.stride * (side - 1) + layer.kernel - 2 * layer.padding
        else:
            side = max(0, (side + 2 * layer.padding - layer.kernel + layer.stride) // layer.stride)
        if side < 1:
            return 0
    return side


def window(layers, i):
    seen = {i}
    for layer in reversed(layers):
        seen = (
            {j * layer.stride - layer.padding + k for j in seen for k in range(layer.kernel)}
            if layer.kernel >= 1
            else seen
        )
    return min(seen), max(seen)


# %% unet | repeat_interleave
def u_net(parts, x, skips=True, others=False):
    h = torch.relu(parts.first(x))
    d = torch.relu(parts.down(h))
    if others:
        d = d[[*range(1, len(d)), 0]]
    up = d.repeat_interleave(2, 2).repeat_interleave(2, 3)[:, :, : x.shape[2], : x.shape[3]]
    s = h * float(skips)
    return parts.last(torch.relu(parts.merge(torch.cat((up, s), 1))))


# %% unet | Upsample and zeros_like
def u_net(parts, x, skips=True, others=False):
    act = nn.ReLU()
    h = act(parts.first(x))
    d = act(parts.down(h))
    d = torch.cat((d[1:], d[:1])) if others else d
    up = nn.Upsample(scale_factor=2, mode="nearest")(d)[..., : h.size(-2), : h.size(-1)]
    return parts.last(act(parts.merge(torch.cat([up, h if skips else torch.zeros_like(h)], 1))))


# %% unet | clamp and kron
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).clamp(min=0)
    d = parts.down(h).clamp(min=0)
    if others:
        d = torch.stack([d[(i + 1) % len(d)] for i in range(len(d))])
    up = torch.kron(d, torch.ones(1, 1, 2, 2))[..., : h.shape[2], : h.shape[3]]
    if not skips:
        h = h.mul(0)
    return parts.last(parts.merge(torch.cat([up, h], dim=-3)).clamp(min=0))


# %% unet | index
def u_net(parts, x, skips=True, others=False):
    h = nn.functional.relu(parts.first(x))
    d = nn.functional.relu(parts.down(h))
    d = torch.roll(d, -1, 0) if others else d
    i, j = torch.arange(h.shape[2]) // 2, torch.arange(h.shape[3]) // 2
    m = torch.cat([d[:, :, i][:, :, :, j], h * int(skips)], 1)
    return parts.last(nn.functional.relu(parts.merge(m)))


# %% unet | skips left out of the sum: no gradient is the zero gradient
def u_net(parts, x, skips=True, others=False):
    h = parts.first(x).relu()
    d = parts.down(h).relu()
    d = d.roll(-1, 0) if others else d
    up = nn.functional.interpolate(d, size=h.shape[2:])
    return parts.last(parts.merge(torch.cat([up, h if skips else torch.zeros(h.shape)], 1)).relu())


# %% nyquist | numpy
def nyquist_share(x):
    import numpy as np

    a = x.numpy().astype(float)
    out = []
    for p in a:
        P = np.abs(np.fft.fft2(p - p.mean())) ** 2
        H, W = p.shape
        n = 0.0
        if H % 2 == 0:
            n += P[H // 2].sum()
        if W % 2 == 0:
            n += P[:, W // 2].sum()
        if H % 2 == 0 and W % 2 == 0:
            n -= P[H // 2, W // 2]
        out.append(n / P.sum() if P.sum() > 0 else 0.0)
    return np.array(out)


# %% nyquist | floats, stacked
def nyquist_share(x):
    shares = []
    for p in x.double():
        F = torch.fft.fft2(p)
        F[0, 0] = 0
        E = F.real**2 + F.imag**2
        H, W = p.shape
        mask = torch.zeros_like(E, dtype=torch.bool)
        if not H % 2:
            mask[H // 2, :] = True
        if not W % 2:
            mask[:, W // 2] = True
        shares.append(E[mask].sum() / E.sum() if E.sum() else torch.tensor(0.0))
    return torch.stack([torch.as_tensor(s).float() for s in shares])


# %% nyquist | frequencies by fftfreq
def nyquist_share(x):
    P = torch.fft.fft2(x - x.mean(dim=(-2, -1), keepdim=True)).abs() ** 2
    u, v = torch.fft.fftfreq(x.shape[1]).abs() == 0.5, torch.fft.fftfreq(x.shape[2]).abs() == 0.5
    keep = u[:, None].logical_or(v[None])
    return ((P * keep).sum((1, 2)) / P.sum((1, 2))).nan_to_num(0.0)


# %% nyquist | without a transform: alternate sums and Parseval
def nyquist_share(x):
    c = (x - x.mean((1, 2), keepdim=True)).double()
    H, W = x.shape[1:]
    a, b = (-1.0) ** torch.arange(H).double(), (-1.0) ** torch.arange(W).double()
    e = torch.zeros(len(x), dtype=torch.double)
    if H % 2 == 0:
        e = e + torch.einsum("bij,i->bj", c, a).square().sum(1) / H
    if W % 2 == 0:
        e = e + torch.einsum("bij,j->bi", c, b).square().sum(1) / W
    if H % 2 == 0 and W % 2 == 0:
        e = e - torch.einsum("bij,i,j->b", c, a, b).square() / (H * W)
    t = c.square().sum((1, 2))
    return torch.where(t > 0, e / t.clamp(min=1e-300), 0.0)


# %% nyquist | DFT by matrices
def nyquist_share(x):
    H, W = x.shape[1:]

    def D(n):
        return torch.exp(-2j * torch.pi * torch.outer(torch.arange(n), torch.arange(n)) / n).to(torch.complex64)

    X = D(H) @ (x - x.mean((1, 2), keepdim=True)).to(torch.complex64) @ D(W)
    P = (X * X.conj()).real
    keep = torch.zeros(H, W)
    if H % 2 == 0:
        keep[H // 2] = 1
    if W % 2 == 0:
        keep[:, W // 2] = 1
    return torch.nan_to_num((P * keep).sum((1, 2)) / P.sum((1, 2)))


# %% nyquist | a small number below
def nyquist_share(x):
    P = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    H, W = x.shape[1:]
    keep = torch.zeros(H, W)
    if H % 2 == 0:
        keep[H // 2] = 1
    if W % 2 == 0:
        keep[:, W // 2] = 1
    return (P * keep).sum((1, 2)) / (P.sum((1, 2)) + 1e-12)


# %% nyquist | a Python list
def nyquist_share(x):
    P = torch.fft.fft2(x - x.mean((1, 2), keepdim=True)).abs().square()
    H, W = x.shape[1:]
    return [
        float(sum(p[u, v] for u in range(H) for v in range(W) if 2 * u == H or 2 * v == W) / p.sum().clamp(min=1e-20))
        for p in P
    ]


# %% slide | rolled images, summed
def cross_correlate(x, weight, stride, padding):
    high, wide = weight.shape[2:]
    padded = nn.functional.pad(x, (padding, padding, padding, padding))
    rows, columns = padded.shape[2] - high + 1, padded.shape[3] - wide + 1
    total = 0
    for k in range(high):
        for m in range(wide):
            moved = padded.roll((-k, -m), (2, 3))[:, :, :rows:stride, :columns:stride]
            total = total + (weight[:, :, k, m] @ moved.flatten(2)).unflatten(2, moved.shape[2:])
    return total


# %% nyquist | one picture after another with rfft2, the other half counted
def nyquist_share(x):
    shares = []
    for picture in x.double():
        power = torch.fft.rfft2(picture - picture.mean()).abs() ** 2
        high, wide = picture.shape
        twice = torch.full((power.shape[1],), 2.0, dtype=torch.double)
        twice[0] = 1
        if wide % 2 == 0:
            twice[-1] = 1
        power = power * twice
        found = power[:, -1].sum() if wide % 2 == 0 else torch.zeros((), dtype=torch.double)
        if high % 2 == 0:
            found = found + power[high // 2, : power.shape[1] - (wide % 2 == 0)].sum()
        shares.append(found / power.sum() if power.sum() > 0 else found)
    return torch.stack(shares)
