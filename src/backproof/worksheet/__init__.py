"""The worksheet: a network, data and what somebody worked out, in one TOML file that people write by hand.

Reading is here; `worksheet.writer` writes one.
"""

from backproof.worksheet.model import LAST_STEP, Claim, Data, Document, Worksheet
from backproof.worksheet.reader import loads
from backproof.worksheet.source import load

__all__ = ["LAST_STEP", "Claim", "Data", "Document", "Worksheet", "load", "loads"]
