"""Where the reference material lies, which is no part of the project: recorded answers of a cluster
(conformance/), published rules and logs (corpus/).

VEDETTE_REFERENCE names the folder; without it, it is the one beside the checkout that holds both.
What needs the material is left out where there is none.
"""
import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PARTS = ("conformance", "corpus")


def folder(root=ROOT):
    """The folder's path, or None."""
    named = os.environ.get("VEDETTE_REFERENCE")
    if named:
        return named
    beside = os.path.dirname(root)
    for name in sorted(os.listdir(beside)):
        path = os.path.join(beside, name)
        if all(os.path.isdir(os.path.join(path, part)) for part in PARTS):
            return path
    return None


def path(name, root=ROOT):
    """The path of something in it, or None if it is not there."""
    found = folder(root)
    whole = os.path.join(found, name) if found else None
    return whole if whole and os.path.exists(whole) else None
