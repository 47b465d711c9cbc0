"""An import-linter contract: modules import nothing but what is on a list."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OnlyImportsContract(Contract):
    """`modules` and what is below them import only each other, `allowed_modules` and what is below those."""

    modules = fields.SetField(subfield=fields.StringField())
    allowed_modules = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        allowed = {*self.modules, *self.allowed_modules}
        violations = sorted(
            (importer, imported)
            for importer in graph.modules
            if _is_below(importer, self.modules)
            for imported in graph.find_modules_directly_imported_by(importer)
            if not _is_below(imported, allowed)
        )
        return ContractCheck(kept=not violations, metadata={"violations": violations})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["violations"]:
            output.print_error(f"{importer} imports {imported}, which is not on the list.")


def _is_below(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
