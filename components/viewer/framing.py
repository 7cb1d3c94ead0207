"""From where a crystal is seen: one rule for all, so that two crystals side by side compare.

c points up; the reader looks against a*, turned a little to the right and from above, so that no
axis hides another. The scene itself is turned, for the viewer's camera holds y upright: x is right,
y up and z towards the reader. The picture is orthographic and fits the plate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.types import FloatArray

_TURNED, _RAISED = np.radians(24.0), np.radians(13.0)


@dataclass(frozen=True, slots=True)
class Framing:
    """How a scene is seen; lengths in angstrom, coordinates of the turned scene.

    Attributes:
        center: middle of the box around what is drawn.
        half_width, half_height: of that box.
        diagonal: of that box.
    """

    center: tuple[float, float, float]
    half_width: float
    half_height: float
    diagonal: float


def framing(points: FloatArray, radii: FloatArray) -> Framing:
    """The view of (n, 3) spheres with (n,) radii that must be in the picture."""
    low, high = (points - radii[:, None]).min(axis=0), (points + radii[:, None]).max(axis=0)
    x, y, z = ((low + high) / 2).tolist()
    width, height, _ = ((high - low) / 2).tolist()
    return Framing((x, y, z), width, height, float(np.linalg.norm(high - low)))


def directions(lattice: FloatArray) -> FloatArray:
    """(3, 3) unit rows right, up, toward the reader, for (3, 3) lattice rows.

    Always a rotation, also where the lattice is left-handed: a crystal is never mirrored.
    """
    up = lattice[2] / np.linalg.norm(lattice[2])
    front = np.cross(lattice[1], lattice[2])  # along a*, at right angles to c
    front /= np.linalg.norm(front)
    if front @ lattice[0] < 0:
        front = -front
    side = np.cross(up, front)
    level = np.cos(_TURNED) * front + np.sin(_TURNED) * side
    toward = np.cos(_RAISED) * level + np.sin(_RAISED) * up
    right = np.cross(up, toward)
    right /= np.linalg.norm(right)
    return np.array([right, np.cross(toward, right), toward])
