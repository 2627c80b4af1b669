"""Which of a lesson's imports a sandbox has in memory beforehand."""

from nbformat.v4 import new_code_cell

from grading.imports import import_statements, imports_beside_student

GRADED = """
import scipy.special
from sklearn.metrics import accuracy_score, log_loss
from statistics import fmean
import torch.nn.functional as F

def stand_in(p):
    return F.softmax(p, dim=1)

seen = observe(lambda: train(), using={"logistic": scipy.special.expit, "softmax": stand_in, "mean": fmean})
assert log_loss([0, 1], seen) < accuracy_score([1], [1])
"""


def test_every_import_is_found_once_wherever_it_stands() -> None:
    cells = [new_code_cell("%matplotlib inline\nimport numpy as np"), new_code_cell("def f():\n    import numpy as np")]
    assert import_statements(cells) == {"import numpy as np"}


def test_what_may_travel_to_the_student_is_there_too_and_what_is_merely_called_is_not() -> None:
    assert imports_beside_student([new_code_cell(GRADED)]) == {
        "import scipy.special",
        "from statistics import fmean",
        "import torch.nn.functional as F",
    }
    assert imports_beside_student([new_code_cell(GRADED.replace("observe", "look"))]) == set()
