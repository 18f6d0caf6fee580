"""JupyterLabs that run already: those that can see the copies, and which copies are open in them."""

import contextlib
import json
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen


class Lab(NamedTuple):
    """One server: its address, its token ("" where it asks for a password), the folder that it shows."""

    url: str
    token: str
    root: Path

    def ask(self, what: str, patience: float = 2.0) -> object:
        """What its API answers, as JSON. Raises OSError (nobody answers, or not us), ValueError."""
        head = {"Authorization": f"token {self.token}"} if self.token else {}
        with urlopen(Request(f"{self.url}api/{what}", headers=head), timeout=patience) as answer:
            return json.loads(answer.read())

    def address(self, file: str = "") -> str:
        """What to open in a browser: the course as it was left, or one copy."""
        where = f"/tree/{quote(file)}" if file else ""
        return f"{self.url}lab{where}" + (f"?token={self.token}" if self.token else "")


def labs(work: Path) -> list[Lab]:
    """The servers of this user that show the folder or one above it, and answer."""
    from jupyter_core.paths import jupyter_runtime_dir

    found = []
    for file in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            about = json.loads(file.read_text("utf-8"))
            lab = Lab(about["url"], about.get("token") or "", Path(about["root_dir"]).resolve())
            if lab.root in (work.resolve(), *work.resolve().parents):
                lab.ask("status")
                found.append(lab)
    return found


def open_copies(work: Path, there: list[Lab]) -> set[str]:
    """The names of the copies that have a kernel in one of these servers. One that won't tell is taken to have none:
    JupyterLab itself asks its reader before it writes over a file that has changed.
    """
    names = set()
    for lab in there:
        with contextlib.suppress(URLError, OSError, ValueError, KeyError, TypeError):
            for session in lab.ask("sessions"):
                file = (lab.root / session["path"]).resolve()
                names |= {file.name} if file.parent == work.resolve() else set()
    return names
