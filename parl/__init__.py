"""parl puts a key, a clock and a menu around work that blocks."""

__version__ = "0.1.0.dev0"
