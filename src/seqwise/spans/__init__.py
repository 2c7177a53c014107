"""Entities as spans: tag schemes, faults of tags and of spans, spans of tokens and of characters. Pure functions."""
