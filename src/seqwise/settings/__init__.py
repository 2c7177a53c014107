"""Settings: frozen models, one for each station; TOML files and command-line flags fill the same models."""
