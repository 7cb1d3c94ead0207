"""Models that learn a property of crystals: one way to fit, to predict, to save.

| module | concept |
|---|---|
| `base` | what a model is; the registry; `fit`; a fitted model |
| `option_types` | options of the right type |
| `prediction` | a value with its uncertainty |
| `targets` | the property to learn, or why a crystal has no usable value |
| `inputs` | what models see of crystals, computed once |
| `feature_sets` | descriptors side by side, with transforms fitted inside the fold |
| `baseline`, `knn`, `kernels`, `trees`, `linear`, `averaged` | the models |
| `vectors`, `space` | training crystals in a model's state, and distances to them |
| `kernel_algebra` | leave-one-out and likelihood of kernel models in closed form |
| `conformal` | intervals that cover what they say, around any model |
| `procedures` | these intervals in words |
| `persistence`, `audit` | model files that hold no code, and the refusal of others |
| `kept`, `shipped`, `named` | models of workspaces, those that come along, and either by name |
"""

from core.models.base import MODELS, Context, FittedModel, Model, ModelSpec, fit
from core.models.inputs import Inputs, Needs, prepare
from core.models.prediction import Prediction
from core.models.targets import Target, read_target

__all__ = [
    "MODELS", "Context", "FittedModel", "Inputs", "Model", "ModelSpec", "Needs", "Prediction",
    "Target", "fit", "prepare", "read_target",
]  # fmt: skip
