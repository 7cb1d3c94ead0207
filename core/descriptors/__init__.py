"""Descriptions of a crystal as arrays; one module each, found through `DESCRIPTORS`."""

from core.descriptors.base import DESCRIPTORS, Descriptor, describe

__all__ = ["DESCRIPTORS", "Descriptor", "describe"]
