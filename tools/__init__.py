"""What the project needs to be worked on, and is not part of parl."""
