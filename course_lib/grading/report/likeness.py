"""How alike two submissions are beyond what all have: rare pieces of code that survive a renaming, rare words in a row.

A piece is a few tokens in a row (k-grams, as in Schleimer, Wilkerson, Aiken: "Winnowing", 2003, without the thinning,
since notebooks are short). What the course itself wrote (the release, its source and bank, the lessons) doesn't count;
of the rest a piece counts the less, the more of the class have it.
"""

import builtins
import keyword
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

TOKEN = re.compile(
    r'(?P<long>"""(?:[^"]|"(?!""))*"""|' r"'''(?:[^']|'(?!''))*''')|(?P<comment>#[^\n]*)"
    r'|(?P<string>"[^"\n]*"|' r"'[^'\n]*')|(?P<number>\d[\w.]*)|(?P<name>[^\W\d]\w*)|(?P<sign>\S)"
)  # fmt: skip
WORD = re.compile(r"[^\W_]+")
KEPT = {*keyword.kwlist, *builtins.__dict__, "self", "torch", "np", "numpy", "math", "nn", "F", "plt"}
PIECE = {"code": 9, "text": 5}  # tokens of code, words of a text
ENOUGH = {"code": 60, "text": 30}  # of what is rare, shared: shorter ones are alike by chance
SHARE = 0.5  # of what is rare in the shorter of the two
BEYOND = 0.25  # above the class's usual share
MOST = 20_000  # tokens and words that are looked at


@dataclass
class Profile:
    """What a submission is made of: by kind, the pieces at each place."""

    pieces: dict[str, list[int]] = field(default_factory=dict)


@dataclass
class Likeness:
    """Two submissions that resemble each other: by kind, how many tokens or words of what is rare they share."""

    one: str
    other: str
    shared: dict[str, float]
    share: dict[str, float]  # of what is rare in the shorter of the two
    usual: dict[str, float]  # the class's median of such shares

    @property
    def strength(self) -> float:
        """By what the pairs are sorted."""
        return max(self.share[kind] * min(self.shared[kind], 500) for kind in self.share)


def profile(code: Iterable[str], texts: Iterable[str]) -> Profile:
    """The pieces of code cells and of texts; comments are texts."""
    tokens, words = [], []
    for source in code:
        own, comments = tokens_of(source)
        tokens += [*own, "\n"]
        words += comments
    words += [word for text in texts for word in WORD.findall(text.casefold())]
    return Profile({"code": grams(tokens[:MOST], PIECE["code"]), "text": grams(words[:MOST], PIECE["text"])})


def tokens_of(source: str) -> tuple[list[str], list[str]]:
    """The tokens of code, every name of the student's own alike, and the words of its comments."""
    tokens, words, before = [], [], ""
    for found in TOKEN.finditer(source):
        kind, text = found.lastgroup, found[0]
        if kind == "comment":
            words += WORD.findall(text.casefold())
        elif kind != "long":  # (what a function is said to do is the release's)
            own = kind == "name" and not (before == "." and tokens[-2:-1] != ["self"] or text in KEPT)
            tokens.append("V" if own else "S" if kind == "string" else text)
            before = text
    return tokens, words


def grams(tokens: list[str], size: int) -> list[int]:
    """The piece that begins at each place."""
    return [hash(tuple(tokens[i : i + size])) for i in range(len(tokens) - size + 1)]


def alike(class_: dict[str, Profile], course: Profile) -> list[Likeness]:
    """The pairs that share more than chance and the class's usual likeness explain, the most striking first."""
    found: dict[tuple[str, str], Likeness] = {}
    for kind, size in PIECE.items():
        common = set(course.pieces.get(kind, []))
        own = {who: [piece if piece not in common else 0 for piece in one.pieces.get(kind, [])]
               for who, one in class_.items()}  # fmt: skip
        holders: dict[int, list[str]] = defaultdict(list)
        for who, pieces in own.items():
            for piece in set(pieces) - {0}:
                holders[piece].append(who)
        weight = {piece: rarity(len(people), len(class_)) for piece, people in holders.items()}
        whole = {who: covered(pieces, weight, size) for who, pieces in own.items()}
        pairs = Counter()
        for piece, people in holders.items():
            if len(people) > 1 and weight[piece] > 0.1:
                pairs.update((a, b) for i, a in enumerate(people) for b in people[i + 1 :])
        shares = {}
        for (a, b), count in pairs.items():
            if count < ENOUGH[kind] / 4:
                continue
            both = set(own[a]) & set(own[b]) - {0}
            there = {piece: weight[piece] for piece in both}
            shared = min(covered(own[a], there, size), covered(own[b], there, size))
            shares[a, b] = shared, shared / max(min(whole[a], whole[b]), 1e-9)
        everyone = len(class_) * (len(class_) - 1) // 2
        usual = median([share for _, share in shares.values()], everyone)
        for (a, b), (shared, share) in shares.items():
            if shared >= ENOUGH[kind] and share >= max(SHARE, usual + BEYOND):
                pair = found.setdefault((a, b), Likeness(a, b, {}, {}, {}))
                pair.shared[kind], pair.share[kind], pair.usual[kind] = shared, min(share, 1.0), usual
    return sorted(found.values(), key=lambda pair: (-pair.strength, pair.one, pair.other))


def rarity(holders: int, students: int) -> float:
    """What a piece counts: 1 where one or two have it, less the more do, 0 where all do."""
    if holders <= 2:
        return 1.0
    return max(0.0, math.log(students / holders) / math.log(students / 2))


def covered(pieces: list[int], weight: dict[int, float], size: int) -> float:
    """How many tokens the pieces with a weight cover, each counted by the largest weight over it."""
    total, recent = 0.0, []
    for piece in [*pieces, *[0] * (size - 1)]:
        recent = [*recent[-(size - 1) :], weight.get(piece, 0.0)]
        total += max(recent)
    return total


def median(shares: list[float], everyone: int) -> float:
    """The middle one of all pairs' shares; those that aren't listed share nothing to speak of.

    In a class of three or less nobody can tell what is usual.
    """
    if everyone <= 3:
        return 0.0
    return sorted(shares, reverse=True)[everyone // 2] if len(shares) > everyone // 2 else 0.0
