"""Probes: a network is asked with batches made for the question, and plain facts for the checks come back."""
