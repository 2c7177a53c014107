"""The network: encoders and heads over flat batches; see ``contracts.py`` for what they offer."""
