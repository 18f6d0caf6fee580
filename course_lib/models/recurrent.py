"""Recurrent encoder-decoders: symbols to symbols through one vector or with attention, and digits row by row."""

import torch
from torch import Tensor, nn

from course_lib.data.strings import END, PAD, START, SYMBOLS, lengths_of
from course_lib.shapes import whole

from .transformer import attend, attention_weights


class GRUSeq2Seq(nn.Module):
    """A GRU reads the source, a second one writes: through one vector, or with `attention` to all states of the first.

    `f(source)` is the reader's states, which of them are real, and the last one z: (B, S, hidden), (B, 1, S) and
    (B, hidden). `g(memory, given)` are the logits after each of the given symbols; its GRU starts at z. Without
    attention z is all that the decoder knows of the source. (Cho et al. 2014; Bahdanau, Cho & Bengio 2015; attention
    by dot products with a learnt matrix as in Luong, Pham & Manning 2015, and scaled.)

    Shapes: source (B, S), given (B, T), symbols 0 to 12 -> logits (B, T, 13).
    Raises: ValueError where hidden isn't a whole number of at least 1.
    """

    def __init__(self, hidden: int = 64, attention: bool = False) -> None:
        super().__init__()
        whole(hidden=hidden)
        self.embed = nn.Embedding(SYMBOLS, hidden)
        self.reader = nn.GRU(hidden, hidden, batch_first=True)
        self.writer = nn.GRU(hidden, hidden, batch_first=True)
        self.query = nn.Linear(hidden, hidden) if attention else None
        self.out = nn.Linear(2 * hidden if attention else hidden, SYMBOLS)

    def f(self, source: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The reader's states, which of them may be looked at, and the state after END."""
        states = self.reader(self.embed(source.long()))[0]
        z = states[torch.arange(len(source), device=source.device), lengths_of(source)]
        return states, (source != PAD)[:, None], z

    def g(self, memory: tuple[Tensor, Tensor, Tensor], given: Tensor) -> Tensor:
        """The logits of the symbol after each given one: (B, T) -> (B, T, 13)."""
        states, seen, z = memory
        h = self.writer(self.embed(given.long()), z[None].contiguous())[0]
        if self.query is not None:
            h = torch.cat([h, attend(self.query(h), states, states, seen)], dim=2)
        return self.out(h)

    def forward(self, source: Tensor, given: Tensor) -> Tensor:
        return self.g(self.f(source), given)

    def look(self, source: Tensor, given: Tensor) -> Tensor:
        """Where the writer looks while it writes: (B, T, S), each row sums to 1.

        Raises: ValueError where the model has no attention.
        """
        if self.query is None:
            raise ValueError("this model has no attention, only the vector z: GRUSeq2Seq(attention=True) has")
        states, seen, z = self.f(source)
        h = self.writer(self.embed(given.long()), z[None].contiguous())[0]
        return attention_weights(self.query(h), states, seen)


@torch.no_grad()
def free_running(model: nn.Module, source: Tensor, length: int) -> Tensor:
    """The decoder on its own symbols, the likeliest each time: source (B, S) -> (B, length); PAD follows END.

    The model has f and g, as `GRUSeq2Seq` and `Transformer`.
    Raises: ValueError where length isn't a whole number of at least 1.
    """
    whole(length=length)
    memory, given = model.f(source), source.new_full((len(source), 1), START)
    ended = torch.zeros(len(source), dtype=torch.bool, device=source.device)
    for _ in range(length):
        symbol = model.g(memory, given)[:, -1].argmax(1).to(source).masked_fill(ended, PAD)
        ended |= symbol == END
        given = torch.cat([given, symbol[:, None]], dim=1)
    return given[:, 1:]


class RowsAutoencoder(nn.Module):
    """An image read row by row into z, and written row by row: each row from z and the row above.

    `model(x)` is g(f(x)), free-running: the row above is the decoder's own. `forced(x)` are logits with the true row
    above, as in training. The first row is written after a black one.

    Shapes: x (B, 1, H, width) -> z (B, z_dim) -> x_hat like x, in [0, 1].
    Raises: ValueError where a size isn't a whole number of at least 1.
    """

    def __init__(self, z_dim: int = 32, hidden: int = 128, width: int = 28) -> None:
        super().__init__()
        whole(z_dim=z_dim, hidden=hidden, width=width)
        self.reader = nn.GRU(width, hidden, batch_first=True)
        self.code, self.start = nn.Linear(hidden, z_dim), nn.Linear(z_dim, hidden)
        self.writer = nn.GRU(width + z_dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, width)

    def f(self, x: Tensor) -> Tensor:
        """The code: (B, 1, H, width) -> (B, z_dim)."""
        return self.code(self.reader(x[:, 0])[0][:, -1])

    def written(self, z: Tensor, above: Tensor) -> Tensor:
        """Logits of the row under each of the rows `above`: z (B, z_dim), above (B, H, width) -> (B, 1, H, width)."""
        given = torch.cat([above, z[:, None].expand(-1, above.shape[1], -1)], dim=2)
        return self.out(self.writer(given, self.start(z).tanh()[None])[0])[:, None]

    def forced(self, x: Tensor, z: Tensor | None = None) -> Tensor:
        """Logits, each row written under the true row above; from the image's own code, or from another one's z."""
        above = torch.cat([torch.zeros_like(x[:, 0, :1]), x[:, 0, :-1]], dim=1)
        return self.written(self.f(x) if z is None else z, above)

    def g(self, z: Tensor, height: int = 28) -> Tensor:
        """The decoder on its own rows: (B, z_dim) -> (B, 1, height, width)."""
        state, row, rows = self.start(z).tanh()[None], z.new_zeros(len(z), 1, self.out.out_features), []
        for _ in range(height):
            h, state = self.writer(torch.cat([row, z[:, None]], dim=2), state)
            row = self.out(h).sigmoid()
            rows.append(row)
        return torch.cat(rows, dim=1)[:, None]

    def forward(self, x: Tensor) -> Tensor:
        return self.g(self.f(x), x.shape[2])
