"""Makers of the data that Gridscope ships: run by hand, never imported by the app."""
