"""Small changes to code, one at a time: mutmut's operators, and those that deep learning needs besides.

An operator is a pair of a libcst node class and a function from such a node to the nodes that may take its place, as
in ``mutmut.mutation.mutators``. The operators on numbers, booleans, comparisons, arithmetic, arguments, strings and
conditional expressions are mutmut's; those below know reductions, axes, transposes, matrix products, copies and
gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import libcst as cst
import libcst.matchers as m
from mutmut.mutation import mutators

Operator = tuple[type[cst.CSTNode], Callable[[cst.CSTNode], Iterable[cst.CSTNode]]]

PAIRS = [
    ("sum", "mean"),
    ("max", "min"),
    ("amax", "amin"),
    ("argmax", "argmin"),
    ("maximum", "minimum"),
    ("any", "all"),
    ("var", "std"),
    ("cumsum", "cumprod"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("floor", "ceil"),
    ("hstack", "vstack"),
    ("sort", "argsort"),
    ("train", "eval"),
]
"""Functions and methods that are taken for each other."""
INSTEAD = {a: b for a, b in PAIRS} | {b: a for a, b in PAIRS}
INSTEAD |= {"log": "log2", "exp": "exp2", "permutation": "arange", "normal": "uniform", "outer": "inner"}
DROPPED_METHODS = {"copy", "clone", "detach", "eval", "contiguous", "astype", "double", "float", "long", "to"}
DROPPED_METHODS |= {"flatten", "ravel", "squeeze", "unsqueeze", "transpose", "item", "abs", "requires_grad_"}
"""Methods whose call is left out."""
AXES = {"0": "1", "1": "0", "-1": "0"}
PRODUCTS = frozenset({"dot", "matmul", "mm", "bmm", "outer", "subtract", "divide"})


def swapped_reduction(call: cst.Call) -> Iterable[cst.Call]:
    """``x.sum()`` to ``x.mean()``, ``np.maximum`` to ``np.minimum``, ``max`` to ``min`` ..."""
    if m.matches(call.func, m.Attribute()) and call.func.attr.value in INSTEAD:
        name = INSTEAD[call.func.attr.value]
        yield call.with_changes(func=call.func.with_changes(attr=cst.Name(name)))
    if m.matches(call.func, m.Name()) and call.func.value in {"max", "min", "any", "all"}:
        yield call.with_changes(func=cst.Name(INSTEAD[call.func.value]))


def dropped_method(call: cst.Call) -> Iterable[cst.BaseExpression]:
    """``x.copy()``, ``x.detach()``, ``model.eval()`` ... to ``x``."""
    if m.matches(call.func, m.Attribute()) and call.func.attr.value in DROPPED_METHODS:
        yield call.func.value


def dropped_transpose(attribute: cst.Attribute) -> Iterable[cst.BaseExpression]:
    """``x.T`` to ``x``."""
    if attribute.attr.value in {"T", "mT"}:
        yield attribute.value


def other_axis(argument: cst.Arg) -> Iterable[cst.Arg]:
    """``axis=0`` to ``axis=1`` and back, ``dim=-1`` to ``dim=0``."""
    if argument.keyword and argument.keyword.value in {"axis", "dim"}:
        value = cst.Module([]).code_for_node(argument.value)
        if value in AXES:
            yield argument.with_changes(value=cst.parse_expression(AXES[value]))


def other_number(number: cst.BaseNumber) -> Iterable[cst.BaseExpression]:
    """One less for an integer; nothing, half and twice as much for a float. (One more is mutmut's.)

    A float below 1e-6 guards against a division or a logarithm, where only its absence matters.
    """
    if isinstance(number, cst.Integer):
        yield cst.parse_expression(repr(number.evaluated_value - 1))
    if isinstance(number, cst.Float):
        value = number.evaluated_value
        for other in (0.0, value / 2, value * 2) if value >= 1e-6 else (0.0,):
            yield cst.Float(repr(other))


def other_operand(operation: cst.BinaryOperation) -> Iterable[cst.BaseExpression]:
    """``a - b`` to ``b - a``, ``a @ b`` to ``b @ a`` and ``a * b``; and either operand alone."""
    ordered = m.Subtract() | m.Divide() | m.Power() | m.MatrixMultiply() | m.FloorDivide() | m.Modulo()
    if m.matches(operation.operator, ordered):
        yield operation.with_changes(left=_wrapped(operation.right), right=_wrapped(operation.left))
    if m.matches(operation.operator, m.MatrixMultiply()):
        yield operation.with_changes(operator=cst.Multiply())
    yield operation.left
    if not m.matches(operation.operator, m.Power()):
        yield operation.right


def other_comparison(target: cst.ComparisonTarget) -> Iterable[cst.ComparisonTarget]:
    """``<`` to ``>`` and ``<=`` to ``>=``, and back. (``<`` to ``<=`` is mutmut's.)"""
    turned = {
        cst.LessThan: cst.GreaterThan,
        cst.GreaterThan: cst.LessThan,
        cst.LessThanEqual: cst.GreaterThanEqual,
        cst.GreaterThanEqual: cst.LessThanEqual,
    }
    if type(target.operator) in turned:
        yield target.with_changes(operator=turned[type(target.operator)]())


def one_condition(operation: cst.BooleanOperation) -> Iterable[cst.BaseExpression]:
    """``a and b`` to ``a`` and to ``b``."""
    yield operation.left
    yield operation.right


def swapped_arguments(call: cst.Call) -> Iterable[cst.Call]:
    """``np.dot(a, b)`` to ``np.dot(b, a)``."""
    if m.matches(call.func, m.Attribute()) and call.func.attr.value in PRODUCTS and len(call.args) >= 2:
        first, second, *rest = call.args
        turned = [first.with_changes(value=second.value), second.with_changes(value=first.value)]
        yield call.with_changes(args=[*turned, *rest])


def other_length(call: cst.Call) -> Iterable[cst.Subscript]:
    """``len(X)`` to ``X.shape[1]``: the number of columns for the number of rows."""
    if m.matches(call, m.Call(func=m.Name("len"), args=[m.Arg(value=m.Name())])):
        yield cst.parse_expression(f"{call.args[0].value.value}.shape[1]")


def shorter_range(call: cst.Call) -> Iterable[cst.Call]:
    """``range(n)`` to ``range(n - 1)`` and ``range(1, n)``."""
    if m.matches(call, m.Call(func=m.Name("range"), args=[m.Arg()])):
        stop = call.args[0].value
        fewer = cst.BinaryOperation(_wrapped(stop), cst.Subtract(), cst.Integer("1"))
        yield call.with_changes(args=[cst.Arg(fewer)])
        yield call.with_changes(args=[cst.Arg(cst.Integer("1")), cst.Arg(stop)])


def open_slice(part: cst.Slice) -> Iterable[cst.Slice]:
    """``x[a:b]`` to ``x[:b]`` and ``x[a:]``; ``x[::-1]`` to ``x[:]``."""
    if part.lower:
        yield part.with_changes(lower=None)
    if part.upper:
        yield part.with_changes(upper=None)
    if part.step:
        yield part.with_changes(step=None, second_colon=cst.MaybeSentinel.DEFAULT)


def dropped_new_axis(subscript: cst.Subscript) -> Iterable[cst.BaseExpression]:
    """``x[:, None]`` to ``x``."""
    new = m.SubscriptElement(slice=m.Index(m.Name("None") | m.Attribute(attr=m.Name("newaxis"))))
    if any(m.matches(element, new) for element in subscript.slice):
        yield subscript.value


def swapped_results(statement: cst.Return) -> Iterable[cst.Return]:
    """``return a, b`` to ``return b, a``."""
    if m.matches(statement.value, m.Tuple()) and len(statement.value.elements) >= 2:
        first, second, *rest = statement.value.elements
        values = [first.with_changes(value=second.value), second.with_changes(value=first.value), *rest]
        yield statement.with_changes(value=statement.value.with_changes(elements=values))


def negated_condition(statement: cst.If | cst.While) -> Iterable[cst.If | cst.While]:
    """``if a:`` to ``if not (a):``."""
    yield statement.with_changes(test=cst.UnaryOperation(cst.Not(), _wrapped(statement.test, always=True)))


def dropped_statement(line: cst.SimpleStatementLine) -> Iterable[cst.SimpleStatementLine]:
    """A call, an assignment or a raise to ``pass``."""
    small = m.Expr(value=m.DoesNotMatch(m.SimpleString())) | m.Assign() | m.AnnAssign() | m.AugAssign() | m.Raise()
    if len(line.body) == 1 and m.matches(line.body[0], small):
        yield line.with_changes(body=[cst.Pass()])


def dropped_context(statement: cst.With) -> Iterable[cst.If]:
    """``with torch.no_grad():`` to ``if True:``."""
    if all(item.asname is None for item in statement.items):
        yield cst.If(cst.Name("True"), statement.body, leading_lines=statement.leading_lines)


def other_exception(statement: cst.Raise) -> Iterable[cst.Raise]:
    """``raise ValueError(...)`` to ``raise RuntimeError(...)``."""
    if m.matches(statement.exc, m.Call(func=m.Name())):
        yield statement.with_changes(exc=statement.exc.with_changes(func=cst.Name("RuntimeError")))


def _wrapped(node: cst.BaseExpression, always: bool = False) -> cst.BaseExpression:
    atom = isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.BaseNumber))
    if node.lpar or (atom and not always):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


OPERATORS: list[Operator] = [
    *(pair for pair in mutators.mutation_operators if pair[1] is not mutators.operator_assignment),
    (cst.Call, swapped_reduction),
    (cst.Call, dropped_method),
    (cst.Attribute, dropped_transpose),
    (cst.Arg, other_axis),
    (cst.BaseNumber, other_number),
    (cst.BinaryOperation, other_operand),
    (cst.ComparisonTarget, other_comparison),
    (cst.BooleanOperation, one_condition),
    (cst.Call, swapped_arguments),
    (cst.Call, other_length),
    (cst.Call, shorter_range),
    (cst.Slice, open_slice),
    (cst.Subscript, dropped_new_axis),
    (cst.Return, swapped_results),
    (cst.If, negated_condition),
    (cst.While, negated_condition),
    (cst.SimpleStatementLine, dropped_statement),
    (cst.With, dropped_context),
    (cst.Raise, other_exception),
]
"""mutmut's ``a = None`` is left out: `dropped_statement` makes the change that tests find harder to notice."""
