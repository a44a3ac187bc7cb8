"""The worksheet: a network, data and what somebody worked out, in one TOML file that people write by hand."""

from backproof.worksheet.model import LAST_STEP, Claim, Data, Document, Worksheet
from backproof.worksheet.reader import loads
from backproof.worksheet.source import load
from backproof.worksheet.writer import dumps, save

__all__ = ["LAST_STEP", "Claim", "Data", "Document", "Worksheet", "dumps", "load", "loads", "save"]
