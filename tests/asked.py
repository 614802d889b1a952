"""What is asked of a job or of a tree of processes while it works, noted."""

from __future__ import annotations


class Asked:
    """Notes who hurries it, holds it, lets it go on and closes it."""

    reads = True

    def __init__(self) -> None:
        self.asked: list[object] = []

    def close(self) -> None:
        self.asked.append("close")

    def hurry(self) -> None:
        self.asked.append("hurry")

    def suspend(self) -> None:
        self.asked.append("suspend")

    def resume(self) -> None:
        self.asked.append("resume")

    def reads_terminal(self) -> bool:
        return self.reads
