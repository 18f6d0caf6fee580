"""How fast is `fit`? One epoch of the same network, batch and optimiser, by `fit` and by the loop most tutorials use.

    python -m tests.library.benchmark_fit        (not a test: nothing is asserted about time)

The tutorials' loop reads each image through torchvision's data set, ToTensor and a DataLoader in this process, steps
with the default Adam, applies the cross-entropy to sigmoids and reads the loss in each step. Rounds alternate; the
medians are printed. Needs MNIST.
"""

import statistics
import time

import torch
import torch.nn.functional as F
from torchvision.datasets import MNIST
from torchvision.transforms import ToTensor

from course_lib import data, repro
from course_lib.losses import reconstruction_bce
from course_lib.models import MLPAutoencoder
from course_lib.training import fit

BATCH = 128
ROUNDS = 3


def network(device: torch.device) -> MLPAutoencoder:
    """784-400-20-400-784, as in PyTorch's own VAE example without the sampling."""
    repro.seed_everything(0)
    return MLPAutoencoder(20, (400,), activation="relu").to(device)


def tutorial_epoch(dataset: MNIST, device: torch.device) -> float:
    """Seconds for one epoch of the tutorials' loop."""
    model = network(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = torch.utils.data.DataLoader(dataset, batch_size=BATCH, shuffle=True)
    start, total = time.perf_counter(), 0.0
    for x, _ in loader:
        x = x.to(device)
        optimizer.zero_grad()
        loss = F.binary_cross_entropy(model(x), x, reduction="sum")
        loss.backward()
        total += loss.item()
        optimizer.step()
    return time.perf_counter() - start


def fit_epoch(images: torch.Tensor) -> float:
    """Seconds for one epoch of `fit`."""
    return fit(network(images.device), images, reconstruction_bce, epochs=1, batch_size=BATCH).seconds


def main() -> None:
    """Measure and print one line each."""
    folder, device = data.mnist_folder(), repro.pick_device()
    if folder is None:
        raise SystemExit("The benchmark needs MNIST: set COURSE_DATA to a folder with MNIST/raw/.")
    dataset, images = MNIST(folder, transform=ToTensor()), data.digits(device).train
    fit_epoch(images[: 20 * BATCH])  # warm up
    times = [(tutorial_epoch(dataset, device), fit_epoch(images)) for _ in range(ROUNDS)]
    peer, ours = (statistics.median(column) for column in zip(*times, strict=True))
    print(repro.where("MNIST"))
    print(f"tutorials' loop {peer:.2f} s, fit {ours:.2f} s an epoch: {peer / ours:.1f} times as fast")


if __name__ == "__main__":
    main()
