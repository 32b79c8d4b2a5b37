"""``@record``: a small value class with ``__slots__``, without the start-up cost of dataclasses.

Importing dataclasses costs more than a whole bare Python process, and hot commands start a
process each. Type checkers see a frozen dataclass; at run time immutability is a habit that
mypy enforces, not a check on each assignment.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic, TypeVar, dataclass_transform

    T = TypeVar("T")
    T_co = TypeVar("T_co", covariant=True)
    __all__ = ["Generic", "T", "T_co", "field_names", "fields_of", "record", "replace", "shape_of"]

    @dataclass_transform(frozen_default=True, kw_only_default=False)
    def record(cls: type[T]) -> type[T]:
        """Make ``cls`` a value class whose annotated names are its fields, in order."""
        return cls

else:
    T = T_co = None  # type variables are for the type checker; typing costs too much to be imported for them

    class Generic:
        """The base of a generic record; ``Reply[Row]`` is ``Reply``."""

        __slots__ = ()

        def __class_getitem__(cls, _item):
            return cls

    def record(cls):
        names = tuple(cls.__annotations__)
        defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}

        def first(self, *values, **fields):  # compiled when the first one is made: most classes of a run make none
            made.__init__ = _compile_init(names, defaults)
            made.__init__(self, *values, **fields)

        body = {key: value for key, value in cls.__dict__.items() if key not in names}
        body.pop("__dict__", None)
        body.pop("__weakref__", None)
        body.update(__slots__=names, __init__=first, __eq__=_eq, __hash__=_hash, __repr__=_repr)
        made = type(cls)(cls.__name__, cls.__bases__, body)
        return made

    def _compile_init(names, defaults):
        parameters = ", ".join(f"{name}=defaults[{name!r}]" if name in defaults else name for name in names)
        assignments = "".join(f"\n    self.{name} = {name}" for name in names)
        scope = {"defaults": defaults}
        exec(f"def __init__(self, {parameters}):{assignments}", scope)
        return scope["__init__"]

    def _values(self):
        return tuple(getattr(self, name) for name in self.__slots__)

    def _eq(self, other):
        return _values(self) == _values(other) if type(other) is type(self) else NotImplemented

    def _hash(self):
        return hash(_values(self))

    def _repr(self):
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({fields})"


def replace(value: T, **changes: Any) -> T:
    """Return a copy of a record with some fields changed (keyword names are field names)."""
    fields = fields_of(value)
    unknown = changes.keys() - fields.keys()
    if unknown:
        raise TypeError(f"{type(value).__name__} has no field {', '.join(sorted(unknown))}")
    fields.update(changes)
    return type(value)(**fields)


def fields_of(value: object) -> dict[str, Any]:
    """Return a record's fields by name, in the order of their declaration."""
    return {name: getattr(value, name) for name in field_names(value)}


def field_names(value: object) -> tuple[str, ...]:
    """Return the names of a record's fields, or of those that a class of records has, in order."""
    names: tuple[str, ...] = getattr(value, "__slots__", ())
    return names


def shape_of(*classes: type) -> str:
    """Return the fields of these classes with their types, in order, as a key for caches of their values."""
    return "; ".join(f"{cls.__name__} {cls.__annotations__}" for cls in classes)
