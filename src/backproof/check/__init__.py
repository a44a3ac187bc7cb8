"""Check: somebody's working held against the truth.

`backproof.check` is this room and, called, the function `backproof.check.report.check`: importing a part of the room
binds the room under that name, so the room itself must answer to the call.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backproof.check.report import Report


class _Room(ModuleType):
    def __call__(self, working: Any, **options: Any) -> Report:
        from backproof.check.report import check

        return check(working, **options)


sys.modules[__name__].__class__ = _Room
