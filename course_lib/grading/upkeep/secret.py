"""The folder's secret: read whole or not at all, and compared with the one that the answer keys were made with."""

import hashlib
import hmac
from pathlib import Path
from typing import Any

from course_lib.grading.errors import GradingError

PUT_BACK = "put the right one back, from your copy of it or from a backup (python -m course_lib grade restore)"
DRAWS = 5  # how many draws the keys of the first versions chose from


def read(home: Path) -> str:
    """The secret in this folder. Raises GradingError where it is missing, empty or can't be read; makes none."""
    file = home / "secret"
    try:
        said = file.read_text("utf-8-sig").strip()
    except FileNotFoundError as error:
        raise GradingError(f"the file `secret` is missing: {PUT_BACK}; a new one would change every mark") from error
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise GradingError(f"the file `secret` can't be read ({why}): {PUT_BACK}") from error
    if not said:
        raise GradingError(f"the file `secret` is empty: {PUT_BACK}")
    return said


def digest(secret: str) -> str:
    """What a key carries: by it the secret is known again, and nothing else is told."""
    return hashlib.sha256(f"autoencoder course, the secret of a grading folder\0{secret}".encode()).hexdigest()


def old_seed_of(secret: str, *names: str) -> int:
    """A seed as the first versions drew it, of 31 bits: what they made stays in force, so this never changes."""
    return int(hashlib.sha256("/".join([secret, *names]).encode()).hexdigest()[:12], 16) % 2**31


def fits(secret: str, assignment: str, key: dict[str, Any], salt: str = "") -> bool | None:
    """Whether a key was made with this secret; None where nothing in it tells.

    A key without the digest is known by its seeds; one without seeds by the salt of its release.
    """
    if said := key.get("secret"):
        return hmac.compare_digest(str(said), digest(secret))
    seeds = {name: about["seed"] for name, about in key["questions"].items() if "seed" in about}
    if seeds:
        draws = [[], *([str(draw)] for draw in range(1, DRAWS))]
        drawn = {(name, old_seed_of(secret, assignment, name, *draw)) for name in seeds for draw in draws}
        return bool(drawn & set(seeds.items()))
    return salt == f"{old_seed_of(secret, 'numbers', assignment):x}" if salt else None
