"""Homes for code that was written against libraries that are gone; docs/from-torchtext.md leads from there to here."""
