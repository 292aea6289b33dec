# SPDX-License-Identifier: Apache-2.0
"""What the hub says of itself is what it does: every GET, asked live, answers
by its schema; and the tables hold together.

    t_schemas.py ROOT EXEUNT MAKE_CROSSING
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "support"))
from program import ROOT, Suite, read_json, same     # noqa: E402
from hub import PEOPLE, Hub, eventually     # noqa: E402
from deliver import deliver  # noqa: E402

try:
    import jsonschema
except ImportError:
    jsonschema = None

REFERENCE = re.compile(r"#/components/(schemas|parameters)/(\w+)$")


def references(value):
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def check_references(api):
    named = set()
    for ref in references(api):
        match = REFERENCE.match(ref)
        if not match or match.group(2) not in api["components"][
                match.group(1)]:
            yield "no %s" % ref
        else:
            named.add(match.group(2))
    for name in set(api["components"]["schemas"]) - named:
        yield "nothing names the schema %s" % name


def check_shape(api):
    """OpenAPI 3.1, as far as clients lean on it."""
    yield from same("openapi", api["openapi"], "3.1.0")
    for path, item in api["paths"].items():
        for method, route in item.items():
            what = "%s %s" % (method, path)
            names = {p["name"] for p in route["parameters"]
                     if p.get("in") == "path"}
            yield from same("parameters of " + what, names,
                            set(re.findall(r"{(\w+)}", path)))
            good = [s for s in route["responses"] if s != "default"]
            if len(good) != 1 or not 200 <= int(good[0]) < 300:
                yield "%s: statuses %s" % (what, good)
            if method == "get" and "requestBody" in route:
                yield "%s takes a body" % what
            if not route["x-roles"] or not route["summary"]:
                yield "%s: no roles, or no summary" % what


def validator(api, content):
    """For the schema of a reply."""
    schema = dict(content["schema"])
    schema["components"] = api["components"]
    return jsonschema.Draft202012Validator(schema)


def fill(path, route, values):
    for p in route["parameters"]:
        if p.get("in") == "path":
            path = path.replace("{%s}" % p["name"], values[p["name"]])
    return path


def queries(route, values):
    """The call without a query, and with each parameter that is known."""
    yield ""
    for p in route["parameters"]:
        if p.get("in") == "query" and p["name"] in values:
            yield "?%s=%s" % (p["name"], values[p["name"]])


def sample(hub, delivered):
    """A value for each parameter, of something that is there; and a ruling, a
    proposal, a lane with a name, so that replies have all their parts."""
    crossing = next(c["crossing"] for c in delivered if c["officer"])
    occupants = hub.ask("GET", "/v1/crossings/%s/occupants" % crossing, None,
                        "officer", "review").json()["items"]
    pictures = hub.ask("GET", "/v1/crossings/" + crossing, None, "officer",
                       "review").json()["pictures"]
    n = next(o["n"] for o in occupants if o.get("awaiting"))
    for what, reply in (
            ("ruling", hub.ask(
                "POST", "/v1/crossings/%s/occupants/%d/rulings" % (crossing,
                                                                   n),
                {"decision": "by-hand", "reason": "the passport was read"},
                "officer", "review")),
            ("lane", hub.ask("PUT", "/v1/lanes/demo-1", {
                "name": "Lane 1", "direction": "out", "floor": 0.5},
                "admin")),
            ("proposal", hub.ask("POST", "/v1/policy/proposals", {
                "fmr": 0.0001, "vehicle_cap": 0.001, "margin": 0.01},
                "admin"))):
        if reply.status not in (200, 201):
            raise ValueError("%s: %d %s" % (what, reply.status, reply.body))
    first = pictures[0]
    return {"crossing": crossing, "lane": "demo-1", "n": str(n),
            "name": first if isinstance(first, str) else first["name"],
            "user": "officer", "state": "open", "step": "day", "limit": "2",
            "from": "2026-01-01T00:00:00Z", "to": "2126-01-01T00:00:00Z",
            "language": "fr", "node": "hub-1", "actor": "lane:demo-1",
            "subject": crossing, "purpose": "review"}


def check_get(hub, api, path, route, values):
    who = next((r for r in route["x-roles"] if r in PEOPLE),
               "lane:demo-1" if "lane" in route["x-roles"] else None)
    good = next(s for s in route["responses"] if s != "default")
    contents = route["responses"][good].get("content", {})
    for query in queries(route, values):
        reply = hub.ask("GET", fill(path, route, values) + query, None, who,
                        "review")
        kind = reply.headers["Content-Type"] or ""
        if reply.status == 204 and who == "lane:demo-1":
            continue    # nothing is staged
        yield from same("status of %s" % (query or path), reply.status,
                        int(good))
        if reply.status != int(good):
            yield reply.body.decode(errors="replace")[:300]
            continue
        base = kind.split(";")[0]
        if base not in contents:
            yield "%s, where %s is promised" % (kind, list(contents))
        elif base == "application/json":
            for error in validator(api, contents[base]).iter_errors(
                    reply.json()):
                yield "%s: %s" % (list(error.absolute_path),
                                  error.message[:200])


def check_problem(hub, api):
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for path, who in (("/v1/none", None), ("/v1/session", None),
                      ("/v1/health?x=1", None)):
        reply = hub.ask("GET", path, None, who)
        reply.problem()
        for error in validator(api, problem).iter_errors(reply.json()):
            yield "%s: %s" % (path, error.message)


def check_source(api):
    """The description has what the tables have."""
    schemas = read_json(ROOT, "src", "hub", "schemas.json")
    yield from same("schemas", set(api["components"]["schemas"]),
                    set(schemas))
    with open(ROOT + "/src/hub/routes.inc", encoding="utf-8") as file:
        rows = re.findall(r'^EX_ROUTE\((\w+), "([^"]+)"', file.read(),
                          re.MULTILINE)
    wanted = {(m.lower(), re.sub(r"=\w+}", "}", p)) for m, p in rows}
    yield from same("routes", {(m, p) for p, item in api["paths"].items()
                               for m in item}, wanted)


def main():
    with Suite() as suite, Hub(suite) as hub:
        api = hub.ask("GET", "/v1/openapi.json").json()
        values = sample(hub, deliver(hub))
        # The chain is signed at the start, and then each minute.
        eventually(lambda: hub.ask("GET", "/v1/audit/head", None,
                                   "auditor").status == 200)
        suite.case("the description has what the tables have", check_source,
                   api)
        suite.case("each reference leads somewhere, each schema is used",
                   check_references, api)
        suite.case("the description is OpenAPI 3.1", check_shape, api)
        if jsonschema is None:
            suite.tap.skip("answers fit their schemas", "no python3-jsonschema")
        else:
            suite.case("problems fit their schema", check_problem, hub, api)
            for path, item in api["paths"].items():
                if "get" in item and path != "/v1/events":
                    suite.case("GET %s fits its schema" % path, check_get,
                               hub, api, path, item["get"], values)
        suite.case("the hub ends cleanly", lambda: same("exit", hub.stop(),
                                                        0))
        return suite.tap.end()


if __name__ == "__main__":
    sys.exit(main())
