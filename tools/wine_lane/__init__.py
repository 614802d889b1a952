"""The Windows lane: parl's tests on real CPython for Windows, on a Debian-like machine, under Wine."""
