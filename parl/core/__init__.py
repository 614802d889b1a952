"""The engine: no click, no terminal, no print."""
