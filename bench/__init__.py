"""The budgets, measured: what a child waits for, and what the server can take.

`./dev bench` runs every measurement against real pieces (the built pages in Chromium, a real server on the loopback,
SQLite on the same disk) and writes docs/benchmarks.md. Nothing here is part of what is shipped.

A machine that does other things at the same time gives other times on every run. So each figure is a median with its
lowest and highest, and whatever can be said as a ratio is measured against a plain yardstick within the same run.
"""
