"""parl and its peers side by side: each figure is a ratio to a peer measured in the same run.

make bench                      all of them: docs/benchmarks.md
python -m benchmarks            the same, in the environment that benchmarks.set_up has made (.bench/python)
python -m benchmarks.startup    one of them
"""
