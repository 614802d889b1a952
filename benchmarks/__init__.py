"""parl and its peers side by side: each figure is a ratio to a peer measured in the same run.

    python -m benchmarks            all of them, as one table
    python -m benchmarks.startup    one of them; also key_latency, waiting, abort, throughput,
                                    sources

Plain Python and a POSIX system are enough; ``cc`` and prompt_toolkit add contestants. Run them
with the interpreter that parl is installed for, from the folder above this one.
"""
