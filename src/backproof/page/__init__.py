"""The page: a worksheet to play with in the browser, served or as one file; every number in it comes from here."""

from backproof.page.export import export_page

__all__ = ["export_page"]
