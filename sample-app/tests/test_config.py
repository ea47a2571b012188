import pytest
from journal import config, create_app


def test_empty_means_unset():
    assert config.read({"DATABASE_URL": "", "APP_VERSION": ""}) == config.read({})
    assert config.read({})["DATABASE_URL"] == "sqlite:////data/journal.db"
    assert config.read({})["APP_VERSION"] == "unknown"


def test_another_database_is_refused_without_its_password():
    with pytest.raises(ValueError, match="'mysql:' is not supported") as refusal:
        create_app({"DATABASE_URL": "mysql://me:hunter2@db/journal"})
    assert "hunter2" not in str(refusal.value)


def test_the_password_comes_from_a_file(postgres_only, settings, make_app, tmp_path):
    from sqlalchemy.engine import make_url

    url = make_url(settings["DATABASE_URL"])
    (tmp_path / "password").write_text(f"{url.password}\n")
    without = url.set(password="wrong", drivername="postgresql").render_as_string(hide_password=False)
    client = make_app(DATABASE_URL=without, DATABASE_PASSWORD_FILE=str(tmp_path / "password")).test_client()
    assert client.get("/healthz").status_code == 200
    assert make_app(DATABASE_URL=without).test_client().get("/healthz").status_code == 503
