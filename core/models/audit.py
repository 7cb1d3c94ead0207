"""What a model file may hold: a closed list of types, trees whose branches lead somewhere.

skops rebuilds objects from a description instead of running a pickle, and trusts what it knows of
scikit-learn. Gridscope's models need far less, so everything else is refused before it is built.
Compiled code follows the branches of a tree without looking; they are checked afterwards.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np

from core.errors import ModelFileError

_LOADERS = frozenset(
    ("DictNode", "JsonNode", "ListNode", "LossNode", "NdArrayNode", "ObjectNode",
     "RandomGeneratorNode", "RandomStateNode", "TreeNode", "TupleNode", "TypeNode")
)  # fmt: skip
_HIST = "sklearn.ensemble._hist_gradient_boosting"
TREE_TYPES = (f"{_HIST}.predictor.TreePredictor", "sklearn.tree._tree.Tree")
_TYPES = frozenset(
    (
        "builtins.dict", "builtins.list", "builtins.str", "builtins.tuple",
        "numpy.float64", "numpy.ndarray", "numpy.uint64", "numpy.random.mtrand.RandomState",
        "numpy.random._generator.Generator",
        "sklearn._loss._loss.CyHalfSquaredError", "sklearn._loss.link.IdentityLink",
        "sklearn._loss.link.Interval", "sklearn._loss.loss.HalfSquaredError",
        "sklearn.dummy.DummyRegressor",
        "sklearn.ensemble._forest.ExtraTreesRegressor",
        "sklearn.ensemble._forest.RandomForestRegressor",
        "sklearn.ensemble._gb.GradientBoostingRegressor",
        f"{_HIST}.binning._BinMapper",
        f"{_HIST}.gradient_boosting.HistGradientBoostingRegressor",
        "sklearn.tree._classes.DecisionTreeRegressor", "sklearn.tree._classes.ExtraTreeRegressor",
        *TREE_TYPES,
    )
)  # fmt: skip
_HINT = "Open only files that Gridscope saved, from people you trust."


def audit_types(data: bytes) -> None:
    """Refuse a skops file that names anything Gridscope's models do not hold.

    Raises: ModelFileError.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            schema = json.loads(archive.read("schema.json"))
    except (zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise ModelFileError(f"The state of the model can't be read: {error}.") from None
    for node in _nodes(schema):
        name, loader = f"{node['__module__']}.{node['__class__']}", str(node.get("__loader__"))
        if loader not in _LOADERS or (name not in _TYPES and loader != "JsonNode"):
            raise ModelFileError(
                f"The model file holds {name!r} ({loader}), which no model of Gridscope does.",
                hint=_HINT,
            )


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            if "__class__" in current and "__module__" in current:
                yield current
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current)


def audit_trees(state: Any, n_features: int | None = None) -> None:
    """Refuse trees whose branches, values or features point outside themselves.

    Features are counted by the labels beside the trees; a model compares that number with the
    features at hand before it asks its trees.

    Raises: ModelFileError.
    """
    if isinstance(state, dict):
        labels = state.get("labels")
        width = len(labels) if isinstance(labels, list) else n_features
        for value in state.values():
            audit_trees(value, width)
    elif isinstance(state, (list, tuple)):
        for value in state:
            audit_trees(value, n_features)
    elif type(state).__module__.startswith("sklearn."):
        try:
            _audit_estimator(state, n_features)
        except (AttributeError, TypeError, KeyError, IndexError) as error:
            raise ModelFileError(f"The trees of the model are damaged: {error}.") from None


def _audit_estimator(estimator: Any, n_features: int | None) -> None:
    if n_features is None:
        raise ModelFileError("The trees of the model have no features.", hint=_HINT)
    if hasattr(estimator, "_predictors"):
        for tree in (tree for stage in estimator._predictors for tree in stage):
            nodes = tree.nodes
            leaf = nodes["is_leaf"].astype(bool)
            _audit_branches(nodes["left"], nodes["right"], nodes["feature_idx"], leaf, n_features)
            if nodes["is_categorical"].any():
                raise ModelFileError("A tree asks for categories; no model of Gridscope does.")
        return
    for tree in (getattr(e, "tree_", None) for e in np.ravel(estimator.estimators_)):
        assert tree is not None
        if tree.value.shape != (tree.capacity, 1, 1):
            raise ModelFileError("A tree of the model has other values than leaves.", hint=_HINT)
        leaf = tree.children_left == -1
        _audit_branches(tree.children_left, tree.children_right, tree.feature, leaf, n_features)


def _audit_branches(left: Any, right: Any, feature: Any, leaf: Any, n_features: int) -> None:
    """There is a root; children come after their parent and exist; features exist."""
    n, inner = len(left), ~leaf
    if not n:  # compiled code starts at the root
        raise ModelFileError("A tree of the model has no root.", hint=_HINT)
    own = np.arange(n)[inner]
    for child in (np.asarray(left, np.int64)[inner], np.asarray(right, np.int64)[inner]):
        if ((child <= own) | (child >= n)).any():
            raise ModelFileError("A tree of the model has a branch that leads nowhere.", hint=_HINT)
    used = np.asarray(feature, np.int64)[inner]
    if ((used < 0) | (used >= n_features)).any():
        raise ModelFileError("A tree of the model asks for a feature it lacks.", hint=_HINT)
