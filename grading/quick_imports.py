"""Import this first: nbgrader is then imported in half the time.

jsonschema, by which notebooks are validated, loads a grammar of international web addresses if it finds the package;
the format of notebooks has no such addresses.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
