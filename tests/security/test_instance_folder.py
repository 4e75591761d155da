"""The folder with the database, the mails and the keys is not for everybody on the machine."""

from __future__ import annotations

from pathlib import Path

from config import Config


class TestTheInstanceFolder:
    def test_is_the_owners_when_we_make_it(self, tmp_path: Path) -> None:
        config = Config(INSTANCE=tmp_path / "new")
        config.prepare_instance()
        assert config.INSTANCE.stat().st_mode & 0o777 == 0o700
        assert (config.INSTANCE / "secret.key").stat().st_mode & 0o777 == 0o600

    def test_is_closed_to_others_when_somebody_made_it_open(self, tmp_path: Path) -> None:
        folder = tmp_path / "open"
        folder.mkdir()
        folder.chmod(0o2755)
        Config(INSTANCE=folder).prepare_instance()
        assert folder.stat().st_mode & 0o7777 == 0o2750
