"""Claims read from a document: Markdown, LaTeX, plain text or a notebook."""

from backproof.checking.documents.model import Formula, Reading, Step, Unread
from backproof.checking.documents.reading import read_document
from backproof.checking.slips import Slip

__all__ = ["Formula", "Reading", "Slip", "Step", "Unread", "read_document"]
