"""From text to token ids and from labels to numbers; everything is fitted on training rows only."""
