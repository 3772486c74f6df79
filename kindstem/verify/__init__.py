"""The verifier: a bundle and an inspector's policy in, a verdict out. Knows no store, no web, no network.

What it needs is installed by `pip install kindstem[verify]` (docs/verify.md). It believes nothing that the bundle says
about itself: every root, level and number is computed again.
"""

from kindstem.verify.policy import Policy, parse_policy, read_policy, with_state
from kindstem.verify.run import verify
from kindstem.verify.verdict import Finding, Status, Unreadable, Verdict

__all__ = [
    "Finding",
    "Policy",
    "Status",
    "Unreadable",
    "Verdict",
    "parse_policy",
    "read_policy",
    "verify",
    "with_state",
]
