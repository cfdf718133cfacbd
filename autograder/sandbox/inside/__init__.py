"""What runs inside a sandbox: the supervisor, the holder of the notebook's state, its cells."""
