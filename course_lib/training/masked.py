"""Masked reconstruction on patches, in half precision: three quarters hidden, the loss on what is hidden.

He et al. (2022), Masked autoencoders are scalable vision learners, in small. `fit` is not used: it knows no half
precision, which is what makes this a matter of minutes on a GPU.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from course_lib.repro import seed_everything

VISIBLE = 12  # of 49 patches


def away(keep: Tensor, patches: int = 49) -> Tensor:
    """True where a patch is hidden: keep (B, K), the visible ones' places -> (B, patches, 1)."""
    return torch.ones(len(keep), patches, dtype=torch.bool, device=keep.device).scatter(1, keep, False)[..., None]


def draw(count: int, device: torch.device, patches: int = 49, visible: int = VISIBLE) -> Tensor:
    """Which patches are visible, drawn for each image: () -> (count, visible)."""
    return torch.rand(count, patches, device=device).argsort(1)[:, :visible]


def pretrain(build: Callable[[], nn.Module], patches: Tensor, steps: int, batch: int = 512, seed: int = 0) -> nn.Module:
    """A model that `build()` makes, trained to say the hidden ones among patches (N, 49, 16): AdamW, one cycle.

    Shapes: model(patches, keep): (B, 49, 16), (B, K) -> (B, 49, 16), all patches.
    """
    seed_everything(seed)
    model = build().to(patches.device)
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=0.05)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=steps, pct_start=0.05)
    for _ in range(steps):
        some = patches[torch.randint(len(patches), (batch,), device=patches.device)]
        keep = draw(batch, patches.device)
        with torch.autocast(patches.device.type, torch.bfloat16):
            answer = model(some, keep)
        loss = ((answer.float() - some).square() * away(keep)).sum() / batch
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        plan.step()
    return model


@torch.no_grad()
def hidden_psnr(model: nn.Module, patches: Tensor) -> float:
    """The PSNR in dB of the hidden pixels among patches (N, 49, 16) in [0, 1], each image's drawn once."""
    keep, total = draw(len(patches), patches.device), 0.0
    for some, visible in zip(patches.split(1000), keep.split(1000), strict=True):
        total += ((model(some, visible).clamp(0, 1) - some).square() * away(visible)).sum()
    return float(-10 * (total / (37 * 16 * len(patches))).log10())


@torch.no_grad()
def frozen(model: nn.Module, patches: Tensor) -> Tensor:
    """What `model.f` says of patches (N, 49, 16): its code (N, d), or the mean of the places' codes."""
    codes = torch.cat([model.f(some) for some in patches.split(2000)])
    return codes.mean(1) if codes.dim() == 3 else codes
