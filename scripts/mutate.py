"""Change the code in one small place at a time and see whether the tests notice.

    python scripts/mutate.py lsgis/combine --tests tests/test_combine.py --count 50 --seed 1

Every file is read once, each place that an operator fits is listed, and a sample of
them is tried: the changed module is handed to a child process in place of the file
(nothing is written), which runs the tests given and stops at the first that fails.
A line per change (killed, and by which test, or SURVIVED), then the score.

Module constants and default arguments are changed too: thresholds live there.
A tolerance (below a thousandth) is known by its order of magnitude, so it is changed
tenfold; any other number is doubled, halved or moved by one.
"""

import argparse
import ast
import contextlib
import copy
import importlib
import os
import random
import resource
import select
import signal
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
MEMORY = 8 * 2**30  # bytes: a changed loop may grow without end
COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
CALLED = {
    "min": "max",
    "max": "min",
    "any": "all",
    "all": "any",
    "minimum": "maximum",
    "maximum": "minimum",
    "median": "max",
    "argmin": "argmax",
    "argmax": "argmin",
    "intersection": "union",
    "first": "last",
}


class Mutant(NamedTuple):
    """A file with one place changed."""

    path: Path
    line: int
    old: str
    new: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.old} -> {self.new}"


def changes_of(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that may stand in place of one."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARED:
            for other in COMPARED[type(op)]:
                yield ast.Compare(node.left, [other()], node.comparators)
        case ast.Compare():
            for n, op in enumerate(node.ops):
                for other in COMPARED[type(op)][:1]:
                    ops = [*node.ops[:n], other(), *node.ops[n + 1 :]]
                    yield ast.Compare(node.left, ops, node.comparators)
        case ast.BinOp(op=op) if type(op) in COMPUTED:
            yield ast.BinOp(node.left, COMPUTED[type(op)](), node.right)
        case ast.AugAssign(op=op) if type(op) in COMPUTED:
            yield ast.AugAssign(node.target, COMPUTED[type(op)](), node.value)
        case ast.BoolOp(op=op):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float() as value):
            yield from (ast.Constant(other) for other in numbers_beside(value))
        case ast.IfExp():
            yield node.body
            yield node.orelse
        case ast.If():
            yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Name() if node.id in CALLED:
            yield ast.Name(CALLED[node.id], node.ctx)
        case ast.Attribute() if node.attr in CALLED:
            yield ast.Attribute(node.value, CALLED[node.attr], node.ctx)


def numbers_beside(value: int | float) -> tuple[int | float, ...]:
    """What a number is changed to."""
    if isinstance(value, int):
        return (value + 1, value - 1) if value else (1,)
    if abs(value) < 1e-3:
        return (value * 10, value / 10) if value else (1.0,)
    return (value * 2, value / 2)


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every change of a file, in its order; annotations are left alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for parent, field, place in places_in(tree):
        found = getattr(parent, field)
        node = found if place is None else found[place]
        for change in changes_of(node):
            put(parent, field, place, ast.copy_location(change, node))
            mutated = ast.fix_missing_locations(copy.deepcopy(tree))
            put(parent, field, place, node)
            yield Mutant(path, node.lineno, told(node), told(change), mutated)


def places_in(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Where each node of a tree hangs: its parent, the field, the place in a list."""
    if isinstance(node, ast.keyword) and node.arg == "strict":  # of zip: a guard, not an answer
        return
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_params", "decorator_list"):
            continue
        for n, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                yield node, field, n
                yield from places_in(child)


def put(parent: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def told(node: ast.AST) -> str:
    text = ast.unparse(node).splitlines()[0]
    return text if len(text) < 100 else f"{text[:97]}..."


def run(mutant: Mutant | None, tests: list[str], limit_s: float) -> str:
    """The test that fails on a mutant (on the code as it is, where there is none); "" if none."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        run_here(mutant, tests, writer)
        os._exit(0)
    os.close(writer)
    ended = select.select([reader], [], [], limit_s)[0]  # the pipe ends with the child
    with os.fdopen(reader) as pipe:
        failed = pipe.read() if ended else "time limit"
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return failed if failed or status == 0 else "end of the process"


def run_here(mutant: Mutant | None, tests: list[str], writer: int) -> None:
    """Run pytest in this process, the mutant imported in place of its file."""
    import pytest

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    if mutant:
        code = compile(mutant.tree, str(mutant.path), "exec")
        as_it_is = SourceFileLoader.get_code

        def get_code(self, name):
            return code if Path(self.path) == mutant.path else as_it_is(self, name)

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    options = ["-x", "-q", "-p", "no:cacheprovider"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of what `warm_up` imported
    first = FirstFailure()
    code_of_all = pytest.main([*tests, *options], plugins=[first])
    os.write(writer, (first.failed or ("collection" if code_of_all else "")).encode())


class FirstFailure:
    """Plugin of pytest: which test failed first; an example that fails is not made small."""

    failed = ""

    def pytest_sessionstart(self) -> None:
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutate", phases=phases, database=None, derandomize=True)
        settings.load_profile("mutate")

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid.rpartition("/")[2]


def warm_up() -> None:
    """Import what every test imports, once for all children; nothing of lsgis."""
    for name in ("geopandas", "pyogrio", "pytest", "hypothesis.strategies", "jinja2"):
        importlib.import_module(name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("code", nargs="+", type=Path, help="files or folders to change")
    parser.add_argument("--tests", nargs="+", required=True, help="test files, quickest first")
    parser.add_argument("--count", type=int, default=50, help="how many changes to try (0: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="try those whose line holds this text")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one run")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    files = sorted(
        file
        for path in given.code
        for file in (path.resolve().rglob("*.py") if path.is_dir() else [path.resolve()])
    )
    every = [mutant for file in files for mutant in mutants_of(file)]
    tried = [mutant for mutant in every if given.only in str(mutant)]
    if given.count and given.count < len(tried):
        tried = random.Random(given.seed).sample(tried, given.count)
    warm_up()
    if failed := run(None, given.tests, given.timeout):
        print(f"the code as it is fails: {failed}")
        return 2
    survived = 0
    for mutant in tried:
        failed = run(mutant, given.tests, given.timeout)
        survived += not failed
        print(f"{'killed' if failed else 'SURVIVED'}  {mutant}", flush=True)
        if failed:
            print(f"        by {failed}", flush=True)
    killed = len(tried) - survived
    print(f"{killed} of {len(tried)} killed ({len(every)} changes in {len(files)} files)")
    return int(survived > 0)


if __name__ == "__main__":
    sys.exit(main())
