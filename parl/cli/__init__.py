"""The command line: parse, call core, say it, exit."""
