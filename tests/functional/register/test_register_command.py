"""The operator imports a register from the command line."""

from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"


def test_command_imports_reports_and_changes_nothing_the_second_time(site, community):
    clean = str(DATA / "register-clean.xlsx")
    for words in ("导入完成", "没有任何改动"):
        done = site.command("import-register", "haitang", clean)
        assert done.returncode == 0, done.stderr
        assert words in done.stdout


def test_command_refuses_a_file_with_refused_rows_and_names_them(site, community):
    done = site.command("import-register", "haitang", str(DATA / "register-dirty.xlsx"))
    assert done.returncode == 1
    assert "127\t拒绝\t证件号码\t1101**********2330" in done.stdout
    assert "名册没有改动" in done.stdout


def test_command_names_an_unknown_community(site, community):
    done = site.command("import-register", "nowhere", str(DATA / "register-clean.xlsx"))
    assert done.returncode == 2
    assert "nowhere" in done.stderr
