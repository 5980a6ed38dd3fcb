"""Makes Pulumi's SDKs cheap to load and to run.

A package of a generated SDK star-imports every module that it has when it is first touched: `pulumi_aws.ec2` 180 of
them, `pulumi_kubernetes.core.v1` 50. A program needs a handful. Once this module is imported those star-imports wait: a
module is loaded when one of its names is asked for. So do the TypedDicts beside its argument classes, which type
checkers alone read. Every name stays what it would have been, and a package that is built in any other way is loaded as
it is.
"""

import atexit
import builtins
import functools
import gc
import importlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import FunctionType, ModuleType
from typing import Any, TypedDict

_GENERATED = frozenset({"pulumi_aws", "pulumi_kubernetes"})
_STAR_IMPORT = re.compile(r"^from \.(\w+) import \*$", re.MULTILINE)
_BESIDE = re.compile(r"(#.*|import builtins as _builtins|import typing|from \.+ import _utilities|)")
_OUTPUTS = "from . import outputs"
_ARGUMENTS = re.compile(r"(Init)?Args(Dict)?$")


def run_lean() -> None:
    """For a process that runs one program and ends. Halves what a resource costs it.

    No search for garbage, not even a last one: a program's resources stay until its end. And none of the SDK's debug
    lines, four for each resource and each a round trip to the engine, unless `GROUNDWORK_DEBUG` is set.
    """
    from pulumi import log

    gc.disable()
    atexit.register(gc.freeze)
    if not os.environ.get("GROUNDWORK_DEBUG"):
        log.debug = _say_nothing


def _say_nothing(*_args: object, **_options: object) -> None: ...


class _Finder:
    """Finds packages below a generated SDK's root where the import system finds them, and loads them its own way."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if path is None or name.partition(".")[0] not in _GENERATED:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and type(spec.loader) is SourceFileLoader:
            if spec.submodule_search_locations:
                spec.loader = _PackageLoader(name, spec.loader.path)
            elif name.endswith("._inputs"):
                spec.loader = _InputsLoader(name, spec.loader.path)
        return spec


class _PackageLoader(SourceFileLoader):
    """Leaves out the star-imports where a package does nothing else of its own."""

    def exec_module(self, module: ModuleType) -> None:
        source = self.get_data(self.path).decode()
        starred, rest = _STAR_IMPORT.findall(source), _STAR_IMPORT.sub("", source).replace(_OUTPUTS, "")
        if starred and all(map(_BESIDE.fullmatch, rest.splitlines())):
            module.__class__ = _Package
            vars(module)["_starred"] = starred
            exec(self.source_to_code(rest, self.path), vars(module))  # noqa: S102 - what remains of the package's file
        else:
            super().exec_module(module)


class _Package(ModuleType):
    """A package that star-imports a module when one of its names is first asked for."""

    _starred: list[str]

    def __getattr__(self, name: str) -> Any:
        if name == "outputs":
            return importlib.import_module(f"{self.__name__}.outputs")
        # A star-import binds no name with two underscores, but `from package import *` first asks for `__all__`.
        if not name.startswith("__") or name == "__all__":
            for module in (*self._likely(name), *self._starred):
                importlib.import_module(f"{self.__name__}.{module}")
                if name in vars(self):
                    return vars(self)[name]
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")

    def _likely(self, name: str) -> Iterator[str]:
        """A resource's module is named as the resource, `vpc_endpoint` or `ConfigMap`; nested types share a module."""
        folded = _ARGUMENTS.sub("", name).lower()
        yield from (module for module in self._starred if module.replace("_", "").lower() == folded)
        yield from {"_inputs" if _ARGUMENTS.search(name) else "_enums"}.intersection(self._starred)

    def __setattr__(self, name: str, value: Any) -> None:
        """The import system binds here each module that it has loaded: its names come along, as by a star-import."""
        super().__setattr__(name, value)
        if name in self._starred and isinstance(value, ModuleType):
            vars(self).update({public: getattr(value, public) for public in value.__all__})

    def __dir__(self) -> list[str]:
        for module in self._starred:
            importlib.import_module(f"{self.__name__}.{module}")
        return sorted(vars(self))


class _InputsLoader(SourceFileLoader):
    """Leaves out the TypedDicts: half of what loading takes, and there for type checkers alone."""

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = {**vars(builtins), "__build_class__": _without_typed_dicts}
        super().exec_module(module)


def _without_typed_dicts(body: FunctionType, name: str, *bases: Any, **keywords: Any) -> Any:
    if bases == (TypedDict,):
        return _StandIn(name, (dict,), {"__module__": body.__globals__["__name__"], "body": staticmethod(body)})
    return builtins.__build_class__(body, name, *bases, **keywords)


class _StandIn(type):
    """Stands where a TypedDict would, which is made when something is asked of it."""

    def __getattribute__(cls, name: str) -> Any:
        return getattr(_made(cls), name)

    def __call__(cls, *values: Any, **keys: Any) -> Any:
        return _made(cls)(*values, **keys)


@functools.cache
def _made(stand_in: type) -> Any:
    body, name = (type.__getattribute__(stand_in, key) for key in ("body", "__name__"))
    return builtins.__build_class__(body, name, TypedDict)


sys.meta_path.insert(0, _Finder)
