"""`harmonium bench serve`: load for any OpenAI-compatible server, and what it makes of it.

workload (what is asked, when) → stream (one request on one connection) → load (all of them) → figures → report.
"""
