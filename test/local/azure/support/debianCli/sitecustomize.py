"""Repairs Debian's azure-cli 2.45.0, which stands beside libraries it was not made for (python3-azure 20230112).

Without this `az role` ends in "has no attribute 'config'" and `az network` in "'NoneType' object has no attribute
'standard_medium'", both before any request is sent. Only what is missing is put in place; a whole CLI is left as it is.
"""
import importlib
import importlib.util
import pkgutil
import sys


def repair_roles():
    for version in ("v2018_01_01_preview", "v2020_04_01_preview"):
        operations = importlib.import_module(f"azure.mgmt.authorization.{version}.operations")
        for name in ("RoleDefinitionsOperations", "RoleAssignmentsOperations"):
            kind = getattr(operations, name, None)
            if kind and not hasattr(kind, "config"):
                kind.config = property(lambda self: self._config)


def repair_network():
    from azure.cli.core.profiles import _shared
    from azure.mgmt import network

    versions = _shared.AZURE_API_PROFILES["latest"]
    kind = _shared.ResourceType.MGMT_NETWORK
    wanted = "v" + versions[kind].replace("-", "_")
    if importlib.util.find_spec(f"azure.mgmt.network.{wanted}"):
        return
    there = [one.name for one in pkgutil.iter_modules(network.__path__) if one.name.startswith("v20")]
    versions[kind] = max(there)[1:].replace("_", "-")


if "role" in sys.argv:
    repair_roles()
if "network" in sys.argv:
    repair_network()
