"""What the documents list is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

from dialogue.kernel.audit import Act

ROOT = Path(__file__).resolve().parents[2]


class TestDocuments:
    def test_list_every_act_of_the_audit_record(self) -> None:
        page = (ROOT / "docs" / "reference" / "audit.md").read_text()
        listed = re.findall(r"^\| `([a-z_.]+)` \|", page, re.MULTILINE)
        assert listed == sorted(str(act) for act in Act)

    def test_lead_only_to_files_that_exist(self) -> None:
        broken = [
            f"{page.relative_to(ROOT)}: {target}"
            for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
            for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text())
            if not (page.parent / target).exists()
        ]
        assert broken == []
