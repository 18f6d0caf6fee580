"""Pictures without a download: scikit-learn's digits, enlarged and augmented, and letters in matplotlib's typefaces."""

import math
import random

import matplotlib
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor

FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSerif", "DejaVuSerif-Italic",
         "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "cmr10", "cmss10", "cmtt10")  # fmt: skip
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CPU = {"device": "cpu"}  # whatever default somebody set


def embedded(size: int = 12_000) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """scikit-learn's 8 x 8 digits as train, train_labels, test, test_labels; 4 in 5 of each class train.

    The first 1,437 of the `size` training images are the originals, the others their slightly turned, scaled and
    shifted copies.
    """
    small, labels = (torch.from_numpy(array) for array in load_digits(return_X_y=True))
    large = F.interpolate(small.float().view(-1, 1, 8, 8) / 16, scale_factor=3, mode="bicubic")
    images = F.pad(large.clamp(0, 1), (2, 2, 2, 2))  # (1797, 1, 28, 28)
    train, test = train_test_split(range(len(labels)), test_size=360, stratify=labels, random_state=0)
    chosen = torch.tensor(train, **CPU)[torch.arange(size, **CPU) % len(train)]
    copies = moved(images[chosen[len(train) :]], torch.Generator().manual_seed(0))
    return torch.cat([images[train], copies]), labels[chosen], images[test], labels[test]


def moved(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image turned by up to 10 degrees, scaled by 0.9 to 1.1, shifted by up to 1 pixel: like in, like out."""
    chance = torch.rand(4, len(images), generator=generator, dtype=torch.float32, **CPU)
    angle, size, right, down = 2 * chance - 1
    angle, size = math.radians(10) * angle, 1 + 0.1 * size
    cos, sin, pixel = angle.cos() / size, angle.sin() / size, 2 / images.shape[-1]
    rows = [cos, -sin, pixel * right, sin, cos, pixel * down]
    grid = F.affine_grid(torch.stack(rows, dim=1).view(-1, 2, 3), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bicubic", align_corners=False).clamp_(0, 1)


def rendered_letters(n: int) -> Tensor:
    """Letters in 11 typefaces, white on black, a little turned, scaled, shifted: () -> (n, 1, 28, 28)."""
    fonts = [ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/{font}.ttf", 80) for font in FONTS]
    chance, pictures = random.Random(0), torch.empty(n, 1, 28, 28, dtype=torch.float32, **CPU)
    for i in range(n):
        letter, font = LETTERS[i % len(LETTERS)], chance.choice(fonts)
        left, top, right, bottom = font.getbbox(letter)
        longest = chance.uniform(64, 80)  # 16 to 20 pixels of 28: drawn four times as large, then averaged
        font = font.font_variant(size=80 * longest / max(right - left, bottom - top))
        left, top, right, bottom = font.getbbox(letter)
        x, y = 56 + chance.uniform(-8, 8), 56 + chance.uniform(-8, 8)  # the middle, give or take 2 pixels
        canvas = Image.new("L", (112, 112))
        corner = x - (left + right) / 2, y - (top + bottom) / 2
        ImageDraw.Draw(canvas).text(corner, letter, fill=255, font=font)
        canvas = canvas.rotate(chance.uniform(-12, 12), Image.Resampling.BICUBIC).reduce(4)
        pixels = torch.frombuffer(bytearray(canvas.tobytes()), dtype=torch.uint8)
        pictures[i, 0] = pixels.view(28, 28).float() / 255
    return pictures
