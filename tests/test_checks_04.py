"""The checks of notebook 4 on right answers, on every slip, and on nonsense."""

import sys
from unittest import mock

import numpy as np
import torch
from torch.nn.functional import kl_div, normalize

from course_lib import checks
from tests.exercises import Judged, said_of, slips_of


def all_slips(name):
    """The names of a check's slips, those of the gradients last."""
    function = getattr(checks, name)
    with mock.patch.object(sys.modules[function.__module__], "check_with_gradients") as judge:
        function(lambda *_: None)
    if not judge.call_args_list:
        return slips_of(name)
    [call] = judge.call_args_list
    return [*call.args[3], *call.args[4]]


def ista(w, gradient, lr, strength):
    """The two branches written out."""
    v = torch.sub(w, gradient, alpha=lr)
    return torch.where(v > lr * strength, v - lr * strength, torch.where(v < -lr * strength, v + lr * strength, 0 * v))


def in_a_loop(learnt, atoms):
    count = 0
    for atom in atoms.double().numpy():
        count += any(abs(row @ atom) / np.sqrt((row @ row) * (atom @ atom)) > 0.95 for row in learnt.double().numpy())
    return count


def angles(learnt, atoms):
    """Cosines, (n, k), by numpy."""
    a, b = (rows.double().numpy() for rows in (atoms, learnt))
    return (a @ b.T) / np.outer(np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1))


def coins(p, q):
    """KL between coins, by PyTorch's own function over (off, on)."""
    p, q = (torch.stack([1 - side, side]) for side in torch.broadcast_tensors(torch.as_tensor(p), torch.as_tensor(q)))
    return kl_div(q.log(), p, reduction="none").sum(0)


def winners(z, k, dim=1):
    places = z.argsort(dim, descending=True).narrow(dim, 0, min(k, z.shape[dim]))
    return torch.zeros_like(z).scatter(dim, places, 1.0)


def without_path(z, k):
    kept = torch.zeros_like(z)
    for row, mask in zip(kept, winners(z, k), strict=True):
        row += mask
    return kept * z.data


RIGHT = {
    "check_dropout_loss": torch.tensor(8.33),
    "check_shrink_step": ista,
    "check_atoms_found": in_a_loop,
    "check_quiet_penalty": lambda z, rho: coins(rho, z.sum(0) / z.shape[0]).sum(),
    "check_keep_largest": lambda z, k: torch.zeros_like(z).scatter(1, z.topk(k).indices, z.topk(k).values),
}
WRONG = {  # in the order of the slips
    "check_dropout_loss": [
        (2 * 1 - 1 * 3 - 1) ** 2,
        4.333,
        0.5625 * 4 + 0.1875 * 1 + 0.1875 * 16 + 0.0625 * 1,  # masks 11, 10, 01, 00: w x is -1, 2, -3, 0
        43.0,
        7.25,
        6.4375,
        7.333,
        5.667,
    ],
    "check_shrink_step": [
        lambda w, g, lr, s: w - lr * g - lr * s * torch.sign(w),
        lambda w, g, lr, s: ista(w, g * lr, 1.0, s),
        lambda w, g, lr, s: ista(w, 0 * g, lr, s) - lr * g,
        lambda w, g, lr, s: (w - lr * g) * ((w - lr * g).abs() > lr * s),
        lambda w, g, lr, s: torch.copysign(torch.relu((w - lr * g).abs() - lr * s), w),
        lambda w, g, lr, s: ista(w, g, lr, s).abs(),
        lambda w, g, lr, s: (w - lr * g) - lr * s * torch.sign(w - lr * g),
        lambda w, g, lr, s: w * (1 - lr * s) - lr * g,
        lambda w, g, lr, s: ista(w, -g, lr, s),
    ],
    "check_atoms_found": [
        lambda learnt, atoms: in_a_loop(atoms, learnt),
        lambda learnt, atoms: (abs(angles(learnt, atoms)) > 0.95).sum(),
        lambda learnt, atoms: (angles(learnt, atoms).max(1) > 0.95).sum(),
        lambda learnt, atoms: torch.einsum("kd,nd->nk", learnt, atoms).abs().gt(0.95).any(1).sum(),
        lambda learnt, atoms: ((learnt / learnt.norm(dim=0)) @ atoms.T).abs().gt(0.95).any(0).sum(),
        lambda learnt, atoms: (abs(angles(learnt, atoms)).max(1) > 0.95).mean(),
        lambda learnt, atoms: (abs(angles(learnt, atoms)).max(1) <= 0.95).sum(),
    ],
    "check_quiet_penalty": [
        lambda z, rho: coins(z.mean(0), rho).sum(),
        lambda z, rho: coins(rho, z).sum(1).mean(),
        lambda z, rho: coins(rho, z.mean(0)).mean(),
        lambda z, rho: coins(rho, z.mean(0)).sum() / z.shape[0],
        lambda z, rho: coins(rho, z.mean(1)).sum(),
        lambda z, rho: coins(rho, z.mean()),
        lambda z, rho: sum(rho * np.log(rho / float(unit)) for unit in z.mean(0)),
        lambda z, rho: torch.nn.functional.binary_cross_entropy(
            z.mean(0), torch.full((z.shape[1],), rho), reduction="sum"
        ),
        lambda z, rho: -coins(rho, z.mean(0)).sum(),
    ],
    "check_keep_largest": [
        lambda z, k: winners(z.reshape(1, -1), k).view_as(z) * z,
        lambda z, k: winners(z, k, 0) * z,
        lambda z, k: winners(z.abs(), k) * z,
        lambda z, k: winners(z, k - 1) * z,
        winners,
        lambda z, k: z.sort(1, True).values[:, :k],
        lambda z, k: torch.cat([z.sort(1, True).values[:, :k], torch.zeros(len(z), z.shape[1] - k)], 1),
        lambda z, k: winners(-z, k) * z,
        lambda z, k: z - winners(z, k) * z,
        lambda z, k: torch.relu(z),
        without_path,
        lambda z, k: z - ((1 - winners(z, k)) * z).detach(),
    ],
}


class TestChecks(Judged):
    """Right answers, every slip, and nonsense."""

    number, right, wrong = "04", RIGHT, WRONG
    slips = staticmethod(all_slips)


def test_the_answer_may_spoil_what_it_is_given():
    def spoils(z, k):
        z *= winners(z, k)
        return z

    assert said_of("check_keep_largest", spoils) == "✓ correct"


def test_a_gradient_that_is_wrong_in_another_way_is_said_to_be_one():
    def doubled(z, k):
        kept = z * winners(z, k)
        return 2 * kept - kept.detach()

    said = said_of("check_keep_largest", doubled)
    assert said.startswith("✗ the values are right, the gradient isn't: value 1") and "2 times" in said


def test_atoms_of_length_1_may_be_normalised_again():
    def both(learnt, atoms):
        return torch.tensor((normalize(learnt) @ normalize(atoms).T).abs().amax(0).gt(0.95).sum().item())

    assert said_of("check_atoms_found", both) == "✓ correct"
