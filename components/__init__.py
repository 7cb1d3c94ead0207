"""Reusable pieces of the interface: forms, tables, figures, the 3D viewer. No page logic."""
