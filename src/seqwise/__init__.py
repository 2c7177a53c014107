"""seqwise: the trainer that refuses to let a meaningless number look like a result."""

__version__ = "0.1.0"
