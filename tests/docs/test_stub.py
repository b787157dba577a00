"""Holds the stub of the extension to the extension: names, arguments, and a docstring that says something."""

from __future__ import annotations

import ast
import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from pgsluice import _core

ROOT = Path(__file__).parents[2]
STUB = ROOT / "python" / "pgsluice" / "_core.pyi"
TREE = ast.parse(STUB.read_text(encoding="utf-8"))
# Made by PyO3 or inherited from `object` and `Exception`.
IMPLIED = {"__repr__", "__new__"}

Function = ast.FunctionDef
Definition = ast.FunctionDef | ast.ClassDef


def definitions(body: list[ast.stmt]) -> dict[str, Definition]:
    return {item.name: item for item in body if isinstance(item, ast.FunctionDef | ast.ClassDef)}


def constants(body: list[ast.stmt]) -> set[str]:
    names = (item.target for item in body if isinstance(item, ast.AnnAssign))
    return {name.id for name in names if isinstance(name, ast.Name)}


CLASSES = {name: item for name, item in definitions(TREE.body).items() if isinstance(item, ast.ClassDef)}
METHODS = [
    (name, member)
    for name, item in CLASSES.items()
    for member in definitions(item.body).values()
    if isinstance(member, ast.FunctionDef)
]
FUNCTIONS = [item for item in definitions(TREE.body).values() if isinstance(item, ast.FunctionDef)]


def parameters(function: Function) -> list[str]:
    names = [argument.arg for argument in function.args.args]
    return [name for name in names if name not in {"self", "cls"}]


def is_property(function: Function) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "property" for mark in function.decorator_list)


def test_stub_names_what_the_module_has() -> None:
    public = {name for name in dir(_core) if not name.startswith("_")}

    assert public == set(definitions(TREE.body)) | constants(TREE.body)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_stub_names_what_a_class_has(name: str) -> None:
    own = vars(getattr(_core, name))
    found = {member for member in own if not member.startswith("_") or member in IMPLIED}

    declared = set(definitions(CLASSES[name].body))

    assert declared - IMPLIED == found - IMPLIED


@pytest.mark.parametrize(("owner", "method"), METHODS, ids=lambda item: getattr(item, "name", item))
def test_stub_gives_a_method_its_arguments(owner: str, method: Function) -> None:
    cls = getattr(_core, owner)
    found = cls if method.name == "__new__" else inspect.getattr_static(cls, method.name)
    if is_property(method):
        assert inspect.isgetsetdescriptor(found)
        return

    names = list(inspect.signature(getattr(cls, method.name) if found is not cls else cls).parameters)

    assert parameters(method) == [name for name in names if name != "self"]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda item: item.name)
def test_stub_gives_a_function_its_arguments(function: Function) -> None:
    names = list(inspect.signature(getattr(_core, function.name)).parameters)

    assert parameters(function) == names


def test_everything_in_the_stub_has_a_docstring() -> None:
    items: dict[str, Definition] = definitions(TREE.body)
    items |= {f"{owner}.{method.name}": method for owner, method in METHODS}

    bare = [name for name, item in items.items() if not ast.get_docstring(item)]

    # A constructor without one is described by its class.
    assert [name for name in bare if not name.endswith(".__new__")] == []


def test_examples_of_the_stub_run() -> None:
    finder = doctest.DocTestParser()
    runner = doctest.DocTestRunner()
    texts = {name: ast.get_docstring(item) or "" for name, item in definitions(TREE.body).items()}

    for name, text in texts.items():
        runner.run(finder.get_doctest(text, {}, name, str(STUB), 0))

    assert runner.tries > 0
    assert runner.failures == 0


def test_type_checker_finds_stub_and_module_alike() -> None:
    command = [
        sys.executable,
        "-m",
        "mypy.stubtest",
        "pgsluice._core",
        "--mypy-config-file",
        "pyproject.toml",
    ]

    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout
