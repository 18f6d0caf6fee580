"""Files in the way: a `random.py` beside the README would be imported in place of Python's own `random`.

It imports nothing that such a file could hide: `os` and `sys` are in memory before anything else.
"""

import os
import sys

PACKAGES = (
    "IPython PIL ipykernel ipywidgets jupyter_client jupyterlab matplotlib nbclient nbformat nbval numpy "
    "packaging pytest safetensors scipy sklearn torch torchvision tqdm traitlets"
)


def strays() -> str:
    """What to do about a module here, in the project, notebooks/ or work/ that hides one that is needed, or ""."""
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    needed = sys.stdlib_module_names | set(PACKAGES.split())
    for folder in dict.fromkeys([os.getcwd(), home, os.path.join(home, "notebooks"), os.path.join(home, "work")]):
        for entry in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            module, dot, ending = entry.partition(".")
            package = os.path.exists(os.path.join(folder, entry, "__init__.py"))
            if module in needed and (package or dot and ending == "py"):
                where = "this folder" if folder == os.getcwd() else folder
                return f"course: {entry} in {where} hides the module {module} that the course needs: rename it, please"
    return ""
