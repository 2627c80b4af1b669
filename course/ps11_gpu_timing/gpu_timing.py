# %% [markdown]
# # PS 11: Where the time goes
#
# A graphics card can train a network many times faster than a processor. It can also make no difference at all, or make things
# slower. Which one it is, only a measurement tells, and a careless measurement tells the wrong thing. Here you learn to move the work
# to a device, to time it honestly, and to say in advance how much a faster device can help.
#
# **Goals.** After it you can
#
# - write code that runs on a graphics card where there is one, and on the processor where there is none;
# - time a piece of code: warm up, wait for the device, take the median;
# - split the cost of a step into a fixed part and a part for each sample, and choose a batch size by it;
# - derive Amdahl's law, and use it before you buy or rewrite anything.
#
# **Time:** about 3 hours. **Assumed:** tensors (PS 6), the training loop with modules and optimizers (PS 7). **Points:** 20, of which
# 2 are for answers in words.
#
# **You need no graphics card.** Every exercise can be solved, and is graded in the same way, without one. The plots compare the
# processor with the graphics card where PyTorch finds one. Where it finds none, they compare the processor with itself: one thread
# against two. That is a much smaller step, and the plots say which of the two you see.
#
# Times differ from computer to computer and from run to run, so expect other numbers than your neighbour's. Close other programs that
# compute. On a computer whose cores are all busy, two threads wait for each other at every operation, and can be many times slower than
# one; points jump, and no median helps.
# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest import mock

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator
from torch import nn
from torch.overrides import TorchFunctionMode

from helpers import data, diagrams, plotting
from helpers.checks import assert_close, assert_number, assert_raises, observe

plotting.use_style()
# At its first use torch.optim loads a large part of PyTorch. Do it here, before anything is timed.
torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1).step()
# %% [markdown]
# ## What is compared
#
# `CONTENDERS` lists what the plots compare, as (name, device, number of threads). `threads(n)` lets PyTorch use n threads on the
# processor inside a `with` block and sets the old number back afterwards. The images are 2,048 of the digits, one row of 784 numbers
# each.
# %% nbgrader={"grade": false, "grade_id": "contenders", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
digits = data.load("mnist")
images = torch.tensor(digits.X_train[:2048].reshape(2048, 784) / 255, dtype=torch.float32)
labels = torch.tensor(digits.y_train[:2048], dtype=torch.int64)
CPU = torch.device("cpu")
HAS_CARD = torch.cuda.device_count() > 0
if HAS_CARD:
    CONTENDERS = [("CPU", CPU, torch.get_num_threads()), ("GPU", torch.device("cuda"), torch.get_num_threads())]
else:
    CONTENDERS = [("CPU, 1 thread", CPU, 1), ("CPU, 2 threads", CPU, 2)]


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Let PyTorch use n threads on the processor, and set the old number back afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def plain_ticks(axis: Axis, text: str = "{x:g}") -> None:
    """Write plain numbers 1, 2, 5, 10, ... on a logarithmic axis."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(text)
    axis.set_minor_formatter("")


# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
print("The plots of this run compare:", " and ".join(name for name, device, n in CONTENDERS))
print("graphics card:", torch.cuda.get_device_name() if HAS_CARD else "none found")
# %% [markdown]
# # Part 1: devices
#
# ## Two processors, two memories
#
# The processor of a computer, the **CPU**, has a few cores, and each is good at everything: branches, files, Python. A graphics card,
# a **GPU**, has thousands of small arithmetic units that do the same operation on many numbers at once. A matrix product is exactly
# that. The GPU has its own memory, and its units compute only with what lies there. Between the two memories runs a bus, and it is
# narrow: data cross it at a small fraction of the speed at which the GPU reads its own memory.
# %% tags=["try-it"]
ax = diagrams.computation_graph(
    {
        "cpu": (0, 0, "CPU\na few cores, all of Python"),
        "ram": (0, 1.4, "main memory\ntensors on device cpu"),
        "vram": (2, 1.4, "GPU memory\ntensors on device cuda"),
        "gpu": (2, 0, "GPU\nthousands of units"),
    },
    [
        ("cpu", "ram", "reads and writes", ""),
        ("cpu", "gpu", "asks for work", ""),
        ("ram", "vram", "the bus: slow", ""),
        ("gpu", "vram", "reads and writes, fast", ""),
    ],
    title="Numbers must cross the bus before the GPU can use them",
)
# %% [markdown]
# In PyTorch every tensor has a **device**, and an operation takes tensors of one device alone. Three devices matter here.
#
# | device | where the numbers are |
# | --- | --- |
# | `cpu` | in the main memory |
# | `cuda`, or `cuda:0`, `cuda:1`, ... | in the memory of the first, second, ... NVIDIA card; `cuda` alone is the current one, at first `cuda:0` |
# | `meta` | nowhere: a `meta` tensor has a shape and a dtype, and no numbers |
#
# The device `meta` is there on every computer. Operations on it compute shapes, and most of them complain about mixed devices, as they do
# with a GPU. (A plain `cpu_matrix @ meta_matrix` does not, and returns nonsense.) That makes it a good place to test code that moves things.
#
# The cards of other makers have their own names, such as `mps` for Apple's. The ideas are the same; here we keep to `cuda`.
# %% tags=["try-it"]
somewhere = torch.ones(3, 4)
nowhere = somewhere.to("meta")
print("shape of the product:", tuple((nowhere @ nowhere.T).shape), "on device", (nowhere @ nowhere.T).device)
try:
    print(somewhere + nowhere)
except RuntimeError:
    print("somewhere + nowhere raises a RuntimeError: two devices in one operation")


# %% [markdown]
# ### Exercise 1: `pick_device` (1.5 points, ★☆☆)
#
# A program should run everywhere, and it should *say* when it runs somewhere else than it was asked to. Otherwise you wait for a night
# and find out that the card was never used. Write a function that returns the preferred device where it is there, and otherwise
# the CPU **with a warning**.
#
# `prefer` is `"cuda"` or `"cpu"`. Ask `torch.cuda.is_available()` whether there is a card. The warning is a `UserWarning`
# (what `warnings.warn(message)` gives), issued once, whose message contains the word `cuda`. When you get what you asked for there is no
# warning. Any other `prefer` raises a `ValueError` whose message contains the value. Ask at each call; a card can go away.
#
# <details><summary>Hint</summary>
# <code>warnings.warn</code> goes on after the warning; <code>raise</code> would end the function. Three cases and an error are all there is.
# </details>
# %% nbgrader={"grade": false, "grade_id": "pick_device", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pick_device(prefer: str = "cuda") -> torch.device:
    """Return the preferred device, or the CPU with a warning where it is not available.

    Parameters
    ----------
    prefer : {"cuda", "cpu"}

    Returns
    -------
    torch.device
        ``torch.device("cuda")`` or ``torch.device("cpu")``.

    Warns
    -----
    UserWarning
        If "cuda" is preferred and torch.cuda.is_available() is False; the message contains "cuda".

    Raises
    ------
    ValueError
        For any other name; the message contains it.
    """
    # Refuse names that are neither.
    ### BEGIN SOLUTION
    if prefer not in ("cuda", "cpu"):
        raise ValueError(f"prefer must be 'cuda' or 'cpu', not {prefer!r}")
    ### END SOLUTION
    # A card is wanted, and there is none: say so, and fall back.
    ### BEGIN SOLUTION
    if prefer == "cuda" and not torch.cuda.is_available():
        warnings.warn("no cuda device was found; the CPU is used instead", stacklevel=2)
        return torch.device("cpu")
    ### END SOLUTION
    # What was asked for.
    ### BEGIN SOLUTION
    return torch.device(prefer)
    ### END SOLUTION


# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    device = pick_device()
print("your function picks", device, "and warns:" if caught else "without a warning", *(str(w.message) for w in caught))


# %% [markdown]
# **How this is tested.** Whether your computer has a card or not, the test has to see both cases. It replaces `torch.cuda.is_available` for a
# moment by a function that says yes, or no. `mock.patch.object` from Python's standard library does that, and puts the real one
# back at the end of the `with` block.
# %% nbgrader={"grade": true, "grade_id": "test_pick_device", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# With a card, without one, and with a card that nobody asked for.
def ask(prefer, card):
    with mock.patch.object(torch.cuda, "is_available", lambda: card), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        picked = pick_device(prefer)
        return type(picked).__name__, str(picked), [str(w.message) for w in caught]


for prefer, card, expected in [("cuda", True, "cuda"), ("cuda", False, "cpu"), ("cpu", True, "cpu")]:
    what = f"pick_device({prefer!r}) {'with' if card else 'without'} a card"
    kind, name, told = observe(lambda prefer=prefer, card=card: ask(prefer, card))
    assert kind == "device", f"{what} returns a {kind}. Is it torch.device(...)?"
    assert name == expected, f"{what} returns {name!r}. Did you ask torch.cuda.is_available(), at this call?"
    wanted = 1 if prefer == "cuda" and not card else 0
    assert len(told) == wanted, (
        f"{what} gives {len(told)} warnings; {wanted} expected. Does it warn only if it falls back?"
    )
    assert all("cuda" in text for text in told), f"{what} warns {told}. Does the message say what is missing?"


# %% nbgrader={"grade": true, "grade_id": "hidden_pick_device", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The default; the category; a card that comes and goes; names that are not allowed; the CPU without a card.
def several():
    seen = []
    for card in (False, True, False):
        with (
            mock.patch.object(torch.cuda, "is_available", lambda card=card: card),
            warnings.catch_warnings(record=True) as caught,
        ):
            warnings.simplefilter("always")
            for call in (lambda: pick_device(), lambda: pick_device("cpu"), lambda: pick_device(prefer="cuda")):
                before = len(caught)
                picked = call()
                told = [(w.category.__name__, str(w.message)) for w in caught[before:]]
                seen.append((type(picked).__name__, str(picked), told))
    return seen


seen = observe(several)
for i, (kind, name, told) in enumerate(seen):
    card, asked = i // 3 == 1, ("no argument", "'cpu'", "prefer='cuda'")[i % 3]
    what = f"pick_device with {asked}, {'with' if card else 'without'} a card,"
    assert kind == "device", f"{what} returns a {kind}."
    assert name == ("cuda" if card and i % 3 != 1 else "cpu"), f"{what} returns {name!r}."
    falls_back = not card and i % 3 != 1
    assert [category for category, _ in told] == ["UserWarning"] * falls_back, f"{what} warns {told}."
    assert all("cuda" in text for _, text in told), f"{what} warns {told}."
for prefer in ("gpu", "CUDA", "", "mps", "meta"):
    for card in (True, False):

        def refused(prefer=prefer, card=card):
            with mock.patch.object(torch.cuda, "is_available", lambda: card), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return str(pick_device(prefer))

        assert_raises(ValueError, lambda refused=refused: observe(refused), f"pick_device({prefer!r})", mention=prefer)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** A fall-back without a warning is the worst of the three choices: the program runs, slowly, and nobody knows why. An error
# would be right where the card is a must. The argument `stacklevel=2` makes the warning point at the line that called, which is where
# the reader can do something.
# %% [markdown]
# ## Moving things
#
# `tensor.to(device)` **returns** a tensor on the device. The old one stays where it was. If it is there already you get the same tensor back, and
# nothing is copied. `module.to(device)` is different: it moves the parameters and buffers **of the module itself**, and returns the module.
#
# | | `t.to(device)` for a tensor | `m.to(device)` for a module |
# | --- | --- | --- |
# | result | another tensor, unless it is there already | the same module |
# | the old object | unchanged | moved |
# | written alone on a line | does nothing useful | works |
#
# What a data loader gives is rarely one tensor. It is a pair, a list, or a dict with names, and these may be nested.
# %% [markdown]
# ### Exercise 2: `to_device` (3 points, ★★☆)
#
# Write a function that moves all of it. Lists, tuples and dicts come back as **new** containers of the same kind, with the same order
# and keys, to any depth. The caller's containers stay as they were. Anything else, such as a number, a text or None, comes back as
# it is. Modules are moved themselves, with `.to`, and come back as the same object. A tensor keeps its dtype, and its link to
# the graph of autograd.
#
# <details><summary>Hint</summary>
# The function calls itself for what is inside a container. <code>isinstance(obj, (torch.Tensor, nn.Module))</code> asks for both kinds that
# have <code>.to</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "to_device", "locked": false, "schema_version": 3, "solution": true, "task": false}
def to_device(obj: object, device: torch.device | str) -> object:
    """Move tensors and modules, alone or in nested lists, tuples and dicts, to a device.

    Parameters
    ----------
    obj : Tensor, nn.Module, list, tuple, dict, or anything else
        Containers may be nested.
    device : torch.device or str

    Returns
    -------
    object
        Containers are new, of the same kind, order and keys. A module is the same object, moved. What is neither comes
        back as it is.
    """
    # Tensors and modules have a method for it.
    ### BEGIN SOLUTION
    if isinstance(obj, (torch.Tensor, nn.Module)):
        return obj.to(device)
    ### END SOLUTION
    # Lists and tuples: item by item, into a new one of the same kind.
    ### BEGIN SOLUTION
    if isinstance(obj, list):
        return [to_device(item, device) for item in obj]
    if isinstance(obj, tuple):
        return tuple(to_device(item, device) for item in obj)
    ### END SOLUTION
    # Dicts: value by value.
    ### BEGIN SOLUTION
    if isinstance(obj, dict):
        return {key: to_device(value, device) for key, value in obj.items()}
    ### END SOLUTION
    # Anything else.
    ### BEGIN SOLUTION
    return obj
    ### END SOLUTION


# %% tags=["try-it"]
batch = {
    "images": images[:4],
    "labels": labels[:4],
    "parts": (torch.ones(2), [torch.zeros(3, dtype=torch.int32)]),
    "id": 7,
}
moved = to_device(batch, "meta")
rows = [("images", batch["images"], moved["images"]), ("labels", batch["labels"], moved["labels"])]
rows += [
    ("parts, first", batch["parts"][0], moved["parts"][0]),
    ("parts, second", batch["parts"][1][0], moved["parts"][1][0]),
]
for name, before, after in rows:
    print(f"{name:<14} {str(tuple(before.shape)):<9} {str(before.dtype):<14} {before.device} -> {after.device}")
print("id:", moved["id"])


# %% nbgrader={"grade": true, "grade_id": "test_to_device", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# A nested batch goes to the device meta, where everything can go. The original must stay where it was.
def nested_batch():
    batch = {"x": torch.ones(2, 3), "pair": (torch.zeros(4, dtype=torch.int64), [torch.ones(1), "a text"]), "n": 5}
    moved = to_device(batch, "meta")
    kinds = [type(part).__name__ for part in (moved, moved["x"], moved["pair"], moved["pair"][1])]
    tensors = [moved["x"], moved["pair"][0], moved["pair"][1][0]]
    left = [batch["x"], batch["pair"][0], batch["pair"][1][0]]
    return {
        "kinds": kinds,
        "keys": list(moved),
        "places": [t.device.type for t in tensors],
        "dtypes": [t.dtype for t in tensors],
        "others": [moved["pair"][1][1], moved["n"]],
        "left": [t.device.type for t in left],
    }


seen = observe(nested_batch)
assert seen["kinds"] == ["dict", "Tensor", "tuple", "list"], (
    f"The containers came back as {seen['kinds']}. Of the same kind?"
)
assert seen["keys"] == ["x", "pair", "n"], f"The keys came back as {seen['keys']}."
assert seen["places"] == ["meta"] * 3, (
    f"The tensors are now on {seen['places']}. Did you use what .to returns, at every depth?"
)
assert seen["dtypes"] == [torch.float32, torch.int64, torch.float32], (
    f"The dtypes came back as {seen['dtypes']}. Did .to convert?"
)
assert seen["others"] == ["a text", 5], f"The text and the number came back as {seen['others']}."
assert seen["left"] == ["cpu"] * 3, (
    f"The caller's tensors are now on {seen['left']}. Did you write into the caller's list or dict?"
)


def a_module():
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    moved = to_device(model, torch.device("meta"))
    return moved is model, [t.device.type for t in model.state_dict().values()]


same, places = observe(a_module)
assert same and set(places) == {"meta"}, (
    f"The module's tensors are on {places}, the same module: {same}. Did you call its .to?"
)


# %% nbgrader={"grade": true, "grade_id": "hidden_to_device", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Depth, empty containers, keys that are no texts, other things; numbers kept on the CPU; autograd; identity.
def describe_places(obj):
    if isinstance(obj, torch.Tensor):
        return ["tensor", obj.device.type, tuple(obj.shape), str(obj.dtype)]
    if isinstance(obj, nn.Module):
        return ["module", *(t.device.type for t in obj.state_dict().values())]
    if isinstance(obj, dict):
        return [type(obj).__name__, [[str(key), describe_places(value)] for key, value in obj.items()]]
    if isinstance(obj, (list, tuple)):
        return [type(obj).__name__, [describe_places(item) for item in obj]]
    return ["other", repr(obj)]


def deep():
    inside = [torch.zeros(2, 1, dtype=torch.float64), (torch.ones(3, dtype=torch.bool), {"m": nn.Linear(2, 2)}), []]
    given = {3: inside, "b": (), "a": {"empty": {}, None: None, "t": (torch.zeros(()),)}, 1.5: "text", "r": range(3)}
    shape_before = describe_places(given["a"]), len(given), len(inside)
    moved = to_device(given, "meta")
    shape_after = describe_places(given["a"]), len(given), len(inside)
    new = [moved is not given, moved[3] is not inside, moved["a"] is not given["a"]]
    same_module = moved[3][1][1]["m"] is inside[1][1]["m"]
    return describe_places(moved), shape_before == shape_after, new, same_module, inside[0].device.type


seen, unchanged, new, same_module, left = observe(deep)
t = "tensor"
expected = [
    "dict",
    [
        [
            "3",
            [
                "list",
                [
                    [t, "meta", (2, 1), "torch.float64"],
                    ["tuple", [[t, "meta", (3,), "torch.bool"], ["dict", [["m", ["module", "meta", "meta"]]]]]],
                    ["list", []],
                ],
            ],
        ],
        ["b", ["tuple", []]],
        [
            "a",
            [
                "dict",
                [
                    ["empty", ["dict", []]],
                    ["None", ["other", "None"]],
                    ["t", ["tuple", [[t, "meta", (), "torch.float32"]]]],
                ],
            ],
        ],
        ["1.5", ["other", "'text'"]],
        ["r", ["other", "range(0, 3)"]],
    ],
]
assert seen == expected, f"A deeply nested batch came back as {seen}."
assert unchanged and left == "cpu", "The caller's containers were changed."
assert all(new), "A list or dict came back as the same object. Is it new, to every depth?"
assert same_module, "A module inside a container should come back as the same object."


def on_the_cpu():
    x = torch.arange(6.0).reshape(2, 3)
    parameter = torch.ones(3, requires_grad=True)
    product = parameter * 2
    moved = to_device([x, product, (parameter,)], torch.device("cpu"))
    (moved[1] * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    empty = [to_device(thing, "cpu") == thing for thing in ([], (), {}, 0, "", None, 2.5, True)]
    recorded = to_device(parameter, "meta").requires_grad, to_device(x, "meta").requires_grad
    net = nn.Linear(2, 2)
    inside = net.weight
    frozen = to_device(net, "cpu") is net and net.weight is inside
    return moved[0], parameter.grad, empty, recorded, frozen, type(to_device([x], "cpu")).__name__


numbers, grad, empty, recorded, frozen, kind = observe(on_the_cpu)
assert_close(numbers, np.arange(6.0).reshape(2, 3), "a tensor that stays on the CPU")
assert grad is not None, "The link to the graph of autograd was cut."
assert_close(grad, np.array([2.0, 4.0, 6.0]), "the gradient through a moved tensor")
assert all(empty), "Empty containers, numbers, texts and None should come back as they are."
assert recorded == (True, False), f"requires_grad after the move is {recorded}, not (True, False)."
assert frozen and kind == "list"


def parameters_and_buffers():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    pair = to_device((model, torch.ones(1)), "meta")
    return type(pair).__name__, pair[0] is model, [t.device.type for t in model.state_dict().values()]


kind, same, places = observe(parameters_and_buffers)
assert kind == "tuple" and same and set(places) == {"meta"}, f"The module in a pair has its tensors on {places}."


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The recursion mirrors the data: one case for each kind of container, one for the leaves. What is not a container comes back as it is, which
# lets a batch carry file names. A named tuple would come back as a plain tuple here; libraries treat it in one more case.
# %% [markdown]
# # Part 2: an honest clock
#
# ## The queue
#
# Look once more at the picture of the two processors. The CPU *asks* for work, and does not wait for the answer. A call such as
# `a @ b` for tensors on a GPU puts the product into a **queue** and returns at once, long before the product is there. Python goes on
# and fills the queue further. The GPU works it off, one item after the other. PyTorch waits only where it must: where Python asks for a number, as in
# `loss.item()`, or where you say so:
#
# $$\texttt{torch.cuda.synchronize(device)} \quad \text{returns when the queue of the device is empty.}$$
#
# This is good for speed and bad for stopwatches. To show it on every computer, with or without a card, we use a **pretend GPU**. It
# computes nothing. It keeps a *virtual clock*: asking for work costs the CPU a moment, the work itself ends later, and waiting moves the clock to the
# end of the queue. The exercises are graded with it, so that no busy computer can spoil your points.
# %% nbgrader={"grade": false, "grade_id": "pretend", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["setup"]
class PretendGPU:
    """A GPU that computes nothing and keeps a clock of its own.

    Parameters
    ----------
    index : int
        It is the device ``cuda:index``.
    launch : float
        Seconds that the CPU needs to ask for one piece of work.
    transfer : float
        Seconds that the bus is busy with each tensor sent to it; like any work, this goes through the queue.

    Attributes
    ----------
    now : float
        The time on the CPU.
    free_at : float
        When the queue will be empty.
    waits : int
        How often the CPU waited for this device.
    log : list of (who, start, end)
        Everything that took time, for a picture.
    """

    def __init__(self, index: int = 0, launch: float = 1e-5, transfer: float = 0.0) -> None:
        self.index, self.launch, self.transfer = index, launch, transfer
        self.now, self.free_at, self.waits = 0.0, 0.0, 0
        self.log: list[tuple[str, float, float]] = []

    def run(self, seconds: float) -> None:
        """Ask for work that takes this long, and return at once."""
        self.log.append(("ask", self.now, self.now + self.launch))
        self.now += self.launch
        begin = max(self.free_at, self.now)
        self.free_at = begin + seconds
        self.log.append(("work", begin, self.free_at))

    def think(self, seconds: float) -> None:
        """Let the CPU work for so long."""
        self.log.append(("think", self.now, self.now + seconds))
        self.now += seconds

    def wait(self, device: object = None) -> None:
        """What torch.cuda.synchronize does: wait for the queue of one card, by default the current one, cuda:0."""
        device = torch.device("cuda", device) if isinstance(device, int) else torch.device(device or "cuda")
        if device.type != "cuda":
            raise ValueError(f"Expected a cuda device, but got: {device}")
        if (device.index or 0) == self.index:
            self.waits += 1
            if self.free_at > self.now:
                self.log.append(("wait", self.now, self.free_at))
                self.now = self.free_at

    def clock(self) -> float:
        """The time on the CPU."""
        return self.now

    def stopwatch(self, fn: Callable[[], object], device: torch.device, warmup: int = 1, repeats: int = 5) -> float:
        """Time the last of several calls by looking at the queue itself; for tests of what uses your `time_call`."""
        for _ in range(warmup + repeats):
            begin = self.finish(device)
            fn()
        return self.finish(device) - begin

    def finish(self, device: torch.device) -> float:
        """When everything asked for so far on the device will be done."""
        return max(self.now, self.free_at) if device.type == "cuda" else self.now

    @contextmanager
    def plugged_in(self) -> Iterator[None]:
        """Let time.perf_counter and torch.cuda speak of this card, and computations on cuda run on the CPU."""
        with (
            mock.patch.object(time, "perf_counter", self.clock),
            mock.patch.object(torch.cuda, "synchronize", self.wait),
            mock.patch.object(torch.cuda, "is_available", lambda: True),
            mock.patch.object(torch.cuda, "is_current_stream_capturing", lambda: False),
            PretendMemory(self),
        ):
            yield


class PretendMemory(TorchFunctionMode):
    """While it is active, what is meant for the device cuda stays on the CPU; each tensor sent costs the transfer, once."""

    def __init__(self, gpu: PretendGPU) -> None:
        super().__init__()
        self.gpu, self.sent = gpu, set()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        def is_cuda(value: object) -> bool:
            return (isinstance(value, torch.device) and value.type == "cuda") or (
                isinstance(value, str) and value.split(":")[0] == "cuda"
            )

        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if func is torch.device or not (name == "cuda" or any(map(is_cuda, [*args, *kwargs.values()]))):
            return func(*args, **kwargs)
        if name in ("to", "cuda"):
            place = args[0].untyped_storage().data_ptr()
            if place not in self.sent:
                self.sent.add(place)
                self.gpu.run(self.gpu.transfer)
        if name == "cuda":
            return args[0]
        stays = [CPU if is_cuda(value) else value for value in args]
        return func(*stays, **{key: CPU if is_cuda(value) else value for key, value in kwargs.items()})


# %% [markdown]
# The picture shows three products, asked for one after the other. At the first dashed line the clock is started. At the second all three calls
# have returned, and a naive program stops the clock. The third is where it may be stopped.
# %% tags=["try-it"]
gpu = PretendGPU(launch=0.15)
gpu.think(0.5)
marks = [("start", gpu.now)]
for _ in range(3):
    gpu.run(1.2)
marks.append(("calls returned", gpu.now))
gpu.wait()
marks.append(("synchronised", gpu.now))
gpu.think(0.5)
fig, ax = plt.subplots(figsize=(8, 2.4))
looks = {
    "think": (1, plotting.COLOURS[0], "", "other Python code"),
    "ask": (1, plotting.COLOURS[1], "//", "asks for a product"),
    "wait": (1, "0.92", "..", "waits"),
    "work": (0, plotting.COLOURS[2], "", "a product"),
}
shown = set()
for who, begin, end in gpu.log:
    lane, colour, hatch, text = looks[who]
    label = None if who in shown else text
    ax.barh(
        lane,
        end - begin,
        left=begin,
        height=0.55,
        color=colour,
        edgecolor="0.2",
        hatch=hatch,
        linewidth=0.8,
        label=label,
    )
    shown.add(who)
for i, (text, when) in enumerate(marks):
    ax.axvline(when, color="0.2", linestyle="--", linewidth=1)
    ax.text(when + 0.04, 1.42, text, fontsize=9, va="bottom")
ax.set(yticks=[0, 1], yticklabels=["GPU", "CPU"], xlabel="seconds on the pretend GPU's clock", ylim=(-0.5, 1.8))
legend = ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9)
print(f"the calls took {marks[1][1] - marks[0][1]:.2f} s, the products {marks[2][1] - marks[0][1]:.2f} s")
# %% [markdown]
# The start needs care too. If the queue still holds *earlier* work when the clock starts, that work is counted as yours. So wait **before
# both readings** of the clock.
#
# ## Once is not enough
#
# The next cell times one product forty times in a row, each call by itself. No function of yours is in it.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
fresh = torch.randn(300, 300, generator=torch.Generator().manual_seed(0))
durations = []
for _ in range(40):
    begin = time.perf_counter()
    torch.linalg.inv(fresh)
    durations.append(1e3 * (time.perf_counter() - begin))
fig, ax = plt.subplots(figsize=(6, 3))
ax.plot(durations, "o", markersize=4)
ax.axhline(np.mean(durations), color=plotting.COLOURS[3], linestyle="--", label="mean")
ax.axhline(np.median(durations), color=plotting.COLOURS[2], label="median")
ax.set(xlabel="call", ylabel="milliseconds", yscale="log", title="One matrix inverse on the CPU, forty times")
plain_ticks(ax.yaxis)
legend = ax.legend()
print(f"first {durations[0]:.2f} ms, median {np.median(durations):.2f} ms, mean {np.mean(durations):.2f} ms")


# %% [markdown]
# Two things usually show. The **first calls** are slow: libraries load, memory is fetched, a GPU compiles or chooses its method. And there are
# **outliers** upwards, because the computer does other things too. Downwards they are rare: nothing makes a computer faster than it
# is. The mean follows every outlier. The **median** does not care how far out they lie. So call a few times without the clock, the
# **warm-up**, then time several calls and take the median.
# %% [markdown]
# ### Exercise 3: `time_call` (4.5 points, ★★★)
#
# Write the stopwatch. Call `fn()` `warmup` times without timing it, then time `repeats` calls, **each by itself**, and return the median. Of an even
# number of times the median is the mean of the two in the middle.
#
# - For a `device` of type `cuda`, call `torch.cuda.synchronize(device)` before each of the two readings of the clock. Pass the device: without it
#   PyTorch waits for the current card, which may be another one.
# - For any other device don't call it. On a computer without a card it raises an error, and with one it waits for work that isn't yours.
# - Read the clock with `time.perf_counter()`, through the module `time`. `time.time()` can jump when the computer sets its clock. (The test
#   replaces `time.perf_counter` and `torch.cuda.synchronize` by the pretend GPU's.)
#
# The checks of `warmup` and `repeats` are given.
#
# <details><summary>Hint</summary>
# Five lines in the loop: wait, read, call, wait, read. <code>statistics.median</code> does what is asked; <code>torch.median</code> takes the lower of the two in
# the middle.
# </details>
# %% nbgrader={"grade": false, "grade_id": "time_call", "locked": false, "schema_version": 3, "solution": true, "task": false}
def time_call(fn: Callable[[], object], device: torch.device, warmup: int = 1, repeats: int = 5) -> float:
    """Median time of one call, waiting for the device.

    Parameters
    ----------
    fn : function without arguments
        It is called warmup + repeats times; what it returns is ignored.
    device : torch.device
        Where its work runs. Of type cuda: the queue is waited for before each reading of the clock.
    warmup : int
        Calls that are not timed, 0 or more.
    repeats : int
        Calls that are timed, each by itself, 1 or more.

    Returns
    -------
    float
        Seconds, by time.perf_counter.

    Raises
    ------
    ValueError
        If warmup is negative or repeats less than 1.
    """
    if warmup < 0 or repeats < 1:
        raise ValueError(f"warmup must be at least 0 and repeats at least 1; they are {warmup} and {repeats}")
    # Calls without the clock.
    ### BEGIN SOLUTION
    for _ in range(warmup):
        fn()
    ### END SOLUTION
    seconds = []
    for _ in range(repeats):
        # Nothing of earlier work may be left when the clock is read first.
        ### BEGIN SOLUTION
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        begin = time.perf_counter()
        ### END SOLUTION
        # The call, and the second reading when its work is done.
        ### BEGIN SOLUTION
        fn()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - begin)
        ### END SOLUTION
    # One number that no outlier moves.
    ### BEGIN SOLUTION
    return statistics.median(seconds)
    ### END SOLUTION


# %% [markdown]
# ## What a hasty clock would have said
#
# The next cell times matrix products of growing size twice: with your function, and without waiting. If you have a card, the
# products run there. If not, a **worker thread** plays its part. It takes products from a queue and computes them, in real time, while Python goes
# on. For the cell, `torch.cuda.synchronize` is replaced by a function that waits for the worker. The times are real; the GPU is not.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
sizes = [64, 128, 256, 384, 512, 768]
worker, asked = ThreadPoolExecutor(1), []


def launch(product):
    """Ask for a product: on the card, or in the worker thread."""
    if HAS_CARD:
        product()
    else:
        asked.append(worker.submit(product))


def wait_for_worker(device=None):
    """Return when the worker's queue is empty."""
    while asked:
        asked.pop(0).result()


honest, hasty = [], []
wait = torch.cuda.synchronize if HAS_CARD else wait_for_worker
for n in sizes:
    a = torch.ones(n, n, device="cuda" if HAS_CARD else "cpu")

    def product(a=a):
        launch(lambda: a @ a)

    with mock.patch.object(torch.cuda, "synchronize", wait):
        honest.append(time_call(product, torch.device("cuda"), warmup=2, repeats=7))
    hasty.append(time_call(product, CPU, warmup=0, repeats=7))
    wait()
worker.shutdown()
fig, ax = plt.subplots(figsize=(6, 3.4))
ax.plot(sizes, honest, marker="o", linestyle="-", label="your function, waiting")
ax.plot(sizes, hasty, marker="^", linestyle="--", label="the same without waiting")
where = "on the GPU" if HAS_CARD else "in a worker thread of the CPU"
ax.set(
    xscale="log",
    yscale="log",
    xlabel="rows and columns of the matrices",
    ylabel="seconds",
    title=f"One matrix product {where}",
)
ax.set_xticks(sizes, sizes, minor=False)
ax.minorticks_off()
legend = ax.legend()
for n, slow, fast in zip(sizes, honest, hasty, strict=True):
    print(f"{n:4} x {n:<4} waiting {1e6 * slow:8.0f} µs, not waiting {1e6 * fast:6.0f} µs, ratio {slow / fast:6.0f}")


# %% nbgrader={"grade": true, "grade_id": "test_time_call", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
# On the pretend GPU. Two warm-up calls take 9 s each, three timed ones 2, 7 and 3 s, and 50 s of earlier work are still in the queue.
def on_the_pretend_gpu():
    gpu, costs, calls = PretendGPU(), [9.0, 9.0, 2.0, 7.0, 3.0], []

    def work():
        gpu.run(costs[len(calls)] if len(calls) < len(costs) else 1.0)
        calls.append("call")

    gpu.run(50.0)
    with gpu.plugged_in():
        seconds = time_call(work, torch.device("cuda"), warmup=2, repeats=3)
    return seconds, len(calls), gpu.waits


seconds, calls, waits = observe(on_the_pretend_gpu)
assert calls == 5, f"fn was called {calls} times with warmup=2 and repeats=3. Is it called warmup + repeats times?"
assert waits > 0, "torch.cuda.synchronize was never called for the device. Who waits for the queue?"
assert_number(seconds, "time_call")
# Asking for work takes 10 microseconds, hence the tolerance.
hint = "Is it the median? Is each call timed by itself? Is the queue empty when the clock is read first?"
if type(seconds) is float and seconds < 0.1:
    hint = "Is the queue empty when the clock is read the second time? Is the clock time.perf_counter?"
assert_close(seconds, 3.0, "the median of 2, 7 and 3 seconds", hint, rtol=1e-3)


# On the CPU nothing is waited for, and a computer without a card must not be asked.
def on_the_cpu():
    gpu = PretendGPU()
    with gpu.plugged_in():
        return time_call(lambda: gpu.think(4.0), torch.device("cpu"), warmup=0, repeats=1), gpu.waits


seconds, waits = observe(on_the_cpu)
assert_close(seconds, 4.0, "one call of 4 seconds on the CPU", "Does warmup=0 work? Is the clock time.perf_counter?")
assert waits == 0, "torch.cuda.synchronize was called for the device cpu. Did you look at device.type?"


# %% nbgrader={"grade": true, "grade_id": "hidden_time_call", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Many queues: warm-ups of their own length, even and odd repeats, an outlier, the defaults, a second card, work that is left over.
def timed(costs, device="cuda:0", index=0, before=0.0, on_cpu=False, **arguments):
    gpu, calls = PretendGPU(index), []

    def work():
        cost = costs[len(calls)] if len(calls) < len(costs) else 1e6
        calls.append(cost)
        if on_cpu:
            gpu.think(cost)
        else:
            gpu.run(cost / 2)
            gpu.run(cost / 2)
        return "ignored"

    if before:
        gpu.run(before)
    with gpu.plugged_in():
        seconds = time_call(work, torch.device(device), **arguments)
    return seconds, len(calls), gpu.waits, type(seconds).__name__


cases = [
    ("the defaults", [50.0, 5.0, 1.0, 900.0, 2.0, 4.0], {}, 4.0),
    ("no warm-up, one repeat", [6.0], {"warmup": 0, "repeats": 1}, 6.0),
    ("no warm-up, two repeats", [6.0, 3.0], {"warmup": 0, "repeats": 2}, 4.5),
    ("three warm-ups", [70.0, 80.0, 90.0, 2.0], {"warmup": 3, "repeats": 1}, 2.0),
    ("four repeats", [1.0, 8.0, 2.0, 4.0, 100.0], {"warmup": 1, "repeats": 4}, 6.0),
    ("a short outlier", [1.0, 9.0, 8.0, 0.5, 10.0, 9.5], {"warmup": 1, "repeats": 5}, 9.0),
]
for name, costs, arguments, expected in cases:
    for before in (0.0, 33.0):
        for place in ({"device": "cuda"}, {"device": "cuda:1", "index": 1}, {"device": "cpu", "on_cpu": True}):
            if before and "on_cpu" in place:
                continue
            what = f"time_call on {place['device']} with {name}"
            case = {"costs": costs, "before": before, **place, **arguments}
            seconds, calls, waits, kind = observe(lambda case=case: timed(**case))
            assert calls == len(costs), f"{what}: fn was called {calls} times, not {len(costs)}."
            assert_number(seconds, what)
            hint = "Was the right card waited for, before both readings?" if place["device"] != "cpu" else ""
            # Asking for work takes 10 microseconds, hence the tolerance.
            assert_close(seconds, expected, what, hint, rtol=1e-3)
            if place["device"] == "cpu":
                assert waits == 0, f"{what}: torch.cuda.synchronize was called."


# Work of another card, still in its queue, is none of this call's business.
def with_a_busy_neighbour():
    gpu = PretendGPU()
    gpu.run(500.0)
    with gpu.plugged_in():
        return time_call(lambda: gpu.think(2.0), torch.device("cpu"), 0, 3), gpu.now


seconds, end = observe(with_a_busy_neighbour)
assert_close(seconds, 2.0, "time_call on the CPU beside a busy card")
assert end < 100, "time_call on the CPU waited for the card."


# A real clock: a call that sleeps for a fiftieth of a second cannot take less.
asleep = observe(lambda: time_call(lambda: time.sleep(0.02), torch.device("cpu"), warmup=0, repeats=2))
assert asleep >= 0.0199, f"time_call of a sleep of 0.02 s returned {asleep:.4f} s."
for arguments in ({"warmup": -1}, {"repeats": 0}):
    assert_raises(
        ValueError,
        lambda a=arguments: observe(lambda: time_call(lambda: None, torch.device("cpu"), **a)),
        f"time_call with {arguments}",
        mention=next(iter(arguments)),
    )
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The minimum is the other honest summary: it estimates the time without disturbance. The median answers "how long does it usually take".
# A GPU has a clock of its own as well: `torch.cuda.Event` records times inside the queue, which measures without making the CPU wait.
# %% [markdown]
# ### Question 1 (1 point)
#
# Look at your plot and table of the two clocks. How does each line depend on the size of the matrices, and why? What does the hasty clock really measure?
# A colleague times every line of a training step without waiting, and finds that `loss.item()` takes nearly all of the time. What would you tell them?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_clocks", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The line with waiting rises steeply once the matrices are large: a product of two n by n matrices needs about $2 n^3$ operations, so twice the size takes up to eight
# times as long. For small ones a fixed cost dominates, and the line is flat. The line without waiting hardly rises with the size. It measures how long Python needs to put
# one product into the queue, and that does not depend on what the product costs. So its ratio to the truth grows with the size. (Single points may
# be off when the computer is busy.) The colleague sees the queue: the lines before `loss.item()` only asked for work, and `item()` needs a number, so it is the first that waits until everything before it is done. The time belongs to the
# forward and backward passes. To see that, wait before each reading of the clock, or use a profiler.
# %% [markdown]
# # Part 3: what a step costs
#
# ## Crossing the bus
#
# Moving $m$ bytes from one memory to another takes about
#
# $$t(m) = \alpha + \frac{m}{\beta},$$
#
# where $\alpha$ is the **latency**, the time before anything arrives, and $\beta$ is the **bandwidth** in bytes a second. For small pieces the latency is everything. Hence the first
# rule: move few large pieces, not many small ones.
#
# Is the trip worth it? Take two $n \times n$ matrices of float32, 4 bytes a number. Their product has $n^2$ entries, each a sum of $n$ products: about $2n$ operations an entry and
# $2 n^3$ in all. Two matrices go there and one comes back, so $3 \cdot 4 n^2 = 12 n^2$ bytes move:
#
# $$\frac{\text{operations}}{\text{bytes moved}} = \frac{2 n^3}{12 n^2} = \frac{n}{6} .$$
#
# This ratio, the **arithmetic intensity**, grows with $n$: for large matrices the trip is cheap beside the work. For a sum of two vectors of length $n$ it is
# $n$ operations for $12 n$ bytes, always $1/12$. Such work never pays for a trip. Hence the second rule: move the data once, and let all of the work happen there.
#
# The next cell measures both sides with your `time_call`. With a card it measures the copy over the bus. **Without one there is no bus to measure**, and
# `t.to("cpu")` would copy nothing. Then the cell measures a copy inside the main memory: other numbers, but a curve of the same shape.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
place = torch.device("cuda") if HAS_CARD else CPU
n_bytes = 2 ** np.arange(10, 27, 2)


def copier(n_numbers):
    """Return a function that copies so many float32 numbers: to the card, or inside the main memory."""
    block = torch.ones(int(n_numbers))
    target = torch.zeros(int(n_numbers), device=place)
    return lambda: target.copy_(block)


copy_seconds = [time_call(copier(m // 4), place, warmup=2, repeats=9) for m in n_bytes]
alpha = min(copy_seconds)
beta = n_bytes[-1] / (copy_seconds[-1] - alpha)
sides = [32, 64, 128, 256, 512, 1024]
squares = [torch.ones(n, n, device=place) for n in sides]
product_seconds = [time_call(lambda a=a: a @ a, place, warmup=1, repeats=5) for a in squares]
trip_seconds = [time_call(copier(3 * n * n), place, warmup=1, repeats=5) for n in sides]
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.4))
axes[0].plot(n_bytes, copy_seconds, "o", label="measured")
axes[0].plot(
    n_bytes, alpha + n_bytes / beta, color="0.3", linestyle=":", label=r"$\alpha + m / \beta$ through both ends"
)
axes[0].set(
    xlabel="bytes",
    ylabel="seconds",
    title="Main memory to GPU memory" if HAS_CARD else "Copy in the main memory (no card)",
)
axes[1].plot(sides, product_seconds, marker="o", linestyle="-", label="product")
axes[1].plot(sides, trip_seconds, marker="^", linestyle="--", label="copy of its three matrices")
axes[1].set(xlabel="$n$", title=f"Product of two n by n matrices, {'GPU' if HAS_CARD else 'CPU'}")
for ax in axes:
    ax.set(xscale="log", yscale="log")
    legend = ax.legend(fontsize=9)
print(f"latency about {1e6 * alpha:.1f} µs, bandwidth about {beta / 1e9:.1f} GB/s")


# %% [markdown]
# The line goes through the first and the last point alone. Between them a copy in the main memory can be faster than the line: small blocks stay in the caches of the CPU. The
# copies to a card become faster from *pinned* memory, which the system never moves (`DataLoader(..., pin_memory=True)`), and with `non_blocking=True`
# they go through the queue like any other work.
# %% [markdown]
# ## Timing a training
#
# For a training the same rules hold on a larger scale: move first, then start the clock; wait at both ends; and don't ask for numbers on the way. Each `loss.item()` stops the CPU
# until the queue is empty, so that the GPU has nothing to do while Python prepares the next step.
# %% [markdown]
# ### Exercise 4: `train_seconds` (4 points, ★★★)
#
# Train a classifier and return the seconds that its epochs took. Everything is on `device`. In this order:
#
# 1. Move the model, all of `X` and all of `y` to the device, once; model in training mode. The model itself is moved and trained, not a copy.
# 2. Make the optimizer: `torch.optim.SGD` with `lr=0.01`, no momentum.
# 3. Start the clock, as in Exercise 3: `torch.cuda.synchronize(device)` on a `cuda` device, then `time.perf_counter()`.
# 4. In every epoch, go through the batches **in order**, without shuffling: rows `0` to `batch_size - 1`, and so on. The last batch may be smaller. The loss is the mean
#    cross-entropy of the logits. Clear the gradients, backward, step. Read no number from the device.
# 5. Stop the clock, as in Exercise 3.
#
# There is no warm-up: it would train the model. The checks of the arguments are given, and the loops too.
#
# <details><summary>Hint</summary>
# <code>X[first : first + batch_size]</code> is a batch, and the last one is shorter by itself. It is on the device already, because <code>X</code> is. Did you keep what <code>X.to</code> returned?
# </details>
# %% nbgrader={"grade": false, "grade_id": "train_seconds", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_seconds(
    model: nn.Module, X: torch.Tensor, y: torch.Tensor, device: torch.device, batch_size: int, n_epochs: int
) -> float:
    """Train on a device and return how long the epochs took.

    Parameters
    ----------
    model : nn.Module
        Maps (b, d) to logits (b, k). It is moved and trained in place.
    X : Tensor of float, shape (n, d)
    y : Tensor of int64, shape (n,)
        Classes.
    device : torch.device
        The model and all data are moved there before the clock starts.
    batch_size : int
        Consecutive rows; the last batch may be smaller.
    n_epochs : int

    Returns
    -------
    float
        Seconds of all epochs, without the moves; the queue of a cuda device is waited for at both ends.

    Raises
    ------
    ValueError
        If X and y differ in length, or batch_size is less than 1.
    """
    if len(X) != len(y):
        raise ValueError(f"X {tuple(X.shape)} and y {tuple(y.shape)} must have the same length")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    # Everything on the device; the model in training mode; then the optimizer.
    ### BEGIN SOLUTION
    model.to(device).train()
    X, y = X.to(device), y.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    ### END SOLUTION
    # Start the clock.
    ### BEGIN SOLUTION
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    begin = time.perf_counter()
    ### END SOLUTION
    for _ in range(n_epochs):
        for first in range(0, len(X), batch_size):
            # One step on the rows from `first` on.
            ### BEGIN SOLUTION
            rows = slice(first, first + batch_size)
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
            ### END SOLUTION
    # Stop the clock.
    ### BEGIN SOLUTION
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - begin
    ### END SOLUTION


# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
def make_network():
    """An untrained network 784-256-10, always with the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))


X_few, y_few = images[:512], labels[:512]
batch_sizes = [16, 32, 64, 128, 256, 512]
epoch_seconds = {}
for name, device, n_threads in CONTENDERS:
    with threads(n_threads):
        train_seconds(make_network(), X_few, y_few, device, 512, 1)
        epoch_seconds[name] = [train_seconds(make_network(), X_few, y_few, device, b, 1) for b in batch_sizes]
fig, ax = plt.subplots(figsize=(6, 3.4))
for i, (name, seconds) in enumerate(epoch_seconds.items()):
    ax.plot(batch_sizes, seconds, marker=plotting.MARKERS[i], label=name)
ax.set(
    xscale="log",
    yscale="log",
    xlabel="batch size",
    ylabel="seconds",
    title="One epoch over 512 images, network 784-256-10",
)
plain_ticks(ax.yaxis)
ax.set_xticks(batch_sizes, batch_sizes)
ax.minorticks_off()
legend = ax.legend()
print(pd.DataFrame(epoch_seconds, index=pd.Index(batch_sizes, name="batch size")).round(4))


# %% [markdown]
# Every epoch does the same arithmetic on the same images, so the differences from left to right are the cost of doing it in many small steps. Before
# you conclude that huge batches are best, remember PS 7: an epoch with one step learns much less than an epoch with 32.
# %% nbgrader={"grade": true, "grade_id": "test_train_seconds", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# First what it does: one step on two samples by hand, on the CPU. With weights 0 every class of two has the probability 1/2.
def one_step():
    model = nn.Linear(2, 2)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    seconds = train_seconds(
        model, torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([0, 1]), torch.device("cpu"), 2, 1
    )
    return seconds, model.weight.detach().clone()


# "to_device" and "time_call" are replaced, in case that you use them.
def stand_ins(gpu):
    def moves(obj, device):
        return type(obj)(part.to(device) for part in obj) if isinstance(obj, (list, tuple)) else obj.to(device)

    return {"to_device": moves, "time_call": gpu.stopwatch}


seconds, weight = observe(one_step, using=stand_ins(PretendGPU()))
assert_number(seconds, "train_seconds")
expected = 0.01 * np.array([[0.5, -1.0], [-0.5, 1.0]])
assert_close(
    weight, expected, "the weights after one step", "SGD with lr 0.01, mean cross-entropy, this very model?", rtol=1e-5
)


# Then the clock: on the pretend GPU each batch takes 2 s forwards, and the move of each tensor 30 s.
def on_the_pretend_gpu():
    gpu = PretendGPU(transfer=30.0)

    class Slow(nn.Linear):
        def forward(self, x):
            gpu.run(2.0)
            return super().forward(x)

    model, X, y = Slow(3, 2), torch.ones(7, 3), torch.zeros(7, dtype=torch.int64)

    def call():
        with gpu.plugged_in():
            return train_seconds(model, X, y, torch.device("cuda"), 3, 2)

    return observe(call, using=stand_ins(gpu))


seconds = on_the_pretend_gpu()
hint = "Two epochs of three batches take 12 s. Is the queue empty at both readings? Are the moves before the first one?"
if type(seconds) is float and 0.1 < seconds < 12:
    hint = "Two epochs of three batches take 12 s. Is the last, smaller batch there? Is it the time of all epochs?"
# Asking for work takes 10 microseconds a batch, hence the tolerance.
assert_close(seconds, 12.0, "train_seconds on the pretend GPU", hint, rtol=1e-3)


# Last the devices: on meta nothing has numbers, so nothing can be read, and a batch that was left on the CPU is noticed.
def on_meta():
    places = []

    class Watched(nn.Linear):
        def forward(self, x):
            places.append(x.device.type)
            return super().forward(x) if x.device.type == "meta" else super().forward(x.to("meta"))

    X, y = torch.ones(5, 3), torch.zeros(5, dtype=torch.int64)
    try:
        train_seconds(Watched(3, 2), X, y, torch.device("meta"), 2, 1)
    except RuntimeError as error:
        return places, str(error)
    return places, ""


places, told = observe(on_meta, using=stand_ins(PretendGPU()))
assert set(places) == {"meta"}, (
    f"On the device meta, the model was shown batches on {sorted(set(places))}. Did you keep what X.to returned?"
)
assert not told, (
    f"On the device meta, the training stops with {told!r}. Is y there too? Is a number read, as by loss.item()?"
)
# %% nbgrader={"grade": true, "grade_id": "hidden_train_seconds", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# The arithmetic against NumPy; the devices on meta; modes; the clock with work forwards and backwards, on two cards and on the CPU.
from scipy.special import softmax


def stand_ins_for(gpu):
    def moves(obj, device):
        if isinstance(obj, dict):
            return {key: moves(value, device) for key, value in obj.items()}
        return type(obj)(moves(item, device) for item in obj) if isinstance(obj, (list, tuple)) else obj.to(device)

    return {"to_device": moves, "time_call": gpu.stopwatch}


rng = np.random.default_rng(111)
for n, d, k, batch_size, n_epochs in [
    (7, 3, 4, 3, 2),
    (6, 2, 3, 2, 1),
    (5, 4, 2, 9, 3),
    (1, 2, 2, 1, 1),
    (4, 3, 3, 1, 2),
    (6, 2, 2, 3, 0),
]:
    X, y = 3 * rng.normal(size=(n, d)), rng.integers(0, k, n)
    W, b = rng.normal(size=(k, d)), rng.normal(size=k)

    def trained(X=X, y=y, W=W, b=b, batch_size=batch_size, n_epochs=n_epochs):
        model = nn.Linear(*W.T.shape).double()
        with torch.no_grad():
            model.weight.copy_(torch.tensor(W))
            model.bias.copy_(torch.tensor(b))
        X_given, y_given = torch.tensor(X), torch.tensor(y)
        seconds = train_seconds(model, X_given, y_given, torch.device("cpu"), batch_size, n_epochs)
        same = bool((X_given == torch.tensor(X)).all() and (y_given == torch.tensor(y)).all())
        return seconds, model.weight.detach().clone(), model.bias.detach().clone(), same

    seconds, weight, bias, same = observe(trained, using=stand_ins_for(PretendGPU()))
    for _ in range(n_epochs):
        for first in range(0, n, batch_size):
            xb, yb = X[first : first + batch_size], y[first : first + batch_size]
            error = (softmax(xb @ W.T + b, axis=1) - np.eye(k)[yb]) / len(xb)
            W, b = W - 0.01 * error.T @ xb, b - 0.01 * error.sum(axis=0)
    what = f"after {n_epochs} epochs over {n} samples in batches of {batch_size}"
    assert_number(seconds, f"train_seconds {what}")
    assert seconds >= 0, f"train_seconds {what} is {seconds}."
    assert_close(weight, W, f"the weights {what}", "Batches in order, gradients cleared, lr 0.01?", rtol=1e-9)
    assert_close(bias, b, f"the biases {what}", rtol=1e-9)
    assert same, "X or y was changed."


def on_meta():
    places, modes = [], []

    class Watched(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.drop = nn.Linear(3, 2), nn.Dropout(0.5)

        def forward(self, x):
            places.append((x.device.type, self.inner.weight.device.type, tuple(x.shape)))
            modes.append(self.training and self.drop.training)
            return self.drop(self.inner(x))

    class Targets(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            if getattr(func, "__name__", "") in ("cross_entropy", "nll_loss", "nll_loss_nd"):
                places.extend((t.device.type,) for t in args[:2])
            return func(*args, **(kwargs or {}))

    model = Watched().eval()
    X, y = torch.ones(7, 3), torch.zeros(7, dtype=torch.int64)
    with Targets():
        train_seconds(model, X, y, torch.device("meta"), 3, 2)
    after = [p.device.type for p in model.parameters()]
    learned = [p.grad is not None and p.grad.device.type == "meta" for p in model.parameters()]
    return places, modes, after, learned, [X.device.type, y.device.type]


places, modes, after, learned, left = observe(on_meta, using=stand_ins_for(PretendGPU()))
elsewhere = [place for place in places if "cpu" in place]
assert not elsewhere, f"On the device meta, something was still on the CPU in a step: {elsewhere[0]}."
shapes = [place[2] for place in places if len(place) == 3]
assert shapes == [(3, 3), (3, 3), (1, 3)] * 2, f"The batches of two epochs had the shapes {shapes}."
assert all(modes), "The model was not in training mode in every step."
assert set(after) == {"meta"} and all(learned), (
    "After training, the model is not on the device, or was not trained there."
)
assert left == ["cpu", "cpu"], "The caller's X or y was moved."


def timed(device, index, transfer, before, forwards, backwards, n, batch_size, n_epochs):
    gpu = PretendGPU(index, transfer=transfer)

    class Work(torch.autograd.Function):
        @staticmethod
        def forward(ctx, t):
            gpu.run(forwards) if device != "cpu" else gpu.think(forwards)
            return t.clone()

        @staticmethod
        def backward(ctx, grad):
            gpu.run(backwards) if device != "cpu" else gpu.think(backwards)
            return grad

    class Slow(nn.Linear):
        def forward(self, x):
            return Work.apply(super().forward(x))

    model, X, y = Slow(3, 2), torch.ones(n, 3), torch.zeros(n, dtype=torch.int64)
    if before:
        gpu.run(before)

    def call():
        with gpu.plugged_in():
            return train_seconds(model, X, y, torch.device(device), batch_size, n_epochs), gpu.waits, gpu.now

    return observe(call, using=stand_ins_for(gpu))


for device, index in [("cuda", 0), ("cuda:0", 0), ("cuda:1", 1)]:
    for n, batch_size, n_epochs in [(7, 3, 2), (4, 4, 1), (5, 1, 3)]:
        seconds, waits, _ = timed(device, index, 40.0, 17.0, 1.0, 2.5, n, batch_size, n_epochs)
        steps = n_epochs * -(-n // batch_size)
        what = f"train_seconds on {device}, {steps} steps of 3.5 s"
        # Asking for work takes 10 microseconds a time, hence the tolerance.
        assert_close(seconds, 3.5 * steps, what, "Is the queue of this card empty at both readings?", rtol=1e-3)
seconds, waits, end = timed("cpu", 0, 0.0, 900.0, 1.0, 2.0, 6, 3, 2)
assert_close(seconds, 12.0, "train_seconds on the CPU, 4 steps of 3 s", rtol=1e-3)
assert waits == 0 and end < 100, "On the CPU nothing should wait for a card."
for name, n_labels, batch_size, mention in [
    ("3 samples and 2 labels", 2, 1, "(2,)"),
    ("batch_size 0", 3, 0, "batch_size"),
]:

    def bad(n_labels=n_labels, batch_size=batch_size):
        y = torch.zeros(n_labels, dtype=torch.int64)
        return train_seconds(nn.Linear(2, 2), torch.ones(3, 2), y, torch.device("cpu"), batch_size, 1)

    assert_raises(ValueError, lambda bad=bad: observe(bad, using=stand_ins_for(PretendGPU())), name, mention=mention)


### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Two threads, or a GPU, help most where each step has much to compute. With batches of 16 the time goes into Python and into starting operations, and a faster device has
# little to work on; two threads can even lose there, because they have to agree at every operation. The data fit on the device as a whole here. Where they do not, a loader moves each batch, and a good
# one moves the next batch while the present one is computed.
# %% [markdown]
# ## A fixed cost and a cost for each sample
#
# Say that a batch of $b$ samples takes
#
# $$t(b) = a + c\,b$$
#
# seconds: $a$ for starting the operations, whatever they work on, and $c$ more for each sample. The **throughput**, in samples a second, is
#
# $$r(b) = \frac{b}{t(b)} = \frac{b}{a + c\,b} = \frac{1}{c} \cdot \frac{b}{b + a / c} .$$
#
# The last step divides numerator and denominator by $c$. For small $b$ the denominator is nearly $a / c$, and $r \approx b / a$: twice the batch, twice the throughput. For large $b$ the second factor
# goes to 1, and $r$ approaches its limit $1/c$. Half of the limit is reached where $b = a / c$, since then the factor is $b / (2b)$. A device with many units has a small $c$, so its $a / c$ is large:
# **a GPU needs large batches before it shows what it can do.**
# %% [markdown]
# ### Exercise 5: `throughput_table` (3 points, ★★☆)
#
# Measure $r(b)$ for prediction. For every batch size, in the order given, time one forward pass of the first `batch_size` rows of `X` with your `time_call` (the defaults of `warmup` and `repeats` are fine), and
# divide. `model_fn()` builds an untrained model. The model and `X` are on `device` before anything is timed, the model is in evaluation mode, and no graph is recorded (`torch.no_grad()`).
# The check of the batch sizes is given.
#
# <details><summary>Hint</summary>
# Give <code>time_call</code> a function without arguments, such as <code>lambda: model(batch)</code>. It is called at once, so it sees the present <code>batch</code>.
# </details>
# %% nbgrader={"grade": false, "grade_id": "throughput_table", "locked": false, "schema_version": 3, "solution": true, "task": false}
def throughput_table(
    model_fn: Callable[[], nn.Module], X: torch.Tensor, batch_sizes: list[int], device: torch.device
) -> pd.DataFrame:
    """Samples a second that a model predicts, for several batch sizes.

    Parameters
    ----------
    model_fn : function without arguments
        Builds the model, on the CPU.
    X : Tensor of float, shape (n, d)
    batch_sizes : list of int
        Each in 1, ..., n.
    device : torch.device
        Where the model and X are before the timing.

    Returns
    -------
    DataFrame
        A row for each batch size, in the order given; columns ``batch_size`` and ``samples_per_second``.

    Raises
    ------
    ValueError
        If a batch size lies outside 1, ..., n; the message says which.
    """
    for batch_size in batch_sizes:
        if not 1 <= batch_size <= len(X):
            raise ValueError(f"batch_size must be in 1..{len(X)}, the rows of X; it is {batch_size}")
    # A model and the data on the device, ready to predict.
    ### BEGIN SOLUTION
    model = model_fn().to(device).eval()
    X = X.to(device)
    ### END SOLUTION
    rows = []
    for batch_size in batch_sizes:
        # Seconds of one forward pass, without a graph; then one row of the table.
        ### BEGIN SOLUTION
        batch = X[:batch_size]
        with torch.no_grad():
            seconds = time_call(lambda: model(batch), device)  # noqa: B023
        rows.append((batch_size, batch_size / seconds))
        ### END SOLUTION
    return pd.DataFrame(rows, columns=["batch_size", "samples_per_second"])


# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
batch_sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.5))
for i, (name, device, n_threads) in enumerate(CONTENDERS):
    with threads(n_threads):
        table = throughput_table(make_network, images, batch_sizes, device)
    b, r = table["batch_size"].to_numpy(), table["samples_per_second"].to_numpy()
    # Least squares with relative errors: minimise the sum of ((a + c b) / t - 1)^2 over a and c.
    t = b / r
    a, c = np.linalg.lstsq(np.stack([1 / t, b / t], axis=1), np.ones(len(t)), rcond=None)[0]
    print(
        f"{name:<15} fixed cost a = {1e6 * a:5.1f} µs, each sample c = {1e6 * c:6.3f} µs, a / c = {a / c:5.0f} samples"
    )
    look = {"color": plotting.COLOURS[i], "linestyle": ["-", "--"][i]}
    axes[0].plot(b, t, plotting.MARKERS[i], color=plotting.COLOURS[i], label=name)
    axes[0].plot(b, a + c * b, **look)
    axes[1].plot(b, r, plotting.MARKERS[i], color=plotting.COLOURS[i], label=name)
    axes[1].plot(b, b / (a + c * b), **look)
axes[0].set(ylabel="seconds", title="One forward pass, and the line $a + c b$")
axes[1].set(ylabel="samples a second", title="Your throughput, and $b / (a + c b)$")
for ax in axes:
    ax.set(xscale="log", yscale="log", xlabel="batch size")
plain_ticks(axes[1].yaxis, "{x:,.0f}")
legend = axes[1].legend(loc="lower right")


# %% nbgrader={"grade": true, "grade_id": "test_throughput_table", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# On the pretend GPU a forward pass of b samples takes 3 + b seconds, the first one 60 more. Stand-ins replace your earlier functions.
def on_the_pretend_gpu():
    gpu, passes = PretendGPU(transfer=30.0), []

    class Slow(nn.Linear):
        def forward(self, x):
            gpu.run((0.0 if passes else 60.0) + 3.0 + len(x))
            passes.append((len(x), self.training, torch.is_grad_enabled()))
            return super().forward(x)

    def call():
        with gpu.plugged_in():
            return throughput_table(lambda: Slow(4, 2), torch.ones(12, 4), [9, 1, 3], torch.device("cuda")), passes

    return observe(call, using={"time_call": gpu.stopwatch, "to_device": lambda obj, device: obj.to(device)})


table, passes = on_the_pretend_gpu()
assert type(table) is pd.DataFrame, f"throughput_table returns a {type(table).__name__}, not a DataFrame."
assert list(table.columns) == ["batch_size", "samples_per_second"], f"The columns are {list(table.columns)}."
assert table["batch_size"].tolist() == [9, 1, 3], (
    f"The batch sizes are {table['batch_size'].tolist()}. In the order given?"
)
assert {n for n, _, _ in passes} == {9, 1, 3}, (
    f"The model saw batches of {sorted({n for n, _, _ in passes})} samples. The first rows of X?"
)
assert not any(training for _, training, _ in passes), "The model was in training mode. Which method changes that?"
assert not any(grad for _, _, grad in passes), "A graph was recorded. What switches that off?"
hint = "Samples divided by seconds? Only the forward pass timed, with time_call?"
assert_close(
    table["samples_per_second"].to_numpy(), np.array([9 / 12, 1 / 4, 3 / 6]), "samples_per_second", hint, rtol=1e-3
)


# %% nbgrader={"grade": true, "grade_id": "hidden_throughput_table", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Other costs, sizes and orders; a second card; the devices on meta; which rows are shown; the arguments left as they were; errors.
def timed(cost_fixed, cost_each, n, batch_sizes, device, index):
    gpu, seen = PretendGPU(index, transfer=25.0), []

    class Slow(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.drop = nn.Linear(2, 3), nn.Dropout(0.5)

        def forward(self, x):
            cost = cost_fixed + cost_each * len(x)
            gpu.think(cost) if device == "cpu" else gpu.run(cost)
            seen.append((x[:, 0].tolist(), self.training or self.drop.training, torch.is_grad_enabled()))
            return self.drop(self.inner(x))

    X, sizes = torch.arange(2.0 * n).reshape(n, 2), list(batch_sizes)
    gpu.run(70.0)

    def call():
        with gpu.plugged_in():
            return throughput_table(Slow, X, sizes, torch.device(device)), seen, sizes, X

    return observe(call, using={"time_call": gpu.stopwatch, "to_device": lambda obj, device: obj.to(device)})


for cost_fixed, cost_each, n, batch_sizes, device, index in [
    (2.0, 0.5, 8, [1, 2, 4, 8], "cuda", 0),
    (1.0, 0.0, 5, [5], "cuda:1", 1),
    (0.5, 1.5, 7, [7, 3, 3, 1], "cpu", 0),
]:
    table, seen, sizes, X = timed(cost_fixed, cost_each, n, batch_sizes, device, index)
    what = f"throughput_table on {device} for batches {batch_sizes}"
    assert type(table) is pd.DataFrame and list(table.columns) == ["batch_size", "samples_per_second"], (
        f"{what}: {table}"
    )
    assert table.index.tolist() == list(range(len(batch_sizes))), f"{what}: the index is {table.index.tolist()}."
    assert_close(table["batch_size"].to_numpy(), np.array(batch_sizes), f"{what}, batch_size")
    expected = [b / (cost_fixed + cost_each * b) for b in batch_sizes]
    assert_close(table["samples_per_second"].to_numpy(), np.array(expected), f"{what}, samples_per_second", rtol=1e-3)
    assert sizes == batch_sizes, f"{what}: the list of batch sizes was changed."
    assert_close(X, np.arange(2.0 * n).reshape(n, 2), "X after the call")
    shown = {tuple(rows) for rows, _, _ in seen}
    assert shown == {tuple(2.0 * np.arange(b)) for b in batch_sizes}, (
        f"{what}: other rows of X than the first were shown."
    )
    assert not any(training for _, training, _ in seen), f"{what}: the model was not in evaluation mode."
    assert not any(grad for _, _, grad in seen), f"{what}: a graph was recorded."


def on_meta():
    places = []

    class Watched(nn.Linear):
        def forward(self, x):
            places.append((x.device.type, self.weight.device.type))
            return super().forward(x)

    def stopwatch(fn, device, warmup=1, repeats=5):
        fn()
        return 0.25 if torch.device(device).type == "meta" else 1e9

    X = torch.ones(6, 3)
    stand_ins = {"time_call": stopwatch, "to_device": lambda obj, device: obj.to(device)}

    def call():
        return throughput_table(lambda: Watched(3, 2), X, [2, 6], torch.device("meta")), places, X.device.type

    return observe(call, using=stand_ins)


table, places, left = on_meta()
assert set(places) == {("meta", "meta")}, (
    f"On the device meta, the batch and the weights were on {sorted(set(places))}."
)
assert left == "cpu", "The caller's X was moved."
assert_close(table["samples_per_second"].to_numpy(), np.array([8.0, 24.0]), "samples_per_second with the stand-in")
one_second = {"time_call": lambda fn, device, warmup=1, repeats=5: 1.0, "to_device": lambda obj, device: obj.to(device)}
for batch_sizes in ([2, 0], [7], [1, -1]):

    def bad(batch_sizes=batch_sizes):
        return throughput_table(lambda: nn.Linear(3, 2), torch.ones(6, 3), batch_sizes, torch.device("cpu"))

    what = f"throughput_table for {batch_sizes} and 6 rows"
    assert_raises(ValueError, lambda bad=bad: observe(bad, using=one_second), what, mention="batch_size")
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** Two numbers describe the whole curve well, and they are what you would compare between devices: $a$ tells how long a single answer takes at the least, $c$ what
# a large job costs. Where points leave the curve, something else sets in. On a CPU it is often the caches, once a batch no longer fits, or a library that changes its method with the size.
# %% [markdown]
# # Part 4: how much can it help?
#
# ## Amdahl's law
#
# A faster device speeds up a *part* of a program. The rest stays as it is: reading files, Python, copies. Let the whole take $T$ seconds, and let $p$ be the **fraction of the time**
# in the part that gets faster, by a `factor` $s$. Split the time, before and after:
#
# $$T = \underbrace{(1 - p)\,T}_{\text{stays}} + \underbrace{p\,T}_{\text{gets faster}}, \qquad T' = (1 - p)\,T + \frac{p\,T}{s} .$$
#
# The **speed-up** is the old time over the new. $T$ cancels:
#
# $$S(p, s) = \frac{T}{T'} = \frac{1}{(1 - p) + p / s} .$$
#
# Three consequences follow. For $p = 1$ it is $S = s$: all of it gets faster. For $p = 0$ it is $S = 1$. And for $s \to \infty$ the second term vanishes, so that
#
# $$S \le \frac{1}{1 - p} .$$
#
# If a tenth of the time stays, no device on earth makes the program more than ten times faster.
# %% tags=["try-it"]
fig, ax = plt.subplots(figsize=(7, 2.3))
for row, (name, share) in enumerate([("before", 1.0), ("$s = 2$", 0.5), ("$s = 10$", 0.1), (r"$s \to \infty$", 0.0)]):
    ax.barh(row, 0.25, height=0.6, color="0.75", edgecolor="0.2", label="stays: $(1 - p) T$" if row == 0 else None)
    ax.barh(
        row,
        0.75 * share,
        left=0.25,
        height=0.6,
        color=plotting.COLOURS[0],
        edgecolor="0.2",
        hatch="//",
        label="gets faster: $p T / s$" if row == 0 else None,
    )
    ax.text(0.25 + 0.75 * share + 0.01, row, f"{1 / (0.25 + 0.75 * share):.2f} times as fast", va="center", fontsize=9)
ax.set(
    yticks=range(4),
    yticklabels=["before", "$s = 2$", "$s = 10$", r"$s \to \infty$"],
    xlim=(0, 1.3),
    xlabel="time, in units of $T$",
)
ax.invert_yaxis()
ax.set_title("Three quarters of the time get faster: $p = 0.75$")
legend = ax.legend(loc="lower right", fontsize=9)


# %% [markdown]
# ### Exercise 6: `amdahl_speedup` (2 points, ★☆☆)
#
# Write the law. A `factor` below 1 is a slow-down, and allowed. A `factor` of infinity (`math.inf` or `float("inf")`) is allowed too and gives the limit; with $p = 1$ that limit is infinity
# itself. A `parallel_fraction` outside $[0, 1]$, or a `factor` that is not above 0, is a `ValueError` that names the argument. The fraction is called *parallel* because many units share that part of the work.
#
# <details><summary>Hint</summary>
# In Python a float divided by infinity is 0, and 1 divided by 0 is an error. Which single case needs its own line?
# </details>
# %% nbgrader={"grade": false, "grade_id": "amdahl_speedup", "locked": false, "schema_version": 3, "solution": true, "task": false}
def amdahl_speedup(parallel_fraction: float, factor: float) -> float:
    """Speed-up of a whole of which one part gets faster.

    Parameters
    ----------
    parallel_fraction : float
        Share of the time, in [0, 1], in the part that gets faster.
    factor : float
        How many times faster that part gets, above 0; may be infinite.

    Returns
    -------
    float
        Old time over new time; infinite if everything gets infinitely fast.

    Raises
    ------
    ValueError
        If an argument is outside its range; the message names it.

    Notes
    -----
    Amdahl, "Validity of the single processor approach to achieving large scale computing capabilities" (1967).
    """
    # Refuse what makes no sense.
    ### BEGIN SOLUTION
    if not 0 <= parallel_fraction <= 1:
        raise ValueError(f"parallel_fraction must be in [0, 1], not {parallel_fraction}")
    if not factor > 0:
        raise ValueError(f"factor must be above 0, not {factor}")
    ### END SOLUTION
    # The new time, as a share of the old.
    ### BEGIN SOLUTION
    new_time = (1 - parallel_fraction) + parallel_fraction / factor
    ### END SOLUTION
    # Old over new, also where nothing is left.
    ### BEGIN SOLUTION
    return 1 / new_time if new_time > 0 else float("inf")
    ### END SOLUTION


# %% [markdown]
# **Does it hold?** The next cell takes a step of two parts: it *prepares* a batch, image by image in Python, and it *computes*, as 16 equal matrix products. From the two times
# it knows $p$. Then it makes the second part $s$ times "faster" by doing only $16 / s$ of the products, and times the whole step. All of this is done in fifteen rounds, and for each time the fastest round
# counts, so that a moment in which the computer was busy does less harm. The points are measured, the curves are your function.
# %% tags=["try-it"]
# NBVAL_IGNORE_OUTPUT
weights = torch.ones(784, 128)


def prepare():
    """Collect 64 images one by one, as a slow loader does."""
    return torch.stack([(images[i] - images[i].mean()).clamp(min=-0.5) for i in range(64)])


def compute(batch, n_products):
    """So many products of the batch with a matrix."""
    for _ in range(n_products):
        batch @ weights


ready = prepare()
jobs = {"prepare": prepare, "compute": lambda: compute(ready, 16)}
jobs |= {s: lambda s=s: compute(prepare(), 16 // s) for s in (1, 2, 4, 8, 16)}
rounds = [{name: time_call(job, CPU, warmup=1, repeats=3) for name, job in jobs.items()} for _ in range(15)]
best = {name: min(seconds[name] for seconds in rounds) for name in jobs}
t_prepare, t_compute = best.pop("prepare"), best.pop("compute")
share = t_compute / (t_prepare + t_compute)
factors = np.geomspace(1, 300, 60)
fig, ax = plt.subplots(figsize=(6.5, 3.8))
for p, style in [(0.5, ":"), (0.9, "-."), (0.99, "--")]:
    ax.plot(
        factors,
        [amdahl_speedup(p, s) for s in factors],
        color="0.45",
        linestyle=style,
        linewidth=1.2,
        label=f"$p = {p}$",
    )
ax.plot(
    factors,
    [amdahl_speedup(share, s) for s in factors],
    color=plotting.COLOURS[0],
    linestyle="-",
    label=f"this step, $p = {share:.2f}$",
)
ax.plot(list(best), [best[1] / t for t in best.values()], "o", color=plotting.COLOURS[1], label="measured")
ax.set(
    xscale="log",
    yscale="log",
    xlabel="factor $s$",
    ylabel="speed-up of the whole",
    title="Your law, and a step on the CPU",
)
plain_ticks(ax.xaxis)
plain_ticks(ax.yaxis)
legend = ax.legend()
print(f"preparing {1e3 * t_prepare:.2f} ms, computing {1e3 * t_compute:.2f} ms, p = {share:.2f}")
for s, t in best.items():
    print(f"factor {s:2}: measured {best[1] / t:.2f}, predicted {amdahl_speedup(share, s):.2f}")
print(f"limit: {amdahl_speedup(share, float('inf')):.2f}")
# %% nbgrader={"grade": true, "grade_id": "test_amdahl_speedup", "locked": true, "points": 0.5, "schema_version": 3, "solution": false, "task": false}
# Three quarters three times faster: 1/4 + 1/4 of the time is left. Then the two ends, and the limit.
assert_number(amdahl_speedup(0.75, 3.0), "amdahl_speedup(0.75, 3)")
assert_close(
    amdahl_speedup(0.75, 3.0), 2.0, "amdahl_speedup(0.75, 3)", "Is it old time over new? Which part gets faster?"
)
assert_close(amdahl_speedup(0.0, 8.0), 1.0, "amdahl_speedup(0, 8)", "Nothing gets faster here.")
assert_close(amdahl_speedup(1.0, 8.0), 8.0, "amdahl_speedup(1, 8)", "Everything gets faster here.")
assert_close(
    amdahl_speedup(0.75, float("inf")),
    4.0,
    "amdahl_speedup(0.75, infinity)",
    "What is left when the second term is gone?",
)
assert_raises(ValueError, lambda: amdahl_speedup(1.5, 2.0), "amdahl_speedup(1.5, 2)", "parallel_fraction")
# %% nbgrader={"grade": true, "grade_id": "hidden_amdahl_speedup", "locked": true, "points": 1.5, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
# Against exact fractions; slow-downs; integers; infinity; the edges of both ranges.
from fractions import Fraction

for p in (Fraction(0), Fraction(1, 8), Fraction(1, 2), Fraction(9, 10), Fraction(999, 1000), Fraction(1)):
    for s in (Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(7), Fraction(10**6)):
        old = Fraction(1000)
        new = old * (1 - p) + old * p / s
        seen = amdahl_speedup(float(p), float(s))
        assert_number(seen, f"amdahl_speedup({float(p)}, {float(s)})")
        assert_close(seen, float(old / new), f"amdahl_speedup({float(p)}, {float(s)})", rtol=1e-9)
    limit = amdahl_speedup(float(p), float("inf"))
    assert isinstance(limit, float), f"amdahl_speedup({float(p)}, infinity) is {limit!r}."
    if p == 1:
        assert limit == float("inf"), f"amdahl_speedup(1, infinity) is {limit}, not infinity."
    else:
        assert_close(limit, float(1 / (1 - p)), f"amdahl_speedup({float(p)}, infinity)", rtol=1e-9)
assert_close(amdahl_speedup(1, 4), 4.0, "amdahl_speedup of whole numbers")
assert_close(amdahl_speedup(0, 5), 1.0, "amdahl_speedup of whole numbers")
for p in (-0.001, 1.001, -3.0, 40.0):
    assert_raises(ValueError, lambda p=p: amdahl_speedup(p, 2.0), f"amdahl_speedup({p}, 2)", "parallel_fraction")
for s in (0.0, -1.0, -0.5, float("-inf")):
    for p in (0.0, 0.5):
        assert_raises(ValueError, lambda p=p, s=s: amdahl_speedup(p, s), f"amdahl_speedup({p}, {s})", "factor")
### END HIDDEN TESTS
# %% [markdown] tags=["analysis"]
# **Analysis.** The points follow the curve as long as the two parts really run one after the other. If they overlap, as when a loader prepares the next batch while the GPU computes, the
# law gives too little: then the slower of the two sets the pace. The law also keeps the task fixed. Many people use a faster machine for a larger task instead, and the part that stays then weighs less.
# %% [markdown]
# ### Question 2 (1 point)
#
# Look at your plot of Amdahl's law and at its table. You can buy a device that makes the computing 16 times faster, or spend a week on making the *preparing* twice as fast. Which gives the larger speed-up of this step, by the
# law and your $p$? (For the second choice the part that gets faster is the other one.) Where do the measured points leave the curve, if they do, and what could be the reason?
# %% [markdown] nbgrader={"grade": true, "grade_id": "discuss_buying", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# The answer uses the printed $p$. The device gives $S(p, 16) = 1 / ((1 - p) + p / 16)$. For the preparing the fraction that gets faster is $1 - p$, so the week gives $S(1 - p, 2) = 1 / (p + (1 - p) / 2) = 2 / (1 + p)$.
# The week wins where $(1 - p) + p / 16 > (1 + p) / 2$, that is for $\frac{1}{2} > \frac{23}{16} p$, or $p < 8 / 23 \approx 0.35$; above it the device wins. With a $p$ near one half, for example, the
# device gives about 1.9 and the week about 1.3, and even an infinitely fast device could not give more than $1 / (1 - p) = 2$. The points lie on the curve up to the noise of the clock. They can fall below it at large factors, because something besides the products
# does not shrink, such as the start of each operation; or above it, when parts profit from each other, for instance because the batch just prepared is still in the cache.
# %% [markdown]
# ## What you learned
#
# - Tensors and modules live on a device. `t.to` returns, `m.to` moves. A fall-back should be heard.
# - A GPU works through a queue. A clock that doesn't wait for it measures the asking.
# - Warm up, wait before both readings, take the median, and say on which device.
# - Data should cross the bus once. What pays for the trip is many operations a byte.
# - A step costs a fixed part and a part for each sample, so a fast device needs large batches.
# - What stays sets the limit: find out where the time goes before you make anything faster.
#
# **Back and forth.** The loop that you timed is PS 7's, and the question of batch size began in PS 1. PS 2 and PS 3 timed fits and predictions with the same clock, on a device that has no queue. From
# here on, `pick_device` and `to_device` bring the networks of PS 10, PS 12 and PS 13 to a card. What a function makes itself, a model or noise, has to be made or moved there too, and `.cpu()` comes before `.numpy()`.
#
# **Read more.** The PyTorch documentation, *CUDA semantics*, on queues ("asynchronous execution") and pinned memory, and its tutorial on `torch.utils.benchmark`, a ready-made `time_call`; Amdahl, *Validity of the single
# processor approach to achieving large scale computing capabilities* (AFIPS 1967), and Gustafson's answer, *Reevaluating Amdahl's law* (CACM 1988); Williams, Waterman and Patterson, *Roofline* (CACM 2009), on operations a byte;
# *Dive into Deep Learning*, chapter 13, on hardware and asynchronous computation.
