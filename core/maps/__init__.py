"""A whole set seen through its distances.

| module | concept |
|---|---|
| `order` | hierarchical clustering: the order of a matrix, the dendrogram |
| `project` | a plane in which distances are nearly kept: metric MDS, UMAP |
| `colours` | what a map can be coloured by |
| `duplicates` | groups of crystals nearer than a threshold |
"""
