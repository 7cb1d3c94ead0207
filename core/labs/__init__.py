"""Claims of papers, computed again on crystals that anyone can make.

| module | concept |
|---|---|
| `series` | a series of crystals compared under several metrics; a straight line through zero |
| `grid_report` | section 7.1 of the GRID report: layers, displacements, expansion |
| `grid_report_findings` | what that report claims, what is measured, a verdict in words |
| `bulk_modulus` | bulk moduli of binaries by each model, beside what was asked |
| `stability`, `stability_figures`, `stability_kept` | stable crystals, before relaxation |
| `stability_findings` | what the thesis claims of such screening, what is measured |
| `reference_tasks` | perovskites and phonons by kernels and the averaged model |
| `zeolites` | the 120 siliceous zeolites as models see them; the families of descriptors |
| `zeolites_trials`, `_reasons`, `_stages`, `_intervals`, `_geometry` | parts of the zeolite lab |
| `zeolites_frameworks` | a chemist's own frameworks beside them |
| `zeolites_findings` | what that paper claims, what is measured |
"""
