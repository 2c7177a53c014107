"""Training: the loop, the optimizer and its parameter groups, schedules and their plan, stopping, checkpoints."""
