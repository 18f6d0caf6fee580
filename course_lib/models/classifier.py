"""What pretraining trains, and what it is for: one layer with its mirror, and an encoder that names a class."""

from torch import Tensor, nn

from course_lib.shapes import whole


class LayerPair(nn.Module):
    """One layer of an encoder and its mirror in the decoder, as an autoencoder of its own (Bengio et al. 2007).

    `down` and `up` are the very layers of a deep model: what the pair learns stays in them. `inner` stands after the
    layer down, `outer` after the layer up; without them sigmoids.

    Shapes: h (B, n) -> f(h) (B, m) -> like h.
    Raises: ValueError where `up` doesn't lead back to where `down` starts.
    """

    def __init__(
        self, down: nn.Linear, up: nn.Linear, inner: nn.Module | None = None, outer: nn.Module | None = None
    ) -> None:
        super().__init__()
        ways = [(layer.in_features, layer.out_features) for layer in (down, up)]
        if ways[0] != ways[1][::-1]:
            raise ValueError(f"a pair goes down and back up; these go {ways[0][0]} -> {ways[0][1]} and "
                             f"{ways[1][0]} -> {ways[1][1]}")  # fmt: skip
        self.f = nn.Sequential(down, inner or nn.Sigmoid())
        self.g = nn.Sequential(up, outer or nn.Sigmoid())

    def forward(self, h: Tensor) -> Tensor:
        return self.g(self.f(h))


class Classifier(nn.Module):
    """An encoder `f`, a GELU and one linear layer: logits of the classes. Training changes the encoder too.

    Shapes: x, whatever `f` takes -> f(x) (B, z_dim) -> (B, classes).
    Raises: ValueError for sizes that aren't whole numbers of at least 1.
    """

    def __init__(self, f: nn.Module, z_dim: int, classes: int = 10) -> None:
        super().__init__()
        whole(z_dim=z_dim, classes=classes)
        self.f, self.top = f, nn.Sequential(nn.GELU(), nn.Linear(z_dim, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.top(self.f(x))
