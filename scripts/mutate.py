"""Change the code in one small place at a time and see whether the tests notice.

    python scripts/mutate.py lsgis/combine --tests tests/test_combine.py --count 50 --seed 1

Every file is read once, each place that an operator fits is listed, and a sample of
them is tried. The tests run once on the code as it is, to see which functions each of
them enters. Then a child process for each change (nothing is written) puts the changed
functions in place of those that are loaded, runs the tests that enter them, quickest
first, and stops at the first that fails. What stands outside of functions has been done
when tests are collected: such a change, and one that survived, is imported afresh.
A line per change (killed, and by which test, or SURVIVED), then the score.

Module constants and default arguments are changed too: thresholds live there.
A tolerance (below a thousandth) is known by its order of magnitude, so it is changed
tenfold; any other number is doubled, halved or moved by one.
"""

import argparse
import ast
import contextlib
import copy
import gc
import importlib
import json
import os
import random
import resource
import select
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import SourceFileLoader
from itertools import pairwise
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest

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
    functions: frozenset[int]  # first lines of those that may answer otherwise; none: any may
    inside: bool  # of a function: what is loaded can be changed

    def code(self) -> CodeType:
        return compile(self.tree, str(self.path), "exec")

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
    inside = dict(functions_in(tree))
    for parent, field, place in places_in(tree):
        found = getattr(parent, field)
        node = found if place is None else found[place]
        for change in changes_of(node):
            put(parent, field, place, ast.copy_location(change, node))
            mutated = ast.fix_missing_locations(copy.deepcopy(tree))
            put(parent, field, place, node)
            line = inside.get(node)
            functions = frozenset([line]) if line else who_reads(tree, node.lineno)
            yield Mutant(
                path, node.lineno, told(node), told(change), mutated, functions, line is not None
            )


def functions_in(node: ast.AST, line: int | None = None) -> Iterator[tuple[ast.AST, int]]:
    """Every node within a function, and the first line of the innermost; no default arguments."""
    for child in ast.iter_child_nodes(node):
        if line:
            yield child, line
        if isinstance(child, ast.FunctionDef):
            first = first_line(child)
            for statement in child.body:
                yield statement, first
                yield from functions_in(statement, first)
        else:
            yield from functions_in(child, line)


def first_line(function: ast.FunctionDef) -> int:
    """As its code object tells it: that of the first decorator, if it has any."""
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def who_reads(tree: ast.Module, line: int) -> frozenset[int]:
    """First lines of the functions that a line outside of functions speaks to, in its own file.

    Those that name the constant it sets, or the one whose default argument it is; none where
    it is neither, or where nobody in this file names it: then any may answer otherwise.
    """
    (statement,) = (s for s in tree.body if s.lineno <= line <= (s.end_lineno or s.lineno))
    if isinstance(statement, ast.FunctionDef):
        return frozenset([first_line(statement)])
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return frozenset()
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    within = functions_in(tree)
    return frozenset(n for node, n in within if isinstance(node, ast.Name) and node.id in stored)


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


def in_a_child(work: Callable[[Callable[[str], object]], None], limit_s: float) -> str:
    """What a child process tells before it ends; "time limit", "end of the process"."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        try:
            work(lambda text: os.write(writer, text.encode()))
        finally:
            os._exit(0 if sys.exc_info()[0] is None else 1)
    os.close(writer)
    ended = select.select([reader], [], [], limit_s)[0]  # the pipe ends with the child
    with os.fdopen(reader) as pipe:
        said = pipe.read() if ended else "time limit"
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return said if said or status == 0 else "end of the process"


def put_in_place(mutant: Mutant, loaded: Sequence[FunctionType] = ()) -> None:
    """In this process: the mutant for whoever imports its file, and in what is loaded of it."""
    whole = mutant.code()
    as_it_is = SourceFileLoader.get_code

    def get_code(self, name):
        return whole if Path(self.path) == mutant.path else as_it_is(self, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    changed: dict[tuple[str, int], list[CodeType]] = {}
    for code in codes_in(whole):
        changed.setdefault((code.co_name, code.co_firstlineno), []).append(code)
    for found in loaded:
        if found.__code__.co_filename == str(mutant.path):
            codes = changed.get((found.__code__.co_name, found.__code__.co_firstlineno), [])
            if len(codes) == 1 and codes[0].co_freevars == found.__code__.co_freevars:
                found.__code__ = codes[0]


def codes_in(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from codes_in(inner)


class Reach:
    """Plugin of pytest: which functions of the files each test enters, and how long it takes."""

    def __init__(self, files: list[Path]) -> None:
        self.files = {str(file) for file in files}
        self.rows: dict[str, dict[str, list[int]]] = {}
        self.duration: dict[str, float] = {}
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        entered: dict[str, set[int]] = {file: set() for file in self.files}

        def trace(frame: Any, event: str, _: object) -> None:
            code = frame.f_code
            if code.co_filename in entered:
                entered[code.co_filename].add(code.co_firstlineno)

        sys.settrace(trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.rows[item.nodeid] = {file: sorted(lines) for file, lines in entered.items()}

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.duration[report.nodeid] = self.duration.get(report.nodeid, 0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)


class Known(NamedTuple):
    """What a run on the code as it is told of each test."""

    entered: dict[str, dict[str, list[int]]]  # test -> file -> first lines of functions
    duration: dict[str, float]

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that may notice a mutant, quickest first."""
        path = str(mutant.path)
        found = [
            test
            for test, entered in self.entered.items()
            if not mutant.functions or mutant.functions & set(entered[path])
        ]
        return sorted(found, key=self.duration.__getitem__)

    def limit_s(self, mutant: Mutant) -> float:
        """Time enough for them on a machine with other things to do."""
        return 20 + 10 * sum(self.duration[test] for test in self.tests_of(mutant))


class Trial:
    """Plugin of pytest: collects the tests, then tries the mutants on them."""

    def __init__(
        self, tried: list[tuple[int, Mutant]], known: Known, tell: Callable[[str], object]
    ):
        self.tried, self.known, self.tell = tried, known, tell

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        loaded = [found for found in gc.get_objects() if isinstance(found, FunctionType)]
        gc.freeze()  # a child that does not look at every object copies little
        for number, mutant in self.tried:
            tests = [items[name] for name in self.known.tests_of(mutant)]

            def work(tell: Callable[[str], object], mutant=mutant, tests=tests) -> None:
                put_in_place(mutant, loaded)
                first = FirstFailure(tell)
                session.config.pluginmanager.register(first)
                for item, after in pairwise([*tests, None]):
                    session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                    if first.failed:
                        return

            self.tell(json.dumps([number, in_a_child(work, self.known.limit_s(mutant))]) + "\n")
        return True


class FirstFailure:
    """Plugin of pytest: tells which test failed first."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self.tell, self.failed = tell, ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid.rpartition("/")[2]
            self.tell(self.failed)


class Order:
    """Plugin of pytest: only the tests named, in their order."""

    def __init__(self, names: list[str]) -> None:
        self.place = {name: n for n, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.place),
            key=lambda item: self.place[item.nodeid],
        )


class Repeatable:
    """Plugin of pytest: the same examples every time; one that fails is not made small."""

    def pytest_sessionstart(self) -> None:
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile(
            "mutate", phases=phases, database=None, derandomize=True, deadline=None
        )
        settings.load_profile("mutate")


def run_tests(tests: list[str], *plugins: object) -> int:
    """Run pytest in this process."""
    options = ["-q", "-p", "no:cacheprovider"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # of what `warm_up` imported
    return pytest.main([*tests, *options], plugins=[Repeatable(), *plugins])


def know(tests: list[str], files: list[Path]) -> Known:
    """Run the tests on the code as it is."""

    def work(tell: Callable[[str], object]) -> None:
        reach = Reach(files)
        code = run_tests(tests, reach)
        failed = reach.failed or (["collection"] if code else [])
        tell(json.dumps([failed, reach.rows, reach.duration]))

    failed, *rows = json.loads(in_a_child(work, 3600))
    if failed:
        sys.exit(f"the code as it is fails: {', '.join(failed)}")
    return Known(*rows)


def try_afresh(mutant: Mutant, known: Known, tests: list[str]) -> str:
    """The test that fails when a mutant is imported in place of its file; "" if none."""

    def work(tell: Callable[[str], object]) -> None:
        put_in_place(mutant)
        first = FirstFailure(tell)
        code = run_tests([*tests, "-x"], first, Order(known.tests_of(mutant)))
        if code not in (0, pytest.ExitCode.NO_TESTS_COLLECTED) and not first.failed:
            tell("collection")

    return in_a_child(work, known.limit_s(mutant))


def try_loaded(tried: list[tuple[int, Mutant]], known: Known, tests: list[str]) -> Iterator[Any]:
    """Number of each mutant and the test that fails, from one process that loads all once."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        run_tests(tests, Trial(tried, known, lambda text: os.write(writer, text.encode())))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        for line in pipe:
            yield json.loads(line)
    os.waitpid(child, 0)


def warm_up() -> None:
    """Import what every test imports, once for all children; nothing of lsgis."""
    for name in ("geopandas", "pyogrio", "pytest", "hypothesis.strategies", "jinja2"):
        importlib.import_module(name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("code", nargs="+", type=Path, help="files or folders to change")
    parser.add_argument("--tests", nargs="+", required=True, help="test files")
    parser.add_argument("--count", type=int, default=50, help="how many changes to try (0: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="try those whose line holds this text")
    parser.add_argument("--survivors", type=Path, help="try those that survived by this output")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    files = sorted(
        file
        for path in given.code
        for file in (path.resolve().rglob("*.py") if path.is_dir() else [path.resolve()])
    )
    every = [mutant for file in files for mutant in mutants_of(file)]
    tried = [mutant for mutant in every if given.only in str(mutant)]
    if given.survivors:
        lines = set(given.survivors.read_text(encoding="utf-8").splitlines())
        tried = [mutant for mutant in tried if f"SURVIVED  {mutant}" in lines]
    if given.count and given.count < len(tried):
        tried = random.Random(given.seed).sample(tried, given.count)
    warm_up()
    known = know(given.tests, files)
    failed = {}
    for number, mutant in enumerate(tried):
        if not mutant.inside:
            failed[number] = report(mutant, try_afresh(mutant, known, given.tests))
    inside = [(number, mutant) for number, mutant in enumerate(tried) if mutant.inside]
    for number, found in try_loaded(inside, known, given.tests):
        mutant = tried[number]
        failed[number] = report(mutant, found or try_afresh(mutant, known, given.tests))
    if len(failed) < len(tried):
        sys.exit("the process that had loaded the tests ended before it had tried them all")
    killed = sum(map(bool, failed.values()))
    print(f"{killed} of {len(tried)} killed ({len(every)} changes in {len(files)} files)")
    return int(killed < len(tried))


def report(mutant: Mutant, failed: str) -> str:
    print(f"{'killed' if failed else 'SURVIVED'}  {mutant}", flush=True)
    if failed:
        print(f"        by {failed}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
