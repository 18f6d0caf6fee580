"""Wrong answers to the assignment `sparse`: each block replaces the solution cell of its question."""

# %% shrink | 0 of 3 | the threshold is l1, not l1 / 2: the derivative of (z - a)^2 is 2 (z - a), keep its 2
def shrink(a, l1, l2):
    return a.sign() * (a.abs() - l1).clamp(min=0) / (1 + l2)


# %% shrink | 0 of 3 | negative codes are lost: shrink the absolute value, then give the sign back
def shrink(a, l1, l2):
    return (a - l1 / 2).clamp(min=0) / (1 + l2)


# %% shrink | 0 of 3 | the survivors aren't shrunk: beyond the threshold l1 / 2 is taken from all of them
def shrink(a, l1, l2):
    return torch.where(a.abs() > l1 / 2, a, torch.zeros_like(a)) / (1 + l2)


# %% shrink | 1 of 3 | the second penalty is left out: l2 z^2 divides the result by 1 + l2
def shrink(a, l1, l2):
    return a.sign() * (a.abs() - l1 / 2).clamp(min=0)


# %% shrink | 1 of 3 | divided before the threshold: first take l1 / 2 away, then divide by 1 + l2
def shrink(a, l1, l2):
    smaller = a / (1 + l2)
    return smaller.sign() * (smaller.abs() - l1 / 2).clamp(min=0)


# %% shrink | 1 of 3 | divided by 1 + 2 l2: the 2 of the derivative is in front of both squares, and cancels
def shrink(a, l1, l2):
    return a.sign() * (a.abs() - l1 / 2).clamp(min=0) / (1 + 2 * l2)


# %% shrink | 2 of 3 | only for strengths that are single numbers: let tensors (d,) broadcast
def shrink(a, l1, l2):
    l1, l2 = float(l1), float(l2)
    return a.sign() * (a.abs() - l1 / 2).clamp(min=0) / (1 + l2)


# %% shrink | 1 of 3 | the example's answer written down: compute it from a, l1 and l2
def shrink(a, l1, l2):
    return {3: torch.tensor([1.0, -1.0, 0.0]), 1: torch.tensor([1.1 / 1.5])}.get(len(a))


# %% shrink | 0 of 3 | notebook 4's formula, where the error has a 1/2: without it the threshold is l1 / 2, divided by 1 + l2
def shrink(a, l1, l2):
    return a.sign() * (a.abs() - l1).clamp(min=0) / (1 + 2 * l2)


# %% shrink | 0 of 3 | the threshold is missing: |a| - l1 / 2 below zero means 0, not a change of sign
def shrink(a, l1, l2):
    return a.sign() * (a.abs() - l1 / 2) / (1 + l2)


# %% silence | 0 of 3 | lambda taken where lambda / 2 belongs: the squared error has no 1/2, its derivative has a 2
def silence():
    a1, strength = 0.6 * numbers["first"] + 0.8 * numbers["second"], numbers["strength"]
    best_code = [max(a1 - strength, 0.0), -max(1.3 - strength, 0.0)]
    rest = (0.6 * numbers["second"] - 0.8 * numbers["first"]) ** 2
    error_there = rest + (a1 - best_code[0]) ** 2 + (-1.3 - best_code[1]) ** 2
    silent_at = max(a1, 1.3)
    return {"best_code": best_code, "error_there": error_there, "silent_at": silent_at}


# %% silence | 2 of 3 | the part of x that no atom can reach is missing from the error
def silence():
    a1, half = 0.6 * numbers["first"] + 0.8 * numbers["second"], numbers["strength"] / 2
    best_code = [a1 - half, half - 1.3]
    error_there = 2 * half**2
    silent_at = 2 * max(a1, 1.3)
    return {"best_code": best_code, "error_there": error_there, "silent_at": silent_at}


# %% silence | 2 of 3 | silent_at is where the first of the two codes falls silent: both must be, so take the larger
def silence():
    a1, half = 0.6 * numbers["first"] + 0.8 * numbers["second"], numbers["strength"] / 2
    best_code = [a1 - half, half - 1.3]
    error_there = (0.6 * numbers["second"] - 0.8 * numbers["first"]) ** 2 + 2 * half**2
    silent_at = 2 * min(a1, 1.3)
    return {"best_code": best_code, "error_there": error_there, "silent_at": silent_at}


# %% silence | 2 of 3 | half of silent_at: a code is silent once lambda / 2 has reached it
def silence():
    a1, half = 0.6 * numbers["first"] + 0.8 * numbers["second"], numbers["strength"] / 2
    best_code = [a1 - half, half - 1.3]
    error_there = (0.6 * numbers["second"] - 0.8 * numbers["first"]) ** 2 + 2 * half**2
    silent_at = max(a1, 1.3)
    return {"best_code": best_code, "error_there": error_there, "silent_at": silent_at}


# %% silence | 1 of 3 | the second code set to 0 as a ReLU would: here codes may be negative
def silence():
    a1, half = 0.6 * numbers["first"] + 0.8 * numbers["second"], numbers["strength"] / 2
    best_code = [a1 - half, 0.0]
    error_there = (0.6 * numbers["second"] - 0.8 * numbers["first"]) ** 2 + half**2 + 1.3**2
    silent_at = 2 * max(a1, 1.3)
    return {"best_code": best_code, "error_there": error_there, "silent_at": silent_at}


# %% silence | 1 of 3 | the code of smallest error, without the penalty: shrink both numbers by lambda / 2
def silence():
    best_code = [0.6 * numbers["first"] + 0.8 * numbers["second"], -1.3]
    error_there = (0.6 * numbers["second"] - 0.8 * numbers["first"]) ** 2
    silent_at = 2 * max(best_code[0], 1.3)
    return {"best_code": best_code, "error_there": error_there, "silent_at": silent_at}


# %% silence | 2 of 3 | the whole loss, or |x|^2 - |z|^2, which is the same number at the best code: error_there is |x - x_hat|^2 alone
def silence():
    a1, half = 0.6 * numbers["first"] + 0.8 * numbers["second"], numbers["strength"] / 2
    best_code = [a1 - half, half - 1.3]
    error_there = (0.6 * numbers["second"] - 0.8 * numbers["first"]) ** 2 + 2 * half**2
    error_there += 2 * half * (a1 - half + 1.3 - half)
    silent_at = 2 * max(a1, 1.3)
    return {"best_code": best_code, "error_there": error_there, "silent_at": silent_at}


# %% silence | 0 of 3 | 0.6 and 0.8 have changed places: what x says along d_1 is 0.6 first + 0.8 second
def silence():
    a1, half = 0.8 * numbers["first"] + 0.6 * numbers["second"], numbers["strength"] / 2
    best_code = [a1 - half, half - 1.3]
    error_there = (0.8 * numbers["second"] - 0.6 * numbers["first"]) ** 2 + 2 * half**2
    silent_at = 2 * max(a1, 1.3)
    return {"best_code": best_code, "error_there": error_there, "silent_at": silent_at}


# %% silence | 2 of 3 | the sign of the second code is lost: x has -1.3 along d_2, and codes may be negative here
def silence():
    a1, half = 0.6 * numbers["first"] + 0.8 * numbers["second"], numbers["strength"] / 2
    best_code = [a1 - half, 1.3 - half]
    error_there = (0.6 * numbers["second"] - 0.8 * numbers["first"]) ** 2 + 2 * half**2
    silent_at = 2 * max(a1, 1.3)
    return {"best_code": best_code, "error_there": error_there, "silent_at": silent_at}


# %% kl | 0 of 4 | the other order, KL(rho_hat || rho): the target stands first
def sparse_penalty(a, rho):
    share = a.sigmoid().mean(0)
    return (share * (share / rho).log() + (1 - share) * ((1 - share) / (1 - rho)).log()).sum()


# %% kl | 1 of 4 | the mean over the units where the sum is asked: sum over j
def sparse_penalty(a, rho):
    log_on = torch.nn.functional.logsigmoid(a).logsumexp(0) - math.log(len(a))
    log_off = torch.nn.functional.logsigmoid(-a).logsumexp(0) - math.log(len(a))
    return (rho * (rho.log() - log_on) + (1 - rho) * ((1 - rho).log() - log_off)).mean()


# %% kl | 0 of 4 | the sigmoid of the mean pre-activation: take the sigmoid of each example first, then the mean
def sparse_penalty(a, rho):
    share = a.mean(0).sigmoid()
    return (rho * (rho / share).log() + (1 - rho) * ((1 - rho) / (1 - share)).log()).sum()


# %% kl | 0 of 4 | a KL for each example, then their mean: first the mean activation, then one KL a unit
def sparse_penalty(a, rho):
    share = a.sigmoid()
    return (rho * (rho / share).log() + (1 - rho) * ((1 - rho) / (1 - share)).log()).sum(1).mean()


# %% kl | 0 of 4 | only the half for "on": a coin has a second side, (1 - rho) log((1 - rho) / (1 - rho_hat))
def sparse_penalty(a, rho):
    return (rho * (rho / a.sigmoid().mean(0)).log()).sum()


# %% kl | 3 of 4 | the formula as it stands: far out rho_hat rounds to 0 or 1, and its log is infinite; use logsumexp
def sparse_penalty(a, rho):
    share = a.sigmoid().mean(0)
    return (rho * (rho / share).log() + (1 - rho) * ((1 - rho) / (1 - share)).log()).sum()


# %% kl | 3 of 4 | rho_hat clamped away from 0 and 1: finite, but wrong for units far out; use logsumexp
def sparse_penalty(a, rho):
    share = a.sigmoid().mean(0).clamp(1e-6, 1 - 1e-6)
    return (rho * (rho / share).log() + (1 - rho) * ((1 - rho) / (1 - share)).log()).sum()


# %% kl | 2 of 4 | cut off from the gradient by detach or no_grad: the penalty must be able to train the encoder
def sparse_penalty(a, rho):
    log_on = torch.nn.functional.logsigmoid(a.detach()).logsumexp(0) - math.log(len(a))
    log_off = torch.nn.functional.logsigmoid(-a.detach()).logsumexp(0) - math.log(len(a))
    return (rho * (rho.log() - log_on) + (1 - rho) * ((1 - rho).log() - log_off)).sum()


# %% kl | 1 of 4 | one target for all units: rho has a number for each
def sparse_penalty(a, rho):
    rho = rho.mean()
    log_on = torch.nn.functional.logsigmoid(a).logsumexp(0) - math.log(len(a))
    log_off = torch.nn.functional.logsigmoid(-a).logsumexp(0) - math.log(len(a))
    return (rho * (rho.log() - log_on) + (1 - rho) * ((1 - rho).log() - log_off)).sum()


# %% kl | 1 of 4 | the sum over the batch where the mean is asked: subtract log B after the logsumexp
def sparse_penalty(a, rho):
    log_on = torch.nn.functional.logsigmoid(a).logsumexp(0)
    log_off = torch.nn.functional.logsigmoid(-a).logsumexp(0)
    return (rho * (rho.log() - log_on) + (1 - rho) * ((1 - rho).log() - log_off)).sum()


# %% kl | 0 of 4 | in bits, not nats: log, not log2
def sparse_penalty(a, rho):
    log_on = torch.nn.functional.logsigmoid(a).logsumexp(0) - math.log(len(a))
    log_off = torch.nn.functional.logsigmoid(-a).logsumexp(0) - math.log(len(a))
    return (rho * (rho.log() - log_on) + (1 - rho) * ((1 - rho).log() - log_off)).sum() / math.log(2)


# %% kl | 0 of 4 | the halves are subtracted: a KL is the sum over both sides of the coin
def sparse_penalty(a, rho):
    log_on = torch.nn.functional.logsigmoid(a).logsumexp(0) - math.log(len(a))
    log_off = torch.nn.functional.logsigmoid(-a).logsumexp(0) - math.log(len(a))
    return (rho * (rho.log() - log_on) - (1 - rho) * ((1 - rho).log() - log_off)).sum()


# %% kl | 1 of 4 | that is the cross-entropy: rho log rho + (1 - rho) log(1 - rho) is missing, the KL is 0 at rho_hat = rho
def sparse_penalty(a, rho):
    log_on = torch.nn.functional.logsigmoid(a).logsumexp(0) - math.log(len(a))
    log_off = torch.nn.functional.logsigmoid(-a).logsumexp(0) - math.log(len(a))
    return -(rho * log_on + (1 - rho) * log_off).sum()


# %% kl | 3 of 4 | the values are right and the gradient is cut far out, by a clamp of a: such units must be trained too
def sparse_penalty(a, rho):
    near = a.clamp(-20, 20)
    a = near + (a - near).detach()
    log_on = torch.nn.functional.logsigmoid(a).logsumexp(0) - math.log(len(a))
    log_off = torch.nn.functional.logsigmoid(-a).logsumexp(0) - math.log(len(a))
    return (rho * (rho.log() - log_on) + (1 - rho) * ((1 - rho).log() - log_off)).sum()


# %% winners | 0 of 4 | the largest by value: a code of -3 is larger than 2 in absolute value
def keep_largest(z, k):
    place = z.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return torch.where(place < torch.as_tensor(k).reshape(-1, 1), z, 0.0)


# %% winners | 3 of 4 | everything as large as the k-th is kept: where codes tie, that is more than k
def keep_largest(z, k):
    k = torch.as_tensor(k).expand(len(z))[:, None]
    kth = z.abs().sort(dim=1, descending=True).values.gather(1, (k - 1).clamp(min=0))
    return torch.where((z.abs() >= kth) & (k > 0), z, 0.0)


# %% winners | 3 of 4 | of equal codes the last wins: the order was turned round after sorting; sort descending
def keep_largest(z, k):
    place = z.abs().argsort(dim=1, stable=True).flip(1).argsort(dim=1)
    return torch.where(place < torch.as_tensor(k).reshape(-1, 1), z, 0.0)


# %% winners | 0 of 4 | the largest of the whole batch: every example keeps its own k
def keep_largest(z, k):
    place = z.abs().flatten().argsort(descending=True, stable=True).argsort().view_as(z)
    return torch.where(place < int(torch.as_tensor(k).expand(len(z)).sum()), z, 0.0)


# %% winners | 0 of 4 | one too many: places count from 0, so k codes have a place below k
def keep_largest(z, k):
    place = z.abs().argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return torch.where(place <= torch.as_tensor(k).reshape(-1, 1), z, 0.0)


# %% winners | 0 of 4 | the signs are lost: choose by the absolute value, but keep z itself
def keep_largest(z, k):
    place = z.abs().argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return torch.where(place < torch.as_tensor(k).reshape(-1, 1), z.abs(), 0.0)


# %% winners | 0 of 4 | the order of the codes taken for their places: argsort it once more
def keep_largest(z, k):
    order = z.abs().argsort(dim=1, descending=True, stable=True)
    return torch.where(order < torch.as_tensor(k).reshape(-1, 1), z, 0.0)


# %% winners | 3 of 4 | the first example's k for all: k can be a tensor with a number for each example
def keep_largest(z, k):
    k = int(torch.as_tensor(k).flatten()[0])
    place = z.abs().argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return torch.where(place < k, z, 0.0)


# %% winners | 1 of 4 | the example's answer written down: compute it from z and k
def keep_largest(z, k):
    return torch.tensor([[0.0, -3.0, 2.0], [0.0, 0.2, -0.5]])


# %% winners | 3 of 4 | z itself is changed: work on a copy, such as torch.where or z.clone() returns
def keep_largest(z, k):
    place = z.abs().argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    z[place >= torch.as_tensor(k).reshape(-1, 1)] = 0.0
    return z


# %% winners | 0 of 4 | one too few: places count from 0, so k codes have a place below k
def keep_largest(z, k):
    place = z.abs().argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return torch.where(place < torch.as_tensor(k).reshape(-1, 1) - 1, z, 0.0)


# %% winners | 0 of 4 | the winners' places as ones: keep the codes themselves
def keep_largest(z, k):
    place = z.abs().argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return (place < torch.as_tensor(k).reshape(-1, 1)).to(z)


# %% winners | 0 of 4 | the losers are nearly 0: they must be exactly 0
def keep_largest(z, k):
    place = z.abs().argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return torch.where(place < torch.as_tensor(k).reshape(-1, 1), z, 1e-9)


# %% pursuit | 0 of 3 | the gradient without its 2: it is 2 (z atoms - x) atoms^T, since the error has no 1/2
def pursue(x, atoms, strength, rate, steps):
    z = x.new_zeros(len(x), len(atoms))
    for _ in range(steps):
        u = z - rate * (z @ atoms - x) @ atoms.T
        z = u.sign() * (u.abs() - rate * strength).clamp(min=0)
    return z


# %% pursuit | 0 of 3 | each step takes the whole strength: a step of size rate takes rate * strength
def pursue(x, atoms, strength, rate, steps):
    z = x.new_zeros(len(x), len(atoms))
    for _ in range(steps):
        u = z - rate * 2 * (z @ atoms - x) @ atoms.T
        z = u.sign() * (u.abs() - strength).clamp(min=0)
    return z


# %% pursuit | 0 of 3 | shrunk once, at the end: shrink after every step
def pursue(x, atoms, strength, rate, steps):
    z = x.new_zeros(len(x), len(atoms))
    for _ in range(steps):
        z = z - rate * 2 * (z @ atoms - x) @ atoms.T
    return z.sign() * (z.abs() - rate * strength).clamp(min=0)


# %% pursuit | 0 of 3 | steps along the sign of z, which hop over zero: stop at zero with the soft threshold
def pursue(x, atoms, strength, rate, steps):
    z = x.new_zeros(len(x), len(atoms))
    for _ in range(steps):
        z = z - rate * (2 * (z @ atoms - x) @ atoms.T + strength * z.sign())
    return z


# %% pursuit | 1 of 3 | negative codes are cut off: shrink the absolute value, keep the sign
def pursue(x, atoms, strength, rate, steps):
    z = x.new_zeros(len(x), len(atoms))
    for _ in range(steps):
        z = (z - rate * 2 * (z @ atoms - x) @ atoms.T - rate * strength).clamp(min=0)
    return z


# %% pursuit | 1 of 3 | begun at x atoms^T: begin at zero (the end is the same, the way isn't)
def pursue(x, atoms, strength, rate, steps):
    z = x @ atoms.T
    for _ in range(steps):
        u = z - rate * 2 * (z @ atoms - x) @ atoms.T
        z = u.sign() * (u.abs() - rate * strength).clamp(min=0)
    return z


# %% pursuit | 1 of 3 | the gradient divided by the batch size: each example has its own problem, and its own minimum
def pursue(x, atoms, strength, rate, steps):
    z = x.new_zeros(len(x), len(atoms))
    for _ in range(steps):
        u = z - rate * 2 * (z @ atoms - x) @ atoms.T / len(x)
        z = u.sign() * (u.abs() - rate * strength).clamp(min=0)
    return z


# %% pursuit | 1 of 3 | one step too few: range(steps) has as many steps as it says
def pursue(x, atoms, strength, rate, steps):
    z = x.new_zeros(len(x), len(atoms))
    for _ in range(steps - 1):
        u = z - rate * 2 * (z @ atoms - x) @ atoms.T
        z = u.sign() * (u.abs() - rate * strength).clamp(min=0)
    return z


# %% pursuit | 0 of 3 | shrunk before the step: first go down the error, then shrink, so that the zeros stay zeros
def pursue(x, atoms, strength, rate, steps):
    z = x.new_zeros(len(x), len(atoms))
    for _ in range(steps):
        z = z.sign() * (z.abs() - rate * strength).clamp(min=0)
        z = z - rate * 2 * (z @ atoms - x) @ atoms.T
    return z


# %% pursuit | 0 of 3 | small codes are cut and the others left alone: each is shrunk by rate * strength
def pursue(x, atoms, strength, rate, steps):
    z = x.new_zeros(len(x), len(atoms))
    for _ in range(steps):
        u = z - rate * 2 * (z @ atoms - x) @ atoms.T
        z = torch.where(u.abs() > rate * strength, u, 0.0)
    return z
