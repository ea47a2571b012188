"""What Alembic runs. migrate.py holds the lock and the transaction, so schema and revision change together."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
