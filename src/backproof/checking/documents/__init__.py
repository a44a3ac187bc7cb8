"""Claims read from a document: Markdown, LaTeX, plain text or a notebook."""

from backproof.checking.documents.model import Formula, Reading, Step, Unread
from backproof.checking.documents.reading import check_place, read_document
from backproof.checking.slips import Slip

__all__ = ["Formula", "Reading", "Slip", "Step", "Unread", "check_place", "read_document"]
