"""From many candidates to a defensible shortlist.

| module | concept |
|---|---|
| `hull` | energy above the convex hull of known phases |
| `criteria` | windows on predicted properties, with or without their uncertainty |
| `what_if` | what another threshold on the uncertainty would leave |
| `funnel` | filters one after another, their counts, why a candidate passed |
| `discovery` | precision, recall, enrichment and errors where the truth is known |
| `pareto` | candidates that no other beats in every respect |
| `diversity` | a shortlist that covers its ground |
"""
