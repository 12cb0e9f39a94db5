"""A data-quality console for particle-physics control rooms.

``import dqmconsole as dqm`` gives ``dqm.open``, ``dqm.check``, ``dqm.draw``,
``dqm.validate`` and what they return; see :mod:`dqmconsole.api`, which is loaded with
the first of them.
"""

__version__ = "0.1.0"

_OF_API = frozenset(
    (
        *("Error", "NotFoundError", "Histogram", "OpenSource", "Picture"),
        *("PlotVerdict", "Verdicts", "check", "draw", "open", "validate"),
    )
)


def __getattr__(name: str) -> object:
    if name not in _OF_API:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    import importlib

    # by its name: what is below the api imports this package, and must not reach it
    return getattr(importlib.import_module("dqmconsole.api"), name)


def __dir__() -> list[str]:
    return sorted((*globals(), *_OF_API))
