"""What does the program ask the texts for? Read from its sources: which keys, and which facts at each place."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workflows.events import Kind

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Site:
    """One place that sends a message: the template or line, the names of its facts, and where it stands."""

    template: str
    facts: frozenset[str]
    where: str


@cache
def _modules(folder: str) -> tuple[tuple[str, ast.Module], ...]:
    return tuple((f"{folder}/{p.name}", ast.parse(p.read_text("utf-8"))) for p in sorted((ROOT / folder).glob("*.py")))


def _functions(folder: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for name, module in _modules(folder):
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield name, node


@cache
def _returning(name: str) -> ast.Dict:
    """The dict literal that the function of this name returns."""
    for folder in ("workflows", "handlers", "messages"):
        for _, function in _functions(folder):
            if function.name == name:
                for node in ast.walk(function):
                    if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict):
                        return node.value
    raise LookupError(f"no function {name} returns a dict literal")


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _assigned(name: str, function: ast.AST) -> ast.expr:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return node.value
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.target.id == name
            and node.value
        ):
            return node.value
    raise LookupError(f"{name} is not assigned in this function")


def keys_of(value: ast.expr, function: ast.AST) -> frozenset[str]:
    """The keys of a dict that is written out, assigned before, or returned by a function."""
    if isinstance(value, ast.Name):
        return keys_of(_assigned(value.id, function), function)
    if isinstance(value, ast.Call):
        return keys_of(_returning(_called(value)), function)
    if not isinstance(value, ast.Dict):
        raise LookupError(f"cannot read the facts {ast.unparse(value)}")
    found: set[str] = set()
    for key, inner in zip(value.keys, value.values, strict=True):
        if key is None:
            found |= keys_of(inner, function)
        elif isinstance(key, ast.Constant):
            found.add(str(key.value))
    return frozenset(found)


def _facts(call: ast.Call, function: ast.AST, besides: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    for keyword in call.keywords:
        if keyword.arg is None:
            found |= keys_of(keyword.value, function)
        elif keyword.arg not in besides:
            found.add(keyword.arg)
    return frozenset(found)


def _kinds(node: ast.expr, function: ast.AST) -> list[Kind]:
    """`Kind.X`, a variable that holds one of several, or a parameter that callers fill."""
    found = [Kind[n.attr] for n in ast.walk(node) if isinstance(n, ast.Attribute) and n.attr in Kind.__members__]
    if not found and isinstance(node, ast.Name):
        try:
            return _kinds(_assigned(node.id, function), function)
        except LookupError:
            name = getattr(function, "name", "")
            for _, other in _functions("workflows"):
                for call in ast.walk(other):
                    if isinstance(call, ast.Call) and _called(call) == name:
                        found += [
                            Kind[n.attr]
                            for a in call.args
                            for n in ast.walk(a)
                            if isinstance(n, ast.Attribute) and n.attr in Kind.__members__
                        ]
    return found


def told() -> list[Site]:
    """Every `tell(…)` of the verbs, and every message that a verb sends by itself."""
    sites = []
    for where, function in _functions("workflows"):
        for call in ast.walk(function):
            if not isinstance(call, ast.Call):
                continue
            if _called(call) == "tell" and len(call.args) >= 3 and function.name != "tell":
                facts = _facts(call, function, ("to", "by"))
                sites += [Site(kind.value, facts, f"{where}:{call.lineno}") for kind in _kinds(call.args[1], function)]
            if _called(call) == "send" and where != "workflows/notify.py" and where != "workflows/work.py":
                given = next((k.value for k in call.keywords if k.arg == "facts"), None)
                kinds = _kinds(call.args[0], function)
                if given is not None and kinds:
                    told = keys_of(given, function) - {"protect"}  # an instruction to the sender, no fact of the text
                    sites.append(Site(kinds[0].value, told, f"{where}:{call.lineno}"))
    return sites


def views() -> dict[str, frozenset[str]]:
    """Live template → the facts that its view in `cards.py` returns."""
    from messages import cards

    return {template: keys_of(_returning(view.__name__), ast.Module([], [])) for template, view in cards.VIEWS.items()}


def dialogs() -> list[Site]:
    """Every question and note that a handler sends, with the facts it passes."""
    sites = []
    for where, function in _functions("handlers"):
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and _called(call) in ("say", "swap") and function.name not in ("say", "swap"):
                lines = _texts(call.args[2], function)
                facts = _facts(call, function, ("sealed", "reply_keyboard", "protect"))
                # `say` leaves an empty keyboard out; `swap` always sets one.
                facts = facts - {"keyboard"} if _called(call) == "say" else facts | {"keyboard"}
                sites += [Site(line, facts, f"{where}:{call.lineno}") for line in lines]
    return sites


def _texts(node: ast.expr, function: ast.AST) -> list[str]:
    """The strings that an expression can be: a constant, a choice of two, or a name that holds either."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body, function), *_texts(node.orelse, function)]
    if isinstance(node, ast.Name):
        try:
            return _texts(_assigned(node.id, function), function)
        except LookupError:
            return []
    return []


def _first_texts(name: str, folders: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    for folder in folders:
        for _, function in _functions(folder):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and _called(call) == name and call.args:
                    found.update(_texts(call.args[0], function))
    return found


def line_keys(group: str) -> set[str]:
    """Keys that are asked for by name: `renderer.line("words", "topic", …)`."""
    found: set[str] = set()
    for folder in ("bot", "handlers"):
        for _, function in _functions(folder):
            for call in ast.walk(function):
                if (
                    isinstance(call, ast.Call)
                    and _called(call) == "line"
                    and len(call.args) >= 2
                    and _texts(call.args[0], function) == [group]
                ):
                    found.update(_texts(call.args[1], function))
    return found


def button_keys() -> set[str]:
    return (
        _first_texts("Button", ("messages", "handlers")) | _first_texts("button", ("handlers",)) | line_keys("buttons")
    )


def toast_keys() -> set[str]:
    return {key for key in _first_texts("Toast", ("handlers",)) if key}


def dialog_keys() -> set[str]:
    """Every `ask.…` and `note.…` that a handler names, but those that only carry a picture."""
    found = {site.template.split(".", 1)[1] for site in dialogs()} | line_keys("dialogs")
    for folder in ("handlers", "workflows", "bot"):
        for _, function in _functions(folder):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and _called(call) == "send":
                    media = any(
                        k.arg == "act" and isinstance(k.value, ast.Constant) and k.value.value == "media"
                        for k in call.keywords
                    )
                    lines = [t for a in call.args for t in _texts(a, function) if t.startswith(("ask.", "note."))]
                    found.update(line.split(".", 1)[1] for line in lines if not media)
    return found
