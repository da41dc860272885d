"""Speed and memory, measured against bounds taken in the same run; `make bench`."""
