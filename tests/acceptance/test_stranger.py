"""A stranger with kcat and psql, who has read the contract only."""

import json
import shutil
import subprocess
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.acceptance.outside import Outside
from tests.conftest import Stack
from tests.rule_mark import rule

pytestmark = pytest.mark.skipif(
    shutil.which("kcat") is None or shutil.which("psql") is None, reason="kcat and psql are not on this machine"
)


def told(*command: str, given: str = "") -> str:
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True, timeout=30).stdout


@rule("P-10", "P-11")
def test_a_stranger_asks_with_kcat_and_reads_answer_and_bill_with_psql(
    stack: Stack, guichet: Outside, town: str
) -> None:
    kafka, database = stack.env["GUICHET_KAFKA"], stack.env["GUICHET_DATABASE"]
    asked = str(uuid4())
    inquiry = {
        "specversion": "1.0",
        "id": asked,
        "source": "urn:guichet:local",
        "type": "guichet.inquiry.requested.v1",
        "time": datetime.now(UTC).isoformat(),
        "data": {"organisation": town, "kind": "DRIVER_RECORD", "items": [{"licence": "Z000117258099"}]},
    }
    told("kcat", "-P", "-b", kafka, "-t", "guichet.inquiries", "-k", asked, given=json.dumps(inquiry))
    query = (
        "select i.status, r.outcome, c.amount, c.kind from read.inquiries i join read.results r using (inquiry_id)"
        f" join read.charges c using (inquiry_id, item) where inquiry_id = '{asked}'"
    )
    deadline = time.monotonic() + 20
    while not (answer := told("psql", database, "-AtX", "-c", query)) and time.monotonic() < deadline:
        pass
    assert answer.split() == ["ANSWERED|NOT_FOUND|12.50|CHARGE"]
    content = told("psql", database, "-AtX", "-c", f"select read.result_content('{asked}', 1, 'ABC1234')")
    assert json.loads(content) == {"licence": "Z000117258099"}
    facts = told("kcat", "-C", "-b", kafka, "-t", "guichet.outcomes", "-e", "-q", "-f", "%k %s\\n").splitlines()
    assert [line for line in facts if line.startswith(asked) and "12.50" in line]
